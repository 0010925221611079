"""Catalogues of sentences in Fluent's form (projectfluent.org): a folder a language, a file a room of the house.

A second language is a folder beside `en` with files of the same names; what it lacks is said in English. The
environment's STAYING_POWER_LANGUAGE chooses the language; default: en.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from recsys_core.answers import Message, Value

if TYPE_CHECKING:
    from fluent.runtime import FluentBundle

FOLDER = Path(__file__).with_name("catalogues")
ENGLISH = "en"
_ENTRY = re.compile(r"^([a-z][a-z0-9-]*) *=", re.MULTILINE)
_SPACES = re.compile(r"\s+")


class WordingError(Exception):
    """A sentence that cannot be said as it stands: no such code, or a value is missing. A defect of ours."""


class Catalogue:
    """The sentences of one language.

    A file is read when one of its sentences is first asked for, since reading all takes a noticeable while.

    Attributes
    ----------
    strict
        Whether a sentence that cannot be said raises `WordingError`, as in tests. Otherwise what can be said is: no
        user should lose an answer over a word.
    """

    strict = False

    def __init__(self, language: str, sources: Mapping[str, str], fallback: Self | None = None) -> None:
        self.language, self._sources, self._fallback = language, sources, fallback
        self._file_of = {code: name for name, text in sources.items() for code in _ENTRY.findall(text)}
        self._bundles: dict[str, FluentBundle] = {}

    @classmethod
    def open(cls, language: str) -> Self:
        """Read the files of a language; one that there is no folder of is English."""
        files = {path.stem: path.read_text(encoding="utf-8") for path in sorted((FOLDER / language).glob("*.ftl"))}
        return cls(language, files, None if language == ENGLISH else cls.open(ENGLISH))

    def say(self, spoken: Message) -> str:
        """Say a message; an error's with its advice. A code may name an attribute: "check-switchers.detail"."""
        code, _, attribute = spoken.code.partition(".")
        sentence = self.phrase(code, spoken.values, attribute)
        with_advice = code.startswith("error-") and not attribute
        advice = self.phrase(code, spoken.values, "advice") if with_advice else ""
        return f"{sentence} {advice}" if advice else sentence

    def phrase(self, code: str, values: Mapping[str, Value] | None = None, attribute: str = "") -> str:
        """Say an entry, or one of its attributes.

        Parameters
        ----------
        code
            Of the entry.
        values
            What stands in it; None is written as an en dash.
        attribute
            Part of an entry, such as "title"; "" where the entry has none says nothing.

        Raises
        ------
        WordingError
            In strict mode: if there is no such entry, or a value that it needs is missing.
        """
        bundle = self._bundle(code)
        entry = bundle.get_message(code) if bundle and bundle.has_message(code) else None
        pattern = (entry.attributes.get(attribute) if attribute else entry.value) if entry else None
        if bundle is None or pattern is None:
            if self._fallback:
                return self._fallback.phrase(code, values, attribute)
            return "" if entry and attribute else self._flawed(f"no sentence for {code}", code)
        arguments = {name: self._argument(value) for name, value in (values or {}).items()}
        text, errors = bundle.format_pattern(pattern, arguments)
        phrase = _SPACES.sub(" ", str(text)).strip()
        return self._flawed(f"{code}: {errors}", phrase) if errors else phrase

    def _flawed(self, why: str, instead: str) -> str:
        if Catalogue.strict:
            raise WordingError(why)
        return instead

    def _bundle(self, code: str) -> "FluentBundle | None":
        name = self._file_of.get(code)
        if name is None:
            return None
        if name not in self._bundles:
            self._bundles[name] = self._read(name)
        return self._bundles[name]

    def _read(self, name: str) -> "FluentBundle":
        from fluent.runtime import FluentBundle, FluentResource

        from recsys_core.wording.functions import FUNCTIONS

        bundle = FluentBundle([self.language], functions=dict(FUNCTIONS), use_isolating=False)
        bundle.add_resource(FluentResource(self._sources[name]))
        return bundle

    def _argument(self, value: Value) -> Any:
        """Turn a value into what Fluent takes: messages are said, several texts become a list."""
        from recsys_core.wording.functions import Several, Unknown

        if value is None:
            return Unknown()
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Message):
            return self.say(value)
        if isinstance(value, tuple | list):
            sentences = bool(value) and all(isinstance(part, Message) for part in value)
            return Several(tuple(str(self._argument(part)) for part in value), tuple(value), sentences=sentences)
        return value.item() if hasattr(value, "item") else value


@cache
def opened(language: str) -> Catalogue:
    """Open a language, once."""
    return Catalogue.open(language)


_instead: list[Catalogue] = []


def current() -> Catalogue:
    """The catalogue in use."""
    return _instead[-1] if _instead else opened(os.environ.get("STAYING_POWER_LANGUAGE") or ENGLISH)


@contextmanager
def speaking(catalogue: Catalogue) -> Iterator[Catalogue]:
    """Say everything by another catalogue for the length of the block."""
    _instead.append(catalogue)
    try:
        yield catalogue
    finally:
        _instead.pop()
