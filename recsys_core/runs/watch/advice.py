"""What to do about a run that failed or was lost: from what it left behind to a kind of failure and a way on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from recsys_core import words
from recsys_core.settings import ModelSettings

_START = re.compile(r"--- (?P<when>[\d-]+ [\d:]+ UTC), start (?P<number>\d+) of ")
_RAISED = re.compile(r"^[\w.]*(Error|Exception|Interrupt)\b|out of memory|No space left", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")


@dataclass(frozen=True)
class Case:
    """A kind of failure.

    Attributes
    ----------
    kind
        One word.
    pattern
        What the error, or the line of the log that decides, holds.
    todo
        What to do, in words.
    factor, option
        The setting that is worth another try, multiplied by the factor; "" where none is.
    """

    kind: str
    pattern: str
    todo: str
    option: str = ""
    factor: float = 1.0


CASES: tuple[Case, ...] = (
    Case(
        "disk", r"no space left|the disk is full|MB for checkpoints|file too large|disk is full|"
        r"disk I/O error|disk quota|free disk|too little disk",
        "Free disk space, or move the workspace to a larger disk (STAYING_POWER_HOME); then retry: it goes on from its "
        "last whole checkpoint.",
    ),
    Case(
        "memory", r"not enough memory|out of memory|killed its process for want of memory|"
        r"MemoryError|OutOfMemory|cannot allocate|bad_alloc",
        "Use a smaller batch, shorter texts or fewer factors, or close other programs; then start again.",
        "batch_size", 0.5,
    ),
    Case(
        "nan", r"\bnan\b|no numbers|not finite|non-finite|diverged|out of range float",
        "The loss left the numbers: start again with a learning rate a tenth as high, or in precision fp32.",
        "learning_rate", 0.1,
    ),
    Case(
        "encoder", r"the encoder|the packaged encoder|hub model",
        "Put the encoder's folder back, name another one under Encoder, or leave it empty for the packaged one.",
    ),
    Case(
        "texts", r"reads item texts|no item has a text|has no text",
        "Import the log again with a table of items and its text columns on Data, or train a model without texts.",
    ),
    Case(
        "short", r"longer log|needs \d+ or more|no user with events|holds no events|no events (before|after|left)",
        "Choose another split under Split: a later test start, a larger validation share, or leave-last-out. A longer "
        "log helps most.",
    ),
    Case(
        "changed", r"is not what it was|other versions|version \d+, but this is|has changed",
        "Train again: what this run was asked for is no more, and a new run takes what there is now.",
    ),
    Case(
        "files", r"permission denied|read-only file system|cannot be read|missing or damaged",
        "See that the workspace's folder may be read and written by this program; then retry.",
    ),
    Case(
        "killed", r"was killed|ended without a word|signal|sigkill|process is gone|process ended|ended by SIG|"
        r"ended with exit code|never started|computer was restarted",
        "If memory was short, the system killed it: close other programs or use a smaller batch. Otherwise just "
        "resume: it goes on from its last checkpoint.",
        "batch_size", 0.5,
    ),
    Case(
        "silent", r"nothing was heard|no sign of life|computer may be off|out of reach|heartbeat",
        "See that its computer is on and reaches the workspace; then resume.",
    ),
    Case(
        "removed", r"folder is gone",
        "Its files were removed: resume trains it anew.",
    ),
)  # fmt: skip
UNKNOWN = Case(
    "unknown", "",
    "The end of the log below says where it stopped. Retry once; if it fails at the same place, change the setting "
    "that the log names, or report it with the log.",
)  # fmt: skip


@dataclass(frozen=True)
class Advice:
    """What happened, in a sentence; what to do; and the settings that are worth another try, None where none are."""

    kind: str
    happened: str
    todo: str
    retry: ModelSettings | None
    change: str


@dataclass(frozen=True)
class Start:
    """One start of a run as its log tells it; `decisive` is the line that says most about how it went."""

    number: int
    when: str
    lines: tuple[str, ...]

    @property
    def decisive(self) -> str:
        """The last line that names an error, else the last line."""
        return decisive(self.lines)


def advise(error: str, log: Sequence[str] = (), model: ModelSettings | None = None) -> Advice:
    """Find what to do about a failure.

    Parameters
    ----------
    error
        Why the run failed or was lost, as the registry has it.
    log
        Last lines of its log: where the error names no kind, or only that its process was killed, the line that decides
        may.
    model
        Its settings; they are what another try changes.
    """
    case = _case(error)
    if case is None or case.kind == "killed":  # the last words of a process that was killed may say why
        case = _case(decisive(log)) or case or UNKNOWN
    happened = error if case is UNKNOWN else _SENTENCE.split(error.strip())[0]
    retry, change = _changed(model, case)
    return Advice(case.kind, happened or "It ended without a reason.", case.todo, retry, change)


def _case(text: str) -> Case | None:
    return next((case for case in CASES if re.search(case.pattern, text, re.IGNORECASE)), None) if text else None


def _changed(model: ModelSettings | None, case: Case) -> tuple[ModelSettings | None, str]:
    """Change the one setting that the case names, within its bounds."""
    if model is None or not case.option:
        return None, ""
    option = model.rate_option if case.option == "learning_rate" else case.option
    options = {field.name: field for field in fields(model)}
    if option not in options:
        return None, ""
    value, low = getattr(model, option), options[option].metadata["low"]
    other = type(value)(value * case.factor)
    if other < low:
        return None, ""
    return model.changed({option: other}), f"{words.inside(options[option].metadata['label'])} {other:g}"


def decisive(lines: Sequence[str]) -> str:
    """Pick the line that says most about a failure: the last that names an error, else the last that says anything."""
    said = [line for line in lines if line.strip() and not _START.match(line)]
    return next((line for line in reversed(said) if _RAISED.search(line)), said[-1] if said else "").strip()


def starts(lines: Sequence[str]) -> tuple[Start, ...]:
    """Part a log into the starts of its run, the first one first."""
    found: list[tuple[int, str, list[str]]] = []
    for line in lines:
        if head := _START.match(line):
            found.append((int(head["number"]), head["when"], []))
        elif found:
            found[-1][2].append(line)
    return tuple(Start(number, when, tuple(rest)) for number, when, rest in found)
