"""Figures as JSON that can stand inside an HTML page."""

import json
from dataclasses import dataclass

import plotly.graph_objects as go
import plotly.io as pio
from markupsafe import Markup

from recsys_core.charts import theme
from recsys_core.report.parts import Picture, escaped

FAMILY = f'"Staying Power Sans", {theme.FONT}'
CONFIG = theme.CONFIG | {"responsive": False}  # the page's script gives every figure its width
# What could end the script element, or a line in old browsers. In JSON these stand inside strings only.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class Drawn:
    """A figure on the page: its JSON, the height to keep free for it, and what it shows in words."""

    json: Markup
    height: int
    alt: str


def draw(picture: Picture) -> Drawn:
    """Write both forms of a picture as one JSON object."""
    forms = ", ".join(f'"{name}": {_json(getattr(picture, name))}' for name in ("wide", "narrow"))
    return Drawn(safe_json(f"{{{forms}}}"), int(picture.wide.layout.height), picture.alt)


def safe_json(text: str) -> Markup:
    """Escape JSON so that no text in it can close a script element.

    The result parses to the same value.
    """
    return escaped(text.translate(_UNSAFE))


def config_json() -> Markup:
    """Write how all figures behave."""
    return safe_json(json.dumps(CONFIG))


def _json(figure: go.Figure) -> str:
    figure.update_layout(font_family=FAMILY, hoverlabel_font_family=FAMILY)
    return str(pio.to_json(figure, validate=False))
