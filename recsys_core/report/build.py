"""One self-contained HTML file: the answer first, methods and limits last; it opens offline and prints on A4."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts import blocks
from recsys_core.report import (
    answer_sections,
    difference_sections,
    evidence_sections,
    methods,
    pace_section,
    ranking_section,
    reproduce,
    staying_section,
)
from recsys_core.report.drawing import Drawn, config_json, draw
from recsys_core.report.parts import Picture, ReportInput, Section, Table, escaped
from recsys_core.report.scripts import report_scripts, script_sources
from recsys_core.wording.sentences import pairs, say

_HERE = Path(__file__).parent
_SECTIONS: Mapping[str, Callable[[ReportInput], list[Section]]] = {
    "curves": answer_sections.curves,
    "pace": pace_section.pace,
    "contrasts": answer_sections.contrasts,
    "over-time": difference_sections.over_time,
    "segments": difference_sections.for_whom,
    "ranking": ranking_section.ranking,
    "staying": staying_section.staying,
    "weeks": evidence_sections.weeks,
    "returns": difference_sections.returned,
    "gap": evidence_sections.gap,
    "what-if": evidence_sections.what_if,
    "data": evidence_sections.data,
    "methods": methods.methods,
}


@dataclass(frozen=True)
class _Placed:
    """A part of a section as the template takes it: a figure or HTML, with its label and caption."""

    label: str
    caption: Markup
    figure: Drawn | None
    html: Markup


def build_report(result: ReportInput, made: datetime | None = None) -> str:
    """Write the report of a study.

    Parameters
    ----------
    result
        Settings, data set, retention and rollout, as `recsys_core.study.run` returns them. The sections named in
        `settings.report.sections` are printed, always in the report's order; a section that has nothing to show
        is left out.
    made
        Moment that the report is dated with; default: now.

    Returns
    -------
    str
        HTML that loads nothing. It holds counts and curves, never a user id.
    """
    wanted = result.settings.report.sections
    sections = [section for name, write in _SECTIONS.items() if name in wanted for section in write(result)]
    study = result.settings.title or result.dataset.title
    title = result.settings.report.title or study
    made = made or datetime.now(UTC)
    scripts = report_scripts()
    window = say(message("report-window", first=result.retention.log_start, last=result.retention.log_end))
    return _template().render(
        title=title,
        running_head=window if title == study else f"{study}, {window}",
        lead=escaped(blocks.text_html(say(_lead(result)))),
        verdict=escaped(blocks.verdict_html(result.retention.verdict, with_ruler=False)),
        checks=escaped(blocks.checks_html(result.retention.checks)),
        sections=_placed(sections),
        facts=escaped(blocks.definitions_html(pairs(reproduce.facts(result, made)))),
        settings=reproduce.settings_used(result).to_toml(),
        version=reproduce.own_version(),
        dataset_id=result.dataset.dataset_id,
        date=words.date(int(made.timestamp())),
        command=reproduce.COMMAND,
        style=_style(),
        config=config_json(),
        scripts=[escaped(script) for script in scripts],
        policy=_policy(scripts),
    )


def _lead(result: ReportInput) -> Message:
    """Say what was compared, and how many users."""
    retention = result.retention
    users, arms, plan = retention.population.users, len(retention.arms), retention.plan
    if arms < 2 or not plan.comparable:
        return message("report-lead-one-curve", users=users)
    if not plan.logged:
        return message("report-lead-groups", users=users, attribute=plan.cohort, arms=arms)
    return message("report-lead-arms", users=users, arms=arms, randomised=retention.settings.randomised)


def _placed(sections: list[Section]) -> list[tuple[str, list[_Placed]]]:
    """Number figures and tables in reading order."""
    figures, tables = count(1), count(1)
    placed = []
    for section in sections:
        parts = []
        for part in section.parts:
            if isinstance(part, Picture):
                caption = escaped(blocks.text_html(part.caption))
                parts.append(_Placed(f"Figure {next(figures)}.", caption, draw(part), Markup()))
            elif isinstance(part, Table):
                caption = escaped(blocks.text_html(part.caption))
                parts.append(_Placed(f"Table {next(tables)}.", caption, None, part.html))
            else:
                parts.append(_Placed("", Markup(), None, part.html))
        placed.append((section.title, parts))
    return placed


@cache
def _template() -> Template:
    folder = FileSystemLoader(_HERE / "templates")
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("report.html")


def _policy(scripts: tuple[str, ...]) -> str:
    """Write a content security policy: these scripts run, nothing else does, and nothing is loaded from anywhere."""
    allowed = script_sources(*scripts)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; font-src data:; img-src data: blob:"


@cache
def _style() -> Markup:
    own = (_HERE / "templates" / "report.css").read_text(encoding="utf-8")
    fonts = [_font("sans", "400 600"), _font("serif", "600")]
    return escaped("\n".join([*fonts, blocks.token_css("print"), blocks.block_css(), own]))


def _font(kind: str, weight: str) -> str:
    file = (_HERE / "fonts" / f"staying-power-{kind}.woff2").read_bytes()
    source = f"url(data:font/woff2;base64,{base64.b64encode(file).decode()}) format('woff2')"
    return f"@font-face{{font-family:'Staying Power {kind.capitalize()}';font-weight:{weight};src:{source}}}"
