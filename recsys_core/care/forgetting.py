"""Forgetting one user of a data set, who then stands nowhere in the workspace that follows from it.

The data set keeps its id: importing the same files again finds it, without that user. Models and evaluations name
users, so the runs of the data set go and are trained again when they are asked for. Every step can be taken twice:
after a kill the same call ends what was begun.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from recsys_core import audit, engine, id_table, sums
from recsys_core import columns as col
from recsys_core.answers import Step
from recsys_core.care.deletion import delete_report
from recsys_core.care.holdings import holdings, reports_naming
from recsys_core.data.clean import CleanTable
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import stored_users
from recsys_core.data.splitting import kept_files
from recsys_core.data.stored_log import facts
from recsys_core.errors import DataError, WorkspaceError
from recsys_core.key_files import fingerprint
from recsys_core.result_files import forget_results
from recsys_core.runs.kept.cache import KeptRun, delete
from recsys_core.runs.life.run import registry
from recsys_core.runs.life.run_registry import ACTIVE
from recsys_core.stored import read_json
from recsys_core.workspace import Workspace, whole_file, write_json

if TYPE_CHECKING:
    import ibis

_STEP = "users-forgotten"


@dataclass(frozen=True)
class Traces:
    """Where a user stands in what follows from a data set.

    Attributes
    ----------
    user
        As the data set stores the id: the pseudonym, where it has those.
    events
        In the log.
    described
        True where the users table has a row.
    runs
        Of the data set: each names its users.
    reports
        Files in reports/, by their path there, that name the data set, one of these runs, or the user.
    elsewhere
        Ids of other data sets in which the same id stands.
    """

    dataset_id: str
    user: str
    events: int
    described: bool
    runs: tuple[KeptRun, ...]
    reports: tuple[str, ...]
    elsewhere: tuple[str, ...]


def traces(workspace: Workspace, dataset_id: str, *, user: str = "", pseudonym: str = "") -> Traces:
    """Look where a user stands.

    Parameters
    ----------
    user
        Id as the log has it.
    pseudonym
        Id as the data set stores it, in place of `user`.

    Raises
    ------
    DataError
        If the data set has no such user, or no other; the id is not said.
    WorkspaceError
        If there is no such data set.
    """
    dataset = Dataset.open(workspace, dataset_id)
    stored = pseudonym or stored_users(dataset, pd.Series([user.strip(" ")]))[0]
    events, described = _count(dataset.interactions(), stored), False
    if _has_users_table(dataset):
        described = _count(dataset.users_table(), stored) > 0
    rows = int(dataset.interactions().count().execute())
    if not events and not described and rows == dataset.rows:
        raise DataError("user-not-in-data-set", dataset_id=dataset_id, by_pseudonym=bool(pseudonym))
    if events == rows:
        raise DataError("user-is-the-only-one", dataset_id=dataset_id)
    held = holdings(workspace, dataset_id)
    named = reports_naming(workspace, (dataset_id, stored, *(run.run_id for run in held.runs)))
    elsewhere = tuple(_others_with(workspace, dataset, stored, user.strip(" ")))
    return Traces(dataset_id, stored, events, described, held.runs, named, elsewhere)


def _others_with(workspace: Workspace, dataset: Dataset, stored: str, user: str) -> Iterator[str]:
    """Ids of the other data sets in which a user stands; one whose card is damaged is passed over.

    Where only the pseudonym is known, of those alone that share the key of the pseudonyms.
    """
    for name in workspace.dataset_ids():
        with suppress(WorkspaceError):
            other = Dataset.open(workspace, name)
            if name != dataset.dataset_id:
                there = stored_users(other, pd.Series([user]))[0] if user else stored
                if _count(other.interactions(), there):
                    yield name


def forget_user(
    workspace: Workspace, dataset_id: str, *, user: str = "", pseudonym: str = "", pinned: bool = False,
    reports: bool = False,
) -> Traces:  # fmt: skip
    """Take a user out of a data set and of all that follows from it.

    Parameters
    ----------
    user, pseudonym
        As of `traces`.
    pinned
        Delete pinned runs as well.
    reports
        Delete the reports that name the data set as well.

    Returns
    -------
    Traces
        What there was.

    Raises
    ------
    DataError, WorkspaceError
        As `traces`; if a run of the data set is under way, or pinned. Nothing is changed then.
    """
    found = traces(workspace, dataset_id, user=user, pseudonym=pseudonym)
    if active := tuple(run.run_id for run in found.runs if run.state in ACTIVE):
        raise WorkspaceError("forgetting-while-training", dataset_id=dataset_id, runs=active)
    if not pinned and (kept := tuple(run.run_id for run in found.runs if run.pinned)):
        raise WorkspaceError("forgetting-with-pinned", dataset_id=dataset_id, runs=kept)
    dataset = Dataset.open(workspace, dataset_id)
    id_key = _key_of_tables(workspace, dataset)
    for run in found.runs:
        delete(workspace, run.run_id, pinned=True)
    registry(workspace).forget(dataset_id)
    _rewrite(dataset, found.user, id_key)
    forget_results(workspace)
    audit.note(workspace, "forget-user", dataset_id=dataset_id, runs=len(found.runs))
    for name in found.reports if reports else ():
        delete_report(workspace, name)
    return found


def _key_of_tables(workspace: Workspace, dataset: Dataset) -> bytes:
    """Key of all id tables of a data set, empty where there is none; WorkspaceError where one cannot be read."""
    tables = id_table.tables(dataset.folder)
    key = id_table.id_key(workspace) if tables else b""
    for table in tables:
        if table.name.split("-")[0] != fingerprint(key):
            raise WorkspaceError("forgetting-without-id-key", dataset_id=dataset.dataset_id)
    return key


def _rewrite(dataset: Dataset, stored: str, id_key: bytes) -> None:
    """Write the tables without the user, then the card that counts them anew, and then their sums.

    Meanwhile there are none: after a kill, what was written by then is no damage.
    """
    summed = bool(sums.recorded(dataset.folder))
    (dataset.folder / sums.SUMS).unlink(missing_ok=True)
    if _has_users_table(dataset):
        users = dataset.users_table()
        with whole_file(dataset.folder / "users.parquet") as draft:
            engine.current().write(users.filter(users[col.USER] != stored).order_by(col.USER), draft)
    log = dataset.interactions()
    rest = [name for name in log.columns if name not in (col.USER, col.TIME)]
    with whole_file(dataset.folder / "interactions.parquet") as draft:
        engine.current().write(log.filter(log[col.USER] != stored).order_by(col.USER, col.TIME, *rest), draft)
    for table in id_table.tables(dataset.folder):  # first: while the log names the user, the same call ends the rest
        id_table.leave_out(table, id_key, stored)
    for test in kept_files(dataset.folder):
        with whole_file(test) as draft:
            pairs = engine.scan(test)
            engine.current().write(pairs.filter(pairs[col.USER] != stored).order_by(col.USER, col.ITEM), draft)
    path = dataset.folder / "dataset.json"
    damage = WorkspaceError("card-damaged", dataset=dataset.dataset_id, file=str(path))
    write_json(path, _card(dataset, read_json(path, damage)))
    if summed:
        sums.record(dataset.folder)


def _card(dataset: Dataset, card: dict[str, Any]) -> dict[str, Any]:
    log = dataset.interactions()
    left, *before = int(log.count().execute()), *dataset.steps
    last = before[-1]
    if last.code == _STEP:
        step = replace(last, rows_out=left, values={"users": int(str(last.values["users"])) + 1})
        before = before[:-1]
    else:
        step = Step(_STEP, last.rows_out, left, {"users": 1})
    steps = (*before, step)
    return card | facts(CleanTable(log, steps)) | {"steps": [each.to_dict() for each in steps]}


def _has_users_table(dataset: Dataset) -> bool:
    return (dataset.folder / "users.parquet").is_file()


def _count(table: "ibis.Table", stored: str) -> int:
    return int(table.count(where=table[col.USER] == stored).execute())
