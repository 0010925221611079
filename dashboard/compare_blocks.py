"""The sections of the compare page: leaderboard, differences, new items, example users, definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import cached
from dashboard.drawing.answer_blocks import show_check_details
from dashboard.drawing.downloads import csv_button
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_definitions, show_empty, show_note, show_section
from dashboard.inputs import draw_options
from dashboard.look import chart_mode
from dashboard.studies import OpenStudy, address, reset_options, workspace
from recsys_core import words
from recsys_core.charts import blocks
from recsys_core.charts.ranking import ranking_and_staying, ranking_tables
from recsys_core.charts.ranking.leaderboard import families_of, leaderboard_figure, model_styles
from recsys_core.charts.theme import arm_styles
from recsys_core.errors import StayingPowerError
from recsys_core.evaluation.arm_models import resolve_arm_models
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.runs.life.run import Run
from recsys_core.runs.start import run_comparison

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
        "Train at least two: a simple one takes seconds, and what was popular lately is always compared with.",
    )
    if st.button("Train models", type="primary"):
        st.switch_page("pages/train.py", query_params=address())
    in_training(study, ())


def in_training(study: OpenStudy, drawn: Sequence[Run]) -> None:
    """Name the models in training; the page is drawn again as soon as one of them has finished."""
    if not run_comparison.active_runs(workspace(), study.dataset, study.settings):
        return

    def part() -> None:
        active = run_comparison.active_runs(workspace(), study.dataset, study.settings)
        done = {run.run_id for run in run_comparison.comparable_runs(workspace(), study.dataset, study.settings)}
        if not active or done != {run.run_id for run in drawn}:
            st.rerun()
        names = [f"{run.model} {words.percent(run.share, 0)}" for run in active]
        show_note(f"In training: {words.listed(names)}. This page takes them in when they are ready.")

    with st.container(key="live"):
        st.fragment(part, run_every=EVERY)()


def settings_row(study: OpenStudy, found: Comparison | None) -> None:
    """Say in a line what is in force, with the settings behind a button."""
    base, current = study.base.compare, study.settings.compare
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        said = f"Lists of **{found.settings.k}**. {found.definitions[1][1]}" if found else "Change a setting."
        st.caption(said, width="content")
        with st.popover("Change settings"):
            draw_options(base, current, _SIMPLE)
            with st.expander("More settings"):
                draw_options(base, current, _ADVANCED)
            if current != base and st.button("Reset settings", key="reset_compare"):
                reset_options("compare")
                st.rerun()


def leaderboard(found: Comparison) -> None:
    """Draw the models in their order, with the families' shapes."""
    new = " New items have no history before the split." if found.best.cold.ndcg else ""
    show_section(
        f"Ranking quality of {words.spelled(len(found.models))} model{'s' * (len(found.models) > 1)}",
        f"Sorted by NDCG on all items; the line is the 95 % interval over "
        f"{words.counted(found.counts['warm_users'], 'test user')}.{new}",
        rule=True,
    )
    st.html(blocks.families_html(families_of(found)))
    styles = model_styles(found, chart_mode())
    wide, narrow = (leaderboard_figure(found, chart_mode(), narrow=n, styles=styles) for n in (False, True))
    said = "; ".join(f"{m.name} {words.number(m.metrics['ndcg'].estimate, 3)}" for m in found.models)
    show_chart(wide, "leaderboard", f"NDCG of each model: {said}", phone=narrow)
    csv_button("Models as CSV", "models.csv", _model_rows(found))


def differences(study: OpenStudy, found: Comparison, runs: Sequence[Run]) -> None:
    """Tell which differences are more than chance, beside what the arms' users did."""
    if len(found.models) < 2:
        return
    best, styles = found.best.name, model_styles(found, chart_mode())
    seconds = {run.model: run.seconds for run in runs}
    pairs = len(found.models) * (len(found.models) - 1) // 2
    over = "all pairs of models" if pairs > 1 else "one pair"
    show_section(
        "Is it better than the best?",
        f"Difference in NDCG at {found.settings.k} from {best}, same users, 95 % interval. p values corrected by Holm "
        f"over {over}.",
        rule=True,
    )
    figures, card = st.columns([2.45, 1], gap="large")
    with figures:
        evidence_table(*ranking_tables.difference_table(found.against(best), styles, seconds))
        baseline = next((d.reference for d in found.differences if d.reference != best), None)
        if baseline:
            show_note(f"Against **{baseline}**, the best simple baseline:")
            evidence_table(*ranking_tables.difference_table(found.against(baseline), styles, seconds))
        csv_button("Differences as CSV", "differences.csv", [vars(d) for d in found.differences])
    beside = staying(study, found)
    with card:
        st.html(blocks.card_html(ranking_and_staying.TITLE, beside.said))
        st.page_link("pages/retention.py", label="See Retention", query_params=address())
    arms(beside, found)


@dataclass(frozen=True)
class Staying:
    """What the arms' users did, if it can be said: retention, model by arm, and the sentence about both."""

    retention: RetentionResult | None
    models: Mapping[str, str]
    said: str


def staying(study: OpenStudy, found: Comparison) -> Staying:
    """Look up how long the users of the arms stay, for setting it beside the quality of their models."""
    arms = sorted(study.dataset.recommenders)
    try:
        models = resolve_arm_models(study.settings.compare.arm_models, arms)
        result = cached.retention(study) if len(arms) > 1 else None
    except StayingPowerError as err:
        return Staying(None, {}, str(err))
    return Staying(result, models, ranking_and_staying.order_sentence(found, result, models))


def arms(beside: Staying, found: Comparison) -> None:
    """List the arms with the offline quality of their models and the days they keep users."""
    if not beside.retention or not set(beside.models.values()) & {model.name for model in found.models}:
        return
    show_section(
        "Offline quality and days kept",
        "Each arm's model as ranked above, beside the restricted mean of the arm on the retention page.",
        rule=True,
    )
    styles = arm_styles(sorted(arm.name for arm in beside.retention.arms), chart_mode())
    evidence_table(*ranking_and_staying.quality_and_days(found, beside.retention, beside.models, styles), left=2)


def groups(found: Comparison, run_ids: tuple[str, ...]) -> None:
    """Show quality on known and new items, for users without a history, by history, and in other metrics."""
    styles = model_styles(found, chart_mode())
    show_section(
        "Known items, new items, new users",
        "Targets of each kind are ranked among all items, as they are served. Users without a history get what is "
        "popular from every model.",
        rule=True,
    )
    evidence_table(*ranking_tables.groups_table(found, styles))
    show_section("Short and long histories", "Mean NDCG by the number of items that users took in training.", rule=True)
    evidence_table(*ranking_tables.history_table(cached.segments(run_ids, found.settings.k), found, styles))
    show_section("Other metrics", "The same lists, counted otherwise; what each means stands below.", rule=True)
    evidence_table(*ranking_tables.metrics_table(found, styles))


def example_users(study: OpenStudy, found: Comparison, run_ids: tuple[str, ...]) -> None:
    """Show what a few users took, what models would have shown them, and what they took next."""
    drawn = cached.examples(study.dataset.dataset_id, run_ids)
    if not drawn:
        return
    show_section(
        "Example users",
        "Drawn at random from those for whom some model found an item; the best model of each family, then the "
        "others. ✓ marks what the user took later.",
        rule=True,
    )
    models = ranking_tables.first_of_families(found, model_styles(found, chart_mode()))
    others = [model.name for model in found.models if model.name not in models]
    for tab, example in zip(st.tabs([f"User {n}" for n in range(1, len(drawn) + 1)]), drawn, strict=True):
        with tab:
            more = example.later_count - len(example.later)
            later = "; ".join(example.later) + (f"; and {words.count(more)} more" if more else "")
            show_definitions((("Took last", "; ".join(example.history)), ("Took next", later)))
            evidence_table(*ranking_tables.list_table(example, models), left=len(models) + 1)
            if others:
                with st.expander(f"Lists of the other {words.counted(len(others), 'model')}"):
                    evidence_table(*ranking_tables.list_table(example, others), left=len(others) + 1)


def counted(found: Comparison) -> None:
    """Say how far to trust the figures and how they are defined."""
    show_section("How far to trust this", rule=True)
    show_check_details(found.checks)
    show_section("How this was counted", rule=True)
    show_definitions(found.definitions)


def _model_rows(found: Comparison) -> list[dict[str, object]]:
    return [
        {"model": model.name, "metric": metric, "k": found.settings.k, "estimate": value.estimate,
         "lower": value.lower, "upper": value.upper}
        for model in found.models
        for metric, value in [*model.metrics.items(), *(
            (name, group.ndcg) for name, group in (
                ("ndcg_known_items", model.warm), ("ndcg_new_items", model.cold), ("ndcg_new_users", model.cold_users)
            ) if group.ndcg
        )]
    ]  # fmt: skip
