"""The first contrast within segments of users, as a forest and in words."""

from collections.abc import Sequence

from recsys_core import words
from recsys_core.charts.blocks import Cell
from recsys_core.charts.retention.contrast_forest import ForestRow
from recsys_core.charts.tables import Table
from recsys_core.retention.population.cohorts import EXISTING
from recsys_core.retention.study.segment_contrasts import Heterogeneity, Segment, Segments

TITLE = "For whom?"


def segments_note(found: Segments) -> str:
    """Say what the picture shows and how it is corrected."""
    tested = sum(row.p_bh is not None for row in found.rows)
    return (
        f"{found.arm} {words.MINUS} {found.reference}, days kept over {found.horizon} days, within segments of users; "
        f"95 % interval. Exploration: p values corrected by Benjamini-Hochberg over {words.counted(tested, 'segment')}."
    )


def segment_rows(found: Segments) -> tuple[ForestRow, ...]:
    """List the segments for the forest, those that stand out after correction in bold."""
    return tuple(
        ForestRow(
            f"{_named(row.attribute)}: {row.level}",
            row.difference,
            row.p_bh is not None and row.p_bh < 0.05,
            found.arm,
            row.note,
        )
        for row in found.rows
    )


def segments_sentence(found: Segments) -> str:
    """Say whether the difference differs between segments: the question that such a picture is looked at for."""
    differing = [one for one in found.heterogeneity if _corrected(one, found.heterogeneity) < 0.05]
    if differing:
        said = words.listed([f"{_named(one.attribute)} ({words.p_value(one.p)})" for one in differing])
        return (
            f"The difference is not the same in all segments of {said}. Take it as a lead to follow, not as a finding."
        )
    names = words.listed([_named(one.attribute) for one in found.heterogeneity], "or")
    if not names:
        return "No attribute has two segments that can be compared."
    return f"Nothing says that the difference depends on {names}; single segments scatter by chance."


def heterogeneity_table(found: Segments) -> Table:
    """List, per attribute, whether the difference varies between its segments."""
    rows: list[list[str | Cell]] = [
        [_named(one.attribute), f"{one.df + 1}", words.p_figure(one.p)] for one in found.heterogeneity
    ]
    return ["attribute", "segments", "same difference, p"], rows


def segment_csv(found: Segments) -> list[dict[str, object]]:
    """List the segments for a file."""
    return [_csv(found, row) for row in found.rows]


def _csv(found: Segments, row: Segment) -> dict[str, object]:
    d = row.difference
    return {
        "attribute": row.attribute, "segment": row.level, "arm": found.arm, "users_arm": row.users[0],
        "reference": found.reference, "users_reference": row.users[1], "days": found.horizon,
        "difference_days": d.estimate if d else None, "stderr": d.stderr if d else None,
        "lower": d.lower if d else None, "upper": d.upper if d else None, "p": d.p if d else None,
        "p_benjamini_hochberg": row.p_bh, "note": row.note,
    }  # fmt: skip


def _corrected(one: Heterogeneity, family: Sequence[Heterogeneity]) -> float:
    return one.p * len(family)


def _named(attribute: str) -> str:
    """Name an attribute; whether a user was seen before the first exposure is told as "history"."""
    return "history" if attribute == EXISTING else attribute
