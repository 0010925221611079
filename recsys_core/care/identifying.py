"""Telling who is behind a pseudonym: by the id table of a data set, else by the log that it was made from.

Each use is written to the log of what was done before anything is told: who asked, for how many, and in which data
set. Neither ids nor pseudonyms are written down, and nothing else in the product calls this.
"""

import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recsys_core import audit, engine, id_table
from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import pseudonyms_of
from recsys_core.data.raw_table import Reading
from recsys_core.data.sources import open_source
from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

MOST = 10_000  # pseudonyms at a time


@dataclass(frozen=True)
class Identified:
    """Ids in the log, by pseudonym; `missing` are pseudonyms of users that the data set, or its way back, lacks."""

    dataset_id: str
    ids: dict[str, str]
    missing: tuple[str, ...]


def identify(
    workspace: Workspace, dataset_id: str, pseudonyms: Sequence[str], *, log: Path | None = None
) -> Identified:
    """Tell who is behind pseudonyms of a data set.

    Parameters
    ----------
    pseudonyms
        As the data set stores them, at most 10,000.
    log
        The log that the data set was made from, or another one of the same users; default: its id table.

    Raises
    ------
    DataError
        If the data set has no pseudonyms, or the log cannot be read.
    SettingsError
        If the log lacks the column of the users, or too many are asked for.
    WorkspaceError
        If there is no such data set, it has no id table, or a key is missing or damaged.
    """
    dataset = Dataset.open(workspace, dataset_id)
    if not dataset.settings.get("pseudonymise", True):
        raise DataError("data-set-without-pseudonyms", dataset_id=dataset_id)
    if len(pseudonyms) > MOST:
        raise SettingsError("too-many-pseudonyms", asked=len(pseudonyms), most=MOST)
    known = _known(dataset, pseudonyms)
    found = _from_log(dataset, log, known) if log else _from_table(workspace, dataset, known)
    audit.note(
        workspace, "identify", dataset_id=dataset_id, ids=len(found), user=_who(), way="log" if log else "id table"
    )  # fmt: skip
    return Identified(dataset_id, found, tuple(name for name in dict.fromkeys(pseudonyms) if name not in found))


def has_way_back(workspace: Workspace, dataset: Dataset) -> bool:
    """Tell whether a data set has an id table that can be read with the key at hand."""
    try:
        return id_table.under(dataset.folder, id_table.id_key(workspace)) is not None
    except WorkspaceError:
        return False


def _known(dataset: Dataset, pseudonyms: Sequence[str]) -> list[str]:
    """Those of some pseudonyms that stand in a data set: of who was forgotten, nothing is told."""
    users = dataset.interactions().filter(lambda t: t[col.USER].isin(list(pseudonyms)))
    return sorted(users.select(col.USER).distinct().to_pandas()[col.USER]) if pseudonyms else []


def _from_table(workspace: Workspace, dataset: Dataset, known: list[str]) -> dict[str, str]:
    if not id_table.tables(dataset.folder):
        raise WorkspaceError("no-id-table", dataset_id=dataset.dataset_id)
    key = id_table.id_key(workspace)
    table = id_table.under(dataset.folder, key)
    if table is None:
        raise WorkspaceError("id-key-of-another", path=str(id_table.key_path(workspace)))
    return id_table.look_up(table, key, known)


def _from_log(dataset: Dataset, log: Path, known: list[str]) -> dict[str, str]:
    settings = DataSettings.from_dict(
        {name: dataset.settings[name] for name in ("separator", "columns") if name in dataset.settings}
    )
    with engine.scratch():
        reading = Reading(settings.separator, settings.columns, settings)
        raw = open_source(str(log), "log", Path(), reading).scan(engine.current())
        column = dataset.mapping["user"]
        if column not in raw.columns:
            raise SettingsError("log-without-user-column", file=log.name, column=column, columns=raw.columns)
        users = pseudonyms_of(dataset, raw)
        hits = users.filter(users[col.USER].isin(known)).to_pandas() if known else None
        return {} if hits is None else dict(zip(hits[col.USER], hits[id_table.ID], strict=True))


def _who() -> str:
    """Name of whoever runs this process, as the computer knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
