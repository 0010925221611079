"""Widgets drawn from the fields of the settings classes. What they hold stands in the address of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from math import floor, log10
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

import streamlit as st

from dashboard.drawing.boundary import boundary
from dashboard.studies import set_option
from recsys_core.answers import message
from recsys_core.settings import Stage
from recsys_core.wording.sentences import label, say


def draw_options(
    base: Stage,
    current: Stage,
    names: Sequence[str],
    choices: Mapping[str, Sequence[str]] | None = None,
    used: Stage | None = None,
) -> None:
    """Draw the named options of a stage.

    Parameters
    ----------
    base
        The study's own settings: what stands in the address is what differs from them.
    current
        What is in force; the widgets show it.
    names
        Fields, in the order in which they are drawn.
    choices
        What a text or a list can be, where the data say so (arms, events, attributes).
    used
        With every choice made: what was left to the program shows as what it chose.
    """
    known: dict[str, Field[Any]] = {field.name: field for field in fields(type(current))}
    for name in names:
        _draw(known[name], base, current, (choices or {}).get(name), _chosen(getattr(used, name, None)))


def _chosen(value: Any) -> str:
    """Say what the program chose where a setting is left to it: "14 (chosen)"."""
    text = ", ".join(map(str, value)) if isinstance(value, tuple | list) else "" if value is None else str(value)
    return say(message("label-chosen", value=text)) if text else label("label-choose-for-me")


def _draw(field: Field[Any], base: Stage, current: Stage, choices: Sequence[str] | None, chosen: str) -> None:
    key = f"{current.stage}.{field.name}"
    hint = get_type_hints(type(current))[field.name]
    value, meta = getattr(current, field.name), field.metadata
    shared = {
        "label": meta["label"], "help": meta["help"], "key": key,
        "on_change": _store, "args": (base, field.name, key),
    }  # fmt: skip
    allowed = choices if choices is not None else meta["choices"]
    if hint is bool:
        _show(key, value)
        st.checkbox(**shared)
    elif hint in (int, float) or NoneType in get_args(hint):
        _number(hint, value, field, shared | {"placeholder": chosen})
    elif hint is str and allowed:
        _choice(value, allowed, shared, chosen)
    elif hint is str:
        _show(key, value)
        st.text_input(**shared)
    elif allowed:
        _show(key, [entry for entry in value if entry in allowed])
        st.multiselect(options=list(allowed), placeholder=chosen, **shared)
    else:
        _show(key, ", ".join(value))
        st.text_input(**shared)


def _number(hint: Any, value: Any, field: Field[Any], shared: dict[str, Any]) -> None:
    meta, default = field.metadata, cast("float", field.default)
    kind = float if float in (hint, *get_args(hint)) else int
    low, high = (None if limit is None else kind(limit) for limit in (meta["low"], meta["high"]))
    _show(shared["key"], None if value is None else kind(value))
    if (low, high) == (0.0, 1.0):
        shared.pop("placeholder")
        st.slider(min_value=low, max_value=high, step=0.05, format="percent", **shared)
        return
    if kind is float:  # a learning rate of 0.0002 is not to be shown as 0.00, nor changed by 0.01
        shared |= {"format": "%g", "step": 10.0 ** floor(log10(default)) if default else 0.1}
    st.number_input(min_value=low, max_value=high, value=None, **shared)


def _choice(value: str, allowed: Sequence[str], shared: dict[str, Any], chosen: str) -> None:
    options = list(dict.fromkeys(["", *allowed])) if "" in (value, *allowed) else list(allowed)
    if value not in options:
        options.append(value)
    _show(shared["key"], value)
    st.selectbox(options=options, format_func=lambda entry: entry or chosen, **shared)


def _show(key: str, value: Any) -> None:
    """Give a widget its value before it is drawn; widgets forget theirs when the page changes."""
    st.session_state[key] = value


@boundary()
def _store(base: Stage, name: str, key: str) -> None:
    set_option(base, name, st.session_state[key])
