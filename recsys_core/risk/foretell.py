"""Who will lapse: from a data set to a risk per user, held against later time.

Moments, from late to early: `predict` is the log's end, where risks are told. `evaluate` lies so far before it that
what became of its users over the longest horizon is known by then. The training snapshots lie so far before `evaluate`
that their outcomes were known at that moment: nothing that a model learnt from happened after it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.retention.population.cohorts import Cohorts, assign_cohorts, resolve_activity
from recsys_core.retention.population.hindsight import Hindsight, find_hindsight
from recsys_core.retention.population.landmark import gap_days
from recsys_core.retention.population.lifetimes import resolve_log_end
from recsys_core.retention.population.plans import EVERYONE, RECOMMENDER
from recsys_core.risk.encoding import Encoding
from recsys_core.risk.hazard_models import COX, CoxRisk, DiscreteRisk, Learnt
from recsys_core.risk.reasons import contributions, reasons
from recsys_core.risk.risk_result import CalibrationBin, Landmarks, ModelScore, RiskResult, risk_column
from recsys_core.risk.scores import Observed, calibration_bins, recalibrated, score
from recsys_core.risk.snapshots import Snapshot, covariate_names, outcomes, take_snapshot
from recsys_core.settings import RetentionSettings, RiskSettings

_FEWEST_LAPSES = 30
Models = tuple[CoxRisk, DiscreteRisk, DiscreteRisk]


def foretell(dataset: Dataset, retention: RetentionSettings, settings: RiskSettings) -> RiskResult:
    """Estimate who will lapse over the next G and the asked number of days.

    Parameters
    ----------
    dataset
        From the workspace.
    retention
        What counts as activity, the gap G and the log's end are taken from it.
    settings
        How far ahead, and what models learn from.

    Raises
    ------
    DataError
        When the log is too short, or too few users lapse to learn from.
    SettingsError
        As `resolve_activity` and `resolve_log_end`.
    """
    log_end = resolve_log_end(dataset, retention.log_end)
    gap = gap_days(dataset, retention, log_end)
    horizons = tuple(sorted({gap, settings.days}))
    marks = landmarks(dataset, settings, gap, log_end)
    cohort = RECOMMENDER if dataset.recommenders else EVERYONE
    counting = replace(retention, cohort=cohort, activity_events=resolve_activity(dataset, retention.activity_events))
    lazy = assign_cohorts(dataset, counting, log_end)
    with engine.materialised(lazy.users) as users, engine.materialised(lazy.activity) as activity:
        cohorts = Cohorts(users, activity, lazy.by_exposure)
        later = _told_by_later_events(dataset, cohorts)
        without = [one.attribute for one in later]

        def snap(moment: int) -> Snapshot:
            return take_snapshot(dataset, cohorts, moment, gap, settings.history_days, without)

        train = [snap(moment) for moment in marks.train]
        known = [outcomes(cohorts, one, gap, marks.evaluate) for one in train]
        test = snap(marks.evaluate)
        tested_outcome = outcomes(cohorts, test, gap, log_end)
        now = snap(marks.predict)
    names = covariate_names(settings.history_days)
    encoding = Encoding.learn(pd.concat([one.known for one in train], ignore_index=True), names)
    learnt = _learnt(train, known, encoding, horizons[-1])
    models = (
        CoxRisk(learnt),
        DiscreteRisk(learnt, horizons, boosted=False, seed=settings.seed),
        DiscreteRisk(learnt, horizons, boosted=True, seed=settings.seed),
    )
    tested = _tested(learnt, tested_outcome, horizons)
    scores, bins = _scored(models, encoding.apply(test.known), tested, (horizons, settings.seed))
    people = _people(models, encoding, now, scores, horizons)
    return RiskResult(
        dataset_id=dataset.dataset_id,
        settings=settings,
        gap_days=gap,
        horizons=horizons,
        landmarks=marks,
        learnt=(len(learnt.design), int(learnt.lapsed.sum())),
        tested=(len(test.users), int(tested.within(horizons[-1]).sum())),
        scores=scores,
        calibration=bins,
        users=people,
        columns=len(encoding.columns),
        date_only=dataset.date_only,
        warnings=(*_left_out(later), *encoding.left_out),
    )


def _told_by_later_events(dataset: Dataset, cohorts: Cohorts) -> tuple[Hindsight, ...]:
    """Find the user attributes that no model may learn from: in the log they stand as of today."""
    if not dataset.user_attributes:
        return ()
    starts = cohorts.users.select(col.USER, "start").to_pandas().dropna()
    starts = starts.sort_values(col.USER, ignore_index=True).astype({"start": "int64"})
    return find_hindsight(dataset, cohorts, starts, dataset.user_attributes)


def _left_out(later: tuple[Hindsight, ...]) -> tuple[Message, ...]:
    return tuple(message("warning-risk-hindsight", attribute=one.attribute, reason=one.said) for one in later)


def landmarks(dataset: Dataset, settings: RiskSettings, gap: int, log_end: int) -> Landmarks:
    """Place the moments so that no model learns from what happened after the moment it is tested at.

    Raises
    ------
    DataError
        When the log is too short for one training snapshot with its history; says how many days it takes.
    """
    ahead = (gap + max(gap, settings.days)) * col.DAY_SECONDS
    evaluate = log_end - ahead
    latest = evaluate - ahead
    earliest = dataset.first_time + settings.history_days * col.DAY_SECONDS
    if latest < earliest:
        needed = settings.history_days + 2 * ahead // col.DAY_SECONDS
        raise DataError(
            "risk-log-too-short", log_days=dataset.days, ahead=max(gap, settings.days), needed=needed,
            history=settings.history_days, gap=gap,
        )  # fmt: skip
    week = 7 * col.DAY_SECONDS
    moments = [latest - k * week for k in range(settings.snapshots) if latest - k * week >= earliest]
    return Landmarks(tuple(moments), evaluate, log_end)


def _learnt(train: list[Snapshot], known: list[pd.DataFrame], encoding: Encoding, longest: int) -> Learnt:
    frame = pd.concat([one.users for one in train], ignore_index=True)
    outcome = pd.concat(known, ignore_index=True)
    days = outcome[col.DURATION].to_numpy(dtype=np.float64)
    lapsed = (outcome[col.LAPSED].to_numpy() & (days <= longest)).astype(np.float64)
    if lapsed.sum() < _FEWEST_LAPSES or lapsed.sum() > lapsed.size - _FEWEST_LAPSES:
        raise DataError(
            "risk-too-few-lapses", lapses=int(lapsed.sum()), users=lapsed.size, days=longest, least=_FEWEST_LAPSES
        )
    code = pd.factorize(frame[col.USER])[0]
    return Learnt(encoding.apply(frame.drop(columns=col.USER)), np.minimum(days, longest), lapsed, code)


def _tested(learnt: Learnt, outcome: pd.DataFrame, horizons: tuple[int, ...]) -> Observed:
    base = {days: float(((learnt.lapsed > 0) & (learnt.duration <= days)).mean()) for days in horizons}
    days = outcome[col.DURATION].to_numpy(dtype=np.float64)
    lapsed = outcome[col.LAPSED].to_numpy() & (days <= horizons[-1])
    return Observed(np.minimum(days, horizons[-1]), lapsed.astype(np.float64), base)


def _scored(
    models: Models, design: pd.DataFrame, tested: Observed, horizons_and_seed: tuple[tuple[int, ...], int]
) -> tuple[tuple[ModelScore, ...], tuple[CalibrationBin, ...]]:
    horizons, seed = horizons_and_seed
    scores: list[ModelScore] = []
    bins: list[CalibrationBin] = []
    for model in models:
        risks = model.risk(design, horizons)
        for place, days in enumerate(horizons):
            scores.append(score(model.name, risks[:, place], days, tested, seed=seed))
            bins += calibration_bins(model.name, risks[:, place], days, tested)
    return tuple(scores), tuple(bins)


def _people(
    models: Models,
    encoding: Encoding,
    now: Snapshot,
    scores: tuple[ModelScore, ...],
    horizons: tuple[int, ...],
) -> pd.DataFrame:
    """Tell every user's risks, corrected by what the test showed, and the reasons; the highest risk first."""
    design = encoding.apply(now.known)
    lines = {(one.model, one.days): one for one in scores}
    columns: dict[str, np.ndarray] = {}
    for model in models:
        risks = model.risk(design, horizons)
        for place, days in enumerate(horizons):
            line = lines[model.name, days]
            corrected = recalibrated(risks[:, place], max(line.slope.estimate, 0.0), line.intercept.estimate)
            columns[risk_column(model.name, days)] = corrected
    fit = models[0].fit
    why = reasons(contributions(fit.coef, design, encoding), now.known)
    frame = now.users[[col.USER]].assign(
        **({col.ARM: now.users[RECOMMENDER]} if RECOMMENDER in now.users else {}), **columns
    )
    first = risk_column(COX, horizons[-1])
    return pd.concat([frame, why], axis=1).sort_values(
        [first, col.USER], ascending=[False, True], kind="stable", ignore_index=True
    )
