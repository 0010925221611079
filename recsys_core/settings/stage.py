"""The base of every stage's settings: options that carry their own label, help and bounds."""

import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_type_hints

from recsys_core.errors import SettingsError

_LONGEST, _MOST_TEXTS, _SHOWN = 1000, 1000, 80  # characters of a text, texts of a list, characters shown of a text
_YEARS = (1970, 2100)  # of the dates that a log of today can hold


def option(
    default: Any, label: str, help_text: str, *, low: float | None = None, high: float | None = None,
    choices: Collection[str] = (), advanced: bool = False, path: bool = False, dates: bool = False,
) -> Any:  # fmt: skip
    """Declare one option: its default, the words shown beside it, and what is allowed.

    Choices in a mapping are its names at any time, also those that come later. What names a file or folder (`path`) is
    set by study files and commands, and never by a page or its address. What holds dates (`dates`) takes those of
    believable years.
    """
    meta = {
        "label": label,
        "help": help_text,
        "low": low,
        "high": high,
        "choices": choices if isinstance(choices, Mapping) else tuple(choices),
        "advanced": advanced,
        "path": path,
        "dates": dates,
    }
    return field(default=default, metadata=meta)


def _names(value: Any) -> tuple[str, ...]:
    """A list from TOML, or the comma-separated form of the command line, as a tuple of names."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, Mapping) or any(isinstance(part, Mapping | list | tuple) for part in parts):
        raise ValueError(value)
    return tuple(str(part).strip() for part in parts if str(part).strip())


def shown(value: Any) -> str:
    """Write a value that was found, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        return f"{type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def check_text(stage: str, name: str, texts: Collection[str]) -> None:
    """Refuse text that is too long, or that no file and no disk can hold; SettingsError."""
    if len(texts) > _MOST_TEXTS:
        raise SettingsError("setting-of-many-texts", stage=stage, field=name, texts=len(texts), most=_MOST_TEXTS)
    for text in texts:
        if len(text) > _LONGEST:
            raise SettingsError("setting-too-long", stage=stage, field=name, characters=len(text), most=_LONGEST)
        if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise SettingsError("setting-no-text", stage=stage, field=name, found=shown(text))


def _unbelievable(text: str) -> str:
    """Return the date, of one or of a range, that lies in no believable year; empty where there is none.

    What is no date is said where it is used.
    """
    for part in text.split(".."):
        with suppress(ValueError):
            if not _YEARS[0] <= datetime.fromisoformat(part.strip()).year <= _YEARS[1]:
                return part
    return ""


def _number(kind: type, value: Any) -> Any:
    number = float(value)
    if not math.isfinite(number) or (kind is int and not number.is_integer()):
        raise ValueError(value)
    return kind(number)


def _coerce(kind: Any, value: Any) -> Any:
    """Turn what a TOML file or the command line gives into the option's type; ValueError where it cannot be."""
    if NoneType in get_args(kind):
        if value is None or value == "":
            return None
        kind = next(k for k in get_args(kind) if k is not NoneType)
    if kind is bool:
        if isinstance(value, bool):
            return value
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).lower() not in words:
            raise ValueError(value)
        return words[str(value).lower()]
    if kind in (int, float):
        if isinstance(value, bool):
            raise ValueError(value)
        return _number(kind, value)
    if kind is str:
        if not isinstance(value, str):
            raise ValueError(value)
        return value
    return _names(value)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


_KIND_NAMES = {
    "bool": "true or false", "int": "a whole number", "float": "a number", "str": "text", "names": "a list of names",
}  # fmt: skip


def kind_name(kind: Any) -> str:
    """Say in words what an option of this type takes."""
    return _KIND_NAMES[_kind_code(kind)]


def _kind_code(kind: Any) -> str:
    plain = next((k for k in get_args(kind) if k is not NoneType), kind) if NoneType in get_args(kind) else kind
    return plain.__name__ if plain in (bool, int, float, str) else "names"


@dataclass(frozen=True)
class Stage:
    """Base of the settings of one stage: checks what it is given, changes by copy, and speaks TOML."""

    stage: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Bring every value to its type and refuse what is not allowed."""
        kind: Any = type(self)
        hints = _hints(kind)
        for spec in fields(self):
            entered = getattr(self, spec.name)
            try:
                value = _coerce(hints[spec.name], entered)
            except (TypeError, ValueError, OverflowError):
                raise SettingsError(
                    "setting-wrong-type",
                    stage=self.stage,
                    field=spec.name,
                    found=shown(entered),
                    wanted=_kind_code(hints[spec.name]),
                    help=spec.metadata["help"],
                ) from None
            self._check_allowed(spec.name, value, spec.metadata)
            object.__setattr__(self, spec.name, value)

    def _check_allowed(self, name: str, value: Any, meta: Mapping[str, Any]) -> None:
        if value is None:
            return
        place, choices = {"stage": self.stage, "field": name}, meta["choices"]
        several = isinstance(value, tuple)
        entries = value if several else (value,)
        if several or isinstance(value, str):
            check_text(self.stage, name, entries)
        if meta["dates"] and (strange := next(filter(None, map(_unbelievable, entries)), "")):
            first, last = _YEARS
            raise SettingsError("setting-year-not-believable", **place, found=strange, first=str(first), last=str(last))
        refused = [entry for entry in entries if choices and entry not in choices]
        if refused:
            raise SettingsError(
                "setting-not-allowed", **place, found=repr(refused[0]), several=several, allowed=tuple(choices)
            )
        low, high = meta["low"], meta["high"]
        if high is not None and (value > high or (low is not None and value < low)):
            raise SettingsError("setting-out-of-range", **place, found=value, low=low, high=high)
        if low is not None and value < low:
            raise SettingsError("setting-too-low", **place, found=value, low=low)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build from a mapping; an unknown name is refused with the names that exist.

        Raises
        ------
        SettingsError
            For an unknown field, a value of the wrong type, or one outside its bounds.
        """
        return cls().changed(values)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Copy with some fields changed; same errors as `from_dict`."""
        known = [spec.name for spec in fields(self)]
        for name in values:
            if name not in known:
                raise SettingsError("setting-unknown", stage=self.stage, field=name, known=tuple(known))
        return replace(self, **dict(values))

    def to_dict(self) -> dict[str, Any]:
        """Fields that are set, lists for tuples: what TOML can hold (it has no null)."""
        pairs = ((spec.name, getattr(self, spec.name)) for spec in fields(self))
        return {k: list(v) if isinstance(v, tuple) else v for k, v in pairs if v is not None}
