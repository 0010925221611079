"""What follows from how users are compared: chosen once, then asked, instead of comparing names everywhere."""

from dataclasses import dataclass
from typing import Final

RECOMMENDER: Final = "recommender"
AFFINITY: Final = "affinity"
EVERYONE: Final = "all"


@dataclass(frozen=True)
class CohortPlan:
    """How users are put into arms, and what that means for the analysis.

    Attributes
    ----------
    kind
        logged, affinity, attribute or everyone: what sentences about arms and starts are chosen by.
    cohort
        As the settings name it: for an attribute, its name.
    by_exposure
        The clock starts at the first exposure to a recommender; else at the first activity, after a burn-in.
    at_landmark
        The clock starts at one moment for all, the end of the window that decides the cohorts.
    logged
        The log says who was served what: sizes of arms, switchers and users seen before are checked.
    descriptive
        Unadjusted figures only describe: nobody was assigned, and activity drives cohort and staying alike. Contrasts
        adjusted for activity decide, and tests, calendar figures and rollouts, which could only be unadjusted, are
        left out.
    comparable
        There may be several arms.
    """

    kind: str
    cohort: str
    by_exposure: bool = False
    at_landmark: bool = False
    logged: bool = False
    descriptive: bool = False
    comparable: bool = True

    @property
    def burns_in(self) -> bool:
        """Whether users first seen in the log's first days are left out, since they may be old users."""
        return not (self.by_exposure or self.at_landmark)

    def causal(self, *, randomised: bool) -> bool:
        """Whether a difference between arms is their doing: they were logged and, as the study claims, assigned."""
        return self.logged and randomised


_LOGGED: Final = CohortPlan("logged", RECOMMENDER, by_exposure=True, logged=True)
_AFFINITY: Final = CohortPlan("affinity", AFFINITY, at_landmark=True, descriptive=True)
_EVERYONE: Final = CohortPlan("everyone", EVERYONE, comparable=False)
_NAMED: Final = {plan.cohort: plan for plan in (_LOGGED, _AFFINITY, _EVERYONE)}


def plan_of(cohort: str) -> CohortPlan:
    """Choose the plan for a cohort; a name that is none of the fixed ones is that of a user attribute."""
    return _NAMED.get(cohort) or CohortPlan("attribute", cohort)
