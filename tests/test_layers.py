"""The rules of the house, read from the source: who imports whom, what nobody imports, how long things are."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
ORDER: Final = (
    *("columns", "machine", "private", "key_files", "words", "answers", "serialise", "codec", "wording", "errors"),
    *("named_files", "glossary", "settings", "stored", "workspace", "unforeseen", "sums", "audit", "result_files"),
    *("engine", "id_table"),
    *("data", "metrics", "models", "evaluation", "retention", "whatif", "risk", "runs", "imports", "care"),
    *("objects", "charts", "report"),
    *("steps", "study", "asked", "command_line", "__init__", "__main__", "dashboard", "pages", "app"),
)
INNER: Final = {  # the order of rooms inside a room; files that stand beside them come first
    "retention": ("estimators", "cox", "adjustment", "population", "integrity", "pace", "calendar", "study", "ready"),
    "runs": ("watch", "life", "cost", "kept", "start"),
    "charts": ("retention", "calendar", "ranking"),
}
OUTSIDE: Final = ("dashboard", "pages", "app")  # top-level names; the others live in recsys_core
BESIDE: Final = (
    "benchmarks",
    "docs",
    "supply",
    "validation",
)  # may import all of the product, nothing of it may import them
UNNAMED: Final = ("__init__.py", "__main__.py")  # told by their rooms
UNSAFE: Final = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve"}

Rule = Callable[[Path, str], list[str]]


def product_files() -> list[Path]:
    """Every Python file of the product, relative to the root; tests are not held to these rules."""
    folders = ("recsys_core", "dashboard", "pages", *BESIDE)
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in [*found, *ROOT.glob("*.py")])


def imported(path: Path, source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports, inside functions too, relative imports resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.parts[: len(path.parts) - node.level] if node.level else ()
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def room(dotted: str) -> str | None:
    """The room a dotted name lies in: `recsys_core.data.clean` is in data, `recsys_core.run` in __init__."""
    first, *rest = dotted.split(".")
    if first in OUTSIDE:
        return first
    if first != "recsys_core":
        return None
    return rest[0] if rest and rest[0] in ORDER else "__init__"


def imports_go_one_way(path: Path, source: str) -> list[str]:
    own = path.parts[1].removesuffix(".py") if path.parts[0] == "recsys_core" else path.parts[0].removesuffix(".py")
    if own not in ORDER:
        return [f"{path}: the room {own} has no place in ORDER"] if path.parts[0] == "recsys_core" else []
    return [
        f"{path}:{line}: {own} imports {name} from {above}"
        for line, name in imported(path, source)
        if (above := room(name) or name.split(".")[0])
        and (above in BESIDE or (above in ORDER and ORDER.index(above) > ORDER.index(own)))
    ]


def inner_rooms_have_an_order(path: Path, source: str) -> list[str]:
    if path.parts[0] != "recsys_core" or len(path.parts) < 3 or path.parts[1] not in INNER:
        return []
    order, dotted = INNER[path.parts[1]], f"recsys_core.{path.parts[1]}."
    own = order.index(path.parts[2]) if path.parts[2] in order else -1
    if own < 0 and len(path.parts) > 3:
        return [f"{path}: the room {path.parts[2]} has no place in INNER"]
    return [
        f"{path}:{line}: imports {name} from a later room"
        for line, name in imported(path, source)
        if name.startswith(dotted) and (inner := name.split(".")[2]) in order and order.index(inner) > own
    ]


def only_the_dashboard_imports_streamlit(path: Path, source: str) -> list[str]:
    if path.parts[0].removesuffix(".py") in OUTSIDE:
        return []
    allowed = "streamlit.proto." if path.parts[0] == "benchmarks" else "streamlit/"  # a load test speaks its protocol
    found = ((line, name) for line, name in imported(path, source) if name.split(".")[0] == "streamlit")
    return [f"{path}:{line}: imports {name}" for line, name in found if not name.startswith(allowed)]


def words_come_last(path: Path, source: str) -> list[str]:
    """Rooms that compute hand on codes; errors say themselves, and rooms from objects on may say things."""
    if path.parts[0] != "recsys_core":
        return []
    own = path.parts[1].removesuffix(".py")
    if own in {"wording", "errors"} or own not in ORDER or ORDER.index(own) >= ORDER.index("objects"):
        return []
    return [f"{path}:{line}: {own} imports {name}" for line, name in imported(path, source) if room(name) == "wording"]


def nothing_is_pickled(path: Path, source: str) -> list[str]:
    names = imported(path, source)
    found = [f"{path}:{line}: imports {name}" for line, name in names if name.split(".")[0] in UNSAFE]
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    return found + [f"{path}:{node.lineno}: {node.attr}" for node in calls if node.attr.endswith("_pickle")]


def no_unsafe_html(path: Path, source: str) -> list[str]:
    keywords = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.keyword))
    return [f"{path}:{node.lineno}: {node.arg}" for node in keywords if node.arg == "unsafe_allow_html"]


def figures_have_one_writer(path: Path, source: str) -> list[str]:
    """Files of figures are written where formulas are kept out of them; the sample's log is no such file."""
    if path.parts[0] in BESIDE or str(path) in {"recsys_core/serialise.py", "recsys_core/data/samples.py"}:
        return []
    own = str(path) == "dashboard/drawing/downloads.py"
    found = {"writer", "DictWriter", "to_csv", "to_excel"}
    nodes = list(ast.walk(ast.parse(source)))
    calls = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr in found]
    kinds = [node for node in nodes if isinstance(node, ast.Constant) and node.value == "text/csv" and not own]
    return [f"{path}:{node.lineno}: writes CSV by itself" for node in [*calls, *kinds]]


def files_stay_short(path: Path, source: str) -> list[str]:
    lines, limit = source.count("\n"), 100 if path.parts[0] == "pages" else 350
    return [f"{path}: {lines} lines, at most {limit}"] if lines > limit else []


def functions_stay_short(path: Path, source: str) -> list[str]:
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return [
        f"{path}:{node.lineno}: {node.name} has {lines} lines, at most 50"
        for node in functions
        if (lines := lines_without_docstring(node)) > 50
    ]


def lines_without_docstring(function: ast.FunctionDef) -> int:
    first, whole = function.body[0], (function.end_lineno or 0) - function.lineno + 1
    return whole if ast.get_docstring(function) is None else whole - ((first.end_lineno or 0) - first.lineno + 1)


RULES: Final = (
    imports_go_one_way,
    inner_rooms_have_an_order,
    words_come_last,
    only_the_dashboard_imports_streamlit,
    nothing_is_pickled,
    no_unsafe_html,
    figures_have_one_writer,
    files_stay_short,
    functions_stay_short,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_product_keeps(rule: Rule):
    files = product_files()
    assert Path("recsys_core/errors.py") in files
    found = [finding for path in files for finding in rule(path, (ROOT / path).read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


def circles(sources: Mapping[str, str]) -> list[list[str]]:
    """Modules that import each other, by however many steps; imports for types alone count as any other.

    A round takes away every module that imports nothing any more, or that nothing imports: what is left stands in,
    or between, circles.
    """
    graph = {}
    for name, source in sources.items():
        path = Path(*name.split(".")).with_suffix(".py")
        every = {part for _, dotted in imported(path, source) for part in (dotted, dotted.rpartition(".")[0])}
        graph[name] = every & sources.keys() - {name}
    while free := {name for name in graph if not graph[name] or not any(name in others for others in graph.values())}:
        graph = {name: others - free for name, others in graph.items() if name not in free}
    return [[name, *sorted(others)] for name, others in sorted(graph.items())]


def test_nothing_imports_in_a_circle():
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in product_files()}
    assert circles({name: (ROOT / path).read_text(encoding="utf-8") for name, path in names.items()}) == []


def test_a_circle_is_seen_also_when_it_is_for_types_alone():
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from recsys_core.a import X"
    assert circles({"recsys_core.a": "from recsys_core import b", "recsys_core.b": typed}) == [
        ["recsys_core.a", "recsys_core.b"],
        ["recsys_core.b", "recsys_core.a"],
    ]
    assert circles({"recsys_core.a": "from recsys_core.b import X", "recsys_core.b": "import math"}) == []


def of_one_name(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Names that several files have; a reader who is told one of them should not have to ask which."""
    named = [path for path in paths if path.parts[0] in {"recsys_core", "dashboard"}]
    alike = {name: [path for path in named if path.name == name] for name in {path.name for path in named}}
    return {name: several for name, several in sorted(alike.items()) if len(several) > 1 and name not in UNNAMED}


def test_no_two_files_have_one_name():
    assert of_one_name(product_files()) == {}


def test_a_name_that_is_taken_is_seen():
    one, other = Path("recsys_core/data/clean.py"), Path("dashboard/clean.py")
    unnamed = [Path("recsys_core/__init__.py"), Path("recsys_core/data/__init__.py")]
    assert of_one_name([one, other, Path("pages/clean.py"), *unnamed]) == {"clean.py": [one, other]}


@pytest.mark.parametrize("room", sorted({path.parent for path in product_files()}), ids=str)
def test_a_room_holds_at_most_24_files(room: Path):
    assert len([path for path in product_files() if path.parent == room and path.name != "__init__.py"]) <= 24


@pytest.mark.parametrize(
    ("rule", "path", "source", "finding"),
    [
        (imports_go_one_way, "recsys_core/data/clean.py", "import recsys_core.models.ease", "data imports"),
        (imports_go_one_way, "recsys_core/data/clean.py", "from recsys_core import study", "data imports"),
        (imports_go_one_way, "recsys_core/data/clean.py", "from ..retention import cox", "data imports"),
        (
            imports_go_one_way,
            "recsys_core/data/clean.py",
            "def f():\n    import recsys_core.study",
            "clean.py:2",
        ),
        (
            imports_go_one_way,
            "recsys_core/settings.py",
            "from recsys_core import workspace",
            "from workspace",
        ),
        (imports_go_one_way, "recsys_core/report/build.py", "from recsys_core import run", "from __init__"),
        (imports_go_one_way, "recsys_core/study.py", "import dashboard.page", "from dashboard"),
        (imports_go_one_way, "dashboard/page.py", "import pages.data", "from pages"),
        (imports_go_one_way, "pages/data.py", "import app", "from app"),
        (imports_go_one_way, "recsys_core/attic/old.py", "", "attic has no place in ORDER"),
        (imports_go_one_way, "recsys_core/study.py", "from validation import run", "from validation"),
        (
            inner_rooms_have_an_order,
            "recsys_core/retention/cox/ties.py",
            "from recsys_core.retention.study import spells",
            "later room",
        ),
        (
            inner_rooms_have_an_order,
            "recsys_core/charts/theme.py",
            "import recsys_core.charts.calendar.triangle",
            "later",
        ),
        (inner_rooms_have_an_order, "recsys_core/runs/attic/old.py", "", "attic has no place in INNER"),
        (
            words_come_last,
            "recsys_core/risk/scores.py",
            "from recsys_core.wording.sentences import say",
            "risk imports",
        ),
        (only_the_dashboard_imports_streamlit, "recsys_core/study.py", "import streamlit as st", "streamlit"),
        (
            only_the_dashboard_imports_streamlit,
            "benchmarks/run.py",
            "from streamlit import cache_data",
            "cache_data",
        ),
        (nothing_is_pickled, "recsys_core/runs/start/worker.py", "import pickle", "imports pickle"),
        (nothing_is_pickled, "recsys_core/runs/start/worker.py", "from joblib import dump", "imports joblib.dump"),
        (nothing_is_pickled, "recsys_core/runs/start/worker.py", "frame.to_pickle(path)", "to_pickle"),
        (no_unsafe_html, "pages/data.py", "st.markdown(text, unsafe_allow_html=True)", "unsafe_allow_html"),
        (figures_have_one_writer, "recsys_core/risk/scores.py", "frame.to_csv(path)", "scores.py:1: writes CSV"),
        (figures_have_one_writer, "pages/data.py", "import csv\ncsv.DictWriter(out, names)", "data.py:2: writes CSV"),
        (figures_have_one_writer, "pages/data.py", "st.download_button(a, b, c, 'text/csv')", "data.py:1: writes CSV"),
        (files_stay_short, "recsys_core/study.py", "\n" * 351, "351 lines, at most 350"),
        (files_stay_short, "pages/data.py", "\n" * 101, "101 lines, at most 100"),
        (
            functions_stay_short,
            "benchmarks/run.py",
            "def f():\n" + "    x\n" * 50,
            "run.py:1: f has 51 lines, at most 50",
        ),
    ],
)
def test_a_rule_catches(rule: Rule, path: str, source: str, finding: str):
    (found,) = rule(Path(path), source)
    assert finding in found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "recsys_core/retention/cox/cox_model.py",
            "from recsys_core.data import dataset\nfrom . import results\nimport numpy",
        ),
        ("recsys_core/__main__.py", "import recsys_core as sp\nfrom recsys_core.study import run"),
        (
            "pages/data.py",
            "import streamlit as st\nimport recsys_core\nfrom dashboard.page import start_page",
        ),
        ("app.py", "import streamlit\nfrom dashboard import page"),
        ("benchmarks/start_up.py", "import recsys_core"),
        ("pages/data.py", 'def f():\n    """Say\n\n    much."""\n' + "    x\n" * 49),
    ],
)
def test_the_rules_allow(path: str, source: str):
    assert [finding for rule in RULES for finding in rule(Path(path), source)] == []
