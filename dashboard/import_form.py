"""Bringing a log in: the file, its columns as guessed, and the import, with every failure in words."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import streamlit as st

from dashboard import studies
from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.tables_and_charts import evidence_table
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.uploads import forget, upload
from recsys_core import words
from recsys_core.answers import message
from recsys_core.data.mapping import ColumnMapping
from recsys_core.data.personal import PersonalColumn
from recsys_core.errors import StayingPowerError
from recsys_core.settings import DataSettings, StudySettings
from recsys_core.wording.sentences import say

_WORDS = {
    "user": "Who", "item": "What", "time": "When", "event": "Kind of event", "value": "A number per event",
    "recommender": "Recommender", "propensity": "Propensity",
}  # fmt: skip
_NONE = "(none)"
_MENDED_HERE = ("fields-differ", "column-names-miscounted", "separator-not-allowed", "text-header-alone")


def import_form() -> None:
    """Draw the form; a finished import opens the new study."""
    with st.container(key="card_import"):
        log, items, users = _files()
        if log is None:
            st.caption(
                "CSV in any shape or Parquet, plain, .gz or .zst, up to 1 GiB here. Larger ones come in from a shell: "
                "`python -m recsys_core import LOG`."
            )
            return
        files = {"log": str(log), "items": str(items or ""), "users": str(users or "")}
        settings = DataSettings.from_dict(files | _reading())
        mapped = _columns(settings)
        if mapped is not None and st.button("Import", type="primary"):
            _import(mapped, log.name.split(".")[0])


def _files() -> tuple[Path | None, Path | None, Path | None]:
    show_section("The log", "One row per event: who, what, when.")
    log = upload("log", "Log", "One row per event.")
    first, second = st.columns(2, gap="large")
    with first:
        items = upload("items", "Items table, optional", "One row per item: id, title, description, anything else.")
    with second:
        users = upload("users", "Users table, optional", "One row per user: id and what was known at the start.")
    return log, items, users


def _reading() -> dict[str, str]:
    with st.expander("If the columns below look wrong"):
        separator = st.text_input("Separator", key="import_separator", help="Empty: found out. Write tab for a tab.")
        names = st.text_input(
            "Column names", key="import_columns", help="For a file without a header: names, parted by commas."
        )
    return {"separator": separator, "columns": names}


def _columns(settings: DataSettings) -> DataSettings | None:
    """Show the first rows and the guessed columns, to be changed; None where the file cannot be read."""
    from recsys_core.data.import_log import preview_log

    try:
        preview = preview_log(studies.workspace(), settings)
    except StayingPowerError as err:
        refused = err.kind not in _MENDED_HERE
        note = "Nothing was imported. Its copy was removed." if refused else "Nothing was imported."
        show_error("This file cannot be read.", str(err), note)
        if refused:
            forget("log")
        return None
    show_section(
        "Its columns", f"{words.count(preview.rows)} rows. Guessed from names and values; change what is wrong."
    )
    evidence_table(list(preview.columns), [list(row) for row in preview.head], left=len(preview.columns))
    chosen = {}
    grid = st.columns(4)
    for place, field in enumerate(fields(ColumnMapping)):
        options = [_NONE, *preview.columns]
        guess = getattr(preview.mapping, field.name) or _NONE
        with grid[place % 4]:
            picked = st.selectbox(
                _WORDS[field.name], options, options.index(guess), key=f"column_{field.name}_{settings.log}_{guess}"
            )
        chosen[field.name] = "" if picked == _NONE else picked
    pseudonymise = st.checkbox("Replace user ids by keyed hashes", value=True, key="import_pseudonymise")
    option = next(field for field in fields(DataSettings) if field.name == "id_table")
    way_back = pseudonymise and st.checkbox(
        option.metadata["label"], help=option.metadata["help"], key="import_id_table"
    )  # fmt: skip
    kept = _personal(preview.personal, settings.log)
    said = {"pseudonymise": pseudonymise, "id_table": way_back, "guess": False, "keep_personal": kept}
    return settings.changed({**chosen, **said})


def _personal(found: Sequence[PersonalColumn], log: str) -> tuple[str, ...]:
    """Show the columns that look like personal data, and return those that are to be kept."""
    if not found:
        return ()
    show_section("Personal data", "What looks like it in users and items tables is left out, unless you keep it.")
    for column in found:
        show_note(say(message("personal-column", table=column.table, column=column.column, looks=column.kind)))
    offered = list(dict.fromkeys(column.column for column in found if not column.kept))
    return tuple(st.multiselect("Keep all the same", offered, key=f"personal_{log}")) if offered else ()


def _import(settings: DataSettings, title: str) -> None:
    from recsys_core.data.import_log import import_log
    from recsys_core.study import save_study

    try:
        with st.spinner("Reading, checking and cleaning"):
            dataset = import_log(studies.workspace(), settings, title=title)
            save_study(dataset, StudySettings(title=title), studies.workspace())
    except StayingPowerError as err:
        show_error("Nothing was imported.", str(err), "The workspace is as it was.")
        return
    for role in ("log", "items", "users"):
        forget(role)
    studies.go_to("pages/data.py", dataset.dataset_id)
