"""Choosing models and their settings, seeing what they will take, and starting them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import uuid4

import streamlit as st

from dashboard.drawing.answer_blocks import show_error, show_warning_line
from dashboard.drawing.boundary import boundary
from dashboard.drawing.text_blocks import show_note
from dashboard.inputs import draw_options
from dashboard.studies import OpenStudy, reset_options, workspace
from recsys_core import words
from recsys_core.charts.ranking.run_card import choice_html, taken_html
from recsys_core.charts.theme import family_of
from recsys_core.errors import StayingPowerError
from recsys_core.models.cards import all_cards, card_of
from recsys_core.named_files import downloads_on
from recsys_core.runs.cost import measuring_queue
from recsys_core.runs.cost.estimate import READY, RULE, Estimate, estimate, shortfall, total
from recsys_core.runs.cost.measurements import measured
from recsys_core.runs.cost.measuring_queue import Job
from recsys_core.runs.life.keys import RunPlan, plan_run
from recsys_core.runs.life.run import registry
from recsys_core.runs.start import launch
from recsys_core.settings import ModelSettings, Stage
from recsys_core.wording.sentences import say

_CACHED, _PROBLEMS, _OPEN, _CHOSEN = "runs_from_cache", "runs_not_started", "train_form_open", "models_to_train"
_ASKER = "asker_of_measurements"
_SPLIT = ("method", "test_from", "events", "filter_seen")
_COLUMNS = 4


@dataclass(frozen=True)
class Choice:
    """A model that can be trained, and what it will take; `problem` says why it cannot be planned as it is set."""

    settings: ModelSettings
    plan: RunPlan | None
    takes: Estimate
    problem: str = ""

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.settings.stage


def trainable(study: OpenStudy) -> list[str]:
    """Name the models that the data allow, of those that the study asks for."""
    wanted = study.settings.train.models or tuple(card.name for card in all_cards())
    return [name for name in wanted if study.dataset.has_text or not card_of(name).needs_text]


def form_button(label: str) -> None:
    """Draw the button that opens the form."""
    if st.button(label, key="open_train_form", type="primary" if label != "Choose models" else "secondary"):
        st.session_state[_OPEN] = not st.session_state.get(_OPEN, False)
        st.rerun()


def train_form(study: OpenStudy, trained: Collection[str] = (), *, always: bool = False) -> None:
    """Draw the form where it is open; `trained` names the models that there are."""
    if not (always or st.session_state.get(_OPEN)):
        return
    with st.container(key="card_form"):
        choices = [look_up(study, name) for name in trainable(study)]
        chosen = _choose(choices, trained)
        if not study.dataset.has_text:
            show_note("Models that read text need a table of items with titles or descriptions: import it on Data.")
        _foot(study, chosen)
        _settings(study, chosen)


def train_all(study: OpenStudy) -> None:
    """Draw the button of an empty page, which starts every model."""
    names = trainable(study)
    if st.button(f"Train all {words.spelled(len(names))} models", type="primary"):
        start(study, [study.settings.models[name] for name in names])


def estimate_of_all(study: OpenStudy) -> str:
    """Say what all models take together."""
    return _in_words(total_of([look_up(study, name) for name in trainable(study)]))


def look_up(study: OpenStudy, name: str) -> Choice:
    """Find what a model would take as it is set now."""
    model = study.settings.models[name]
    encoders = (getattr(model, option) for option in card_of(name).encoders)
    if downloads_on() and any(encoder and not Path(encoder).expanduser().is_dir() for encoder in encoders):
        # a name of the hub: planning would download it
        return Choice(model, None, estimate(workspace(), study.dataset, model))
    try:
        split, retention = study.settings.split, study.settings.retention
        at = launch.resolved_split_time(workspace(), study.dataset, split, retention)
        plan = plan_run(study.dataset, model, split, at, study.settings.models)
    except StayingPowerError as err:
        return Choice(model, None, estimate(workspace(), study.dataset, model), str(err))
    row = registry(workspace()).row(plan.run_id)
    if row and row["state"] == "finished":
        return Choice(model, plan, Estimate(0, 0, 0, READY))
    return Choice(model, plan, estimate(workspace(), study.dataset, model, plan.run_id))


def total_of(choices: Sequence[Choice]) -> Estimate:
    """Add up what choices take."""
    return total([choice.takes for choice in choices], [card_of(choice.name).heavy for choice in choices])


def _in_words(takes: Estimate) -> str:
    basis = say(takes.basis)
    if takes.ready:
        return f"{basis[:1].upper()}{basis[1:]}."
    seconds, memory, disk = _figures(takes)
    return f"About {seconds}, {memory} of memory and {disk} of disk, {basis}."


def _figures(takes: Estimate) -> tuple[str, str, str]:
    return words.duration(takes.seconds), words.room(takes.memory_mb * 1e6), words.room(takes.disk_mb * 1e6)


def _choose(choices: Sequence[Choice], trained: Collection[str]) -> list[Choice]:
    """Draw a line per model: its name to tick, what it is, what it takes."""
    first = next((choice.name for choice in choices if choice.name not in trained), "")
    ticks = st.session_state.setdefault(_CHOSEN, {first})
    chosen = []
    for choice in choices:
        with st.container(key=f"pick_{family_of(choice.name)}_{choice.name}"):
            name, about, takes = st.columns([0.95, 2.7, 1.6], vertical_alignment="center")
            with name:
                key = f"train_{choice.name}"
                st.session_state[key] = choice.name in ticks
                ticked = st.checkbox(choice.name, key=key, on_change=_keep, args=(choice.name, key))
            with about:
                line = (type(choice.settings).__doc__ or "").strip().splitlines()[0]
                st.html(choice_html(line, changes(choice.settings), _trouble(choice)))
            with takes:
                st.html(_takes_html(choice.takes))
        if ticked:
            chosen.append(choice)
    return chosen


@boundary()
def _keep(name: str, key: str) -> None:
    chosen = st.session_state[_CHOSEN]
    (chosen.add if st.session_state[key] else chosen.discard)(name)


def _takes_html(takes: Estimate) -> str:
    if takes.ready:
        return taken_html("ready", say(READY))
    seconds, memory, disk = _figures(takes)
    return taken_html(f"{seconds} · {memory} memory · {disk} disk", "" if takes.basis == RULE else say(takes.basis))


def _trouble(choice: Choice) -> str:
    if choice.problem:
        return choice.problem
    measurement = measured(workspace(), choice.plan.run_id) if choice.plan else None
    return f"It could not be measured. {say(measurement.error)}" if measurement and measurement.error else ""


def changes(model: ModelSettings) -> str:
    """Name the settings that are not at their default."""
    return told(model, type(model)())


def told(model: ModelSettings, default: ModelSettings | None = None) -> str:
    """Name a model's settings, or only those that differ from others."""
    return "; ".join(
        f"{words.inside(field.metadata['label'])} {_value(getattr(model, field.name))}"
        for field in fields(model)
        if default is None or getattr(model, field.name) != getattr(default, field.name)
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return words.count(value)
    return f"{value:g}" if isinstance(value, float) else str(value) or "packaged"


def _settings(study: OpenStudy, chosen: Sequence[Choice]) -> None:
    """Draw a tab of settings per model that has some, and fold the split."""
    names = [choice.name for choice in chosen if fields(choice.settings)]
    for name, tab in zip(names, st.tabs(names) if names else (), strict=True):
        base, current = study.base.models[name], study.settings.models[name]
        with tab:
            _options(base, current, advanced=False)
            if any(field.metadata["advanced"] for field in fields(current)):
                with st.expander("More settings", key=f"more_{name}"):
                    _options(base, current, advanced=True)
            if current != base:
                st.button("Reset settings", key=f"reset_{name}", on_click=boundary()(reset_options), args=(name,))
    with st.expander(f"Split: {study.settings.split.method}", key="split_options"):
        draw_options(study.base.split, study.settings.split, _SPLIT, {"events": list(study.dataset.events)})
        if study.settings.split != study.base.split:
            st.button("Reset split", key="reset_split", on_click=boundary()(reset_options), args=("split",))


def _options(base: Stage, current: Stage, *, advanced: bool) -> None:
    shown = [field for field in fields(current) if field.metadata["advanced"] is advanced]
    names = [field.name for field in shown if not field.metadata["path"]]
    rows = -(-len(names) // _COLUMNS)
    for place, column in enumerate(st.columns(_COLUMNS)):
        with column:
            draw_options(base, current, names[place * rows : (place + 1) * rows])
    for field in (field for field in shown if field.metadata["path"]):
        named = _value(getattr(current, field.name))
        show_note(f"{field.metadata['label']}: {named}. A study file or `train --set {field.name}=` names another one.")


def _foot(study: OpenStudy, chosen: Sequence[Choice]) -> None:
    """Say what all that is chosen takes, measure it, start it."""
    lacking = [lack for choice in chosen if (lack := shortfall(workspace(), choice.settings, choice.takes))]
    if chosen:
        many = f"{words.spelled(len(chosen)).capitalize()} models: " if len(chosen) > 1 else ""
        takes = _in_words(total_of(chosen))
        show_note(f"**{many}{takes[:1].lower() + takes[1:] if many else takes}**")
    else:
        show_note("Choose one model or more.")
    for lack in lacking:
        show_warning_line("Does not fit", say(lack))
    with st.container(horizontal=True, vertical_alignment="center"):
        sure = not lacking or st.checkbox("Start all the same", key="start_all_the_same")
        if st.button("Start", type="primary", disabled=not (chosen and sure)):
            st.session_state[_OPEN] = False
            start(study, [choice.settings for choice in chosen])
        busy = _measure_button(study, [choice.plan for choice in chosen if choice.plan and not choice.takes.ready])
        if st.session_state.get(_OPEN) and st.button("Close", type="tertiary", key="close_train_form"):
            st.session_state[_OPEN] = False
            st.rerun()
    if busy:
        with st.container(key="live_measuring"):
            st.fragment(boundary()(lambda: _measuring(study)), run_every="1s")()


def _measure_button(study: OpenStudy, plans: Sequence[RunPlan]) -> bool:
    """Draw the button; True while something of this data set is measured."""
    busy = bool(_jobs(study))
    help_text = "A minute per model at most: it learns from a few real batches in a process of its own."
    if st.button("Measure", disabled=not plans or busy, help=help_text):
        for plan in plans:
            measuring_queue.begin(workspace(), plan, _asker())
        st.rerun()
    return busy


def _jobs(study: OpenStudy) -> tuple[Job, ...]:
    """What is measured, or waits to be, up to the last of this data set; empty where there is nothing of it."""
    jobs = measuring_queue.advance(workspace())
    own = [place for place, job in enumerate(jobs, start=1) if job.dataset_id == study.dataset.dataset_id]
    return jobs[: own[-1]] if own else ()


def _asker() -> str:
    """Name this session, so that it withdraws what it asked for and nothing else."""
    return st.session_state.setdefault(_ASKER, uuid4().hex)


def _measuring(study: OpenStudy) -> None:
    """Say what is measured; the page is drawn again when a measurement has ended."""
    jobs = _jobs(study)
    ids = [job.run_id for job in jobs]
    if st.session_state.setdefault("measured_of", ids) != ids:
        st.session_state["measured_of"] = ids
        st.rerun()
    if not jobs:
        st.rerun()
    first, *waiting = jobs
    more = f" {words.counted(len(waiting), 'model')} after it." if waiting else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        elapsed = words.duration(first.seconds or 0.0)
        show_note(f"Measuring {first.run_id.rpartition('-')[0]}: {elapsed} of a minute at most.{more}")
        if any(_asker() in job.askers for job in jobs) and st.button("Stop measuring"):
            measuring_queue.stop(workspace(), _asker())
            st.rerun()


def start(study: OpenStudy, models: Sequence[ModelSettings]) -> None:
    """Start models, keep what is to be said about it, and draw the page again."""
    chosen = study.settings
    problems: list[tuple[str, str]] = []
    measuring_queue.stop(workspace(), _asker())  # beside what starts now it would tell nothing
    for model in models:
        try:
            run = launch.train(workspace(), study.dataset, model, chosen.split, chosen.retention, others=chosen.models)
        except StayingPowerError as err:
            problems.append((model.stage, str(err)))
            continue
        if run.cached:
            st.session_state.setdefault(_CACHED, set()).add(run.run_id)
    st.session_state.pop(_CHOSEN, None)
    st.session_state[_PROBLEMS] = problems
    st.rerun()


def show_problems() -> None:
    """Say once why models were not started."""
    for name, problem in st.session_state.pop(_PROBLEMS, []):
        show_error(f"{name} was not started.", problem, "")


def from_cache(run_id: str) -> bool:
    """Tell whether a run was asked for in this session when it was finished already."""
    return run_id in st.session_state.get(_CACHED, ())
