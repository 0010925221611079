"""The harness that counts winners: what is kept, what is judged, and few seeds of the kinds that matter most."""

from pathlib import Path

import pytest

from validation import pace_truth, verdict_page
from validation.pace_bars import (
    BOTH,
    CHANCE,
    MET,
    MISSED,
    Count,
    alone,
    as_often,
    at_least,
    at_most,
    bar_of,
    inside,
    judged,
    spread_of,
    states,
    verdict_winner,
    winners,
)
from validation.pace_logs import KINDS, LAWS, days_engaged
from validation.pace_studies import Batch, file_of, missing, run, study
from validation.pace_truth import best_arm, engaged, matched
from validation.run import Study, append, load
from validation.truth import Truth

TWO = ("b a engaged", "b a matched", "b a fixed")


def log_of(*estimates, stderr=1.0, seed=0):
    """A study of two arms by its three differences; None where a method gave nothing."""
    figures = {name: [one, None if one is None else stderr] for name, one in zip(TWO, estimates, strict=True)}
    engaged_days = {"a engaged": [30.0, 1.0], "b engaged": [30.0 + (estimates[0] or 0.0), 1.0]}
    return Study(seed, 0.1, {**figures, **engaged_days})


@pytest.mark.parametrize(
    ("differences", "both", "fixed"),
    [((3, 3, 0), "b", None), ((-3, -3, 3), "a", "b"), ((3, 1, -3), None, "a"), ((3, None, 3), None, "b")],
)
def test_a_winner_takes_both_methods(differences, both, fixed):
    kind, numbers = KINDS["effect"], log_of(*differences).figures
    assert verdict_winner(kind, numbers) == both
    assert alone(kind, numbers, "fixed") == fixed


def test_of_three_arms_one_must_be_ahead_of_both_others():
    kind = KINDS["effect, three arms"]
    days = {"a engaged": [30.0, 1.0], "b engaged": [31.0, 1.0], "c engaged": [35.0, 1.0]}
    clear = {"b a": 1.0, "c a": 5.0, "c b": 4.0}
    numbers = {f"{pair} {method}": [x, 1.0] for pair, x in clear.items() for method in ("engaged", "matched", "fixed")}
    assert verdict_winner(kind, numbers | days) == alone(kind, numbers, "engaged") == "c"
    assert verdict_winner(kind, numbers | days | {"c b matched": [1.0, 1.0]}) is None


def test_winners_are_right_or_wrong():
    logs = [log_of(3, 3, 3)] * 6 + [log_of(-3, -3, 0)] * 1 + [log_of(3, 0, 0)] * 3
    right, wrong = (getattr(winners("effect", logs, BOTH), side).hits for side in ("right", "wrong"))
    assert (right, wrong) == (6, 1)
    assert winners("null", logs, BOTH).wrong.hits == 7
    assert states("effect", logs) == {"winner": 7, "tie": 0, "worst": 0, "undecided": 3}


def test_shares_are_held_against_bars_with_their_own_error():
    assert at_most(Count(6, 100), 0.065) == MET
    assert at_most(Count(9, 100), 0.065) == CHANCE
    assert at_most(Count(20, 100), 0.065) == MISSED
    assert at_least(Count(85, 100), 0.85) == MET
    assert at_least(Count(80, 100), 0.85) == CHANCE
    assert at_least(Count(60, 100), 0.85) == MISSED
    assert [inside(Count(hits, 100), (0.92, 0.98)) for hits in (92, 98, 100, 80)] == [MET, MET, CHANCE, MISSED]


def test_bars_follow_the_kind():
    assert [bar_of(name).wrong for name in ("null, dates", "pace 15 %", "pauses", "masked")] == [
        0.065,
        0.08,
        0.15,
        0.01,
    ]
    assert bar_of("masked").right == 0.85
    assert bar_of("effect, dates").power
    assert [best_arm(KINDS[name]) for name in ("pace 30 %", "masked", "effect, three arms")] == [None, "b", "c"]
    assert judged("pace 30 %", [log_of(3, 3, 3)] * 40) == MISSED
    assert as_often("effect", [log_of(3, 3, 3)] * 20 + [log_of(3, 0, 3)]) == MET
    assert as_often("effect", [log_of(3, 3, 3)] * 10 + [log_of(3, 0, 3)] * 10) == MISSED


def test_figures_are_put_together():
    logs = [log_of(x, None, 0) for x in (-1.0, 1.0, 3.0)]
    found = spread_of("null", logs, "engaged", Truth(0.0))
    assert (found.mean, found.spread, found.stated, found.covered) == (1.0, 2.0, 1.0, Count(2, 3))
    assert spread_of("null", logs, "matched", Truth(0.0)) is None
    assert spread_of("pauses", logs, "engaged", Truth(0.0)).judged == ""


def test_what_is_there_is_not_run_again(tmp_path):
    append(tmp_path, file_of("null", "gamma"), [Study(seed, 0.1, {}) for seed in (40_000, 40_002)])
    left = list(missing(tmp_path, ["null"], range(40_000, 40_006)))
    assert left == [
        Batch("null", "gamma", (40_001, 40_003, 40_004)), Batch("null", "lognormal", tuple(range(40_000, 40_005))),
        Batch("null", "gamma", (40_005,)), Batch("null", "lognormal", (40_005,)),
    ]  # fmt: skip


def test_every_file_has_a_name_of_its_own():
    assert len({file_of(kind, law) for kind in KINDS for law in LAWS}) == len(KINDS) * len(LAWS)


def test_a_study_that_fails_is_counted(monkeypatch):
    monkeypatch.setattr("validation.pace_studies.compare_pairs", lambda *_: 1 / 0)
    failed = study("null", "gamma", 1, users=100)
    assert failed.failure == "ZeroDivisionError: division by zero"
    assert not failed.figures


def test_the_same_seed_gives_the_same_study():
    one, two = (study("null, three arms", "lognormal", 3, users=600).figures for _ in range(2))
    assert one == two
    assert len([name for name in one if name.endswith("matched")]) == 3


def test_truths_are_nothing_without_an_effect_and_the_closed_form_with_one(monkeypatch):
    monkeypatch.setattr(pace_truth, "ENDLESS_USERS", 100_000)
    assert engaged(KINDS["pace 30 %, seen before"], "lognormal") == Truth(0.0)
    by_arm = days_engaged(KINDS["effect"], "gamma", 60)
    assert engaged(KINDS["effect"], "gamma").value == by_arm[1] - by_arm[0]
    forgetful = engaged(KINDS["effect, seen before"], "gamma")  # the exponential law forgets how long one was there
    assert abs(forgetful.value - (by_arm[1] - by_arm[0])) < 4 * forgetful.error
    assert matched(KINDS["pauses"], "gamma") is None
    effect = matched(KINDS["effect"], "gamma")
    assert 0 < effect.value < by_arm[1] - by_arm[0]  # two-day users lapse by the gap
    assert effect.error < 0.3


def test_the_whole_way_from_seeds_to_a_page(tmp_path, monkeypatch):
    nothing = dict.fromkeys(("engaged", "matched"), Truth(0.0))
    monkeypatch.setattr(verdict_page, "truths", lambda _: {f"null/{law}": nothing for law in LAWS})
    monkeypatch.setattr("validation.pace_studies.study", lambda kind, law, seed: study(kind, law, seed, 600))
    run(tmp_path, ["null"], range(2))
    told = verdict_page.page(tmp_path)
    assert len(load(tmp_path, file_of("null", "lognormal"))) == 2
    assert "4 logs of 4,000 users, 0 to 2 of the 500 seeds" in told
    assert "| null | gamma | 0 to 1 |" in told
    assert "| null | lognormal | pace-matched | 0.00 |" in told


def test_the_page_in_the_repository_names_every_kind():
    written = (Path(__file__).parents[1] / "docs" / "validation_verdicts.md").read_text(encoding="utf-8")
    assert [(kind, law) for kind in KINDS for law in LAWS if f"| {kind} | {law} |" not in written] == []


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", ["null", "pace 30 %", "masked", "effect"])
def test_few_seeds_lie_within_wide_bands(name, law):
    logs = [study(name, law, seed) for seed in range(10)]
    assert [one.failure for one in logs if one.failure] == []
    found = winners(name, logs, BOTH)
    assert found.wrong.hits <= (3 if best_arm(KINDS[name]) is None else 0)
    if best_arm(KINDS[name]):
        assert found.right.hits >= 7
    spread = spread_of(name, logs, "engaged", engaged(KINDS[name], law))
    assert spread.covered.hits >= 7
    assert 0.3 < spread.spread / spread.stated < 2
