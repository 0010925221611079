"""Pictures of the first difference: what is drawn, and where."""

import math

import pytest

from recsys_core.answers import message, verbatim
from recsys_core.charts.retention.difference_chart import difference_figure
from recsys_core.charts.retention.hazard_over_time import hazard_figure
from recsys_core.charts.retention.returns import returns_note, returns_table
from recsys_core.charts.retention.segment_forest import segment_csv, segment_rows, segments_note, segments_sentence
from recsys_core.charts.theme import arm_styles
from recsys_core.retention.cox.schoenfeld import HazardOverTime, Residual, SmoothPoint
from recsys_core.retention.estimators.figures import HazardRatio, RestrictedMean, SurvivalPoint
from recsys_core.retention.study.difference_curve import DifferenceCurve, DifferencePoint
from recsys_core.retention.study.segment_contrasts import Heterogeneity, Segment, Segments
from recsys_core.retention.study.spells import ArmReturns, LapseRatio, Resurrection, ReturnShare
from recsys_core.wording.sentences import say

STYLES = arm_styles(["bert", "cf"])


def trace(figure, meta):
    return next(t for t in figure.data if t.meta == meta)


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
def test_the_difference_is_drawn_in_points_with_both_bands(mode):
    points = tuple(DifferencePoint(d, 0.002 * d, 0.002 * d - 0.01, 0.002 * d + 0.01, -0.02, 0.1) for d in range(31))
    figure = difference_figure(DifferenceCurve("bert", "cf", points, 500), STYLES["bert"], mode, report_day=15)
    assert list(trace(figure, "line").y) == pytest.approx([0.2 * d for d in range(31)])
    assert (min(trace(figure, "band").y), max(trace(figure, "band").y)) == pytest.approx((-2, 10))
    assert max(trace(figure, "pointwise").y) == pytest.approx(100 * (0.06 + 0.01))
    assert "<b>day 15</b> +3.0" in [a.text for a in figure.layout.annotations]
    assert "+5" in figure.layout.yaxis.ticktext
    assert "0" in figure.layout.yaxis.ticktext
    assert trace(figure, "line").hovertext[15].startswith("day 15: +3.0 points (2.0 to 4.0; all days together")


def test_the_hazard_ratio_is_drawn_on_a_log_scale_with_days_on_the_axis():
    residuals = tuple(Residual(float(d), d / 60, -0.2 + 0.05 * (d % 3), 1 + d % 4) for d in range(61))
    smooth = tuple(SmoothPoint(1.5 * k, k / 40, -0.2, -0.4, 0.1) for k in range(41))
    figure = hazard_figure(HazardOverTime("arm=bert", -0.2, residuals, smooth, 0.03), STYLES["bert"])
    assert set(trace(figure, "line").y) == {-0.2}
    ratios = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    assert ratios["0.7"] == pytest.approx(math.log(0.7))
    assert ratios["1"] == 0
    assert figure.layout.xaxis.ticktext[0] == "0"
    assert figure.layout.xaxis.ticktext[-1] == "60"
    assert len(trace(figure, "residuals").x) == 61
    bare = hazard_figure(HazardOverTime("arm=bert", -0.2, residuals[:3], (), 0.9), STYLES["bert"], narrow=True)
    assert {t.meta for t in bare.data} == {"residuals"}


def segments_of(p):
    rows = (
        Segment("existing", "new", (900, 950), RestrictedMean(3.0, 1.0, 1.0, 5.0, 0.003, days=60.0), 0.006),
        Segment("plan", "paid", (8, 7), None, note=message("segment-few-users", users=7, arm="cf", least=10)),
    )
    return Segments("bert", "cf", 60, rows, (Heterogeneity("existing", 9.0, 1, p), Heterogeneity("plan", 0.1, 1, 0.8)))


def test_segments_say_whether_they_differ_after_correction():
    assert "depends on history or plan" in say(segments_sentence(segments_of(0.03)))  # times 2 is .06
    assert say(segments_sentence(segments_of(0.002))).startswith(
        "The difference is not the same in all segments of history"
    )
    rows = segment_rows(segments_of(0.5))
    assert [(r.label, r.bold, r.note) for r in rows] == [
        ("history: new", True, ""), ("plan: paid", False, "7 users of cf; it takes 10"),
    ]  # fmt: skip
    assert "over 1 segment." in say(segments_note(segments_of(0.5)))
    first, second = segment_csv(segments_of(0.5))
    assert (first["difference_days"], first["p_benjamini_hochberg"], second["difference_days"]) == (3.0, 0.006, None)


def test_returns_are_listed_with_lapses_per_thousand():
    shares = (ReturnShare(7, 0.4, 0.38, 0.42, 900), ReturnShare(30, None, None, None, 0))
    per_user = (SurvivalPoint(60.0, 0.8, 0.02, 0.76, 0.84, 1000.0),)
    arms = tuple(ArmReturns(arm, 2000, 1500, 1200, 900, shares, per_user) for arm in ("bert", "cf"))
    found = Resurrection(
        14, 0, arms, (LapseRatio("bert", "cf", HazardRatio(0.78, 0.72, 0.84, 0.0004)),), (verbatim("So."),)
    )
    heads, rows = returns_table(found, STYLES)
    assert heads == ["", "lapses", "users lapsed", "back in 7 days", "back in 30 days"]
    assert (rows[0][3].text, rows[0][3].note, rows[0][4].note) == ("40.0 %", "(38.0 to 42.0)", "not followed")
    assert say(returns_note(found)) == (
        "Rate of lapses, first and later ones, as a ratio (Andersen-Gill): bert against cf 0.78 (0.72 to 0.84), "
        "p < .001. Lapses per 1,000 users within 60 days of the start: 800 for bert and 800 for cf. So."
    )
