"""What models learn from and what they are tested on: events as coded arrays, cut at one moment in time."""

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.machine import sha256_of
from recsys_core.named_files import allowed_place, check_regular
from recsys_core.settings import SplitSettings
from recsys_core.workspace import whole_file

if TYPE_CHECKING:
    import ibis

TESTS: Final = "tests"
_MOST_BYTES = 2 * 10**9
_EARLIER = re.compile(r"files/([0-9a-f]{16})/[^/]+")  # where versions before 2026-12 kept the file as it came
IMPRESSIONS = frozenset({"impression", "impressions", "exposure", "exposed", "shown", "served", "display", "displayed"})


@dataclass(frozen=True)
class Events:
    """Events as codes, sorted by user, time and item; the three arrays have one length.

    Attributes
    ----------
    users, items
        int32 codes into the ids of a `Split`.
    times
        int64, UTC epoch seconds.
    """

    users: np.ndarray
    items: np.ndarray
    times: np.ndarray

    def __len__(self) -> int:
        return len(self.users)

    def where(self, mask: np.ndarray) -> Self:
        """Keep the events that the mask (bool, one per event) names, in their order."""
        return replace(self, users=self.users[mask], items=self.items[mask], times=self.times[mask])


@dataclass(frozen=True)
class TrainingData:
    """What a recommender may see.

    Attributes
    ----------
    user_ids, item_ids
        Ids (object arrays of str) by code: every user and every item of the log, also those without a training event.
    texts
        Text of each item by code; None where the data set has none.
    events
        Training events, those for validation included.
    now
        UTC epoch seconds of the split: what "recent" is counted back from.
    validation_from
        Events at or after it are for validation: early stopping decides on them.
    """

    user_ids: np.ndarray
    item_ids: np.ndarray
    texts: tuple[str, ...] | None
    events: Events
    now: int
    validation_from: int

    def before_validation(self) -> Self:
        """Keep the events before validation, with `now` moved to its start."""
        before = self.events.where(self.events.times < self.validation_from)
        return replace(self, events=before, now=self.validation_from)

    def validation(self) -> Events:
        """Return the events held out for validation."""
        return self.events.where(self.events.times >= self.validation_from)


@dataclass(frozen=True)
class Split:
    """A data set cut into training and test.

    Attributes
    ----------
    train
        What recommenders may see.
    test
        Test events: at or after `train.now` for a split by time.
    settings
        The settings used.
    tie_rate
        Share of events that share user and second with the event before, on another item: their order is by item
        id, not by time.
    """

    train: TrainingData
    test: Events
    settings: SplitSettings
    tie_rate: float

    @property
    def leaky(self) -> bool:
        """True where training events may be later than test events."""
        return self.settings.method != "global-time"


def learnt_events(dataset: Dataset, events: tuple[str, ...], setting: str = "split.events") -> tuple[str, ...]:
    """Name the kinds of event that count: the given ones, else all but impressions.

    Empty where the log does not tell kinds apart. `setting` is where `events` was given.

    Raises
    ------
    SettingsError
        For an event that the log does not have.
    """
    unknown = [event for event in events if event not in dataset.events]
    if unknown:
        raise SettingsError(
            "event-unknown", setting=setting, event=unknown[0], events=tuple(dataset.events), known=len(dataset.events)
        )
    return events or tuple(event for event in dataset.events if event.lower() not in IMPRESSIONS)


def split_dataset(dataset: Dataset, settings: SplitSettings, test_from: int) -> Split:
    """Cut a data set into training and test events.

    Parameters
    ----------
    settings
        Method, validation share, events.
    test_from
        UTC epoch seconds; for a split by time, the first moment of the test.

    Raises
    ------
    DataError
        If nothing is left to learn from or to test on.
    SettingsError
        For a test file that is missing or matches nothing.
    """
    log = _coded(dataset, learnt_events(dataset, settings.events))
    in_test = _test_mask(dataset, log, settings, test_from)
    events, test = log.events.where(~in_test), log.events.where(in_test)
    if not len(events) or not len(test):
        empty = "train" if not len(events) else "test"
        raise DataError("split-leaves-nothing", part=empty, before=len(events), after=len(test))
    now = test_from if settings.method == "global-time" else int(events.times.max()) + 1
    by_time = np.sort(events.times)
    first = int(by_time[min(int(len(by_time) * (1 - settings.validation_share)), len(by_time) - 1)])
    data = TrainingData(log.user_ids, log.item_ids, log.texts, events, now, first)
    return Split(data, test, settings, _tie_rate(log.events))


@dataclass(frozen=True)
class _Coded:
    events: Events
    user_ids: np.ndarray
    item_ids: np.ndarray
    texts: tuple[str, ...] | None


def _coded(dataset: Dataset, kinds: tuple[str, ...]) -> _Coded:
    table = dataset.interactions()
    if kinds:
        table = table.filter(lambda t: t[col.EVENT].isin(kinds))
    frame = table.select(col.USER, col.ITEM, col.TIME).to_pandas()
    users, user_ids = pd.factorize(frame[col.USER], sort=True)
    items, item_ids = pd.factorize(frame[col.ITEM], sort=True)
    times = frame[col.TIME].to_numpy(dtype=np.int64)
    order = np.lexsort((items, times, users))
    events = Events(users[order].astype(np.int32), items[order].astype(np.int32), times[order])
    names = np.asarray(item_ids, dtype=object)
    return _Coded(events, np.asarray(user_ids, dtype=object), names, _texts(dataset, names))


def _texts(dataset: Dataset, item_ids: np.ndarray) -> tuple[str, ...] | None:
    if not dataset.has_text:
        return None
    known = dataset.items_table().select(col.ITEM, col.TEXT).to_pandas().set_index(col.ITEM)[col.TEXT]
    return tuple(known.reindex(item_ids).fillna("").astype(str))


def _tie_rate(events: Events) -> float:
    if len(events) < 2:
        return 0.0
    same = (np.diff(events.users) == 0) & (np.diff(events.times) == 0) & (np.diff(events.items) != 0)
    return float(same.sum() / len(events))


def _test_mask(dataset: Dataset, log: _Coded, settings: SplitSettings, test_from: int) -> np.ndarray:
    events = log.events
    if settings.method == "global-time":
        return events.times >= test_from
    if settings.method == "random":
        return np.random.default_rng(settings.seed).random(len(events)) < settings.test_share
    if settings.method == "file":
        return _listed(dataset, log, settings)
    last = np.r_[events.users[1:] != events.users[:-1], True]
    first = np.r_[True, events.users[1:] != events.users[:-1]]
    return last & ~first  # a user's only event stays in training


def _listed(dataset: Dataset, log: _Coded, settings: SplitSettings) -> np.ndarray:
    """Find the events whose (user, item) stands in the test file; users are matched under their pseudonyms."""
    with engine.scratch():
        frame = test_pairs(dataset, settings).to_pandas()
    user_codes = pd.Index(log.user_ids).get_indexer(pd.Index(frame[col.USER]))
    item_codes = pd.Index(log.item_ids).get_indexer(pd.Index(frame[col.ITEM]))
    known = (user_codes >= 0) & (item_codes >= 0)
    width = np.int64(len(log.item_ids))
    listed = user_codes[known].astype(np.int64) * width + item_codes[known]
    in_test = np.isin(log.events.users.astype(np.int64) * width + log.events.items, listed)
    if not in_test.any():
        raise SettingsError("test-file-unmatched", rows=len(frame))
    return in_test


# ---- test files ------------------------------------------------------------------------------------------------------
#
# A data set keeps them: user and item alone, the users as they are stored, at tests/SHA256/NAME.parquet in its folder.
# The hash is that of the file as it came: it names the test in the keys of runs, also when a user who was forgotten
# does not stand in it any more.


def take_in(dataset: Dataset, path: Path) -> str:
    """Keep a test file with its data set, so that it is there, and the same, for every run.

    Returns
    -------
    str
        Its path below the workspace.

    Raises
    ------
    DataError
        If it cannot be read.
    SettingsError
        If it is no regular file or larger than 2 GB, lacks a column, or none of its rows is of a user of the data set.
    OSError
        If there is none.
    """
    home = dataset.folder.parents[1]
    if path.resolve().is_relative_to(dataset.folder / TESTS):
        return path.resolve().relative_to(home).as_posix()
    check_regular(path, _MOST_BYTES)
    target = dataset.folder / TESTS / sha256_of(path) / f"{path.name}.parquet"
    if not any(target.parent.glob("*.parquet")):
        with engine.scratch():
            pairs, rows = _as_stored(dataset, path)
            pairs = pairs.distinct().semi_join(dataset.interactions(), col.USER).order_by(col.USER, col.ITEM)
            if not int(pairs.count().execute()):
                raise SettingsError("test-file-unmatched", rows=rows)
            with whole_file(target) as draft:
                engine.current().write(pairs, draft)
    return next(target.parent.glob("*.parquet")).relative_to(home).as_posix()


def kept_files(folder: Path) -> tuple[Path, ...]:
    """List the test files that lie in the folder of a data set."""
    return tuple(sorted((folder / TESTS).glob("*/*.parquet")))


def original_name(test_file: str) -> str:
    """Say what a test file was called before it was taken in."""
    path = PurePath(test_file)
    return path.stem if TESTS in path.parts[-3:-2] else path.name


def test_file_of(dataset: Dataset, settings: SplitSettings) -> Path:
    """Find the test file, which lies in the workspace or where the environment allows files to lie.

    Raises
    ------
    SettingsError
        If it lies elsewhere, or is no file.
    """
    path = allowed_place(settings.test_file, "split.test_file", [dataset.folder.parents[1]])
    if earlier := _EARLIER.fullmatch(settings.test_file):
        path = next((dataset.folder / TESTS).glob(f"{earlier[1]}*/*.parquet"), path)
    if not path.is_file():
        raise SettingsError("test-file-missing", path=settings.test_file)
    return path


def test_file_sha256(dataset: Dataset, settings: SplitSettings) -> str:
    """Hash the test file of a split as it came; SettingsError where it may not or cannot be read."""
    path = test_file_of(dataset, settings)
    if path in kept_files(dataset.folder):
        return path.parent.name
    try:
        return sha256_of(path)
    except OSError as err:
        raise SettingsError("test-file-unreadable", file=str(path), reason=err.strerror) from None


def test_pairs(dataset: Dataset, settings: SplitSettings) -> "ibis.Table":
    """Open the rows of a test file: user, as the data set stores the id, and item; errors as `take_in`."""
    path = test_file_of(dataset, settings)
    if path in kept_files(dataset.folder):
        return engine.scan(path)
    return _as_stored(dataset, path)[0]


def _as_stored(dataset: Dataset, path: Path) -> "tuple[ibis.Table, int]":
    """Open a test file as it came; the number is that of its rows."""
    from recsys_core.data.clean import id_text
    from recsys_core.data.import_log import key_of
    from recsys_core.data.read_log import read_table
    from recsys_core.data.stored_log import pseudonym

    raw = read_table(path)
    user, item = dataset.mapping["user"], dataset.mapping["item"]
    if missing := [name for name in (user, item) if name not in raw.columns]:
        raise SettingsError("test-file-column-missing", column=missing[0], user=user, item=item, columns=raw.columns)
    ids = {col.USER: pseudonym(id_text(raw.table[user]), key_of(dataset)), col.ITEM: id_text(raw.table[item])}
    return raw.table.select(**ids).drop_null(), raw.rows
