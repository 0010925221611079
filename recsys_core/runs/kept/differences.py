"""What changed between two runs, as codes; and which finished run comes nearest to one that has to be trained."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.runs.life.keys import RunPlan
from recsys_core.runs.life.run import Run, finished_runs, plan_of
from recsys_core.settings import SplitSettings, Stage
from recsys_core.workspace import Workspace

_SHORT = 8  # digits of a hash: enough to tell two apart
_MISSING = message("value-missing")
_Write: TypeAlias = Callable[[Any, str], Message]  # from a value and its unit


@dataclass(frozen=True)
class Difference:
    """One thing in which two runs differ.

    Attributes
    ----------
    field
        Its name in the key: "dataset", "model", or an option, a package or "code".
    what
        What it is called.
    first, second
        What it is in the first run and in the second.
    """

    field: str
    what: Message
    first: Message
    second: Message


@dataclass(frozen=True)
class Nearest:
    """The finished run of the same model and data with the fewest differences, which lead from it to the other one."""

    run: Run
    differences: tuple[Difference, ...]

    @property
    def message(self) -> Message:
        """Say why it is not the answer: "Not from the cache: learning rate was 0.0002, is 0.0001."."""
        last = len(self.differences) - 1
        changes = tuple(
            message("changed-setting", what=row.what, first=row.first, second=row.second, last=place == last)
            for place, row in enumerate(self.differences)
        )
        return message("note-not-from-cache", changes=changes, run_id=self.run.run_id)


def nearest(workspace: Workspace, plan: RunPlan) -> Nearest | None:
    """Find the finished run that comes nearest to a planned one; the latest of several, None where there is none."""
    others: list[Nearest] = []
    for run in finished_runs(workspace, plan.dataset_id):
        if run.model == plan.model.stage and run.run_id != plan.run_id:
            try:
                others.append(Nearest(run, differences(workspace, plan_of(workspace, run.run_id), plan)))
            except WorkspaceError:
                continue  # its settings are gone: what changed cannot be said
    return min(others, key=lambda near: (len(near.differences), -(near.run.finished or 0.0)), default=None)


def differences(workspace: Workspace, first: RunPlan, second: RunPlan) -> tuple[Difference, ...]:
    """Compare what two runs were started with; empty where they are the same run.

    Of two models, settings and versions that only one of them has are passed over: that they differ in them is said by
    their names.
    """
    data_sets = (_data_set(workspace, plan.dataset_id) for plan in (first, second))
    models = (message("value-text", text=plan.model.stage) for plan in (first, second))
    rows = (
        Difference("dataset", message("difference-dataset"), *data_sets),
        Difference("model", message("difference-model"), *models),
        *_split_rows(first, second),
        *_model_rows(first, second),
        *_version_rows(first, second),
    )
    changed = tuple(row for row in rows if row.first != row.second)
    if not changed and first.run_id != second.run_id:
        keys = (message("value-text", text=plan.run_id.rpartition("-")[2]) for plan in (first, second))
        return (Difference("key", message("difference-key"), *keys),)
    return changed


def _data_set(workspace: Workspace, dataset_id: str) -> Message:
    title: str | Message
    try:
        title = Dataset.open(workspace, dataset_id).title
    except WorkspaceError:
        title = message("dataset-gone")
    return message("value-dataset", dataset=title, hash=dataset_id[:_SHORT])


def _split_rows(first: RunPlan, second: RunPlan) -> Iterator[Difference]:
    write: Mapping[str, _Write] = {"test_from": _moment, "test_sha256": _short_hash}
    yield from _rows(first.key["split"], second.key["split"], SplitSettings, write, both=False)


def _model_rows(first: RunPlan, second: RunPlan) -> Iterator[Difference]:
    one, other = dict(first.key["settings"]), dict(second.key["settings"])
    if one.get("encoder") != other.get("encoder"):
        for key, plan in ((one, first), (other, second)):
            if "encoder" in key:
                key["encoder"] = _encoder(plan)
    yield from _rows(one, other, type(second.model), {}, both=first.model.stage != second.model.stage)


def _version_rows(first: RunPlan, second: RunPlan) -> Iterator[Difference]:
    one, other = dict(first.key["versions"]), dict(second.key["versions"])
    same_model = first.model.stage == second.model.stage
    for name in dict.fromkeys([*one, *other]):
        if same_model or (name in one and name in other and name != "code"):  # every model counts its own code
            what = message("difference-package", package=name)
            if name == "code":
                what = message("difference-code", model=second.model.stage)
            versions = (message("value-text", text=str(key[name])) if name in key else _MISSING for key in (one, other))
            yield Difference(name, what, *versions)


def _rows(
    one: Mapping[str, Any], other: Mapping[str, Any], stage: type[Stage], write: Mapping[str, _Write], *, both: bool
) -> Iterator[Difference]:
    """Pair the values of two parts of keys; with `both`, only those that stand in both."""
    labels = {field.name: field.metadata["label"] for field in fields(stage)}
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) == other.get(name) or (both and not (name in one and name in other)):
            continue
        label, _, unit = labels.get(name, name).partition(", ")
        what = message("difference-setting", label=label)
        if name == "test_sha256":
            what = message("difference-test-file")
        values = (write.get(name, _value)(key[name], unit) if name in key else _MISSING for key in (one, other))
        yield Difference(name, what, *values)


def _value(value: Any, unit: str) -> Message:
    if isinstance(value, Message):
        return value
    if isinstance(value, bool):
        return message("value-switch", on=value)
    if isinstance(value, int | float):
        return message("value-count" if isinstance(value, int) else "value-figure", value=value, unit=unit)
    if not value:
        return message("value-none")
    if isinstance(value, list | tuple):
        return message("value-names", names=tuple(str(part) for part in value))
    return message("value-text", text=str(value))


def _encoder(plan: RunPlan) -> Message:
    """Name an encoder by its folder's or hub's last name and its fingerprint, since folders can be filled anew."""
    name = Path(str(plan.model.to_dict().get("encoder", ""))).name
    fingerprint = str(plan.key["settings"]["encoder"])[:_SHORT]
    return message("value-encoder", encoder=name or message("encoder-packaged"), hash=fingerprint)


def _short_hash(value: Any, _unit: str) -> Message:
    return message("value-text", text=str(value)[:_SHORT])


def _moment(seconds: Any, _unit: str) -> Message:
    moment = datetime.fromtimestamp(seconds, UTC)
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return message("value-day", time=seconds)
    return message("value-moment", time=seconds, clock=f"{moment:%H:%M:%S}")
