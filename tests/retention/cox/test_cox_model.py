import warnings

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox.concordance import concordance
from recsys_core.retention.cox.cox_model import fit_cox
from recsys_core.retention.cox.cox_prediction import predict_survival
from recsys_core.retention.cox.proportional_hazards import cox_result, proportional_hazards
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier


def simulated(seed=0, size=400):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=size), "z": rng.integers(0, 2, size).astype(float)})
    life = rng.exponential(12 * np.exp(-0.5 * frame["x"] + 0.3 * frame["z"]))
    frame["duration"] = np.minimum(np.ceil(life), rng.integers(5, 30, size))
    frame["event"] = (np.ceil(life) <= frame["duration"]).astype(float)
    frame["entry"] = np.floor(rng.uniform(0, 0.6, size) * frame["duration"])
    frame["weight"] = rng.uniform(0.5, 2, size)
    return frame


def fit_of(frame, **more):
    return fit_cox(frame["duration"], frame["event"], frame[["x", "z"]], **more)


def test_two_groups_without_ties_by_hand():
    # a fails at 1, b at 2, a is censored at 3: L(t) = t / (2 t + 1) * 1 / (1 + t), with t = exp(coef), a = 1
    fit = fit_cox([1, 2, 3], [1, 1, 0], pd.DataFrame({"a": [1, 0, 1]}))
    ratio = 1 / np.sqrt(2)
    assert np.exp(fit.coef[0]) == pytest.approx(ratio)
    assert fit.loglik[1] == pytest.approx(np.log(ratio / ((2 * ratio + 1) * (1 + ratio))))
    assert fit.hazard_ratio("a").estimate == pytest.approx(ratio)


@pytest.mark.parametrize("entry", [None, "entry"])
def test_agrees_with_lifelines(entry):
    frame = simulated()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from lifelines import CoxPHFitter, KaplanMeierFitter

        referee = CoxPHFitter().fit(
            frame.drop(columns="weight" if entry else ["weight", "entry"]),
            "duration", "event", entry_col=entry, fit_options={"precision": 1e-10},
        )  # fmt: skip
        curve = KaplanMeierFitter().fit(frame["duration"], frame["event"], entry=frame[entry] if entry else None)
    start = frame[entry] if entry else None
    fit = fit_of(frame, entry=start)
    np.testing.assert_allclose(fit.coef, referee.params_[["x", "z"]], rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), referee.standard_errors_[["x", "z"]], rtol=1e-5)
    ours = kaplan_meier(event_table(frame["duration"], frame["event"], start))
    np.testing.assert_allclose(ours.estimate, curve.survival_function_["KM_estimate"].loc[ours.time], atol=1e-12)


def test_weighted_breslow_equals_repeated_rows():
    frame = simulated(size=120)
    repeats = np.random.default_rng(1).integers(0, 4, len(frame))
    weighted = fit_of(frame, weights=repeats, ties="breslow")
    long = frame.loc[frame.index.repeat(repeats)].reset_index(drop=True)
    repeated = fit_of(long, ties="breslow")
    np.testing.assert_allclose(weighted.coef, repeated.coef)
    np.testing.assert_allclose(weighted.covariance, repeated.covariance)


def test_score_at_zero_is_observed_minus_expected():
    frame = simulated()
    fit = fit_cox(frame["duration"], frame["event"], frame[["z"]], ties="breslow")
    sets = fit.risk_sets
    null = sets.at(np.zeros(1))
    assert null.score_by_time.sum() * fit.scale[0] == pytest.approx(
        frame["event"] @ frame["z"] - _expected(frame), rel=1e-9
    )


def _expected(frame):
    total = 0.0
    for time in np.unique(frame["duration"][frame["event"] == 1]):
        risk = frame[frame["duration"] >= time]
        total += ((frame["duration"] == time) & (frame["event"] == 1)).sum() * risk["z"].mean()
    return total


def test_splitting_follow_up_into_rows_changes_nothing():
    frame = simulated(size=150)
    frame["user"] = np.arange(len(frame))
    middle = np.floor(frame["duration"] / 2)
    early = frame[middle > 0].assign(duration=middle[middle > 0], event=0.0, begin=0.0)
    late = frame.assign(begin=np.where(middle > 0, middle, 0.0))
    rows = pd.concat([early, late], ignore_index=True)
    whole = fit_of(frame, cluster=frame["user"])
    split = fit_of(rows, entry=rows["begin"], cluster=rows["user"])
    np.testing.assert_allclose(split.coef, whole.coef, rtol=1e-9)
    np.testing.assert_allclose(split.covariance, whole.covariance, rtol=1e-8)
    np.testing.assert_allclose(split.robust_covariance, whole.robust_covariance, rtol=1e-8)
    tests = proportional_hazards(split, "identity"), proportional_hazards(whole, "identity")
    np.testing.assert_allclose([t.chisq for t in tests[0]], [t.chisq for t in tests[1]], rtol=1e-8)


@pytest.mark.parametrize("entry", [False, True])
def test_concordance_counts_every_pair(entry):
    frame = simulated(size=70)
    frame["x"] = frame["x"].round(0)
    start = frame["entry"] if entry else None
    arguments = frame["duration"], frame["event"], frame[["x"]]
    fit = fit_cox(*arguments, entry=start, weights=frame["weight"], strata=frame["z"])
    right = comparable = 0.0
    score = frame["x"].to_numpy() * np.sign(fit.coef[0])
    rows = frame.to_dict("list")
    for i in range(len(frame)):
        for j in range(len(frame)):
            later = rows["duration"][j] > rows["duration"][i] or (
                rows["duration"][j] == rows["duration"][i] and not rows["event"][j]
            )
            at_risk = later and (not entry or rows["entry"][j] < rows["duration"][i])
            if rows["event"][i] and at_risk and rows["z"][i] == rows["z"][j]:
                weight = rows["weight"][i] * rows["weight"][j]
                comparable += weight
                right += weight * (0.5 if score[i] == score[j] else float(score[i] > score[j]))
    found = concordance(fit)
    assert found.estimate == pytest.approx(right / comparable, rel=1e-12)
    assert 0 < found.stderr < 0.2


def test_null_effect_covers_zero_and_robust_error_agrees():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"x": rng.normal(size=20_000), "z": rng.integers(0, 2, 20_000)})
    frame["duration"], frame["event"] = rng.integers(0, 30, 20_000), rng.random(20_000) < 0.5
    fit = fit_of(frame, robust=True)
    np.testing.assert_allclose(np.diag(fit.robust_covariance), np.diag(fit.covariance), rtol=0.05)
    result = cox_result(fit)
    assert [term.name for term in result.terms] == ["x", "z"]
    assert all(abs(term.coef) < 4 * term.stderr for term in result.terms)
    assert result.proportional_hazards[-1].term == "GLOBAL"
    assert cox_result(fit, None).proportional_hazards == ()


def test_stratified_prediction_names_its_stratum():
    frame = simulated()
    fit = fit_cox(frame["duration"], frame["event"], frame[["x"]], strata=frame["z"].map({0: "a", 1: "b"}))
    row = pd.DataFrame({"x": [0.0]})
    a, b = (predict_survival(fit, row, [0, 5, 10], stratum).estimate[0] for stratum in "ab")
    assert a[0] == b[0] == 1
    assert (b[1:] > a[1:]).all()
    with pytest.raises(SettingsError, match="No stratum is named; name one of a, b"):
        predict_survival(fit, row, [5])
    with pytest.raises(SettingsError, match="Stratum 'c' is not one of a, b"):
        predict_survival(fit, row, [5], "c")
    with pytest.raises(SettingsError, match="The rows lack x"):
        predict_survival(fit, pd.DataFrame({"y": [0.0]}), [5], "a")


def test_design_matrix_codes_categories():
    frame = pd.DataFrame(
        {
            "age": [30, 40, 50, 35, 20, 61],
            "plan": ["b", None, "a", "b", "a", "a"],
            "new": [True, False, True, True, False, False],
        }
    )
    design = design_matrix(frame)
    assert list(design.columns) == ["age", "plan=b", "plan=(missing)", "new"]
    assert design["plan=b"].tolist() == [1, 0, 0, 1, 0, 0]
    assert design["new"].tolist() == [1, 0, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"age": [1.0, None, 3.0]}), "age has 1 of 3 values missing"),
        (pd.DataFrame({"age": [2.0, 2.0]}), "age is constant"),
        (pd.DataFrame({"plan": ["a", "a"]}), "plan is constant"),
        (pd.DataFrame({"a": [1.0, 2, 3], "b": [2.0, 4, 6]}), "column b follows from the columns before it"),
        (pd.DataFrame(index=range(3)), "No covariate is named"),
    ],
)
def test_useless_columns_are_named(frame, words):
    with pytest.raises(DataError, match=words):
        design_matrix(frame)


@pytest.mark.parametrize(
    ("duration", "event", "x", "kind", "words"),
    [
        ([1, 2, 3, 4], [0, 0, 0, 0], [1, 2, 3, 4], "cox-no-event", "No event is observed"),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 1, 1], "cox-column-redundant", "column x is constant among"),
        ([1, 2, 3, 4], [1, 1, 1, 1], [4, 3, 2, 1], "cox-column-orders-events", "column x orders the events perfectly"),
        ([5, 5, 1, 2], [0, 0, 1, 1], [0, 0, 1, 1], "cox-column-orders-events", "column x orders the events perfectly"),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, np.nan, 3, 4], "design-not-finite", "x has 1 of 4 values missing"),
        ([1, 2], [1, 1], [1, 2, 3], "design-size", "expected 2 rows"),
    ],
)
def test_models_that_cannot_be_fitted_are_refused(duration, event, x, kind, words):
    with pytest.raises(DataError, match=words) as refused:
        fit_cox(duration, event, pd.DataFrame({"x": x}))
    assert refused.value.kind == kind


def test_everybody_lost_at_once_says_nothing_about_x():
    fit = fit_cox([0, 0, 0, 0], [1, 1, 1, 1], pd.DataFrame({"x": [1, 2, 3, 4]}))
    assert fit.coef[0] == pytest.approx(0, abs=1e-9)
    assert fit.terms()[0].p == pytest.approx(1)


def test_bad_choices_are_refused():
    frame = simulated(size=50)
    with pytest.raises(SettingsError, match="choose efron or breslow"):
        fit_of(frame, ties="exact")
    with pytest.raises(DataError, match="1 of them missing"):
        fit_of(frame, strata=[None, *range(49)])
    fit = fit_of(frame)
    with pytest.raises(SettingsError, match="no column 'age'"):
        fit.hazard_ratio("age")
    with pytest.raises(SettingsError, match="choose km, identity, rank or log"):
        proportional_hazards(fit, "sqrt")
    frame.loc[0, ["duration", "event"]] = [0, 1]
    with pytest.raises(SettingsError, match="needs durations above 0, but 1 are 0"):
        proportional_hazards(fit_of(frame), "log")
    once = fit_cox([1, 1, 2, 3], [1, 1, 0, 0], pd.DataFrame({"x": [1.0, 4, 2, 5]}))
    with pytest.raises(DataError, match="All events share one time"):
        proportional_hazards(once)
    lonely = fit_cox([1, 1, 2, 2], [1, 1, 0, 0], pd.DataFrame({"x": [1.0, 4, 2, 5]}), strata=[0, 0, 1, 1])
    with pytest.raises(DataError, match="No two users can be compared"):
        concordance(lonely)
