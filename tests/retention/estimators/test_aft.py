import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import DataError
from recsys_core.retention.estimators.aft import fit_weibull


def drawn(size=4000, seed=0):
    """Times that x stretches by exp(.5), Weibull with scale .7, censored and seen from a late entry on."""
    rng = np.random.default_rng(seed)
    x, entry = rng.integers(0, 2, size), rng.uniform(0, 4, size)
    life = np.exp(2 + 0.5 * x) * rng.exponential(1, size) ** 0.7
    followed = rng.uniform(0, 40, size)
    time = np.minimum(life, followed)
    seen = time > entry
    return time[seen], (life <= followed)[seen], pd.DataFrame({"x": x[seen]}), entry[seen]


def test_exponential_by_hand():
    # without columns and with shape 1 the scale would be 4 / 2; here the shape is free, so only the score is checked
    time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 0, 1, 1])
    fit = fit_weibull(time, event, pd.DataFrame(index=range(4)))
    k, scale = fit.shape, np.exp(fit.intercept)
    assert ((time / scale) ** k).sum() == pytest.approx(event.sum())
    loglik = np.sum(event * (np.log(k / scale) + (k - 1) * np.log(time / scale)) - (time / scale) ** k)
    assert fit.loglik == (pytest.approx(loglik), pytest.approx(loglik))
    assert fit.terms == ()


def test_late_entry_gives_back_the_truth():
    time, event, design, entry = drawn()
    fit = fit_weibull(time, event, design, entry=entry)
    (term,) = fit.terms
    assert abs(term.coef - 0.5) < 3 * term.stderr
    assert term.lower < np.exp(0.5) < term.upper
    assert fit.scale == pytest.approx(0.7, abs=0.06)
    unaware = fit_weibull(time, event, design)
    assert abs(unaware.intercept - 2) > 5 * unaware.intercept_stderr  # early lapses are missing


def test_units_of_columns_do_not_matter():
    time, event, design, _ = drawn(400)
    plain, scaled = fit_weibull(time, event, design), fit_weibull(time, event, 1000 * design + 5)
    assert scaled.terms[0].coef == pytest.approx(plain.terms[0].coef / 1000, rel=1e-9)
    assert scaled.terms[0].p == pytest.approx(plain.terms[0].p, rel=1e-6)
    assert scaled.loglik == pytest.approx(plain.loglik)


def test_whole_weights_repeat_rows_and_zero_leaves_them_out():
    time, event, design, _ = drawn(200)
    weights = np.arange(time.size) % 3
    repeated = np.repeat(np.arange(time.size), weights)
    fit = fit_weibull(time, event, design, weights=weights)
    other = fit_weibull(time[repeated], event[repeated], design.iloc[repeated])
    assert fit.terms[0].coef == pytest.approx(other.terms[0].coef)
    assert fit.terms[0].stderr == pytest.approx(other.terms[0].stderr)


def test_robust_errors_are_said():
    time, event, design, _ = drawn(300)
    assert fit_weibull(time, event, design, robust=True).robust
    assert fit_weibull(time, event, design).robust is False
    doubled = fit_weibull(
        np.tile(time, 2), np.tile(event, 2), pd.concat([design] * 2), cluster=np.tile(np.arange(time.size), 2)
    )
    robust = fit_weibull(time, event, design, robust=True)
    assert doubled.terms[0].stderr == pytest.approx(robust.terms[0].stderr)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"event": np.zeros(20)}, "weibull-no-event", "No event is observed"),
        ({"time": np.full(20, 3.0), "event": np.ones(20)}, "weibull-one-time", "All events happen at 3"),
        ({"x": np.ones(20)}, "weibull-column-redundant", "column x is constant"),
        ({"x": np.full(20, np.nan)}, "design-not-finite", "column x has 20 of 20 values missing or infinite"),
        (
            {"x": np.arange(20) < 5, "event": np.arange(20) >= 5},
            "weibull-column-separates",
            "column x tells users with events from users without",
        ),
        ({"x": np.arange(20) * 1e-9}, "weibull-time-ratio-too-far", "time ratio of x is too far from 1"),
        ({"rows": 19}, "design-size", "design has 19 rows; expected 20"),
        ({"cluster": [None] * 20}, "clusters-incomplete", "Clusters have 20 values, 20 of them missing"),
        (
            {"time": np.r_[np.full(19, 3.0), 2.0], "event": np.r_[np.ones(19), 0], "columns": []},
            "weibull-no-convergence",
            "hardly vary",
        ),
    ],
)
def test_what_has_no_answer_is_refused_in_words(change, kind, words):
    rng = np.random.default_rng(1)
    time, event = change.get("time", rng.exponential(9, 20)), change.get("event", np.ones(20))
    design = pd.DataFrame({"x": np.asarray(change.get("x", rng.normal(0, 1, 20)), dtype=float)})[
        : change.get("rows", 20)
    ]
    with pytest.raises(DataError, match=words) as refused:
        fit_weibull(time, event, design[change.get("columns", ["x"])], cluster=change.get("cluster"))
    assert refused.value.kind == kind
