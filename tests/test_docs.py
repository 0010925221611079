"""README and docs name every page, every subcommand and every setting."""

import dataclasses
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recsys_core.settings import MODELS, StudySettings

ROOT: Final = Path(__file__).parents[1]


def subcommands(help_text: str) -> list[str]:
    """The choices that the command line offers: `{import,retention,...}` in its usage line."""
    offered = re.search(r"\{([a-z-]+(?:,[a-z-]+)*)\}", help_text)
    assert offered, help_text
    return offered[1].split(",")


def setting_names(owner: type, prefix: str = "") -> Iterator[str]:
    """Dotted names of the fields, into those that are dataclasses themselves: `retention.inactivity_days`.

    A field that is not compared says where a study lies, not what it asks for: it is no setting.
    """
    hints = typing.get_type_hints(owner)
    for field in (each for each in dataclasses.fields(owner) if each.compare):
        kinds = (hints[field.name], *typing.get_args(hints[field.name]))
        stages = [kind for kind in kinds if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
        if stages:
            yield from (name for stage in stages for name in setting_names(stage, f"{prefix}{field.name}."))
        else:
            yield prefix + field.name


def missing(names: typing.Iterable[str], text: str, before: str = r"(?<![\w./-])") -> list[str]:
    """Names that the text does not hold as whole words; `before` says what may stand in front."""
    return [name for name in names if not re.search(rf"{before}{re.escape(name)}(?![\w-])", text)]


def written(*patterns: str) -> str:
    return "\n".join(p.read_text(encoding="utf-8") for pattern in patterns for p in sorted(ROOT.glob(pattern)))


def test_readme_names_every_page():
    pages = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py"))
    assert pages
    assert missing(["app.py", *pages], written("README.md")) == []


def test_readme_and_docs_name_every_subcommand():
    command = [sys.executable, "-m", "recsys_core", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = subcommands(shown)
    assert {"import", "retention", "report"} <= set(names)
    assert missing(names, written("README.md", "docs/*.md"), before=r"(?:`|recsys_core )") == []


def test_docs_name_every_setting():
    names = [name for name in setting_names(StudySettings) if not name.startswith("models.")]
    names += [f"models.{name}" for kind in MODELS.values() for name in setting_names(kind, f"{kind.stage}.")]
    assert "models.ease.regularisation" in names
    assert "retention.inactivity_days" in names
    assert missing(names, written("docs/settings.md")) == []


def test_subcommands_are_read_from_the_usage_line():
    assert subcommands("usage: recsys_core [-h] {import,what-if} ...") == ["import", "what-if"]


def test_a_gap_in_the_docs_is_seen():
    @dataclass
    class Stage:
        days: int = 0

    @dataclass
    class Study:
        name: str
        first: Stage
        other: Stage | None = None
        folder: str = dataclasses.field(default="", compare=False)

    Study.__annotations__.update(first=Stage, other=Stage | None)
    assert list(setting_names(Study)) == ["name", "first.days", "other.days"]
    assert missing(["first.days", "days", "name"], "`first.days` and first.days_late") == ["days", "name"]
    assert missing(["what-if", "run"], "`what-if DATASET`, run", before=r"(?:`|recsys_core )") == ["run"]
