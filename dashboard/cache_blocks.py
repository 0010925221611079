"""What the workspace keeps of training, with what can be done about it; and what changed between two runs."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.tables_and_charts import evidence_table
from dashboard.drawing.text_blocks import show_note
from dashboard.studies import OpenStudy, workspace
from dashboard.uploads import forget, upload
from recsys_core import audit, words
from recsys_core.errors import StayingPowerError
from recsys_core.private import work_folder
from recsys_core.runs.kept import cache
from recsys_core.runs.kept.archive import export_run
from recsys_core.runs.kept.cache import Kept, KeptRun
from recsys_core.runs.kept.differences import differences, nearest
from recsys_core.runs.kept.import_archive import import_run
from recsys_core.runs.life.run import Run, plan_of
from recsys_core.wording.sentences import say
from recsys_core.workspace import Workspace

_BROWSER_BYTES = 256 * 10**6  # a download is held in the server's memory
_NOTE = "cache_note"


def show_cache(study: OpenStudy) -> None:
    """Draw the runs of all data sets with their sizes and ages, what can be done with one, and taking one in."""
    _say_once()
    kept = cache.list_kept(workspace())
    show_note(_totals(kept))
    if kept.runs:
        st.dataframe(
            [_row(run) for run in kept.runs], hide_index=True, key="kept_runs", column_config=_columns(),
            alt="Every run that is kept: model, data set, state, size, age, last use, and whether it is pinned",
        )  # fmt: skip
        _actions(kept, study)
    if kept.embeddings:
        _embeddings(kept)
    _import(study)


def show_differences(study: OpenStudy, runs: Sequence[Run]) -> None:
    """Let two of a study's runs be chosen, and say what changed between them; draws nothing for fewer than two."""
    if len(runs) < 2:
        return
    known = {run.run_id: run for run in sorted(runs, key=lambda run: -run.created)}
    names = list(known)
    try:
        near = nearest(workspace(), plan_of(workspace(), names[0]))
    except StayingPowerError:
        near = None
    before = near.run.run_id if near and near.run.run_id in known else names[1]
    left, right = st.columns(2)
    first, second = (
        place.selectbox(label, names, names.index(start), lambda run_id: _label(known[run_id]), key=key)
        for place, label, start, key in (
            (left, "First run", before, "differences_first"), (right, "Second run", names[0], "differences_second"),
        )
    )  # fmt: skip
    try:
        rows = differences(workspace(), plan_of(workspace(), first), plan_of(workspace(), second))
    except StayingPowerError as err:
        show_error("These runs cannot be compared.", str(err), "")
        return
    if rows:
        cells = [[say(row.what), say(row.first), say(row.second)] for row in rows]
        evidence_table(["what changed", "first", "second"], cells, left=3)
    else:
        show_note(f"Nothing changed: they are the same run of {study.dataset.title}.")


def _label(run: Run) -> str:
    created = datetime.fromtimestamp(run.created, UTC)
    return f"{run.model}, {created.day} {created:%B %H:%M} UTC, {run.run_id.rpartition('-')[2][:6]}"


def _totals(kept: Kept) -> str:
    runs = f"{words.counted(len(kept.runs), 'run')} of all data sets, {words.size(kept.runs_size)}."
    texts = f" Embeddings and tokens of texts: {words.size(kept.embeddings_size)}." if kept.embeddings else ""
    return f"{runs}{texts} The disk has {words.size(kept.free)} free. Nothing is deleted unless you do it."


def _row(run: KeptRun) -> dict[str, object]:
    return {
        "model": run.model, "size": run.size, "last used": datetime.fromtimestamp(run.last_used, UTC),
        "made": datetime.fromtimestamp(run.created, UTC), "data set": run.title or run.dataset_id or words.UNKNOWN,
        "state": f"{run.state}, pinned" if run.pinned else run.state, "run": run.run_id.rpartition("-")[2][:6],
    }  # fmt: skip


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "size": column.NumberColumn("size", format="bytes"),
        "made": column.DatetimeColumn("made", format="distance"),
        "last used": column.DatetimeColumn("last used", format="distance"),
    }


def _actions(kept: Kept, study: OpenStudy) -> None:
    """Draw the choice of a run, those of the open study first, and its buttons."""
    runs = {run.run_id: run for run in sorted(kept.runs, key=lambda run: run.dataset_id != study.dataset.dataset_id)}
    run = runs[str(st.selectbox("Run", list(runs), format_func=lambda run_id: _name(runs[run_id]), key="kept_run"))]
    space, run_id = workspace(), run.run_id
    with st.container(horizontal=True, vertical_alignment="center"):
        label = "Unpin" if run.pinned else "Pin"
        if st.button(label, key=f"pin_{run_id}", help="A pinned run is not deleted."):
            _do(lambda: cache.pin(space, run_id, on=not run.pinned))
        if run.state == "finished":
            _export_button(space, run)
        with st.popover("Delete", disabled=not run.deletable, width="content"):
            show_note(f"{run.model} of {run.title or run.dataset_id}: asked for again, it is trained again.")
            if st.button("Delete it for good", key=f"delete_{run_id}", type="primary"):
                _do(
                    lambda: cache.delete(space, run_id),
                    f"{run.model} is deleted; {words.size(run.size)} are free again.",
                )
    if not run.deletable:
        show_note("It is pinned, so it cannot be deleted." if run.pinned else "It is under way: cancel it first.")


def _embeddings(kept: Kept) -> None:
    rows = []
    for kind in dict.fromkeys(file.kind for file in kept.embeddings):
        files = [file for file in kept.embeddings if file.kind == kind]
        latest = max(file.created for file in files)
        rows.append([kind, words.count(len(files)), words.size(sum(file.size for file in files)), _age(latest)])
    evidence_table(["of texts", "files", "size", "latest"], rows)
    space, size = workspace(), words.size(kept.embeddings_size)
    with st.popover("Delete embeddings", width="content"):
        show_note("The next model that reads texts computes them again.")
        if st.button("Delete them all", key="delete_embeddings", type="primary"):
            _do(lambda: cache.delete_embeddings(space), f"Embeddings are deleted; {size} are free again.")


def _name(run: KeptRun) -> str:
    pinned = ", pinned" if run.pinned else ""
    return f"{run.model}, {run.title or run.dataset_id}, {words.size(run.size)}{pinned} ({run.run_id[-16:-10]})"


def _export_button(space: Workspace, run: KeptRun) -> None:
    if run.size > _BROWSER_BYTES:
        show_note(f"Too large for a download: `export-run {run.run_id} --out run.zip`")
        return
    st.download_button(
        "Export", lambda: _zipped(space, run.run_id), f"{run.run_id}.zip", "application/zip",
        key=f"export_{run.run_id}", on_click="ignore", help="Model, evaluation, settings, log and curves, zipped.",
    )  # fmt: skip


def _zipped(space: Workspace, run_id: str) -> bytes:
    """Write the zip in the workspace and read it, when it is asked for."""
    with work_folder(space.tmp, "export") as folder:
        content = export_run(space, run_id, folder / "run.zip").path.read_bytes()
    audit.note(space, "export-run", run_id=run_id, file="a download")
    return content


def _import(study: OpenStudy) -> None:
    path = upload("run", "Import a run", "A zip file that Export or export-run wrote.", ("zip",))
    if path:
        _do(lambda: _imported(path, study))


def _imported(path: Path, study: OpenStudy) -> str:
    try:
        with st.spinner("Checking every file of the run"):
            run = import_run(workspace(), path)
    finally:
        forget("run")
    elsewhere = (
        "" if run.dataset_id == study.dataset.dataset_id else " It belongs to another data set than the open one."
    )
    return f"{run.model} {'was here already' if run.cached else 'is imported'}.{elsewhere}"


def _do(action: Callable[[], object], note: str = "") -> None:
    """Do something, keep what is to be said about it, and draw the page again."""
    try:
        outcome = action()
    except (StayingPowerError, OSError) as err:
        st.session_state[_NOTE] = (False, str(err))
    else:
        st.session_state[_NOTE] = (True, outcome if isinstance(outcome, str) else note)
    st.rerun()


def _say_once() -> None:
    good, note = st.session_state.pop(_NOTE, (True, ""))
    if note and good:
        show_note(note)
    elif note:
        show_error("That did not work.", note, "")


def _age(created: float) -> str:
    seconds = max(0.0, time.time() - created)
    return f"{words.counted(seconds // 86_400, 'day')} ago" if seconds >= 86_400 else f"{words.duration(seconds)} ago"
