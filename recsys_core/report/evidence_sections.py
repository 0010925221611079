"""The sections that stand behind the answer: calendar, choice of gap, what-if, data."""

from recsys_core import words
from recsys_core.answers import Issue, message
from recsys_core.charts import blocks, tables
from recsys_core.charts.blocks import Cell
from recsys_core.charts.calendar import calendar_tables
from recsys_core.charts.calendar.triangle import triangle_html
from recsys_core.charts.retention.gap_chart import gap_figure
from recsys_core.charts.retention.rollout_chart import rollout_figure
from recsys_core.data.dataset import Dataset
from recsys_core.report.parts import (
    MODE,
    Part,
    Picture,
    Prose,
    ReportInput,
    Section,
    Table,
    definitions,
    escaped,
    paragraph,
    styles_of,
    table,
)
from recsys_core.retention.study.retention_definitions import gap_returns
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.whatif.rollout_result import RolloutResult
from recsys_core.wording.sentences import (
    check_detail,
    check_name,
    issue_action,
    issue_detail,
    issue_name,
    pairs,
    say,
    sentence,
    step_name,
    support,
    title,
)


def weeks(result: ReportInput) -> list[Section]:
    """Show day-N retention and the triangle of start weeks."""
    calendar = result.retention.calendar
    if calendar is None:
        return []
    order = [arm.name for arm in result.retention.arms]  # as in the table of arms
    parts: list[Part] = []
    for form, definition in calendar_tables.FORMS.items():
        ((name, meaning),) = pairs([definition])
        heads, rows = calendar_tables.day_n_forms_table(calendar, form, styles_of(result), order)
        parts.append(table(f"{name}: {meaning[0].lower()}{meaning[1:]} 95 % interval.", heads, rows))
    sections = [Section("Back on day N", parts)]
    if calendar.triangle.weeks:
        html = escaped(f'<div class="sp-table-frame">{triangle_html(calendar.triangle, MODE)}</div>')
        said = "Per cent of each week's starters active again. Grey: not followed long enough, which is not zero."
        sections.append(Section("Week by week, by start week", [Table(said, html)]))
    return sections


def gap(result: ReportInput) -> list[Section]:
    """Show how the inactivity gap was chosen, and what other gaps would say."""
    retention = result.retention
    chosen, gaps = retention.resolved.gap, retention.gaps
    parts: list[Part] = []
    if gaps.days:
        wide, narrow = (gap_figure(gaps, chosen, MODE, narrow=n) for n in (False, True))
        told = {"suggested": gaps.suggested, "wanted": gaps.wanted or gaps.suggested, "capped": gaps.capped}
        caption = say((message("caption-gap", **told), *gap_returns(retention)))
        parts.append(Picture(caption, wide, narrow, "Share of gaps that end in a return within G days."))
    else:
        parts.append(paragraph(say(message("note-gap-never-closed"))))
    if retention.sensitivity:
        parts.append(_sensitivity(retention))
    return [Section(f"Why {chosen} days mean goodbye", parts)]


def _sensitivity(retention: RetentionResult) -> Table:
    return table(say(message("caption-sensitivity")), *tables.sensitivity_table(retention), left=2)


def what_if(result: ReportInput) -> list[Section]:
    """Show the rollout with its checks; nothing where there is none."""
    found = result.rollout
    if found is None:
        return []
    style = styles_of(result)[found.arms[1]]
    wide, narrow = (
        rollout_figure(found.points, found.settings.share, found.arms, MODE, narrow=n, style=style)
        for n in (False, True)
    )
    caption = say(message("caption-rollout", day=found.settings.day, arm=found.arms[0]))
    answer = found.verdict
    parts: list[Part] = [
        paragraph(f"**{title(answer)}.** {sentence(answer)} {support(answer)}"),
        Prose(escaped(blocks.checks_html(found.checks))),
        Picture(caption, wide, narrow, sentence(answer)),
        _rollout(found),
        *(
            paragraph(f"**{check_name(check)}.** {check_detail(check)}")
            for check in found.checks
            if check.status != "pass"
        ),
    ]
    return [Section("What if users were moved? Unadjusted", parts)]


def _rollout(found: RolloutResult) -> Table:
    heads = ["per 1,000 users", f"today, {found.arms[0]}", f"{words.percent(found.settings.share, 0)} moved"]
    rows: list[list[str | Cell]] = []
    for row in found.rows:
        digits, change = 0 if abs(row.today) >= 10 else 1, row.difference
        figure = words.interval(change.estimate, change.lower, change.upper, digits, sign=True)
        rows.append([say(row.measure), words.number(row.today, digits), words.number(row.scenario, digits), figure])
    return table(
        say(message("caption-rollout-table", resamples=found.settings.resamples)), [*heads, "difference"], rows
    )


def data(result: ReportInput) -> list[Section]:
    """Say what was read, what cleaning left out, and what was found."""
    log = result.dataset
    read = [
        message("fact-log", rows=log.rows, users=log.users, items=log.items),
        message("fact-window", first=log.first_time, last=log.last_time, days=log.days),
    ]
    if log.events:
        read.append(message("fact-events", counts=tuple(log.events.values()), names=tuple(log.events)))
    if log.recommenders:
        counts, names = tuple(log.recommenders.values()), tuple(log.recommenders)
        read.append(message("fact-recommenders", counts=counts, names=names))
    facts = list(pairs(read))
    facts += [_noticed(issue) for issue in log.issues]
    return [Section("The data", [definitions(facts), _steps(log), _columns(log)])]


def _noticed(issue: Issue) -> tuple[str, str]:
    told = f"{issue_detail(issue)} {issue_action(issue)}"
    return issue_name(issue).capitalize(), told


def _steps(log: Dataset) -> Table:
    rows: list[list[str | Cell]] = [
        [step_name(s), words.count(s.rows_in), words.count(s.rows_out), words.count(s.rows_in - s.rows_out)]
        for s in log.steps
    ]
    return table(say(message("caption-steps")), ["step", "rows in", "rows out", "left out"], rows)


def _columns(log: Dataset) -> Table:
    rows: list[list[str | Cell]] = [[role, column] for role, column in log.mapping.items() if column]
    attributes = (("users", log.user_attributes), ("items", log.item_attributes))
    rows += [[f"{name}, attributes", words.listed(found)] for name, found in attributes if found]
    caption = message("caption-columns", pseudonyms=bool(log.settings.get("pseudonymise")))
    return table(say(caption), ["role", "column"], rows, left=2)
