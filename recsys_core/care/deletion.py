"""Deleting a data set with all that is held of it, a study, an id table, a report.

A data set leaves its place in one rename, into the folder deleting/: from then on nobody lists or opens it. What goes
with it follows. Whoever opens the workspace after a kill goes on where that stopped.
"""

import shutil
from pathlib import Path

from recsys_core import audit, id_table, private
from recsys_core.care.holdings import Holdings, held_with, holdings, list_reports
from recsys_core.errors import WorkspaceError
from recsys_core.imports import import_jobs
from recsys_core.result_files import forget_results
from recsys_core.runs.cost import measuring_queue
from recsys_core.runs.kept.cache import delete
from recsys_core.runs.life.run import registry
from recsys_core.runs.life.run_registry import ACTIVE
from recsys_core.workspace import Workspace

_NAMED = 5  # reports, where one is asked for that is not there


def delete_dataset(workspace: Workspace, dataset_id: str, *, pinned: bool = False) -> Holdings:
    """Delete a data set for good, with its study, runs, measurements, embeddings, and the reports that name it.

    Parameters
    ----------
    pinned
        Delete pinned runs as well.

    Returns
    -------
    Holdings
        What was there.

    Raises
    ------
    WorkspaceError
        If there is no such data set, a run of it is under way, or one is pinned. Nothing is deleted then.
    """
    going = holdings(workspace, dataset_id)
    active = tuple(run.run_id for run in going.runs if run.state in ACTIVE)
    if active:
        raise WorkspaceError("dataset-trains", dataset_id=dataset_id, runs=active)
    if going.pinned and not pinned:
        raise WorkspaceError("dataset-has-pinned", dataset_id=dataset_id, runs=going.pinned)
    grave = _graves(workspace) / dataset_id
    grave.parent.mkdir(exist_ok=True)
    private.remove(grave)  # of an earlier one that was killed
    workspace.dataset_folder(dataset_id).rename(grave)
    import_jobs.tend(workspace)  # what imported it names it
    audit.note(
        workspace, "delete-dataset", dataset_id=dataset_id, runs=len(going.runs), reports=len(going.reports)
    )  # fmt: skip
    _finish(workspace, grave)
    return going


def finish_deletions(workspace: Workspace) -> None:
    """Go on with what a killed process had begun to delete."""
    place = _graves(workspace)
    for grave in sorted(place.iterdir()) if place.is_dir() else ():
        _finish(workspace, grave)


def _finish(workspace: Workspace, grave: Path) -> None:
    """Delete what is held of a data set that left its place; one that was imported again meanwhile keeps its own."""
    dataset_id = grave.name
    if dataset_id not in workspace.dataset_ids():
        measuring_queue.withdraw(workspace, dataset_id)
        left = held_with(workspace, dataset_id, grave)
        for run in left.runs:
            if run.state in ACTIVE:  # asked for in the same moment: it fails by itself, and goes the next time
                return
            delete(workspace, run.run_id, pinned=True)
        for folder, names in (("measured", left.measurements), ("embeddings", left.texts), ("reports", left.reports)):
            for name in names:
                private.remove(workspace.home / folder / name)
        for name in left.measurements:
            for draft in (workspace.home / "measured").glob(f".{name}.*"):
                private.remove(draft)
        registry(workspace).forget(dataset_id)
        forget_results(workspace)
    gone = grave.rename(workspace.tmp / private.marked("deleted"))
    shutil.rmtree(gone, ignore_errors=True)


def delete_study(workspace: Workspace, dataset_id: str) -> bool:
    """Delete the settings kept beside a data set, which then opens with the defaults; False where there are none."""
    path = workspace.dataset_folder(dataset_id) / "study.toml"
    found = path.is_file()
    path.unlink(missing_ok=True)
    if found:
        audit.note(workspace, "delete-study", dataset_id=dataset_id)
    return found


def delete_id_tables(workspace: Workspace, dataset_id: str) -> bool:
    """Delete the way back from a data set's pseudonyms; False where there is none."""
    folder = workspace.dataset_folder(dataset_id)
    found = bool(id_table.tables(folder))
    private.remove(folder / id_table.TABLES)
    if found:
        audit.note(workspace, "delete-id-table", dataset_id=dataset_id)
    return found


def check_report(workspace: Workspace, name: str) -> None:
    """See that reports/ holds a file, named by its path there; WorkspaceError where it does not."""
    known = list_reports(workspace)
    if name not in known:
        raise WorkspaceError("no-such-report", report=name, known=known[:_NAMED], reports=len(known))


def delete_report(workspace: Workspace, name: str) -> None:
    """Delete a file of reports/; errors as `check_report`."""
    check_report(workspace, name)
    (workspace.home / "reports" / name).unlink(missing_ok=True)
    audit.note(workspace, "delete-report", report=name)


def _graves(workspace: Workspace) -> Path:
    return workspace.home / "deleting"
