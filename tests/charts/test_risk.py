"""Calibration as a picture, and the tables of scores and users."""

import pandas as pd
import pytest

from recsys_core.answers import Interval
from recsys_core.charts.retention.risk_chart import calibration_figure, people_table, risk_rows, score_table
from recsys_core.risk.risk_result import CalibrationBin, Landmarks, ModelScore, RiskResult
from recsys_core.settings import RiskSettings

BINS = tuple(CalibrationBin("cox", 30, 100, 0.1 * k, 0.1 * k + 0.02, 0.1 * k - 0.05, 0.1 * k + 0.09) for k in range(10))
SCORE = ModelScore("cox", 30, Interval(0.19, 0.18, 0.2), 0.215, Interval(0.77, 0.75, 0.79), Interval(0.74, 0.72, 0.76),
                   Interval(0.87, 0.79, 0.94), Interval(0.0), 0.58, 0.56)  # fmt: skip


def result():
    users = pd.DataFrame({
        "user_id": ["u1", "u2"], "cox_14d": [0.9, 0.2], "cox_30d": [0.95, 0.3],
        "reason_1": ["days-since-last-active", ""], "reason_1_value": [9.2, None], "reason_1_up": [True, False],
        "reason_2": ["kind", ""], "reason_2_value": ["fickle", None], "reason_2_up": [False, False],
        "reason_3": ["", ""], "reason_3_value": [None, None], "reason_3_up": [False, False],
    })  # fmt: skip
    marks = Landmarks((1,), 2, 3)
    return RiskResult(
        "d", RiskSettings(), 14, (14, 30), marks, (100, 50), (80, 40), (SCORE,), BINS, users, columns=5, date_only=False
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_tenths_are_drawn_against_the_diagonal(mode):
    figure = calibration_figure(BINS, mode)
    dots = next(trace for trace in figure.data if trace.meta == "bins")
    assert list(dots.x) == pytest.approx([10 * k for k in range(10)])
    assert list(dots.y) == pytest.approx([10 * k + 2 for k in range(10)])
    assert sum(trace.meta == "limits" for trace in figure.data) == 10
    (line,) = figure.layout.shapes
    assert (line.x0, line.y0, line.x1, line.y1) == (0, 0, 100, 100)


def test_scores_and_users_are_listed():
    _, rows = score_table(result())
    assert [cell if isinstance(cell, str) else cell.text for cell in rows[0]] == [
        "Cox", "0.77", "0.74", "0.190", "21.5 %", "0.87",
    ]  # fmt: skip
    heads, rows = people_table(result())
    assert heads == ["user", "because", "within 14 days", "within 30 days"]
    assert rows == [
        ["u1", "last active 9.2 days ago: up; kind fickle: down", "90 %", "95 %"], ["u2", "", "20 %", "30 %"],
    ]  # fmt: skip


def test_the_file_says_every_users_reasons():
    first, second = risk_rows(result())
    assert list(first) == ["user_id", "cox_14d", "cox_30d", "reason_1", "reason_2", "reason_3"]
    assert list(first.values())[2:] == [0.95, "last active 9.2 days ago: up", "kind fickle: down", ""]
    assert [second[f"reason_{place}"] for place in (1, 2, 3)] == ["", "", ""]
