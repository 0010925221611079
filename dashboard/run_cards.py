"""The card of a run: what it is, how far it is or why it ended, its log, and what can be done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.tables_and_charts import evidence_table
from dashboard.drawing.text_blocks import show_definitions
from dashboard.studies import OpenStudy, workspace
from dashboard.train_form import changes, from_cache, start, told
from recsys_core import words
from recsys_core.charts.ranking.run_card import advice_html, meta_html, name_html, progress_html, time_html, told_line
from recsys_core.errors import StayingPowerError
from recsys_core.runs.life.keys import RunPlan
from recsys_core.runs.life.run import Run, has_checkpoint, log_tail, plan_of
from recsys_core.runs.start import launch
from recsys_core.runs.watch.advice import Advice, advise, decisive, starts

_METRICS = {"ndcg": "NDCG", "recall": "recall", "hit": "hit rate", "mrr": "MRR", "map": "MAP", "precision": "precision",
            "coverage": "coverage", "novelty": "novelty, bits"}  # fmt: skip
_READ, _SHOWN = 400, 20  # lines of a log: looked at, and shown
_PLACES = ("next", "second", "third", "fourth", "fifth", "sixth")


def card(study: OpenStudy, run: Run, label: str, curve: Sequence[Mapping[str, Any]], place: int) -> None:
    """Draw a card.

    Parameters
    ----------
    curve
        What the run told while it trained.
    place
        Of a run that waits: how many of its kind wait before it.
    """
    plan = settings_of(run)
    bad = run.state in {"failed", "lost"}
    lines = log_tail(workspace(), run.run_id, _READ) if bad or run.active else ()
    own = starts(lines)[-1].lines if starts(lines) else lines
    advice = advise(run.error, own, plan.model if plan else None) if bad else None
    with st.container(key=f"card_run_{run.run_id}"):
        name, said, action = st.columns([1.35, 2.3, 1.65], vertical_alignment="center")
        with name:
            note = changes(plan.model) if plan else ""
            st.html(name_html(label, run.model, run.state, cached=from_cache(run.run_id), note=note))
        with said:
            share = run.share if run.state == "running" else None
            st.html(progress_html(_sentence(run, advice, place), share, run.model, strong=bad))
            if line := (told_line(curve) if run.active else _when(run) if bad else ""):
                st.html(meta_html(line))
        with action, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            if time := _time(run):
                st.html(time_html(time), width="content")
            if run.active:
                with st.popover("Log", width="content", key=f"log_{run.run_id}"):
                    st.code("\n".join(own[-_SHOWN:]) or "Nothing yet.", language=None, wrap_lines=True)
            _button(run, plan)
        if advice:
            _way_on(study, run, advice, own)
            _log(run, lines, own)


def _way_on(study: OpenStudy, run: Run, advice: Advice, lines: Sequence[str]) -> None:
    """Say what to do about a failure, with the line of the log that decides, and offer the change that helps."""
    line = decisive(lines)
    st.html(advice_html(advice.todo, "" if line and line in run.error else line))
    if advice.retry and st.button(f"Start with {advice.change}", key=f"change_{run.run_id}"):
        start(study, [advice.retry])


def _log(run: Run, lines: Sequence[str], own: Sequence[str]) -> None:
    """Fold the end of the log, and earlier starts where there were some."""
    with st.expander("End of its log", key=f"log_{run.run_id}"):
        if own:
            st.code("\n".join(own[-_SHOWN:]), language=None, wrap_lines=True)
        else:
            st.html(meta_html("Its process wrote nothing: it ended before its first line, or its log was removed."))
    earlier = starts(lines)[:-1]
    if earlier:
        with st.expander(f"{words.counted(len(earlier), 'earlier start')}", key=f"starts_{run.run_id}"):
            rows = [[f"{start.number}", start.when, start.decisive or "said nothing"] for start in reversed(earlier)]
            evidence_table(["start", "at", "how it ended"], rows, left=3)


def _button(run: Run, plan: RunPlan | None) -> None:
    if run.active:
        if st.button("Cancel", key=f"cancel_{run.run_id}", disabled=run.message == "stops"):
            _act(launch.cancel, run)
    elif run.resumable:
        goes_on = run.state != "failed" or has_checkpoint(workspace(), run.run_id)
        if st.button("Resume" if goes_on else "Retry", key=f"resume_{run.run_id}", disabled=plan is None):
            _act(launch.resume, run)
    else:
        with st.popover("Details", width="content"):
            _details(run, plan)


def _act(action: Callable[..., Run], run: Run) -> None:
    try:
        action(workspace(), run.run_id)
    except StayingPowerError as err:
        show_error("That did not work.", str(err), "")
        return
    st.rerun()


def _details(run: Run, plan: RunPlan | None) -> None:
    rows = [[name, words.number(run.metrics[key], 3)] for key, name in _METRICS.items() if key in run.metrics]
    evidence_table(["in lists of 10, on test users", ""], rows)
    settings = told(plan.model) if plan else ""
    cut = f" from {words.date(run.test_from)}" if run.split["method"] == "global-time" else ""
    show_definitions(
        (
            ("Settings", settings or "This model has none."),
            ("Split", f"{run.split['method']}, tested{cut}."),
            ("Run", f"{run.run_id}, {words.duration(run.seconds)}, {words.counted(run.attempts, 'start')}."),
        )
    )


def _sentence(run: Run, advice: Advice | None, place: int) -> str:
    ndcg = f"NDCG {words.number(run.metrics['ndcg'], 3)} in lists of 10." if "ndcg" in run.metrics else ""
    if run.active:
        said = run.message.partition(" Best NDCG")[0]  # the line below says it
        waits = _waits(place) if run.state == "queued" and not said.startswith(("stops", "starts again in")) else ""
        return _ended(f"{said[:1].upper()}{said[1:]}") + waits
    if run.state == "finished" and from_cache(run.run_id):
        day = words.date(int(run.finished or 0), year=False)
        return f"Same data, split and settings as a run of {day}: reused, nothing trained. {ndcg}"
    if run.state == "finished":
        return f"{ndcg} Trained on {words.date(int(run.finished or 0), year=False)}."
    if run.state == "cancelled":
        return f"Stopped at {words.percent(run.share, 0)}. {_from_where(run)}"
    assert advice is not None  # noqa: S101 - failed and lost runs have one
    return _ended(advice.happened)


def _waits(place: int) -> str:
    return f" It is {_PLACES[place]} in line." if place < len(_PLACES) else f" {place} wait before it."


def _ended(said: str) -> str:
    return said if not said or said.endswith((".", "!", "?")) else f"{said}."


def _when(run: Run) -> str:
    """Say how far a run came, when it ended and what is kept of it."""
    ended = f" on {datetime.fromtimestamp(run.finished, UTC):%d %B at %H:%M} UTC" if run.finished else ""
    return f"Ended at {words.percent(run.share, 0)}{ended}, start {run.attempts}. {_from_where(run)}"


def _from_where(run: Run) -> str:
    if has_checkpoint(workspace(), run.run_id):
        return "Resume goes on from its last checkpoint."
    return f"It had reached no checkpoint: {'Retry' if run.state == 'failed' else 'Resume'} starts it anew."


def _time(run: Run) -> str:
    if run.state == "running":
        return "" if run.eta_seconds is None else f"about {words.duration(run.eta_seconds)} left"
    return words.duration(run.seconds) if run.state == "finished" else ""


def settings_of(run: Run) -> RunPlan | None:
    """What a run was started with; None where its folder does not say."""
    try:
        return plan_of(workspace(), run.run_id)
    except StayingPowerError:
        return None
