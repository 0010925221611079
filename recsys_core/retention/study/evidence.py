"""What the trust checks look at."""

from dataclasses import dataclass, field

from recsys_core.retention.adjustment.adjust import Adjustment
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.integrity.log_integrity import LogIntegrity
from recsys_core.retention.population.arm_curves import ArmCurve
from recsys_core.retention.population.plans import CohortPlan
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.arm_results import Contrast, Sensitivity
from recsys_core.retention.study.case import Case
from recsys_core.settings import RetentionSettings

PASS, WARN, FAIL = "pass", "warn", "fail"


@dataclass(frozen=True)
class Evidence:
    """What the checks look at."""

    table: SurvivalTable
    curves: tuple[ArmCurve, ...]
    arm_only: CoxResult | None
    adjustments: tuple[Adjustment, ...]
    sensitivity: tuple[Sensitivity, ...]
    settings: RetentionSettings
    resolved: Resolved
    contrasts: tuple[Contrast, ...] = ()
    integrity: LogIntegrity = field(default_factory=lambda: LogIntegrity(()))

    @property
    def plan(self) -> CohortPlan:
        """How users are compared."""
        return self.resolved.plan

    @property
    def case(self) -> Case:
        """What decides."""
        return Case.of(self.settings, self.resolved)
