"""The answer on the retention page: its ruler, who is counted, the settings in force, and the curves."""

import streamlit as st

from dashboard.drawing.answer_blocks import show_warning_line
from dashboard.drawing.figure_memory import figures as drawn
from dashboard.drawing.layer_foot import LayerFoot
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.inputs import draw_options
from dashboard.look import chart_mode
from dashboard.studies import OpenStudy, reset_options, workspace
from recsys_core.answers import message
from recsys_core.charts import tables
from recsys_core.charts.retention import csv_rows
from recsys_core.charts.retention.days_kept import days_figure
from recsys_core.charts.retention.findings import counted_users
from recsys_core.charts.retention.survival_chart import survival_figure
from recsys_core.charts.theme import ArmStyle, arm_styles
from recsys_core.retention.population.plans import AFFINITY, plan_of
from recsys_core.retention.study.retention_definitions import clock_start
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import check_detail, check_name, label, say

_SIMPLE = ("cohort", "inactivity_days", "horizon_days", "report_day", "activity_events", "covariates", "randomised",
           "looks", "margin_days")  # fmt: skip
_AFFINITY = ("models", "landmark_days")
_ADVANCED = ("estimand", "missing_days", "time_varying_arm", "without_switchers", "segments", "smallest_arm",
             "expected_shares", "burn_in_days", "log_end", "day_rule", "time_zone", "confidence_form", "resamples",
             "seed")  # fmt: skip


def settings_row(study: OpenStudy, result: RetentionResult | None) -> None:
    """Say who is counted and what is in force, with the settings behind a button."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="in_force"):
        with st.container(width="stretch", gap=None):
            if result:
                show_note(say(counted_users(result)))
                show_note(_in_force(result))
            else:
                show_note(label("note-change-then-read"))
        with st.popover("Change settings", width="content"):
            _settings(study, result)


def _settings(study: OpenStudy, result: RetentionResult | None) -> None:
    base, current, data = study.base.retention, study.settings.retention, study.dataset
    trained = _trained_models(study)
    affinity = [AFFINITY] if len(trained) > 1 or plan_of(current.cohort).at_landmark else []
    choices = {
        "cohort": ["", *(["recommender"] if data.recommenders else []), *affinity, "all", *data.user_attributes],
        "models": sorted({*trained, *current.models}),
        "activity_events": list(data.events),
        "covariates": ["existing", *data.user_attributes],
        "segments": ["existing", *data.user_attributes],
    }
    used = result.settings if result else None
    draw_options(base, current, _SIMPLE[:1], choices, used)
    if plan_of(current.cohort).at_landmark:
        draw_options(base, current, _AFFINITY, choices, used)
    draw_options(base, current, _SIMPLE[1:], choices, used)
    with st.expander("More settings"):
        draw_options(base, current, _ADVANCED, choices, used)
    if current != base and st.button("Reset settings", key="reset_retention"):
        reset_options("retention")
        st.rerun()


def _trained_models(study: OpenStudy) -> list[str]:
    from recsys_core.runs.life.run import finished_runs

    return sorted({run.model for run in finished_runs(workspace(), study.dataset.dataset_id)})


def _in_force(result: RetentionResult) -> str:
    used = result.resolved
    return say(message("note-in-force", gap=used.gap, horizon=used.horizon, form=used.form))


def curves(result: RetentionResult, foot: LayerFoot) -> None:
    """Draw the curves with the users at risk, and beside them the days kept and the shares left."""
    styles, mode, horizon = styles_of(result), chart_mode(), result.resolved.horizon
    thin = next((check for check in result.checks if check.code == "follow-up" and check.status != "pass"), None)
    if thin:
        show_warning_line(check_name(thin), f"{thin.status}, {check_detail(thin)}")
    descriptive = result.plan.descriptive
    with st.container(key="answer_picture"):
        picture, figures = st.columns([1.9, 1], gap="medium")
    with picture:
        show_section("Share of users still active", say(message("note-curves", descriptive=descriptive)))
        since = say(clock_start(result.plan))
        (figure,) = drawn(
            result,
            "survival",
            lambda _: survival_figure(result.arms, horizon, mode, styles=styles, since=since),
            (False,),
        )
        names = tuple(arm.name for arm in result.arms)
        show_chart(figure, "survival", say(message("alt-curves", arms=names, horizon=horizon)))
    with figures:
        show_section(f"Days kept, of the first {horizon}", "Restricted mean with 95 % interval.")
        (days,) = drawn(result, "days", lambda _: days_figure(result.arms, mode, styles=styles), (False,))
        show_chart(days, "days", "Days kept per arm, with intervals")
        if descriptive:
            show_section("Lapsed by the landmark", say(message("note-lapsed-by-landmark")))
        else:
            show_section("Left after one visit", say(message("note-left-after-one-visit")))
        evidence_table(*tables.arm_table(result, styles))
    foot.add("Arms", lambda: csv_rows.arm_rows(result))
    text = message("computed-curves", form=result.resolved.form, last=horizon - 1)
    foot.add("Curves", lambda: csv_rows.curve_rows(result), text)


def styles_of(result: RetentionResult) -> dict[str, ArmStyle]:
    """Give the arms their look."""
    return arm_styles(sorted(arm.name for arm in result.arms), chart_mode())
