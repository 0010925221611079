"""What the trust checks look at."""

from dataclasses import dataclass, field

from recsys_core.answers import Message
from recsys_core.retention.adjustment.adjust import Adjustment
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.integrity.log_integrity import LogIntegrity
from recsys_core.retention.population.arm_curves import ArmCurve
from recsys_core.retention.population.known_at_exposure import AssignmentBalance
from recsys_core.retention.population.plans import CohortPlan
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.case import Case
from recsys_core.settings import RetentionSettings

PASS, WARN, FAIL = "pass", "warn", "fail"


@dataclass(frozen=True)
class Evidence:
    """What the checks look at.

    Attributes
    ----------
    refused
        Why contrasts could not be adjusted for the attributes that were given; None where they were, or need not be.
    assignment
        Whether arms are alike in what was known before; None where nobody claims that they were assigned.
    """

    table: SurvivalTable
    curves: tuple[ArmCurve, ...]
    arm_only: CoxResult | None
    adjustments: tuple[Adjustment, ...]
    settings: RetentionSettings
    resolved: Resolved
    contrasts: tuple[Contrast, ...] = ()
    assigned: dict[str, int] | None = None  # users of each arm, whenever they started
    refused: Message | None = None
    assignment: AssignmentBalance | None = None
    integrity: LogIntegrity = field(default_factory=lambda: LogIntegrity(()))

    @property
    def plan(self) -> CohortPlan:
        """How users are compared."""
        return self.resolved.plan

    @property
    def case(self) -> Case:
        """What decides."""
        return Case.of(self.settings, self.resolved)

    @property
    def overlap(self) -> bool:
        """Whether adjusted contrasts speak of the users whom both arms could have served, and not of everyone."""
        return self.settings.estimand == "overlap"
