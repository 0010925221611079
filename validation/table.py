"""docs/validation.md, written from the studies that are there."""

import platform
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from recsys_core.words import UNKNOWN, count, number, percent
from validation.bands import SEEDS, Found, Share, judge
from validation.cells import CELLS, Cell
from validation.logs import GAP, HORIZON, LOG_DAYS, REPORT_DAY
from validation.run import Study, load
from validation.studies import RESAMPLES

HEADER = (
    "figure",
    "truth",
    "mean of estimates",
    "their spread",
    "stated error",
    "p ≤ .05",
    "95 % interval holds truth",
    "",
)
PACKAGES = ("numpy", "scipy", "pandas", "duckdb", "lifelines")
_INTRO = """# Validation

Every study below starts from raw events with a known truth. They are written to a file, imported, and analysed by the
same calls that a user's own log goes through: nothing is fed in behind the import. `make validate` runs them and writes
this page; `tests/test_validation.py` runs a few dozen seeds of each.

How often a verdict names a winner, rightly and wrongly, stands in [validation_verdicts.md](validation_verdicts.md).

{numbers}

How to read a row. *Truth*: what a log without end would show. *Mean of estimates*: over the seeds, with its Monte-Carlo
error in brackets. *Spread* is the standard deviation of the estimates and *stated error* what the studies themselves
give as standard error (root mean square); a right error equals the spread. *p ≤ .05*: share of the seeds that reject
"no difference". Shares have their Monte-Carlo error in brackets, in points.

The bands, for {seeds} seeds: without an effect 3.5 % to 6.5 % of the seeds reject; 95 % intervals hold the truth in
93.5 % to 96.5 %; adjusted contrasts of a confounded log lie within 2.58 Monte-Carlo errors of the truth on average, raw
ones more than 10 away; the always-valid test rejects in less than 5 %. With fewer seeds the bands of shares are as many
Monte-Carlo errors wide. A right method whose share is exactly 5 % falls outside such a band in about 3 of 100 rows by
chance alone. Rows that end without a word are shown for comparison and have no band.

Means and their differences are days out of the first {horizon}, S is the share still there after day {day} (for
affinity cohorts 30 days and day 15). Figures of Cox are log hazard ratios. Differences are bert minus cf, or item-knn
minus popular.
"""


def page(folder: Path) -> str:
    """Write the whole page from the files of a folder."""
    studies_of = {cell.name: load(folder, cell.name) for cell in CELLS}
    intro = _INTRO.format(numbers=_numbers(studies_of), seeds=count(SEEDS), horizon=HORIZON, day=REPORT_DAY)
    return "\n".join([intro, _summary(studies_of), *(_section(cell, studies_of[cell.name]) for cell in CELLS)])


def _numbers(studies_of: dict[str, list[Study]]) -> str:
    seconds = sum(one.seconds for studies in studies_of.values() for one in studies)
    total = sum(len(studies) for studies in studies_of.values())
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{count(total)} studies took {timedelta(seconds=round(seconds))} of processor time in all. Logs span "
        f"{LOG_DAYS} days, a user has lapsed after a gap of more than {GAP} days, and bootstrap errors rest on "
        f"{RESAMPLES} resamples. Python {platform.python_version()}, {versions}."
    )


def _summary(studies_of: dict[str, list[Study]]) -> str:
    lines = ["| cell | users | seeds | failed | rows within their bands |", "|---|--:|--:|--:|---|"]
    for cell in CELLS:
        studies = studies_of[cell.name]
        judged = [one for one in judged_rows(cell, studies) if one.row.judged]
        outside = [one for one in judged if one.misses]
        within = f"all {len(judged)}" if not outside else f"{len(judged) - len(outside)} of {len(judged)}"
        failed = sum(bool(one.failure) for one in studies)
        lines.append(
            f"| {cell.title} | {count(cell.users)} | {seeds_of(studies)} | {failed} | {within if judged else UNKNOWN} |"
        )
    return "\n".join(lines) + "\n"


def judged_rows(cell: Cell, studies: Sequence[Study], slack: float = 1.0) -> list[Found]:
    """Hold every row of a cell against its bands; nothing where no study gave figures."""
    good = [one for one in studies if not one.failure]
    return [judge(row, good, slack) for row in cell.rows()] if good else []


def seeds_of(studies: Sequence[Study]) -> str:
    """Write seeds as runs of whole numbers: "0 to 999", "0 to 49, 60"."""
    runs: list[list[int]] = []
    for one in studies:
        if runs and one.seed == runs[-1][1] + 1:
            runs[-1][1] = one.seed
        else:
            runs.append([one.seed, one.seed])
    return ", ".join(f"{low}" if low == high else f"{low} to {high}" for low, high in runs) or "none"


def _section(cell: Cell, studies: Sequence[Study]) -> str:
    failed = [one for one in studies if one.failure]
    lines = [f"## {cell.title}", "", f"{cell.told} {count(cell.users)} users, seeds {seeds_of(studies)}.", ""]
    if failed:
        lines += [f"{count(len(failed))} studies gave no answer, the first: {failed[0].failure}", ""]
    rows = judged_rows(cell, studies)
    if rows:
        lines += [f"| {' | '.join(HEADER)} |", f"|---|{'--:|' * (len(HEADER) - 2)}---|"]
        lines += [f"| {' | '.join(_line(judged))} |" for judged in rows]
    return "\n".join(lines) + "\n"


def _line(judged: Found) -> tuple[str, ...]:
    row = judged.row
    digits = 2 if row.figure.startswith(("mean", "AIPW", "IPTW", "g-comp")) else 4
    truth = UNKNOWN if row.truth is None else number(row.truth.value, digits)
    mean = UNKNOWN if judged.mean is None else f"{number(judged.mean, digits)} ({number(judged.mean_error, digits)})"
    return (
        row.figure, truth, mean, number(judged.spread, digits), number(judged.stated, digits),
        _share(judged.rejected), _share(judged.covered), _verdict(judged),
    )  # fmt: skip


def _verdict(judged: Found) -> str:
    if not judged.row.judged:
        return ""
    if judged.misses:
        return "outside: " + ", ".join(judged.misses)
    return "biased, as it must be" if judged.row.mean == "biased" else "within"


def _share(share: Share | None) -> str:
    return UNKNOWN if share is None else f"{percent(share.value)} ({number(100 * share.error)})"
