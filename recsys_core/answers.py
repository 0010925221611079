"""What every answer is made of: codes with their values. Words come last, in the room `wording`.

A code names what was found and never changes once it is published; its values are what a sentence would say in
figures and names. Nothing decides by a sentence: every decision reads a code, a state, a status or a value.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

Value: TypeAlias = "str | int | float | bool | Message | tuple[Value, ...] | None"


@dataclass(frozen=True)
class Message:
    """Something to be said: a code of the catalogue, and what goes into its sentence.

    Attributes
    ----------
    code
        Which sentence, such as "warning-no-cox-model".
    values
        Numbers in plain units (days, shares from 0 to 1, epoch seconds), names from the data, other messages, and
        tuples of these.
    """

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Equal messages count as one in a set or as keys."""
        return hash((self.code, tuple(sorted(self.values.items(), key=lambda pair: pair[0]))))

    def to_json(self) -> str:
        """Write it as one line of JSON, as files and registries keep it."""
        return json.dumps(_stored(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else.
        """
        read = _restored(json.loads(text))
        if not isinstance(read, Message):
            raise ValueError(f"not a message: {text[:80]!r}")  # noqa: TRY004
        return cls(read.code, read.values)


def message(code: str, /, **values: Value) -> Message:
    """Make a message: `message("warning-no-cox-model", reason=error.message)`."""
    return Message(code, values)


def verbatim(text: str) -> Message:
    """Make a message of words that come from outside, such as a library's error: they are said as they are."""
    return Message("verbatim", {"text": text})


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % limits; they are None where the figure has none."""

    estimate: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Check:
    """One trust check.

    Attributes
    ----------
    code
        Which check, such as "sample-ratio": the catalogue's `check-sample-ratio` is its name.
    status
        pass, warn or fail; a fail blocks the verdict.
    finding
        What it found, where there is more than one thing to say: `check-follow-up-too-few` holds the words.
    values
        The figures behind it.
    """

    code: str
    status: str
    finding: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def name(self) -> Message:
        """What it is called."""
        return Message(f"check-{self.code}", self.values)

    @property
    def short(self) -> Message:
        """What fits on a line."""
        return self._part("short")

    @property
    def detail(self) -> Message:
        """What was found, what it means and what to do."""
        return self._part("detail")

    def _part(self, attribute: str) -> Message:
        entry = f"check-{self.code}-{self.finding}" if self.finding else f"check-{self.code}"
        return Message(f"{entry}.{attribute}", {**self.values, "status": self.status})


@dataclass(frozen=True)
class Verdict:
    """The answer.

    Attributes
    ----------
    state
        One of winner, tie, blocked, single (nothing to compare).
    code
        Which sentence says it; `verdict-CODE` in the catalogue.
    values
        What stands in that sentence; arm and reference where two are contrasted.
    support
        What is said under it, sentence by sentence: interval, what else is known, the smallest difference that the
        study can show.
    """

    state: str
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    support: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Step:
    """One cleaning step of an import: rows before it and after it; the catalogue's `step-CODE` is its name."""

    code: str
    rows_in: int
    rows_out: int
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """Its name, to stand in a sentence."""
        return Message(f"step-{self.code}", self.values)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a card keeps it."""
        return {**vars(self), "values": _stored_values(self.values)}

    @classmethod
    def from_dict(cls, card: Mapping[str, Any]) -> Self:
        """Read it from a card."""
        return cls(card["code"], card["rows_in"], card["rows_out"], _restored_values(card["values"]))


@dataclass(frozen=True)
class Issue:
    """Something in the data that the user should know.

    Attributes
    ----------
    level
        note or warn.
    code
        Which: the catalogue's `issue-CODE` is its name, with what was found (`.detail`) and what to do (`.action`).
    rows
        Rows concerned: events, unless the words say otherwise.
    values
        The figures and names behind it.
    """

    level: str
    code: str
    rows: int
    values: Mapping[str, Value] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a card keeps it."""
        return {**vars(self), "values": _stored_values(self.values)}

    @classmethod
    def from_dict(cls, card: Mapping[str, Any]) -> Self:
        """Read it from a card."""
        return cls(card["level"], card["code"], card["rows"], _restored_values(card["values"]))


def _stored_values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: _stored(value) for name, value in values.items()}


def _restored_values(values: Mapping[str, Any]) -> dict[str, Value]:
    return {name: _restored(value) for name, value in values.items()}


def _stored(value: Any) -> Any:
    if isinstance(value, Message):
        return {"code": value.code, "values": {name: _stored(item) for name, item in value.values.items()}}
    if isinstance(value, list | tuple):
        return [_stored(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        return Message(value["code"], {name: _restored(item) for name, item in value["values"].items()})
    return tuple(_restored(item) for item in value) if isinstance(value, list) else value
