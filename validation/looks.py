"""A study looked at again and again while its log grows."""

from datetime import UTC, datetime

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.retention.estimators.always_valid import always_valid_from_tables
from recsys_core.retention.population.prepared import prepare
from recsys_core.retention.study.contrasts import logrank_or_none
from validation.logs import ARMS, DAY_SECONDS, LOG_DAYS, LOG_START
from validation.studies import SETTINGS, Figure, Figures

LOOKS = 22
FIRST_LOOK = 36  # day of the log


def looked_at(dataset: Dataset) -> Figures:
    """Move the log's end forward look by look, and keep the smallest p value of each kind of test so far."""
    fixed, valid = [], []
    for day in np.linspace(FIRST_LOOK, LOG_DAYS, LOOKS):
        settings = SETTINGS.changed({"log_end": _moment(float(day)), "horizon_days": None, "report_day": None})
        with prepare(dataset, settings) as ready:
            tables = {curve.name: curve.table for curve in ready.curves}
            test = logrank_or_none(tables)
            fixed.append(1.0 if test is None else test.p)
            try:
                valid.append(always_valid_from_tables(tables[ARMS[1]], tables[ARMS[0]]).p)
            except DataError:  # nothing to compare yet
                valid.append(1.0)
    return {
        "always-valid": Figure(p=min(valid)),
        "fixed test at every look": Figure(p=min(fixed)),
        "fixed test at the last look": Figure(p=fixed[-1]),
    }


def _moment(day: float) -> str:
    return datetime.fromtimestamp(LOG_START + round(day * DAY_SECONDS), UTC).isoformat()
