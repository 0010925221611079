"""Does better ranking go with staying: hazard of lapsing by how well a model ranked a user's next items.

Among users with new items in the landmark window, a Cox model of lapsing from the landmark on, by per-user NDCG@k over
these items. Users who took more items are more active and get another NDCG, so the model is stratified by new items in
the window and events before the split, and adjusted for other events in the window. What is left is an association.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Check, Message, Value, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.metrics.ranking import ndcg
from recsys_core.metrics.significance import holm
from recsys_core.retention.cox.cox_model import CoxFit, fit_cox
from recsys_core.retention.cox.proportional_hazards import proportional_hazards
from recsys_core.retention.estimators.figures import HazardRatio
from recsys_core.retention.population.affinity_cohorts import (
    NEW_ITEMS,
    OTHER_EVENTS,
    PRIOR_EVENTS,
    AffinityInput,
    count_bins,
    landmark_cohorts,
)
from recsys_core.retention.population.cohorts import resolve_activity
from recsys_core.retention.population.landmark import window_at
from recsys_core.retention.population.lifetimes import resolve_log_end, survival_table
from recsys_core.retention.population.plans import AFFINITY, plan_of
from recsys_core.retention.population.population import Excluded
from recsys_core.retention.population.resolved import Counting
from recsys_core.settings import RetentionSettings

STEP = 0.1
ALPHA = 0.05
_ENOUGH_LAPSES = 50
_FEW = 0.1
_RANKED = "ranked"
_QUALITY, _LOG_EVENTS = "ndcg", "log of other events in the window"


@dataclass(frozen=True)
class RankingHazard:
    """How lapsing goes with how well one model ranked.

    Attributes
    ----------
    model
        Its name.
    ndcg_mean, ndcg_sd
        Of per-user NDCG@k over the users.
    hazard_ratio
        Of lapsing, per .1 of NDCG; below 1: better ranking goes with staying. None where it cannot be estimated.
    hazard_ratio_sd
        The same per standard deviation of NDCG.
    p_holm
        Corrected over the models.
    finding
        Whether better ranking goes with slower lapsing.
    checks
        What could make it wrong.
    """

    model: str
    ndcg_mean: float
    ndcg_sd: float
    hazard_ratio: HazardRatio | None
    hazard_ratio_sd: HazardRatio | None
    p_holm: float | None
    finding: Message
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class RankingHazards:
    """The same question for several models, over the same users.

    Attributes
    ----------
    settings
        Resolved.
    k
        Length of the lists.
    test_from, landmark
        UTC epoch seconds of the split and of the clock's start.
    users, lapses, strata
        Their numbers.
    excluded
        Users left out, by reason.
    models
        One entry each, in the order ranked.
    """

    settings: RetentionSettings
    k: int
    test_from: int
    landmark: int
    users: int
    lapses: int
    strata: int
    excluded: tuple[Excluded, ...]
    models: tuple[RankingHazard, ...]


def ranking_hazards(
    dataset: Dataset, settings: RetentionSettings, ranked: AffinityInput, k: int = 10
) -> RankingHazards:
    """Relate lapsing to per-user ranking quality, for every model in `ranked`.

    Parameters
    ----------
    settings
        Gap, landmark window, activity events and log end are used.
    ranked
        Where the models rank what users took after the split.
    k
        Length of the lists that NDCG judges.

    Raises
    ------
    SettingsError
        Where the split leaves too little of the log.
    DataError
        If the models were not judged on the same users and items, or nobody can be judged.
    """
    log_end = resolve_log_end(dataset, settings.log_end)
    window = window_at(dataset, ranked.test_from, settings)
    window.require()
    settings = replace(
        settings,
        cohort=AFFINITY,
        inactivity_days=window.gap_days,
        activity_events=resolve_activity(dataset, settings.activity_events),
    )
    quality = per_user_ndcg(ranked.targets, ranked.test_from, window.landmark, k)
    assigned = quality[[NEW_ITEMS]].assign(**{col.ARM: _RANKED})
    with landmark_cohorts(dataset, settings, ranked.test_from, assigned, log_end) as (cohorts, counts):
        counting = Counting(plan_of(AFFINITY), window.gap_days, 0, settings)
        table = survival_table(dataset, cohorts, counting, log_end)
        users = table.users.join(counts[[NEW_ITEMS, OTHER_EVENTS, PRIOR_EVENTS]], on=col.USER)
    if users.empty:
        raise DataError("ranking-hazard-without-users")
    strata = _strata(users)
    scores = {name: quality.loc[users[col.USER], name].to_numpy() for name in ranked.targets}
    fits = {name: _fitted(users, score, strata) for name, score in scores.items()}
    p_values = {name: fit.terms()[0].p for name, fit in fits.items() if isinstance(fit, CoxFit)}
    corrected = dict(zip(p_values, map(float, holm(list(p_values.values()))), strict=True))
    return RankingHazards(
        settings=settings,
        k=k,
        test_from=ranked.test_from,
        landmark=window.landmark,
        users=len(users),
        lapses=int(users[col.LAPSED].sum()),
        strata=len(np.unique(strata)),
        excluded=table.excluded,
        models=tuple(_judged(name, scores[name], fits[name], corrected.get(name), k) for name in scores),
    )


def per_user_ndcg(targets: Mapping[str, pd.DataFrame], after: int, until: int, k: int) -> pd.DataFrame:
    """NDCG@k of every model over the new items that a user took in (after, until].

    Returns
    -------
    pandas.DataFrame
        Indexed by user_id: one column per model, and the number of new items.

    Raises
    ------
    DataError
        If the models were not judged on the same users and items.
    """
    columns: dict[str, pd.Series] = {}
    for name, frame in targets.items():
        inside = frame[(frame["time"] > after) & (frame["time"] <= until)]
        owners, ids = pd.factorize(inside[col.USER], sort=True)
        index = pd.Index(ids, name=col.USER)
        columns[name] = pd.Series(ndcg(inside["rank"].to_numpy(), owners, len(ids), k), index=index)
        items = pd.Series(np.bincount(owners, minlength=len(ids)), index=index)
        if not columns.setdefault(NEW_ITEMS, items).equals(items):
            raise DataError("ranking-hazard-models-not-alike", model=name)
    return pd.DataFrame(columns)


def _strata(users: pd.DataFrame) -> np.ndarray:
    everyone = np.zeros(len(users), dtype=np.int64)
    parts = [count_bins(users[name].to_numpy(), everyone) for name in (NEW_ITEMS, PRIOR_EVENTS)]
    return pd.factorize(pd.MultiIndex.from_arrays(parts), sort=True)[0]


def _fitted(users: pd.DataFrame, score: np.ndarray, strata: np.ndarray) -> CoxFit | Message:
    """Fit the model, or say why there is none."""
    design = pd.DataFrame({_QUALITY: score, _LOG_EVENTS: np.log1p(users[OTHER_EVENTS].to_numpy())})
    if design[_LOG_EVENTS].nunique() < 2:
        design = design[[_QUALITY]]
    try:
        return fit_cox(users[col.DURATION].to_numpy(), users[col.LAPSED].to_numpy(), design, strata=strata)
    except DataError as err:
        return err.message


def _judged(model: str, score: np.ndarray, fit: CoxFit | Message, p_holm: float | None, k: int) -> RankingHazard:
    mean, spread = float(score.mean()), float(score.std())
    if isinstance(fit, Message) or p_holm is None:
        finding = message("ranking-hazard-not-estimable", model=model, reason=fit if isinstance(fit, Message) else None)
        return RankingHazard(model, mean, spread, None, None, None, finding, ())
    ratio = _ratio(fit, STEP)
    code = "ranking-hazard-not-clear"
    if p_holm < ALPHA:
        code = "ranking-hazard-slower" if ratio.estimate < 1 else "ranking-hazard-faster"
    values: dict[str, Value] = {
        "model": model, "estimate": ratio.estimate, "lower": ratio.lower, "upper": ratio.upper, "step": STEP, "k": k,
        "p_holm": p_holm, "users": len(score),
    }  # fmt: skip
    return RankingHazard(
        model, mean, spread, ratio, _ratio(fit, spread), p_holm, Message(code, values), _checks(fit, score)
    )


def _ratio(fit: CoxFit, step: float) -> HazardRatio:
    """Hazard ratio of a step in NDCG."""
    term = fit.terms()[0]
    low, high = sorted((term.lower * step, term.upper * step))
    return HazardRatio(math.exp(term.coef * step), math.exp(low), math.exp(high), term.p)


def _checks(fit: CoxFit, score: np.ndarray) -> tuple[Check, ...]:
    """Say how many lapses the answer rests on, how many users get any NDCG at all, and whether one ratio fits."""
    lapses, ranked = int(fit.rows.event.sum()), float((score > 0).mean())
    checks = [
        Check(
            "ranking-hazard-lapses", "pass" if lapses >= _ENOUGH_LAPSES else "warn",
            values={"lapses": lapses, "least": _ENOUGH_LAPSES},
        ),
        Check("ranking-hazard-spread", "pass" if ranked >= _FEW else "warn", values={"ranked": ranked}),
        Check("ranking-hazard-association", "warn"),
    ]  # fmt: skip
    try:
        p = proportional_hazards(fit)[0].p
    except DataError:
        return tuple(checks)
    return (*checks, Check("ranking-hazard-proportional", "pass" if p >= ALPHA else "warn", values={"p": p}))
