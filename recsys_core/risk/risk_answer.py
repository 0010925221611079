"""The answer about risks: verdict, checks, definitions."""

from recsys_core.answers import Check, Message, Value, Verdict, message
from recsys_core.risk.hazard_models import BOOSTED, COX, LOGISTIC
from recsys_core.risk.risk_result import ModelScore, RiskResult, risk_column

_PER_COLUMN = 10
_COIN = 0.5  # the area under the curve of a toss of a coin
_GOOD_AREA = 0.6
_LEVEL_OFF = 0.03


def first_score(result: RiskResult, model: str = COX) -> ModelScore:
    """Return a model's scores over the longest horizon."""
    return next(one for one in result.scores if one.model == model and one.days == result.horizons[-1])


def verdict_of(result: RiskResult) -> Verdict:
    """Say how many are likelier than not to lapse, and how well that can be told; blocked where it cannot be told."""
    failed = next((check for check in checks_of(result) if check.status == "fail"), None)
    if failed:
        return Verdict("blocked", "risk-not-told", support=(failed.detail,))
    area = first_score(result).auc
    risk = result.users[risk_column(COX, result.horizons[-1])]
    values = {"likely": int((risk > 0.5).sum()), "users": len(risk), "days": result.horizons[-1]}
    support = (
        message("risk-area", area=area.estimate, lower=area.lower, upper=area.upper),
        message("risk-mean", mean=float(risk.mean()), lapsing=float(risk.sum())),
    )
    return Verdict("single", "risk-told", values, support)


def checks_of(result: RiskResult) -> tuple[Check, ...]:
    """Ask whether there were enough lapses, whether risks rank and calibrate, and whether another model does better."""
    checks = [_lapses(result), _ranking(result), _calibration(result), _level(result), _other_models(result)]
    order = {"fail": 0, "warn": 1, "pass": 2}
    return tuple(sorted(checks, key=lambda check: order[check.status]))


def _lapses(result: RiskResult) -> Check:
    rows, lapses = result.learnt
    each = lapses / max(result.columns, 1)
    values: dict[str, Value] = {
        "lapses": lapses, "rows": rows, "columns": result.columns, "each": each, "least": _PER_COLUMN,
    }  # fmt: skip
    if each >= _PER_COLUMN:
        return Check("risk-lapses", "pass", "enough", values)
    return Check("risk-lapses", "warn", "few-per-column", values)


def _ranking(result: RiskResult) -> Check:
    area = first_score(result).auc
    lower = area.lower if area.lower is not None else 0.0
    values: dict[str, Value] = {"area": area.estimate, "lower": area.lower, "upper": area.upper}
    if lower <= _COIN:
        return Check("risk-ranking", "fail", "no-better-than-chance", values)
    return Check("risk-ranking", "pass" if lower >= _GOOD_AREA else "warn", "better-than-chance", values)


def _calibration(result: RiskResult) -> Check:
    slope = first_score(result).slope
    low, high = slope.lower, slope.upper
    values: dict[str, Value] = {"slope": slope.estimate, "lower": low, "upper": high}
    if low is not None and high is not None and low <= 1 <= high:
        return Check("risk-calibration", "pass", "calibrated", values)
    return Check("risk-calibration", "warn", "too-bold" if slope.estimate < 1 else "too-timid", values)


def _level(result: RiskResult) -> Check:
    """Hold the mean risk against the share that lapsed."""
    one = first_score(result)
    off = abs(one.predicted - one.observed)
    values = {"days": one.days, "predicted": one.predicted, "observed": one.observed, "off": off}
    return Check("risk-level", "pass" if off <= _LEVEL_OFF else "warn", values=values)


def _other_models(result: RiskResult) -> Check:
    brier = first_score(result).brier
    best = min((first_score(result, name) for name in (LOGISTIC, BOOSTED)), key=lambda one: one.brier.estimate)
    values: dict[str, Value] = {"brier": brier.estimate, "other_brier": best.brier.estimate, "model": best.model}
    if best.brier.upper is not None and best.brier.upper < brier.estimate:
        return Check("risk-other-models", "warn", "another-better", values)
    return Check("risk-other-models", "pass", "cox-as-good", values)


def definitions_of(result: RiskResult) -> tuple[Message, ...]:
    """State who is judged, what is foretold, what is known, and how it was tested."""
    marks = result.landmarks
    return (
        message("definition-risk-population", users=len(result.users), gap=result.gap_days, moment=marks.predict),
        message("definition-risk-lapse", gap=result.gap_days),
        message("definition-risk-known", history_days=result.settings.history_days),
        message(
            "definition-risk-learning", users=result.learnt[0], snapshots=len(marks.train), moment=marks.train[0],
            known_by=marks.evaluate,
        ),
        message(
            "definition-risk-test", users=result.tested[0], moment=marks.evaluate, days=result.horizons[-1],
            lapses=result.tested[1],
        ),
        message("definition-risk-clock", date_only=result.date_only),
    )  # fmt: skip
