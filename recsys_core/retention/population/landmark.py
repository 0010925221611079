"""The one moment at which a study's log is cut, and the window after it that decides affinity cohorts.

Recommenders learn before t0 and are tested from t0 on. For affinity cohorts the new items that a user took in
(t0, t0 + L] decide the cohort, the clock starts at the landmark t0 + L, and a lapse shows only after a gap of G days:
so t0 must leave L + G days, and some more to follow users over.
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.retention.population.cohorts import assign_cohorts, resolve_activity
from recsys_core.retention.population.gaps import gap_curve
from recsys_core.retention.population.lifetimes import resolve_log_end
from recsys_core.retention.population.plans import EVERYONE
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
        Why affinity cohorts cannot be made with this split; None where they can.
    """

    test_from: int
    landmark: int
    gap_days: int
    refusal: SettingsError | None = None

    def require(self) -> None:
        """Raise the refusal, where there is one.

        Raises
        ------
        SettingsError
            Why affinity cohorts cannot be made.
        """
        if self.refusal is not None:
            raise self.refusal


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
    learnt = (test_from - dataset.first_time) / (log_end - dataset.first_time)
    refusal: SettingsError | None = None
    if learnt < EARLIEST_SHARE:
        refusal = SettingsError("affinity-split-too-early", split=test_from, learnt=learnt, needed=EARLIEST_SHARE)
    elif log_end - landmark < (gap + 1) * col.DAY_SECONDS:
        left = (log_end - test_from) / col.DAY_SECONDS
        refusal = SettingsError(
            "affinity-split-too-late", split=test_from, left=left, landmark_days=retention.landmark_days, gap=gap
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
        raise SettingsError("split-no-date", value=text) from None
    stamp = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    if not dataset.first_time < stamp <= log_end:
        raise SettingsError("split-outside-log", value=text, first_time=dataset.first_time, last_time=log_end)
    return stamp


def _short_log(span: int, landmark_days: int, gap: int) -> SettingsError:
    needed = math.ceil((landmark_days + gap + FOLLOWED_DAYS) / (1 - EARLIEST_SHARE))
    return SettingsError(
        "affinity-log-too-short", days=span / col.DAY_SECONDS, landmark_days=landmark_days, gap=gap, needed=needed,
        learnt=EARLIEST_SHARE, followed=FOLLOWED_DAYS,
    )  # fmt: skip
