"""Data: bring a log in, see what it holds, how it was cleaned and what it can answer."""

import streamlit as st

from dashboard import care_blocks, data_blocks, studies
from dashboard.drawing.boundary import boundary
from dashboard.drawing.text_blocks import show_empty, show_section
from dashboard.import_form import import_form, show_imports
from dashboard.page import start_page, start_sample

with boundary():
    study = start_page("Data", "import, map columns, check, clean")
    show_imports()
    if study is None:
        care_blocks.show_care_note()
        care_blocks.show_damaged()
        if not studies.workspace().dataset_ids():
            show_empty(
                "Nothing imported yet.",
                "A log needs three columns: who, what and when. A fourth that names the recommender turns retention "
                "into an experiment.",
            )
        data_blocks.others(studies.dataset_cards())
        if st.button("Open the sample study", type="primary"):
            start_sample("pages/data.py")
        import_form()
        st.stop()

    data_blocks.answer(study.dataset)
    data_blocks.issues(study.dataset)
    data_blocks.contents(study.dataset)
    data_blocks.steps(study.dataset)
    care_blocks.show_care(study.dataset)
    care_blocks.show_user(study.dataset)
    care_blocks.show_damaged()
    data_blocks.others(studies.dataset_cards(), study.dataset)
    show_section("Bring another log", rule=True)
    import_form()
