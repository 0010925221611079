"""The cells of the validation: what is simulated, how it is analysed, and what must come out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from validation import logs, truth
from validation.affinity import affinity_figures
from validation.logs import ARMS, Log, Rng
from validation.looks import looked_at
from validation.studies import ADJUSTING, Desk, Figures, analysed, figures
from validation.truth import Truth

USERS, UNEVEN_USERS = 1000, 4000
EFFECT_ON_LEAVING, LOG_HAZARD_RATIO = 0.75, -0.35
NOTHING = Truth(0.0)
ADJUSTED = ("IPTW", "g-computation", "AIPW")
COMPARISONS = ("log-rank", "mean", "S", "Cox", "Cox, adjusted", *ADJUSTED)
PER_ARM = tuple(f"{figure} {arm}" for figure in ("mean", "S") for arm in ARMS)


@dataclass(frozen=True)
class Row:
    """One figure of a cell, and what is asked of it over the seeds.

    Attributes
    ----------
    figure
        Name of the figure.
    truth
        What an endless log would show; None where there is only a test.
    rejects
        Bounds of the share of p values of at most 0.05; None where they only describe.
    covers
        Whether 95 % intervals must hold the truth 93.5 % to 96.5 % of the time.
    mean
        "centred": the mean over seeds must lie within its Monte-Carlo error of the truth; "biased": far outside it.
    """

    figure: str
    truth: Truth | None = NOTHING
    rejects: tuple[float, float] | None = None
    covers: bool = False
    mean: str = ""

    @property
    def judged(self) -> bool:
        """Whether anything is asked of it."""
        return bool(self.rejects or self.covers or self.mean)


@dataclass(frozen=True)
class Cell:
    """One kind of log, analysed in one way."""

    name: str
    title: str
    told: str
    users: int
    run: Callable[[Desk, Rng], Figures]
    rows: Callable[[], tuple[Row, ...]]


TYPE_ONE = (0.035, 0.065)


def null_rows(figures_: tuple[str, ...] = COMPARISONS) -> tuple[Row, ...]:
    """Rejections and coverage of no difference."""
    return tuple(
        Row(name, None, TYPE_ONE) if name == "log-rank" else Row(name, rejects=TYPE_ONE, covers=True)
        for name in figures_
    )


def covered(known: Mapping[str, Truth], names: tuple[str, ...]) -> tuple[Row, ...]:
    """Coverage of a truth; adjusted contrasts have that of the raw one."""
    return tuple(Row(name, known["mean" if name in ADJUSTED else name], covers=True) for name in names)


def _logged(desk: Desk, log: Log, *, dates_only: bool = False) -> Figures:
    data = desk.imported(logs.events_frame(log, dates_only=dates_only), logs.users_frame(log.people))
    return figures(analysed(data, {"covariates": ADJUSTING}))


def _wanderers(rng: Rng, effect: float = 1.0) -> Log:
    who = logs.draw_people(rng, USERS)
    return logs.entered(rng, who, logs.wander(rng, who, logs.leaving_chance(who, effect)))


def _stayers(rng: Rng, effect: float, *, confounded: bool) -> Log:
    who = logs.draw_people(rng, USERS, confounded=confounded)
    return logs.entered(rng, who, logs.stay(rng, who, logs.log_hazard(who, effect)))


def _effect_rows() -> tuple[Row, ...]:
    known = truth.stayers_truth(LOG_HAZARD_RATIO) | {"Cox, adjusted": Truth(LOG_HAZARD_RATIO)}
    return covered(known, ("mean", "S", "Cox, adjusted", *ADJUSTED, *PER_ARM))


def _gap_rows(*, dates_only: bool) -> tuple[Row, ...]:
    known = truth.wanderers_truth(EFFECT_ON_LEAVING, dates_only=dates_only)
    return covered(known, ("mean", "S", "IPTW", "AIPW", *PER_ARM))


def _confounded_rows() -> tuple[Row, ...]:
    raw = tuple(Row(name, mean="biased") for name in ("mean", "S", "Cox"))
    term = Row("Cox, adjusted", rejects=TYPE_ONE, covers=True)
    return (*raw, term, *(Row(name, rejects=TYPE_ONE, covers=True, mean="centred") for name in ADJUSTED))


def _affinity_rows() -> tuple[Row, ...]:
    return (Row("mean"), Row("AIPW", rejects=TYPE_ONE, covers=True, mean="centred"))


def _switching(desk: Desk, rng: Rng) -> Figures:
    data = desk.imported(logs.events_frame(logs.switching(rng, _wanderers(rng))))
    differences = figures(analysed(data, {"time_varying_arm": True}))
    return {"time-varying arm": differences.pop("Cox, adjusted"), **differences}


def _switching_rows() -> tuple[Row, ...]:
    return (
        Row("time-varying arm", rejects=TYPE_ONE, covers=True, mean="centred"),
        *null_rows(("log-rank", "mean", "Cox")),
    )


def _looks(desk: Desk, rng: Rng) -> Figures:
    return looked_at(desk.imported(logs.events_frame(_wanderers(rng))))


def _looks_rows() -> tuple[Row, ...]:
    return (
        Row("always-valid", None, (0.0, 0.05)),
        Row("fixed test at every look", None),
        Row("fixed test at the last look", None, TYPE_ONE),
    )


def _affinity(desk: Desk, rng: Rng) -> Figures:
    log = logs.of_uneven_activity(rng, UNEVEN_USERS)
    return affinity_figures(desk.imported(logs.events_frame(log, with_arm=False)))


_LATE = "Users start at random moments up to the log's last hour."

CELLS = (
    Cell(
        "null", "No effect",
        "Arms are assigned at random and make no difference. Users come back after gaps of their own pace and may "
        f"leave for good at any visit; 15 % come once. {_LATE}",
        USERS, lambda desk, rng: _logged(desk, _wanderers(rng)), null_rows,
    ),
    Cell(
        "effect", "An effect known in closed form",
        "Lapse times follow a proportional-hazards law with segment, plan and arm (hazard ratio "
        f"{np.exp(LOG_HAZARD_RATIO):.3f}), a mass at 0 for users who come once; visits are strewn over them, and a "
        f"quarter of the users comes back after a lapse. {_LATE}",
        USERS, lambda desk, rng: _logged(desk, _stayers(rng, LOG_HAZARD_RATIO, confounded=False)), _effect_rows,
    ),
    Cell(
        "confounded", "Confounded assignment, no effect",
        "As above with a hazard ratio of 1, but segment and plan decide both the arm and how long users stay.",
        USERS, lambda desk, rng: _logged(desk, _stayers(rng, 0.0, confounded=True)), _confounded_rows,
    ),
    Cell(
        "affinity", "Affinity cohorts, no effect",
        "No arms: items are taken by popularity alone, and users differ in nothing but activity; who comes more often "
        "also stays longer. Popularity and item-knn learn before the split and are compared over 14 days after it. "
        "AIPW adjusts for counts of activity in bins, and for their logarithms and products; with bins alone the mean "
        "of seeds 0 to 699 was −0.10 (0.03). What is left in seeds 0 to 999 is chance: adjusting for the true pace of "
        "every user as well moves their mean by 0.01 away from 0, and the mean of seeds 1000 to 2999 is −0.01 (0.02), "
        "with 5.1 % rejections and 94.8 % coverage.",
        UNEVEN_USERS, _affinity, _affinity_rows,
    ),
    Cell(
        "switching", "Users who switch, no effect",
        "As without effect, but users change arm every 20 days on average; each event names the arm that served it.",
        USERS, _switching, _switching_rows,
    ),
    Cell(
        "looks", "Twenty-two looks, no effect",
        "As without effect; the log's end moves forward from day 36 to day 120 in 22 looks, and the whole path from "
        "events to test is run at each.",
        USERS, _looks, _looks_rows,
    ),
    Cell(
        "dates", "Dates without hours, no effect",
        "As without effect, with times cut to UTC dates.",
        USERS, lambda desk, rng: _logged(desk, _wanderers(rng), dates_only=True), null_rows,
    ),
    Cell(
        "dates-effect", "Dates without hours, an effect",
        f"As above, and the chance of leaving is multiplied by {EFFECT_ON_LEAVING} in one arm. The truth comes from "
        "2,000,000 users per arm followed for ever on whole dates.",
        USERS, lambda desk, rng: _logged(desk, _wanderers(rng, EFFECT_ON_LEAVING), dates_only=True),
        lambda: _gap_rows(dates_only=True),
    ),
    Cell(
        "gaps-effect", "An effect on leaving",
        "As before, with times to the second. Hazards are not proportional here, so the Cox model and g-computation, "
        "which assume it, are not judged.",
        USERS, lambda desk, rng: _logged(desk, _wanderers(rng, EFFECT_ON_LEAVING)),
        lambda: _gap_rows(dates_only=False),
    ),
)  # fmt: skip
