"""What a smaller difference takes, by hand from the study at hand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys_core.charts.tables import plan_table
from recsys_core.retention.estimators.power import users_needed
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.retention.study.planning import plan
from tests.retention.study.test_analyse import SETTINGS, simulated_rows


@pytest.fixture
def result(make_log):
    return analyse_retention(make_log(simulated_rows(5, 200, {"bert": 0.1, "cf": 0.1})), SETTINGS)


def test_users_days_and_lapses_by_hand(result):
    first = result.contrasts[0]
    found = {one.points: one for one in plan(result)}[2.0]
    sizes = {arm.name: arm.users for arm in result.arms}
    both = sizes[first.arm] + sizes[first.reference]
    # (1.95996 + .84162)^2 = 7.8489
    users = 7.8489 * both * (first.survival_difference.stderr / 0.02) ** 2 / 2
    assert found.users_each == pytest.approx(users, rel=1e-4, abs=1)
    assert found.more_each == found.users_each - min(sizes.values())
    days = (result.log_end - result.log_start) / 86_400 - 14
    assert found.days == pytest.approx(found.users_each / (both / 2 / days))
    reference = next(arm for arm in result.arms if arm.name == first.reference)
    kept = reference.survival[30].estimate
    assert found.hazard_ratio == pytest.approx(math.log(kept + 0.02) / math.log(kept))
    assert found.lapses == pytest.approx(7.8489 / (0.25 * math.log(found.hazard_ratio) ** 2), rel=1e-4, abs=1)


def test_the_standard_error_shrinks_as_planned():
    """With the users planned for, a difference of 2 points is shown four times in five."""
    rng, shown = np.random.default_rng(4), 0
    each = users_needed(1000, math.sqrt(4 * 0.24 / 1000), 0.02) // 2
    for _ in range(300):
        a, b = rng.binomial(each, 0.42) / each, rng.binomial(each, 0.40) / each
        shown += abs(a - b) > 1.96 * math.sqrt((a * (1 - a) + b * (1 - b)) / each)
    assert shown / 300 == pytest.approx(0.8, abs=0.08)


def test_nothing_is_planned_without_arms_or_spread(result):
    assert plan(replace(result, contrasts=())) == ()
    first = result.contrasts[0]
    level = replace(first, survival_difference=replace(first.survival_difference, stderr=0.0))
    assert plan(replace(result, contrasts=(level,))) == ()


def test_the_table_tells_what_is_missing(result):
    heads, rows = plan_table(plan(result))
    assert heads[0] == "to see, points at day 30"
    assert [row[0].text for row in rows] == ["0.5", "1.0", "2.0", "5.0"]
    assert pd.Series([row[1] for row in rows]).str.match(r"^[\d,]+$").all()
