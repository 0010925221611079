"""What a catalogue's files hold, read by Fluent's own parser."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from recsys_core.wording.functions import FUNCTIONS

KNOWN_FUNCTIONS = {*FUNCTIONS, "NUMBER", "DATETIME"}


class _Names(Visitor):
    """Collects what a pattern refers to."""

    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.references: set[str] = set()
        self.functions: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.variables.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:
        self.references.add(node.id.name)

    def visit_FunctionReference(self, node: ast.FunctionReference) -> None:
        self.functions.add(node.id.name)
        self.generic_visit(node)


@dataclass(frozen=True)
class Entry:
    """An entry: the file that holds it, and of its value ("") and each attribute the variables and references."""

    file: str
    parts: Mapping[str, _Names] = field(hash=False)


def read_entries(files: Mapping[str, str]) -> tuple[dict[str, Entry], list[str]]:
    """Read all entries of a language; the findings name what cannot be read or stands there twice."""
    entries: dict[str, Entry] = {}
    findings = []
    for file, text in files.items():
        for node in FluentParser().parse(text).body:
            if isinstance(node, ast.Junk):
                findings.append(f"{file}: cannot be read: {node.content.strip().splitlines()[0]}")
            elif isinstance(node, ast.Message):
                if node.id.name in entries:
                    findings.append(f"{file}: {node.id.name} is in {entries[node.id.name].file} too")
                entries[node.id.name] = Entry(file, {name: _names(part) for name, part in _parts(node)})
    findings += [
        f"{entry.file}: {name} calls {function}, which there is not"
        for name, entry in entries.items()
        for part in entry.parts.values()
        for function in sorted(part.functions - KNOWN_FUNCTIONS)
    ]
    return entries, findings


def variables(entries: Mapping[str, Entry], code: str, attribute: str = "") -> AbstractSet[str]:
    """What an entry's value or attribute needs, with what the entries that it refers to need."""
    part = entries[code].parts[attribute]
    known = (entries.get(reference) for reference in part.references)
    inner = (variables(entries, name) for entry, name in zip(known, part.references, strict=True) if entry)
    return part.variables.union(*inner)


def _parts(node: ast.Message) -> Iterator[tuple[str, Any]]:
    if node.value:
        yield "", node.value
    yield from ((attribute.id.name, attribute.value) for attribute in node.attributes)


def _names(pattern: Any) -> _Names:
    names = _Names()
    names.visit(pattern)
    return names
