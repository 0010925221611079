"""What changed between two runs, in words; and which finished run comes nearest to one that has to be trained."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recsys_core import words
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.runs.life.keys import RunPlan
from recsys_core.runs.life.run import Run, finished_runs, plan_of
from recsys_core.settings import SplitSettings, Stage
from recsys_core.workspace import Workspace

_SHORT = 8  # digits of a hash: enough to tell two apart


@dataclass(frozen=True)
class Difference:
    """One thing in which two runs differ: its name, and what it is in the first and in the second."""

    what: str
    first: str
    second: str


@dataclass(frozen=True)
class Nearest:
    """The finished run of the same model and data with the fewest differences, which lead from it to the other one."""

    run: Run
    differences: tuple[Difference, ...]

    @property
    def sentence(self) -> str:
        """Say why it is not the answer: "Not from the cache: learning rate was 0.0002, is 0.0001."."""
        changes = ", ".join(f"{_inside(row.what)} was {row.first}, is {row.second}" for row in self.differences)
        return f"Not from the cache: {changes} (against {self.run.run_id})."


def nearest(workspace: Workspace, plan: RunPlan) -> Nearest | None:
    """Find the finished run that comes nearest to a planned one; the latest of several, None where there is none."""
    found: list[Nearest] = []
    for run in finished_runs(workspace, plan.dataset_id):
        if run.model == plan.model.stage and run.run_id != plan.run_id:
            try:
                found.append(Nearest(run, differences(workspace, plan_of(workspace, run.run_id), plan)))
            except WorkspaceError:
                continue  # its settings are gone: what changed cannot be said
    return min(found, key=lambda near: (len(near.differences), -(near.run.finished or 0.0)), default=None)


def differences(workspace: Workspace, first: RunPlan, second: RunPlan) -> tuple[Difference, ...]:
    """Compare what two runs were started with; empty where they are the same run.

    Of two models, settings and versions that only one of them has are passed over: that they differ in them is said by
    their names.
    """
    pairs = [
        ("Data set", *(_title(workspace, plan.dataset_id) for plan in (first, second))),
        ("Model", first.model.stage, second.model.stage),
        *_split_rows(first, second),
        *_model_rows(first, second),
        *_version_rows(first, second),
    ]
    found = tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2])
    if not found and first.run_id != second.run_id:
        return (Difference("Key", first.run_id.rpartition("-")[2], second.run_id.rpartition("-")[2]),)
    return found


def _title(workspace: Workspace, dataset_id: str) -> str:
    try:
        title = Dataset.open(workspace, dataset_id).title
    except WorkspaceError:
        title = "no longer in the workspace"
    return f"{title} ({dataset_id[:_SHORT]})"


def _split_rows(first: RunPlan, second: RunPlan) -> Iterator[tuple[str, str, str]]:
    written: Mapping[str, Callable[[Any], str]] = {"test_from": _moment, "test_sha256": _short_hash}
    yield from _rows(first.key["split"], second.key["split"], SplitSettings, written, both=False)


def _model_rows(first: RunPlan, second: RunPlan) -> Iterator[tuple[str, str, str]]:
    one, other = dict(first.key["settings"]), dict(second.key["settings"])
    if one.get("encoder") != other.get("encoder"):
        for key, plan in ((one, first), (other, second)):
            if "encoder" in key:
                key["encoder"] = _encoder(plan)
    yield from _rows(one, other, type(second.model), {}, both=first.model.stage != second.model.stage)


def _version_rows(first: RunPlan, second: RunPlan) -> Iterator[tuple[str, str, str]]:
    one, other = dict(first.key["versions"]), dict(second.key["versions"])
    same_model = first.model.stage == second.model.stage
    for name in dict.fromkeys([*one, *other]):
        if same_model or (name in one and name in other and name != "code"):  # every model counts its own code
            what = f"Code of {second.model.stage}, version" if name == "code" else f"Version of {name}"
            yield what, str(one.get(name, words.UNKNOWN)), str(other.get(name, words.UNKNOWN))


def _rows(
    one: Mapping[str, Any], other: Mapping[str, Any], stage: type[Stage], written: Mapping[str, Callable[[Any], str]],
    *, both: bool,
) -> Iterator[tuple[str, str, str]]:  # fmt: skip
    """Pair the values of two parts of keys; with `both`, only those that stand in both."""
    labels = {field.name: field.metadata["label"] for field in fields(stage)} | {"test_sha256": "Test file, SHA-256"}
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) == other.get(name) or (both and not (name in one and name in other)):
            continue
        what, _, unit = labels.get(name, name).partition(", ")
        write = written.get(name, _value)
        yield what, *(_with_unit(write(key[name]), unit) if name in key else words.UNKNOWN for key in (one, other))


def _with_unit(value: str, unit: str) -> str:
    return f"{value} {unit}".strip()


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return words.count(value)
    if isinstance(value, list | tuple):
        return words.listed([str(part) for part in value]) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"


def _encoder(plan: RunPlan) -> str:
    """Name an encoder by its folder's or hub's last name and its fingerprint, since folders can be filled anew."""
    named = str(plan.model.to_dict().get("encoder", ""))
    return f"{Path(named).name or 'packaged'} ({_short_hash(plan.key['settings']['encoder'])})"


def _short_hash(value: Any) -> str:
    return str(value)[:_SHORT]


def _moment(seconds: Any) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    at_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return words.date(seconds) + ("" if at_midnight else f"{moment:, %H:%M:%S} UTC")


def _inside(what: str) -> str:
    """Write a label as it stands inside a sentence; names that begin with two capitals stay."""
    return what if what[:2].isupper() else what[:1].lower() + what[1:]


def rows_of(found: Sequence[Difference]) -> list[list[str]]:
    """Return the differences as rows of a table."""
    return [[row.what, row.first, row.second] for row in found]
