"""What the code says, the English catalogue can say; the reader of call sites on small examples, then on everything."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from recsys_core.wording.catalogue import ENGLISH, FOLDER
from tests.wording.call_sites import findings
from tests.wording.entries import Entry, read_entries, variables
from tests.wording.nonsense import english_files

ROOT = Path(__file__).parents[2]
WORDS = """
error-too-short = The log spans { DAYS($days) } days.
    .advice = Bring { $more }.
check-size = Size
    .short = { $users }
    .detail = { $users } users, { $status }.
check-order = Order
check-order-late = { "" }
    .short = late
    .detail = Late by { $days }.
verdict-winner = { $arm } won.
    .title = Clear winner
definition-lapse = After { $days } days.
    .term = Lapse
warning-thin = Thin.
"""
GOOD = """
CODES = {"a": "winner"}
def f(error):
    raise DataError("too-short", days=3, more=1)
def check(finding, **values):
    return Check("order", "warn", finding, values)
values = {"users": 3}
made = [check("late", days=2), Check("size", "pass", values=values | {"more": 1}), message("warning-thin")]
Verdict("winner", CODES[state], {"arm": "a"})
Message("definition-lapse", {"days": 3})
raise DataError(error.kind, **error.values)
"""


def product() -> dict[str, str]:
    folders = ("recsys_core", "dashboard", "pages")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    said = [path for path in sorted([*paths, ROOT / "app.py"]) if path.name not in {"answers.py", "errors.py"}]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in said}


def of(source: str, words: str = WORDS) -> list[str]:
    """Findings about a file in which the errors of the product are known."""
    known = "class DataError(StayingPowerError): ...\nclass Answer(Verdict): ...\n"
    return [
        finding for finding in findings({"a.py": known + source}, {"words": words}) if "said nowhere" not in finding
    ]


@pytest.mark.parametrize(
    "source",
    [
        # together, not apart: no check is both "size" and "late"
        'class A:\n  def note(self, code, finding="", /, **values):\n    Check(code, "warn", finding, values)\n'
        'a.note("order", "late")\nself.note("size")',
        'def note(code, finding="", **values):\n    Check(code, "warn", finding, values)\n'
        'note("order", "late")\nself.note("size")',
        'def f():\n    for what, code in ((1, "warning-thin"), (2, "warning-thin")):\n        message(code)',
        'class A(B):\n  what = "warning-thin"\n  def f(self):\n    message(self.what)',
        "from words import THIN\nmessage(THIN)",
        'message("check-order-late.detail", days=1)',
        'values = {"users": 1}\nvalues["more"] = f()\nCheck("size", "pass", values=values)',
        "raise DataError(error.kind, **error.values)",
    ],
)
def test_codes_are_followed_to_their_literals(source):
    known = f"class DataError(StayingPowerError): ...\n{source}"
    found = findings({"words.py": 'THIN = "warning-thin"', "a.py": known}, {"words": WORDS})
    assert [finding for finding in found if "said nowhere" not in finding] == []


def test_a_code_that_is_put_together_counts_as_said():
    assert findings({"a.py": 'x = f"run-{state}"'}, {"words": "run-lost = Lost."}) == []


def test_what_fits_has_no_findings():
    assert findings({"a.py": "class DataError(StayingPowerError): ...\n" + GOOD}, {"words": WORDS}) == []


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ('DataError("unknown")', "a.py:3: there is no error-unknown"),
        ('DataError("too-short", days=1)', "a.py:3: error-too-short.advice needs more"),
        ('DataError("too-short", **{"days": 1, "more": 2, "state": 3})', "error-too-short has values named state"),
        ('DataError(f"too-{x}")', "a.py:3: its code cannot be read from the source"),
        ('message("warning-none")', "there is no warning-none"),
        ('Message("definition-lapse")', "definition-lapse needs days"),
        ('message("warning-thin" if x else "warning-other")', "there is no warning-other"),
        ('message("definition-thin")', "there is no definition-thin"),
        ('from recsys_core.wording.sentences import label\nlabel("warning-fat")', "there is no warning-fat"),
        ('Check("size", "pass")', "check-size.short needs users"),
        ('Check("order", "pass")', "check-order has no .short"),
        ('Check("order", "pass", "early")', "there is no check-order-early"),
        ('def f(x):\n    return Check("order", "pass", x)\nf("late")\nf("soon")', "there is no check-order-soon"),
        ('Answer("winner", "loser")', "there is no verdict-loser"),
    ],
)
def test_what_is_missing_is_found_with_its_place(source, finding):
    found = of(source)
    assert any(finding in one for one in found), found


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        ("error-x = One.\nerror-x = Two.", "words: error-x is in words too"),
        ("error-x = { $a", "words: cannot be read: error-x = { $a"),
        ("error-x = { HOWEVER($a) }", "words: error-x calls HOWEVER, which there is not"),
        ("error-x = One.", "words: error-x is said nowhere"),
    ],
)
def test_what_is_wrong_in_a_catalogue_is_found(words, finding):
    assert finding in findings({}, {"words": words})


def test_the_english_catalogue_says_what_the_code_asks_it_to_say():
    found = findings(product(), english_files())
    assert not found, "\n".join(found)


def beyond_english(files: Mapping[str, str], english: Mapping[str, Entry]) -> list[str]:
    """What another language's files hold that cannot be said from what English needs."""
    entries, found = read_entries(files)
    found += [f"{entry.file}: {code} is not in English" for code, entry in entries.items() if code not in english]
    for code in sorted(english.keys() & entries.keys()):
        for part in english[code].parts.keys() & entries[code].parts.keys():
            if more := variables(entries, code, part) - variables(english, code, part):
                found.append(f"{entries[code].file}: {code} needs {', '.join(sorted(more))}")
    return found


def test_another_language_needs_no_more_values_than_english():
    english, _ = read_entries(english_files())
    for folder in (path for path in FOLDER.iterdir() if path.name != ENGLISH):
        found = beyond_english({path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.ftl")}, english)
        assert not found, "\n".join(found)
    made, _ = read_entries({"words": WORDS})
    assert beyond_english({"worte": "warning-thin = { $x }\nwarning-new = Neu."}, made) == [
        "worte: warning-new is not in English", "worte: warning-thin needs x",
    ]  # fmt: skip
