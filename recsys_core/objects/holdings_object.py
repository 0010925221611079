"""What is held of a data set, or of a user of one, for JSON and for people, line by line."""

from typing import TYPE_CHECKING, Any

from recsys_core.answers import message
from recsys_core.wording.sentences import label, say

if TYPE_CHECKING:
    from recsys_core.care.forgetting import Traces
    from recsys_core.care.holdings import Holdings


def holdings_lines(held: "Holdings", *, deleted: bool) -> list[str]:
    """Say what is held of a data set, name by name."""
    first = message(
        "line-holdings", data_set=held.title or held.dataset_id, dataset_id=held.dataset_id, bytes=held.size,
        deleted=deleted,
    )  # fmt: skip
    runs = [
        say(message("line-holdings-run", run_id=run.run_id, bytes=run.size, pinned=run.pinned)) for run in held.runs
    ]  # fmt: skip
    study = [label("line-holdings-study")] if held.study else []
    counted = []
    if held.measurements:
        counted.append(say(message("line-holdings-measurements", files=len(held.measurements))))
    if held.texts:
        counted.append(say(message("line-holdings-texts", files=len(held.texts))))
    reports = [say(message("line-holdings-report", report=name)) for name in held.reports]
    return [say(first), *study, *runs, *counted, *reports]


def holdings_object(held: "Holdings") -> dict[str, Any]:
    """Return what is held of a data set as JSON can hold it."""
    return {
        "dataset_id": held.dataset_id, "title": held.title, "study": held.study,
        "runs": [run.run_id for run in held.runs], "pinned": list(held.pinned),
        "measurements": list(held.measurements), "texts": list(held.texts), "reports": list(held.reports),
        "bytes": held.size,
    }  # fmt: skip


def traces_lines(found: "Traces", *, forgotten: bool, reports: bool) -> list[str]:
    """Say where a user stands or stood, without the id."""
    first = message(
        "line-traces", dataset_id=found.dataset_id, events=found.events, described=found.described, forgotten=forgotten
    )
    lines = [say(first)]
    lines += [
        say(message("line-holdings-run", run_id=run.run_id, bytes=run.size, pinned=run.pinned)) for run in found.runs
    ]  # fmt: skip
    lines += [say(message("line-traces-report", report=name, deleted=reports)) for name in found.reports]
    if found.elsewhere:
        lines.append(say(message("line-traces-elsewhere", datasets=found.elsewhere)))
    return lines


def traces_object(found: "Traces") -> dict[str, Any]:
    """Return where a user stands as JSON can hold it, without the id."""
    return {
        "dataset_id": found.dataset_id, "events": found.events, "described": found.described,
        "runs": [run.run_id for run in found.runs], "reports": list(found.reports),
        "elsewhere": list(found.elsewhere),
    }  # fmt: skip
