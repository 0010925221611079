"""The first contrast within segments of users, as a forest and in words."""

from collections.abc import Sequence

from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts.blocks import Cell
from recsys_core.charts.retention.contrast_forest import ForestRow
from recsys_core.charts.tables import Table
from recsys_core.retention.population.cohorts import EXISTING
from recsys_core.retention.study.segment_contrasts import Heterogeneity, Segment, Segments
from recsys_core.wording.sentences import say

TITLE = "For whom?"


def segments_note(segments: Segments) -> Message:
    """Say what the picture shows and how it is corrected."""
    tested = sum(row.p_bh is not None for row in segments.rows)
    return message(
        "note-segments", arm=segments.arm, reference=segments.reference, horizon=segments.horizon, tested=tested
    )


def segment_rows(segments: Segments) -> tuple[ForestRow, ...]:
    """List the segments for the forest, those that stand out after correction in bold."""
    return tuple(
        ForestRow(
            f"{_named(row.attribute)}: {level_name(row)}",
            row.difference,
            row.p_bh is not None and row.p_bh < 0.05,
            segments.arm,
            say(row.note) if row.note else "",
        )
        for row in segments.rows
    )


def segments_sentence(segments: Segments) -> Message:
    """Say whether the difference differs between segments: the question that such a picture is looked at for."""
    differing = [one for one in segments.heterogeneity if _corrected(one, segments.heterogeneity) < 0.05]
    if differing:
        attributes = tuple(message("segments-differ-in", attribute=_named(one.attribute), p=one.p) for one in differing)
        return message("segments-differ", attributes=attributes)
    if not segments.heterogeneity:
        return message("segments-none")
    return message("segments-alike", attributes=tuple(_named(one.attribute) for one in segments.heterogeneity))


def level_name(row: Segment) -> str:
    """Name the level of a segment: a word of the data, or a third of a number."""
    return row.level if isinstance(row.level, str) else say(row.level)


def heterogeneity_table(segments: Segments) -> Table:
    """List, per attribute, whether the difference varies between its segments."""
    rows: list[list[str | Cell]] = [
        [_named(one.attribute), f"{one.df + 1}", words.p_figure(one.p)] for one in segments.heterogeneity
    ]
    return ["attribute", "segments", "same difference, p"], rows


def segment_csv(segments: Segments) -> list[dict[str, object]]:
    """List the segments for a file."""
    return [_csv(segments, row) for row in segments.rows]


def _csv(segments: Segments, row: Segment) -> dict[str, object]:
    d = row.difference
    return {
        "attribute": row.attribute, "segment": level_name(row), "arm": segments.arm, "users_arm": row.users[0],
        "reference": segments.reference, "users_reference": row.users[1], "days": segments.horizon,
        "difference_days": d.estimate if d else None, "stderr": d.stderr if d else None,
        "lower": d.lower if d else None, "upper": d.upper if d else None, "p": d.p if d else None,
        "p_benjamini_hochberg": row.p_bh, "note": say(row.note) if row.note else "",
    }  # fmt: skip


def _corrected(one: Heterogeneity, family: Sequence[Heterogeneity]) -> float:
    return one.p * len(family)


def _named(attribute: str) -> str:
    """Name an attribute; whether a user was seen before the first exposure is told as "history"."""
    return say(message("segment-history")) if attribute == EXISTING else attribute
