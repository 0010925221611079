"""The one moment at which a study's log is cut, and the window after it that decides affinity cohorts.

Recommenders learn before t0 and are tested from t0 on. For affinity cohorts the new items that a user took in
(t0, t0 + L] decide the cohort, the clock starts at the landmark t0 + L, and a lapse shows only after a gap of G days:
so t0 must leave L + G days, and some more to follow users over.
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from recsys_core import columns as col
from recsys_core import words
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.retention.population.cohorts import EVERYONE, assign_cohorts, resolve_activity
from recsys_core.retention.population.gaps import gap_curve
from recsys_core.retention.population.lifetimes import resolve_log_end
from recsys_core.settings import RetentionSettings, SplitSettings

LATEST_SHARE = 0.8
EARLIEST_SHARE = 0.4
FOLLOWED_DAYS = 30


@dataclass(frozen=True)
class AffinityWindow:
    """Where affinity cohorts are decided. Times are UTC epoch seconds.

    Attributes
    ----------
    test_from
        The split t0.
    landmark
        t0 + L: the end of the window and the start of the clock.
    gap_days
        G.
    refusal
        Why affinity cohorts cannot be made with this split, in words; empty where they can.
    """

    test_from: int
    landmark: int
    gap_days: int
    refusal: str = ""


def split_time(dataset: Dataset, split: SplitSettings, retention: RetentionSettings) -> int:
    """Choose the moment at which training ends and the test begins.

    The given one, else min(80 % of the log, log_end - L - G - 30 days), so that affinity cohorts can be followed; where
    that would fall before 40 % of the log, 80 %: models can be trained and compared, but there are no affinity cohorts.

    Returns
    -------
    int
        UTC epoch seconds.

    Raises
    ------
    SettingsError
        If `split.test_from` is no moment, or lies outside the log.
    """
    return affinity_window(dataset, split, retention).test_from


def affinity_window(dataset: Dataset, split: SplitSettings, retention: RetentionSettings) -> AffinityWindow:
    """Choose the split as `split_time` does and say whether affinity cohorts can be made with it.

    Raises
    ------
    SettingsError
        As `split_time`.
    """
    log_end = resolve_log_end(dataset, retention.log_end)
    gap = gap_days(dataset, retention, log_end)
    if split.test_from:
        return window_at(dataset, _given(dataset, split.test_from, log_end), retention, gap)
    first, span = dataset.first_time, log_end - dataset.first_time
    late = first + int(LATEST_SHARE * span)
    chosen = min(late, log_end - (retention.landmark_days + gap + FOLLOWED_DAYS) * col.DAY_SECONDS)
    if chosen - first >= EARLIEST_SHARE * span:
        return window_at(dataset, chosen, retention, gap)
    landmark = late + retention.landmark_days * col.DAY_SECONDS
    return AffinityWindow(late, landmark, gap, _short_log(span, retention.landmark_days, gap))


def window_at(dataset: Dataset, test_from: int, retention: RetentionSettings, gap: int | None = None) -> AffinityWindow:
    """Say whether affinity cohorts can be made with models that learnt before `test_from` (UTC epoch seconds).

    Parameters
    ----------
    gap
        G in days; by default as the settings say, or read off the gaps.
    """
    log_end = resolve_log_end(dataset, retention.log_end)
    gap = gap or gap_days(dataset, retention, log_end)
    landmark = test_from + retention.landmark_days * col.DAY_SECONDS
    learnt, refusal = (test_from - dataset.first_time) / (log_end - dataset.first_time), ""
    if learnt < EARLIEST_SHARE:
        refusal = (
            f"The split on {words.date(test_from)} leaves {words.percent(learnt, 0)} of the log to learn from; "
            f"affinity cohorts need {words.percent(EARLIEST_SHARE, 0)}. Leave split.test_from empty, or choose a later "
            "moment."
        )
    elif log_end - landmark < (gap + 1) * col.DAY_SECONDS:
        left = (log_end - test_from) / col.DAY_SECONDS
        refusal = (
            f"The split on {words.date(test_from)} leaves {left:.1f} days of log; affinity cohorts need "
            f"{retention.landmark_days} of landmark window, {gap} of gap and 1 to follow users over. Choose an earlier "
            "split.test_from or leave it empty, shorten retention.landmark_days, or bring a longer log."
        )
    return AffinityWindow(test_from, landmark, gap, refusal)


def gap_days(dataset: Dataset, retention: RetentionSettings, log_end: int) -> int:
    """Return the inactivity gap G in days: the given one, else the one that the gaps of all users suggest."""
    if retention.inactivity_days:
        return retention.inactivity_days
    everyone = replace(retention, cohort=EVERYONE, activity_events=resolve_activity(dataset, retention.activity_events))
    return gap_curve(dataset, assign_cohorts(dataset, everyone, log_end), log_end).suggested


def _given(dataset: Dataset, text: str, log_end: int) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"split.test_from is {text!r}; write it as 2026-08-27 or 2026-08-27T18:00:00Z, in UTC."
        ) from None
    stamp = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    if not dataset.first_time < stamp <= log_end:
        raise SettingsError(
            f"split.test_from is {text!r}, outside the log, which runs from {words.date(dataset.first_time)} to "
            f"{words.date(log_end)}."
        )
    return stamp


def _short_log(span: int, landmark_days: int, gap: int) -> str:
    needed = math.ceil((landmark_days + gap + FOLLOWED_DAYS) / (1 - EARLIEST_SHARE))
    return (
        f"The log of {span / col.DAY_SECONDS:.0f} days is too short for affinity cohorts with a landmark window of "
        f"{landmark_days} days and a gap of {gap} days: it takes at least {needed} days, so that models learn from "
        f"{words.percent(EARLIEST_SHARE, 0)} of it and users are followed for {FOLLOWED_DAYS} days. Bring a longer "
        "log, or shorten retention.landmark_days or retention.inactivity_days."
    )
