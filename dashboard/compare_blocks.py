"""The sections of the compare page: leaderboard, differences, new items, example users, definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.drawing.answer_blocks import show_check_details
from dashboard.drawing.boundary import boundary
from dashboard.drawing.downloads import csv_button
from dashboard.drawing.figure_memory import figures as drawn
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_definitions, show_empty, show_note, show_section
from dashboard.inputs import draw_options
from dashboard.look import chart_mode
from dashboard.results import cached
from dashboard.studies import OpenStudy, address, reset_options, workspace
from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts import blocks
from recsys_core.charts.ranking import ranking_and_staying, ranking_tables
from recsys_core.charts.ranking.leaderboard import families_of, leaderboard_figure, model_styles
from recsys_core.charts.theme import arm_styles
from recsys_core.errors import StayingPowerError
from recsys_core.evaluation.arm_models import resolve_arm_models
from recsys_core.evaluation.comparison import Comparison
from recsys_core.evaluation.ranking_definitions import SPLIT_DEFINITIONS
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.runs.life.run import Run
from recsys_core.runs.start import run_comparison
from recsys_core.wording.sentences import label, pairs, say

EVERY = "3s"
_SIMPLE, _ADVANCED = ("k", "models", "arm_models"), ("resamples", "seed")


def finished(study: OpenStudy) -> tuple[Run, ...]:
    """List the runs to compare; where there are some, recent-popular is among them or starts training now."""
    runs = run_comparison.comparable_runs(workspace(), study.dataset, study.settings)
    if runs:
        run_comparison.start_baseline(workspace(), study.dataset, study.settings)
    return runs


def nothing_yet(study: OpenStudy) -> None:
    """Say that no model is finished, which ones are in training, and where to train."""
    show_empty(
        "No model is trained on this log yet.",
        label("note-train-two"),
    )
    if st.button("Train models", type="primary"):
        st.switch_page("pages/train.py", query_params=address())
    in_training(study, ())


def in_training(study: OpenStudy, drawn: Sequence[Run]) -> None:
    """Name the models in training; the page is drawn again as soon as one of them has finished."""
    if not run_comparison.active_runs(workspace(), study.dataset, study.settings):
        return

    @boundary()
    def part() -> None:
        active = run_comparison.active_runs(workspace(), study.dataset, study.settings)
        now = {run.run_id for run in run_comparison.comparable_runs(workspace(), study.dataset, study.settings)}
        if not active or now != {run.run_id for run in drawn}:
            st.rerun()
        names = tuple(f"{run.model} {words.percent(run.share, 0)}" for run in active)
        show_note(say(message("note-in-training", runs=names)))

    with st.container(key="live"):
        st.fragment(part, run_every=EVERY)()


def settings_row(study: OpenStudy, comparison: Comparison | None) -> None:
    """Say in a line what is in force, with the settings behind a button."""
    base, current = study.base.compare, study.settings.compare
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_in_force(comparison) if comparison else label("note-change-a-setting"), width="content")
        with st.popover("Change settings"):
            draw_options(base, current, _SIMPLE)
            with st.expander("More settings"):
                draw_options(base, current, _ADVANCED)
            if current != base and st.button("Reset settings", key="reset_compare"):
                reset_options("compare")
                st.rerun()


def _in_force(comparison: Comparison) -> str:
    split = [one for one in comparison.definitions if one.code in SPLIT_DEFINITIONS]
    return say([message("note-lists-of", k=comparison.settings.k), *split])


def leaderboard(comparison: Comparison) -> None:
    """Draw the models in their order, with the families' shapes."""
    models, new_items = len(comparison.models), comparison.best.cold.ndcg is not None
    note = message("note-leaderboard", users=comparison.counts["warm_users"], new_items=new_items)
    show_section(say(message("title-ranking-quality", models=models)), say(note), rule=True)
    st.html(blocks.families_html(families_of(comparison)))
    styles = model_styles(comparison, chart_mode())
    wide, narrow = drawn(
        comparison, "leaderboard", lambda n: leaderboard_figure(comparison, chart_mode(), narrow=n, styles=styles)
    )
    figures = "; ".join(f"{m.name} {words.number(m.metrics['ndcg'].estimate, 3)}" for m in comparison.models)
    show_chart(wide, "leaderboard", say(message("picture-leaderboard", figures=figures)), phone=narrow)
    csv_button("Models as CSV", "models.csv", lambda: _model_rows(comparison))


def differences(study: OpenStudy, comparison: Comparison, runs: Sequence[Run]) -> None:
    """Tell which differences are more than chance, beside what the arms' users did."""
    if len(comparison.models) < 2:
        return
    best, styles = comparison.best.name, model_styles(comparison, chart_mode())
    seconds = {run.model: run.seconds for run in runs}
    note = message("note-ranking-differences", k=comparison.settings.k, best=best, models=len(comparison.models))
    show_section("Is it better than the best?", say(note), rule=True)
    figures, card = st.columns([2.45, 1], gap="large")
    with figures:
        evidence_table(*ranking_tables.difference_table(comparison.against(best), styles, seconds))
        baseline = next((d.reference for d in comparison.differences if d.reference != best), None)
        if baseline:
            show_note(say(message("note-against-baseline", baseline=baseline)))
            evidence_table(*ranking_tables.difference_table(comparison.against(baseline), styles, seconds))
        csv_button("Differences as CSV", "differences.csv", lambda: [vars(d) for d in comparison.differences])
    beside = staying(study, comparison)
    with card:
        st.html(blocks.card_html(ranking_and_staying.TITLE, say(beside.order)))
        st.page_link("pages/retention.py", label="See Retention", query_params=address())
    arms(beside, comparison)


@dataclass(frozen=True)
class Staying:
    """What the arms' users did, if it can be said: retention, model by arm, and what the two orders say."""

    retention: RetentionResult | None
    models: Mapping[str, str]
    order: Message


def staying(study: OpenStudy, comparison: Comparison) -> Staying:
    """Look up how long the users of the arms stay, for setting it beside the quality of their models."""
    arms = sorted(study.dataset.recommenders)
    try:
        models = resolve_arm_models(study.settings.compare.arm_models, arms)
        result = cached.retention(study) if len(arms) > 1 else None
    except StayingPowerError as err:
        return Staying(None, {}, err.message)
    return Staying(result, models, ranking_and_staying.order_of_arms(comparison, result, models))


def arms(beside: Staying, comparison: Comparison) -> None:
    """List the arms with the offline quality of their models and the days they keep users."""
    if not beside.retention or not set(beside.models.values()) & {model.name for model in comparison.models}:
        return
    show_section(
        "Offline quality and days kept",
        label("note-quality-and-days"),
        rule=True,
    )
    styles = arm_styles(sorted(arm.name for arm in beside.retention.arms), chart_mode())
    evidence_table(*ranking_and_staying.quality_and_days(comparison, beside.retention, beside.models, styles), left=2)


def groups(comparison: Comparison, run_ids: tuple[str, ...]) -> None:
    """Show quality on known and new items, for users without a history, by history, and in other metrics."""
    styles = model_styles(comparison, chart_mode())
    show_section(
        "Known items, new items, new users",
        label("note-groups"),
        rule=True,
    )
    evidence_table(*ranking_tables.groups_table(comparison, styles))
    show_section("Short and long histories", label("note-histories"), rule=True)
    evidence_table(*ranking_tables.history_table(cached.segments(run_ids, comparison.settings.k), comparison, styles))
    show_section("Other metrics", label("note-other-metrics"), rule=True)
    evidence_table(*ranking_tables.metrics_table(comparison, styles))


def example_users(study: OpenStudy, comparison: Comparison, run_ids: tuple[str, ...]) -> None:
    """Show what a few users took, what models would have shown them, and what they took next."""
    drawn = cached.examples(study.dataset.dataset_id, run_ids)
    if not drawn:
        return
    show_section(
        "Example users",
        label("note-examples"),
        rule=True,
    )
    models = ranking_tables.first_of_families(comparison, model_styles(comparison, chart_mode()))
    others = [model.name for model in comparison.models if model.name not in models]
    for tab, example in zip(st.tabs([f"User {n}" for n in range(1, len(drawn) + 1)]), drawn, strict=True):
        with tab:
            more = example.later_count - len(example.later)
            later = message("example-later", items="; ".join(example.later), more=more)
            show_definitions((("Took last", "; ".join(example.history)), ("Took next", say(later))))
            evidence_table(*ranking_tables.list_table(example, models), left=len(models) + 1)
            if others:
                with st.expander(f"Lists of the other {words.counted(len(others), 'model')}"):
                    evidence_table(*ranking_tables.list_table(example, others), left=len(others) + 1)


def counted(comparison: Comparison) -> None:
    """Say how far to trust the figures and how they are defined."""
    show_section("How far to trust this", rule=True)
    show_check_details(comparison.checks)
    show_section("How this was counted", rule=True)
    show_definitions(pairs(comparison.definitions))


def _model_rows(comparison: Comparison) -> list[dict[str, object]]:
    return [
        {"model": model.name, "metric": metric, "k": comparison.settings.k, "estimate": value.estimate,
         "lower": value.lower, "upper": value.upper}
        for model in comparison.models
        for metric, value in [*model.metrics.items(), *(
            (name, group.ndcg) for name, group in (
                ("ndcg_known_items", model.warm), ("ndcg_new_items", model.cold), ("ndcg_new_users", model.cold_users)
            ) if group.ndcg
        )]
    ]  # fmt: skip
