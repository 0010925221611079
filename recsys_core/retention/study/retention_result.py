"""What the retention half answers: small frozen objects that carry the settings they were computed with."""

from dataclasses import dataclass

from recsys_core import answers
from recsys_core.answers import Check, Message
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.estimators.figures import ChiSquare, CoxResult
from recsys_core.retention.integrity.log_integrity import LogIntegrity
from recsys_core.retention.population.gaps import BackAfterGap, GapCurve
from recsys_core.retention.population.plans import CohortPlan, plan_of
from recsys_core.retention.population.population import Population
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.study.arm_results import ArmResult, Contrast, Sensitivity
from recsys_core.retention.study.case import Case
from recsys_core.retention.study.decision import Decision, PairDecision
from recsys_core.retention.study.details import Details
from recsys_core.settings import RetentionSettings


@dataclass(frozen=True)
class Verdict(answers.Verdict):
    """The answer in a sentence, with the pair of arms that it speaks of."""

    pair: PairDecision | None = None


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
    definitions: tuple[Message, ...] = ()  # how it was counted, in reading order; the population first
    calendar: CalendarResult | None = None
    details: Details | None = None  # None for affinity cohorts, which unadjusted figures only describe
    warnings: tuple[Message, ...] = ()
    decision: Decision | None = None  # None where there is nothing to compare
    integrity: LogIntegrity | None = None  # what is wrong with the log's days
    back_after_gap: tuple[BackAfterGap, ...] = ()  # who comes back after having lapsed

    @property
    def resolved(self) -> Resolved:
        """The settings as they were used, without gaps."""
        return Resolved.of(self.settings, self.log_end, [arm.name for arm in self.arms])

    @property
    def plan(self) -> CohortPlan:
        """How users are compared."""
        return plan_of(self.settings.cohort)

    @property
    def case(self) -> Case:
        """What decides."""
        return Case.of(self.settings, self.resolved)
