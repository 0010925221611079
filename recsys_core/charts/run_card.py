"""The card of a run: name, state, sentence and bar; every word from outside is escaped."""

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.blocks import icon_html, text_html

_ICONS = {"finished": "pass", "failed": "fail", "lost": "warn", "cancelled": "warn"}
_SAID = {"queued": "waits", "running": "training", "finished": "ready", "failed": "failed", "lost": "lost",
         "cancelled": "cancelled"}  # fmt: skip


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
    said = _SAID[state] + (", from cache" if cached and state == "finished" else "")
    under = f'<div class="sp-run-note">{text_html(note)}</div>' if note else ""
    return (
        f'<div class="sp-run"><div class="sp-run-name sp-family-{theme.family_of(model)}">{text_html(label)}</div>'
        f'<div class="sp-run-state sp-run-{state}">{icon}<span>{said}</span></div>{under}</div>'
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
    said = f'<div class="{kind}">{text_html(sentence)}</div>'
    if share is None:
        return f'<div class="sp-run">{said}</div>'
    done = min(max(share, 0.0), 1.0)
    bar = (
        f'<div class="sp-run-bar sp-family-{theme.family_of(model)}" role="progressbar" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{done * 100:.0f}" aria-label="{words.percent(done, 0)} done">'
        f'<div style="width:{done * 100:.1f}%"></div></div>'
    )
    return f'<div class="sp-run">{said}{bar}</div>'


def time_html(text: str) -> str:
    """Write the time left or taken, beside the button."""
    return f'<div class="sp-run-time">{text_html(text)}</div>'
