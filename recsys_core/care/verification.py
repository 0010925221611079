"""Going over what a workspace holds: what is damaged, and what to do about each.

Tables and cards of data sets, and evaluations, are held against the sums that were kept when they were written; the
rest is read as what it should be.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from recsys_core import engine, sums
from recsys_core.answers import Message
from recsys_core.care.holdings import list_reports
from recsys_core.data.dataset import Dataset
from recsys_core.engine.protocol import UnreadableError
from recsys_core.errors import SettingsError, StayingPowerError, WorkspaceError
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.models.base import read_card
from recsys_core.runs.cost.measurements import measured
from recsys_core.runs.kept.cache import list_kept
from recsys_core.runs.life.keys import check_run_id, is_run_id
from recsys_core.runs.life.run import DAMAGED, is_complete, plan_of, registry, run_folder
from recsys_core.settings import StudySettings
from recsys_core.workspace import Workspace

State = Literal["ok", "damaged", "not recorded"]
_TABLES: Final = ("interactions", "items", "users")
_END_BYTES: Final = 256


@dataclass(frozen=True)
class Finding:
    """How something that is stored was found.

    Attributes
    ----------
    kind
        dataset, study, run, registry, measurement, report or key.
    name
        Its id, or its file.
    state
        ok, damaged, or not recorded: no sums were kept of it, so that it can be read and no more is known.
    problem
        What is damaged, and what to do; None where nothing is.
    """

    kind: str
    name: str
    state: State
    problem: Message | None = None


def verify(workspace: Workspace, ids: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Look at what is stored; every file of a data set is hashed anew.

    Parameters
    ----------
    ids
        Of data sets and runs; default: everything.

    Raises
    ------
    WorkspaceError
        If there is no such data set or run.
    """
    for name in ids:
        run_folder(workspace, check_run_id(name)) if is_run_id(name) else workspace.dataset_folder(name)
    found = []
    for name in [name for name in ids if not is_run_id(name)] if ids else workspace.dataset_ids():
        found.append(_finding("dataset", name, _dataset, workspace, name))
        found.append(_finding("study", name, _study, workspace, name))
    book = _finding("registry", "registry.sqlite", _registry, workspace)
    runs = _runs(workspace, ids) if book.state == "ok" else ()
    found += [_finding("run", name, _run, workspace, name, state) for name, state in runs]
    return tuple(found) if ids else (*found, book, *_others(workspace))


def record(workspace: Workspace, ids: Sequence[str] = ()) -> None:
    """Keep the sums of the data sets that have none, or damaged ones: every cell is read first, and rows are counted.

    Raises
    ------
    WorkspaceError
        If one cannot be read whole, or is not as long as its card says.
    """
    for dataset_id in [name for name in ids if not is_run_id(name)] or workspace.dataset_ids():
        folder = workspace.dataset_folder(dataset_id)
        try:
            if sums.recorded(folder):
                continue
        except WorkspaceError:
            (folder / sums.SUMS).unlink()
        _read_whole(Dataset.open(workspace, dataset_id))
        sums.record(folder)


def _read_whole(dataset: Dataset) -> None:
    for path in _tables(dataset.folder):
        try:
            with engine.scratch():
                rows = engine.current().measure(engine.current().read_parquet([path])).rows
        except UnreadableError:
            raise WorkspaceError("stored-file-damaged", file=str(path), dataset_id=dataset.dataset_id) from None
        if path.stem == "interactions" and rows != dataset.rows:
            raise WorkspaceError(
                "dataset-not-as-counted", dataset_id=dataset.dataset_id, file=str(path), rows=rows, counted=dataset.rows
            )


def _tables(folder: Path) -> list[Path]:
    """Files of the tables of a data set; the log's always, there or not."""
    paths = [folder / f"{name}.parquet" for name in _TABLES]
    return [path for path in paths if path.stem == "interactions" or path.exists()]


def _finding(kind: str, name: str, look: Callable[..., State], *place: object) -> Finding:
    try:
        state, problem = look(*place), None
    except StayingPowerError as err:
        return Finding(kind, name, "damaged", err.message)
    if state == "not recorded":
        problem = WorkspaceError("sums-not-recorded", dataset_id=name).message
    return Finding(kind, name, state, problem)


# ---- each kind -------------------------------------------------------------------------------------------------------


def _dataset(workspace: Workspace, dataset_id: str) -> State:
    dataset = Dataset.open(workspace, dataset_id)
    known = sums.recorded(dataset.folder)
    for path in sorted({*_tables(dataset.folder), *(dataset.folder / name for name in known)}):
        if sums.state_of(path, anew=True) == "damaged":
            raise WorkspaceError("stored-file-damaged", file=str(path), dataset_id=dataset_id)
    if not known:
        _read_whole(dataset)
    return "ok" if known else "not recorded"


def _study(workspace: Workspace, dataset_id: str) -> State:
    path = workspace.home / "datasets" / dataset_id / "study.toml"
    try:
        if path.exists():
            StudySettings.from_toml(path)
    except SettingsError as err:
        raise WorkspaceError("kept-study-not-usable", path=str(path), reason=err.message) from None
    return "ok"


def _registry(workspace: Workspace) -> State:
    book = registry(workspace)
    book.rows()
    try:
        with closing(sqlite3.connect(book.path)) as db:
            reason = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as err:
        reason = str(err)
    if reason != "ok":
        raise WorkspaceError("registry-damaged", path=str(book.path), reason=reason)
    return "ok"


def _runs(workspace: Workspace, ids: Sequence[str]) -> list[tuple[str, str]]:
    wanted = {name for name in ids if is_run_id(name)}
    return [(run.run_id, run.state) for run in list_kept(workspace).runs if not ids or run.run_id in wanted]


def _run(workspace: Workspace, run_id: str, state: str) -> State:
    if state == DAMAGED:
        registry(workspace).row(run_id)  # says so
    plan_of(workspace, run_id)
    folder = run_folder(workspace, run_id)
    if state == "finished" or is_complete(folder):
        read_card(folder / "model")
        for path in sorted((folder / "model").rglob("*")):
            _model_file(path, run_id)
        Evaluation.load(folder / "evaluation")
    return "ok"


def _model_file(path: Path, run_id: str) -> None:
    """Open a file of a model as what its name says."""
    import pyarrow.parquet as pq
    from safetensors import SafetensorError, safe_open

    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="numpy") as tensors:
                list(tensors.keys())
        elif path.suffix == ".parquet":
            pq.read_table(path)
    except (OSError, ValueError, SafetensorError):
        raise WorkspaceError("model-file-damaged", file=str(path), run_id=run_id) from None


def _others(workspace: Workspace) -> Iterator[Finding]:
    for path in sorted((workspace.home / "measured").glob("*.json")):
        yield _finding("measurement", path.name, _measurement, workspace, path)
    for name in list_reports(workspace):
        yield _finding("report", name, _report, workspace, name)
    yield _finding("key", "key", _key, workspace)


def _measurement(workspace: Workspace, path: Path) -> State:
    if not is_run_id(path.stem) or measured(workspace, path.stem) is None:
        raise WorkspaceError("measurement-damaged", file=str(path))
    return "ok"


def _report(workspace: Workspace, name: str) -> State:
    """A page has its end; of other files it is known that they are not empty."""
    content = (workspace.home / "reports" / name).read_bytes()
    if not content.strip() or (name.endswith(".html") and not content[-_END_BYTES:].rstrip().endswith(b"</html>")):
        raise WorkspaceError("report-damaged", file=str(workspace.home / "reports" / name), report=name)
    return "ok"


def _key(workspace: Workspace) -> State:
    workspace.check_key()
    return "ok"
