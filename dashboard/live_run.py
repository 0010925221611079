"""The runs of a study as they stand: a sentence, a card for each, the curves; drawn again while one is active."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import streamlit as st

from dashboard.look import chart_mode
from dashboard.studies import OpenStudy, workspace
from dashboard.train_form import from_cache
from dashboard.verdict import (
    evidence_table,
    show_chart,
    show_definitions,
    show_error,
    show_note,
    show_section,
    show_title,
    show_warning_line,
)
from recsys_core import words
from recsys_core.charts.run_card import name_html, progress_html, time_html
from recsys_core.charts.training import loss_figure, quality_figure
from recsys_core.errors import StayingPowerError
from recsys_core.models.base import RIVAL
from recsys_core.runs import launch
from recsys_core.runs.keys import RunPlan, split_key
from recsys_core.runs.run import Run, figures, has_checkpoint, list_runs, log_tail, plan_of

EVERY = "2s"
_ABOVE, _SHOWN = 4, 16  # cards above the curves (and at most so many curves), and cards in all
_STATES = {
    "running": ("is training", "are training"), "queued": ("waits", "wait"), "finished": ("is ready", "are ready"),
    "failed": ("failed", "failed"), "lost": ("was lost", "were lost"), "cancelled": ("was cancelled", "were cancelled"),
}  # fmt: skip
_METRICS = {"ndcg": "NDCG", "recall": "recall", "hit": "hit rate", "mrr": "MRR", "map": "MAP", "precision": "precision",
            "coverage": "coverage", "novelty": "novelty, bits"}  # fmt: skip


@dataclass(frozen=True)
class Board:
    """The runs on the study's split, active ones first, then the latest; and how many there are on other splits."""

    runs: tuple[Run, ...]
    elsewhere: int

    @property
    def active(self) -> bool:
        """True while a run waits or runs."""
        return any(run.active for run in self.runs)

    @property
    def labels(self) -> Mapping[str, str]:
        """A name for each run: its model, numbered where there are several."""
        seen: dict[str, int] = {}
        labels = {}
        for run in sorted(self.runs, key=lambda run: run.created):
            seen[run.model] = seen.get(run.model, 0) + 1
            labels[run.run_id] = run.model if seen[run.model] == 1 else f"{run.model} {seen[run.model]}"
        return labels


def look(study: OpenStudy) -> Board:
    """Look at the registry; SettingsError where the split is not possible."""
    launch.tend(workspace())
    settings, data = study.settings, study.dataset
    test_from = launch.resolved_split_time(workspace(), data, settings.split, settings.retention)
    split = split_key(data, settings.split, test_from)
    found = list_runs(workspace(), data.dataset_id)
    own = [run for run in found if run.split == split]
    own.sort(key=lambda run: (not run.active, run.created if run.active else -(run.finished or 0.0)))
    return Board(tuple(own), len(found) - len(own))


def live(draw: Callable[[OpenStudy], None], study: OpenStudy, board: Board) -> None:
    """Draw a part of the page, and again every two seconds while a run is active."""

    def part() -> None:
        draw(study)

    with st.container(key=f"live_{draw.__name__}"):
        st.fragment(part, run_every=EVERY if board.active else None)()


def headline(study: OpenStudy) -> None:
    """Say how many models are in which state."""
    show_title(_counted(look(study).runs))


def _counted(runs: Sequence[Run]) -> str:
    counts = {state: sum(run.state == state for run in runs) for state in _STATES}
    parts: list[str] = []
    for state, number in counts.items():
        if number:
            noun = "" if parts else f" model{'' if number == 1 else 's'}"
            parts.append(f"{words.spelled(number)}{noun} {_STATES[state][number > 1]}")
    said = ", ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def cards(study: OpenStudy) -> None:
    """Draw the card of each run, and the curves of those that told any."""
    board = look(study)
    if not board.active and st.session_state.get("runs_were_active"):
        st.session_state["runs_were_active"] = False
        st.rerun()  # of the whole page: nothing has to be looked at again
    st.session_state["runs_were_active"] = board.active
    labels, above = board.labels, max(_ABOVE, sum(run.active for run in board.runs))
    for run in board.runs[:above]:
        _card(run, labels[run.run_id])
    if _curves(board) and board.runs[above:]:
        show_section("Earlier runs", rule=True)
    for run in board.runs[above:_SHOWN]:
        _card(run, labels[run.run_id])
    if rest := board.runs[_SHOWN:]:
        with st.expander(f"{words.count(len(rest))} more"):
            for run in rest:
                _card(run, labels[run.run_id])
    _notes(board, study)


def _card(run: Run, label: str) -> None:
    plan = _plan(run)
    with st.container(key=f"card_run_{run.run_id}"):
        name, told, action = st.columns([1.35, 2.6, 1.35], vertical_alignment="center")
        with name:
            st.html(
                name_html(
                    label, run.model, run.state, cached=from_cache(run.run_id), note=_told(plan, changed_only=True)
                )
            )
        with told:
            share = run.share if run.state == "running" else None
            st.html(progress_html(_sentence(run), share, run.model, strong=run.state in {"failed", "lost"}))
            if run.state in {"failed", "lost"} and (tail := log_tail(workspace(), run.run_id)):
                with st.expander("End of its log"):
                    st.code("\n".join(tail), language=None, wrap_lines=True)
        with action, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            if said := _time(run):
                st.html(time_html(said), width="content")
            _button(run, plan)


def _button(run: Run, plan: RunPlan | None) -> None:
    if run.active:
        if st.button("Cancel", key=f"cancel_{run.run_id}", disabled=run.message == "stops"):
            _act(launch.cancel, run)
    elif run.resumable:
        label = "Retry" if run.state == "failed" else "Resume"
        if st.button(label, key=f"resume_{run.run_id}", disabled=plan is None):
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
    told = _told(plan, changed_only=False)
    cut = f" from {words.date(run.test_from)}" if run.split["method"] == "global-time" else ""
    show_definitions(
        (
            ("Settings", told or "This model has none."),
            ("Split", f"{run.split['method']}, tested{cut}."),
            ("Run", f"{run.run_id}, {words.duration(run.seconds)}, {words.counted(run.attempts, 'start')}."),
        )
    )


def _sentence(run: Run) -> str:
    ndcg = f"NDCG {words.number(run.metrics['ndcg'], 3)} in lists of 10." if "ndcg" in run.metrics else ""
    if run.active:
        said = run.message[:1].upper() + run.message[1:]
        return said if said.endswith(".") else f"{said}."
    if run.state == "finished" and from_cache(run.run_id):
        day = words.date(int(run.finished or 0), year=False)
        return f"Same data, split and settings as a run of {day}: reused, nothing trained. {ndcg}"
    if run.state == "finished":
        return f"{ndcg} Trained on {words.date(int(run.finished or 0), year=False)}."
    if run.state == "cancelled":
        return f"Stopped at {words.percent(run.share, 0)}. {_from_where(run)}"
    return f"{run.error} {_from_where(run)}" if run.state == "lost" else run.error


def _from_where(run: Run) -> str:
    return (
        "Resume goes on from its last checkpoint."
        if has_checkpoint(workspace(), run.run_id)
        else ("It had reached no checkpoint: Resume starts it anew.")
    )


def _time(run: Run) -> str:
    if run.state == "running":
        return "" if run.eta_seconds is None else f"about {words.duration(run.eta_seconds)} left"
    return words.duration(run.seconds) if run.state == "finished" else ""


def _plan(run: Run) -> RunPlan | None:
    try:
        return plan_of(workspace(), run.run_id)
    except StayingPowerError:
        return None


def _told(plan: RunPlan | None, *, changed_only: bool) -> str:
    """Name a run's settings, or only those that are not at their default."""
    if plan is None:
        return ""
    values, default = plan.model.to_dict(), type(plan.model)().to_dict()
    return "; ".join(
        f"{field.metadata['label'].lower()} {_value(values[field.name])}"
        for field in fields(plan.model)
        if field.name in values and not (changed_only and values[field.name] == default.get(field.name))
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return words.count(value)
    return f"{value:g}" if isinstance(value, float) else str(value) or "packaged"


def _curves(board: Board) -> bool:
    told = ((run, figures(workspace(), run.run_id)) for run in board.runs)
    drawn = [(board.labels[run.run_id], curve) for run, curve in told if any("epoch" in point for point in curve)]
    curves = dict(drawn[:_ABOVE])
    if not curves:
        return False
    models = {board.labels[run.run_id]: run.model for run in board.runs}
    plans = [_plan(run) for run in board.runs if board.labels[run.run_id] in curves]
    epochs = max((plan.model.to_dict().get("epochs", 1) for plan in plans if plan), default=1)
    quality, loss = st.columns(2, gap="large")
    with quality:
        rivals = _rivals(curves)
        show_section(
            "Ranking quality while training",
            "NDCG in lists of 10, on validation users." + (" Dashed: to be beaten." if rivals else ""),
        )
        if any("ndcg" in point for curve in curves.values() for point in curve):
            figure = quality_figure(
                curves, epochs, chart_mode(), arm_models=models | {n: n for n in rivals}, rivals=rivals
            )
            show_chart(figure, "quality", "Validation NDCG against epochs, one line per run")
        else:
            show_note("The first evaluation is still to come." if board.active else "None got as far as an evaluation.")
    with loss:
        show_section("Training loss", "Relative to the first that was told.")
        figure = loss_figure(curves, epochs, chart_mode(), arm_models=models)
        show_chart(figure, "loss", "Training loss against epochs, one line per run")
    return True


def _rivals(told: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, float]:
    """Validation NDCG of simple models on the users of the latest run that told it."""
    for points in told.values():
        found = {
            name.removeprefix(RIVAL): value
            for point in points for name, value in point.items() if name.startswith(RIVAL)
        }  # fmt: skip
        if found:
            return found
    return {}


def _notes(board: Board, study: OpenStudy) -> None:
    split = study.settings.split
    if split.method != "global-time":
        show_warning_line("Leaky split", f"{split.method}: models may learn from events later than those tested.")
    elif board.runs:
        show_note(
            f"Models learn from events before {words.date(board.runs[0].test_from)} and are tested on later ones."
        )
    if board.elsewhere:
        show_note(f"{words.counted(board.elsewhere, 'run')} on another split: not shown, not lost.")
    show_note(
        "Runs go on when this tab or the server closes. One whose process is killed is marked lost; resumed, it goes "
        "on from its last checkpoint."
    )
