"""What estimators answer: small frozen figures with their errors and limits."""

from dataclasses import dataclass


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
