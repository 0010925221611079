"""Affinity cohorts: the model that ranked a user's next items higher is the user's arm.

Recommenders that learnt before t0 are compared on the new items a user took in (t0, t0 + L]; the cohort is the model
with the higher mean reciprocal rank, and the clock starts at the landmark t0 + L. The cohorts are confounded by
construction: who took more items is told apart more often and is more active anyhow. So contrasts are standardised
over new items and other events in the window and events before it, and the raw curves only describe.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.retention.estimators.design import independent
from recsys_core.retention.population.cohorts import BOTH, EXISTING, NEITHER, SWITCHED, Cohorts, activity_of
from recsys_core.retention.population.covariates import varying
from recsys_core.retention.population.study_clock import study_clock
from recsys_core.settings import RetentionSettings

if TYPE_CHECKING:
    import ibis

NEW_ITEMS = "new items in the window"
OTHER_EVENTS = "other events in the window"
PRIOR_EVENTS = "events before the split"
STANDARDISED = (NEW_ITEMS, OTHER_EVENTS, PRIOR_EVENTS)
_LEAST_PER_BIN = 10
_ENOUGH_FOR_LOGS = 200
_FINER = "log of "


@dataclass(frozen=True)
class AffinityInput:
    """What trained models say of the items that users took after the split.

    Attributes
    ----------
    test_from
        UTC epoch seconds: the models learnt from events before it.
    targets
        By model: one row per user and new item, with user_id, item_id, time (UTC epoch seconds) and rank (1 is best;
        ties stand in their middle).
    """

    test_from: int
    targets: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, evaluations: Mapping[str, Evaluation]) -> Self:
        """Take it from the evaluations of models, by name, that were tested on one split.

        Raises
        ------
        SettingsError
            Unless the split was by time: models that learnt from later events say nothing of what comes next.
        """
        first = next(iter(evaluations.values()))
        if first.leaky:
            raise SettingsError("affinity-split-leaks", method=first.split.method)
        return cls(first.now, {name: found.targets for name, found in evaluations.items()})


def affinity_models(settings: RetentionSettings) -> tuple[str, str]:
    """Return the two models that are compared.

    Raises
    ------
    SettingsError
        Unless there are two, and two different ones.
    """
    models = tuple(dict.fromkeys(settings.models))
    if len(models) != 2:
        raise SettingsError("affinity-needs-two-models", models=settings.models, named=len(settings.models))
    return models[0], models[1]


def assign_models(targets: Mapping[str, pd.DataFrame], models: tuple[str, str], after: int, until: int) -> pd.DataFrame:
    """Find the model that ranked a user's new items in (after, until] higher.

    Parameters
    ----------
    targets
        As in `AffinityInput`.
    models
        The two that are compared.
    after, until
        UTC epoch seconds.

    Returns
    -------
    pandas.DataFrame
        Indexed by user_id: arm (a model, or "both" where their mean reciprocal ranks are equal) and the number of new
        items. Users without a new item have no row.

    Raises
    ------
    DataError
        If the two models were not judged on the same users and items.
    """
    means = []
    for name in models:
        frame = targets[name]
        inside = frame[(frame["time"] > after) & (frame["time"] <= until)].sort_values([col.USER, col.ITEM])
        reciprocal = (1 / inside["rank"]).groupby(inside[col.USER], sort=True)
        means.append(pd.DataFrame({"mrr": reciprocal.mean(), NEW_ITEMS: reciprocal.size()}))
    first, second = means
    if not first[NEW_ITEMS].equals(second[NEW_ITEMS]):
        raise DataError("affinity-models-not-alike", first=models[0], second=models[1])
    level = np.isclose(first["mrr"], second["mrr"], rtol=1e-9, atol=0)
    higher = np.where(first["mrr"] > second["mrr"], models[0], models[1])
    return pd.DataFrame({col.ARM: np.where(level, BOTH, higher), NEW_ITEMS: first[NEW_ITEMS]})


@contextmanager
def affinity_cohorts(
    dataset: Dataset, settings: RetentionSettings, given: AffinityInput | None, log_end: int
) -> Iterator[tuple[Cohorts, pd.DataFrame]]:
    """Give every user active before the landmark a cohort; the engine's table lives for the block.

    Yields the cohorts, and per user (index user_id) the counts that contrasts are standardised over.

    Raises
    ------
    SettingsError
        Without trained models, or for other than two models.
    DataError
        As `assign_models`.
    """
    models = affinity_models(settings)
    if given is None or not set(models) <= set(given.targets):
        raise SettingsError("affinity-models-not-trained", first=models[0], second=models[1])
    landmark = given.test_from + settings.landmark_days * col.DAY_SECONDS
    assigned = assign_models(given.targets, models, given.test_from, landmark)
    with landmark_cohorts(dataset, settings, given.test_from, assigned, log_end) as cohorts_and_counts:
        yield cohorts_and_counts


@contextmanager
def landmark_cohorts(
    dataset: Dataset, settings: RetentionSettings, test_from: int, assigned: pd.DataFrame, log_end: int
) -> Iterator[tuple[Cohorts, pd.DataFrame]]:
    """Start the clock of every user at the landmark; the engine's table lives for the block.

    Parameters
    ----------
    settings
        With activity events resolved.
    test_from
        UTC epoch seconds of the split.
    assigned
        Indexed by user_id: arm and number of new items in the window; who has no row took none.
    log_end
        Epoch seconds.

    Yields the cohorts, and per user (index user_id) the counts of new items, of other events in the window, and of
    events before it.
    """
    landmark = test_from + settings.landmark_days * col.DAY_SECONDS
    with engine.materialised(activity_of(dataset, settings, log_end)) as activity:
        counts = _counts(activity, test_from, landmark).join(assigned)
        counts[NEW_ITEMS] = counts[NEW_ITEMS].fillna(0).astype("int64")
        counts[OTHER_EVENTS] = (counts.pop("window") - counts[NEW_ITEMS]).clip(lower=0)
        counts["start"] = counts["start"].astype("Int64")  # missing where a user came after the landmark
        users = counts.reset_index()[[col.USER, col.ARM, "start"]].fillna({col.ARM: NEITHER})
        with engine.held(users.assign(**{EXISTING: False, SWITCHED: False})) as table:
            clock = study_clock(settings.missing_days, settings.time_zone)
            yield Cohorts(table, activity, by_exposure=False, landmark=landmark, clock=clock), counts


def _counts(activity: "ibis.Table", test_from: int, landmark: int) -> pd.DataFrame:
    """Last activity up to the landmark (start), events in the window and before the split, by user."""
    time = activity[col.TIME]
    by_user = activity.group_by(col.USER).agg(
        start=time.max(where=time <= landmark),
        window=((time > test_from) & (time <= landmark)).sum(),
        **{PRIOR_EVENTS: (time <= test_from).sum()},
    )
    return by_user.order_by(col.USER).to_pandas().set_index(col.USER)


def activity_covariates(counts: pd.DataFrame, users: pd.DataFrame) -> pd.DataFrame:
    """Return what contrasts are standardised over, one row per user in the order of `users`.

    Each count stands in bins; where bins hold several counts, the logarithms of the counts and their products in pairs
    stand beside them where an arm has 200 users or more: within a bin the more active users are still told apart more
    often, and stay longer. Logarithms are rounded to a tenth, so that users alike stay countable.

    Parameters
    ----------
    counts
        As from `affinity_cohorts`.
    users
        user_id and arm (two arms).
    """
    mine = counts.loc[users[col.USER], list(STANDARDISED)]
    arms = users[col.ARM].cat.codes.to_numpy()
    columns = {name: count_bins(mine[name].to_numpy(), arms) for name in mine.columns}
    binned = pd.DataFrame(columns, index=users.index)
    if np.bincount(arms).min() < _ENOUGH_FOR_LOGS:
        return binned
    chosen = binned
    for name, values in _log_counts(mine, binned).items():
        candidate = chosen.assign(**{name: values})
        if independent(varying(candidate)):
            chosen = candidate
    return chosen


def in_bins(covariates: pd.DataFrame) -> pd.DataFrame:
    """Leave out the logarithms, so that few patterns are left."""
    return covariates.loc[:, [name for name in covariates.columns if not name.startswith(_FINER)]]


def _log_counts(mine: pd.DataFrame, binned: pd.DataFrame) -> dict[str, np.ndarray]:
    coarse = [name for name in mine.columns if mine[name].groupby(binned[name].to_numpy()).nunique().max() > 1]
    logs = {name: np.round(np.log1p(mine[name].to_numpy(dtype=np.float64)), 1) for name in coarse}
    centred = {name: values - np.round(values.mean(), 1) for name, values in logs.items()}
    products = {
        f"{_FINER}{first} times {second}": np.round(centred[first] * centred[second], 1)
        for first, second in combinations(centred, 2)
    }
    return {f"{_FINER}{name}": values for name, values in logs.items()} | products


def count_bins(counts: np.ndarray, arms: np.ndarray) -> np.ndarray:
    """Put counts into bins with n^(2/3) users or more of every arm, n those of the smallest; the last takes the rest.

    The number of bins grows as n^(1/3): bias within bins and the noise of many bins vanish together.

    Parameters
    ----------
    counts
        Whole numbers, one per user.
    arms
        Whole numbers from 0, one per user.

    Returns
    -------
    numpy.ndarray
        Words such as "3", "4 to 6" and "7 or more".
    """
    least = max(int(np.bincount(arms).min()) ** (2 / 3), _LEAST_PER_BIN)
    values, place = np.unique(counts, return_inverse=True)
    per_arm = np.array([np.bincount(place[arms == arm], minlength=len(values)) for arm in range(arms.max() + 1)])
    starts, held = [0], np.zeros(len(per_arm))
    for at in range(len(values)):
        if held.min() >= least and per_arm[:, at:].sum(axis=1).min() >= least:
            starts.append(at)
            held = np.zeros(len(per_arm))
        held = held + per_arm[:, at]
    ends = [*(values[start - 1] for start in starts[1:]), None]
    names = [_bin_name(values[start], end) for start, end in zip(starts, ends, strict=True)]
    return np.array(names, dtype=object)[np.searchsorted(starts, place, side="right") - 1]


def _bin_name(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more"
    return f"{low}" if low == high else f"{low} to {high}"
