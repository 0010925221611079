"""What the what-if half answers: small frozen objects."""

from dataclasses import dataclass

from recsys_core.answers import Check, Message
from recsys_core.retention.study.retention_result import Verdict
from recsys_core.settings import RetentionSettings, ScenarioSettings


@dataclass(frozen=True)
class RolloutPoint:
    """The difference made by moving `share` (0 to 1) of one arm's users, with its confidence limits."""

    share: float
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Difference:
    """An estimate with its 95 % bootstrap limits."""

    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class RolloutRow:
    """One figure per 1,000 users: what it measures, today, in the scenario, and the difference."""

    measure: Message
    today: float
    scenario: float
    difference: Difference


@dataclass(frozen=True)
class RolloutResult:
    """Part of one arm's users served by another.

    Attributes
    ----------
    settings, retention
        The scenario, resolved, and the retention settings under it.
    arms
        Source and target.
    difference
        More users kept at the scenario's day, per 1,000 users of the source.
    rows
        Kept users, kept days and (where a value is stated) their value, per 1,000 users.
    points
        `difference` against the share moved, 0 to 1.
    checks
        How far to trust this.
    verdict
        Its state is winner where the interval excludes no change, else tie.
    method
        "unadjusted": the arms' own curves, no covariates.
    warnings
        What checks say that do not pass.
    """

    settings: ScenarioSettings
    retention: RetentionSettings
    arms: tuple[str, str]
    difference: Difference
    rows: tuple[RolloutRow, ...]
    points: tuple[RolloutPoint, ...]
    checks: tuple[Check, ...]
    verdict: Verdict
    method: str
    warnings: tuple[Message, ...]
