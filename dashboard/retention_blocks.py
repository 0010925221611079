"""The sections of the retention page: picture, evidence, trust, choice of gap, definitions."""

import streamlit as st

from dashboard.drawing.answer_blocks import show_check_details, show_warning_line
from dashboard.drawing.block_foot import show_foot
from dashboard.drawing.downloads import csv_button
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.terms import show_terms
from dashboard.drawing.text_blocks import show_definitions, show_note, show_section
from dashboard.inputs import draw_options
from dashboard.look import chart_mode
from dashboard.studies import OpenStudy, reset_options, workspace
from recsys_core.answers import Message, message
from recsys_core.charts import tables
from recsys_core.charts.retention import csv_rows
from recsys_core.charts.retention.contrast_forest import forest_figure, forest_rows
from recsys_core.charts.retention.days_kept import days_figure
from recsys_core.charts.retention.gap_chart import gap_figure
from recsys_core.charts.retention.survival_chart import survival_figure
from recsys_core.charts.ruler import Ruler, contrast_ruler
from recsys_core.charts.theme import ArmStyle, arm_styles
from recsys_core.data.dataset import Dataset
from recsys_core.retention.estimators.e_value import e_value_note
from recsys_core.retention.population.plans import AFFINITY, plan_of
from recsys_core.retention.study.planning import plan
from recsys_core.retention.study.retention_definitions import clock_start, gap_returns, how_computed
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.retention.study.retention_verdict import primary_difference
from recsys_core.wording.sentences import check_detail, check_name, label, pairs, say, sentence

_SIMPLE = ("cohort", "inactivity_days", "horizon_days", "report_day", "activity_events", "covariates", "randomised",
           "looks")  # fmt: skip
_AFFINITY = ("models", "landmark_days")
_ADVANCED = ("time_varying_arm", "without_switchers", "segments", "smallest_arm", "expected_shares", "burn_in_days",
             "log_end", "day_rule", "time_zone", "confidence_form", "resamples", "seed")  # fmt: skip


def ruler(result: RetentionResult) -> Ruler | None:
    """Lay out the ruler for the difference that decided."""
    contrast = result.verdict.contrast
    if contrast is None:
        return None
    drawn, primary = contrast_ruler(contrast), primary_difference(contrast, result.case)
    return Ruler(primary.estimate, primary.lower, primary.upper, drawn.left, drawn.right, drawn.caption)


def settings_row(study: OpenStudy, result: RetentionResult | None) -> None:
    """Say in a line what is in force, with the settings behind a button."""
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
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_in_force(result) if result else label("note-change-then-read"), width="content")
        with st.popover("Change settings"):
            draw_options(base, current, _SIMPLE[:1], choices)
            if plan_of(current.cohort).at_landmark:
                draw_options(base, current, _AFFINITY, choices)
            draw_options(base, current, _SIMPLE[1:], choices)
            with st.expander("More settings"):
                draw_options(base, current, _ADVANCED, choices)
            if current != base and st.button("Reset settings", key="reset_retention"):
                reset_options("retention")
                st.rerun()


def _trained_models(study: OpenStudy) -> list[str]:
    from recsys_core.runs.life.run import finished_runs

    return sorted({run.model for run in finished_runs(workspace(), study.dataset.dataset_id)})


def _in_force(result: RetentionResult) -> str:
    used = result.resolved
    return say(message("note-in-force", gap=used.gap, horizon=used.horizon, form=used.form))


def curves(result: RetentionResult) -> None:
    """Draw the curves with the users at risk, and beside them the days kept and the shares left."""
    styles, mode, horizon = styles_of(result), chart_mode(), result.resolved.horizon
    thin = next((check for check in result.checks if check.code == "follow-up" and check.status != "pass"), None)
    if thin:
        show_warning_line(check_name(thin), f"{thin.status}, {check_detail(thin)}")
    descriptive = result.plan.descriptive
    picture, figures = st.columns([2.28, 1], gap="large")
    with picture:
        show_section(
            "Share of users still active",
            say(message("note-curves", descriptive=descriptive)),
        )
        figure = survival_figure(result.arms, horizon, mode, styles=styles, since=say(clock_start(result.plan)))
        show_chart(
            figure,
            "survival",
            say(message("alt-curves-verdict", arms=len(result.arms), verdict=sentence(result.verdict))),
        )
    with figures:
        show_section(f"Days kept, of the first {horizon}", "Restricted mean with 95 % interval.")
        show_chart(days_figure(result.arms, mode, styles=styles), "days", "Days kept per arm, with intervals")
        if descriptive:
            show_section("Lapsed by the landmark", say(message("note-lapsed-by-landmark")))
        else:
            show_section("Left after one visit", say(message("note-left-after-one-visit")))
        evidence_table(*tables.arm_table(result, styles))
    text = message("computed-curves", form=result.resolved.form, last=horizon - 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        csv_button("Arms as CSV", "arms.csv", csv_rows.arm_rows(result))
        show_foot("Curves", csv_rows.curve_rows(result), say(how_computed(result, text)))
    show_terms("lapse", "kaplan-meier", "at-risk", "censoring", "restricted-mean", "horizon", "intention-to-treat")


def contrasts(result: RetentionResult) -> None:
    """Draw the differences: raw, adjusted, under other gaps, and as points and ratios."""
    if not result.contrasts:
        return
    horizon = result.resolved.horizon
    show_section(
        "Is the difference real, and does it survive adjustment?" if result.contrasts[0].adjusted else
        "Is the difference real?",
        say(message("note-differences", horizon=horizon)),
        rule=True,
    )  # fmt: skip
    picture, figures = st.columns(2, gap="large")
    with picture:
        rows, styles = forest_rows(result), styles_of(result)
        wide, narrow = (forest_figure(rows, chart_mode(), narrow=n, styles=styles) for n in (False, True))
        show_chart(wide, "forest", "Differences in days kept between arms, with intervals", phone=narrow)
    with figures:
        evidence_table(*tables.contrast_table(result))
        hazards = next((check_detail(check) for check in result.checks if check.code == "hazards"), "")
        choice = next((check_detail(check) for check in result.checks if check.code == "choice-of-gap"), "")
        tested = f"{say(message('note-logrank-page', p=result.logrank.p))} " if result.logrank else ""
        kept = "" if result.plan.descriptive else say(tables.per_thousand(result.contrasts[0]))
        show_note(f"**{kept}** {tested}{hazards} {choice}" if kept else f"{tested}{hazards} {choice}")
    show_foot(
        "Contrasts",
        csv_rows.contrast_rows(result),
        say(how_computed(result, _contrast_methods(result))),
        *_contrast_terms(result),
    )


def _contrast_methods(result: RetentionResult) -> Message:
    covariates = result.resolved.covariates
    return message(
        "computed-contrasts", descriptive=result.plan.descriptive, covariates=covariates,
        adjusted=bool(result.contrasts[0].adjusted_methods and covariates),
    )  # fmt: skip


def _contrast_terms(result: RetentionResult) -> tuple[str, ...]:
    adjusted = ("aipw", "iptw", "g-computation") if result.contrasts[0].adjusted_methods else ()
    tested = () if result.plan.descriptive else ("log-rank",)
    return ("restricted-mean", "points", *tested, "hazard-ratio", "holm", *adjusted)


def trust(result: RetentionResult) -> None:
    """List every check with its sentence."""
    show_section("How far to trust this", rule=True)
    show_check_details(result.checks)
    ratio = result.contrasts[0].hazard_ratio if result.contrasts else None
    if result.details and result.details.e_value and ratio:
        show_note(f"**Unmeasured causes.** {say(e_value_note(result.details.e_value, ratio))}")
    show_terms(
        "sample-ratio-mismatch", "switcher", "smd", "overlap", "effective-sample-size", "proportional-hazards",
        "smallest-detectable-effect", "always-valid-test", "e-value",
    )  # fmt: skip


def planning(result: RetentionResult) -> None:
    """Say what it would take to see a smaller difference."""
    plans = plan(result)
    if not plans:
        return
    show_section(
        "What would it take to see less?",
        say(message("note-plan")),
        rule=True,
    )
    evidence_table(*tables.plan_table(plans))
    text = say(how_computed(result, message("computed-plan")))
    show_foot("Plan", [vars(one) for one in plans], text, "smallest-detectable-effect", "points")


def gap(result: RetentionResult) -> None:
    """Show how the inactivity gap was or can be chosen."""
    chosen = result.resolved.gap
    show_section(f"Why {chosen} days mean goodbye", "Share of gaps that end in a return within G days.", rule=True)
    if not result.gaps.days:
        st.caption(say(message("note-gap-never-closed")))
        return
    picture, note = st.columns([1.2, 1], gap="large")
    with picture:
        show_chart(gap_figure(result.gaps, chosen, chart_mode()), "gap", "Share of gaps that end in a return")
    with note:
        gaps = result.gaps
        told = {"suggested": gaps.suggested, "wanted": gaps.wanted or gaps.suggested, "capped": gaps.capped}
        st.caption(say((message("note-gap", **told), *gap_returns(result))))
        if result.sensitivity:
            evidence_table(*tables.sensitivity_table(result), left=2)
    text = say(how_computed(result, message("computed-gap")))
    show_foot("Gaps", csv_rows.gap_rows(result), text, "inactivity-gap", "lapse")


def counted(dataset: Dataset, result: RetentionResult) -> None:
    """Say how the figures were counted."""
    show_section("How this was counted", f"Data set {dataset.dataset_id}.", rule=True)
    show_definitions(pairs(result.definitions))


def styles_of(result: RetentionResult) -> dict[str, ArmStyle]:
    """Give the arms their look."""
    return arm_styles(sorted(arm.name for arm in result.arms), chart_mode())
