"""The English catalogue in words that nobody knows, and the English that must then be gone."""

import re
from collections.abc import Iterator, Mapping

from fluent.syntax import FluentParser, FluentSerializer, ast
from fluent.syntax.visitor import Transformer, Visitor

from recsys_core.wording.catalogue import ENGLISH, FOLDER, Catalogue

_LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                         "qwxzvkjqxzwvkjhqxzwvkjhqxzQWXZVKJQXZWVKJHQXZWVKJHQXZ")  # fmt: skip
_LONG = 4


class _Scramble(Transformer):
    def visit_TextElement(self, node: ast.TextElement) -> ast.TextElement:
        return ast.TextElement(node.value.translate(_LETTERS))


class _Texts(Visitor):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def visit_TextElement(self, node: ast.TextElement) -> None:
        self.texts.append(node.value)


def english_files() -> dict[str, str]:
    """The files of the English catalogue, by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((FOLDER / ENGLISH).glob("*.ftl"))}


def nonsense(text: str) -> str:
    """Turn a Fluent file into nonsense: what is written changes, placeables and the keys of variants stay."""
    return FluentSerializer().serialize(_Scramble().visit(FluentParser().parse(text)))


def nonsense_catalogue(files: Mapping[str, str]) -> Catalogue:
    """Make a catalogue that says everything in nonsense."""
    return Catalogue(ENGLISH, {name: nonsense(text) for name, text in files.items()})


def long_texts(files: Mapping[str, str]) -> frozenset[str]:
    """Return all that the catalogue says between two placeables, in four words or more."""
    return frozenset(text for text in _texts(files) if len(re.findall(r"[^\W\d_]+", text)) >= _LONG)


def _texts(files: Mapping[str, str]) -> Iterator[str]:
    for text in files.values():
        visitor = _Texts()
        visitor.visit(FluentParser().parse(text))
        yield from (" ".join(found.split()) for found in visitor.texts)


def english_in(page: str, texts: frozenset[str]) -> list[str]:
    """List the texts that a page holds."""
    words = " ".join(page.split())
    return sorted(text for text in texts if text in words)
