"""docs/verdicts.md is current and complete: every state, code, sentence and check of a comparison stands there."""

import re
import runpy
from pathlib import Path

import pytest

from recsys_core.answers import Check, Interval, message
from recsys_core.retention.estimators.figures import AtDay, RestrictedMean
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.retention.study.case import Case
from recsys_core.retention.study.decision import Decision, PaceRatio, PairDecision
from recsys_core.retention.study.retention_verdict import _BLOCKS, Findings, reach_verdict
from recsys_core.settings import RetentionSettings

ROOT = Path(__file__).parents[2]
MADE = runpy.run_path(str(ROOT / "docs" / "make_verdicts.py"))
PAGE = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8")


def rows(section: str) -> list[list[str]]:
    """The cells of every line of the table under a heading, without its head."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")][2:]


def column(section: str, at: int) -> list[str]:
    return [row[at].strip().strip("`") for row in rows(section)]


def test_the_page_is_current():
    assert MADE["page"]() == PAGE, "run .venv/bin/python docs/make_verdicts.py"


def test_every_sentence_of_the_catalogue_stands_on_the_page_with_its_state_and_what_to_do():
    codes = [name.removeprefix("verdict-") for name in MADE["entries"]() if name.startswith("verdict-retention")]
    assert len(codes) >= 14
    assert set(column("What is said", 1)) == set(codes)
    assert set(MADE["TO_DO"]) == set(codes), "say in docs/make_verdicts.py what one should do"
    first_lines = [row for row in rows("What is said") if row[0].strip()]
    assert [row[1].strip(" `") for row in first_lines] == codes
    for row in first_lines:
        assert all(cell.strip() for cell in row), row
        assert row[0].strip() != "–", f"{row[1]}: no call of the source ends in it"
        assert row[2].strip() != "–" or row[0].strip() == "pending", row


def test_every_code_that_the_source_can_return_stands_on_the_page():
    assert set(MADE["codes"]()) == set(column("What is said", 1))
    assert set(MADE["codes"]().values()) == set(column("What is said", 0)) - {""}
    assert {state for _, state in MADE["table_rows"]()} | {"pending"} == set(MADE["codes"]().values())


def test_every_sentence_that_may_follow_stands_on_the_page():
    codes = {name for name in MADE["entries"]() if name.startswith("support-")}
    assert codes == set(column("What follows", 0))


def test_every_check_stands_on_the_page_and_those_that_can_block_say_when_and_what_to_do():
    uses = MADE["check_uses"]()
    can_block = {use.code for use in uses if "fail" in use.statuses}
    assert "sample-ratio" in can_block
    assert can_block == set(column("Checks that can block", 1))
    assert {use.code for use in uses} - can_block == set(column("Checks that only weaken", 1))
    for row in rows("Checks that can block"):
        assert all(cell.strip() not in {"", "–"} for at, cell in enumerate(row) if at != 2), row
    assert "blocks" not in column("Checks that only weaken", 3)
    named = {name.removeprefix("check-") for name in MADE["entries"]() if name.startswith("check-")}
    known = {use.code for use in uses} | {f"{use.code}-{finding}" for use in uses for finding in use.findings}
    by_variable = tuple(f"{use.code}-" for use in uses if not use.findings)
    known |= {name for name in named if name.startswith(by_variable)}
    assert named <= known, "a check of the catalogue that no call makes"


def test_what_blocks_has_a_sentence_of_its_own_or_the_general_one():
    assert set(_BLOCKS.values()) < set(column("What is said", 1))
    assert "COUNT()" not in PAGE
    assert "{" not in PAGE


# ---- What follows each verdict, as the source really says it ---------------------------------------------

SETTINGS = RetentionSettings(cohort="recommender", inactivity_days=14, horizon_days=60, report_day=30, margin_days=0.5)
CLEAR, FAINT = 0.5, 4.0


def days(estimate: float, stderr: float) -> RestrictedMean:
    return RestrictedMean(estimate, stderr, estimate - 1.96 * stderr, estimate + 1.96 * stderr, 0.01, days=60.0)


def pair(arm: str, reference: str, engaged: float | None, matched: float | None, estimate: float = 3.0) -> PairDecision:
    figures = [None if stderr is None else days(estimate, stderr) for stderr in (engaged, matched)]
    reasons = () if matched is not None else (message("matched-log-too-short", gap=28),)
    return PairDecision(arm, reference, *figures, PaceRatio(Interval(0.7, 0.65, 0.75), 1e-6), reasons)


TWO = {
    "retention-winner": [pair("a", "b", CLEAR, CLEAR)],
    "retention-equal": [pair("a", "b", 0.1, 0.1, 0.1)],
    "retention-tie": [pair("a", "b", FAINT, FAINT)],
    "retention-undecided-methods-disagree": [pair("a", "b", CLEAR, FAINT)],
    "retention-undecided-method-missing": [pair("a", "b", CLEAR, None)],
    "retention-worst": [pair("a", "b", FAINT, FAINT), pair("a", "c", CLEAR, CLEAR), pair("b", "c", CLEAR, CLEAR)],
    "retention-single": [],
    "retention-blocked-sample-ratio": [pair("a", "b", CLEAR, CLEAR)],
}


@pytest.mark.parametrize("code", TWO)
def test_the_page_names_what_follows_as_the_source_says_it(code):
    pairs = TWO[code]
    order = tuple(dict.fromkeys([*(one.arm for one in pairs), *(one.reference for one in pairs)])) or ("a",)
    mean = days(30.0, 0.5)
    arms = [ArmResult(name, 1000, 500, 20.0, mean, (), 90) for name in order]
    contrasts = [Contrast(one.arm, one.reference, mean, AtDay(0.1, 0.1, 0, 0.2), None, None, 3.0) for one in pairs]
    decision = Decision(order, tuple(pairs), (), (), 60, 28, 60, 1.96, 2.5, (message("verbatim", text="plan"),))
    values = {"p": 1e-9, "arms": ("a", "b"), "users": (80, 20), "planned": (50.0, 50.0)}
    checks = [Check("sample-ratio", "fail" if "blocked" in code else "pass", "", values)]
    case = Case.of(SETTINGS, Resolved.of(SETTINGS, 0, ()))
    found = reach_verdict(Findings(arms, contrasts, decision, checks, (), case))
    assert (found.state, found.code) == (MADE["codes"]()[code], code)
    (said,) = (row for row in rows("What is said") if row[0].strip() and row[1].strip(" `") == code)
    assert re.findall(r"`([a-z-]+)`", said[5]) == [one.code for one in found.support]
