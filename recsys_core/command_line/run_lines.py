"""What the commands train, runs and cancel print of runs."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.models.distributed import processes
from recsys_core.runs.life.run import Attempted, Run, log_tail, why_not_finished
from recsys_core.runs.start import run_commands
from recsys_core.runs.start.run_commands import TrainRequest
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import label, say
from recsys_core.workspace import Workspace


def train(
    workspace: Workspace, dataset: Dataset, request: TrainRequest, *, wait: bool, progress: Callable[[Message], None]
) -> Run:
    """Train, and wait for the end if asked to.

    Raises
    ------
    DataError
        If the awaited run did not finish; the end of its log is a note of the error.
    """
    run = run_commands.train(workspace, dataset, request, wait=wait, say=progress)
    if (wait or processes() > 1) and run.state != "finished":
        error = DataError("run-not-finished", run_id=run.run_id, run_state=run.state, reason=why_not_finished(run))
        error.add_note("\n".join((label("line-end-of-log"), *log_tail(workspace, run.run_id))))
        raise error
    return run


def run_object(run: Run) -> dict[str, Any]:
    """Return what the commands print of a run as JSON.

    `message` and `error` are sentences; `doing` and `failure` the same with codes and values.
    """
    return {
        "run_id": run.run_id,
        "dataset_id": run.dataset_id,
        "model": run.model,
        "cached": run.cached,
        "resumed": run.resumed,
        "state": run.state,
        "share": run.share,
        "message": _sentence(run.message),
        "doing": worded(run.message),
        "eta_seconds": run.eta_seconds,
        "seconds": run.seconds,
        "test_from": run.test_from,
        "split": dict(run.split),
        "metrics": dict(run.metrics),
        "kind": run.kind,
        "error": _sentence(run.error),
        "failure": worded(run.error),
        "priority": run.priority,
        "device": run.device,
        "history": [_attempt_object(attempt) for attempt in run.history],
    }


def _attempt_object(attempt: Attempted) -> dict[str, Any]:
    return asdict(attempt) | {"reason": _sentence(attempt.reason), "failure": worded(attempt.reason)}


def run_line(run: Run) -> str:
    """Say in one line how a run stands."""
    parts = [run.run_id, run.state]
    if run.state == "finished":
        parts = [run.run_id, say(message("line-run-finished", cached=run.cached, seconds=run.seconds))]
        if "ndcg" in run.metrics:
            parts.append(say(message("line-run-ndcg", ndcg=run.metrics["ndcg"])))
    elif run.active:
        parts.append(say(message("line-run-active", share=run.share, doing=run.message or "")))
    elif run.error:
        parts.append(say(run.error))
    return "  ".join(parts)


def _sentence(spoken: Message | None) -> str:
    return say(spoken) if spoken else ""
