"""A Cox fit is the same whether its sums run over rows, over segments of one day, or over counted patterns."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.retention.cox import concordance_counts
from recsys_core.retention.cox.concordance import concordance
from recsys_core.retention.cox.cox_model import fit_cox
from recsys_core.retention.cox.patterns import pattern_cells
from recsys_core.retention.cox.proportional_hazards import proportional_hazards
from recsys_core.retention.cox.risk_sets import RiskSets
from recsys_core.retention.cox.ties import MANY, TieRule, equal_step_quadrature
from recsys_core.retention.estimators.event_table import survival_rows


def day_table(seed=0, size=6000, one_timers=0.2):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=size), "plan": rng.integers(0, 3, size) * 1.0, "new": rng.random(size)})
    frame["new"] = (frame["new"] < 0.4) * 1.0
    life = np.ceil(rng.exponential(9 * np.exp(0.3 * frame["plan"] - 0.5 * frame["new"] + 0.2 * frame["x"])))
    life[rng.random(size) < one_timers] = 0
    followed = rng.integers(3, 20, size)
    frame["duration"], frame["event"] = np.minimum(life, followed), (life <= followed) * 1.0
    frame["weight"], frame["stratum"] = rng.uniform(0.5, 2, size), rng.integers(0, 2, size)
    return frame


def assert_same(one, other, rtol=1e-9):
    np.testing.assert_allclose(one.coef, other.coef, rtol=rtol)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=rtol)
    np.testing.assert_allclose(one.robust_covariance, other.robust_covariance, rtol=rtol)
    np.testing.assert_allclose(one.loglik, other.loglik, rtol=rtol)
    tests = [[test.chisq for test in proportional_hazards(fit)] for fit in (one, other)]
    np.testing.assert_allclose(tests[0], tests[1], rtol=1e-7)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("extra", [(), ("weights",), ("strata",), ("weights", "strata")])
def test_segments_of_a_day_equal_sums_over_rows(ties, extra):
    frame = day_table()
    options = {"robust": True, "ties": ties}
    options |= {name: frame[{"weights": "weight", "strata": "stratum"}[name]] for name in extra}
    outcome = frame["duration"], frame["event"], frame[["x", "new"]]
    by_segment = fit_cox(*outcome, **options)
    assert by_segment.risk_sets.segments is not None
    # an entry before everybody's start changes nothing, but rows that may enter late are summed one by one
    by_row = fit_cox(*outcome, entry=np.full(len(frame), -1.0), **options)
    assert by_row.risk_sets.segments is None
    assert_same(by_segment, by_row)


@pytest.mark.parametrize("strata", [False, True])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_counted_patterns_equal_rows(ties, strata):
    frame = day_table()
    more = {"strata": frame["stratum"]} if strata else {}
    outcome = frame["duration"], frame["event"]
    counted = fit_cox(*outcome, frame[["plan", "new"]], robust=True, ties=ties, **more)
    # a shift of half a unit leaves the model as it is, but its columns are no longer whole numbers
    rows = fit_cox(*outcome, frame[["plan", "new"]] + 0.5, robust=True, ties=ties, **more)
    assert counted.cell is not None
    assert rows.cell is None
    assert counted.risk_sets.kept.size < rows.risk_sets.kept.size / 10
    assert_same(counted, rows)
    np.testing.assert_allclose(counted.linear, rows.linear, atol=1e-9)
    np.testing.assert_allclose(concordance(counted), concordance(rows), rtol=1e-9)


def test_clusters_of_counted_patterns_equal_rows():
    frame = day_table()
    cluster = np.random.default_rng(3).integers(0, 500, len(frame))
    outcome = frame["duration"], frame["event"]
    counted = fit_cox(*outcome, frame[["plan", "new"]], cluster=cluster)
    rows = fit_cox(*outcome, frame[["plan", "new"]] + 0.5, cluster=cluster)
    single = fit_cox(*outcome, frame[["plan", "new"]], cluster=np.arange(len(frame)))
    np.testing.assert_allclose(counted.robust_covariance, rows.robust_covariance, rtol=1e-9)
    alone = fit_cox(*outcome, frame[["plan", "new"]], robust=True)
    np.testing.assert_allclose(single.robust_covariance, alone.robust_covariance, rtol=1e-9)


def cells_of(frame, columns, **changes):
    options = {"weights": None, "entry": None} | changes
    rows = survival_rows(frame["duration"], frame["event"], options["entry"], options["weights"])
    x = np.ascontiguousarray(frame[columns].to_numpy(dtype=float).T)
    return pattern_cells(rows, x, np.zeros(len(frame), dtype=np.int64))


def test_cells_hold_every_user_once():
    frame = day_table()
    cells = cells_of(frame, ["plan", "new"])
    assert cells.rows.weights.sum() == len(frame)
    np.testing.assert_array_equal(cells.x[:, cells.cell], frame[["plan", "new"]].to_numpy().T)
    np.testing.assert_array_equal(cells.rows.duration[cells.cell], frame["duration"])
    np.testing.assert_array_equal(cells.rows.event[cells.cell], frame["event"])
    expected = frame.groupby(["plan", "new", "duration", "event"]).ngroups
    assert cells.rows.weights.size == expected


def test_many_indicator_columns_are_counted_too():
    rng = np.random.default_rng(4)
    frame = day_table(size=20_000)
    level = rng.integers(0, 70, len(frame))
    wide = pd.DataFrame({f"level={one}": (level == one) * 1.0 for one in range(1, 70)})
    cells = cells_of(frame.join(wide), list(wide.columns))
    np.testing.assert_array_equal(cells.x[:, cells.cell], wide.to_numpy().T)


def test_counting_is_left_where_it_is_not_exact_or_does_not_pay():
    frame = day_table()
    assert cells_of(frame, ["plan"]) is not None
    assert cells_of(frame, ["plan", "x"]) is None
    assert cells_of(frame, ["plan"], weights=frame["weight"]) is None
    assert cells_of(frame, ["plan"], entry=frame["duration"] - 1) is None
    assert cells_of(frame.assign(duration=frame["duration"] + 0.25), ["plan"]) is None
    assert cells_of(frame.assign(number=np.arange(len(frame)) % 4000 * 1.0), ["number"]) is None


@pytest.mark.parametrize("share", [1e-4, 0.05, 0.5, 0.7])
def test_quadrature_equals_the_sum_over_tied_deaths(share):
    deaths = np.array([MANY, 4321, 200_000])
    s0 = np.array([3.0, 5000.0, 1e6])
    short = TieRule(deaths, np.ones(3), efron=True).sums(s0, share * s0)
    for at, (n, whole) in enumerate(zip(deaths, s0, strict=True)):
        f = np.arange(n) / n
        den = whole - f * share * whole
        terms = np.log(den), 1 / den, f / den, 1 / den**2, f / den**2, f**2 / den**2
        found = short.log_den, short.a1, short.a2, short.b0, short.b1, short.b2
        np.testing.assert_allclose([value[at] for value in found], [term.sum() for term in terms], rtol=1e-12)


def test_a_time_that_nearly_all_leave_is_summed_one_by_one():
    n = 5000
    sums = TieRule(np.array([n]), np.ones(1), efron=True).sums(np.array([float(n)]), np.array([float(n)]))
    np.testing.assert_allclose(sums.a1, (1 / np.arange(1, n + 1)).sum(), rtol=1e-12)


def test_quadrature_is_exact_for_polynomials():
    fractions, weights = equal_step_quadrature(np.array([40, 1000, 40]), nodes=5)
    for row, n in enumerate((40, 1000, 40)):
        for power in range(10):
            assert weights[row] @ fractions[row] ** power == pytest.approx(((np.arange(n) / n) ** power).sum())


def test_segments_are_refused_where_there_are_none():
    frame = day_table(size=200)
    fit = fit_cox(frame["duration"], frame["event"], frame[["x"]])
    sets: RiskSets = fit.risk_sets
    with pytest.raises(ValueError, match="not kept by segment"):
        sets.segment_sums(sets.weights)


@pytest.mark.parametrize("digits", [0, 1, 6])
@pytest.mark.parametrize("entry", [False, True])
def test_concordance_by_buckets_equals_halving_time(digits, entry, monkeypatch):
    frame = day_table(size=3000)
    frame["x"] = frame["x"].round(digits)
    frame = frame[frame["duration"] > 0]
    start = np.floor(frame["duration"] / 3) if entry else None
    fit = fit_cox(frame["duration"], frame["event"], frame[["x"]], entry=start, weights=frame["weight"])
    found, calls = [], []
    counted = concordance_counts.count_by_buckets
    for cells in (10**7, 10**4, 0):  # a table of scores; buckets, where equal scores fit into one; neither
        monkeypatch.setattr(concordance_counts, "LARGEST_TABLE", max(cells, 1))
        monkeypatch.setattr(
            "recsys_core.retention.cox.concordance.count_by_buckets", lambda p: calls.append(counted(p)) or calls[-1]
        )
        found.append(concordance(fit))
    np.testing.assert_allclose(found, [found[-1]] * 3, rtol=1e-11)
    assert calls[0] is not None
    assert calls[-1] is None
