"""Write docs/verdicts.md from the decision table, the source and the catalogue, so that they cannot differ.

States, codes and check codes are read from the source, every sentence with its variants from the catalogue, the rows
of the table from the docstring of `reach_verdict`; only what one should do stands here.

Run from the root: .venv/bin/python docs/make_verdicts.py
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from fluent.syntax import FluentParser  # noqa: E402
from fluent.syntax import ast as ftl  # noqa: E402
from fluent.syntax.visitor import Visitor  # noqa: E402

from recsys_core.retention.study import retention_verdict  # noqa: E402
from recsys_core.wording.catalogue import ENGLISH, FOLDER, opened  # noqa: E402
from recsys_core.workspace import write_atomic  # noqa: E402

RETENTION = ROOT / "recsys_core" / "retention"
DECIDES = RETENTION / "study" / "retention_verdict.py"
CATALOGUE = FOLDER / ENGLISH / "retention.ftl"
PREFIX = "verdict-retention"
_FEW_WAYS = 12
STATUSES = {"PASS": "pass", "WARN": "warn", "FAIL": "fail"}

HEAD = """# Verdicts

Made by `docs/make_verdicts.py` from the decision table, the source and the catalogue: every sentence that a comparison
of arms can end with, what leads to it, and what to do then. Figures and names are samples.

A difference between two arms counts only where two methods find it, beyond noise and in the same direction: the
*life model* (visits at a personal rate until a dropout in time) and *pace-matched curves* (visits of the faster arm
hidden until both come equally often, then one long gap). Between an arm and another the outcome is *ahead*, *behind*,
*level* (neither method finds a difference), *engaged-alone* or *matched-alone* (one finds it), *opposite*, or
*not-applied* (a method gave nothing).

## The table that decides

The first row that holds is the answer.
"""
TO_DO = {
    "retention-single": "Name the column that says which recommender served an event, or compare by an attribute.",
    "retention-blocked": "Mend what the check names (below), then run the study again; curves are for diagnosis only.",
    "retention-blocked-adjustment": "Bring a longer log or more users, or widen the landmark window.",
    "retention-blocked-balance": "Find out how users were assigned. If not at random, set `randomised` to no: the "
    "arms are then weighted alike and the answer is read as an association.",
    "retention-blocked-sample-ratio": "Find where users were lost after assignment, or state the planned shares in "
    "`expected_shares`; if assignment was not random, set `randomised` to no.",
    "retention-few": "Bring a longer log or more users, or leave the small arm out.",
    "retention-pending": "Wait: the page shows curves before the two methods are done.",
    "retention-equal": "Choose by cost or anything else: staying does not tell the arms apart within the margin.",
    "retention-winner": "Serve the winner; look at the checks that warn and at the difference in days first.",
    "retention-associated": "Take it as a reason for an experiment. Users were not assigned at random, and what was "
    "not weighted for may be behind the difference.",
    "retention-worst": "Drop the last arm; between the others nothing is decided.",
    "retention-tie": "Do not read it as equal. If the smallest difference that the study can show is larger than one "
    "worth having, bring more users; to show equality, set `margin_days`.",
    "retention-undecided-methods-disagree": "Name no winner. Bring more users or a longer log; look at the pace "
    "and at the curves under several gaps to see which assumption fails.",
    "retention-undecided-method-missing": "Mend the reason that is named: mostly a longer log, or more users who "
    "come back.",
}
ROW_OF = {"retention-undecided-method-missing": "does not apply", "retention-undecided-methods-disagree": "disagree"}
SAMPLES: dict[str, Any] = {
    "arm": "bert", "reference": "cf", "worst": "popular", "cohort": "country", "few": ("bert", "cf"),
    "others": ("bert", "cf"), "level": ("bert", "cf"), "beaten": ("popular",), "by": ("start weeks", "plan"),
    "reasons": ("(why a method gave nothing)",), "check": "(what the check found)", "horizon": 60, "gap": 14,
    "days": 3.2, "margin": 2, "estimate": 3.2, "lower": 1.5, "upper": 4.9, "matched": 2.9, "matched_lower": 1.1,
    "matched_upper": 4.7, "matched_days": 60, "widest": 1.6, "ratio": 0.82, "p": 0.0004, "smallest": 2.1, "looks": 10,
    "users_each": 8820, "median": 31, "users": (80, 20), "planned": (50, 50), "arms": ("bert", "cf"), "status": "fail",
    "term": "plan = paid", "smd_before": 0.31, "smd_after": 0.01, "share": 0.12, "effective": 0.61, "least": 0.01,
    "most": 0.98, "model": "bert", "attribute": "country", "day": 60, "last": 41,
}  # fmt: skip
BY_FUNCTION: dict[str, Any] = {
    "COUNT": 1200, "ABOUT": 1200, "DAY": 14, "PERCENT": 0.12, "POINTS": 0.12, "LIST": ("bert", "cf"),
    "PLAIN": ("bert", "cf"), "DATE": 1_772_366_400, "SHORT_DATE": 1_772_366_400, "MOMENT": 1_772_366_400,
    "DAY_STAMP": 1_772_366_400, "SPAN": 1_772_366_400, "SPELLED": 3, "COUNTS": (80, 20), "NAMED": (80, 20),
    "DURATION": 240, "QUOTED": "bert", "CAPITAL": "bert", "INSIDE": "bert", "": "bert",
}  # fmt: skip


@dataclass(frozen=True)
class CheckUse:
    """A place that makes a check: its code, what it found, and the statuses that it can have there."""

    code: str
    findings: tuple[str, ...]
    statuses: frozenset[str]
    when: str


# ---- The catalogue ------------------------------------------------------------------------------------------


class _Asked(Visitor):
    """What a pattern asks for: variables with the function around them, and the keys that it chooses by."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self._function = ""

    def visit_FunctionReference(self, node: ftl.FunctionReference) -> None:  # noqa: N802
        before, self._function = self._function, node.id.name
        self.generic_visit(node)
        self._function = before

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.variables[node.id.name] = self._function or self.variables.get(node.id.name, "")

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:  # noqa: N802
        if isinstance(node.selector, ftl.VariableReference):
            keys = [getattr(variant.key, "name", None) or variant.key.value for variant in node.variants]
            known = self.choices.setdefault(node.selector.id.name, [])
            known += [key for key in keys if key not in known]
        self.generic_visit(node)


@cache
def entries() -> dict[str, ftl.Message]:
    """Every entry of the retention catalogue."""
    body = FluentParser().parse(CATALOGUE.read_text(encoding="utf-8")).body
    return {node.id.name: node for node in body if isinstance(node, ftl.Message)}


def variants(code: str, attribute: str = "", **given: Any) -> list[str]:
    """Say an entry in all its variants, with sample values where none are given."""
    node = entries()[code]
    pattern = next(part.value for part in node.attributes if part.id.name == attribute) if attribute else node.value
    asked = _Asked()
    asked.visit(pattern)
    values = {name: _sample(name, use) for name, use in asked.variables.items()} | _of_pace(code) | given
    free = {name: _values(name, keys) for name, keys in asked.choices.items() if name not in given}
    ways: list[dict[str, Any]] = [dict(zip(free, keys, strict=True)) for keys in product(*free.values())]
    if len(ways) > _FEW_WAYS:  # every variant once, beside the first of what else is chosen by
        ways = [{**ways[0], name: key} for name, keys in free.items() for key in keys]
    phrase = opened(ENGLISH).phrase
    return list(dict.fromkeys(phrase(code, {**values, **_lists(values, way), **way}, attribute) for way in ways))


def _sample(name: str, use: str) -> Any:
    """A sample that the function around it can write."""
    made, several = SAMPLES.get(name), use in {"LIST", "PLAIN", "COUNTS", "NAMED"}
    if made is not None and (isinstance(made, tuple) == several) and (use != "COUNT" or isinstance(made, int)):
        return made
    return BY_FUNCTION.get(use, 1.2)


def _of_pace(code: str) -> dict[str, Any]:
    """Limits of a ratio where those of days would be out of place."""
    return {"lower": 0.75, "upper": 0.9} if "pace" in code else {}


def _values(name: str, keys: list[str]) -> list[Any]:
    """Values that choose each variant; plural forms and numbers by numbers."""
    numeric = any(key == "one" or key.isdigit() for key in keys)
    return [_number(name, key, keys) if numeric else key for key in keys]


def _number(name: str, key: str, keys: list[str]) -> int:
    if key == "other" and isinstance(SAMPLES.get(name), int):
        return int(SAMPLES[name])
    return int(key) if key.isdigit() else 1 if key == "one" else 2 if "2" not in keys else 3


def _lists(values: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    """Lists as long as their count says."""
    stems = {name.removesuffix("_count"): count for name, count in chosen.items() if name.endswith("_count")}
    return {stem: (*values[stem], "random")[:count] for stem, count in stems.items() if stem in values}


# ---- The source ---------------------------------------------------------------------------------------------


def table_rows() -> list[tuple[str, str]]:
    """Condition and state of each row of the table in the docstring of `reach_verdict`."""
    _, _, rest = (retention_verdict.reach_verdict.__doc__ or "").partition("====")
    lines = (line.strip() for line in rest.splitlines()[1:])
    rows = [re.split(r"  +", line) for line in lines if line and "====" not in line]
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def texts(node: ast.AST | None) -> list[str]:
    """All texts that an expression can be, so far as they stand in it."""
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            and part.value] if node else []  # fmt: skip


def codes() -> dict[str, str]:
    """State of every code that `reach_verdict`, or what comes before it, can return."""
    found: dict[str, str] = {}
    for path in (DECIDES, RETENTION / "study" / "analyse.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Verdict", "_verdict"}:
                states = texts(node.args[0])
                found |= {code: states[0] for code in texts(node.args[1]) if states}
    found |= dict.fromkeys((*retention_verdict._BLOCKS.values(), "retention-blocked"), "blocked")  # noqa: SLF001
    return found


def check_uses() -> list[CheckUse]:
    """Every check that the retention half can make, in the order of files and lines."""
    uses = []
    for path in sorted((RETENTION / "study").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            uses += [_use(function, node) for node in ast.walk(function)
                     if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Check"]  # fmt: skip
    return [use for use in uses if f"check-{use.code}" in entries()]  # those of other answers have other catalogues


def _use(function: ast.FunctionDef, call: ast.Call) -> CheckUse:
    arguments = {"code": 0, "status": 1, "finding": 2}
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    code, status, finding = (
        call.args[at] if len(call.args) > at else given.get(name) for name, at in arguments.items()
    )
    if isinstance(status, ast.Name) and status.id not in STATUSES:
        assigned = [node.value for node in ast.walk(function) if isinstance(node, ast.Assign)
                    and any(getattr(target, "id", "") == status.id for target in node.targets)]  # fmt: skip
        status = assigned[-1] if assigned else status
    names = {node.id for node in ast.walk(status) if isinstance(node, ast.Name)} if status else set()
    statuses = {STATUSES[name] for name in names & STATUSES.keys()} | set(texts(status)) & set(STATUSES.values())
    found = tuple(texts(_branches(finding)))
    return CheckUse((texts(code) or [""])[0], found, frozenset(statuses or STATUSES.values()), _condition(status))


def _branches(node: ast.expr | None) -> ast.AST | None:
    """The values that an expression chooses between, without what it chooses by."""
    return ast.List([node.body, node.orelse], ast.Load()) if isinstance(node, ast.IfExp) else node


def _condition(status: ast.expr | None) -> str:
    """Say when a status is "fail", where that stands in the expression itself."""
    if isinstance(status, ast.IfExp) and getattr(status.body, "id", "") == "FAIL":
        return f"`{ast.unparse(status.test)}`"
    return "wherever it is found" if isinstance(status, ast.Name) and status.id == "FAIL" else ""


def cell(text: str) -> str:
    """Make a text fit into a table."""
    return " ".join(text.replace("|", "\\|").split())


def lines(*columns: str, rows: Iterator[tuple[str, ...]]) -> str:
    """One table."""
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join([*head, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]) + "\n"


def condition_of(code: str, state: str) -> str:
    """The row of the decision table that leads to a code."""
    rows = [(at, row) for at, (row, ends) in enumerate(table_rows(), 1) if ends == state]
    chosen = [(at, row) for at, row in rows if ROW_OF.get(code, "") in row]
    return "; ".join(f"{at}: {row}" for at, row in chosen) or "–"


def support_of(code: str, state: str) -> list[str]:
    """Codes of what may follow a sentence, in order, by the function that adds them."""
    if state in {"blocked", "single"}:
        return [f"support-{state}"]
    if state in {"few", "pending"}:
        return []
    tree = ast.parse(DECIDES.read_text(encoding="utf-8"))
    order = [text for node in ast.walk(tree) if isinstance(node, ast.Call) for text in texts(node)
             if text.startswith("support-")]  # fmt: skip
    followed = sorted(set(order), key=list(entries()).index)
    only = {"support-tie": {"tie"}, "support-could-show": {"tie", "undecided"}}
    return [one for one in followed if one not in {"support-blocked", "support-single"}
            and state in only.get(one, {state}) and not (one == "support-both" and "missing" in code)]  # fmt: skip


def verdict_rows() -> Iterator[tuple[str, ...]]:
    """A line for every sentence of every verdict."""
    found, order = codes(), [name for name in entries() if name.startswith(PREFIX)]
    for entry in order:
        code = entry.removeprefix("verdict-")
        state = found.get(code, "–")
        title = "; ".join(variants(entry, "title"))
        follows = ", ".join(f"`{one}`" for one in support_of(code, state)) or "–"
        for at, sentence in enumerate(variants(entry)):
            first = (state, f"`{code}`", condition_of(code, state), title) if not at else ("", f"`{code}`", "", "")
            yield (*first, sentence, follows if not at else "", TO_DO.get(code, "–") if not at else "")


def support_rows() -> Iterator[tuple[str, ...]]:
    """A line for every sentence that may follow."""
    for code in (name for name in entries() if name.startswith("support-")):
        yield from ((f"`{code}`", sentence) for sentence in variants(code))


def check_rows(*, blocking: bool) -> Iterator[tuple[str, ...]]:
    """A line for every finding of checks that can block, or of the others."""
    uses = check_uses()
    can_fail = {use.code for use in uses if "fail" in use.statuses}
    for use in uses:
        if (use.code in can_fail) != blocking:
            continue
        name = variants(f"check-{use.code}")[0]
        for finding in use.findings or ("",):
            entry = f"check-{use.code}-{finding}".removesuffix("-")
            worst = next(status for status in ("fail", "warn", "pass") if status in use.statuses)
            p = {"p": 0.42} if worst == "pass" else {}
            detailed = _detailed(use.code, entry)
            told = " / ".join(said for one in detailed for said in variants(one, "detail", status=worst, **p)) or "–"
            effect = {"fail": "blocks", "warn": "weakens", "pass": "nothing"}[worst]
            when = (f"{use.when or 'see the sentence'}",) if blocking else ()
            yield (name, f"`{use.code}`", f"`{finding}`" if finding else "–", effect, *when, told)


def _detailed(code: str, entry: str) -> list[str]:
    """Entries with a sentence: the one asked for, else those of all findings."""
    known = [name for name, node in entries().items() if any(part.id.name == "detail" for part in node.attributes)]
    return [entry] if entry in known else [name for name in known if name.startswith(f"check-{code}-")]


def page() -> str:
    """The whole page."""
    decided = lines("row", "where", "state", rows=iter((str(at), *row) for at, row in enumerate(table_rows(), 1)))
    verdicts = lines("state", "code", "row that leads to it", "title", "sentence", "followed by, as far as it is known",
                     "what to do", rows=verdict_rows())  # fmt: skip
    blocking = lines("check", "code", "finding", "effect", "it fails where", "what it says, and what to do",
                     rows=check_rows(blocking=True))  # fmt: skip
    weakening = lines("check", "code", "finding", "effect at worst", "what it says", rows=check_rows(blocking=False))
    return "\n".join([
        HEAD, decided, "## What is said", "", verdicts, "## What follows", "",
        "A sentence stands there where its figures are known.", "",
        lines("code", "sentence", rows=support_rows()), "## Checks that can block", "",
        "A check that fails ends in row 2 of the table; the sentence of the verdict names it.", "", blocking,
        "## Checks that only weaken", "",
        "They stand beside the verdict and change nothing in it: how far to trust the answer is the reader's to judge.",
        "", weakening,
    ])  # fmt: skip


if __name__ == "__main__":
    write_atomic(HERE / "verdicts.md", page())
