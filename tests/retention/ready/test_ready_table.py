import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys_core.answers import Check, message
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.population.population import Excluded
from recsys_core.retention.ready.ready_columns import SurvivalOptions
from recsys_core.retention.ready.ready_table import analyse_table
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import check_detail, say

OPTIONS = SurvivalOptions("time", "gone", resamples=10)


def table(size=300):
    rng = np.random.default_rng(11)
    plan, arm = rng.integers(0, 3, size), rng.integers(0, 3, size)
    life, followed = rng.exponential(20 + 10 * arm), rng.uniform(20, 60, size)
    return pd.DataFrame(
        {
            "time": np.minimum(life, followed),
            "gone": life <= followed,
            "arm": pd.Series(arm).map({0: "cf", 1: "popular", 2: "bert"}),
            "plan": pd.Series(plan).map({0: "free", 1: "paid", 2: "trial"}),
            "age": rng.normal(40, 10, size),
            "weight": rng.uniform(0.5, 2, size),
            "entry": np.minimum(life, followed) * rng.uniform(0, 0.3, size),
            "site": rng.integers(0, 20, size),
        }
    )


def test_three_arms_with_covariates():
    options = replace(OPTIONS, group="arm", covariates=("plan", "age"), horizon=19, at=(5.5, 10))
    found = analyse_table(table(), options)
    json.dumps(worded(found), allow_nan=False)
    names = [arm["name"] for arm in found["arms"]]
    assert sorted(names) == ["bert", "cf", "popular"]
    assert [row["day"] for row in found["arms"][0]["survival"]] == [5.5, 10]
    means = [arm["rmst"]["estimate"] for arm in found["arms"]]
    assert means == sorted(means, reverse=True)
    pairs = [(one["arm"], one["reference"]) for one in found["contrasts"]]
    assert pairs == [(names[0], names[1]), (names[0], names[2]), (names[1], names[2])]
    first = found["contrasts"][0]
    assert first["rmst_difference"]["estimate"] == pytest.approx(means[0] - means[1])
    assert first["logrank"]["p_holm"] >= first["logrank"]["p"]
    assert first["adjusted"]["method"] == "aipw"
    assert [one["method"] for one in first["adjusted_methods"]] == ["aipw", "iptw", "g-computation"]
    terms = [term["name"] for term in found["cox"]["terms"]]
    assert terms == ["arm=cf", "arm=popular", "plan=paid", "plan=trial", "age"]
    assert found["cox"]["proportional_hazards"][-1]["term"] == "GLOBAL"
    assert found["tests"]["logrank"]["df"] == 2


def test_one_group_reports_every_event_time():
    frame = table(20)
    found = analyse_table(frame, OPTIONS)
    assert [arm["name"] for arm in found["arms"]] == ["all"]
    assert len(found["arms"][0]["survival"]) == frame["gone"].sum()
    assert found["contrasts"] == []
    assert found["cox"] is None
    assert found["tests"]["logrank"] is None
    assert found["settings"]["horizon"] == frame["time"].max()


def test_weights_lead_to_robust_errors_and_no_adjustment():
    options = replace(OPTIONS, group="arm", covariates=("age",), weights="weight", entry="entry", horizon=19)
    found = analyse_table(table(), options)
    assert all(term["robust_stderr"] is not None for term in found["cox"]["terms"])
    assert found["contrasts"][0]["adjusted"] is None
    check = next(check for check in found["checks"] if check.code == "ready-adjustment")
    assert (check.status, check.finding) == ("warn", "columns-not-taken")
    assert check_detail(check).endswith(
        "are not adjusted: entry, weights or cluster are given, which the standardised contrasts do not take."
    )


def test_strata_and_clusters_reach_the_models():
    frame = table()
    frame.loc[0, "plan"] = None
    options = replace(OPTIONS, group="arm", strata="plan", cluster="site", horizon=19)
    found = analyse_table(frame, options)
    reason = message("exclusion-ready-no-value-for-models", column="plan")
    assert found["population"]["excluded"] == [Excluded(reason, 1)]
    assert say(reason) == "no value in plan (left out of the models that use it)"
    plain = analyse_table(frame, replace(options, strata=None, cluster=None))
    assert found["tests"]["logrank"]["chisq"] != plain["tests"]["logrank"]["chisq"]
    assert found["cox"]["terms"][0]["robust_stderr"] is not None
    assert plain["cox"]["terms"][0]["robust_stderr"] is None


def test_rows_without_a_duration_are_left_out_and_counted():
    frame = table(50)
    frame.loc[3, "time"] = None
    found = analyse_table(frame, OPTIONS)
    reason = message("exclusion-ready-no-value", column="time")
    assert found["population"] == {"users": 49, "excluded": [Excluded(reason, 1)]}
    assert say(reason) == "no value in time"
    assert worded(found["population"])["excluded"][0]["reason"]["sentence"] == "no value in time"


def test_an_arm_without_events_has_no_hazard_ratio():
    frame = pd.DataFrame({"time": [1, 2, 3, 4, 5, 6], "gone": [1, 1, 0, 0, 0, 0], "arm": list("aaabbb")})
    found = analyse_table(frame, replace(OPTIONS, group="arm"))
    assert found["cox"] is None
    assert found["contrasts"][0]["hazard_ratio"] is None
    assert found["contrasts"][0]["rmst_difference"]["estimate"] > 0
    check = Check("ready-hazard-ratio", "warn", "arm-without-events", {"group": "arm", "arms": ("b",)})
    assert found["checks"][0] == check
    assert check_detail(check).startswith("No event is observed in arm b: it has no hazard ratio")


def test_times_past_the_follow_up_are_said():
    found = analyse_table(table(40), replace(OPTIONS, at=(5, 500)))
    assert len(found["arms"][0]["survival"]) == 1
    assert found["checks"][-1] == Check("ready-follow-up", "warn", values={"arms": ("all",)})
    assert check_detail(found["checks"][-1]) == (
        "Nobody in all is followed to the last times asked for, which are left out."
    )


@pytest.mark.parametrize("values", [["yes", "no"], [1, 2], ["1", "x"]])
def test_events_must_be_yes_or_no(values):
    frame = pd.DataFrame({"time": [1.0, 2.0], "gone": values})
    with pytest.raises(DataError, match=r"column gone holds .*write 1 .or true"):
        analyse_table(frame, OPTIONS)


def test_words_for_events_are_read():
    frame = pd.DataFrame({"time": [1.0, 2.0, 3.0], "gone": ["True", "false", "1"]})
    assert analyse_table(frame, OPTIONS)["arms"][0]["lapses"] == 2


@pytest.mark.parametrize(
    ("change", "error", "kind", "words"),
    [
        ({"duration": "days"}, DataError, "ready-columns-missing", "no column days; it has time, gone, arm"),
        ({"duration": "plan"}, DataError, "ready-not-numbers", "plan has 300 of 300 values that are not numbers"),
        ({"entry": "time"}, DataError, "entries-not-before-durations", "entry < duration"),
        ({"group": "arm", "strata": "arm"}, SettingsError, "ready-group-is-strata", "both group and strata"),
        ({"at": (-1.0,)}, SettingsError, "ready-time-below-zero", "0 or more; found −1"),
        ({"horizon": 1e6}, SettingsError, "horizon-past-follow-up", "nobody is followed past"),
        ({"covariates": ("time", "time2")}, DataError, "ready-columns-missing", "no column time2"),
    ],
)
def test_wrong_options_are_refused_in_words(change, error, kind, words):
    with pytest.raises(error, match=words) as refused:
        analyse_table(table(), replace(OPTIONS, **change))
    assert refused.value.kind == kind


def test_a_table_without_complete_rows_is_refused():
    frame = pd.DataFrame({"time": [None, 2.0], "gone": [1, None]})
    with pytest.raises(DataError, match="No row of 2 has a value"):
        analyse_table(frame, OPTIONS)
