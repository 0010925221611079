"""The runs on which another one builds: looked at before it starts, and read when it learns."""

import json

from recsys_core.errors import SettingsError
from recsys_core.models.base import Recommender
from recsys_core.models.registry import load_model
from recsys_core.runs.life.keys import RunPlan, inputs_of
from recsys_core.runs.life.run import is_complete, registry, run_folder
from recsys_core.workspace import Workspace


def check_inputs(workspace: Workspace, plan: RunPlan) -> None:
    """See that the runs on which a plan builds are there.

    Raises
    ------
    SettingsError
        If one is not finished, or learnt from other data or another split: what it saw must be what this one sees.
    """
    for run_id in inputs_of(plan.model).values():
        row = registry(workspace).row(run_id)
        if row is None or row["state"] != "finished" or not is_complete(run_folder(workspace, run_id)):
            raise SettingsError("input-not-finished", model=plan.model.stage, run=run_id)
        if row["dataset_id"] != plan.dataset_id or json.loads(row["split"]) != plan.key["split"]:
            raise SettingsError("input-on-another-split", model=plan.model.stage, run=run_id)


def load_inputs(workspace: Workspace, plan: RunPlan) -> dict[str, Recommender]:
    """Read the models of the runs on which a plan builds, by the option that names each; errors as `check_inputs`."""
    check_inputs(workspace, plan)
    runs = inputs_of(plan.model)
    return {option: load_model(run_folder(workspace, run_id) / "model") for option, run_id in runs.items()}
