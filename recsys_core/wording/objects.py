"""Results as plain objects for JSON: codes and their values first, what the catalogue says of them last."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from recsys_core.answers import Check, Issue, Message, Step, Verdict
from recsys_core.serialise import plain
from recsys_core.wording import sentences


def worded(value: Any, leave_out: frozenset[str] = frozenset()) -> Any:
    """Turn a result into what `json.dumps` takes, as `serialise.plain` does, with the words of what it holds.

    A message becomes {code, its values, sentence}; a check {code, status, finding, its values, name, short, detail};
    a verdict {state, code, its values, title, sentence, support}; a cleaning step {code, rows_in, rows_out, its
    values, name}; something noticed in the data {level, code, rows, its values, name, detail, action}.
    """
    return plain(value, leave_out, turn=lambda part: _turned(part, leave_out))


def _turned(part: Any, leave_out: frozenset[str]) -> dict[str, Any] | None:
    if isinstance(part, Message):
        return {"code": part.code, **_values(part.values), "sentence": sentences.say(part)}
    if isinstance(part, Check):
        words = {
            "name": sentences.check_name(part),
            "short": sentences.check_short(part),
            "detail": sentences.check_detail(part),
        }
        return {"code": part.code, "status": part.status, "finding": part.finding, **_values(part.values), **words}
    if isinstance(part, Step):
        rows = {"rows_in": part.rows_in, "rows_out": part.rows_out}
        return {"code": part.code, **rows, **_values(part.values), "name": sentences.step_name(part)}
    if isinstance(part, Issue):
        words = {
            "name": sentences.issue_name(part),
            "detail": sentences.issue_detail(part),
            "action": sentences.issue_action(part),
        }
        return {"level": part.level, "code": part.code, "rows": part.rows, **_values(part.values), **words}
    if isinstance(part, Verdict):
        mine = {f.name for f in fields(Verdict)} | leave_out
        more = {f.name: worded(getattr(part, f.name), leave_out) for f in fields(part) if f.name not in mine}
        words = {
            "title": sentences.title(part),
            "sentence": sentences.sentence(part),
            "support": sentences.support(part),
        }
        return {"state": part.state, "code": part.code, **_values(part.values), **more, **words}
    return None


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: worded(value) for name, value in values.items()}
