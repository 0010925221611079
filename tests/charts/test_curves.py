import pytest

from recsys_core.charts.curves import at_risk_on, day_step, followed, runs, spread


@pytest.mark.parametrize(
    ("horizon", "last", "step"),
    [(60, 88, 15), (60, 60, 10), (60, 400, 15), (30, 45, 6), (90, 100, 15), (28, 40, 7), (37, 50, 7)],
)
def test_seven_columns_reach_past_the_horizon(horizon, last, step):
    assert day_step(horizon, last) == step
    assert 6 * day_step(horizon, last) >= horizon


def test_a_run_stops_where_the_next_begins(make_arm):
    first, second = runs(make_arm("a", [12, 11, 10, 9, 8]).survival)
    assert (first.faint, [point.day for point in first.points], first.end.day) == (False, [0, 1, 2], 3)
    assert (second.faint, [point.day for point in second.points], second.end.day) == (True, [3, 4], 4)


def test_a_curve_ends_where_nobody_is_at_risk(make_arm):
    assert [point.day for point in followed(make_arm("a", [12, 5, 0, 0], horizon=1))] == [0, 1, 2]
    assert followed(make_arm("a", [0, 0])) == ()


def test_users_at_risk_are_blank_where_the_curve_is_cut_short(make_arm):
    arm = make_arm("a", [12, 11, 5, 3], horizon=3)
    assert at_risk_on(arm, 2) == 5
    assert at_risk_on(arm, 4) == 0
    cut = type(arm)(arm.name, 12, 3, None, arm.rmst, arm.survival, last_followed_day=9)
    assert at_risk_on(cut, 6) is None


def test_labels_are_pushed_apart_and_stay_in_order():
    assert spread([50.0, 20.0], 5, 0, 100) == [50.0, 20.0]
    assert spread([30.0, 30.0, 80.0], 6, 0, 100) == [27.0, 33.0, 80.0]
    moved = spread([0.0, 1.0, 8.0], 6, 3, 100)
    assert moved == [3.0, 9.0, 15.0]
