"""Three models of when a user lapses: Cox, a discrete-time logistic hazard, and boosted trees on the same hazard."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.cox.cox_model import CoxFit, fit_cox
from recsys_core.retention.cox.cox_prediction import predict_survival
from recsys_core.retention.estimators.event_table import FloatArray

COX, LOGISTIC, BOOSTED = "cox", "logistic", "boosted"
_STEPS = (0, 3, 7, 14, 21, 30, 60, 90, 180, 365)


@dataclass(frozen=True)
class Learnt:
    """What models learn from: one row per user and snapshot.

    Attributes
    ----------
    design
        Columns of `Encoding.apply`.
    duration, lapsed
        Whole days from the snapshot, and whether they ended with a lapse; cut at the longest horizon.
    user
        A number per user: the same user may stand in several snapshots.
    """

    design: pd.DataFrame
    duration: FloatArray
    lapsed: FloatArray
    user: np.ndarray


class CoxRisk:
    """Cox's model, errors clustered by user."""

    name = COX

    def __init__(self, learnt: Learnt) -> None:
        self.fit: CoxFit = fit_cox(learnt.duration, learnt.lapsed, learnt.design, cluster=learnt.user)

    def risk(self, design: pd.DataFrame, days: Sequence[int]) -> FloatArray:
        """Return P(lapse within the days), shape (users, days)."""
        return np.asarray(1 - predict_survival(self.fit, design, list(days)).estimate)


class DiscreteRisk:
    """A hazard per interval of days, given the columns and the interval (Cox 1972; Singer & Willett 1993).

    Parameters
    ----------
    learnt
        What to learn from.
    days
        Days for which risks are asked; they are ends of intervals.
    boosted
        Boosted trees in place of logistic regression.
    seed
        Of the trees.
    """

    def __init__(self, learnt: Learnt, days: Sequence[int], *, boosted: bool, seed: int) -> None:
        self.name = BOOSTED if boosted else LOGISTIC
        self.ends = np.array(sorted({*(step for step in _STEPS if step < max(days)), *days}))
        self._boosted = boosted
        rows, interval, event = _person_periods(learnt, self.ends)
        with _one_thread():
            columns = self._columns(learnt.design, rows, interval)
            self._model = _classifier(boosted=boosted, seed=seed).fit(columns, event)

    def risk(self, design: pd.DataFrame, days: Sequence[int]) -> FloatArray:
        """Return P(lapse within the days), shape (users, days)."""
        users = np.arange(len(design))
        staying, risks = np.ones(len(design)), {}
        for at, end in enumerate(self.ends.tolist()):
            with _one_thread():
                hazard = self._model.predict_proba(self._columns(design, users, np.full(users.size, at)))[:, 1]
            staying = staying * (1 - hazard)
            risks[end] = 1 - staying
        return np.stack([risks[day] for day in days], axis=1)

    def _columns(self, design: pd.DataFrame, rows: np.ndarray, interval: np.ndarray) -> np.ndarray:
        values = design.to_numpy()[rows]
        if self._boosted:
            return np.column_stack([values, interval])
        own = np.eye(self.ends.size)[interval]
        # the first column, time since the last activity, tells less the further ahead the interval lies
        return np.column_stack([values, own, values[:, :1] * own[:, 1:]])


def _person_periods(learnt: Learnt, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One row per user and interval that was begun: (row of the design, interval, whether it ended with a lapse)."""
    last = np.searchsorted(ends, learnt.duration)
    # a user who is censored inside an interval has not survived it; at its end, or later, has
    whole = np.where(learnt.lapsed > 0, last + 1, np.searchsorted(ends, learnt.duration, side="right"))
    counts = np.minimum(whole, ends.size)
    rows = np.repeat(np.arange(counts.size), counts)
    first = np.concatenate(([0], np.cumsum(counts)[:-1]))
    interval = np.arange(rows.size) - first[rows]
    event = (learnt.lapsed[rows] > 0) & (interval == last[rows])
    if not event.any() or event.all():
        raise DataError("risk-nothing-to-learn")
    return rows, interval, event.astype(int)


def _one_thread() -> AbstractContextManager[Any]:
    """Keep the trees to one thread: beside a server or a training run, threads that wait for each other cost more."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, "openmp")


def _classifier(*, boosted: bool, seed: int) -> Any:
    if boosted:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            learning_rate=0.06, max_iter=300, max_leaf_nodes=15, min_samples_leaf=40, l2_regularization=1.0,
            early_stopping=True, validation_fraction=0.15, random_state=seed,
        )  # fmt: skip
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=500)
