"""What may be said of a rollout: no more than the verdict on the same two arms."""

from collections.abc import Sequence
from typing import Final

from recsys_core.answers import Message, Value, message
from recsys_core.retention.study.decision import PairDecision
from recsys_core.retention.study.retention_result import RetentionResult, Verdict
from recsys_core.retention.study.retention_verdict import AHEAD, BEHIND, outcome
from recsys_core.settings import ScenarioSettings
from recsys_core.whatif.rollout_result import RolloutRow

ALPHA: Final = 0.05
_SILENT: Final = {"blocked": "rollout-blocked", "few": "rollout-few", "pending": "rollout-pending"}


def pair_of(result: RetentionResult, source: str, target: str) -> PairDecision | None:
    """Find what decides between two arms, whichever comes first."""
    pairs = result.decision.pairs if result.decision else ()
    return next((pair for pair in pairs if {pair.arm, pair.reference} == {source, target}), None)


def level_of(result: RetentionResult, source: str, target: str) -> float:
    """Level of the interval: that of the verdict for its own pair, else corrected for all pairs one could have asked.

    A pair that is chosen because it looks far apart is wrong as often as the furthest of all pairs.
    """
    own = result.verdict.pair
    pairs = len(result.arms) * (len(result.arms) - 1) // 2
    if own and {own.arm, own.reference} == {source, target} and result.verdict.state == "winner":
        pairs = 1
    return ALPHA / pairs / (result.case.looks or 1)


def rollout_verdict(result: RetentionResult, scenario: ScenarioSettings, rows: Sequence[RolloutRow]) -> Verdict:
    """Say what moving users would do: an effect only where both methods that decide find one, in the same direction."""
    values: dict[str, Value] = {"share": scenario.share, "source": scenario.source, "target": scenario.target}
    state = result.verdict.state
    if state in _SILENT:
        return Verdict(state, _SILENT[state], values, result.verdict.support)
    users = rows[0].difference
    values |= {"day": scenario.day, "users": abs(users.estimate), "more": users.estimate >= 0}
    clear = _clear(result, scenario.source, scenario.target, users.estimate)
    if result.case.causal:
        code = "rollout-effect" if clear else "rollout-no-clear-effect"
    else:
        code = "rollout-association" if clear else "rollout-no-clear-association"
    support = [*_support(result, scenario, rows)]
    if not clear:
        support.append(message("rollout-not-told-apart", source=scenario.source, target=scenario.target))
    return Verdict("winner" if clear else "tie", code, values, tuple(support))


def _clear(result: RetentionResult, source: str, target: str, kept: float) -> bool:
    pair = pair_of(result, source, target)
    if pair is None or pair.engaged is None or pair.matched is None or outcome(pair) not in (AHEAD, BEHIND):
        return False
    better = target if (pair.arm == target) == (pair.engaged.estimate > 0) else source
    if (kept >= 0) != (better == target):
        return False  # the curves under the gap say the opposite: pace hides leaving
    level = level_of(result, source, target) * (result.case.looks or 1)  # limits have paid for looks already
    return all(one.p is not None and one.p < level for one in (pair.engaged, pair.matched))


def _support(result: RetentionResult, scenario: ScenarioSettings, rows: Sequence[RolloutRow]) -> tuple[Message, ...]:
    users, days = rows[0].difference, rows[1].difference
    low, high = sorted((users.lower, users.upper) if users.estimate >= 0 else (-users.lower, -users.upper))
    kept_days: dict[str, Value] = {
        "horizon": result.resolved.horizon,
        "estimate": days.estimate, "lower": days.lower, "upper": days.upper,
    }  # fmt: skip
    code = "rollout-days"
    if len(rows) > 2:
        code, worth = "rollout-days-and-value", rows[2].difference
        kept_days |= {"value": worth.estimate, "value_lower": worth.lower, "value_upper": worth.upper}
    corrected = level_of(result, scenario.source, scenario.target) < ALPHA
    return (
        message("rollout-interval", lower=low, upper=high, resamples=scenario.resamples, corrected=corrected),
        Message(code, kept_days),
    )
