"""Choosing a model and its settings, and starting it."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Literal

import streamlit as st

from dashboard.inputs import draw_options
from dashboard.studies import OpenStudy, reset_options, workspace
from dashboard.verdict import show_error
from recsys_core import words
from recsys_core.errors import StayingPowerError
from recsys_core.runs import launch
from recsys_core.runs.estimate import estimate
from recsys_core.settings import MODELS, Stage

_CACHED, _PROBLEMS = "runs_from_cache", "runs_not_started"
_SPLIT = ("method", "test_from", "events", "filter_seen")


def trainable(study: OpenStudy) -> list[str]:
    """Name the models that the data allow, of those that the study asks for."""
    wanted = study.settings.train.models or tuple(MODELS)
    return [name for name in wanted if study.dataset.has_text or not MODELS[name].needs_text]


def train_form(study: OpenStudy, trained: Collection[str] = ()) -> None:
    """Draw the button that opens the choice of a model, and start what is chosen; `trained` names those there are."""
    names = trainable(study)
    first = next((place for place, name in enumerate(names) if name not in trained), 0)
    kind: Literal["primary", "secondary"] = "primary" if trained else "secondary"
    with st.popover("Train another model" if trained else "Train one model", type=kind, width="content"):
        name = str(st.selectbox("Model", names, index=first, key="model_to_train"))
        st.caption((MODELS[name].__doc__ or "").strip().splitlines()[0])
        _options(study.base.models[name], study.settings.models[name], advanced=False)
        with st.expander("More settings"):
            _options(study.base.models[name], study.settings.models[name], advanced=True)
            draw_options(
                study.base.split, study.settings.split, _SPLIT, {"events": list(study.dataset.events)}
            )  # fmt: skip
            st.button("Reset settings", key="reset_model", on_click=reset_options, args=(name, "split"))
        st.caption(_estimated(study, [name]))
        if not study.dataset.has_text:
            st.caption("Models that read text need a table of items with titles or descriptions: import it on Data.")
        if st.button("Start", type="primary"):
            start(study, [name])


def train_all(study: OpenStudy) -> None:
    """Draw the button of an empty page, which starts every model."""
    names = trainable(study)
    if st.button(f"Train all {words.spelled(len(names))} models", type="primary"):
        start(study, names)


def estimate_of_all(study: OpenStudy) -> str:
    """Say how long all models take together."""
    return _estimated(study, trainable(study))


def _options(base: Stage, current: Stage, *, advanced: bool) -> None:
    draw_options(base, current, [field.name for field in fields(current) if field.metadata["advanced"] is advanced])


def _estimated(study: OpenStudy, names: Sequence[str]) -> str:
    found = [estimate(workspace(), study.dataset, study.settings.models[name]) for name in names]
    basis = found[0].basis if len({each.basis for each in found}) == 1 else "going by earlier runs and rules of thumb"
    return f"About {words.duration(sum(each.seconds for each in found))}, {basis}."


def start(study: OpenStudy, names: Sequence[str]) -> None:
    """Start models, keep what is to be said about it, and draw the page again."""
    chosen = study.settings
    problems: list[tuple[str, str]] = []
    for name in names:
        try:
            run = launch.train(workspace(), study.dataset, chosen.models[name], chosen.split, chosen.retention)
        except StayingPowerError as err:
            problems.append((name, str(err)))
            continue
        if run.cached:
            st.session_state.setdefault(_CACHED, set()).add(run.run_id)
    st.session_state[_PROBLEMS] = problems
    st.rerun()


def show_problems() -> None:
    """Say once why models were not started."""
    for name, problem in st.session_state.pop(_PROBLEMS, []):
        show_error(f"{name} was not started.", problem, "")


def from_cache(run_id: str) -> bool:
    """Tell whether a run was asked for in this session when it was finished already."""
    return run_id in st.session_state.get(_CACHED, ())
