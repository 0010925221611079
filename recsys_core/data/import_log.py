"""From the user's files to a data set in the workspace: read, map, clean, check, pseudonymise, store."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from recsys_core import audit, engine, id_table, sums
from recsys_core import columns as col
from recsys_core.answers import Message, message
from recsys_core.data.bounds import believable_times
from recsys_core.data.clean import CleanTable, clean, id_text
from recsys_core.data.dataset import Dataset
from recsys_core.data.mapping import ColumnMapping, guess_mapping, named_columns
from recsys_core.data.personal import PersonalColumn, find_personal, find_personal_roles
from recsys_core.data.raw_table import RawTable, Reading
from recsys_core.data.side_tables import SideTable, side_table
from recsys_core.data.sources import Source, open_source
from recsys_core.data.stored_log import Imported, card, pseudonym, write_interactions, write_side
from recsys_core.data.times import TimeFormat, find_time_format
from recsys_core.engine.protocol import UnreadableError
from recsys_core.errors import DataError
from recsys_core.key_files import fingerprint
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace, write_json

if TYPE_CHECKING:
    import ibis

# Raise when cleaning or storing changes, so that data sets imported by older rules are not taken for new ones.
CLEANING_VERSION = 1


@dataclass(frozen=True)
class LogPreview:
    """What the data page shows before an import: columns, the first rows as text, the guessed mapping.

    And, once user, item and time are known, the columns of all tables that look like personal data.
    """

    columns: tuple[str, ...]
    rows: int
    head: tuple[tuple[str, ...], ...]
    mapping: ColumnMapping
    notes: tuple[Message, ...]
    personal: tuple[PersonalColumn, ...] = ()


def preview_log(workspace: Workspace, settings: DataSettings, *, folder: Path = Path()) -> LogPreview:
    """Open the log and guess its columns; same errors as `import_log`."""
    with _engine(workspace, settings):
        raw = _log(settings, folder).scan(engine.current())
        first = raw.table.limit(5).to_pandas().astype(object)
        rows = tuple(tuple("" if pd.isna(cell) else str(cell) for cell in row) for row in first.to_numpy())
        mapping = _mapping(raw, settings)
        personal: tuple[PersonalColumn, ...] = ()
        with suppress(DataError):  # said when it is imported
            mapping.check(raw)
            personal = _personal(raw, mapping, _scanned(_side_sources(settings, folder)), settings)
    return LogPreview(raw.columns, raw.rows, rows, mapping, raw.notes, personal)


@contextmanager
def _engine(workspace: Workspace, settings: DataSettings) -> Iterator[None]:
    """Compute within the limits, in the workspace's own folder; what the engine cannot do becomes a DataError."""
    try:
        with engine.apart(workspace.tmp, int(settings.most_memory_gb * 2**30)):
            yield
    except UnreadableError as err:
        file = Path(settings.log).name
        if err.fault == "memory":
            raise DataError("import-memory", file=file, gigabytes=settings.most_memory_gb) from None
        if err.fault == "disk":
            raise DataError("import-disk", file=file, reason=err.reason) from None
        raise DataError("import-stopped", file=file, reason=err.reason) from None


def _mapping(raw: RawTable, settings: DataSettings) -> ColumnMapping:
    guessed = guess_mapping(raw) if settings.guess else ColumnMapping()
    return guessed.with_settings(settings, raw)


def silent(_doing: Message) -> None:
    """Say nothing."""


def import_log(
    workspace: Workspace, settings: DataSettings, *, folder: Path = Path(), title: str = "",
    progress: Callable[[Message], None] = silent,
) -> Dataset:  # fmt: skip
    """Import a log, with optional items and users tables, into the workspace.

    Parameters
    ----------
    workspace
        Where the data set is stored.
    settings
        Files and columns; empty column names are guessed.
    folder
        Folder against which the paths are read.
    title
        Name of the data set; default: the log's file name.
    progress
        Called with what is done next, while the engine of the import is the one in use.

    Returns
    -------
    Dataset
        Its id is a hash of the files' content, the mapping and the cleaning rules, taken before pseudonyms; the same
        input gives the same data set, which is then not written again. Where times lay outside the believable ones,
        how many did so is part of it: a file with times ahead of now, imported a day later, keeps more of its rows and
        is another data set.

    Raises
    ------
    DataError
        If a file or column cannot be used. The workspace is left as it was.
    WorkspaceError
        If the data set is there already and is damaged, or the key of the pseudonyms is damaged or lost.
    """
    with _engine(workspace, settings):
        progress(message("progress-import-reads"))
        log = _log(settings, folder)
        raw = log.scan(engine.current())
        mapping = _mapping(raw, settings)
        mapping.check(raw)
        sources = {"log": log, **_side_sources(settings, folder)}
        sides = _scanned(sources)
        personal = _personal(raw, mapping, sides, settings)
        content = {role: source.fingerprint() for role, source in sources.items()}
        id_key = id_table.key_for_writing(workspace) if settings.id_table and settings.pseudonymise else b""
        names = {role: source.name for role, source in sources.items()}
        imported = Imported(raw, mapping, names, settings, content, title or Path(log.name).stem, personal)
        dataset_id = _cleaned_and_stored(workspace, imported, sides, progress)
        dataset = Dataset.open(workspace, dataset_id)
        dataset.interactions()  # one that was there may be damaged: an import does not mend it, and says so
        if id_key:  # beside a data set that is there whole: an import that is asked for again adds it
            id_table.add(dataset.folder, pseudonyms_of(dataset, raw), id_key)
    return dataset


def _log(settings: DataSettings, folder: Path) -> Source:
    reading = Reading(settings.separator, settings.columns, settings, named_columns(settings))
    return open_source(settings.log, "log", folder, reading)


def _side_sources(settings: DataSettings, folder: Path) -> dict[str, Source]:
    readings = {
        "items": Reading("", settings.item_columns, settings, frozenset({settings.item, *settings.text})),
        "users": Reading("", settings.user_columns, settings, frozenset({settings.user})),
    }
    places = {role: str(getattr(settings, role)) for role in readings}
    return {role: open_source(place, role, folder, readings[role]) for role, place in places.items() if place}


def key_of(dataset: Dataset) -> str:
    """Key of a data set's pseudonyms, in hexadecimal; empty where it has none. WorkspaceError where it is gone."""
    if not dataset.settings.get("pseudonymise", True):
        return ""
    return Workspace(dataset.folder.parents[1]).secret_of(dataset.pseudonym_key).hex()


def pseudonyms_of(dataset: Dataset, raw: RawTable) -> "ibis.Table":
    """Table of the users of a log as it came: their pseudonyms in a data set, and their ids, each user once."""
    ids = raw.table.select(**{id_table.ID: id_text(raw.table[dataset.mapping["user"]])}).drop_null().distinct()
    return ids.mutate(**{col.USER: pseudonym(ids[id_table.ID], key_of(dataset))})


def stored_users(dataset: Dataset, users: "pd.Series[str]") -> list[str]:
    """Write user ids of the log as the data set stores them: under their pseudonyms, if it has them."""
    key = key_of(dataset)
    ids = pd.DataFrame({"id": users.to_numpy(dtype=object)}).drop_duplicates()
    with engine.held(ids) as table:
        pairs = table.select("id", stored=pseudonym(table["id"], key)).to_pandas()
    known = dict(zip(pairs["id"], pairs["stored"], strict=True))
    return [known[user] for user in users]


def _scanned(sources: Mapping[str, Source]) -> dict[str, RawTable]:
    """Open the items and users tables."""
    return {name: source.scan(engine.current()) for name, source in sources.items() if name != "log"}


def _personal(
    raw: RawTable, mapping: ColumnMapping, sides: Mapping[str, RawTable], settings: DataSettings
) -> tuple[PersonalColumn, ...]:
    roles = find_personal_roles(raw, mapping, pseudonymise=settings.pseudonymise)
    return (*roles, *find_personal(raw, mapping, sides, settings.keep_personal, settings.text))


def _cleaned_and_stored(
    workspace: Workspace, imported: Imported, tables: Mapping[str, RawTable], progress: Callable[[Message], None]
) -> str:
    """Clean the log and store the data set unless it is there; return its id."""
    progress(message("progress-import-cleans"))
    settings, times = imported.settings, find_time_format(imported.raw, imported.mapping.time)
    window, isolated = believable_times(settings), settings.drop_isolated_times
    with clean(imported.raw, imported.mapping, times, window, drop_isolated_times=isolated) as log:
        dataset_id = _dataset_id(imported, log.outside)
        target = workspace.home / "datasets" / dataset_id
        workspace.remove_half_written(target)
        if not target.exists():
            _store(workspace, target, imported, tables, (log, times), progress)
            audit.note(workspace, "import", dataset_id=dataset_id)
    return dataset_id


def _store(
    workspace: Workspace, target: Path, imported: Imported, tables: Mapping[str, RawTable],
    cleaned: tuple[CleanTable, TimeFormat], progress: Callable[[Message], None],
) -> None:  # fmt: skip
    log, times = cleaned
    with ExitStack() as stack:
        sides = _sides(imported, tables)
        progress(message("progress-import-checks"))
        facts = card(imported, log, times, sides, target.name)  # before anything is written: it may refuse the data
        secret = workspace.secret() if imported.settings.pseudonymise else b""
        key, facts["pseudonym_key"] = secret.hex(), fingerprint(secret) if secret else ""
        draft = stack.enter_context(workspace.new_folder(target))
        progress(message("progress-import-writes"))
        write_interactions(log.table, key, draft)
        for name, side in sides.items():
            write_side(side.table, name, key, draft)
        write_json(draft / "dataset.json", facts)
        sums.record(draft)
        progress(message("progress-import-settles"))


def _sides(imported: Imported, tables: Mapping[str, RawTable]) -> dict[str, SideTable]:
    sides = {}
    for name, role, text in (("items", "item", imported.settings.text), ("users", "user", ())):
        if name in tables:
            left_out = [found.column for found in imported.personal if found.table == name and not found.kept]
            sides[name] = side_table(tables[name], role, getattr(imported.mapping, role), text, left_out)
    return sides


def _dataset_id(imported: Imported, outside: tuple[int, int]) -> str:
    settings = imported.settings
    rules: dict[str, Any] = {
        "version": CLEANING_VERSION,
        "content": dict(imported.content),
        "mapping": imported.mapping.to_dict(),
        "text": settings.text,
        "separator": settings.separator,
        "columns": [settings.columns, settings.item_columns, settings.user_columns],
        "drop_isolated_times": settings.drop_isolated_times,
        "pseudonymise": settings.pseudonymise,
    }
    if left_out := sorted(f"{found.table}.{found.column}" for found in imported.personal if not found.kept):
        rules["left_out"] = left_out  # absent where all is stored, as it was before columns were left out
    if any(outside):  # absent where every time was believed, as it was before any was doubted
        rules["outside"] = list(outside)  # of the same content, as many rows outside are the same rows
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]
