"""The edge of every page, fragment and callback: what nobody foresaw becomes a sentence, and the rest stays usable."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.drawing.answer_blocks import show_error
from dashboard.studies import workspace
from recsys_core.answers import message
from recsys_core.errors import StayingPowerError
from recsys_core.runs.watch.failures import is_full
from recsys_core.unforeseen import as_unforeseen
from recsys_core.wording.sentences import label, say
from recsys_core.workspace import default_home


@contextmanager
def boundary() -> Iterator[None]:
    """Show any error of the block in place of what it would still have drawn; streamlit's stop and rerun pass.

    It decorates functions too: fragments and callbacks, which streamlit calls by themselves.
    """
    try:
        yield
    except StayingPowerError as err:
        _show(err.sentence, err.advice)
    except Exception as err:  # noqa: BLE001 - this is the boundary
        if is_full(err):
            _show(say(message("error-disk-full")), "")
            return
        found = as_unforeseen(err, _home())
        _show(found.sentence, found.advice)


def _show(sentence: str, advice: str) -> None:
    show_error(label("title-page-stopped"), sentence, advice)


def _home() -> Path:
    """Folder of the workspace, also where it is the workspace that cannot be opened."""
    try:
        return workspace().home
    except Exception:  # noqa: BLE001 - whatever it is, it is being told already
        return default_home()
