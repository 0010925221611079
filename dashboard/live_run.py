"""The runs of a study as they stand: a sentence, a card for each, the curves; drawn again while one is active."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.drawing.answer_blocks import show_error, show_warning_line
from dashboard.drawing.boundary import boundary
from dashboard.drawing.tables_and_charts import show_chart
from dashboard.drawing.text_blocks import show_note, show_section, show_title
from dashboard.look import chart_mode
from dashboard.results import cached
from dashboard.run_cards import card, settings_of
from dashboard.studies import OpenStudy, address, workspace
from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts.ranking.learning_curves import loss_figure, quality_figure, stopped_early
from recsys_core.errors import StayingPowerError, WorkspaceError
from recsys_core.evaluation.comparison import Comparison
from recsys_core.models.base import RIVAL
from recsys_core.models.cards import card_of
from recsys_core.runs.life.keys import split_key
from recsys_core.runs.life.run import Run, figures, list_runs
from recsys_core.runs.start import launch, run_comparison
from recsys_core.runs.watch.advice import advise
from recsys_core.wording.sentences import say, sentence

EVERY = "2s"
_ABOVE, _SHOWN = 4, 16  # cards above the curves (and at most so many curves), and cards in all
_STATES = {
    "running": "count-running", "queued": "count-queued", "finished": "count-finished", "failed": "count-failed",
    "lost": "count-lost", "cancelled": "count-cancelled",
}  # fmt: skip
_ORDER = {"running": 0, "queued": 1, "failed": 2, "lost": 2}  # the others follow, the latest end first

Curve = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Board:
    """The runs on the study's split: active ones, those to act on, the latest; and how many there are on others."""

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

    @property
    def places(self) -> Mapping[str, int]:
        """Of each run that waits, how many of its kind, with torch or without, wait before it."""
        waiting = [run for run in self.runs if run.state == "queued"]
        return {
            run.run_id: sum(card_of(other.model).heavy == card_of(run.model).heavy for other in waiting[:place])
            for place, run in enumerate(waiting)
        }


def look(study: OpenStudy) -> Board:
    """Look at the registry; SettingsError where the split is not possible."""
    launch.tend(workspace())
    settings, data = study.settings, study.dataset
    test_from = launch.resolved_split_time(workspace(), data, settings.split, settings.retention)
    split = split_key(data, settings.split, test_from)
    runs = list_runs(workspace(), data.dataset_id)
    own = [run for run in runs if run.split == split]
    ready = {run.model: run.finished or 0.0 for run in own if run.state == "finished"}

    def order(run: Run) -> tuple[int, float]:
        ended = run.finished or 0.0
        made_good = not run.active and ready.get(run.model, 0.0) > ended
        return 3 if made_good else _ORDER.get(run.state, 3), run.created if run.active else -ended

    own.sort(key=order)
    return Board(tuple(own), len(runs) - len(own))


def live(draw: Callable[[OpenStudy], None], study: OpenStudy, board: Board) -> None:
    """Draw a part of the page, and again every two seconds while a run is active."""

    @boundary()
    def part() -> None:
        try:
            draw(study)
        except WorkspaceError as err:  # a full disk may be freed: the next look tells
            cannot_read(err)

    with st.container(key=f"live_{draw.__name__}"):
        st.fragment(part, run_every=EVERY if board.active else None)()


def cannot_read(err: WorkspaceError) -> None:
    """Say that the registry of runs cannot be read, and what to do."""
    show_error("The runs cannot be read.", str(err), say(advise(err.message).todo))


def headline(study: OpenStudy) -> None:
    """Say how many models are in which state."""
    show_title(_counted(look(study).runs))


def _counted(runs: Sequence[Run]) -> str:
    parts: list[str] = []
    for state in _STATES:  # noqa: PLC0206 - tests read which codes are said where they are looked up
        if number := sum(run.state == state for run in runs):
            standing = Message(_STATES[state], {"runs": number})
            part = message("count-of-runs" if parts else "count-of-models", runs=number, standing=standing)
            parts.append(say(part))
    sentence = ", ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def leader(study: OpenStudy, board: Board) -> None:
    """Lead from finished runs to their comparison, with its sentence where it can be had at once."""
    ready = {run.model for run in board.runs if run.state == "finished"}
    if len(ready) < 2:
        return
    number = words.spelled(len(ready))
    note = say(message("leader-ready", number=number))
    if not board.active:
        try:
            runs = run_comparison.comparable_runs(workspace(), study.dataset, study.settings)
            comparison = cached.comparison(tuple(run.run_id for run in runs), study.settings.compare)
            note = f"**{sentence(comparison.verdict)}** {say(_gap(comparison))}"
        except StayingPowerError:
            note = say(message("leader-not-compared", number=number))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="leader"):
        show_note(note)
        st.page_link("pages/compare.py", label="Compare them", query_params=address())


def _gap(comparison: Comparison) -> Message:
    """Say how far the second model is behind the first, with the interval."""
    first, second = comparison.models[0].name, comparison.models[1].name
    gap = next(d for d in comparison.against(first) if d.model == second)
    return message(
        "leader-gap", first=first, second=second, estimate=gap.estimate, lower=gap.lower, upper=gap.upper,
        differs=gap.differs,
    )  # fmt: skip


def cards(study: OpenStudy) -> None:
    """Draw the card of each run, and the curves of those that told any."""
    board = look(study)
    if not board.active and st.session_state.get("runs_were_active"):
        st.session_state["runs_were_active"] = False
        st.rerun()  # of the whole page: nothing has to be looked at again
    st.session_state["runs_were_active"] = board.active
    curves = {run.run_id: figures(workspace(), run.run_id) for run in board.runs[:_SHOWN]}

    def draw(runs: Sequence[Run]) -> None:
        for run in runs:
            place = board.places.get(run.run_id, 0)
            card(study, run, board.labels[run.run_id], curves.get(run.run_id, ()), place)

    above = max(_ABOVE, sum(run.active for run in board.runs))
    draw(board.runs[:above])
    if _curves(board, curves) and board.runs[above:]:
        show_section("Earlier runs", rule=True)
    draw(board.runs[above:_SHOWN])
    if rest := board.runs[_SHOWN:]:
        with st.expander(f"{words.count(len(rest))} more"):
            draw(rest)
    _notes(board, study)


def _curves(board: Board, points: Mapping[str, Curve]) -> bool:
    drawn = [run for run in board.runs if any("epoch" in point for point in points.get(run.run_id, ()))][:_ABOVE]
    if not drawn:
        return False
    curves = {board.labels[run.run_id]: points[run.run_id] for run in drawn}
    models = {board.labels[run.run_id]: run.model for run in drawn}
    known = ((run.run_id, settings_of(run)) for run in drawn)
    plans = {run_id: plan.model.to_dict() for run_id, plan in known if plan}
    planned = (plans.get(run.run_id, {}).get("epochs", 1) for run in drawn if run.active)
    epochs = max(planned, default=0.0)  # of those that have ended, what they told says how far they came
    stopped = [
        board.labels[run.run_id]
        for run in drawn
        if run.state == "finished"
        and (plan := plans.get(run.run_id))
        and stopped_early(points[run.run_id], plan.get("epochs", 1), plan.get("evaluations", 1))
    ]
    quality, loss = st.columns(2, gap="large")
    with quality:
        rivals = _rivals(curves)
        notes = ["NDCG in lists of 10 on validation users. Ring: best."]
        notes += ["Bar: stopped early."] if stopped else []
        notes += ["Dashed: rivals."] if rivals else []
        show_section("Ranking quality while training", " ".join(notes))
        if any("ndcg" in point for curve in curves.values() for point in curve):
            figure = quality_figure(
                curves, epochs, chart_mode(), arm_models=models | {n: n for n in rivals}, rivals=rivals, stopped=stopped
            )
            show_chart(figure, "quality", "Validation NDCG against epochs, one line per run")
        else:
            show_note("The first evaluation is still to come." if board.active else "None got as far as an evaluation.")
    with loss:
        show_section("Training loss", "Relative to the first that was told; smoothed where it was told often.")
        figure = loss_figure(curves, epochs, chart_mode(), arm_models=models)
        show_chart(figure, "loss", "Training loss against epochs, one line per run")
    return True


def _rivals(curves: Mapping[str, Curve]) -> dict[str, float]:
    """Validation NDCG of simple models on the users of the latest run that told it."""
    for points in curves.values():
        rivals = {
            name.removeprefix(RIVAL): value
            for point in points for name, value in point.items() if name.startswith(RIVAL)
        }  # fmt: skip
        if rivals:
            return rivals
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
        "Runs go on when this tab or the server closes. One whose process dies is started again from its last "
        "checkpoint, up to three times."
    )
