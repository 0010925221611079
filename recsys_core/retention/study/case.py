"""What decides in a study: how users are compared, whether arms were assigned, how often it is looked at."""

from dataclasses import dataclass
from typing import Self

from recsys_core.retention.estimators.figures import AtDay, RestrictedMean
from recsys_core.retention.population.plans import CohortPlan
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.settings import RetentionSettings


@dataclass(frozen=True)
class Case:
    """What the verdict and the checks go by.

    Attributes
    ----------
    causal
        A difference between arms is their doing; else "associated with" is said, and an adjusted contrast decides.
    looks
        How often the study is looked at; None where that was not told.
    margin
        Days within which a difference is not worth having; None where none was set.
    gap
        Days.
    overlap
        Differences are those among users whom both arms could have served, not among all.
    """

    plan: CohortPlan
    horizon: int
    causal: bool
    looks: int | None
    margin: float | None
    gap: int
    overlap: bool = False

    @classmethod
    def of(cls, settings: RetentionSettings, resolved: Resolved) -> Self:
        """Read it off the settings that were used."""
        causal = resolved.plan.causal(randomised=settings.randomised)
        overlap = settings.estimand == "overlap"
        return cls(resolved.plan, resolved.horizon, causal, settings.looks, settings.margin_days, resolved.gap, overlap)


def primary_difference(contrast: Contrast, case: Case) -> RestrictedMean:
    """Return the difference under the fixed gap that is read: adjusted where arms were not randomised."""
    return contrast.adjusted.rmst_difference if contrast.adjusted and not case.causal else contrast.rmst_difference


def primary_survival(contrast: Contrast, case: Case) -> AtDay:
    """Return the difference in survival that goes with `primary_difference`."""
    if contrast.adjusted and not case.causal:
        return contrast.adjusted.survival_difference
    return contrast.survival_difference
