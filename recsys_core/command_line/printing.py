"""What goes to standard output and to standard error."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from recsys_core.answers import Check, Message, Verdict
from recsys_core.errors import StayingPowerError
from recsys_core.wording import sentences
from recsys_core.wording.objects import worded


def print_answer(arguments: argparse.Namespace, answer: Mapping[str, Any], lines: Sequence[str]) -> None:
    """Print the answer: one JSON object if asked for, else lines for people."""
    print(_json(answer) if arguments.json else "\n".join(lines))


def print_error(arguments: argparse.Namespace, error: StayingPowerError) -> None:
    """Say what has to be mended, on standard error; with --json also as the one object on standard output."""
    print_line("\n".join((str(error), *getattr(error, "__notes__", ()))))
    if arguments.json:
        print(_json({"error": _error_object(error)}))


def print_progress(progress: Message) -> None:
    """Say how far it is, on standard error."""
    print_line(sentences.say(progress))


def print_line(text: str) -> None:
    """Print a line on standard error."""
    print(text, file=sys.stderr, flush=True)


def verdict_lines(verdict: Verdict) -> list[str]:
    """Write a verdict for people, with an empty line after it."""
    return [sentences.title(verdict).upper(), sentences.sentence(verdict), sentences.support(verdict), ""]


def check_lines(checks: Sequence[Check]) -> list[str]:
    """Write checks for people, one a line."""
    return [f"{c.status:5s} {sentences.check_name(c)}: {sentences.check_detail(c)}" for c in checks]


def _error_object(error: StayingPowerError) -> dict[str, Any]:
    values = worded(error.message)
    del values["code"]
    return {"kind": error.kind, **values, "sentence": error.sentence, "advice": error.advice}


def _json(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer, allow_nan=False, ensure_ascii=False)
