"""Write docs/settings.md from the declarations in recsys_core/settings/, so that the two cannot differ.

Run from the root: .venv/bin/python docs/make_settings.py
"""

import sys
from dataclasses import Field, fields
from pathlib import Path
from typing import get_type_hints

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from recsys_core.settings import MODELS, STAGES, kind_name  # noqa: E402
from recsys_core.workspace import write_atomic  # noqa: E402

HEAD = """# Settings

Made by `docs/make_settings.py` from the declarations in `recsys_core/settings/`. A study file has one section per
stage; the command line takes each field as `--set field=value`; the pages draw them, and the address of a page carries
what was changed. Besides the stages, a study has a `title`.
"""


NEWLINE = "\n"


def row(name: str, spec: Field, hints: dict[str, object]) -> str:
    """One line of the table: name, what it takes, default, help."""
    meta = spec.metadata
    takes = ", ".join(f"`{c}`" for c in meta["choices"]) or kind_name(hints[spec.name])
    if meta["low"] is not None and meta["high"] is not None:
        takes += f", {meta['low']:g} to {meta['high']:g}"
    default = "empty" if spec.default in (None, "", ()) else f"`{spec.default}`"
    if isinstance(spec.default, tuple) and spec.default:
        default = ", ".join(f"`{entry}`" for entry in spec.default)
    return f"| `{name}.{spec.name}` | {takes} | {default} | {meta['help']} |"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, stage in (STAGES | {f"models.{name}": kind for name, kind in MODELS.items()}).items():
        hints = get_type_hints(stage)
        lines = [row(name, spec, hints) for spec in fields(stage)]
        doc = (stage.__doc__ or "").split("\n")[0]
        parts.append(
            f"\n## [{name}]\n\n{doc}\n\n"
            + (
                f"| setting | takes | default | meaning |\n|---|---|---|---|\n{NEWLINE.join(lines)}\n"
                if lines
                else "It has no settings.\n"
            )
        )
    return "".join(parts)


if __name__ == "__main__":
    write_atomic(HERE / "settings.md", page())
