import pytest

from recsys_core.charts import theme
from recsys_core.charts.ranking.learning_curves import loss_figure, quality_figure, stopped_early
from recsys_core.charts.ranking.run_card import (
    advice_html,
    choice_html,
    figures_line,
    name_html,
    progress_html,
    taken_html,
    time_html,
)

BAD = "<script>alert('x')</script>"
CURVES = {
    "bi-encoder": [{"epoch": 0.5, "loss": 4.0}, {"epoch": 1.0, "loss": 3.0}, {"epoch": 1.0, "ndcg": 0.08}],
    "sasrec": [{"epoch": 1.0, "loss": 0.5}, {"epoch": 2.0, "loss": 0.25}, {"epoch": 2.0, "ndcg": 0.079}],
    "ease": [],
}


def lines(figure):
    return {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data if trace.meta == "line"}


def test_loss_is_relative_to_the_first():
    assert lines(loss_figure(CURVES, 3)) == {
        "bi-encoder": ([0.5, 1.0], [1.0, 0.75]),
        "sasrec": ([1.0, 2.0], [1.0, 0.5]),
    }


def test_quality_begins_at_zero_in_the_families_colours():
    figure = quality_figure(CURVES, 3, "dark")
    assert lines(figure) == {"bi-encoder": ([1.0], [0.08]), "sasrec": ([2.0], [0.079])}
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.xaxis.range == (0, 3 * 1.01)
    styles = theme.arm_styles(("bi-encoder", "sasrec"), "dark")
    drawn = {trace.name: (trace.line.color, trace.line.dash) for trace in figure.data if trace.meta == "line"}
    assert drawn == {name: (style.colour, style.dash) for name, style in styles.items()}


def test_names_at_the_ends_are_pushed_apart():
    figure = quality_figure(CURVES, 3)
    heights = [note.y for note in figure.layout.annotations]
    px = (heights[0] - heights[1]) / figure.layout.yaxis.range[1] * (260 - 12 - 40)
    assert px == pytest.approx(17)
    assert [note.text for note in figure.layout.annotations] == ["bi-encoder", "sasrec"]


def test_rivals_are_dashed_lines_across():
    figure = quality_figure(CURVES, 3, rivals={"item-knn": 0.1})
    (across,) = [trace for trace in figure.data if trace.meta == "rival"]
    assert (list(across.x), list(across.y), across.line.dash) == ([0, 3], [0.1, 0.1], "dash")
    assert figure.layout.yaxis.range[1] > 0.1
    assert "item-knn" in [note.text for note in figure.layout.annotations]


def test_a_second_run_of_a_model_keeps_its_family():
    curves = {"first": CURVES["bi-encoder"], "second": CURVES["bi-encoder"]}
    figure = loss_figure(curves, 1, arm_models={"first": "bi-encoder", "second": "bi-encoder"})
    first, second = (trace.line for trace in figure.data if trace.meta == "line")
    assert first.color == "#2A62D9"
    assert second.color != first.color
    assert first.dash == second.dash == "solid"


def test_nothing_to_draw_is_an_empty_plot():
    assert lines(quality_figure({}, 1)) == {}
    assert lines(loss_figure({"odd": [{"epoch": 0, "loss": 0.0}]}, 1)) == {}


def test_a_card_escapes_what_comes_from_outside():
    assert BAD not in name_html(BAD, BAD, "failed", note=BAD) + progress_html(BAD, 0.5, "ease") + time_html(BAD)


def test_a_card_says_its_state_and_how_far_it_is():
    assert "sp-pass" in name_html("ease", "ease", "finished")
    assert "ready, from cache" in name_html("ease", "ease", "finished", cached=True)
    assert "sp-icon" not in name_html("ease", "ease", "running")
    html = progress_html("Pass 3.", 0.254, "ease")
    assert 'aria-valuenow="25"' in html
    assert "width:25.4%" in html
    assert "sp-family-factors" in html
    assert "sp-run-bar" not in progress_html("Waits.", None, "ease", strong=True)


def test_the_best_evaluation_has_a_ring_and_an_early_stop_a_bar():
    curve = [{"epoch": epoch, "ndcg": ndcg} for epoch, ndcg in ((1.0, 0.05), (2.0, 0.08), (3.0, 0.07))]
    figure = quality_figure({"bi-encoder": curve, "sasrec": []}, 6, stopped=["bi-encoder"])
    (ring,) = [trace for trace in figure.data if trace.meta == "best"]
    assert (list(ring.x), list(ring.y)) == ([2.0], [0.08])
    (last,) = [trace for trace in figure.data if trace.meta == "last"]
    assert (list(last.x), last.marker.symbol) == ([3.0], "line-ns")
    (line,) = [trace for trace in figure.data if trace.meta == "line"]
    assert line.hovertext[-1].endswith("where it stopped early")
    (going,) = [trace for trace in quality_figure({"bi-encoder": curve}, 6).data if trace.meta == "last"]
    assert going.marker.symbol == "circle"


def test_a_run_with_evaluations_left_stopped_early():
    curve = [{"epoch": 0.5, "ndcg": 0.1}, {"epoch": 1.0, "ndcg": 0.1}, {"epoch": 2.0, "loss": 1.0}]
    assert stopped_early(curve, 2, 2)
    assert not stopped_early(curve, 1, 2)
    assert not stopped_early([{"epoch": 0.9, "ndcg": 0.1}], 1, 4), "steps do not divide by four: it was the last"
    assert not stopped_early([{"epoch": 0.9, "loss": 0.1}], 4, 4)


def test_losses_told_often_are_smoothed():
    curve = [{"epoch": n / 100, "loss": 2.0 + n % 2} for n in range(100)]
    _, ys = lines(loss_figure({"a": curve}, 1))["a"]
    assert ys[0] == 1
    assert max(ys[5:]) - min(ys[5:]) < 0.2


def test_the_abscissa_takes_in_what_was_told_beyond():
    assert loss_figure(CURVES, 1).layout.xaxis.range == (0, 2 * 1.01)
    assert loss_figure({}, 0).layout.xaxis.range == (0, 1.01)


def test_where_training_stands_is_told_in_a_line():
    points = [
        {"epoch": 0.5, "loss": 2.0, "tokens_per_second": 1234.0, "memory_mb": 2345.0},
        {"epoch": 1.0, "ndcg": 0.08},
        {"epoch": 1.5, "loss": 1.5},
        {"epoch": 2.0, "ndcg": 0.07},
    ]
    said = ("Loss 1.500", "best validation NDCG 0.080 at epoch 1.00", "1,200 tokens per second", "2.3 GB of memory")
    assert figures_line(points) == " \u00b7 ".join(said)
    assert figures_line([{"loss": 1.0}]) == "Loss 1.000"
    assert figures_line([]) == ""


def test_the_forms_rows_escape_and_say_only_what_there_is():
    html = choice_html(BAD, BAD, BAD) + taken_html(BAD, BAD) + advice_html(BAD, BAD)
    assert BAD not in html
    assert "Changed" not in choice_html("A model.")
    assert "sp-run-line" not in advice_html("Retry.")
