"""Tables of a comparison, and the ruler of its verdict: the same on the page and in the report."""

from collections.abc import Mapping, Sequence

from recsys_core import words
from recsys_core.answers import Interval, message
from recsys_core.charts.blocks import Cell
from recsys_core.charts.ruler import Ruler
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import ArmStyle
from recsys_core.evaluation.comparison import Comparison, Difference
from recsys_core.evaluation.examples import Example
from recsys_core.evaluation.history_groups import Segment
from recsys_core.wording.sentences import say

_METRICS = {
    "hit": "hit rate", "recall": "recall", "precision": "precision", "map": "MAP", "mrr": "MRR", "novelty": "novelty",
}  # fmt: skip
_FEW = 10


def ranking_ruler(comparison: Comparison) -> Ruler | None:
    """Lay out the ruler of a comparison's verdict; None where there is one model."""
    difference = comparison.verdict.difference
    if difference is None:
        return None
    left, right = (say(message("ruler-better", model=name)) for name in (difference.reference, difference.model))
    caption = message("ruler-ndcg", k=comparison.settings.k, model=difference.model, reference=difference.reference)
    return Ruler(difference.estimate, difference.lower, difference.upper, left, right, say(caption), 3)


def difference_table(
    differences: Sequence[Difference], styles: Mapping[str, ArmStyle], seconds: Mapping[str, float]
) -> Table:
    """List differences from one reference with the time that each model took to train.

    Parameters
    ----------
    seconds
        Time to train by model; the column is left out where it is empty.
    """
    heads = ["model", "difference", "95 % interval", "p, Holm", "differs"]
    rows: list[list[str | Cell]] = []
    for d in differences:
        row: list[str | Cell] = [
            Cell(d.model, family=styles[d.model].family),
            words.number(d.estimate, 3, sign=True),
            words.limits(d.lower, d.upper, 3),
            words.p_figure(d.p_holm),
            "yes" if d.differs else "no",
        ]
        rows.append([*row, duration(seconds.get(d.model))] if seconds else row)
    return [*heads, "time to train"] if seconds else heads, rows


def duration(seconds: float | None) -> str:
    """Write a time span in one unit: 0.4 s, 12 s, 6 min, 2.5 h."""
    if seconds is None:
        return words.UNKNOWN
    if seconds < 99.5:
        return f"{words.number(seconds, 1 if seconds < 9.95 else 0)} s"
    minutes = seconds / 60
    return f"{words.number(minutes, 0)} min" if minutes < 99.5 else f"{words.number(minutes / 60, 1)} h"


def metrics_table(comparison: Comparison, styles: Mapping[str, ArmStyle]) -> Table:
    """List the other metrics of every model."""
    rows: list[list[str | Cell]] = [
        [
            Cell(model.name, family=styles[model.name].family),
            *(words.number(model.metrics[m].estimate, 2 if m == "novelty" else 3) for m in _METRICS),
        ]
        for model in comparison.models
    ]
    return [f"at {comparison.settings.k}", *_METRICS.values()], rows


def groups_table(comparison: Comparison, styles: Mapping[str, ArmStyle]) -> Table:
    """List NDCG on known items, on new items and for users without a history, with how many there are."""
    first = comparison.best
    heads = ["NDCG", "known items", "new items", "users without history"]
    rows: list[list[str | Cell]] = [
        [
            Cell(model.name, family=styles[model.name].family),
            *(_with_limits(group.ndcg) for group in (model.warm, model.cold, model.cold_users)),
        ]
        for model in comparison.models
    ]
    groups = (first.warm, first.cold, first.cold_users)
    rows.append(["held-out items", *(words.count(group.targets) for group in groups)])
    rows.append(["of users", *(words.count(group.users) for group in groups)])
    return heads, rows


def history_table(segments: Sequence[Segment], comparison: Comparison, styles: Mapping[str, ArmStyle]) -> Table:
    """List NDCG by the length of the users' history; a dash where fewer than ten users stand for it."""
    rows: list[list[str | Cell]] = [
        [
            Cell(model.name, family=styles[model.name].family),
            *(words.number(s.ndcg[model.name] if s.users >= _FEW else None, 3) for s in segments),
        ]
        for model in comparison.models
    ]
    rows.append(["users", *(words.count(segment.users) for segment in segments)])
    return ["NDCG, by history", *(say(segment.label) for segment in segments)], rows


def list_table(example: Example, models: Sequence[str]) -> Table:
    """Set the lists of a user side by side, one column per model; what came later is bold and marked."""
    length = max((len(example.lists[model]) for model in models), default=0)
    rows: list[list[str | Cell]] = []
    for place in range(length):
        row: list[str | Cell] = [str(place + 1)]
        for model in models:
            listed = example.lists[model][place] if place < len(example.lists[model]) else None
            hit = listed is not None and listed.hit
            row.append(Cell(f"✓ {listed.name}" if listed and hit else listed.name if listed else "", bold=hit))
        rows.append(row)
    return ["", *models], rows


def first_of_families(comparison: Comparison, styles: Mapping[str, ArmStyle], most: int = 5) -> list[str]:
    """Name the best model of each family, in the order of the comparison."""
    first: dict[str, str] = {}
    for model in comparison.models:
        first.setdefault(styles[model.name].family, model.name)
    return list(first.values())[:most]


def _with_limits(value: Interval | None) -> str | Cell:
    if value is None:
        return words.UNKNOWN
    return Cell(words.number(value.estimate, 3), f"({words.limits(value.lower, value.upper, 3)})")
