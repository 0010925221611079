"""Whether the files of a run that came from elsewhere are what they should be, looked at before they are used."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError, WorkspaceError
from recsys_core.evaluation.evaluate import DEPTH, Evaluation
from recsys_core.models.base import Recommender, read_card
from recsys_core.models.cards import card_of
from recsys_core.models.registry import load_model
from recsys_core.runs.life.keys import RunPlan

_METRICS_K = 10
_REASON = 200  # characters of what went wrong in a stranger's file
_NAME = re.compile(r"[\w@ ./-]{1,60}")


def check_content(folder: Path, plan: RunPlan, dataset: Dataset) -> dict[str, float]:
    """See that a run's files can be read and belong to a plan and a data set.

    Returns
    -------
    dict
        The run's metrics, computed anew from its evaluation.

    Raises
    ------
    WorkspaceError
        If a file is not what its name says, the model is of another version, or the users are not the data set's.
    """
    try:
        _check_files(folder, dataset)
        _check_card(folder / "model", plan)
        users, items = (_ids(folder / "model" / f"{name}.parquet") for name in ("users", "items"))
        _check_ids(users, items, dataset)
        _check_history(folder / "model", len(users), len(items))
        _check_sparse(load_model(folder / "model"))
        return _metrics(Evaluation.load(folder / "evaluation"), plan, users, items)
    except StayingPowerError:
        raise
    except Exception as err:  # noqa: BLE001 - whatever a stranger's file brings about, it is the file that is wrong
        reason = f"{type(err).__name__}: {err}".splitlines()[0][:_REASON].rstrip(".")
        raise WorkspaceError("imported-run-unreadable", reason=reason) from None


def _check_files(folder: Path, dataset: Dataset) -> None:
    """Open every file as what its name says; tables are no longer than this data set can make them."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from safetensors import safe_open

    most = DEPTH * (dataset.rows + dataset.users + dataset.items)
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".safetensors":
            with safe_open(path, framework="numpy") as tensors:
                list(tensors.keys())
        elif path.suffix == ".parquet":
            with pq.ParquetFile(path) as table:
                fields = list(table.schema_arrow)
                if any(isinstance(field.type, pa.BaseExtensionType) for field in fields):
                    raise WorkspaceError("imported-table-strange", file=path.name)
                if table.metadata.num_rows > most:
                    raise WorkspaceError("imported-table-too-long", file=path.name, rows=table.metadata.num_rows)
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
    if (folder / "progress.jsonl").is_file():
        _check_progress(folder / "progress.jsonl")


def _check_progress(path: Path) -> None:
    """See that curves can be drawn: pages read a line as it stands."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # left by a killed process, and passed over where curves are read
        numbers = [entry[name] for name in ("attempt", "seconds", "share")] + list(entry["figures"].values())
        if not all(type(value) in (int, float) for value in numbers) or not all(map(_NAME.fullmatch, entry["figures"])):
            raise WorkspaceError("imported-progress-strange")


def _check_card(folder: Path, plan: RunPlan) -> None:
    card, name = read_card(folder), plan.model.stage
    known = card_of(name).version
    if card["name"] != name:
        raise WorkspaceError("imported-of-two-models", model=name, other=str(card["name"]))
    if card["version"] != known or plan.key["versions"]["code"] != known:
        raise WorkspaceError("imported-of-another-version", model=name, saved=str(card["version"]), known=known)
    own, encoders = plan.model.to_dict(), card_of(plan.model.stage).encoders
    if any(own.get(name) != value for name, value in card["settings"].items() if name not in encoders):
        raise WorkspaceError("imported-other-settings")


def _ids(path: Path) -> pd.Index:
    ids = pd.Index(pd.read_parquet(path)["id"])
    if not ids.is_unique or not all(isinstance(value, str) for value in ids):
        raise WorkspaceError("imported-ids-not-distinct", file=path.name)
    return ids


def _check_ids(users: pd.Index, items: pd.Index, dataset: Dataset) -> None:
    """Users stand under pseudonyms, which follow from a workspace's key: those of another workspace are strangers."""
    log = dataset.interactions()
    known = pd.Index(log.select(col.USER).distinct().execute()[col.USER])
    strangers = int((~users.isin(known)).sum())
    if strangers:
        raise WorkspaceError(
            "imported-users-unknown", strangers=strangers, users=len(users), dataset=dataset.title
        )  # fmt: skip
    listed = [log.select(col.ITEM).distinct().execute()[col.ITEM]]
    if (dataset.folder / "items.parquet").is_file():
        listed.append(dataset.items_table().select(col.ITEM).execute()[col.ITEM])
    strangers = int((~items.isin(pd.Index(pd.concat(listed)))).sum())
    if strangers:
        raise WorkspaceError("imported-items-unknown", strangers=strangers, items=len(items), dataset=dataset.title)


def _check_history(folder: Path, users: int, items: int) -> None:
    """See that who took what points at users and items that there are, before it is computed with."""
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", framework="numpy") as tensors:
        starts, places = (tensors.get_tensor(f"history.{name}") for name in ("indptr", "indices"))
    whole = all(np.issubdtype(array.dtype, np.integer) and array.ndim == 1 for array in (starts, places))
    if (
        not whole or len(starts) != users + 1 or starts[0] != 0 or starts[-1] != len(places)
        or (np.diff(starts) < 0).any() or (len(places) and not 0 <= places.min() <= places.max() < items)
    ):  # fmt: skip
        raise WorkspaceError("imported-history-does-not-fit")


def _check_sparse(model: Recommender) -> None:
    for value in vars(model).values():
        if hasattr(value, "check_format"):
            value.check_format(full_check=True)


def _metrics(evaluation: Evaluation, plan: RunPlan, users: pd.Index, items: pd.Index) -> dict[str, float]:
    same_split = evaluation.split == plan.split and (evaluation.leaky or evaluation.now == plan.test_from)
    if evaluation.model != plan.model.stage or not same_split:
        raise WorkspaceError("imported-evaluation-of-another")
    frames: Iterable[tuple[pd.DataFrame, str, pd.Index]] = (
        (evaluation.users, col.USER, users), (evaluation.targets, col.USER, users), (evaluation.lists, col.USER, users),
        (evaluation.items, col.ITEM, items), (evaluation.targets, col.ITEM, items), (evaluation.lists, col.ITEM, items),
    )  # fmt: skip
    for frame, name, known in frames:
        if not frame[name].isin(known).all():
            raise WorkspaceError("imported-evaluation-unknown")
    return {name: float(value) for name, value in evaluation.metrics(_METRICS_K).items() if value == value}  # noqa: PLR0124
