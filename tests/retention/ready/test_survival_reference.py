"""Every figure of R's survival package that the estimators cover, within 1e-6."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.retention.adjustment.adjust import adjust, g_computation_survival, iptw_curves
from recsys_core.retention.adjustment.adjustment_cells import AdjustInput
from recsys_core.retention.cox.concordance import concordance
from recsys_core.retention.cox.cox_model import fit_cox
from recsys_core.retention.cox.cox_prediction import predict_survival
from recsys_core.retention.cox.proportional_hazards import proportional_hazards
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
from recsys_core.retention.estimators.logrank import logrank, logrank_from_tables
from recsys_core.retention.estimators.power import events_needed
from recsys_core.retention.estimators.restricted_mean import restricted_mean

FOLDER = Path(__file__).parents[2] / "fixtures" / "survival_reference"
ANSWERS: dict[str, list[float]] = json.loads((FOLDER / "survival_reference.json").read_text())
COLUMNS = ["age", "sex", "ph.ecog"]


def lung(*complete: str) -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / "lung.csv")
    return frame.dropna(subset=list(complete)).reset_index(drop=True)


def heart() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "heart.csv")


def assert_matches(key: str, values: object) -> None:
    np.testing.assert_allclose(np.ravel(values), ANSWERS[key], rtol=1e-6, err_msg=key)


def standard_errors(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(covariance))


def two_arms() -> AdjustInput:
    frame = lung("age", "ph.ecog")
    return AdjustInput(frame["time"], frame["event"], frame["sex"] == 2, frame[["age", "ph.ecog"]], ("age", "ph.ecog"))


@pytest.mark.parametrize("conf_type", ["plain", "log", "log-log"])
def test_kaplan_meier(conf_type):
    frame, key = lung(), f"lung/km/{conf_type}"
    curve = kaplan_meier(event_table(frame["time"], frame["event"]), conf_type)
    points = curve.points([180, 365])
    for name in ("stderr", "lower", "upper"):
        assert_matches(f"{key}/{name}_180_365", [getattr(point, name) for point in points])
    assert_matches(f"{key}/surv_180_365", [point.estimate for point in points])
    assert_matches(f"{key}/median_lower_upper", curve.median())


def test_restricted_mean_median_and_at_risk_by_sex():
    curves = [kaplan_meier(event_table(part["time"], part["event"])) for _, part in lung().groupby("sex")]
    means = [restricted_mean(curve, 365) for curve in curves]
    assert_matches("lung/sex/rmst_365_male_female", [mean.estimate for mean in means])
    assert_matches("lung/sex/rmst_365_stderr", [mean.stderr for mean in means])
    assert_matches("lung/sex/median_male_female", [curve.median().estimate for curve in curves])
    at_risk = [curve.at_risk_at([180, 365, 540]) for curve in curves]
    assert_matches("lung/sex/at_risk_180_365_540_male_then_female", at_risk)


def test_delayed_entry():
    frame = heart()
    curve = kaplan_meier(event_table(frame["stop"], frame["event"], frame["start"]))
    assert_matches("heart/km/left_truncated/surv_30_100_365", curve.at([30, 100, 365]))


@pytest.mark.parametrize("rho", [0, 1])
def test_logrank(rho):
    frame = lung()
    rows = logrank(frame["time"], frame["event"], frame["sex"], rho)
    assert_matches(f"lung/sex/logrank_rho{rho}", rows.chisq)
    tables = {str(k): event_table(part["time"], part["event"]) for k, part in frame.groupby("sex")}
    assert_matches(f"lung/sex/logrank_rho{rho}", logrank_from_tables(tables, rho).chisq)
    assert rows.df == 1


def test_logrank_k_sample_and_stratified():
    frame = lung("ph.ecog")
    test = logrank(frame["time"], frame["event"], frame["ph.ecog"])
    assert_matches("lung/ph.ecog/logrank_k_sample", test.chisq)
    assert test.df == 3
    frame = lung("inst")
    stratified = logrank(frame["time"], frame["event"], frame["sex"], strata=frame["inst"])
    assert_matches("lung/sex/logrank_strata_inst", stratified.chisq)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_ties(ties):
    frame = lung("ph.ecog")
    fit = fit_cox(frame["time"], frame["event"], frame[COLUMNS], ties=ties)
    assert_matches(f"lung/cox/{ties}/coef_age_sex_ecog", fit.coef)
    assert_matches(f"lung/cox/{ties}/stderr", standard_errors(fit.covariance))
    assert_matches(f"lung/cox/{ties}/loglik_null_model", fit.loglik)


def test_cox_concordance_and_predictions():
    frame = lung("ph.ecog")
    fit = fit_cox(frame["time"], frame["event"], frame[COLUMNS])
    assert_matches("lung/cox/efron/concordance_and_stderr", concordance(fit))
    rows = pd.DataFrame({"age": 60, "sex": [1, 2], "ph.ecog": 1})
    predicted = predict_survival(fit, rows, [180, 365])
    key = "lung/cox/predicted_age60_ecog1"
    assert_matches(f"{key}/surv_rows_180_365_columns_male_female", predicted.estimate.T)
    assert_matches(f"{key}/stderr", predicted.stderr.T)


@pytest.mark.parametrize("transform", ["km", "identity", "rank", "log"])
def test_proportional_hazards(transform):
    frame = lung("ph.ecog")
    fit = fit_cox(frame["time"], frame["event"], frame[COLUMNS])
    tests = proportional_hazards(fit, transform)
    key = f"lung/cox/zph/{transform}/chisq_age_sex_ecog_global"
    assert_matches(key, [test.chisq for test in tests])
    assert [test.term for test in tests] == [*COLUMNS, "GLOBAL"]
    assert [test.df for test in tests] == [1, 1, 1, 3]


def test_cox_robust_clustered_and_stratified():
    frame = lung("ph.ecog")
    robust = fit_cox(frame["time"], frame["event"], frame[COLUMNS], robust=True)
    assert_matches("lung/cox/robust_stderr", standard_errors(robust.variance))
    strata = fit_cox(frame["time"], frame["event"], frame[["age", "ph.ecog"]], strata=frame["sex"])
    assert_matches("lung/cox/strata_sex/coef_age_ecog", strata.coef)
    frame = lung("ph.ecog", "inst")
    clustered = fit_cox(frame["time"], frame["event"], frame[COLUMNS], cluster=frame["inst"])
    assert_matches("lung/cox/cluster_inst/coef", clustered.coef)
    assert_matches("lung/cox/cluster_inst/stderr", standard_errors(clustered.variance))


def test_cox_with_time_dependent_covariate():
    frame = heart()
    fit = fit_cox(frame["stop"], frame["event"], frame[["transplant"]], entry=frame["start"])
    figures = [fit.coef[0], standard_errors(fit.covariance)[0]]
    assert_matches("heart/cox/time_dependent_transplant/coef_stderr", figures)


def test_weighted_curves_and_weighted_cox():
    data = two_arms()
    assert_matches("lung/iptw/km/surv_180_365_a0_then_a1", [curve.at([180, 365]) for curve in iptw_curves(data)])
    found = adjust(data, 365, 180, resamples=2)
    assert_matches("lung/iptw/stabilised/effective_sample_size_a0_a1", found.effective_sample_size)


def test_weighted_cox_with_robust_error():
    from statsmodels.api import GLM, add_constant, families

    frame = lung("age", "ph.ecog")
    arm = (frame["sex"] == 2).astype(float)
    p = GLM(arm, add_constant(frame[["age", "ph.ecog"]]), families.Binomial()).fit(tol=1e-12).fittedvalues
    weights = np.where(arm == 1, arm.mean() / p, (1 - arm.mean()) / (1 - p))
    fit = fit_cox(frame["time"], frame["event"], pd.DataFrame({"a": arm}), weights=weights, robust=True)
    figures = [fit.coef[0], standard_errors(fit.variance)[0]]
    assert_matches("lung/iptw/cox/coef_robust_stderr", figures)


def test_g_computation():
    curves = g_computation_survival(two_arms(), np.array([180.0, 365.0]))
    assert_matches("lung/g_computation/surv_180_365_a0_then_a1", curves)


def test_schoenfeld():
    key = "schoenfeld/events_80_percent_power_equal_arms_hr_0.7_0.8_0.9"
    assert_matches(key, [events_needed(ratio) for ratio in (0.7, 0.8, 0.9)])
