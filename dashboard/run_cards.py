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
from recsys_core.answers import Message, message
from recsys_core.charts.ranking.run_card import (
    advice_html,
    figures_line,
    meta_html,
    name_html,
    progress_html,
    time_html,
)
from recsys_core.errors import StayingPowerError
from recsys_core.runs.life.keys import RunPlan
from recsys_core.runs.life.run import Run, has_checkpoint, log_tail, plan_of
from recsys_core.runs.start import launch
from recsys_core.runs.watch.advice import Advice, advise, starts
from recsys_core.wording.sentences import label as label_of
from recsys_core.wording.sentences import say, what_happened

_METRICS = {"ndcg": "NDCG", "recall": "recall", "hit": "hit rate", "mrr": "MRR", "map": "MAP", "precision": "precision",
            "coverage": "coverage", "novelty": "novelty, bits"}  # fmt: skip
_READ, _SHOWN = 400, 20  # lines of a log: looked at, and shown
_PLACES = 6  # in line that have a name


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
        name, standing, action = st.columns([1.35, 2.3, 1.65], vertical_alignment="center")
        with name:
            note = changes(plan.model) if plan else ""
            st.html(name_html(label, run.model, run.state, cached=from_cache(run.run_id), note=note))
        with standing:
            share = run.share if run.state == "running" else None
            st.html(progress_html(_sentence(run, advice, place), share, run.model, strong=bad))
            if line := (figures_line(curve) if run.active else _when(run) if bad else ""):
                st.html(meta_html(line))
        with action, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            if time := _time(run):
                st.html(time_html(time), width="content")
            if run.active:
                with st.popover("Log", width="content", key=f"log_{run.run_id}"):
                    st.code("\n".join(own[-_SHOWN:]) or "Nothing yet.", language=None, wrap_lines=True)
            _button(run, plan)
        if advice:
            _way_on(study, run, advice)
            _log(run, lines, own)


def _way_on(study: OpenStudy, run: Run, advice: Advice) -> None:
    """Say what to do about a failure, with the line of the log that decides, and offer the change that helps."""
    st.html(advice_html(say(advice.todo), advice.line))
    if advice.retry is None:
        return
    if st.button(say(message("card-try", change=advice.change)), key=f"change_{run.run_id}"):
        start(study, [advice.retry])


def _log(run: Run, lines: Sequence[str], own: Sequence[str]) -> None:
    """Fold the end of the log, and earlier starts where there were some."""
    with st.expander("End of its log", key=f"log_{run.run_id}"):
        if own:
            st.code("\n".join(own[-_SHOWN:]), language=None, wrap_lines=True)
        else:
            st.html(meta_html(label_of("card-wrote-nothing")))
    earlier = starts(lines)[:-1]
    if earlier:
        with st.expander(say(message("card-earlier-starts", starts=len(earlier))), key=f"starts_{run.run_id}"):
            silent = label_of("card-said-nothing")
            rows = [[f"{start.number}", start.when, start.decisive or silent] for start in reversed(earlier)]
            evidence_table(["start", "at", "how it ended"], rows, left=3)


def _button(run: Run, plan: RunPlan | None) -> None:
    if run.active:
        if st.button("Cancel", key=f"cancel_{run.run_id}", disabled=run.stopping):
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
    """Say how a run stands."""
    if advice is not None:
        whole = advice.case == "unknown"  # else the line below says what to do
        return _ended(say(advice.happened) if whole else what_happened(advice.happened))
    if run.active:
        doing = say(_without_best(run.message)) if run.message else ""
        waits = run.state == "queued" and not (run.stopping or run.retrying)
        return f"{_ended(doing[:1].upper() + doing[1:])} {_waits(place) if waits else ''}".strip()
    if run.state == "cancelled":
        return say(message("card-stopped", share=run.share, rest=_from_where(run)))
    quality = (message("card-quality", ndcg=run.metrics["ndcg"]),) if "ndcg" in run.metrics else ()
    code = "card-from-cache" if from_cache(run.run_id) else "card-finished"
    return say(Message(code, {"finished": run.finished or 0.0, "quality": quality}))


def _without_best(progress: Message) -> Message:
    """Leave out what was best so far: the line below says it."""
    values = {
        name: () if name == "best" else _without_best(value) if isinstance(value, Message) else value
        for name, value in progress.values.items()
    }
    return Message(progress.code, values)


def _waits(place: int) -> str:
    return say(message("card-place" if place < _PLACES else "card-far-place", place=place))


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _when(run: Run) -> str:
    """Say how far a run came, when it ended and what is kept of it."""
    finished = run.finished or run.created
    return say(message(
        "card-ended", share=run.share, finished=finished, clock=f"{datetime.fromtimestamp(finished, UTC):%H:%M}",
        attempts=run.attempts, rest=_from_where(run),
    ))  # fmt: skip


def _from_where(run: Run) -> Message:
    if has_checkpoint(workspace(), run.run_id):
        return message("card-goes-on")
    return message("card-starts-anew", failed=run.state == "failed")


def _time(run: Run) -> str:
    if run.state == "running":
        return "" if run.eta_seconds is None else say(message("card-time-left", seconds=run.eta_seconds))
    return say(message("card-time-taken", seconds=run.seconds)) if run.state == "finished" else ""


def settings_of(run: Run) -> RunPlan | None:
    """What a run was started with; None where its folder does not say."""
    try:
        return plan_of(workspace(), run.run_id)
    except StayingPowerError:
        return None
