"""Results as JSON: dataclasses become objects, tuples arrays, and what is no number becomes null."""

import math
from dataclasses import fields, is_dataclass
from typing import Any

from recsys_core.settings import Stage


def plain(value: Any, leave_out: frozenset[str] = frozenset()) -> Any:
    """Turn a result into what `json.dumps` takes.

    Parameters
    ----------
    value
        Dataclasses, mappings, sequences, numbers (numpy's too), text and None, nested in any way.
    leave_out
        Names of dataclass fields to skip.
    """
    if isinstance(value, Stage):
        return value.to_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name), leave_out) for f in fields(value) if f.name not in leave_out}
    if isinstance(value, dict):
        return {str(key): plain(item, leave_out) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, leave_out) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not math.isfinite(number) else number
