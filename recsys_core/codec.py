"""Results as text that can be read back: JSON in which every dataclass of the product says its name.

Only what results are made of can be written, and only dataclasses of the product are made when a text is read, by
their own constructors: a text can do nothing but hold values.
"""

import base64
import importlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final

_OURS: Final = "recsys_core."
_CLASS, _LIST, _MAP, _NUMBER, _FRAME = "=", "l", "m", "n", "f"  # a JSON array is a tuple


def to_text(value: Any) -> str:
    """Write a result.

    Parameters
    ----------
    value
        Frozen dataclasses of the product, tuples, lists, mappings, frames, text, numbers (numpy's become Python's), and
        None, nested in any way.

    Raises
    ------
    TypeError
        For anything else.
    """
    return json.dumps(_written(value), separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> Any:
    """Read what `to_text` wrote.

    Raises
    ------
    ValueError
        For anything else, also for a class that has other fields by now.
    """
    try:
        return _read(json.loads(text))
    except (LookupError, TypeError, AttributeError, ImportError, RecursionError) as err:
        raise ValueError(f"not a result: {err}") from err


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    if isinstance(value, list):
        return {_LIST: [_written(item) for item in value]}
    if isinstance(value, Mapping):
        return {_MAP: [[_written(name), _written(item)] for name, item in value.items()]}
    kind = type(value)
    if is_dataclass(value) and kind.__module__.startswith(_OURS):
        named = {field.name: _written(getattr(value, field.name)) for field in fields(value) if field.init}
        return {_CLASS: f"{kind.__module__}:{kind.__qualname__}", _MAP: named}
    if kind.__module__.startswith("pandas.") and kind.__name__ == "DataFrame":
        return {_FRAME: _frame(value)}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a number of numpy
        value = value.item()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_NUMBER: str(float(value))}
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__} cannot be written as part of a result")


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(item) for item in value)
    return _marked(value) if isinstance(value, dict) else value


def _marked(value: dict[str, Any]) -> Any:
    """Read what JSON has no form of its own for."""
    if _CLASS in value:
        return _class(value[_CLASS])(**{name: _read(item) for name, item in value[_MAP].items()})
    if _MAP in value:
        return {_read(name): _read(item) for name, item in value[_MAP]}
    if _LIST in value:
        return [_read(item) for item in value[_LIST]]
    if _FRAME in value:
        return _framed(*value[_FRAME])
    return float(value[_NUMBER])


def _frame(frame: Any) -> list[Any]:
    """Write names of columns, those of plain numbers as Parquet, and those of objects, which Parquet may refuse."""
    texts = [name for name in frame if frame[name].dtype == object]
    numbers = frame.drop(columns=texts).to_parquet()
    objects = {name: [_written(item) for item in frame[name]] for name in texts}
    return [list(frame.columns), base64.b64encode(numbers).decode(), objects]


def _framed(columns: list[str], numbers: str, objects: dict[str, list[Any]]) -> Any:
    import pandas as pd

    frame = pd.read_parquet(io.BytesIO(base64.b64decode(numbers)))
    for name, values in objects.items():
        frame[name] = pd.Series([_read(item) for item in values], dtype=object, index=frame.index)
    return frame[columns]


@cache
def _class(name: str) -> Any:
    module, _, path = name.partition(":")
    if not module.startswith(_OURS):
        raise ValueError(f"not a class of the product: {name[:80]!r}")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and is_dataclass(found) and found.__module__ == module):
        raise ValueError(f"not a dataclass: {name[:80]!r}")
    return found
