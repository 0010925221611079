"""What to do about a run that failed or was lost: from the kind of failure to a way on."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from recsys_core.answers import Message, message
from recsys_core.runs.watch.failures import foreign_case, kind_of
from recsys_core.settings import ModelSettings

_START = re.compile(r"--- (?P<when>[\d-]+ [\d:]+ UTC), start (?P<number>\d+) of ")
_RAISED = re.compile(r"^[\w.]*(Error|Exception|Interrupt)\b|out of memory|No space left", re.IGNORECASE)


@dataclass(frozen=True)
class Case:
    """Failures that the same helps against.

    Attributes
    ----------
    name
        One word.
    kinds
        Of failure, as the registry has them.
    todo
        What to do.
    option, factor
        The setting that is worth another try, multiplied by the factor; "" where none is.
    """

    name: str
    kinds: Collection[str]
    todo: Message
    option: str = ""
    factor: float = 1.0


_KILLED = ("run-killed", "run-ended-by-signal", "run-ended-with-code", "run-computer-restarted", "run-never-started")
_SILENT = ("run-out-of-reach", "run-process-stopped", "run-process-stuck")
CASES: tuple[Case, ...] = (
    Case(
        "disk", ("run-disk-full", "run-disk-too-small", "registry-full", "checkpoint-disk-full"),
        message("advice-disk"),
    ),
    Case("memory", ("run-out-of-memory", "run-killed-for-memory"), message("advice-memory"), "batch_size", 0.5),
    Case(
        "nan", ("loss-no-number", "scores-no-numbers", "ials-ran-away", "bpr-ran-away"), message("advice-nan"),
        "learning_rate", 0.1,
    ),
    Case(
        "encoder", (
            "encoder-package-missing", "encoder-no-folder", "encoder-not-downloaded", "encoder-not-readable",
            "encoder-file-damaged", "encoder-parts-unknown", "encoder-pooling-unknown", "encoder-prompt-left-out",
        ),
        message("advice-encoder"),
    ),
    Case("texts", ("run-without-texts", "model-without-texts"), message("advice-texts")),
    Case(
        "short", ("too-few-pairs", "no-validation-users", "split-leaves-nothing", "no-new-item-in-test"),
        message("advice-short"),
    ),
    Case("changed", ("test-file-changed", "model-of-another-version"), message("advice-changed")),
    Case("files", ("run-settings-damaged", "registry-not-usable", "test-file-unreadable"), message("advice-files")),
    Case("killed", (*_KILLED, "run-process-not-started"), message("advice-killed"), "batch_size", 0.5),
    Case("silent", _SILENT, message("advice-silent")),
    Case("removed", ("run-folder-gone",), message("advice-removed")),
)  # fmt: skip
UNKNOWN = Case("unknown", ("run-unexpected", "run-no-reason"), message("advice-unknown"))
_CASE_OF = {kind: case for case in (*CASES, UNKNOWN) for kind in case.kinds}
_NAMED = {case.name: case for case in CASES}
_SPEECHLESS = ("", "run-unexpected", "run-killed-for-memory", *_KILLED, *_SILENT)  # the log may say more


@dataclass(frozen=True)
class Advice:
    """What to do about a failure.

    Attributes
    ----------
    case
        Name of the case; "unknown" where nothing is known.
    happened
        The failure.
    todo
        What to do.
    retry, change
        Settings that are worth another try, and what differs in them; None where none are.
    line
        Of the log, where that says more than the failure does: its line that decides; else "".
    """

    case: str
    happened: Message
    todo: Message
    retry: ModelSettings | None
    change: Message | None
    line: str


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


def advise(failure: Message | None, log: Sequence[str] = (), model: ModelSettings | None = None) -> Advice:
    """Find what to do about a failure.

    Parameters
    ----------
    failure
        Why the run failed or was lost, as the registry has it.
    log
        Last lines of its log: where its process was killed, or nobody foresaw what it ran into, the line that decides
        may tell (`failures.foreign_case`).
    model
        Its settings; they are what another try changes.
    """
    kind, line = kind_of(failure), decisive(log)
    exception = str(failure.values.get("exception", "")) if failure else ""
    case = _CASE_OF.get(kind, UNKNOWN)
    if case is UNKNOWN:
        case = _foreign(exception) or case
    if case is UNKNOWN or case.name == "killed":
        case = _foreign(line) or case
    retry, change = _changed(model, case)
    happened = failure or message("error-run-no-reason")
    return Advice(
        case.name, happened, case.todo, retry, change, line if kind in _SPEECHLESS and line != exception else ""
    )


def _foreign(line: str) -> Case | None:
    return _NAMED.get(foreign_case(line))


def _changed(model: ModelSettings | None, case: Case) -> tuple[ModelSettings | None, Message | None]:
    """Change the one setting that the case names, within its bounds."""
    if model is None or not case.option:
        return None, None
    option = model.rate_option if case.option == "learning_rate" else case.option
    options = {field.name: field for field in fields(model)}
    if option not in options:
        return None, None
    value, low = getattr(model, option), options[option].metadata["low"]
    other = type(value)(value * case.factor)
    if other < low:
        return None, None
    return model.changed({option: other}), message(
        "advice-change", option=option, label=options[option].metadata["label"], value=other
    )


def decisive(lines: Sequence[str]) -> str:
    """Pick the line that says most about a failure: the last that names an error, else the last that says anything."""
    spoken = [line for line in lines if line.strip() and not _START.match(line)]
    return next((line for line in reversed(spoken) if _RAISED.search(line)), spoken[-1] if spoken else "").strip()


def starts(lines: Sequence[str]) -> tuple[Start, ...]:
    """Part a log into the starts of its run, the first one first."""
    parts: list[tuple[int, str, list[str]]] = []
    for line in lines:
        if head := _START.match(line):
            parts.append((int(head["number"]), head["when"], []))
        elif parts:
            parts[-1][2].append(line)
    return tuple(Start(number, when, tuple(rest)) for number, when, rest in parts)
