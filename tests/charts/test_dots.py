import pytest

from recsys_core.charts import theme
from recsys_core.charts.retention.contrast_forest import ForestRow, forest_figure, forest_rows
from recsys_core.charts.retention.days_kept import days_figure
from recsys_core.charts.rows import round_ticks


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def test_days_kept_names_every_arm_and_sets_the_best_in_bold(make_arm):
    arms = [make_arm("cf", [50, 40], mean=25.6), make_arm("bert", [50, 40], mean=28.8)]
    figure = days_figure(arms)
    assert texts(figure) == ["cf", "25.6 (24.6 to 26.6)", "bert", "28.8 (27.8 to 29.8)"]
    assert [note.font.weight for note in figure.layout.annotations[1::2]] == [400, 600]
    dots = [trace for trace in figure.data if trace.meta == "dot"]
    assert [(dot.x[0], dot.marker.symbol) for dot in dots] == [(25.6, "square"), (28.8, "circle")]


def test_the_forest_lists_adjusted_and_sensitivity_rows_under_the_first_contrast(result):
    rows = forest_rows(result)
    assert [row.label for row in rows] == [
        "bert − cf",
        "adjusted, AIPW",
        "adjusted, g-computation",
        "G = 7 days",
        "G = 28 days",
        "bert − popular",
        "cf − popular",
    ]
    assert [row.bold for row in rows] == [True, False, False, False, False, True, True]
    assert rows[4].estimate is None


def test_the_forest_draws_intervals_and_says_where_there_is_none(result):
    styles = theme.arm_styles([arm.name for arm in result.arms])
    figure = forest_figure(forest_rows(result), styles=styles)
    intervals = [trace for trace in figure.data if trace.meta == "interval"]
    assert len(intervals) == 6
    assert tuple(intervals[0].x) == pytest.approx((1.5, 4.8))
    assert "+3.2 (1.5 to 4.8)" in texts(figure)
    assert "not followed so far" in texts(figure)
    low, high = figure.layout.xaxis.range
    assert low < 0
    assert high > 8.7
    assert [shape.x0 for shape in figure.layout.shapes] == [0] * 7


def test_a_narrow_forest_sets_the_numbers_above_the_intervals(result):
    wide, narrow = (forest_figure(forest_rows(result), narrow=narrow) for narrow in (False, True))
    assert wide.layout.margin.r == 116
    assert narrow.layout.margin.r == 2
    assert wide.layout.height == 34 * 7 + 50
    heights = {note.y for note in narrow.layout.annotations}
    assert max(dot.y[0] for dot in narrow.data if dot.meta == "dot") not in heights


def test_labels_are_escaped(result):
    row = ForestRow("<i>a</i> − b", result.contrasts[0].rmst_difference, True, "<i>a</i>")
    figure = forest_figure([row])
    assert texts(figure)[0] == "&lt;i&gt;a&lt;/i&gt; − b"
    assert "<i>" not in figure.to_json().replace("\\u003c", "<")


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (-1, 9.5, [0, 2, 4, 6, 8]),
        (20.2, 30.1, [22, 24, 26, 28]),
        (0.1, 0.9, [0.2, 0.4, 0.6, 0.8]),
        (-0.08, 1.08, [0, 0.5, 1]),
        (-30, 270, [0, 100, 200]),
    ],
)
def test_ticks_are_round_and_clear_of_the_ends(low, high, ticks):
    assert round_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize("width", [0.3, 1, 1.7, 2.1, 3.9, 5.5, 8, 9.99, 61])
def test_there_are_three_to_seven_ticks(width):
    for low in (-width / 3, 0.0, 7.3):
        assert 3 <= len(round_ticks(low, low + width)) <= 7
