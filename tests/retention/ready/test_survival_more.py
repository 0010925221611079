"""R's answers for three further data sets (veteran, cgd, pbc) and for competing risks and late entry in mgus2."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.retention.cox.concordance import concordance
from recsys_core.retention.cox.cox_model import fit_cox
from recsys_core.retention.cox.proportional_hazards import proportional_hazards
from recsys_core.retention.cox.recurrent import andersen_gill, clustered_table, mean_cumulative
from recsys_core.retention.estimators.aft import WeibullFit, fit_weibull
from recsys_core.retention.estimators.competing_risks import cumulative_incidence
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
from recsys_core.retention.estimators.logrank import logrank
from recsys_core.retention.estimators.restricted_mean import restricted_mean

FIXTURES = Path(__file__).parents[2] / "fixtures"
FOLDER = FIXTURES / "survival_more"
ANSWERS: dict[str, list[float | None]] = json.loads((FOLDER / "survival_more.json").read_text())
FIRST: dict[str, list[float]] = json.loads((FIXTURES / "survival_reference" / "survival_reference.json").read_text())
FORMS, TIES = ["plain", "log", "log-log"], ["efron", "breslow"]
TRANSFORMS = ["km", "identity", "rank", "log"]
POINT = {"estimate": "estimate", "stderr": "stderr", "lower": "lower", "upper": "upper"}
R_POINT = {"surv": "estimate", "std.err": "stderr", "lower": "lower", "upper": "upper", "n.risk": "at_risk"}


def assert_matches(key: str, values: object) -> None:
    np.testing.assert_allclose(np.ravel(values), np.array(ANSWERS[key], dtype=float), rtol=1e-6, err_msg=key)


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


def standard_errors(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(covariance))


def assert_points(key: str, rows: list, names: dict[str, str], suffix: str = "") -> None:
    for in_r, ours in names.items():
        assert_matches(f"{key}/{in_r}{suffix}", [[getattr(point, ours) for point in points] for points in rows])


@pytest.mark.parametrize("form", FORMS)
def test_kaplan_meier_of_two_arms(form):
    curves = [
        kaplan_meier(event_table(part["time"], part["status"]), form) for _, part in read("veteran").groupby("trt")
    ]
    assert_points(f"veteran/km/{form}", [c.points([30, 90, 180]) for c in curves], R_POINT, "_30_90_180_trt1_then_2")
    assert_matches(f"veteran/km/{form}/median_lower_upper_trt1_then_2", [c.median() for c in curves])


@pytest.mark.parametrize("form", FORMS)
def test_kaplan_meier_with_fractional_weights(form):
    frame = read("veteran")
    curve = kaplan_meier(event_table(frame["time"], frame["status"], weights=frame["w"]), form)
    names = {name: ours for name, ours in R_POINT.items() if name != "n.risk"}
    assert_points(f"veteran/weighted_km/{form}", [curve.points([30, 90, 180])], names, "_30_90_180")


def test_kaplan_meier_with_clusters():
    frame = read("veteran")
    curve = kaplan_meier(clustered_table(frame["time"], frame["status"], frame["site"]))
    names = {"std.err": "stderr", "lower": "lower"}
    assert_points("veteran/clustered_km", [curve.points([30, 90, 180])], names, "_30_90_180")


def test_restricted_means_and_medians():
    curves = [kaplan_meier(event_table(part["time"], part["status"])) for _, part in read("veteran").groupby("trt")]
    means = [restricted_mean(curve, 180) for curve in curves]
    assert_matches("veteran/rmean_180_trt1_2", [mean.estimate for mean in means])
    assert_matches("veteran/rmean_180_stderr", [mean.stderr for mean in means])
    by_sex = [kaplan_meier(event_table(part["time"], part["death"])) for _, part in read("pbc").groupby("sex")]
    assert_matches("pbc/median/f_m", [curve.median().estimate for curve in by_sex])


@pytest.mark.parametrize("rho", [0, 1])
def test_logrank(rho):
    frame = read("veteran")
    time, status = frame["time"], frame["status"]
    assert_matches(f"veteran/logrank/trt_rho{rho}", logrank(time, status, frame["trt"], rho).chisq)
    assert_matches(f"veteran/logrank/celltype_rho{rho}", logrank(time, status, frame["celltype"], rho).chisq)
    stratified = logrank(time, status, frame["trt"], rho, strata=frame["celltype"])
    assert_matches(f"veteran/logrank/trt_strata_celltype_rho{rho}", stratified.chisq)
    pbc = read("pbc").dropna(subset="stage")
    assert_matches(f"pbc/logrank/stage_rho{rho}", logrank(pbc["time"], pbc["death"], pbc["stage"], rho).chisq)


def veteran_model(name: str, ties: str):
    frame = read("veteran")
    more = {
        "plain": {},
        "strata": {"strata": frame["celltype"]},
        "cluster": {"cluster": frame["site"]},
        "weights": {"weights": frame["w"], "robust": True},
    }[name]
    return fit_cox(frame["time"], frame["status"], frame[["trt", "karno", "age"]], ties=ties, **more)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", ["plain", "strata", "cluster", "weights"])
def test_cox(name, ties):
    fit, key = veteran_model(name, ties), f"veteran/cox/{ties}/{name}"
    assert_matches(f"{key}/coef", fit.coef)
    assert_matches(f"{key}/stderr", standard_errors(fit.variance))
    assert_matches(f"{key}/loglik", fit.loglik)
    if name in ("cluster", "weights"):
        assert_matches(f"{key}/naive_stderr", standard_errors(fit.covariance))


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", ["plain", "strata", "cluster", "weights"])
def test_concordance_and_proportional_hazards(name, ties):
    fit, key = veteran_model(name, ties), f"veteran/cox/{ties}/{name}"
    assert_matches(f"{key}/concordance_stderr", concordance(fit))
    for transform in TRANSFORMS:
        tests = proportional_hazards(fit, transform)
        assert_matches(f"{key}/zph_{transform}", [test.chisq for test in tests])


def test_cox_with_missing_values_left_out():
    frame = read("pbc")
    design = frame[["age", "edema", "albumin"]].assign(bili=np.log(frame["bili"]))[["age", "edema", "bili", "albumin"]]
    fit = fit_cox(frame["time"], frame["death"], design)
    assert_matches("pbc/cox/coef", fit.coef)
    assert_matches("pbc/cox/stderr", standard_errors(fit.variance))
    assert_matches("pbc/cox/loglik", fit.loglik)
    assert_matches("pbc/cox/concordance_stderr", concordance(fit))
    for transform in TRANSFORMS:
        assert_matches(f"pbc/cox/zph_{transform}", [t.chisq for t in proportional_hazards(fit, transform)])


def intervals(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"tstart": "entry", "tstop": "stop", "status": "event", "id": "user_id"})


@pytest.mark.parametrize("ties", TIES)
def test_andersen_gill(ties):
    frame, key = read("cgd"), f"cgd/andersen_gill/{ties}"
    fit = andersen_gill(intervals(frame), frame[["arm", "age", "male"]], ties=ties)
    assert_matches(f"{key}/coef", fit.coef)
    assert_matches(f"{key}/robust_stderr", standard_errors(fit.variance))
    assert_matches(f"{key}/naive_stderr", standard_errors(fit.covariance))
    assert_matches(f"{key}/loglik", fit.loglik)
    assert_matches(f"{key}/concordance_stderr", concordance(fit))
    for transform in ("km", "identity", "rank"):
        assert_matches(f"{key}/zph_{transform}", [test.chisq for test in proportional_hazards(fit, transform)])


def test_andersen_gill_with_strata_and_weights():
    frame = read("cgd")
    alone = andersen_gill(intervals(frame), frame[["arm"]])
    key = "cgd/andersen_gill/arm_alone/coef_stderr"
    assert_matches(key, [alone.coef[0], standard_errors(alone.variance)[0]])
    fit = andersen_gill(intervals(frame), frame[["arm"]], weights=frame["w"], strata=frame["inherit"])
    key = "cgd/andersen_gill/strata_weights/coef_stderr"
    assert_matches(key, [fit.coef[0], standard_errors(fit.variance)[0]])


@pytest.mark.parametrize("kind", ["plain", "weighted"])
def test_mean_number_of_events(kind):
    rows = []
    for _, part in read("cgd").groupby("arm"):
        weights = part["w"] if kind == "weighted" else None
        mean = mean_cumulative(part["tstart"], part["tstop"], part["status"], part["id"], weights=weights)
        rows.append(mean.points([100, 200, 300]))
    key = f"cgd/mean_cumulative/{kind}"
    assert_matches(f"{key}/cumhaz_100_200_300_arm0_then_1", [[p.estimate for p in points] for points in rows])
    assert_matches(f"{key}/robust_stderr", [[p.stderr for p in points] for points in rows])


def test_kaplan_meier_of_intervals():
    frame = read("cgd")
    curve = kaplan_meier(event_table(frame["tstop"], frame["status"], frame["tstart"]))
    assert_matches("cgd/km/left_truncated/surv_100_200_300", curve.at([100, 200, 300]))


@pytest.mark.parametrize("form", FORMS)
def test_competing_risks(form):
    frame, times = read("pbc"), [1000, 2000, 3000]
    names = {1: "transplant", 2: "death"}
    by_sex = {
        sex: cumulative_incidence(part["time"], part["status"], names, conf_type=form)
        for sex, part in frame.groupby("sex")
    }
    weighted = cumulative_incidence(frame["time"], frame["status"], names, weights=frame["w"], conf_type=form)
    for place, name in enumerate(names.values()):
        rows = [by_sex[sex][place].points(times) for sex in ("m", "f")]  # the order of the factor in R
        assert_points(f"pbc/aalen_johansen/{form}/{name}", rows, POINT)
        assert_points(f"pbc/aalen_johansen/weighted/{form}/{name}", [weighted[place].points(times)], POINT)


def mgus2() -> pd.DataFrame:
    frame = pd.read_csv(FIXTURES / "survival_reference" / "mgus2.csv")
    return frame.assign(
        time=np.where(frame["pstat"] == 0, frame["futime"], frame["ptime"]),
        cause=np.where(frame["pstat"] == 0, 2 * frame["death"], 1),
        entry=12 * frame["age"],
    )


def test_competing_risks_of_mgus2():
    names = {1: "pcm", 2: "death"}
    by_sex = [
        cumulative_incidence(part["time"], part["cause"], names, conf_type="log") for _, part in mgus2().groupby("sex")
    ]
    found = [curves[0].points([120])[0].estimate for curves in by_sex]
    np.testing.assert_allclose(found, FIRST["mgus2/aalen_johansen/pcm_at_120_months_F_M"], rtol=1e-6)
    for place, name in enumerate(names.values()):
        rows = [curves[place].points([60, 120, 240]) for curves in by_sex]
        assert_points(f"mgus2/aalen_johansen/sex_F_then_M_60_120_240/{name}", rows, POINT)


def test_competing_risks_with_late_entry():
    frame, names = mgus2(), {1: "pcm", 2: "death"}
    frame = frame[frame["time"] > 0]
    late = {"entry": frame["entry"], "conf_type": "log"}
    curves = cumulative_incidence(frame["entry"] + frame["time"], frame["cause"], names, **late)
    for curve in curves:
        key = f"mgus2/aalen_johansen/late_entry_840_900_960/{curve.cause}"
        assert_points(key, [curve.points([840, 900, 960])], POINT)


def test_kaplan_meier_and_cox_with_late_entry():
    frame = mgus2()
    frame = frame[frame["futime"] > 0].assign(out=lambda f: f["entry"] + f["futime"])
    curve = kaplan_meier(event_table(frame["out"], frame["death"], frame["entry"]))
    assert_points("mgus2/late_entry_km", [curve.points([840, 900, 960])], R_POINT, "_840_900_960")
    frame = frame[frame["hgb"].notna()]
    design = pd.DataFrame({"male": (frame["sex"] == "M").astype(float), "hgb": frame["hgb"]})
    fit = fit_cox(frame["out"], frame["death"], design, entry=frame["entry"])
    assert_matches("mgus2/late_entry_cox/coef", fit.coef)
    assert_matches("mgus2/late_entry_cox/stderr", standard_errors(fit.variance))
    assert_matches("mgus2/late_entry_cox/loglik", fit.loglik)
    assert_matches("mgus2/late_entry_cox/concordance_stderr", concordance(fit))
    assert_matches("mgus2/late_entry_cox/zph_km", [test.chisq for test in proportional_hazards(fit)])


def assert_weibull(key: str, fit: WeibullFit) -> None:
    coefs = [fit.intercept, *(term.coef for term in fit.terms), np.log(fit.scale)]
    errors = [fit.intercept_stderr, *(term.stderr for term in fit.terms), fit.log_scale_stderr]
    assert_matches(f"{key}/coef_then_log_scale", coefs)
    assert_matches(f"{key}/stderr", errors)
    assert_matches(f"{key}/loglik", fit.loglik[1])
    assert_matches(f"{key}/scale", fit.scale)


def test_weibull():
    frame, pbc = read("veteran"), read("pbc")
    time, status, two = frame["time"], frame["status"], frame[["trt", "karno"]]
    assert_weibull("veteran/aft/trt_karno_age", fit_weibull(time, status, frame[["trt", "karno", "age"]]))
    assert_weibull("veteran/aft/weighted", fit_weibull(time, status, two, weights=frame["w"]))
    assert_weibull("veteran/aft/clustered", fit_weibull(time, status, two, cluster=frame["site"]))
    assert_weibull("veteran/aft/intercept_alone", fit_weibull(time, status, two[[]]))
    three = pbc[["age", "edema", "albumin"]]
    assert_weibull("pbc/aft/age_edema_albumin", fit_weibull(pbc["time"], pbc["death"], three))


def test_weibull_takes_durations_of_zero_as_half_a_day():
    frame = read("veteran")
    fit = fit_weibull(frame["time"].where(frame["time"] >= 5, 0), frame["status"], frame[["trt", "karno"]])
    assert_weibull("veteran/aft/zeros_as_half_a_day", fit)
    assert fit.zero_durations == (frame["time"] < 5).sum()
