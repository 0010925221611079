"""What the retention half answers: small frozen objects that carry the settings they were computed with."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recsys_core import answers
from recsys_core.answers import Check
from recsys_core.retention.calendar_results import CalendarResult, DayN, WeekTriangle
from recsys_core.settings import RetentionSettings

if TYPE_CHECKING:
    from recsys_core.retention.details import Details

__all__ = ["CalendarResult", "Check", "DayN", "WeekTriangle"]  # defined elsewhere, found here too


@dataclass(frozen=True)
class Estimate:
    """A figure with its standard error and confidence limits.

    Attributes
    ----------
    estimate, stderr, lower, upper
        In the unit of the figure (days, share 0 to 1, ratio).
    p
        Two-sided p value of "no difference"; None where nothing is tested.
    p_holm
        The same, corrected by Holm over all pairwise contrasts; None where nothing is tested.
    """

    estimate: float
    stderr: float
    lower: float
    upper: float
    p: float | None = None
    p_holm: float | None = None


@dataclass(frozen=True)
class RestrictedMean(Estimate):
    """Restricted mean over `days` days."""

    days: float = 0.0


@dataclass(frozen=True)
class AtDay(Estimate):
    """A difference of survival (share, 0 to 1) at `day`."""

    day: float = 0.0


@dataclass(frozen=True)
class SurvivalPoint:
    """One row of a survival curve: S(day) with its limits, and how many are still at risk on that day."""

    day: float
    estimate: float
    stderr: float
    lower: float
    upper: float
    at_risk: float


@dataclass(frozen=True)
class ArmResult:
    """One arm: how many users, how many lapses, and its curve from day 0 to the horizon.

    lapses_by_day and leaving_by_day count, from day 0 on, the users who lapse and all who leave observation; every
    figure of the arm follows from them.
    """

    name: str
    users: int
    lapses: int
    median_days: float | None
    rmst: RestrictedMean
    survival: tuple[SurvivalPoint, ...]
    last_followed_day: int
    lapses_by_day: tuple[int, ...] = ()
    leaving_by_day: tuple[int, ...] = ()
    tail: tuple[SurvivalPoint, ...] = ()  # the curve past the horizon, to where nobody is at risk


@dataclass(frozen=True)
class ChiSquare:
    """A chi-square test."""

    chisq: float
    df: int
    p: float
    p_holm: float | None = None


@dataclass(frozen=True)
class HazardRatio:
    """A hazard ratio with its limits."""

    estimate: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class Adjusted:
    """A contrast standardised over the attributes known at first exposure, by one method."""

    method: str  # aipw, iptw, g-computation
    rmst_difference: RestrictedMean
    survival_difference: AtDay


@dataclass(frozen=True)
class Anytime:
    """The log-rank test that stays valid however often one looks (ter Schure et al. 2020).

    Attributes
    ----------
    e_value
        Evidence against "no difference"; 1 / alpha, 20 at .05, rejects.
    p, p_holm
        1 / e_value, at most 1, and the same corrected by Holm over all pairs.
    """

    e_value: float
    p: float
    p_holm: float | None = None


@dataclass(frozen=True)
class Contrast:
    """Arm minus reference."""

    arm: str
    reference: str
    rmst_difference: RestrictedMean
    survival_difference: AtDay
    logrank: ChiSquare | None  # None where no lapse happens while both arms are followed
    hazard_ratio: HazardRatio | None
    minimum_detectable_days: float
    adjusted: Adjusted | None = None
    adjusted_methods: tuple[Adjusted, ...] = ()
    anytime: Anytime | None = None  # None where no lapse happens while both arms are followed


@dataclass(frozen=True)
class CoxTerm:
    """One coefficient of a Cox model (log hazard ratio)."""

    name: str
    coef: float
    stderr: float
    robust_stderr: float | None
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class ProportionalHazards:
    """Score test of proportional hazards for one term, or GLOBAL."""

    term: str
    chisq: float
    df: int
    p: float


@dataclass(frozen=True)
class CoxResult:
    """A fitted Cox model."""

    terms: tuple[CoxTerm, ...]
    loglik: tuple[float, float]  # null, fitted
    concordance: float
    concordance_stderr: float
    proportional_hazards: tuple[ProportionalHazards, ...] = ()


@dataclass(frozen=True)
class Excluded:
    """Users left out, with the reason."""

    reason: str
    users: int


@dataclass(frozen=True)
class Population:
    """Who was judged, and who was left out and why."""

    users: int
    excluded: tuple[Excluded, ...]


@dataclass(frozen=True)
class Verdict(answers.Verdict):
    """The answer in a sentence, with the contrast that its ruler draws; state single: one arm or none."""

    contrast: Contrast | None = None


@dataclass(frozen=True)
class Sensitivity:
    """The first contrast under another inactivity gap."""

    inactivity_days: int
    arm: str
    reference: str
    rmst_difference: RestrictedMean | None  # None where the log is too short for this gap
    order: tuple[str, ...]  # arms, longest kept first
    note: str = ""


@dataclass(frozen=True)
class GapCurve:
    """P(return within g days | a gap started), by Kaplan-Meier on the pooled gaps, g = 1 .. last."""

    days: tuple[int, ...]
    returned: tuple[float, ...]
    plateau: float
    suggested: int


@dataclass(frozen=True)
class RetentionResult:
    """Everything the retention page, the command line and the report say. Times are UTC epoch seconds."""

    dataset_id: str
    settings: RetentionSettings  # with every "choose for me" value resolved
    log_start: int
    log_end: int
    population: Population
    arms: tuple[ArmResult, ...]  # longest kept first
    contrasts: tuple[Contrast, ...]  # best against the runner-up first, then best against the rest, then the others
    logrank: ChiSquare | None
    cox: CoxResult | None
    checks: tuple[Check, ...]
    verdict: Verdict
    gaps: GapCurve
    sensitivity: tuple[Sensitivity, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()  # ("Population", "6,012 users first ..."), in reading order
    calendar: CalendarResult | None = None
    details: "Details | None" = None  # None for affinity cohorts, which unadjusted figures only describe
    warnings: tuple[str, ...] = field(default=())
