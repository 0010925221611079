"""Does better ranking go with staying: what is counted, what is found, and what is said."""

import math

import numpy as np
import pandas as pd
import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.retention.study.ranking_hazard import per_user_ndcg, ranking_hazards
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import check_detail, check_name, say

SETTINGS = RetentionSettings(inactivity_days=7, landmark_days=10)
SPLIT, LANDMARK, LOG_END = 60, 70, 100


def frame_of(rows, start=0):
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "day", "rank"])
    frame["time"] = (start + frame.pop("day") * DAY_SECONDS).round().astype("int64")
    return frame.astype({"rank": float})


def test_ndcg_is_that_of_the_window():
    rows = [("u", "i", 61, 1), ("u", "j", 65, 3), ("u", "late", 71, 1), ("v", "i", 70, 11), ("w", "early", 60, 1)]
    found = per_user_ndcg({"ease": frame_of(rows)}, SPLIT * DAY_SECONDS, LANDMARK * DAY_SECONDS, 10)
    assert list(found.index) == ["u", "v"]
    assert found.loc["u", "ease"] == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert found.loc["v", "ease"] == 0
    assert list(found["new items in the window"]) == [2, 1]


def test_models_judged_on_other_items_are_refused():
    given = {"ease": frame_of([("u", "i", 61, 1)]), "bpr": frame_of([("u", "i", 61, 1), ("u", "j", 62, 1)])}
    with pytest.raises(DataError, match="bpr was not judged on the same users and items") as raised:
        per_user_ndcg(given, 0, LANDMARK * DAY_SECONDS, 10)
    assert raised.value.kind == "ranking-hazard-models-not-alike"


@pytest.fixture
def study(make_log):
    """Users of one new item: whom ease ranks well stay longer; bpr ranks at random; popular ranks all alike."""
    rng = np.random.default_rng(4)
    visits, ranks = [("none", float(day)) for day in range(0, LOG_END + 1, 5)], []
    for user in range(240):
        good = bool(user % 2)
        life = 69 + rng.exponential(30 if good else 8)
        times = np.r_[55 + rng.random(), 65, np.arange(69, min(life, LOG_END), 2.5)]
        visits += [(f"u{user}", float(t)) for t in times]
        ranks.append((f"u{user}", 1 if good else 20, int(rng.integers(1, 15))))
    data = make_log(visits)
    targets = {
        name: frame_of([(user, "i", 65, rank[place]) for user, *rank in ranks], data.first_time)
        for place, name in enumerate(("ease", "bpr"))
    }
    targets["popular"] = targets["ease"].assign(rank=30.0)
    return data, AffinityInput(data.first_time + SPLIT * DAY_SECONDS, targets)


def test_better_ranking_of_those_who_stay_is_found_and_called_an_association(study):
    found = ranking_hazards(*study[:1], SETTINGS, study[1])
    ease, bpr, popular = found.models
    assert (found.users, found.k, found.landmark - found.test_from) == (240, 10, 10 * DAY_SECONDS)
    assert {e.reason.code: e.users for e in found.excluded} == {"exclusion-no-new-item": 1}
    assert say(found.excluded[0].reason) == "took no new item in the landmark window (neither)"
    assert ease.hazard_ratio.upper < 1
    assert ease.hazard_ratio_sd.estimate == pytest.approx(ease.hazard_ratio.estimate ** (ease.ndcg_sd / 0.1))
    assert ease.p_holm == pytest.approx(2 * ease.hazard_ratio.p)
    assert (ease.finding.code, bpr.finding.code) == ("ranking-hazard-slower", "ranking-hazard-not-clear")
    assert (ease.finding.values["users"], ease.finding.values["p_holm"]) == (240, ease.p_holm)
    assert say(ease.finding).startswith("Better ranking by ease is associated with slower lapsing: hazard ratio 0.")
    assert "among 240 users, compared with others alike in activity" in say(ease.finding)
    assert say(bpr.finding).startswith("Better ranking by bpr is not clearly associated with lapsing")
    assert [check.code for check in ease.checks] == [
        "ranking-hazard-lapses", "ranking-hazard-spread", "ranking-hazard-association", "ranking-hazard-proportional",
    ]  # fmt: skip
    assert [check_name(check) for check in ease.checks] == ["Lapses", "Spread", "Association", "Hazards"]
    assert check_detail(ease.checks[0]).startswith("The hazard ratio rests on ")
    assert (popular.hazard_ratio, popular.finding.code) == (None, "ranking-hazard-not-estimable")
    said = say(popular.finding)
    assert said.startswith("Whether better ranking by popular goes with staying cannot be estimated.")


def test_what_is_needed_is_said(study):
    data, given = study
    late = AffinityInput(data.first_time + 90 * DAY_SECONDS, given.targets)
    with pytest.raises(SettingsError, match="leaves 10.0 days of log"):
        ranking_hazards(data, SETTINGS, late)
    nobody = {"ease": frame_of([("nobody", "i", 65, 1)], data.first_time)}
    with pytest.raises(
        DataError, match="No user took a new item in the landmark window and can be followed after it"
    ) as raised:
        ranking_hazards(data, SETTINGS, AffinityInput(given.test_from, nobody))
    assert raised.value.kind == "ranking-hazard-without-users"
