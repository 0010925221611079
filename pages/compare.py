"""Compare: which model ranks best offline, how sure that is, and where it ranks well."""

import streamlit as st

from dashboard import cached, compare_blocks
from dashboard.drawing.answer_blocks import show_checks, show_error, show_verdict
from dashboard.drawing.text_blocks import show_skeleton
from dashboard.page import need_study, start_page
from dashboard.staying_blocks import quality_and_lapses
from recsys_core.charts.ranking.ranking_tables import ranking_ruler
from recsys_core.errors import StayingPowerError

study = need_study("Compare", start_page("Compare", "ranking quality, one split, the same users for every model"))
place = st.empty()
with place.container():
    show_skeleton(520, "Comparing the trained models")
try:
    runs = compare_blocks.finished(study)
    run_ids = tuple(run.run_id for run in runs)
    found = cached.comparison(run_ids, study.settings.compare) if runs else None
except StayingPowerError as err:
    with place.container():
        show_error("The models cannot be compared.", str(err), "")
    compare_blocks.settings_row(study, None)
    st.stop()
place.empty()
if found is None:
    compare_blocks.nothing_yet(study)
    st.stop()

show_verdict(found.verdict, ranking_ruler(found))
show_checks(found.checks)
compare_blocks.in_training(study, runs)
compare_blocks.settings_row(study, found)
compare_blocks.leaderboard(found)
compare_blocks.differences(study, found, runs)
quality_and_lapses(study, run_ids, found.best.name)
compare_blocks.groups(found, run_ids)
compare_blocks.example_users(study, found, run_ids)
compare_blocks.counted(found)
