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
from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.settings import MODELS, ModelSettings, SplitSettings

_RUN_ID = re.compile(rf"({'|'.join(MODELS)})-[0-9a-f]{{16}}")
_IMPLICIT = ("ials", "bpr")
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


def plan_run(dataset: Dataset, model: ModelSettings, split: SplitSettings, test_from: int) -> RunPlan:
    """Fix what a run is about to be.

    Raises
    ------
    DataError
        If the model reads item texts and the data have none.
    SettingsError
        If settings of the model contradict each other, or the split names events or a file that there are not.
    """
    if model.needs_text and not dataset.has_text:
        raise DataError(
            f"{model.stage} reads item texts, and {dataset.title or dataset.dataset_id} has none. Import the log again "
            "with a table of items and its text columns, or train a model that needs no text."
        )
    model.check()
    model, split = _with_full_paths(model, split)
    key = {
        "dataset": dataset.dataset_id,
        "model": model.stage,
        "settings": _model_key(model),
        "split": split_key(dataset, split, test_from),
        "versions": _versions(model),
    }
    return RunPlan(dataset.dataset_id, model, split, test_from, key)


def check_run_id(run_id: str) -> str:
    """Return the id if it has the form of one, so that it is safe in a path; WorkspaceError where it has not."""
    if not _RUN_ID.fullmatch(run_id):
        raise WorkspaceError(
            f"{run_id!r} is no id of a run. They read like ease-0123456789abcdef; `runs DATASET` lists them."
        )
    return run_id


def file_sha256(path: Path) -> str:
    """Hash a file; SettingsError where it cannot be read."""
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as err:
        raise SettingsError(
            f"split.test_file is {str(path)!r}, which cannot be read: {err.strerror}. Give a table of test events."
        ) from None


def _with_full_paths(model: ModelSettings, split: SplitSettings) -> tuple[ModelSettings, SplitSettings]:
    """Make paths absolute: a run that is resumed may be started from another folder."""
    encoder = getattr(model, "encoder", "")
    if encoder and Path(encoder).is_dir():
        model = model.changed({"encoder": str(Path(encoder).resolve())})
    if split.method == "file":
        split = split.changed({"test_file": str(Path(split.test_file).resolve())})
    return model, split


def _model_key(model: ModelSettings) -> dict[str, Any]:
    """The settings, with what the encoder is in place of where it lies."""
    key = model.to_dict()
    if "encoder" in key:
        from recsys_core.models.text_encoder import encoder_fingerprint

        key["encoder"] = encoder_fingerprint(key["encoder"])
    return key


def split_key(dataset: Dataset, split: SplitSettings, test_from: int) -> dict[str, Any]:
    """Say what decides a split, and nothing else: runs with equal keys were trained and tested on the same events.

    Raises
    ------
    SettingsError
        If the split names events or a file that there are not.
    """
    from recsys_core.data.splitting import learnt_events

    key: dict[str, Any] = {
        "method": split.method,
        "events": sorted(learnt_events(dataset, split.events)),
        "validation_share": split.validation_share,
        "filter_seen": split.filter_seen,
    }
    given = split.to_dict() | {"test_from": test_from}
    if split.method == "file":
        given["test_sha256"] = file_sha256(Path(split.test_file))
    return key | {name: given[name] for name in _OF_METHOD[split.method]}


def _versions(model: ModelSettings) -> dict[str, Any]:
    from recsys_core.models.registry import model_class

    packages = ("torch", "transformers") if model.heavy else ("implicit",) if model.stage in _IMPLICIT else ()
    return {"code": model_class(model.stage).version, **{name: _installed(name) for name in packages}}


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
