"""transformers.Trainer with what a ranking needs. Imports torch: `training` imports this module when it trains."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_utils import rotate_checkpoints

from recsys_core.models.base import Cancelled, Progress
from recsys_core.models.training import MARK, Part, Plan, figures_of
from recsys_core.workspace import write_json

_WARM_UP = 0.1  # of all steps
_KEPT = 2  # checkpoints: the last and the one before, or the last and the best


class RankingTrainer(Trainer):
    """Evaluates by a ranking, and marks a checkpoint that is whole before it removes an older one."""

    def __init__(
        self, model: torch.nn.Module, collate: Callable[[list[int]], dict[str, Any]],
        evaluate: Callable[[Progress], float] | None, plan: Plan, folder: Path, reporter: "Reporter",
    ) -> None:  # fmt: skip
        rows = [int(row) for row in plan.order]
        super().__init__(
            model=model,
            args=_arguments(plan, folder),
            data_collator=collate,
            train_dataset=rows,
            eval_dataset=rows[:1],  # asked for; `evaluate` has data of its own
            callbacks=[*([EarlyStoppingCallback(plan.patience)] if plan.evaluations else []), reporter],
        )
        self.remove_callback(PrinterCallback)
        self._module, self._ranking, self._reporter = model, evaluate, reporter

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Rank for the validation users; tells the callbacks, early stopping among them."""
        assert self._ranking is not None  # noqa: S101 - nobody evaluates a plan without evaluations
        metrics = {"eval_ndcg": self._ranking(self._reporter.aside())}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """Write the weights alone: the pickled arguments that Trainer adds are read by nobody."""
        folder = Path(output_dir or self.args.output_dir or ".")
        folder.mkdir(parents=True, exist_ok=True)
        save_file(state_dict or self._module.state_dict(), folder / "model.safetensors")

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        if not self.args.should_save:
            return
        home = Path(self.args.output_dir or ".")
        folder = home / f"checkpoint-{self.state.global_step}"
        write_json(folder / MARK, {path.name: path.stat().st_size for path in folder.iterdir() if path.name != MARK})
        rotate_checkpoints(str(home), save_total_limit=_KEPT, best_model_checkpoint=self.state.best_model_checkpoint)


def _arguments(plan: Plan, folder: Path) -> TrainingArguments:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,  # the order holds every epoch
        train_sampling_strategy="sequential",
        per_device_train_batch_size=plan.batch_size,
        dataloader_drop_last=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        remove_unused_columns=False,
        label_names=[],
        learning_rate=plan.learning_rate,
        warmup_steps=_WARM_UP,
        weight_decay=0.01,
        bf16=plan.bf16,
        use_cpu=not torch.cuda.is_available(),
        seed=plan.seed,
        logging_steps=max(1, plan.steps // 400),
        eval_strategy="steps" if plan.evaluations else "no",
        eval_steps=plan.evaluation_steps,
        save_strategy="steps",
        save_steps=plan.evaluation_steps,
        load_best_model_at_end=plan.evaluations > 0,
        metric_for_best_model="ndcg",
        greater_is_better=True,
        restore_callback_states_from_checkpoint=True,
        report_to=[],
        disable_tqdm=True,
        log_level="error",
    )


class Reporter(TrainerCallback):
    """Tells progress after each step and evaluation, and stops the training with a checkpoint when asked to.

    Attributes
    ----------
    stopped
        The `Cancelled` that was raised; None: nobody asked to stop.
    """

    def __init__(self, progress: Progress, plan: Plan) -> None:
        self._progress, self._plan = progress, plan
        self.stopped: Cancelled | None = None
        self._said = (0.0, "Training")

    def aside(self) -> Progress:
        """Progress for work between two steps."""
        share, said = self._said
        return Part(self._progress, share, share, f"{said} ")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a checkpoint where one is due between evaluations."""
        del args, kwargs
        if state.global_step % self._plan.checkpoint_steps == 0:
            control.should_save = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Tell the loss, or validation NDCG."""
        del args, kwargs
        if not {"loss", "eval_ndcg"} & set(logs):
            return
        plan, step = self._plan, state.global_step
        epoch, batch = divmod(step - 1, max(1, plan.steps // plan.epochs))
        said = f"{plan.label} {epoch + 1} of {plan.epochs}, batch {batch + 1} of {plan.steps // plan.epochs}."
        best = max((entry for entry in state.log_history if "eval_ndcg" in entry), key=_ndcg, default=None)
        if best is not None:
            said += f" Best NDCG so far {best['eval_ndcg']:.3f} at step {best['step']}."
        self._said = (step / plan.steps, said)
        try:
            self._progress(*self._said, figures_of({**logs, "step": step}, plan))
        except Cancelled as stop:
            self.stopped = stop
            control.should_training_stop = control.should_save = True


def _ndcg(entry: Any) -> float:
    return entry["eval_ndcg"]
