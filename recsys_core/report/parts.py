"""What a report is made of: sections with numbered pictures and tables. Every piece of HTML here is escaped already."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import plotly.graph_objects as go
from markupsafe import Markup

from recsys_core.answers import Message
from recsys_core.charts import blocks
from recsys_core.charts.blocks import Cell
from recsys_core.charts.theme import ArmStyle, Mode, arm_styles
from recsys_core.data.dataset import Dataset
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.study.ranking_hazard import RankingHazards
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import StudySettings
from recsys_core.whatif.rollout_result import RolloutResult

MODE: Mode = "print"


class ReportInput(Protocol):
    """What a report needs of a study's results.

    `rollout` is None where there are no two arms, `comparison`, `hazards` and `affinity` where models say nothing;
    `notes` says what could not be done.
    """

    @property
    def settings(self) -> StudySettings: ...  # noqa: D102
    @property
    def dataset(self) -> Dataset: ...  # noqa: D102
    @property
    def retention(self) -> RetentionResult: ...  # noqa: D102
    @property
    def rollout(self) -> RolloutResult | None: ...  # noqa: D102
    @property
    def comparison(self) -> Comparison | None: ...  # noqa: D102
    @property
    def hazards(self) -> RankingHazards | None: ...  # noqa: D102
    @property
    def affinity(self) -> RetentionResult | None: ...  # noqa: D102
    @property
    def notes(self) -> tuple[Message, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class Picture:
    """A figure: as printed, as drawn on a phone, and what it shows in words."""

    caption: str
    wide: go.Figure
    narrow: go.Figure
    alt: str


@dataclass(frozen=True)
class Table:
    """A table with its caption."""

    caption: str
    html: Markup


@dataclass(frozen=True)
class Prose:
    """Anything that carries no number."""

    html: Markup


Part = Picture | Table | Prose


@dataclass(frozen=True)
class Section:
    """A title and what stands under it."""

    title: str
    parts: Sequence[Part]


def styles_of(result: ReportInput) -> dict[str, ArmStyle]:
    """Give the arms the look that they have on the pages."""
    return arm_styles(sorted(arm.name for arm in result.retention.arms), MODE)


def escaped(html: str) -> Markup:
    """Mark HTML that `charts.blocks` wrote, where every word from outside is escaped."""
    return Markup(html)  # noqa: S704


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str | Cell]], *, left: int = 1) -> Table:
    """Write a table; `left` columns hold words."""
    return Table(caption, escaped(blocks.table_html(heads, rows, left=left)))


def paragraph(text: str) -> Prose:
    """Write a paragraph; `**words**` are bold."""
    return Prose(escaped(f"<p>{blocks.text_html(text)}</p>"))


def definitions(pairs: Sequence[tuple[str, str]]) -> Prose:
    """Write terms with their sentences."""
    return Prose(escaped(blocks.definitions_html(pairs)))
