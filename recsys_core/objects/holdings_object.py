"""What is held of a data set, for JSON and line by line, as the command line and the page Data list it."""

from typing import TYPE_CHECKING, Any

from recsys_core.answers import message
from recsys_core.wording.sentences import label, say

if TYPE_CHECKING:
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
