"""The card of a run: name, state, sentence and bar; every word from outside is escaped."""

from collections.abc import Mapping, Sequence

from recsys_core import words
from recsys_core.answers import Message
from recsys_core.charts import theme
from recsys_core.charts.blocks import icon_html, text_html
from recsys_core.wording.sentences import say

_ICONS = {"finished": "pass", "failed": "fail", "lost": "warn", "cancelled": "warn"}
_STATES = {
    "queued": "run-queued", "running": "run-running", "finished": "run-finished", "failed": "run-failed",
    "lost": "run-lost", "cancelled": "run-cancelled",
}  # fmt: skip


def name_html(label: str, model: str, state: str, *, cached: bool = False, note: str = "") -> str:
    """Write a run's name in its family's colour, and its state with a disc under it.

    Parameters
    ----------
    label
        What the run is called on the page.
    cached
        The run was there already when it was asked for.
    note
        Settings that differ from the defaults.
    """
    icon = icon_html(_ICONS[state]) if state in _ICONS else ""
    standing = say(Message(_STATES[state], {"cached": cached}))
    under = f'<div class="sp-run-note">{text_html(note)}</div>' if note else ""
    return (
        f'<div class="sp-run"><div class="sp-run-name sp-family-{theme.family_of(model)}">{text_html(label)}</div>'
        f'<div class="sp-run-state sp-run-{state}">{icon}<span>{text_html(standing)}</span></div>{under}</div>'
    )


def progress_html(sentence: str, share: float | None, model: str, *, strong: bool = False) -> str:
    """Write a run's sentence and, under it, how far it is.

    Parameters
    ----------
    share
        0 to 1; None leaves the bar out.
    strong
        In ink instead of muted: something to act on.
    """
    kind = "sp-run-sentence sp-run-strong" if strong else "sp-run-sentence"
    text = f'<div class="{kind}">{text_html(sentence)}</div>'
    if share is None:
        return f'<div class="sp-run">{text}</div>'
    done = min(max(share, 0.0), 1.0)
    bar = (
        f'<div class="sp-run-bar sp-family-{theme.family_of(model)}" role="progressbar" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{done * 100:.0f}" aria-label="{words.percent(done, 0)} done">'
        f'<div style="width:{done * 100:.1f}%"></div></div>'
    )
    return f'<div class="sp-run">{text}{bar}</div>'


def time_html(text: str) -> str:
    """Write the time left or taken, beside the button."""
    return f'<div class="sp-run-time">{text_html(text)}</div>'


def meta_html(text: str) -> str:
    """Write a muted line under a run's sentence; `**words**` are bold."""
    return f'<div class="sp-run"><div class="sp-run-note">{text_html(text)}</div></div>' if text else ""


def advice_html(todo: str, line: str = "") -> str:
    """Write what to do about a failure, and above it the line of the log that decides, in type of one width."""
    above = f'<div class="sp-run-line">{text_html(line)}</div>' if line else ""
    return f'<div class="sp-run">{above}<div class="sp-run-sentence"><b>What to do.</b> {text_html(todo)}</div></div>'


def figures_line(points: Sequence[Mapping[str, float]]) -> str:
    """Say where training stands by what it told last: loss, best validation NDCG and when, tokens a second, memory.

    Parameters
    ----------
    points
        What a run told, in its order; figures that were not told are not said.
    """
    last: dict[str, float] = {}
    for point in points:
        last.update(point)
    parts = []
    if "loss" in last:
        parts.append(f"loss {words.number(last['loss'], 3)}")
    if best := best_of(points):
        parts.append(f"best validation NDCG {words.number(best['ndcg'], 3)} at epoch {words.number(best['epoch'], 2)}")
    if "tokens_per_second" in last:
        parts.append(f"{words.about(last['tokens_per_second'])} tokens per second")
    if "memory_mb" in last:
        parts.append(f"{words.number(last['memory_mb'] / 1000, 1)} GB of memory")
    line = " \u00b7 ".join(parts)
    return f"{line[:1].upper()}{line[1:]}"


def best_of(points: Sequence[Mapping[str, float]]) -> Mapping[str, float] | None:
    """Find the evaluation with the highest validation NDCG, the first of equals; None where there is none."""
    return max((point for point in points if "ndcg" in point), key=lambda point: point["ndcg"], default=None)


def choice_html(line: str, changed: str = "", trouble: str = "") -> str:
    """Write what a model is, the settings that differ from the defaults, and what stands in its way."""
    under = f'<div class="sp-run-changed">Changed: {text_html(changed)}</div>' if changed else ""
    bad = f'<div class="sp-run-trouble">{icon_html("warn")}<span>{text_html(trouble)}</span></div>' if trouble else ""
    return f'<div class="sp-run"><div class="sp-run-note">{text_html(line)}</div>{under}{bad}</div>'


def taken_html(figures: str, basis: str = "") -> str:
    """Write what a model takes, and in small what that was taken from."""
    under = f'<div class="sp-run-note">{text_html(basis)}</div>' if basis else ""
    return f'<div class="sp-run sp-run-taken"><div class="sp-run-sentence">{text_html(figures)}</div>{under}</div>'
