"""Reading what the workspace holds as JSON: what is there may be damaged, and is looked at before it is used."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Final, NoReturn, Union, get_args, get_origin

from recsys_core.errors import WorkspaceError

_MOST_BYTES: Final = 1 << 26  # of a file: nothing that is written as JSON comes near
_LARGEST: Final = 2**53  # of a number: what JSON can hold exactly


def read_json(path: Path, damage: WorkspaceError) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Parameters
    ----------
    damage
        What is raised where it holds anything else: numbers that are none or not finite count, and nesting that never
        ends. Its words name the file and what to do.

    Raises
    ------
    WorkspaceError
        `damage`, also where there is no such file or it cannot be read.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise damage
        return parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise damage from None


def parse_json(text: str) -> dict[str, Any]:
    """Read one JSON object; ValueError, or RecursionError, where a text is none."""
    found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - damage is one kind of error
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is of an annotated type, and all that it holds.

    Parameters
    ----------
    value
        What was read.
    hint
        A class, a dataclass, a union, or a tuple, list or mapping of such. Whole numbers and numbers are finite, and
        no larger than JSON can hold; True is no number. A type in quotes fits everything.
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in parts)
    if origin in (tuple, list):
        return isinstance(value, origin) and all(fits(each, parts[0]) for each in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        pairs = value.items() if isinstance(value, Mapping) else ()
        return isinstance(value, Mapping) and all(fits(key, parts[0]) and fits(each, parts[1]) for key, each in pairs)
    return _is_plain(value, hint)


def _is_plain(value: Any, hint: Any) -> bool:
    if hint is Any or isinstance(hint, str):
        return True
    if hint in (int, float):
        return type(value) in {int, hint} and abs(value) <= _LARGEST
    known = isinstance(value, hint)
    return known and (
        not is_dataclass(hint) or all(fits(getattr(value, spec.name), spec.type) for spec in fields(hint))
    )
