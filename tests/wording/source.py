"""What names in a Python file can stand for, as far as its source tells: texts, and the keys of mappings."""

import ast
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

_DEPTH = 4
_HANDED_ON = {"kind", "code", "finding"}  # attributes of what was made, and read, elsewhere

Bindings = Mapping[str, ast.expr]


class Source:
    """A file.

    Parameters
    ----------
    path
        Relative to the project's root.
    text
        Of the file.
    others
        All files by dotted name, for what this one imports; filled later.
    """

    def __init__(self, path: str, text: str, others: "Mapping[str, Source]") -> None:
        self.path, self.text, self.others = path, text, others
        self.tree = ast.parse(text)
        self._owner = {
            node: function
            for function in ast.walk(self.tree)
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
        }

    @cached_property
    def calls(self) -> list[ast.Call]:
        """Every call."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]

    @cached_property
    def literals(self) -> set[str]:
        """Every text in the file."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return {node.value for node in nodes if isinstance(node.value, str)}

    @cached_property
    def beginnings(self) -> set[str]:
        """What texts begin with that are put together: "run-" of f"run-{state}"."""
        joined = (node.values[0] for node in ast.walk(self.tree) if isinstance(node, ast.JoinedStr) and node.values)
        return {str(first.value) for first in joined if isinstance(first, ast.Constant)}

    def bindings(self, call: ast.Call, names: Iterable[str]) -> list[Bindings]:
        """What the parameters of the function around a call are, by each call of that function; together, not apart."""
        function = self._owner.get(call)
        parameters = [argument.arg for argument in _arguments(function)] if function else []
        own = [name for name in names if name in parameters]
        if not function or not own:
            return [{}]
        callers = [caller for caller in self.calls if _is_call_of(caller, function)]
        passed = ({name: _passed(caller, function, name, parameters.index(name)) for name in own} for caller in callers)
        return [{name: node for name, node in one.items() if node} for one in passed] or [{}]

    def texts(self, node: ast.expr | None, near: ast.AST, bound: Bindings, depth: int = 0) -> set[str] | None:
        """The texts that an expression can be; None where that cannot be read."""
        if depth > _DEPTH or node is None:
            return None
        if isinstance(node, ast.Constant):
            return {node.value} if isinstance(node.value, str) else None
        if isinstance(node, ast.Attribute) and node.attr in _HANDED_ON:
            return set()
        return _union(self.texts(choice, near, bound, depth + 1) for choice in self._choices(node, near, bound))

    def keys(self, node: ast.expr | None, near: ast.AST, depth: int = 0) -> frozenset[str] | None:
        """The keys of a mapping; None where they cannot be read."""
        if node is None:
            return frozenset()
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            return _together(
                (self.keys(value, near, depth + 1) if key is None else _text_of(key)) for key, value in pairs
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return _together(self.keys(side, near, depth + 1) for side in (node.left, node.right))
        if isinstance(node, ast.Call) and called(node) == "dict" and not node.args:
            return self.keywords(node)
        if isinstance(node, ast.Name) and depth < _DEPTH:
            choices = self._assigned(node.id, near)
            if len(choices) == 1 and choices[0] is not None:
                return self.keys(choices[0], near, depth + 1)
        return None

    def keywords(self, call: ast.Call) -> frozenset[str] | None:
        """The names of a call's keywords, those in `**mapping` too."""
        return _together({keyword.arg} if keyword.arg else self.keys(keyword.value, call) for keyword in call.keywords)

    def _choices(self, node: ast.expr, near: ast.AST, bound: Bindings) -> list[ast.expr | None]:
        """The expressions that one can come down to."""
        if isinstance(node, ast.IfExp | ast.BoolOp | ast.Dict):
            return [node.body, node.orelse] if isinstance(node, ast.IfExp) else list(node.values)
        if isinstance(node, ast.Subscript):
            return [node.value]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            return [node.func.value, *node.args[1:]]
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
            return self._of_classes(node.attr) or [None]
        if isinstance(node, ast.Name):
            return [bound[node.id]] if node.id in bound else self._assigned(node.id, near)
        return [None]

    def _assigned(self, name: str, near: ast.AST) -> list[ast.expr | None]:
        """What a name was given: in the function, by those who call it, in the file, or where it is imported from."""
        function = self._owner.get(near)
        inside = _assignments(function, name) if function else []
        if inside:
            return inside
        if function and function.args.kwarg and function.args.kwarg.arg == name:
            return [None]
        names = [argument.arg for argument in _arguments(function)] if function else []
        if function and name in names:
            callers = (caller for caller in self.calls if _is_call_of(caller, function))
            return [_passed(caller, function, name, names.index(name)) for caller in callers] or [None]
        return self._at_top(name) or [None]

    def _of_classes(self, name: str) -> list[ast.expr | None]:
        """What the classes of the file set an attribute to."""
        bodies = (node.body for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))
        lines = (line for body in bodies for line in body if isinstance(line, ast.Assign))
        return [value for line in lines for value in _assignments(line, name)]

    def _at_top(self, name: str) -> list[ast.expr | None]:
        """What a name of the file is, or one that it imports."""
        top = [node for node in self.tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
        own = [value for node in top for value in _assignments(node, name)]
        if own:
            return own
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and name in {alias.asname or alias.name for alias in node.names}:
                other = self.others.get(node.module or "")
                return other._at_top(name) if other and other is not self else []
        return []


def called(call: ast.Call) -> str:
    """The last name of what is called: "get" of `a.b.get(...)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_call_of(call: ast.Call, function: ast.FunctionDef) -> bool:
    return called(call) == function.name


def _passed(call: ast.Call, function: ast.FunctionDef, name: str, place: int) -> ast.expr | None:
    keyword = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    place -= _arguments(function)[0].arg in {"self", "cls"}
    positional = call.args[place] if 0 <= place < len(call.args) else None
    return keyword or positional or _default(function, name)


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
            rows = node.iter.elts if isinstance(node.iter, ast.Tuple | ast.List) else [None]
            values += [value for row in rows for value in _taken(node.target, row, name)]
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


def _text_of(key: ast.expr) -> set[str] | None:
    return {str(key.value)} if isinstance(key, ast.Constant) else None


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
