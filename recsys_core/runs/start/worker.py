"""The process of one run: python -m recsys_core.runs.start.worker HOME RUN_ID ATTEMPT. `launch` starts it."""

import json
import os
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from recsys_core.answers import Message, message
from recsys_core.errors import SettingsError, StayingPowerError, WorkspaceError
from recsys_core.models.base import Cancelled, Progress
from recsys_core.models.distributed import processes
from recsys_core.runs.life.disk_room import check_space, needed_bytes
from recsys_core.runs.life.input_runs import load_inputs
from recsys_core.runs.life.keys import RunPlan
from recsys_core.runs.life.run import plan_of, registry, run_folder
from recsys_core.runs.life.run_registry import Registry
from recsys_core.runs.watch.deaths import BEAT_SECONDS, GRACE_SECONDS
from recsys_core.runs.watch.failures import failure_of
from recsys_core.runs.watch.processes import MARK, ProcessId, end_children
from recsys_core.workspace import Workspace, whole_folder

if TYPE_CHECKING:
    from recsys_core.data.dataset import Dataset

METRICS_K = 10
_WAIT_SECONDS = 0.5
_TELL_SECONDS = 0.5
_NICE = 10


class Attempt:
    """One start of a run: its place in the registry, and the thread that gives signs of life."""

    def __init__(self, book: Registry, run_id: str, number: int) -> None:
        self.book, self.run_id, self.number = book, run_id, number
        self.stop = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beats, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _beats(self) -> None:
        stop_asked = 0.0
        while not self._done.wait(BEAT_SECONDS):
            try:
                answer = self.book.beat(self.run_id, self.number)
            except WorkspaceError as err:
                if not self.book.folder.is_dir():  # nobody can ever read what this run would find
                    os._exit(1)
                print(err, flush=True)  # a full disk may be freed: the next beat tells
                continue
            if answer == "go on":
                continue
            self.stop.set()
            stop_asked = stop_asked or time.monotonic()
            if (
                time.monotonic() - stop_asked > GRACE_SECONDS
            ):  # a long step that tells no progress cannot be asked to stop
                self.end("cancelled")
                end_children(self.book.mark(self.run_id, self.number))
                os._exit(0)

    def end(self, state: str, *, error: Message | None = None, metrics: Mapping[str, float] | None = None) -> None:
        """Enter how it ended, as soon as there is room on the disk to enter it; signs of life go on meanwhile."""
        while self.book.folder.is_dir():
            try:
                self.book.end(self.run_id, self.number, state, error=error, metrics=metrics)
            except WorkspaceError as err:
                print(err, flush=True)
                time.sleep(BEAT_SECONDS)
            else:
                return

    def check(self) -> None:
        """Raise `Cancelled` if somebody asked for it."""
        if self.stop.is_set():
            raise Cancelled


class RunProgress(Progress):
    """Writes what a model tells into the registry, and its figures into progress.jsonl."""

    def __init__(self, attempt: Attempt, folder: Path, cache: Path) -> None:
        self.folder, self.cache, self.board = folder / "checkpoints", cache, folder / "tensorboard"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._attempt, self._path = attempt, folder / "progress.jsonl"
        self._begun, self._told = time.monotonic(), -_TELL_SECONDS
        self.span = (0.0, 1.0)
        _end_line(self._path)

    def __call__(self, share: float, message: Message, figures: Mapping[str, float] | None = None) -> None:
        """Tell the share done of the present step (0 to 1); raises `Cancelled`."""
        self._attempt.check()
        low, high = self.span
        overall = low + (high - low) * min(max(share, 0.0), 1.0)
        now = time.monotonic()
        if figures:
            line = {
                "attempt": self._attempt.number, "seconds": round(now - self._begun, 2), "share": round(overall, 5),
                "message": json.loads(message.to_json()),
                "figures": {name: float(value) for name, value in figures.items()},
            }  # fmt: skip
            with self._path.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line) + "\n")
        if figures or now - self._told >= _TELL_SECONDS or share in {0, 1}:
            self._told = now
            with suppress(WorkspaceError):  # busy, or a full disk: the next time tells
                self._attempt.book.tell(self._attempt.run_id, self._attempt.number, overall, message)


def _end_line(path: Path) -> None:
    """Close the line that a killed process left open."""
    if path.is_file() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        with path.open("ab") as out:
            out.write(b"\n")


def work(workspace: Workspace, run_id: str, number: int) -> None:
    """Carry out one attempt of a run, whatever comes, and enter how it ended."""
    book = registry(workspace)
    if not book.hand_over(run_id, number, ProcessId.own()):
        return  # taken for dead meanwhile, and started again by somebody
    print(f"--- {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, start {number} of {run_id}", flush=True)
    with Attempt(book, run_id, number) as attempt:
        try:
            _wait_for_room(attempt)
            if (device := book.device(run_id)) and processes() == 1:
                os.environ["CUDA_VISIBLE_DEVICES"] = device  # torch, which is imported later, sees this one alone
            metrics = _carry_out(workspace, plan_of(workspace, run_id), attempt)
        except Cancelled:
            attempt.end("cancelled")
        except StayingPowerError as err:
            print(err, flush=True)
            attempt.end("failed", error=failure_of(err))
        except BaseException as err:  # noqa: BLE001 - whatever it is, the registry has to know
            traceback.print_exc()
            attempt.end("failed", error=failure_of(err))
        else:
            attempt.end("finished", metrics=metrics)
            shutil.rmtree(run_folder(workspace, run_id) / "checkpoints", ignore_errors=True)  # nothing to go on from


def _wait_for_room(attempt: Attempt) -> None:
    while waits := _waits(attempt):
        attempt.check()
        with suppress(WorkspaceError):
            attempt.book.tell(attempt.run_id, attempt.number, 0.0, waits)
        if attempt.stop.wait(_WAIT_SECONDS):
            raise Cancelled


def _waits(attempt: Attempt) -> Message | None:
    """Say for what an attempt waits; None where it runs."""
    try:
        models = attempt.book.enter(attempt.run_id, attempt.number)
    except WorkspaceError as err:
        print(err, flush=True)
        return message("progress-run-waits-for-registry")
    return message("progress-run-waits", models=models) if models else None


def _carry_out(workspace: Workspace, plan: RunPlan, attempt: Attempt) -> dict[str, float]:
    """Train, save and evaluate; everything is written under another name and renamed."""
    from recsys_core.data.dataset import Dataset
    from recsys_core.data.splitting import split_dataset
    from recsys_core.evaluation.evaluate import evaluate
    from recsys_core.models.registry import make_model

    folder = workspace.home / "runs" / plan.run_id
    progress = RunProgress(attempt, folder, workspace.home / "embeddings")
    progress.span = (0.0, 0.02)
    progress(0.0, message("progress-run-reads"))
    dataset = Dataset.open(workspace, plan.dataset_id)
    _same_test_file(dataset, plan)
    check_space(workspace.home, needed_bytes(dataset, plan.model))
    split = split_dataset(dataset, plan.split, plan.test_from)
    progress.span = (0.02, 0.9)
    progress(0.0, message("progress-run-learns", events=len(split.train.events)))
    model = make_model(plan.model, load_inputs(workspace, plan)).fit(split.train, progress)
    progress.span = (0.9, 1.0)
    progress(0.0, message("progress-run-saves"))
    with whole_folder(folder / "model") as draft:
        model.save(draft)
    progress(0.01, message("progress-run-ranks"))
    evaluation = evaluate(model, split, progress)
    with whole_folder(folder / "evaluation") as draft:
        evaluation.save(draft)
    attempt.check()
    return {name: float(value) for name, value in evaluation.metrics(METRICS_K).items() if value == value}  # noqa: PLR0124


def assist(workspace: Workspace, plan: RunPlan) -> None:
    """Take part in the training of a run whose books the first process keeps; nothing is saved or evaluated here."""
    from recsys_core.data.dataset import Dataset
    from recsys_core.data.splitting import split_dataset
    from recsys_core.models.registry import make_model

    progress = Progress()
    progress.folder = workspace.home / "runs" / plan.run_id / "checkpoints"
    progress.cache = workspace.home / "embeddings"
    split = split_dataset(Dataset.open(workspace, plan.dataset_id), plan.split, plan.test_from)
    with suppress(Cancelled):
        make_model(plan.model, load_inputs(workspace, plan)).fit(split.train, progress)


def _same_test_file(dataset: "Dataset", plan: RunPlan) -> None:
    from recsys_core.data.splitting import test_file_sha256

    known = plan.key["split"].get("test_sha256")
    if known and test_file_sha256(dataset, plan.split) != known:
        raise SettingsError("test-file-changed", file=plan.split.test_file)


def main() -> None:
    """Run the worker named on the command line."""
    home, run_id, number = sys.argv[1:]
    with suppress(OSError):
        os.nice(_NICE)
    try:
        work(Workspace.open(home), run_id, int(number))
    finally:
        if mark := os.environ.get(MARK):
            end_children(mark)


if __name__ == "__main__":
    main()
