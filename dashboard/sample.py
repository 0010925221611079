"""The sample study's curves for the home page: kept beside the sample, so that the page opens without an analysis."""

import json

import streamlit as st

from dashboard.studies import SAMPLE
from recsys_core.retention.estimators.figures import RestrictedMean, SurvivalPoint
from recsys_core.retention.study.arm_results import ArmResult


@st.cache_data(show_spinner=False)
def sample_arms() -> tuple[tuple[ArmResult, ...], int]:
    """Read the arms' curves as `python -m sample_data.make_curves` wrote them, and their horizon in days."""
    kept = json.loads(SAMPLE.with_name("curves.json").read_text(encoding="utf-8"))
    arms = []
    for arm in kept["arms"]:
        points = tuple(SurvivalPoint(**point) for point in arm.pop("survival"))
        arms.append(ArmResult(**arm | {"rmst": RestrictedMean(**arm["rmst"]), "survival": points}))
    return tuple(arms), kept["horizon_days"]
