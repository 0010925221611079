"""Test files as versions before 2026-12 kept them: as they came, in files/, with raw ids and of no data set.

Each goes to the data sets whose study or runs name it, under pseudonyms where these have them, and then files/ goes.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from recsys_core import audit, private
from recsys_core.data.dataset import Dataset
from recsys_core.data.splitting import take_in
from recsys_core.errors import DataError, SettingsError, StayingPowerError, WorkspaceError
from recsys_core.runs.life.run import plan_of, registry
from recsys_core.settings import StudySettings
from recsys_core.workspace import Workspace


def take_over(workspace: Workspace) -> None:
    """Take what lies in files/ to its data sets; all stays where a key or a card that is needed cannot be read.

    Names of settings stay as they are: a file that is looked for at its earlier place is found by its hash.
    """
    place, taken = workspace.home / "files", 0
    for dataset_id in workspace.dataset_ids():
        for path in {workspace.home / name for name in _named(workspace, dataset_id)}:
            if not path.resolve().is_relative_to(place) or not path.is_file():
                continue
            try:
                take_in(Dataset.open(workspace, dataset_id), path)
                taken += 1
            except (DataError, SettingsError):  # no run could be made of it
                continue
            except (WorkspaceError, OSError):
                return
    private.remove(place)
    audit.note(workspace, "take-in-test-files", files=taken)


def _named(workspace: Workspace, dataset_id: str) -> Iterator[str]:
    """Test files that the study and the runs of a data set name."""
    study: Path = workspace.dataset_folder(dataset_id) / "study.toml"
    with suppress(StayingPowerError):
        if study.is_file():
            yield StudySettings.from_toml(study).split.test_file
    for row in registry(workspace).rows():
        if row["dataset_id"] == dataset_id:
            with suppress(StayingPowerError):
                yield plan_of(workspace, row["run_id"]).split.test_file
