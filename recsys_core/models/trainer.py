"""transformers.Trainer with what a ranking needs. Imports torch: `training` imports this module when it trains."""

import math
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_utils import rotate_checkpoints

from recsys_core.answers import Message, message
from recsys_core.errors import DataError
from recsys_core.models.base import Cancelled, Progress
from recsys_core.models.checkpoints import mark_whole, room_for
from recsys_core.models.distributed import is_first, meet, processes, shared
from recsys_core.models.training_plan import Part, Plan, figures_of

_WARM_UP = 0.1  # of all steps
_KEPT = 2  # checkpoints: the last and the one before, or the last and the best
_TOLD = 400  # losses over the training
_LOADERS = 4  # processes that make batches for a GPU
_MIB = 1 << 20


class RankingTrainer(Trainer):
    """Evaluates by a ranking, and marks a checkpoint that is whole before it removes an older one.

    What is random in a batch (dropout) is decided by the seed and the batch's place: a resumed training, and one that
    several processes share, draw what an undisturbed one draws.
    """

    def __init__(
        self, model: torch.nn.Module, collate: Callable[[np.ndarray, int], dict[str, Any]],
        evaluate: Callable[[Progress], float] | None, plan: Plan, folder: Path, reporter: "Reporter",
        followers: Sequence[TrainerCallback] = (),
    ) -> None:  # fmt: skip
        def batch(places: list[int]) -> dict[str, Any]:
            (place,) = places
            inputs = {"tokens": 0, **collate(plan.batches[place], place), "place": place}
            return {**inputs, "labels": inputs["target"]}  # by labels Trainer counts the pairs of a step

        super().__init__(
            model=model,
            args=_arguments(plan, folder),
            data_collator=batch,
            train_dataset=list(range(min(len(plan.batches), plan.steps * plan.accumulation))),
            eval_dataset=[0],  # asked for; `evaluate` has data of its own
            callbacks=[*([EarlyStoppingCallback(plan.patience)] if plan.evaluations else []), reporter, *followers],
            compute_loss_func=_mean_loss,
        )
        self.remove_callback(PrinterCallback)
        self._module, self._ranking, self._reporter, self._plan = model, evaluate, reporter, plan

    def training_step(self, model: torch.nn.Module, inputs: dict[str, Any], *given: Any, **named: Any) -> torch.Tensor:
        """Take one batch, with randomness of its own."""
        torch.manual_seed(self._plan.seed * 1_000_003 + inputs.pop("place"))
        self._reporter.tokens += inputs.pop("tokens")
        return super().training_step(model, inputs, *given, **named)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Rank for the validation users, in the first process; tells the callbacks, early stopping among them."""
        assert self._ranking is not None  # noqa: S101 - nobody evaluates a plan without evaluations
        ndcg = self._ranking(self._reporter.aside()) if is_first() else 0.0
        metrics = {"eval_ndcg": shared(ndcg)}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        self._reporter.restart()
        return metrics

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """Write the weights alone: the pickled arguments that Trainer adds are read by nobody."""
        folder = Path(output_dir or self.args.output_dir or ".")
        folder.mkdir(parents=True, exist_ok=True)
        save_file(state_dict or self._module.state_dict(), folder / "model.safetensors")

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        home = Path(self.args.output_dir or ".")
        folder = home / f"checkpoint-{self.state.global_step}"
        with room_for(folder):
            super()._save_checkpoint(model, trial)
            meet()  # each process writes a file of its own
            if self.args.should_save:
                mark_whole(folder)
        if self.args.should_save:
            rotate_checkpoints(
                str(home), save_total_limit=_KEPT, best_model_checkpoint=self.state.best_model_checkpoint
            )


def _mean_loss(outputs: dict[str, torch.Tensor], _labels: Any, num_items_in_batch: Any = None) -> torch.Tensor:
    """Divide by the pairs of the whole step: batches of different sizes, or processes, do not change what is learnt."""
    losses = outputs["losses"]
    return losses.sum() / (len(losses) if num_items_in_batch is None else num_items_in_batch)


def _arguments(plan: Plan, folder: Path) -> TrainingArguments:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,  # the batches are those of every epoch
        train_sampling_strategy="sequential",
        per_device_train_batch_size=1,  # a batch is one entry of the data set
        gradient_accumulation_steps=plan.accumulated(),
        dataloader_num_workers=min(_LOADERS, (os.cpu_count() or 1) // 2) if cuda else 0,
        dataloader_pin_memory=cuda,
        remove_unused_columns=False,
        label_names=["labels"],
        learning_rate=plan.learning_rate,
        warmup_steps=_WARM_UP,
        weight_decay=0.01,
        optim="adamw_torch_fused",
        bf16=plan.bf16,
        use_cpu=not cuda,
        seed=plan.seed,
        logging_steps=max(1, plan.steps // _TOLD),
        logging_nan_inf_filter=False,  # a loss that is no number has to be seen
        eval_strategy="steps" if plan.evaluations else "no",
        eval_steps=plan.evaluation_steps,
        save_strategy="steps",
        save_steps=plan.evaluation_steps,
        load_best_model_at_end=plan.evaluations > 0,
        metric_for_best_model="ndcg",
        greater_is_better=True,
        restore_callback_states_from_checkpoint=True,
        report_to=[],  # `trackers` tells
        run_name=folder.parents[1].name,
        disable_tqdm=True,
        log_level="error",
    )


class Reporter(TrainerCallback):
    """Tells progress after each step and evaluation, and stops the training with a checkpoint when asked to.

    Attributes
    ----------
    stopped
        The `Cancelled` that was raised; None: nobody asked to stop.
    tokens
        Read since the last loss that was told, padding left out.
    """

    def __init__(self, progress: Progress, plan: Plan) -> None:
        self._progress, self._plan = progress, plan
        self.stopped: Cancelled | None = None
        self._last = (0.0, message("progress-training"))
        self.tokens, self._since = 0, time.monotonic()

    def restart(self) -> None:
        """Count tokens from now on: an evaluation is no training."""
        self.tokens, self._since = 0, time.monotonic()

    def aside(self) -> Progress:
        """Progress for work between two steps."""
        share, before = self._last
        return Part(self._progress, share, share, lambda step: message("progress-aside", before=before, step=step))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a checkpoint where one is due between evaluations, and for the loss before it is written."""
        del args, kwargs
        if state.global_step % self._plan.checkpoint_steps == 0:
            control.should_save = control.should_log = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Tell the loss, or validation NDCG."""
        del args, kwargs
        if not {"loss", "eval_ndcg"} & set(logs):
            return
        step = state.global_step
        if not math.isfinite(logs.get("loss", 0.0)):
            raise DataError("loss-no-number", step=step, learning_rate=self._plan.learning_rate)
        self._last = (step / self._plan.steps, self._step(state, step))
        figures = figures_of({**logs, "step": step}, self._plan)
        if "loss" in logs and self.tokens:
            figures["tokens_per_second"] = self.tokens * processes() / max(time.monotonic() - self._since, 1e-9)
            figures["memory_mib"] = _peak_memory() / _MIB
            self.restart()
        cancelled = False
        if is_first():
            try:
                self._progress(*self._last, figures)
            except Cancelled as stop:
                self.stopped, cancelled = stop, True
        if shared(float(cancelled)):
            self.stopped = self.stopped or Cancelled()
            control.should_training_stop = control.should_save = True

    def _step(self, state: Any, step: int) -> Message:
        plan = self._plan
        each = max(1, plan.steps // plan.epochs)
        epoch, batch = divmod(step - 1, each)
        best = max((entry for entry in state.log_history if "eval_ndcg" in entry), key=_ndcg, default=None)
        best_so_far = (message("progress-best", ndcg=best["eval_ndcg"], step=best["step"]),) if best else ()
        return message(
            "progress-step", stretch=plan.stretch, epoch=min(epoch + 1, plan.epochs), epochs=plan.epochs,
            step=batch + 1, steps=each, best=best_so_far,
        )  # fmt: skip


def _peak_memory() -> int:
    """Bytes that this process took at most: of the GPU where there is one, else of main memory."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _ndcg(entry: Any) -> float:
    return entry["eval_ndcg"]
