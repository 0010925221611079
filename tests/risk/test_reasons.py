"""Reasons: the covariates that moved a risk most, as codes with their values."""

import pandas as pd
import pytest

from recsys_core.risk.reasons import reason, reason_columns, reasons
from recsys_core.wording.sentences import say


def told(covariate, value, *, up=True, history=28):
    row = dict(zip(reason_columns(1), (covariate, value, up), strict=True))
    found = reason(row, 1, history)
    return found.code, say(found)


@pytest.mark.parametrize(
    ("covariate", "value", "up", "code", "words"),
    [
        ("days-since-last-active", 9.2, True, "reason-last-active", "last active 9.2 days ago: up"),
        ("days-since-first-seen", 40.0, False, "reason-first-seen", "first seen 40.0 days ago: down"),
        ("active-days-in-history", 3, True, "reason-active-days", "3 active days in 28: up"),
        ("active-days-in-week", 1, True, "reason-active-days", "1 active day in 7: up"),
        ("events-per-active-day", 1.5, False, "reason-number", "events per active day 1.5: down"),
        ("age", 31, True, "reason-number", "age 31: up"),
        ("age", float("nan"), True, "reason-number", "age –: up"),
        ("kind", "fickle", True, "reason-level", "kind fickle: up"),
        ("kind", "(missing)", True, "reason-level", "kind (missing): up"),
        ("recommender", "(not served yet)", False, "reason-level", "recommender (not served yet): down"),
        ("days since x", 2.0, True, "reason-number", "days since x 2.0: up"),
    ],
)
def test_a_reason_is_a_code_with_its_value(covariate, value, up, code, words):
    assert told(covariate, value, up=up) == (code, words)


def test_the_strongest_come_first_and_weak_ones_are_left_out():
    moved = pd.DataFrame({"age": [0.1, 0.01], "kind": [-0.3, 0.04]})
    known = pd.DataFrame({"age": [31.0, 7.0], "kind": ["a", None]})
    found = reasons(moved, known)
    assert list(found.columns) == [name for place in (1, 2, 3) for name in reason_columns(place)]
    assert found["reason_1"].tolist() == ["kind", ""]
    assert found["reason_2"].tolist() == ["age", ""]
    assert found["reason_3"].tolist() == ["", ""]
    assert (found.loc[0, "reason_1_value"], found.loc[0, "reason_2_value"]) == ("a", 31)
    assert (found.loc[0, "reason_1_up"], found.loc[0, "reason_2_up"]) == (False, True)
    assert reason(found.loc[1].to_dict(), 1, 28) is None
