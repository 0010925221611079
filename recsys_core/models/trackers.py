"""Where a training is followed beside our own pages: TensorBoard files always, W&B and MLflow where they are set up."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SERVICES = {
    "wandb": ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"),
    "mlflow": ("MLFLOW_TRACKING_URI",),
}  # by package: it is used where one of these is set in the environment


def services() -> list[str]:
    """Name the services that are installed and configured, as `report_to` of transformers takes them."""
    return [
        name
        for name, configured in _SERVICES.items()
        if find_spec(name) is not None and any(map(os.environ.get, configured))
    ]


def board(folder: Path, step: int) -> Any:
    """Return a callback that writes TensorBoard files; what an earlier start wrote after `step` is taken back."""
    from torch.utils.tensorboard import SummaryWriter
    from transformers.integrations import TensorBoardCallback

    return TensorBoardCallback(SummaryWriter(str(folder), purge_step=step + 1 if step else None))
