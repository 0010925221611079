"""Every place in the code that makes something to be said, and whether the catalogue has the words for it.

Codes are literal at call sites, so that reading the source is enough: a name is followed to the literals that it can
stand for, in the same file.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from tests.wording.entries import Entry, read_entries, variables

ERRORS, VERDICTS = "StayingPowerError", "Verdict"
RESERVED = frozenset(
    {"code", "status", "finding", "name", "short", "detail", "state", "title", "sentence", "support", "kind"}
)
_DEPTH = 4


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
    families = {base: _family(base, sources.values()) for base in (ERRORS, VERDICTS)}
    modules = [_Module(path, source, families[ERRORS], families[VERDICTS]) for path, source in sources.items()]
    for module in modules:
        uses, unread = module.uses()
        found += unread + [finding for use in uses for finding in _missing(use, entries)]
    literals = set().union(*(module.literals() for module in modules)) if modules else set()
    referred = {name for entry in entries.values() for part in entry.parts.values() for name in part.references}
    unused = (name for name in entries if name not in referred and not _is_used(name, literals))
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


def _is_used(name: str, literals: AbstractSet[str]) -> bool:
    """Tell whether a code, or the kind, check, finding or verdict that it is made of, stands somewhere in the code."""
    family, _, rest = name.partition("-")
    if name in literals or (family in {"error", "check", "verdict"} and rest in literals):
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


class _Module:
    """One file: what it says, and what its names can stand for."""

    def __init__(self, path: str, source: str, errors: AbstractSet[str], verdicts: AbstractSet[str]) -> None:
        self.path, self.tree, self.errors, self.verdicts = path, ast.parse(source), errors, verdicts
        self.labels = "wording.sentences import" in source or "wording import sentences" in source
        self.owner = {
            node: function
            for function in ast.walk(self.tree)
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
        }

    @cached_property
    def calls(self) -> list[ast.Call]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]

    def literals(self) -> set[str]:
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return {node.value for node in nodes if isinstance(node.value, str)}

    def uses(self) -> tuple[list[Use], list[str]]:
        uses: list[Use] = []
        unread: list[str] = []
        for call in self.calls:
            name = ast.unparse(call.func).rpartition(".")[2]
            arguments = {str(place): node for place, node in enumerate(call.args)}
            arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
            where = f"{self.path}:{call.lineno}"
            if name in self.errors:
                entries = self._entries("error-", arguments.get("0"), call)
                parts: tuple[str, ...] = ("",)
                values = self._keywords(call)
            elif name == "message":
                entries = self._entries("", arguments.get("0"), call)
                parts, values = ("",), self._keywords(call)
            elif name == "Message":
                entries = self._entries("", arguments.get("0", arguments.get("code")), call)
                parts, values = ("",), self._names(arguments.get("1", arguments.get("values")), call)
            elif name == "label" and self.labels:
                entries, parts, values = self._entries("", arguments.get("0"), call), ("",), frozenset()
            elif name in self.verdicts:
                entries = self._entries("verdict-", arguments.get("1", arguments.get("code")), call)
                parts, values = ("", "title"), self._names(arguments.get("2", arguments.get("values")), call)
            elif name == "Check":
                uses += self._checks(where, arguments, call, unread)
                continue
            else:
                continue
            if entries is None:
                unread.append(f"{where}: the code of {name} cannot be read from the source")
                continue
            uses += [Use(where, entry, (*parts, "term") if entry.startswith("definition-") else parts, values)
                     for entry in sorted(entries)]  # fmt: skip
        return uses, unread

    def _checks(self, where: str, arguments: Mapping[str, ast.expr], call: ast.Call, unread: list[str]) -> list[Use]:
        codes = self._texts(arguments.get("0", arguments.get("code")), call)
        finding = arguments.get("2", arguments.get("finding"))
        known = self._texts(finding, call) if finding else {""}
        values = self._names(arguments.get("3", arguments.get("values")), call)
        if codes is None or known is None:
            unread.append(f"{where}: the code or the finding of a check cannot be read from the source")
            return []
        values = None if values is None else values | {"status"}
        uses = [Use(where, f"check-{code}", ("",), None) for code in sorted(codes)]
        pairs = ((code, one) for code in sorted(codes) for one in sorted(known))
        names = (f"check-{code}-{one}" if one else f"check-{code}" for code, one in pairs)
        return uses + [Use(where, name, ("short", "detail"), values) for name in names]

    def _entries(self, prefix: str, node: ast.expr | None, call: ast.Call) -> set[str] | None:
        if isinstance(node, ast.Attribute) and node.attr in {"kind", "code"}:  # hands on what was made elsewhere
            return set()
        codes = self._texts(node, call)
        return None if codes is None else {prefix + code for code in codes}

    def _texts(self, node: ast.expr | None, near: ast.AST, depth: int = 0) -> set[str] | None:
        """The texts that an expression can be; None where that cannot be read."""
        if depth > _DEPTH or node is None:
            return None
        if isinstance(node, ast.Constant):
            return {node.value} if isinstance(node.value, str) else None
        if isinstance(node, ast.Attribute) and node.attr in {"kind", "code", "finding"}:
            return set()
        return _union(self._texts(choice, near, depth + 1) for choice in self._choices(node, near))

    def _choices(self, node: ast.expr, near: ast.AST) -> list[ast.expr | None]:
        """The expressions that one can come down to."""
        if isinstance(node, ast.IfExp):
            return [node.body, node.orelse]
        if isinstance(node, ast.BoolOp | ast.Dict):
            return list(node.values)
        if isinstance(node, ast.Subscript):
            return [node.value]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            return [node.func.value, *node.args[1:]]
        if isinstance(node, ast.Name):
            return self._assigned(node.id, near)
        return [None]

    def _assigned(self, name: str, near: ast.AST) -> list[ast.expr | None]:
        """What a name was given: in the function, by those who call it, or in the file."""
        function = self.owner.get(near)
        inside = _assignments(function, name) if function else []
        if inside:
            return inside
        if function and name in (names := [argument.arg for argument in _arguments(function)]):
            return self._passed(function, name, names.index(name))
        if function and function.args.kwarg and function.args.kwarg.arg == name:
            return [None]
        top = [node for node in self.tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
        return [value for node in top for value in _assignments(node, name)] or [None]

    def _passed(self, function: ast.FunctionDef, name: str, place: int) -> list[ast.expr | None]:
        passed: list[ast.expr | None] = []
        for call in self.calls:
            callee = ast.unparse(call.func)
            if callee not in {function.name, f"self.{function.name}"}:
                continue
            positions = place - callee.startswith("self.")
            keyword = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
            positional = call.args[positions] if positions < len(call.args) else None
            default = _default(function, name)
            passed.append(keyword or positional or default)
        return passed or [None]

    def _keywords(self, call: ast.Call) -> frozenset[str] | None:
        names = [{keyword.arg} if keyword.arg else self._names(keyword.value, call) for keyword in call.keywords]
        return _together(names)

    def _names(self, node: ast.expr | None, near: ast.AST, depth: int = 0) -> frozenset[str] | None:
        """The keys of a mapping; None where they cannot be read."""
        if node is None:
            return frozenset()
        if isinstance(node, ast.Dict):
            keys = zip(node.keys, node.values, strict=True)
            return _together(
                self._names(value, near, depth + 1)
                if key is None
                else {key.value} if isinstance(key, ast.Constant) else None
                for key, value in keys
            )  # fmt: skip
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return _together(self._names(side, near, depth + 1) for side in (node.left, node.right))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict" and not node.args:
            return self._keywords(node)
        if isinstance(node, ast.Name) and depth < _DEPTH:
            choices = self._assigned(node.id, near)
            if len(choices) == 1 and choices[0] is not None:
                return self._names(choices[0], near, depth + 1)
        return None


def _assignments(scope: ast.AST, name: str) -> list[ast.expr | None]:
    """What a name is set to, anywhere in a scope; None for what cannot be followed."""
    values: list[ast.expr | None] = []
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                values += _taken(target, node.value, name) if not isinstance(node, ast.AugAssign) else []
                if isinstance(node, ast.AugAssign) and ast.unparse(target) == name:
                    values.append(None)
        elif isinstance(node, ast.For | ast.comprehension) and name in _target_names(node.target):
            values.append(None)
    return values


def _taken(target: ast.expr, value: ast.expr | None, name: str) -> list[ast.expr | None]:
    if isinstance(target, ast.Name):
        return [value] if target.id == name else []
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        pairs = zip(target.elts, value.elts, strict=True)
        return [taken for one, what in pairs for taken in _taken(one, what, name)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.IfExp):
        return [taken for branch in (value.body, value.orelse) for taken in _taken(target, branch, name)]
    return [None] if name in _target_names(target) else []


def _target_names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _default(function: ast.FunctionDef, name: str) -> ast.expr | None:
    plain = [*function.args.posonlyargs, *function.args.args]
    pairs = [*zip(plain[len(plain) - len(function.args.defaults) :], function.args.defaults, strict=True)]
    pairs += [(arg, value) for arg, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)]
    return next((value for argument, value in pairs if argument.arg == name), None)


def _union(choices: Iterable[set[str] | None]) -> set[str] | None:
    union: set[str] = set()
    for choice in choices:
        if choice is None:
            return None
        union |= choice
    return union


def _together(names: Iterable[AbstractSet[str] | None]) -> frozenset[str] | None:
    union: set[str] = set()
    for part in names:
        if part is None:
            return None
        union |= part
    return frozenset(union)
