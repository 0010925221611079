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
    """Name the services that are installed and configured, by the names that transformers gives them."""
    return [
        name
        for name, configured in _SERVICES.items()
        if find_spec(name) is not None and any(map(os.environ.get, configured))
    ]


def service(name: str) -> Any:
    """Return a callback that tells a service; when that fails, the log says so and the training goes on untold."""
    from transformers import TrainerCallback
    from transformers.integrations import get_reporting_integration_callbacks

    inner: list[Any] = []

    def told(event: str) -> Any:
        def tell(_self: Any, *given: Any, **named: Any) -> None:
            try:
                if event == "on_init_end":
                    inner.extend(kind() for kind in get_reporting_integration_callbacks([name]))
                for callback in inner:
                    getattr(callback, event)(*given, **named)
            except Exception as err:  # noqa: BLE001 - whatever ails a service, the model is not its fault
                inner.clear()
                print(f"{name} is not told of this training: {type(err).__name__}: {err}", flush=True)

        return tell

    events = [event for event in dir(TrainerCallback) if event.startswith("on_")]
    return type("ServiceCallback", (TrainerCallback,), {event: told(event) for event in events})()


def board(folder: Path, step: int) -> Any:
    """Return a callback that writes TensorBoard files; what an earlier start wrote after `step` is taken back."""
    from torch.utils.tensorboard import SummaryWriter
    from transformers.integrations import TensorBoardCallback

    return TensorBoardCallback(SummaryWriter(str(folder), purge_step=step + 1 if step else None))
