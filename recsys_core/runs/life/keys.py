"""What makes a run the same run: data set, split, model and its settings, encoder and the versions of the code.

Equal keys give equal models, so a finished run is taken again instead of being trained a second time.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from recsys_core.data.dataset import Dataset
from recsys_core.data.splitting import learnt_events, test_file_sha256
from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.models.cards import ModelCard, card_of
from recsys_core.settings import MODELS, ModelSettings, SplitSettings

_RUN_ID = re.compile(r"([a-z0-9][a-z0-9-]*)-[0-9a-f]{16}")
_OF_METHOD = {
    "global-time": ("test_from",),
    "leave-last-out": (),
    "random": ("test_share", "seed"),
    "file": ("test_sha256",),
}


@dataclass(frozen=True)
class RunPlan:
    """All that a worker needs to know; what settings.json of a run's folder holds.

    Attributes
    ----------
    dataset_id
        The data.
    test_from
        UTC epoch seconds at which the test starts, for a split by time.
    key
        What the run's id is the hash of.
    """

    dataset_id: str
    model: ModelSettings
    split: SplitSettings
    test_from: int
    key: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """Name of the model and 16 hex digits of the key's SHA-256."""
        text = json.dumps(self.key, sort_keys=True, ensure_ascii=True, allow_nan=False)
        return f"{self.model.stage}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "dataset_id": self.dataset_id,
            "model": {"name": self.model.stage, **self.model.to_dict()},
            "split": self.split.to_dict(),
            "test_from": self.test_from,
            "key": dict(self.key),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        model = dict(values["model"])
        settings = MODELS[model.pop("name")].from_dict(model)
        split = SplitSettings.from_dict(values["split"])
        return cls(values["dataset_id"], settings, split, values["test_from"], values["key"])


def plan_run(
    dataset: Dataset, model: ModelSettings, split: SplitSettings, test_from: int,
    others: Mapping[str, ModelSettings] | None = None,
) -> RunPlan:  # fmt: skip
    """Fix what a run is about to be.

    Parameters
    ----------
    others
        Settings of the models that this one may name as its inputs; default: those of each model.

    Raises
    ------
    DataError
        If the model reads item texts and the data have none.
    SettingsError
        If settings of the model contradict each other, or name another run, events or a file that there are not.
    """
    card = card_of(model.stage)
    if card.needs_text and not dataset.has_text:
        raise DataError("run-without-texts", model=model.stage, dataset=dataset.title or dataset.dataset_id)
    model.check()
    inputs = _input_runs(dataset, model, split, test_from, others or {})
    model = _with_full_paths(model.changed(inputs))
    key = {
        "dataset": dataset.dataset_id,
        "model": model.stage,
        "settings": _model_key(model),
        "split": split_key(dataset, split, test_from),
        "versions": _versions(card),
    }
    return RunPlan(dataset.dataset_id, model, split, test_from, key)


def inputs_of(model: ModelSettings) -> dict[str, str]:
    """Runs on which a planned model builds, by the option that names each."""
    return {option: getattr(model, option) for option in card_of(model.stage).inputs}


def _input_runs(
    dataset: Dataset, model: ModelSettings, split: SplitSettings, test_from: int, others: Mapping[str, ModelSettings]
) -> dict[str, str]:
    """Find the ids of the runs that a model names as its inputs: it may name the model of one in place of its id."""
    runs = inputs_of(model)
    for option, named in runs.items():
        if named not in MODELS:
            if not is_run_id(named):
                raise SettingsError("input-no-run", model=model.stage, option=option, given=named)
        elif card_of(named).inputs:
            raise SettingsError("input-with-inputs", model=model.stage, option=option, other=named)
        else:
            other = others.get(named) or MODELS[named]()
            runs[option] = plan_run(dataset, other, split, test_from).run_id
    return runs


def is_run_id(text: str) -> bool:
    """Tell whether a text has the form of a run's id, of a model that there is."""
    form = _RUN_ID.fullmatch(text)
    return form is not None and form[1] in MODELS


def check_run_id(run_id: str) -> str:
    """Return the id if it has the form of one, so that it is safe in a path; WorkspaceError where it has not."""
    if not is_run_id(run_id):
        raise WorkspaceError("run-id-malformed", run=run_id)
    return run_id


def _with_full_paths(model: ModelSettings) -> ModelSettings:
    """Make folders of encoders absolute: a run that is resumed may be started from another folder."""
    encoders = {option: getattr(model, option) for option in card_of(model.stage).encoders}
    folders = {option: Path(name) for option, name in encoders.items() if name and Path(name).is_dir()}
    return model.changed({option: str(folder.resolve()) for option, folder in folders.items()})


def _model_key(model: ModelSettings) -> dict[str, Any]:
    """The settings, with what the encoder is in place of where it lies."""
    from recsys_core.models.encoder_files import encoder_fingerprint

    key = model.to_dict()
    return key | {option: encoder_fingerprint(key[option]) for option in card_of(model.stage).encoders}


def split_key(dataset: Dataset, split: SplitSettings, test_from: int) -> dict[str, Any]:
    """Say what decides a split, and nothing else: runs with equal keys were trained and tested on the same events.

    Raises
    ------
    SettingsError
        If the split names events or a file that there are not.
    """
    key: dict[str, Any] = {
        "method": split.method,
        "events": sorted(learnt_events(dataset, split.events)),
        "validation_share": split.validation_share,
        "filter_seen": split.filter_seen,
    }
    given = split.to_dict() | {"test_from": test_from}
    if split.method == "file":
        given["test_sha256"] = test_file_sha256(dataset, split)
    return key | {name: given[name] for name in _OF_METHOD[split.method]}


def _versions(card: ModelCard) -> dict[str, Any]:
    return {"code": card.version, **{name: _installed(name) for name in card.packages}}


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
