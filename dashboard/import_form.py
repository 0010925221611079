"""Bringing a log in: the file, its columns as guessed, and the imports under way, with every failure in words."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import studies
from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.boundary import boundary
from dashboard.drawing.tables_and_charts import evidence_table
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.uploads import forget, forget_missing, upload
from recsys_core import words
from recsys_core.answers import message
from recsys_core.charts.ranking.run_card import progress_html
from recsys_core.data.mapping import ColumnMapping
from recsys_core.data.personal import PersonalColumn
from recsys_core.errors import StayingPowerError
from recsys_core.imports import import_client, import_jobs
from recsys_core.imports.import_jobs import ImportJob
from recsys_core.settings import DataSettings
from recsys_core.wording.sentences import say

if TYPE_CHECKING:
    from recsys_core.data.import_log import LogPreview

_WORDS = {
    "user": "Who", "item": "What", "time": "When", "event": "Kind of event", "value": "A number per event",
    "recommender": "Recommender", "propensity": "Propensity",
}  # fmt: skip
_NONE = "(none)"
_AT_ONCE_SECONDS = 2.0
_EVERY = "1s"
_PREVIEW = "import_preview"
_OWN = "import_job"  # of the session: the import that this tab asked for last
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
        if mapped is not None and st.button("Import", type="primary", disabled=_is_importing()):
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
    try:
        preview = _preview(settings)
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


def _preview(settings: DataSettings) -> "LogPreview":
    """Look at the files; what was seen is kept for this tab, since uploads do not change."""
    seen = st.session_state.get(_PREVIEW)
    if seen is None or seen[0] != settings:
        with st.spinner("Looking at the file"):
            seen = settings, import_client.preview(studies.workspace(), settings)
        st.session_state[_PREVIEW] = seen
    return seen[1]


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
    """Start the import; one that takes no time is over before the page is drawn again."""
    uploads = {role: Path(place) for role in ("log", "items", "users") if (place := getattr(settings, role))}
    try:
        job_id = import_client.begin(studies.workspace(), settings, title=title, uploads=uploads)
    except StayingPowerError as err:
        show_error("Nothing was imported.", str(err), "The workspace is as it was.")
        return
    _take_for_own(job_id)
    with st.spinner("Reading, checking and cleaning"):
        import_client.wait(studies.workspace(), job_id, _AT_ONCE_SECONDS)
    st.rerun()


# ---- imports under way -----------------------------------------------------------------------------------------------


def _take_for_own(job_id: str) -> None:
    """Remember which import this tab asked for last: its data set is opened here, and an earlier refusal is past."""
    if earlier := st.session_state.get(_OWN):
        import_jobs.dismiss(studies.workspace(), earlier)
    st.session_state[_OWN] = job_id


def _is_importing() -> bool:
    """Tell whether what this tab asked for is under way."""
    own = st.session_state.get(_OWN)
    job = import_jobs.look(studies.workspace(), own) if own else None
    return bool(job and job.active)


def show_imports() -> None:
    """Draw the imports that are under way or were refused; the one of this tab opens its study when it is done."""
    jobs = import_jobs.tend(studies.workspace())
    for job in jobs:
        if job.job_id == st.session_state.get(_OWN) and job.state in ("done", "cancelled"):
            del st.session_state[_OWN]
            import_jobs.dismiss(studies.workspace(), job.job_id)
            if job.state == "done":
                forget_missing()
                st.session_state.pop(_PREVIEW, None)
                studies.go_to("pages/data.py", job.dataset_id)
            show_note(say(message("note-import-cancelled", file=job.name)))
        elif job.error:
            _refusal(job)
    if active := [job.job_id for job in jobs if job.active]:
        st.fragment(boundary()(_under_way), run_every=_EVERY)(active)


def _refusal(job: ImportJob) -> None:
    with st.container(key=f"import_{job.job_id}"):
        show_error("Nothing was imported.", f"{job.name}: {job.error}", "The workspace is as it was.")
        if st.button("Dismiss", key=f"dismiss_{job.job_id}", type="tertiary"):
            import_jobs.dismiss(studies.workspace(), job.job_id)
            st.rerun()


def _under_way(drawn: list[str]) -> None:
    jobs = [job for job in import_jobs.tend(studies.workspace()) if job.active]
    if [job.job_id for job in jobs] != drawn:
        st.rerun()  # of the whole page: one has ended, or begun
    for job in jobs:
        with st.container(key=f"card_import_{job.job_id}", horizontal=True, vertical_alignment="center"):
            st.html(progress_html(say(import_jobs.standing(job)), job.share, ""))
            if st.button("Cancel", key=f"cancel_{job.job_id}"):
                import_jobs.ask_cancel(studies.workspace(), job.job_id)
                st.rerun()
