"""What rows of the registry say: codes first, then words."""

from collections.abc import Mapping
from typing import Any

from recsys_core.answers import Message
from recsys_core.runs.life.run import Run
from recsys_core.wording.sentences import say


def error_of(row: Mapping[str, Any]) -> Message | None:
    """Why a run failed or was lost."""
    return Run.from_row(row).error


def words(message: Message | None) -> str:
    """A message in words; empty where there is none."""
    return say(message) if message else ""


def error_words(row: Mapping[str, Any]) -> str:
    """Why a run failed or was lost, in words."""
    return words(error_of(row))
