"""Compare: which model ranks best offline, how sure that is, and where it ranks well."""

import streamlit as st

from dashboard import compare_blocks
from dashboard.drawing.answer_blocks import show_checks, show_error, show_verdict
from dashboard.drawing.boundary import boundary
from dashboard.drawing.text_blocks import show_skeleton
from dashboard.page import need_study, start_page
from dashboard.results import cached
from dashboard.staying_blocks import quality_and_lapses
from recsys_core.charts.ranking.ranking_tables import ranking_ruler
from recsys_core.errors import StayingPowerError

with boundary():
    study = need_study("Compare", start_page("Compare", "ranking quality, one split, the same users for every model"))
    place = st.empty()
    with place.container():
        show_skeleton(520, "Comparing the trained models")
    try:
        runs = compare_blocks.finished(study)
        run_ids = tuple(run.run_id for run in runs)
        comparison = cached.comparison(run_ids, study.settings.compare) if runs else None
    except StayingPowerError as err:
        with place.container():
            show_error("The models cannot be compared.", err.sentence, err.advice)
        compare_blocks.settings_row(study, None)
        st.stop()
    place.empty()
    if comparison is None:
        compare_blocks.nothing_yet(study)
        st.stop()

    show_verdict(comparison.verdict, ranking_ruler(comparison))
    show_checks(comparison.checks)
    compare_blocks.in_training(study, runs)
    compare_blocks.settings_row(study, comparison)
    compare_blocks.leaderboard(comparison)
    compare_blocks.differences(study, comparison, runs)
    quality_and_lapses(study, run_ids, comparison.best.name)
    compare_blocks.groups(comparison, run_ids)
    compare_blocks.example_users(study, comparison, run_ids)
    compare_blocks.counted(comparison)
