"""What the retention half answers: small frozen objects that carry the settings they were computed with."""

from dataclasses import dataclass, field

from recsys_core import answers
from recsys_core.answers import Check
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.estimators.figures import ChiSquare, CoxResult
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.population.population import Population
from recsys_core.retention.study.arm_results import ArmResult, Contrast, Sensitivity
from recsys_core.retention.study.details import Details
from recsys_core.settings import RetentionSettings


@dataclass(frozen=True)
class Verdict(answers.Verdict):
    """The answer in a sentence, with the contrast that its ruler draws; state single: one arm or none."""

    contrast: Contrast | None = None


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
    details: Details | None = None  # None for affinity cohorts, which unadjusted figures only describe
    warnings: tuple[str, ...] = field(default=())
