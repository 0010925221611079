"""Saying codes with values, in the language that is asked for, as far as it goes."""

import re
from collections import Counter

import pytest

from recsys_core.answers import Check, Message, Verdict, message
from recsys_core.errors import DataError
from recsys_core.wording import catalogue, sentences
from recsys_core.wording.catalogue import Catalogue, WordingError, current, speaking
from recsys_core.wording.objects import worded
from tests.wording.nonsense import english_files, english_in, long_texts, nonsense, nonsense_catalogue

ENGLISH = """
users = { COUNT($users) } { $users ->
        [one] user
       *[other] users
    } of
    { LIST($arms) }.
error-late = Too late by { DAYS($days) } days.
    .advice = Come { $soon }.
check-size = Size
    .short = { $users }
    .detail = { $users } users: { $status }.
check-size-small = { "" }
    .short = small
    .detail = Too small.
verdict-winner = { $arm } won.
    .title = Winner
definition-lapse = After { $days } days.
    .term = Lapse
"""
GERMAN = "users = { COUNT($users) } Leute.\ncheck-size = Größe\n"


@pytest.fixture
def english():
    toy = Catalogue("en", {"toy": ENGLISH})
    with speaking(toy):
        yield toy


def test_values_are_written_as_the_sentence_says(english):
    assert sentences.say(message("users", users=6012, arms=("a", "b", "c"))) == "6,012 users of a, b and c."
    assert sentences.say(message("users", users=1, arms=("a",))) == "1 user of a."


def test_an_error_is_said_with_its_advice(english):
    late = message("error-late", days=2.04, soon=True)
    assert sentences.say(late) == "Too late by 2.0 days. Come yes."
    assert (english.phrase("error-late", late.values), english.phrase("error-late", late.values, "advice")) == (
        "Too late by 2.0 days.", "Come yes.",
    )  # fmt: skip
    error = DataError("late", days=1, soon="now")
    assert (error.sentence, error.advice) == ("Too late by 1.0 days.", "Come now.")
    assert str(error) == "Too late by 1.0 days. Come now."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\u2013"),
        (False, "no"),
        (("a", "b"), "a and b"),
        ((), ""),
        (message("error-late", days=1, soon="now"), "Too late by 1.0 days. Come now."),
        ((message("verdict-winner", arm="a"), message("verdict-winner", arm="b")), "a won. b won."),
    ],
)
def test_every_kind_of_value_can_stand_in_a_sentence(english, value, text):
    assert english.phrase("verdict-winner", {"arm": value}) == f"{text} won.".strip()


def test_checks_verdicts_and_definitions_have_their_parts(english):
    check = Check("size", "warn", values={"users": 3})
    assert sentences.check_name(check) == "Size"
    assert (sentences.check_short(check), sentences.check_detail(check)) == ("3", "3 users: warn.")
    small = Check("size", "fail", "small")
    assert (sentences.check_name(small), sentences.check_short(small)) == ("Size", "small")
    verdict = Verdict("winner", "winner", {"arm": "a"}, (message("users", users=2, arms=("a",)),))
    assert (sentences.title(verdict), sentences.sentence(verdict)) == ("Winner", "a won.")
    assert sentences.support(verdict) == "2 users of a."
    assert sentences.pairs([message("definition-lapse", days=7)]) == (("Lapse", "After 7 days."),)


def test_json_has_codes_values_and_words(english):
    check = Check("size", "warn", values={"users": 3})
    assert worded({"checks": (check,)}) == {
        "checks": [
            {
                "code": "size", "status": "warn", "finding": "", "users": 3,
                "name": "Size", "short": "3", "detail": "3 users: warn.",
            }
        ]
    }  # fmt: skip
    assert worded(message("verdict-winner", arm="a")) == {"code": "verdict-winner", "arm": "a", "sentence": "a won."}
    verdict = Verdict("winner", "winner", {"arm": "a"}, (message("users", users=2, arms=("a",)),))
    assert worded(verdict) == {
        "state": "winner", "code": "winner", "arm": "a",
        "title": "Winner", "sentence": "a won.", "support": "2 users of a.",
    }  # fmt: skip


def test_no_entry_stands_twice_in_the_rooms_files():
    """The later one would silence the earlier, whose values it does not know."""
    names = re.findall(r"^([a-z][\w-]*) *=", "\n".join(english_files().values()), re.MULTILINE)
    assert len(names) > 500
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_what_a_second_language_lacks_is_said_in_english():
    german = Catalogue("de", {"toy": GERMAN}, Catalogue("en", {"toy": ENGLISH}))
    with speaking(german):
        assert sentences.say(message("users", users=3, arms=("a",))) == "3 Leute."
        check = Check("size", "warn", values={"users": 3})
        assert (sentences.check_name(check), sentences.check_detail(check)) == ("Größe", "3 users: warn.")
        assert DataError("late", days=1, soon="now").sentence == "Too late by 1.0 days."
        assert german.phrase("users", {"users": 1, "arms": ()}, "advice") == ""


def test_an_entry_that_cannot_be_read_is_said_in_english():
    broken = Catalogue("de", {"toy": "users = { COUNT($users"}, Catalogue("en", {"toy": ENGLISH}))
    assert broken.phrase("users", {"users": 3, "arms": ("a",)}) == "3 users of a."


def test_the_environment_chooses_the_language(monkeypatch, tmp_path):
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "study.ftl").write_text("progress-trying-rollout = Zug um Zug\n")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setenv("STAYING_POWER_LANGUAGE", "xx")
    catalogue.opened.cache_clear()
    assert current().language == "xx"
    assert sentences.label("progress-trying-rollout") == "Zug um Zug"
    monkeypatch.delenv("STAYING_POWER_LANGUAGE")
    catalogue.opened.cache_clear()
    assert current().language == "en"
    catalogue.opened.cache_clear()


def test_a_language_that_there_is_not_is_english(monkeypatch):
    monkeypatch.setenv("STAYING_POWER_LANGUAGE", "tlh")
    assert sentences.label("progress-trying-rollout") == "Trying the rollout"


def test_another_catalogue_speaks_for_the_length_of_a_block(english):
    other = Catalogue("en", {"toy": "verdict-winner = Gagnant: { $arm }"})
    winner = message("verdict-winner", arm="a")
    with speaking(other):
        assert sentences.say(winner) == "Gagnant: a"
    assert sentences.say(winner) == "a won."


@pytest.mark.parametrize(
    ("spoken", "why"),
    [
        (message("verdict-loser"), "no sentence for verdict-loser"),
        (message("verdict-winner"), "verdict-winner: .*arm"),
    ],
)
def test_what_cannot_be_said_stops_a_test_and_nobody_else(english, monkeypatch, spoken, why):
    with pytest.raises(WordingError, match=why):
        sentences.say(spoken)
    monkeypatch.setattr(Catalogue, "strict", False)
    assert sentences.say(spoken) in {"verdict-loser", "arm won."}


def test_messages_are_kept_and_read_back_as_they_were():
    spoken = message("users", users=3, arms=("a", message("verdict-winner", arm=None)))
    assert Message.from_json(spoken.to_json()) == spoken
    with pytest.raises(ValueError, match="not a message"):
        Message.from_json("[1]")


def test_nonsense_keeps_values_and_variants(english):
    with speaking(nonsense_catalogue({"toy": ENGLISH})):
        spoken = sentences.say(message("users", users=1, arms=("cf", "bert")))
        assert spoken.startswith("1 ")
        assert spoken.endswith("cf and bert.")
        assert "user" not in spoken
    assert "$users ->" in nonsense(ENGLISH)


def test_english_on_a_page_is_found():
    texts = long_texts({"toy": "a = Users first served\n    by { $arm } stayed longer.\nb = Too few."})
    assert texts == {"Users first served by"}
    assert english_in("<p>Users  first served by cf</p>", texts) == ["Users first served by"]
    assert long_texts(english_files())
