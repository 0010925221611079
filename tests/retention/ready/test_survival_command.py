"""`python -m recsys_core survival`: R's answers through the command line, and sentences for tables that go wrong."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.__main__ import main

FIXTURES = Path(__file__).parents[2] / "fixtures"
FOLDER = FIXTURES / "survival_more"
ANSWERS = json.loads((FOLDER / "survival_more.json").read_text())
R_NAMES = {"estimate": "surv", "stderr": "std.err", "lower": "lower", "upper": "upper", "at_risk": "n.risk"}


@pytest.fixture
def survival(capsys):
    """Run the command on a table and return its JSON, which may hold no NaN and no Infinity."""

    def run(table, duration, event, *more):
        arguments = ["survival", str(table), "--duration", duration, "--event", event, "--json", *more]
        assert main(arguments) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out, parse_constant=pytest.fail)

    return run


def assert_matches(key, values):
    np.testing.assert_allclose(np.ravel(values), ANSWERS[key], rtol=1e-6, err_msg=key)


def column(rows, name):
    return [row[name] for row in rows]


def by_name(found):
    return sorted(found["arms"], key=lambda arm: arm["name"])


VETERAN = FOLDER / "veteran.csv", "time", "status"


@pytest.mark.parametrize("form", ["plain", "log", "log-log"])
def test_arms_limits_and_horizon(survival, form):
    found = survival(*VETERAN, "--group", "trt", "--conf-type", form, "--at", "30,90,180", "--horizon", "180")
    arms = by_name(found)
    for name, in_r in R_NAMES.items():
        key = f"veteran/km/{form}/{in_r}_30_90_180_trt1_then_2"
        assert_matches(key, [column(arm["survival"], name) for arm in arms])
    assert_matches("veteran/rmean_180_trt1_2", [arm["rmst"]["estimate"] for arm in arms])
    assert_matches("veteran/rmean_180_stderr", [arm["rmst"]["stderr"] for arm in arms])
    medians = [arm["median_days"] for arm in arms]
    assert medians == ANSWERS[f"veteran/km/{form}/median_lower_upper_trt1_then_2"][::3]
    assert_matches("veteran/logrank/trt_rho0", found["tests"]["logrank"]["chisq"])


def test_the_ratio_of_restricted_means(survival):
    found = survival(*VETERAN, "--group", "trt", "--horizon", "180")
    contrast, arms = found["contrasts"][0], {arm["name"]: arm["rmst"] for arm in found["arms"]}
    a, b = arms[contrast["arm"]], arms[contrast["reference"]]
    ratio = contrast["rmst_ratio"]
    assert ratio["estimate"] == pytest.approx(a["estimate"] / b["estimate"])
    spread = 1.959964 * np.hypot(a["stderr"] / a["estimate"], b["stderr"] / b["estimate"])
    assert ratio["lower"] == pytest.approx(ratio["estimate"] * np.exp(-spread), rel=1e-6)
    assert ratio["upper"] == pytest.approx(ratio["estimate"] * np.exp(spread), rel=1e-6)
    assert 0 < ratio["p"] <= 1


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain", ()),
        ("strata", ("--strata", "celltype")),
        ("cluster", ("--cluster", "site")),
        ("weights", ("--weights", "w")),
    ],
)
@pytest.mark.parametrize("transform", ["km", "identity", "rank", "log"])
def test_cox(survival, ties, name, options, transform):
    covariates = ("--covariates", "trt,karno,age", "--ties", ties, "--transform", transform)
    cox, key = survival(*VETERAN, *covariates, *options)["cox"], f"veteran/cox/{ties}/{name}"
    used = "robust_stderr" if name in ("cluster", "weights") else "stderr"
    assert_matches(f"{key}/coef", column(cox["terms"], "coef"))
    assert_matches(f"{key}/stderr", column(cox["terms"], used))
    assert_matches(f"{key}/loglik", cox["loglik"])
    assert_matches(f"{key}/concordance_stderr", [cox["concordance"], cox["concordance_stderr"]])
    assert_matches(f"{key}/zph_{transform}", column(cox["proportional_hazards"], "chisq"))


def test_strata_of_the_logrank_test(survival):
    found = survival(*VETERAN, "--group", "trt", "--strata", "celltype")
    assert_matches("veteran/logrank/trt_strata_celltype_rho0", found["tests"]["logrank"]["chisq"])
    found = survival(*VETERAN, "--group", "celltype")
    assert_matches("veteran/logrank/celltype_rho0", found["tests"]["logrank"]["chisq"])


def test_weights(survival):
    arm = survival(*VETERAN, "--weights", "w", "--at", "30,90,180", "--conf-type", "log")["arms"][0]
    for name in ("estimate", "stderr", "lower", "upper"):
        assert_matches(f"veteran/weighted_km/log/{R_NAMES[name]}_30_90_180", column(arm["survival"], name))


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_events_that_come_back(survival, ties):
    table = FOLDER / "cgd.csv", "tstop", "status", "--entry", "tstart", "--cluster", "id", "--ties", ties
    cox, key = survival(*table, "--covariates", "arm,age,male")["cox"], f"cgd/andersen_gill/{ties}"
    assert_matches(f"{key}/coef", column(cox["terms"], "coef"))
    assert_matches(f"{key}/robust_stderr", column(cox["terms"], "robust_stderr"))
    assert_matches(f"{key}/naive_stderr", column(cox["terms"], "stderr"))
    assert_matches(f"{key}/zph_km", column(cox["proportional_hazards"], "chisq"))
    found = survival(*table, "--group", "arm", "--recurrent", "--at", "100,200,300")["recurrent"]
    key = "cgd/mean_cumulative/plain"
    assert [arm["name"] for arm in found["arms"]] == ["0", "1"]
    assert_matches(f"{key}/cumhaz_100_200_300_arm0_then_1", [column(arm["mean"], "estimate") for arm in found["arms"]])
    assert_matches(f"{key}/robust_stderr", [column(arm["mean"], "stderr") for arm in found["arms"]])


@pytest.mark.parametrize("form", ["plain", "log", "log-log"])
def test_competing_causes(survival, form):
    table = FOLDER / "pbc.csv", "time", "death", "--competing", "status"
    options = ("--conf-type", form, "--at", "1000,2000,3000")
    found = survival(*table, "--group", "sex", *options)["competing"]
    assert found["causes"] == ["1", "2"]
    arms = {arm["name"]: arm["causes"] for arm in found["arms"]}
    weighted = survival(*table, "--weights", "w", *options)["competing"]["arms"][0]["causes"]
    for place, cause in enumerate(("transplant", "death")):
        for name in ("estimate", "stderr", "lower", "upper"):
            rows = [column(arms[sex][place]["incidence"], name) for sex in ("m", "f")]
            assert_matches(f"pbc/aalen_johansen/{form}/{cause}/{name}", rows)
            rows = column(weighted[place]["incidence"], name)
            assert_matches(f"pbc/aalen_johansen/weighted/{form}/{cause}/{name}", rows)


def test_causes_in_words_and_late_entry(survival, tmp_path):
    frame = pd.read_csv(FIXTURES / "survival_reference" / "mgus2.csv")
    early = frame["pstat"] == 1
    frame["entry"] = 12 * frame["age"]
    frame["out"] = frame["entry"] + frame["futime"].where(~early, frame["ptime"])
    frame["why"] = np.where(early, "pcm", np.where(frame["death"] == 1, "death", "Censored"))
    frame["struck"] = (frame["why"] != "Censored").astype(int)
    frame[frame["out"] > frame["entry"]].to_csv(tmp_path / "table.csv", index=False)
    options = ("--entry", "entry", "--competing", "why", "--conf-type", "log", "--at", "840,900,960")
    found = survival(tmp_path / "table.csv", "out", "struck", *options)["competing"]
    assert found["causes"] == ["death", "pcm"]
    for row in found["arms"][0]["causes"]:
        for name in ("estimate", "stderr", "lower", "upper"):
            key = f"mgus2/aalen_johansen/late_entry_840_900_960/{row['cause']}/{name}"
            assert_matches(key, column(row["incidence"], name))


def test_late_entry(survival, tmp_path):
    frame = pd.read_csv(FIXTURES / "survival_reference" / "mgus2.csv")
    frame = frame.assign(entry=12 * frame["age"], out=12 * frame["age"] + frame["futime"])
    frame[frame["out"] > frame["entry"]].to_csv(tmp_path / "table.csv", index=False)
    table = tmp_path / "table.csv", "out", "death", "--entry", "entry"
    found = survival(*table, "--covariates", "sex,hgb", "--at", "840,900,960")
    for name, in_r in R_NAMES.items():
        assert_matches(f"mgus2/late_entry_km/{in_r}_840_900_960", column(found["arms"][0]["survival"], name))
    assert_matches("mgus2/late_entry_cox/coef", column(found["cox"]["terms"], "coef"))
    assert_matches("mgus2/late_entry_cox/stderr", column(found["cox"]["terms"], "stderr"))
    assert found["population"]["excluded"][0]["users"] == frame["hgb"].isna().sum()


def test_accelerated_time(survival):
    for key, options in (
        ("trt_karno_age", ("--covariates", "trt,karno,age")),
        ("clustered", ("--covariates", "trt,karno", "--cluster", "site")),
        ("intercept_alone", ()),
    ):
        found = survival(*VETERAN, "--aft", *options)["aft"]
        coefs = [found["intercept"], *column(found["terms"], "coef"), np.log(found["scale"])]
        errors = [found["intercept_stderr"], *column(found["terms"], "stderr"), found["log_scale_stderr"]]
        assert_matches(f"veteran/aft/{key}/coef_then_log_scale", coefs)
        assert_matches(f"veteran/aft/{key}/stderr", errors)
        assert_matches(f"veteran/aft/{key}/loglik", found["loglik"][1])
    found = survival(*VETERAN, "--aft", "--covariates", "trt,karno")["aft"]
    for term in found["terms"]:
        assert term["time_ratio"] == pytest.approx(np.exp(term["coef"]))
        assert term["lower"] < term["time_ratio"] < term["upper"]


def test_durations_of_zero_are_said(survival, tmp_path):
    frame = pd.read_csv(FOLDER / "veteran.csv")
    frame.assign(time=frame["time"].where(frame["time"] >= 5, 0)).to_csv(tmp_path / "table.csv", index=False)
    found = survival(tmp_path / "table.csv", "time", "status", "--aft", "--covariates", "trt,karno")
    assert_matches("veteran/aft/zeros_as_half_a_day/scale", found["aft"]["scale"])
    note = found["aft"]["note"]
    assert (note["code"], note["zeros"]) == ("note-weibull-zero-durations", 5)
    assert note["sentence"] == "5 durations of 0 counted as half a day."
    (check,) = (check for check in found["checks"] if check["finding"] == "zero-durations")
    assert check["detail"] == "5 durations of 0 counted as half a day. A Weibull time is above 0."
    assert (check["name"], check["status"], check["short"]) == ("aft", "warn", "5 zeros")


def test_what_is_not_asked_for_is_null(survival):
    found = survival(*VETERAN)
    assert [found[name] for name in ("competing", "recurrent", "aft", "cox")] == [None] * 4


# ---- tables that go wrong: a sentence that names the column or the arm ----


def table(size=60, **columns):
    rng, place = np.random.default_rng(1), np.arange(size)
    frame = pd.DataFrame(
        {
            "time": (rng.exponential(20 + 5 * (place % 2)) + 0.01).round(2),
            "gone": (rng.random(size) < 0.7).astype(int),
            "arm": np.where(place % 2, "bert", "cf"),
            "age": rng.normal(40, 9, size).round(1),
        }
    )
    return frame.assign(**{name: made(frame) if callable(made) else made for name, made in columns.items()})


def of_bert(name, value):
    return lambda frame: frame[name].where(frame["arm"] != "bert", value)


def first(count):
    return lambda frame: (np.arange(len(frame)) < count).astype(int)


BY_ARM = ("--group", "arm")
REFUSED = {
    "constant column": (table(one=1), ("--covariates", "one"), "column one is constant"),
    "collinear column": (
        table(twice=lambda f: 2 * f["age"]),
        ("--covariates", "age,twice"),
        "column twice follows from the columns before it (age)",
    ),
    "separation": (
        table(vip=first(8), gone=lambda f: 1 - first(8)(f)),
        ("--covariates", "vip"),
        "column vip orders the events perfectly",
    ),
    "no convergence": (
        table(gone=1, order=lambda f: f["time"].rank()),
        ("--covariates", "order"),
        "column order orders the events perfectly",
    ),
    "constant within strata": (
        table(plan=lambda f: f["arm"]),
        (*BY_ARM, "--strata", "plan"),
        "column arm=cf is constant",
    ),
    "no events": (table(gone=0), BY_ARM, "No event is observed in the column gone (0 of 60 rows)"),
    "all events at time 0": (table(time=0, gone=1), (), "Every duration of the table is 0 in the column time"),
    "an arm all at time 0": (
        table(time=of_bert("time", 0)),
        BY_ARM,
        "Every duration of arm bert is 0 in the column time",
    ),
    "weights of zero": (table(w=0), (*BY_ARM, "--weights", "w"), "Every weight is 0 in the column w"),
    "an arm's weights": (
        table(w=lambda f: (f["arm"] == "cf") * 1),
        (*BY_ARM, "--weights", "w"),
        "Every weight of bert is 0 in the column w",
    ),
    "weights below zero": (table(w=-1), ("--weights", "w"), "column w has 60 of 60 values below 0"),
    "two rows": (
        table(2, gone=1),
        (*BY_ARM, "--covariates", "age"),
        "column age follows from the columns before it (arm=cf)",
    ),
    "covariate without values": (table(age=np.nan), ("--covariates", "age"), "No row of 60 has a value in each of age"),
    "covariate of one arm": (
        table(age=of_bert("age", np.nan)),
        (*BY_ARM, "--covariates", "age"),
        "Only cf of arm has rows with all covariates",
    ),
    "infinite covariate": (
        table(age=np.inf),
        ("--covariates", "age"),
        "column age has 60 of 60 values missing or infinite",
    ),
    "one cluster": (table(site=3), (*BY_ARM, "--cluster", "site"), "column site holds one cluster only"),
    "too many arms": (table(), ("--group", "time"), "column time has 60 values; at most 12 arms"),
    "entry after the end": (table(e=lambda f: f["time"]), ("--entry", "e"), "column e has 60 of 60 values not before"),
    "late time": (table(), ("--at", "inf"), "numbers of 0 or more; found inf"),
    "horizon": (table(), ("--horizon", "1e9"), "The horizon is 1e+09, but nobody is followed past"),
    "log of zero": (
        table(time=lambda f: f["time"].where(f.index > 0, 0)),
        (*BY_ARM, "--transform", "log"),
        "transform log needs durations above 0",
    ),
    "causes": (table(), ("--competing", "why"), "The table has no column why"),
    "no cause": (table(why="none"), ("--competing", "why"), "column why gives no cause for"),
    "no cause and no event": (table(why="none", gone=0), ("--competing", "why"), "column why names no cause"),
    "many causes": (
        table(why=lambda f: np.arange(1, len(f) + 1)),
        ("--competing", "why"),
        "names 60 causes; at most 12",
    ),
    "recurrent rows": (table(), ("--recurrent",), "name the columns of entry and of cluster"),
    "overlapping rows": (
        table(user=1, e=0, other=first(2)),
        ("--entry", "e", "--cluster", "user"),
        "column user holds one cluster only",
    ),
    "overlap": (
        table(user=lambda f: f.index // 2, e=0),
        ("--entry", "e", "--cluster", "user", "--recurrent"),
        "30 intervals overlap with the one before, for example of user 0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_cannot_be_analysed_is_refused_in_words(case, tmp_path, capsys):
    frame, options, words = REFUSED[case]
    frame.to_csv(tmp_path / "table.csv", index=False)
    arguments = ["survival", str(tmp_path / "table.csv"), "--duration", "time", "--event", "gone", "--json", *options]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert words in printed.err
    assert words in json.loads(printed.out)["error"]["sentence"] + json.loads(printed.out)["error"]["advice"]


CHECKED = {
    "one arm": (table(arm="bert"), BY_ARM, "ready-arms", "column arm holds one arm only, bert"),
    "no events, no groups": (table(gone=0), (), "ready-events", "No event is observed in all (column gone)"),
    "an arm without events": (
        table(gone=of_bert("gone", 0)),
        BY_ARM,
        "ready-hazard-ratio",
        "No event is observed in arm bert",
    ),
    "two rows": (table(2, gone=[1, 0]), BY_ARM, "ready-hazard-ratio", "No event is observed in arm bert"),
    "all events at one time": (
        table(time=5, gone=1),
        BY_ARM,
        "ready-cox-model",
        "No Cox model of arm: No two users can be compared",
    ),
    "events at 0, others later": (
        table(time=lambda f: f["time"].where(f["gone"] == 0, 0)),
        BY_ARM,
        "ready-proportional-hazards",
        "All events share one time, so proportional hazards cannot be tested",
    ),
    "few clusters": (
        table(site=lambda f: f.index % 4),
        (*BY_ARM, "--cluster", "site"),
        "ready-clusters",
        "site holds 4 clusters",
    ),
    "no events, Weibull": (table(gone=0), ("--aft",), "ready-aft", "No Weibull model: No event is observed"),
    "an arm without events, Weibull": (
        table(gone=of_bert("gone", 0)),
        (*BY_ARM, "--aft"),
        "ready-aft",
        "the column arm=cf tells users with events from users without any",
    ),
    "one time, Weibull": (table(time=5, gone=1), ("--aft",), "ready-aft", "All events happen at 5"),
    "tiny unit, Weibull": (
        table(age=lambda f: f["age"] * 1e-8),
        ("--covariates", "age", "--aft"),
        "ready-aft",
        "The time ratio of age is too far from 1",
    ),
    "strata, Weibull": (table(), ("--strata", "arm", "--aft"), "ready-aft", "it takes no strata; leave out arm"),
    "an arm without a cause": (
        table(gone=of_bert("gone", 0), why=of_bert("gone", 0)),
        (*BY_ARM, "--competing", "why"),
        "ready-competing",
        "Nobody of bert is struck by any cause",
    ),
    "clustered causes": (
        table(why=lambda f: f["gone"], user=lambda f: f.index // 2),
        ("--competing", "why", "--cluster", "user"),
        "ready-competing",
        "Standard errors of cumulative incidence take the rows as independent",
    ),
    "an arm without a returning event": (
        table(gone=of_bert("gone", 0), user=lambda f: f.index, e=0),
        (*BY_ARM, "--entry", "e", "--cluster", "user", "--recurrent"),
        "ready-recurrent",
        "No event of bert is observed, so it has no mean number of events",
    ),
}


@pytest.mark.parametrize("case", CHECKED)
def test_what_cannot_be_computed_is_said_beside_the_rest(case, survival, tmp_path):
    frame, options, code, words = CHECKED[case]
    frame.to_csv(tmp_path / "table.csv", index=False)
    found = survival(tmp_path / "table.csv", "time", "gone", *options)
    details = [check["detail"] for check in found["checks"] if check["code"] == code and check["status"] == "warn"]
    assert any(words in detail for detail in details), found["checks"]
    assert found["arms"]
