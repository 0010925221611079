import pytest

from recsys_core.charts import theme
from recsys_core.charts.retention.survival_chart import survival_figure


def traces(figure, kind):
    return [trace for trace in figure.data if trace.meta == kind]


def test_curves_are_steps_in_per_cent_with_one_band_each(make_arm):
    figure = survival_figure([make_arm("bert", range(800, 0, -10)), make_arm("cf", range(800, 0, -10))], 60)
    line = traces(figure, "line")[0]
    assert line.line.shape == "hv"
    assert line.line.width == 2.2
    assert line.y[0] == pytest.approx(80)
    assert [trace.line.dash for trace in traces(figure, "line")] == ["solid", "dash"]
    assert len(traces(figure, "band")) == 2
    assert min(traces(figure, "band")[0].y) < line.y[0] < max(traces(figure, "band")[0].y)


def test_below_ten_at_risk_a_line_is_faint_and_has_no_band(make_arm):
    figure = survival_figure([make_arm("bert", [50, 30, 10, 9, 4, 0, 0], horizon=4)], 4)
    (line,), (faint,), (band,) = (traces(figure, kind) for kind in ("line", "faint", "band"))
    assert list(line.x) == [0, 1, 2, 3]
    assert list(faint.x) == [3, 4, 5, 5]
    assert (faint.line.width, faint.line.color) == (1.6, "rgba(42,98,217,0.35)")
    assert max(band.x) == 3


def test_an_arm_that_never_has_ten_users_has_no_band(make_arm):
    figure = survival_figure([make_arm("bert", [9, 8, 7, 0], horizon=3)], 3)
    assert not traces(figure, "band")
    assert not traces(figure, "line")


def test_users_at_risk_stand_under_the_ticks(make_arm):
    arm = make_arm("bert", range(2000, 0, -25))
    figure = survival_figure([arm], 60)
    (table,) = traces(figure, "at risk")
    assert list(table.x) == [0, 15, 30, 45, 60, 75, 90]
    assert list(table.text) == ["2,000", "1,625", "1,250", "875", "500", "125", "0"]
    assert table.yaxis == "y2"
    assert table.cliponaxis is False
    muted, ink = theme.LIGHT.muted, theme.LIGHT.ink
    assert list(table.textfont.color) == [ink] * 6 + [muted]
    assert list(figure.layout.xaxis.tickvals) == list(table.x)


def test_the_table_grows_by_a_row_per_arm(make_arm):
    arms = [make_arm(name, range(800, 0, -10)) for name in ("a", "b", "c", "d")]
    assert survival_figure(arms[:3], 60).layout.height == 430
    assert survival_figure(arms, 60).layout.height == 451


def test_the_horizon_is_dotted_and_named(make_arm):
    figure = survival_figure([make_arm("bert", range(800, 0, -10))], 60)
    (line,) = figure.layout.shapes
    assert (line.x0, line.line.dash) == (60, "dot")
    assert "60-day horizon" in [note.text for note in figure.layout.annotations]


def test_labels_keep_the_order_of_the_curves_and_their_distance(make_arm):
    arms = [make_arm(name, range(800, 0, -10)) for name in ("cf", "bert")]
    figure = survival_figure(arms, 60)
    labels = {note.text: note.y for note in figure.layout.annotations if note.text in ("cf", "bert")}
    assert abs(labels["bert"] - labels["cf"]) * 2.91 == pytest.approx(17)


def test_names_are_shown_as_they_are_written(make_arm):
    figure = survival_figure([make_arm("<b>x</b>", range(800, 0, -10))], 60)
    written = figure.to_json()
    assert "<b>x</b>" not in written.replace("\\u003c", "<").replace("\\u003e", ">")
    assert "&lt;b&gt;x&lt;/b&gt;" in [note.text for note in figure.layout.annotations]
    assert "&lt;b&gt;x&lt;/b&gt;" in figure.layout.yaxis2.ticktext[0]


def test_the_small_figure_stops_at_the_horizon_and_has_no_table(make_arm):
    figure = survival_figure([make_arm("bert", range(800, 0, -10))], 60, small=True)
    assert not traces(figure, "at risk")
    assert figure.layout.xaxis.range == (0, 60)
    assert not figure.layout.shapes
    assert max(traces(figure, "line")[0].x) == 60


def test_a_narrow_figure_leaves_out_every_other_column_of_long_counts(make_arm):
    arm = make_arm("bert", range(20_000, 0, -250))
    assert list(traces(survival_figure([arm], 60, narrow=True), "at risk")[0].x) == [0, 30, 60, 90]
    assert len(traces(survival_figure([arm], 60), "at risk")[0].x) == 7


def test_a_figure_says_how_wide_it_must_be(make_arm):
    short = [make_arm(name, range(2000, 0, -25)) for name in ("bi-encoder", "item-knn", "popular")]
    long = [make_arm("a considerably longer name", range(1_200_000, 0, -15_000))]
    assert survival_figure(short, 60).layout.meta["least_width"] <= 368
    assert survival_figure(long, 60).layout.meta["least_width"] > 368


def test_dark_lines_take_the_dark_colours(make_arm):
    figure = survival_figure([make_arm("bert", range(800, 0, -10))], 60, "dark")
    assert traces(figure, "line")[0].line.color == "#3D9BF5"


def test_no_arms_draw_an_empty_frame():
    figure = survival_figure([], 60)
    assert not figure.data
    assert figure.layout.xaxis.range == (0, 60)
