"""A study looked at again and again while its log grows."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.retention.arms import ArmCurve, logrank_or_none
from recsys_core.retention.prepared import prepare
from validation.logs import ARMS, DAY_SECONDS, LOG_DAYS, LOG_START
from validation.studies import SETTINGS, Figure, Figures

LOOKS = 22
FIRST_LOOK = 36  # day of the log
TUNING = 0.02


def looked_at(dataset: Dataset) -> Figures:
    """Move the log's end forward look by look, and keep the smallest p value of each kind of test so far."""
    fixed, e_values = [], []
    for day in np.linspace(FIRST_LOOK, LOG_DAYS, LOOKS):
        settings = SETTINGS.changed({"log_end": _moment(float(day)), "horizon_days": None, "report_day": None})
        with prepare(dataset, settings) as ready:
            test = logrank_or_none({curve.name: curve.table for curve in ready.curves})
            fixed.append(1.0 if test is None else test.p)
            e_values.append(e_value(*observed_minus_expected(ready.curves)))
    return {
        "always-valid": Figure(p=min(1.0, 1 / max(e_values))),
        "fixed test at every look": Figure(p=min(fixed)),
        "fixed test at the last look": Figure(p=fixed[-1]),
    }


def e_value(difference: float, variance: float) -> float:
    """Evidence against equal hazards: on average at most 1 without an effect, however often one looks."""
    grown = 1 + TUNING * variance
    return float(np.exp(TUNING * difference**2 / (2 * grown)) / np.sqrt(grown))


def observed_minus_expected(curves: Sequence[ArmCurve]) -> tuple[float, float]:
    """Log-rank numerator of the second arm and its hypergeometric variance, from counts by day."""
    length = max(len(curve.leaving_by_day) for curve in curves)
    by_name = {curve.name: curve for curve in curves}
    lapses, leaving = np.zeros((2, length)), np.zeros((2, length))
    for row, arm in enumerate(ARMS):
        lapses[row, : len(by_name[arm].lapses_by_day)] = by_name[arm].lapses_by_day
        leaving[row, : len(by_name[arm].leaving_by_day)] = by_name[arm].leaving_by_day
    at_risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
    n, d = at_risk.sum(axis=0), lapses.sum(axis=0)
    share = np.divide(at_risk[1], n, out=np.zeros(length), where=n > 0)
    spread = np.divide(n - d, n - 1, out=np.zeros(length), where=n > 1)
    return float((lapses[1] - d * share).sum()), float((d * share * (1 - share) * spread).sum())


def _moment(day: float) -> str:
    return datetime.fromtimestamp(LOG_START + round(day * DAY_SECONDS), UTC).isoformat()
