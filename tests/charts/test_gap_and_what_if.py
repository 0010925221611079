import pytest

from recsys_core.charts.retention.gap_chart import gap_figure
from recsys_core.charts.retention.rollout_chart import at_share, rollout_figure
from recsys_core.whatif.rollout_result import RolloutPoint

POINTS = [RolloutPoint(share, 56 * share, 24 * share, 90 * share) for share in (0.0, 0.5, 1.0)]


def traces(figure, kind):
    return [trace for trace in figure.data if trace.meta == kind]


def test_the_gap_in_use_is_marked_with_its_figure(result):
    figure = gap_figure(result.gaps, 14)
    bar, dot = traces(figure, "chosen")
    assert tuple(bar.y) == pytest.approx((0, 90))
    assert dot.x[0] == 14
    words = figure.layout.annotations[-1].text
    assert words == "<b>G = 14 days</b><br>90.0 % come back"
    assert list(traces(figure, "line")[0].y) == pytest.approx([30, 70, 90, 95])


def test_another_gap_than_the_suggested_one_is_said(result):
    assert "the curve suggests 14" in gap_figure(result.gaps, 7).layout.annotations[-1].text


def test_a_gap_past_the_curve_takes_the_plateau(result):
    figure = gap_figure(result.gaps, 60)
    assert traces(figure, "chosen")[1].y[0] == pytest.approx(96)
    assert figure.layout.xaxis.range[1] > 60


def test_a_scenario_lies_on_the_line():
    assert at_share(POINTS, 0.25) == RolloutPoint(0.25, 14, 6, 22.5)
    assert at_share(POINTS, 1.0) == RolloutPoint(1.0, 56, 24, 90)


def test_the_rollout_shows_line_band_and_scenario():
    figure = rollout_figure(POINTS, 0.5, ("cf", "bert"))
    assert list(traces(figure, "line")[0].x) == [0, 50, 100]
    assert list(traces(figure, "band")[0].y) == [0, 45, 90, 90 * 1.0 * 24 / 90, 12, 0]
    bar, dot = traces(figure, "scenario")
    assert (list(bar.x), list(bar.y)) == ([50, 50], [12, 45])
    assert dot.y[0] == 28
    assert figure.layout.annotations[0].text == "<b>50 % moved</b><br>+28 (12 to 45)"
    assert traces(figure, "line")[0].line.color == "#2A62D9"


def test_a_loss_is_drawn_under_zero():
    losing = [RolloutPoint(s, -10 * s, -20 * s, 1 * s) for s in (0.0, 1.0)]
    figure = rollout_figure(losing, 1.0, ("bert", "cf"))
    assert figure.layout.yaxis.range[0] < -20
    assert figure.layout.annotations[0].yanchor == "top"
    assert "−10 (−20 to 1)" in figure.layout.annotations[0].text


def test_arm_names_are_escaped_on_the_axis():
    figure = rollout_figure(POINTS, 0.5, ("<b>a</b>", "b"))
    assert figure.layout.xaxis.title.text == "&lt;b&gt;a&lt;/b&gt; users moved to b"
