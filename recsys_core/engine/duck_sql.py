"""How names, strings and paths are written in DuckDB's SQL."""

import re
from pathlib import Path


def one_path(path: Path) -> str:
    """Write a path so that the engine takes it for that one file: it reads * ? [ as patterns."""
    return re.sub(r"([*?[])", r"[\1]", str(path))


def first_line(err: Exception) -> str:
    """Return what an error of the engine says first."""
    return str(err).strip().split("\n")[0][:160].rstrip(".")


def quote(identifier: str) -> str:
    """Quote an SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote an SQL string."""
    return "'" + text.replace("'", "''") + "'"
