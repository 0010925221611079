"""From the user's files to a data set in the workspace: read, map, clean, check, pseudonymise, store."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.data.clean import CleanTable, clean
from recsys_core.data.dataset import Dataset, Issue
from recsys_core.data.mapping import ColumnMapping, guess_mapping
from recsys_core.data.read_log import RawTable, read_table
from recsys_core.data.side_tables import SideTable, read_side_table
from recsys_core.data.times import TimeFormat, find_time_format
from recsys_core.data.validate import find_issues
from recsys_core.engine import literal, quote
from recsys_core.errors import DataError
from recsys_core.machine import sha256_of
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace, write_json

# Raise when cleaning or storing changes, so that data sets made by older rules are not taken for new ones.
CLEANING_VERSION = 1


@dataclass(frozen=True)
class LogPreview:
    """What the data page shows before an import: columns, the first rows as text, and the guessed mapping."""

    columns: tuple[str, ...]
    rows: int
    head: tuple[tuple[str, ...], ...]
    mapping: ColumnMapping
    notes: tuple[str, ...]


def preview_log(settings: DataSettings, folder: Path) -> LogPreview:
    """Open the log and guess its columns; same errors as `read_table`."""
    path = _path(settings.log, folder, "log")
    with engine.scratch():
        raw = read_table(path, settings.separator, settings.columns)
        head = engine.cursor().execute(f"SELECT * FROM {raw.name} LIMIT 5").fetchall()
        rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in head)
        mapping = _mapping(raw, settings)
    return LogPreview(raw.columns, raw.rows, rows, mapping, raw.notes)


def _mapping(raw: RawTable, settings: DataSettings) -> ColumnMapping:
    guessed = guess_mapping(raw) if settings.guess else ColumnMapping()
    return guessed.with_settings(settings, raw)


def import_log(workspace: Workspace, settings: DataSettings, *, folder: Path = Path(), title: str = "") -> Dataset:
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

    Returns
    -------
    Dataset
        Its id is a hash of the files' content, the mapping and the cleaning rules, taken before pseudonyms; the same
        input gives the same data set, which is then not written again.

    Raises
    ------
    DataError
        If a file or column cannot be used. The workspace is left as it was.
    """
    path = _path(settings.log, folder, "log")
    with engine.scratch():
        raw = read_table(path, settings.separator, settings.columns)
        mapping = _mapping(raw, settings)
        mapping.check(raw)
        files = {"log": path}
        files |= {n: _path(getattr(settings, n), folder, n) for n in ("items", "users") if getattr(settings, n)}
        content = {str(name): _sha256(file) for name, file in files.items()}
        dataset_id = _dataset_id(content, mapping, settings)
        target = workspace.home / "datasets" / dataset_id
        workspace.remove_half_written(target)
        if not target.exists():
            _store(workspace, target, _Source(raw, mapping, files, settings, content, title or path.stem))
    return Dataset.open(workspace, dataset_id)


def stored_users(dataset: Dataset, users: "pd.Series[str]") -> list[str]:
    """Write user ids of the log as the data set stores them: under their pseudonyms, if it has them."""
    if not dataset.settings.get("pseudonymise", True):
        return list(users)
    key = Workspace(dataset.folder.parents[1]).secret().hex()
    given = pd.DataFrame({"given": users.to_numpy(dtype=object)})
    cursor = engine.cursor()
    cursor.register("given_users", given)
    try:
        rows = cursor.execute(f"SELECT given, {_pseudonym('given', key)} FROM (SELECT DISTINCT given FROM given_users)")
        known = dict(rows.fetchall())
    finally:
        cursor.unregister("given_users")
    return [known[user] for user in users]


@dataclass(frozen=True)
class _Source:
    raw: RawTable
    mapping: ColumnMapping
    files: Mapping[str, Path]
    settings: DataSettings
    content: Mapping[str, str]
    title: str


def _store(workspace: Workspace, target: Path, source: _Source) -> None:
    times = find_time_format(source.raw, source.mapping.time)
    table = clean(source.raw, source.mapping, times, drop_isolated_times=source.settings.drop_isolated_times)
    settings = source.settings
    sides = {}
    if "items" in source.files:
        sides["items"] = read_side_table(
            source.files["items"], "item", source.mapping.item, settings.item_columns, settings.text
        )
    if "users" in source.files:
        sides["users"] = read_side_table(source.files["users"], "user", source.mapping.user, settings.user_columns, ())
    card = _card(source, table, times, sides, target.name)  # before anything is written: it may refuse the data
    key = workspace.secret().hex() if settings.pseudonymise else ""
    with workspace.new_folder(target) as draft:
        _write_interactions(table, key, draft)
        for name, side in sides.items():
            _write_side(side, name, key, draft)
        write_json(draft / "dataset.json", card)


def _pseudonym(column: str, key: str) -> str:
    """SQL of the keyed hash: nested, so that nothing can be appended to a known one; 80 bits against collisions."""
    if not key:
        return column
    return f"'u' || left(sha256({literal(key)} || sha256({literal(key)} || {column})), 20)"


def _write_interactions(table: CleanTable, key: str, draft: Path) -> None:
    """Write sorted by user, time and item. Users are hashed once each and sorted by their place, not by their name."""
    rest = [quote(c) for c in table.columns if c not in (col.USER, col.TIME)]
    target = literal(str(draft / "interactions.parquet"))
    users = (
        f"SELECT *, (row_number() OVER (ORDER BY stored))::UINTEGER AS place "
        f"FROM (SELECT {col.USER}, {_pseudonym(col.USER, key)} AS stored FROM (SELECT DISTINCT {col.USER} "
        f"FROM {table.name}))"
    )
    engine.cursor().execute(
        f"COPY (SELECT stored AS {col.USER}, {col.TIME}, {', '.join(rest)} FROM {table.name} JOIN ({users}) "
        f"USING ({col.USER}) ORDER BY place, {col.TIME}, {', '.join(rest)}) TO {target} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )


def _write_side(side: SideTable, name: str, key: str, draft: Path) -> None:
    id_column = col.ITEM if name == "items" else col.USER
    hashed = _pseudonym(id_column, key) if name == "users" else id_column
    target = literal(str(draft / f"{name}.parquet"))
    engine.cursor().execute(
        f"COPY (SELECT * REPLACE ({hashed} AS {id_column}) FROM ({side.sql}) ORDER BY {id_column}) "
        f"TO {target} (FORMAT parquet, COMPRESSION zstd)"
    )


def _card(
    source: _Source, table: CleanTable, times: TimeFormat, sides: Mapping[str, SideTable], dataset_id: str
) -> dict[str, Any]:
    users, items, first, last, midnight = _rows(
        f"SELECT count(DISTINCT {col.USER}), count(DISTINCT {col.ITEM}), min({col.TIME}), max({col.TIME}), "
        f"bool_and({col.TIME} % {col.DAY_SECONDS} = 0) FROM {table.name}"
    )[0]
    issues = [*find_issues(source.raw, table, times), *(i for side in sides.values() for i in side.issues)]
    issues += [found for name in sides if (found := _unmatched(name, table, sides[name]))]
    items_side, users_side = sides.get("items"), sides.get("users")
    return {
        "dataset_id": dataset_id,
        "title": source.title,
        "rows_in": table.steps[0].rows_in,
        "rows": table.rows,
        "users": users,
        "items": items,
        "first_time": first,
        "last_time": last,
        "date_only": bool(midnight),
        "mapping": source.mapping.to_dict(),
        "steps": [vars(step) for step in table.steps],
        "issues": [vars(issue) for issue in issues],
        "events": _kinds(table, col.EVENT),
        "recommenders": _kinds(table, col.RECOMMENDER),
        "user_attributes": list(users_side.attributes if users_side else ()),
        "item_attributes": list(items_side.attributes if items_side else ()),
        "has_text": bool(items_side and items_side.has_text),
        "content": dict(source.content),
        "settings": {**source.settings.to_dict(), "log": source.raw.path.name, **_names_only(source)},
    }


def _names_only(source: _Source) -> dict[str, str]:
    """File names without their folders: a card travels into reports."""
    return {name: path.name for name, path in source.files.items() if name != "log"}


def _unmatched(name: str, table: CleanTable, side: SideTable) -> Issue | None:
    id_column = col.ITEM if name == "items" else col.USER
    missing, all_ids = _rows(
        f"SELECT count(*) FILTER (s.{id_column} IS NULL), count(*) "
        f"FROM (SELECT DISTINCT {id_column} FROM {table.name}) AS t LEFT JOIN ({side.sql}) AS s USING ({id_column})"
    )[0]
    if missing == all_ids:
        raise DataError(
            f"None of the {all_ids:,} {name} of the log stands in the {name} table, so the two do not belong together. "
            f"Both need a column of {name[:-1]} ids under the same name."
        )
    if not missing:
        return None
    detail = f"{missing:,} of the log's {all_ids:,} {name} are not in the {name} table."
    return Issue("warn", f"{name} without a row", missing, detail, "Their attributes count as missing.")


def _kinds(table: CleanTable, column: str) -> dict[str, int]:
    if column not in table.columns:
        return {}
    counted = f"SELECT {column}, count(*) FROM {table.name} WHERE {column} IS NOT NULL GROUP BY 1"
    return dict(_rows(f"{counted} ORDER BY 2 DESC, 1 LIMIT 100"))


def _dataset_id(content: Mapping[str, str], mapping: ColumnMapping, settings: DataSettings) -> str:
    rules = {
        "version": CLEANING_VERSION,
        "content": dict(content),
        "mapping": mapping.to_dict(),
        "text": settings.text,
        "separator": settings.separator,
        "columns": [settings.columns, settings.item_columns, settings.user_columns],
        "drop_isolated_times": settings.drop_isolated_times,
        "pseudonymise": settings.pseudonymise,
    }
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]


def _sha256(path: Path) -> str:
    return sha256_of(*(sorted(path.glob("*.parquet")) if path.is_dir() else [path]))


def _path(name: str, folder: Path, what: str) -> Path:
    if not name:
        raise DataError(f"No {what} is named. Give the path of a CSV or Parquet file.")
    path = folder / Path(name).expanduser()
    if not path.exists():
        raise DataError(f"There is no {what} at {name}. Check the path.")
    return path


def _rows(sql: str) -> list[tuple[Any, ...]]:
    return engine.cursor().execute(sql).fetchall()
