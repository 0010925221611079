"""docs/validation_verdicts.md, written from the logs that are there."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from recsys_core.words import UNKNOWN, count, number, percent
from validation.pace_bars import ALONE, BOTH, Count, Winners, bar_of, judged, spread_of, states, winners
from validation.pace_logs import HAZARD, KINDS, LAWS, LOG_DAYS
from validation.pace_studies import HORIZON, SEEDS, USERS, file_of
from validation.pace_truth import ENDLESS_USERS, truths
from validation.run import Study, load
from validation.table import seeds_of
from validation.truth import Truth

_COLUMNS = (
    "kind", "law", "seeds", "right", "wrong", "not decided", "life model alone", "pace-matched alone", "fixed gap",
    "bar",
)  # fmt: skip
METHODS = {"engaged": "life model", "matched": "pace-matched"}
_INTRO = """# Validation of verdicts

How often a winner is named, rightly or wrongly, where arms differ in how often their users come, in how long they stay,
or in both. `python -m validation.verdicts` simulates the logs, compares the arms and writes this page;
`tests/test_validation_verdicts.py` runs a few seeds. How often the smallest difference that a study prints is shown
stands in [validation_power.md](validation_power.md).

{numbers}

**Logs** (`validation/pace_logs.py`). Law *gamma*: visits at a gamma rate while engaged, engaged for an exponential
time of {mean_life} days on average. Law *lognormal* is of another mechanism than the estimators assume: log-normal
rates, Weibull times engaged, a rhythm of weekdays and hours in a zone, bursts of visits within hours, days on which
everybody comes more often. Logs span {log_days} days; users start evenly, up to its last hour. "Pace 30 %" is 30 %
fewer visits in the last arm, at the same times engaged; "masked" 40 % fewer visits and a hazard of dropping out of
.7; "effect" a hazard of .6. "Half the users slowed" (by half), "pace declines" (to 60 % within 30 days), "pauses" (of
two weeks in four for half the users) and "slow users slowed" (by 40 %) are differences of pace that neither method
foresees. "Seen before": half of the users were there before and are met at a random moment of their life. "90 to 10"
are the shares of the arms; three arms have a third each, with pace falling by 15 % a step. "Confounded": a number known
of every user drives by its size, whatever its sign, which arm serves a user, how often the user comes and how long the
user stays; both methods take the weights of a study that is adjusted for it, the fixed gap does not. "Affinity": no
arms; users take items by popularity alone, who comes more often stays longer, and the whole study of popular against
item-knn is run, from import to verdict.

**Rules.** The verdict is the product's own table (docs/verdicts.md) at one look: a winner takes both methods. Beside
it stand either method alone and one fixed gap of 28 days with nothing matched. Studies start at visits; an import
finds the same ones (`tests/retention/pace/test_visits.py`). Wrong is every winner where no arm keeps its users
longer.

**Bars.** No difference: at most 6.5 % winners. Pace alone: at most 8 %. Odd shapes of pace: at most 15 %. Masked: at
least 85 % right, at most 1 % wrong. An effect: right at least .95 times as often as under the fixed gap, on the same
logs. 95 % intervals hold the truth in 92 to 98 %. *{met}*: the share itself keeps to its bar. *{chance}*: it does
not, but a right method would be as far off in more than 1 of 40 such series. *missed*: it would not.
"""
_BREAKS = """
## What breaks, and why

Pauses are told from leaving least: visits neither thin out evenly nor drift, and a pause at the end of what was seen
looks like a dropout. Both methods take them for .7 to 1.0 days of 60. Where slow users were slowed, pace-matched curves
still find .8 and 1.5 days: under law lognormal half of the users come less than once in 13 days, and slowed by 40 %
they leave gaps of more than 28 days while they are still there. The life model, in which each arm has a spread of rates
of its own, finds next to nothing, and a winner takes both. With one spread for all arms and a steady pace the verdict
named a winner in 22 % of such logs, and in 35 % of those in which pace declines (100 logs each).

Masked by pace, the life model's difference is .6 days of 5.8 too small under law lognormal: its times engaged follow a
Weibull law as the model's do, but the weekdays, bursts and common days of this law are none of the model's.
"""
_FIGURES = """
## The figures behind them

Last arm minus first, days of {horizon}. *Truth* is what a log without end would show: for the life model in closed
form (for users seen before and for dates from {endless} users in each arm); for the pace-matched curves from
{endless} users followed for ever, all arms at the pace of the slowest, under the same gap, with its Monte-Carlo error
in brackets. *Mean* has that of the seeds; *spread* is the standard deviation over the seeds and *stated* what the
studies give as standard error (root mean square). Odd shapes of pace have no pace that all arms could be brought to;
they are shown and not judged.
"""


def page(folder: Path) -> str:
    """Write the whole page from the files of a folder."""
    places = [(kind, law) for kind in KINDS for law in LAWS]
    good = {place: [one for one in load(folder, file_of(*place)) if not one.failure] for place in places}
    intro = _INTRO.format(
        numbers=_numbers(folder), log_days=f"{LOG_DAYS:g}", mean_life=f"{1 / HAZARD:g}", met="met",
        chance="not met, within chance",
    )  # fmt: skip
    figures = _FIGURES.format(horizon=HORIZON, endless=count(ENDLESS_USERS))
    there = {place: studies for place, studies in good.items() if studies}
    return "\n".join([intro, *_winner_table(there), _BREAKS, figures, *_figure_table(there, truths(folder))]) + "\n"


def _numbers(folder: Path) -> str:
    """Say how much was run: never leave out what failed, nor that fewer seeds were reached than named."""
    every = [load(folder, file_of(kind, law)) for kind in KINDS for law in LAWS]
    total, failed = sum(map(len, every)), sum(bool(one.failure) for studies in every for one in studies)
    least, most = min(map(len, every)), max(map(len, every))
    seconds = sum(one.seconds for studies in every for one in studies) / max(total, 1)
    reached = count(least) if least == most else f"{count(least)} to {count(most)}"
    named = f"seeds {SEEDS.start} to {SEEDS.stop - 1}, named before the run"
    short = "" if least >= len(SEEDS) else " More seeds narrow the errors: the same call goes on where it ended."
    return (
        f"{count(total)} logs of {count(USERS)} users, {reached} of the {len(SEEDS)} {named}, for each kind and law; "
        f"{number(seconds, 2)} seconds of processor time a log; {count(failed)} failed.{short}"
    )


def _winner_table(good: dict[tuple[str, str], list[Study]]) -> Iterator[str]:
    yield f"| {' | '.join(_COLUMNS)} | |"
    yield f"|---|---|---|{'--:|' * 6}---|---|"
    for (kind, law), studies in good.items():
        found, ends = winners(kind, studies, BOTH), states(kind, studies)
        undecided = percent(ends["undecided"] / len(studies), 0)
        others = [_pair(winners(kind, studies, method)) for method in ALONE]
        cells = (kind, law, seeds_of(studies), _share(found.right), _share(found.wrong), undecided, *others,
                 bar_of(kind).told, judged(kind, studies))  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    yield "\nShares in %, with their binomial error in points; of a method alone right / wrong."


def _figure_table(good: dict[tuple[str, str], list[Study]], known: dict[str, dict[str, Truth | None]]) -> Iterator[str]:
    yield "| kind | law | method | truth | mean | spread | stated | 95 % interval holds truth | |"
    yield "|---|---|---|--:|--:|--:|--:|--:|---|"
    for (kind, law), studies in good.items():
        for method, told in METHODS.items():
            figures = _figures(kind, studies, method, known[f"{kind}/{law}"][method])
            yield f"| {' | '.join((kind, law, told, *figures))} |"


def _figures(kind: str, studies: Sequence[Study], method: str, truth: Truth | None) -> tuple[str, ...]:
    found = spread_of(kind, studies, method, truth)
    if found is None:
        return (UNKNOWN,) * 6
    exact = truth is None or not truth.error
    known = UNKNOWN if truth is None else number(truth.value, 2) + ("" if exact else f" ({number(truth.error, 2)})")
    mean = f"{number(found.mean, 2)} ({number(found.spread / found.seeds**0.5, 2)})"
    covered = UNKNOWN if found.covered is None else _share(found.covered)
    return known, mean, number(found.spread, 2), number(found.stated, 2), covered, found.judged


def _share(found: Count) -> str:
    return f"{percent(found.share)} ({number(100 * found.error)})"


def _pair(found: Winners) -> str:
    return f"{number(100 * found.right.share, 0)} / {number(100 * found.wrong.share, 0)}"
