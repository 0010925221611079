"""Who will lapse, from raw events with known chances of leaving."""

import json

import numpy as np
import pandas as pd
import pytest

from recsys_core import columns as col
from recsys_core.answers import message
from recsys_core.charts.retention.risk_chart import risk_rows
from recsys_core.errors import DataError
from recsys_core.objects.risk_objects import risk_object
from recsys_core.risk.encoding import Encoding
from recsys_core.risk.foretell import foretell, landmarks
from recsys_core.risk.hazard_models import DiscreteRisk, Learnt
from recsys_core.risk.risk_answer import checks_of, definitions_of, first_score, verdict_of
from recsys_core.settings import RetentionSettings, RiskSettings
from recsys_core.wording.sentences import check_detail, check_name, pairs, say, sentence
from tests.risk.conftest import DAY, GAP, imported, made_log

RETENTION = RetentionSettings(inactivity_days=GAP)
SETTINGS = RiskSettings(days=21)


@pytest.fixture(scope="module")
def found(telling):
    return foretell(telling, RETENTION, SETTINGS)


def test_risks_come_true_on_later_time(found):
    """Users of two kinds leave at .01 and .10 a visit: all models see that, and their risks are calibrated."""
    for model in ("cox", "logistic", "boosted"):
        one = first_score(found, model)
        print(model, one.auc, one.slope, one.brier.estimate, one.skill)
        assert one.auc.lower > 0.7
        assert one.skill > 0.15
        assert abs(one.predicted - one.observed) < 0.06
        assert 0.7 < one.slope.estimate < 1.35
    assert found.horizons == (GAP, 21)
    ranking = next(check for check in checks_of(found) if check.code == "risk-ranking")
    assert (ranking.status, ranking.finding) == ("pass", "better-than-chance")
    assert (check_name(ranking), ".50 is a toss of a coin" in check_detail(ranking)) == ("Ranking", True)


def test_everybody_still_here_is_listed_with_risks_and_reasons(found):
    users = found.users
    risks = users[[name for name in users if name.endswith("d") and "_" in name and name != col.USER]]
    assert risks.shape[1] == 6
    assert ((risks >= 0) & (risks <= 1)).all(axis=None)
    assert (users["cox_21d"] >= users["cox_7d"] - 0.05).all()  # recalibrated one by one, so not exactly in order
    assert users["cox_21d"].is_monotonic_decreasing
    assert users["reason_1"].isin(["kind", "days-since-last-active"]).mean() > 0.5
    assert not users[["reason_1", "reason_2"]].isin(["coin"]).any(axis=None)
    said = pd.Series([row["reason_1"] for row in risk_rows(found)])
    assert said.str.contains("kind fickle: up|kind loyal: down|last active").mean() > 0.5
    answer = verdict_of(found)
    likely = int((users["cox_21d"] > 0.5).sum())
    assert (answer.state, answer.code) == ("single", "risk-told")
    assert answer.values == {"likely": likely, "users": len(users), "days": 21}
    assert sentence(answer).startswith(f"{likely:,} users of {len(users):,} still here are likelier than not")


def test_the_mean_risk_is_what_the_simulation_gives(found, telling):
    """The users at the log's end, gone on with for 21 days by the simulation's own rule."""
    kinds = telling.users_table().to_pandas().set_index("user_id")["kind"].reindex(found.users[col.USER])
    rng, leaving = np.random.default_rng(5), np.where(kinds == "loyal", 0.01, 0.10)
    # whoever left at the last visit is among them: that was decided with the same chance, unseen
    gone = rng.random((200, leaving.size)) < leaving
    visits = rng.poisson(21 / 1.5, (200, leaving.size))
    lapse = gone | (rng.random((200, leaving.size)) > (1 - leaving) ** np.maximum(visits, 0))
    recent = found.users["cox_21d"].mean()
    assert recent == pytest.approx(lapse.mean(), abs=0.08)


def test_moments_leave_no_way_for_the_future_into_training(telling, found):
    marks = found.landmarks
    ahead = (GAP + 21) * DAY
    assert marks.predict == telling.log_end
    assert marks.evaluate == telling.log_end - ahead
    assert max(marks.train) == marks.evaluate - ahead
    assert min(marks.train) >= telling.first_time + 28 * DAY
    assert len(marks.train) == 4


def test_a_test_that_is_changed_afterwards_leaves_the_models_alone(tmp_path):
    """What happens after the test moment changes scores, never what was learnt."""
    log, users = made_log(600, 8)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = imported(tmp_path / "a", log, users)
    marks = landmarks(whole, SETTINGS, GAP, whole.log_end)
    late = (log["time"] > marks.evaluate) & (log["time"] < whole.log_end)
    other = imported(tmp_path / "b", log[~late | (np.arange(len(log)) % 3 == 0)], users)
    first, second = (foretell(data, RETENTION, SETTINGS) for data in (whole, other))
    assert first.landmarks == second.landmarks
    assert first.learnt == second.learnt
    assert [b.predicted for b in first.calibration] == pytest.approx([b.predicted for b in second.calibration])
    assert [b.observed for b in first.calibration] != [b.observed for b in second.calibration]


def test_where_nothing_tells_who_leaves_no_list_is_made(tmp_path):
    log, _ = made_log(500, 4, telling=False)
    result = foretell(imported(tmp_path, log), RETENTION, SETTINGS.changed({"history_days": 7}))
    one = first_score(result)
    assert one.auc.lower < 0.65
    ranking = next(check for check in checks_of(result) if check.code == "risk-ranking")
    assert (verdict_of(result).state == "blocked") == (ranking.status == "fail")


def test_shuffled_outcomes_teach_nothing():
    rng = np.random.default_rng(6)
    design = pd.DataFrame(rng.normal(size=(3000, 4)), columns=list("abcd"))
    lapse = rng.geometric(0.05, 3000).astype(float)
    learnt = Learnt(design, np.minimum(lapse, 21), (lapse <= 21).astype(float), np.arange(3000))
    fresh = pd.DataFrame(rng.normal(size=(3000, 4)), columns=list("abcd"))
    for boosted in (False, True):
        risk = DiscreteRisk(learnt, (7, 21), boosted=boosted, seed=1).risk(fresh, (7, 21))
        # P(lapse by day d) = 1 - .95^d; day 0 cannot happen here
        assert risk.mean(axis=0) == pytest.approx([1 - 0.95**7, 1 - 0.95**21], abs=0.03)
        assert risk[:, 1].std() < 0.06


def test_a_short_log_says_how_many_days_it_takes(tmp_path):
    log, _ = made_log(200, 2)
    log = log[log["time"] < log["time"].min() + 60 * DAY]
    with pytest.raises(
        DataError, match="takes 84: 28 of history, and twice the gap of 7 days and the days ahead"
    ) as raised:
        foretell(imported(tmp_path, log), RETENTION, SETTINGS)
    assert (raised.value.kind, raised.value.values["needed"]) == ("risk-log-too-short", 84)
    assert raised.value.advice == "Bring a longer log, or ask for fewer days ahead."


def test_few_users_are_said_to_be_few(tmp_path):
    log, _ = made_log(30, 2)
    with pytest.raises(DataError, match="to learn who does takes 30 who do and 30 who do not") as raised:
        foretell(imported(tmp_path, log), RETENTION, SETTINGS)
    assert raised.value.kind == "risk-too-few-lapses"


def test_columns_that_cannot_be_used_are_named():
    known = pd.DataFrame({"same": 1.0, "x": np.arange(100.0), "twice": 0.0, "word": ["a", "b"] * 50,
                          "name": [f"n{n}" for n in range(100)], "plan": [None, "p"] * 50})  # fmt: skip
    known["twice"] = np.expm1(2 * np.log1p(known["x"]))
    found = Encoding.learn(known, {"twice": message("risk-covariate-first-seen")})
    assert found.columns == ("x", "word=b")  # plan says the same as word
    assert message("warning-risk-too-many-levels", attribute="name", levels=100, most=30) in found.left_out
    said = [say(one) for one in found.left_out]
    assert "name has 100 different values; at most 30 can be used." in said
    assert "same is alike for all users or follows from the others." in said
    assert "days since first seen is alike for all users or follows from the others." in said
    new = found.apply(pd.DataFrame({"same": [2.0], "x": [np.nan], "twice": [0.0], "word": ["c"], "name": ["z"],
                                    "plan": ["q"]}))  # fmt: skip
    assert np.isfinite(new.to_numpy()).all()


def test_the_object_is_plain_json(found):
    told = json.loads(json.dumps(risk_object(found), allow_nan=False))
    assert told["users"] == len(found.users)
    assert told["answer"]["state"] == "single"
    assert {one["model"] for one in told["scores"]} == {"cox", "logistic", "boosted"}
    assert "active in the 7 days before" in dict(pairs(definitions_of(found)))["Population"]
