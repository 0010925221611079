"""What-if: part of one arm's users served by another, as a mixture of the two arms' curves."""

import streamlit as st

from dashboard.drawing.answer_blocks import show_check_details, show_error, show_verdict
from dashboard.drawing.boundary import boundary
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_section
from dashboard.inputs import draw_options
from dashboard.look import chart_mode
from dashboard.page import need_study, start_page
from dashboard.results import cached
from recsys_core import words
from recsys_core.answers import message
from recsys_core.charts.retention.rollout_chart import rollout_figure
from recsys_core.charts.ruler import Ruler
from recsys_core.charts.theme import arm_styles
from recsys_core.errors import StayingPowerError
from recsys_core.whatif.rollout import refuse_affinity
from recsys_core.whatif.rollout_result import RolloutResult
from recsys_core.wording.sentences import label, say, sentence

with boundary():
    study = need_study("What-if", start_page("What-if", "rollout of one arm to the users of another"))
    names: list[str] = []
    result: RolloutResult | None = None
    try:
        refuse_affinity(study.settings.retention)
        names = [arm.name for arm in cached.retention(study).arms]
        result = cached.rollout(study)
    except StayingPowerError as err:
        problem = err

    if result:
        caption = say(message("rollout-ruler", day=result.settings.day))
        ends = label("rollout-ruler-fewer"), label("rollout-ruler-more")
        difference = result.difference
        show_verdict(result.verdict, Ruler(difference.estimate, difference.lower, difference.upper, *ends, caption, 0))
    else:
        show_error("There is no scenario to show.", problem.sentence, problem.advice)

    if len(names) > 1:
        inputs, picture = st.columns([1, 2.2], gap="large")
        with inputs:
            show_section("Scenario")
            fields = ("source", "target", "share", "day", "value_per_day")
            shown = result.settings if result else study.settings.scenario
            draw_options(study.base.scenario, shown, fields, {"source": names, "target": names})
        if result:
            with picture:
                show_section(
                    say(message("title-rollout", day=result.settings.day)),
                    label("note-rollout-against-share"),
                )
                style = arm_styles(sorted(names), chart_mode())[result.arms[1]]
                figure = rollout_figure(result.points, result.settings.share, result.arms, chart_mode(), style=style)
                show_chart(figure, "rollout", sentence(result.verdict))
    if result:
        show_section("How far to trust this", rule=True)
        show_check_details(result.checks)
        show_section("Per 1,000 users", label("note-rollout-from-curves"), rule=True)
        digits = [0 if abs(row.today) >= 10 else 1 for row in result.rows]
        evidence_table(
            [
                "",
                f"today, {result.arms[0]}",
                say(message("rollout-share-moved", share=result.settings.share)),
                "difference",
                "95 % interval",
            ],
            [
                [
                    say(row.measure),
                    words.number(row.today, n),
                    words.number(row.scenario, n),
                    words.number(row.difference.estimate, n, sign=True),
                    words.limits(row.difference.lower, row.difference.upper, n),
                ]
                for row, n in zip(result.rows, digits, strict=True)
            ],
        )
