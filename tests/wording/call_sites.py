"""Every place in the code that makes something to be said, and whether the catalogue has the words for it.

Codes are literal at call sites, so that reading the source is enough: a name is followed to the literals that it can
stand for, in the same file.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePath

from tests.wording.entries import Entry, read_entries, variables
from tests.wording.source import Source, called

ERRORS, VERDICTS = "StayingPowerError", "Verdict"
RESERVED = frozenset(
    {"code", "status", "finding", "name", "short", "detail", "state", "title", "sentence", "support", "kind"}
)
MAKERS = {"answers.py", "errors.py"}  # they make messages of what they are given
# Constructors: how their entries begin, where code and values stand, the parts that are asked for, values added later
MADE = {
    "Message": ("", ("code", 0), ("values", 1), ("",), frozenset()),
    "Step": ("step-", ("code", 0), ("values", 3), ("",), frozenset()),
    "Issue": ("issue-", ("code", 1), ("values", 3), ("", "detail", "action"), frozenset({"rows"})),
    VERDICTS: ("verdict-", ("code", 1), ("values", 2), ("", "title"), frozenset()),
}


@dataclass(frozen=True)
class Use:
    """Something to be said: the entry, which of its parts are asked for ("" is its value), and the names of values.

    `values` is None where they cannot be read from the source.
    """

    where: str
    entry: str
    parts: tuple[str, ...]
    values: frozenset[str] | None


def findings(sources: Mapping[str, str], catalogue: Mapping[str, str]) -> list[str]:
    """Hold code against a catalogue.

    Parameters
    ----------
    sources
        Python files, by path.
    catalogue
        Fluent files, by name.

    Returns
    -------
    list of str
        What is wrong, one finding each, with its place.
    """
    entries, found = read_entries(catalogue)
    errors, verdicts = (_family(base, sources.values()) for base in (ERRORS, VERDICTS))
    files: dict[str, Source] = {}
    files |= {_dotted(path): Source(path, text, files) for path, text in sources.items()}
    for source in files.values():
        for call in source.calls if PurePath(source.path).name not in MAKERS else ():
            uses = _uses(source, call, errors, verdicts)
            found += [f"{source.path}:{call.lineno}: its code cannot be read from the source"] if uses is None else []
            found += [finding for use in uses or () for finding in _missing(use, entries)]
    literals = set().union(*(source.literals for source in files.values()))
    beginnings = tuple({text for source in files.values() for text in source.beginnings if text.endswith("-")})
    referred = {name for entry in entries.values() for part in entry.parts.values() for name in part.references}
    unused = (name for name in entries if name not in referred and not _is_used(name, literals, beginnings))
    return found + [f"{entries[name].file}: {name} is said nowhere" for name in unused]


def _missing(use: Use, entries: Mapping[str, Entry]) -> Iterator[str]:
    if use.values is not None and (taken := sorted(use.values & RESERVED - {"status"})):
        yield f"{use.where}: {use.entry} has values named {', '.join(taken)}"
    if use.entry not in entries:
        yield f"{use.where}: there is no {use.entry}"
        return
    for part in (part for part in use.parts if part not in entries[use.entry].parts):
        yield f"{use.where}: {use.entry} has no {f'.{part}' if part else 'sentence'}"
    for part in entries[use.entry].parts:
        unknown = sorted(variables(entries, use.entry, part) - use.values) if use.values is not None else []
        if unknown:
            yield f"{use.where}: {use.entry}{f'.{part}' * bool(part)} needs {', '.join(unknown)}"


def _is_used(name: str, literals: AbstractSet[str], beginnings: tuple[str, ...]) -> bool:
    """Tell whether a code, or the kind, check, finding or verdict that it is made of, stands somewhere in the code."""
    family, _, rest = name.partition("-")
    if name in literals or name.startswith(beginnings) or any(text.startswith(f"{name}.") for text in literals):
        return True
    if family in {"error", "check", "verdict", "step", "issue"} and rest in literals:
        return True
    cuts = [place for place, sign in enumerate(rest) if sign == "-"]
    return family == "check" and any(rest[:cut] in literals and rest[cut + 1 :] in literals for cut in cuts)


def _family(base: str, sources: Iterable[str]) -> frozenset[str]:
    """Names of a class and of all that derive from it."""
    bases = {
        node.name: {ast.unparse(parent).rpartition(".")[2] for parent in node.bases}
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    }
    family = {base}
    while more := {name for name, parents in bases.items() if parents & family} - family:
        family |= more
    return frozenset(family)


def _dotted(path: str) -> str:
    return ".".join(PurePath(path).with_suffix("").parts).removesuffix(".__init__")


def _uses(source: Source, call: ast.Call, errors: AbstractSet[str], verdicts: AbstractSet[str]) -> "list[Use] | None":
    """What a call asks the catalogue to say; None where the source does not tell."""
    name = called(call)
    arguments = {str(place): node for place, node in enumerate(call.args)}
    arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    where = f"{source.path}:{call.lineno}"
    if name == "Check":
        return _uses_of_check(source, call, arguments, where)
    if name in errors or name in {"message", "label"}:
        if name == "label" and "wording" not in source.text:
            return []
        prefix, code, parts = "error-" if name in errors else "", arguments.get("0"), ("",)
        values = frozenset() if name == "label" else source.keywords(call)
    elif name in MADE or name in verdicts:
        prefix, at, values_at, parts, more = MADE[VERDICTS if name in verdicts else name]
        code, values = _argument(arguments, at), source.keys(_argument(arguments, values_at), call)
        values = None if values is None else values | more
    else:
        return []
    if isinstance(code, ast.Attribute) and code.attr in {"kind", "code"}:  # hands on what was made elsewhere
        return []
    codes = source.texts(code, call, {})
    return None if codes is None else [_use(where, prefix + text, parts, values) for text in sorted(codes)]


def _argument(arguments: Mapping[str, ast.expr], at: tuple[str, int]) -> ast.expr | None:
    name, place = at
    return arguments.get(name, arguments.get(str(place)))


def _use(where: str, code: str, parts: tuple[str, ...], values: frozenset[str] | None) -> Use:
    entry, _, attribute = code.partition(".")
    if attribute:
        parts = (attribute,)
    return Use(where, entry, (*parts, "term") if entry.startswith("definition-") else parts, values)


def _uses_of_check(source: Source, call: ast.Call, arguments: Mapping[str, ast.expr], where: str) -> list[Use] | None:
    code, finding = (_argument(arguments, at) for at in (("code", 0), ("finding", 2)))
    names = [node.id for node in (code, finding) if isinstance(node, ast.Name)]
    values = source.keys(_argument(arguments, ("values", 3)), call)
    uses: list[Use] = []
    for bound in source.bindings(call, names):
        codes, findings_ = (source.texts(node, call, bound) if node else {""} for node in (code, finding))
        if codes is None or findings_ is None:
            return None
        uses += _checks(where, codes, findings_, None if values is None else values | {"status"})
    return uses


def _checks(where: str, codes: set[str], found: set[str], values: frozenset[str] | None) -> list[Use]:
    pairs = ((code, one) for code in sorted(codes) for one in sorted(found))
    entries = (f"check-{code}-{one}" if one else f"check-{code}" for code, one in pairs)
    uses = [Use(where, f"check-{code}", ("",), None) for code in sorted(codes)]
    return uses + [Use(where, entry, ("short", "detail"), values) for entry in entries]
