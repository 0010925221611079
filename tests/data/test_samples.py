"""The sample study against a second implementation of lapse, censoring, Kaplan-Meier and restricted mean."""

import gzip
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.sample_text import branches
from recsys_core.data.samples import (
    FOLDER,
    HORIZON_DAYS,
    INACTIVITY_DAYS,
    SEED,
    STUDY,
    SampleStudy,
    main,
    simulate_study,
    simulate_truth,
    write_study,
)
from recsys_core.errors import SettingsError

PAIRS = (("bert", "cf"), ("bert", "popular"), ("cf", "popular"))
ACTIVITY = {"click", "read", "save"}
DAY = 86_400


@pytest.fixture(scope="module")
def study() -> SampleStudy:
    return simulate_study(SEED)


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))


def with_seconds(log: pd.DataFrame) -> pd.DataFrame:
    stamps = log["time"].str.removesuffix("Z").to_numpy().astype("datetime64[s]")
    return log.assign(second=stamps.astype(np.int64))


def day_table(log: pd.DataFrame) -> pd.DataFrame:
    """One row per user that can be judged: arm, day (of lapse or end of follow-up), event."""
    log = with_seconds(log)
    exposed = log[log["recommender"] != ""].drop_duplicates("user").set_index("user")
    start, arm = exposed["second"], exposed["recommender"]
    end, gap = log["second"].max(), INACTIVITY_DAYS * DAY
    active = log[log["event"].isin(ACTIVITY) & (log["second"] >= log["user"].map(start))]
    lapse = {}
    for user, seconds in active.groupby("user")["second"]:
        times = np.append(seconds.to_numpy(), np.inf)
        lapse[user] = times[np.flatnonzero(np.diff(times) > gap)[0]] - start[user]
    table = pd.DataFrame({"arm": arm, "lapse": pd.Series(lapse), "follow": end - gap - start})
    table = table[table["follow"] >= 0].fillna({"lapse": 0})
    lapse_day, followed = np.ceil(table["lapse"] / DAY), np.floor(table["follow"] / DAY)
    return pd.DataFrame({"arm": table["arm"], "event": lapse_day <= followed, "day": np.minimum(lapse_day, followed)})


def kaplan_meier(day: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, float, float]:
    """S(0 .. horizon), restricted mean of the day and its standard error (Greenwood)."""
    days = np.arange(HORIZON_DAYS + 1)
    lapses = np.array([(event & (day == d)).sum() for d in days])
    at_risk = np.array([(day >= d).sum() for d in days])
    survival = np.cumprod(1 - lapses / at_risk)
    after = np.array([survival[d:HORIZON_DAYS].sum() for d in days])
    variance = (after**2 * lapses / (at_risk * (at_risk - lapses))).sum()
    return survival, after[0], float(np.sqrt(variance))


def arm_results(log: pd.DataFrame) -> dict[str, tuple[np.ndarray, float, float]]:
    table = day_table(log)
    return {
        str(arm): kaplan_meier(rows["day"].to_numpy(), rows["event"].to_numpy()) for arm, rows in table.groupby("arm")
    }


def differences(log: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Difference of restricted means and its standard error, for each pair of arms."""
    results = arm_results(log)
    return {
        (one, other): (
            results[one][1] - results[other][1],
            float(np.hypot(results[one][2], results[other][2])),
        )
        for one, other in PAIRS
    }


def true_differences(truth: dict) -> dict[tuple[str, str], float]:
    return {(row["arm"], row["reference"]): row["rmst_difference"]["estimate"] for row in truth["contrasts"]}


def test_schema_and_size(study):
    log, items, users = study.interactions, study.items, study.users
    assert list(log.columns) == ["user", "item", "time", "event", "minutes", "recommender"]
    assert list(items.columns) == ["item", "title", "description", "topic", "branch", "published", "language"]
    assert list(users.columns) == ["user", "country", "plan", "channel"]
    assert len(users) == log["user"].nunique() == 6000
    assert set(log["user"]) == set(users["user"])
    assert set(log["item"]) <= set(items["item"])
    assert len(items) == 800
    assert set(log["event"]) == {"view", *ACTIVITY}
    assert set(log["recommender"]) == {"", "bert", "cf", "popular"}
    assert 200_000 < len(log) < 400_000


def test_times_are_sorted_utc_and_span_180_days(study):
    times = study.interactions["time"]
    assert times.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    assert times.is_monotonic_increasing
    assert times.iloc[0].startswith("2026-03-01")
    assert times.iloc[-1].startswith("2026-08-27")


def test_minutes_are_known_for_activity_only(study):
    log = study.interactions
    viewed = log["event"] == "view"
    assert log.loc[viewed, "minutes"].isna().all()
    assert (log.loc[~viewed, "minutes"] > 0).all()
    assert log.groupby("event")["minutes"].median()["read"] > log.groupby("event")["minutes"].median()["click"]


def test_no_item_is_served_before_it_is_published(study):
    rows = study.interactions.merge(study.items[["item", "published"]], on="item")
    assert (rows["time"].str[:10] >= rows["published"]).all()


def test_first_exposure_is_one_opening_and_its_shelf_at_the_same_second(study):
    log = study.interactions
    served = log[log["recommender"] != ""]
    start = served.groupby("user")["time"].transform("first")
    first = served[served["time"] == start]
    counts = first.assign(active=first["event"] != "view").groupby("user")["active"].agg(["sum", "size"])
    assert (counts["sum"] == 1).all()
    assert (counts["size"] == 4).all()


def test_same_seed_same_bytes(tmp_path):
    write_study(tmp_path / "one", seed=5, users=300)
    write_study(tmp_path / "two", seed=5, users=300)
    write_study(tmp_path / "other", seed=6, users=300)
    names = ["interactions.csv.gz", "items.csv", "study.toml", "users.csv"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one" / names[0]).read_bytes() != (tmp_path / "other" / names[0]).read_bytes()
    assert (tmp_path / "one" / "items.csv").read_bytes() == (tmp_path / "other" / "items.csv").read_bytes()


def test_shipped_files_are_those_of_the_seed_and_small(study):
    with gzip.open(FOLDER / "interactions.csv.gz", "rt", encoding="utf-8") as file:
        shipped = pd.read_csv(file, keep_default_na=False, dtype=str)
    expected = study.interactions
    assert (shipped["time"] == expected["time"]).all()
    assert (
        shipped[["user", "item", "event", "recommender"]].to_numpy()
        == expected[["user", "item", "event", "recommender"]].to_numpy()
    ).all()
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000


def test_study_file_names_columns_that_exist(study):
    settings = tomllib.loads((FOLDER / "study.toml").read_text(encoding="utf-8"))
    data, retention = settings["data"], settings["retention"]
    roles = ("user", "item", "time", "event", "value", "recommender")
    assert {data[role] for role in roles} == set(study.interactions.columns)
    assert set(data["text"]) <= set(study.items.columns)
    assert all((FOLDER / data[name]).is_file() for name in ("log", "items", "users"))
    assert set(retention["activity_events"]) == ACTIVITY
    assert (retention["inactivity_days"], retention["horizon_days"]) == (INACTIVITY_DAYS, HORIZON_DAYS)


def test_arms_are_even_and_few_switch(study):
    served = study.interactions[study.interactions["recommender"] != ""]
    arms = served.drop_duplicates("user")["recommender"].value_counts()
    statistic = ((arms - 2000) ** 2 / 2000).sum()
    assert statistic < 13.8  # chi-square, 2 degrees of freedom, p = .001
    switchers = served.drop_duplicates(["user", "recommender"])["user"].duplicated().sum() / 6000
    assert 0.03 < switchers < 0.055


def test_some_users_are_older_than_their_exposure(study):
    log = study.interactions
    served = log["recommender"] != ""
    start = log["user"].map(log[served].groupby("user")["time"].first())
    before = log[log["time"] < start]
    assert 0.11 < before["user"].nunique() / 6000 < 0.16
    assert (before["recommender"] == "").all()
    assert before["time"].min() < "2026-03-02"


def test_attributes_do_not_depend_on_the_arm(study):
    served = study.interactions[study.interactions["recommender"] != ""]
    arms = served.drop_duplicates("user")[["user", "recommender"]].merge(study.users, on="user")
    for column in ("country", "plan", "channel"):
        shares = pd.crosstab(arms["recommender"], arms[column], normalize="index")
        assert (shares.max() - shares.min()).max() < 0.06


@pytest.mark.parametrize("effect", [True, False])
def test_recommenders_differ_in_the_relevance_of_what_they_serve(study, effect):
    """How often a served item has the branch of the first item that the user opened."""
    log = study.interactions if effect else simulate_study(SEED, effect=False).interactions
    log = log.merge(study.items[["item", "branch"]], on="item").sort_values("time", kind="stable")
    served = log[log["recommender"] != ""]
    first = served[served["event"] != "view"].drop_duplicates("user").set_index("user")
    later = served[(served["event"] == "view") & (served["time"] > served["user"].map(first["time"]))]
    hits = later["branch"] == later["user"].map(first["branch"])
    rate = hits.groupby(later["user"].map(first["recommender"])).mean()
    if effect:
        assert rate["bert"] > 1.2 * rate["cf"] > 1.2 * 1.2 * rate["popular"]
    else:
        assert rate.max() < 1.15 * rate.min()


def words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-zà-ÿ]+", text.lower()) if len(word) > 3]


def leave_one_out(labels: np.ndarray, counts: np.ndarray) -> float:
    """Accuracy of the nearest centroid of tf-idf vectors, each item left out of its own centroid."""
    weights = counts * np.log(len(counts) / np.maximum((counts > 0).sum(axis=0), 1))
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    names, position = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(names), weights.shape[1]))
    np.add.at(sums, position, weights)
    scores = weights @ (sums / np.linalg.norm(sums, axis=1, keepdims=True)).T
    own = sums[position] - weights
    rows = np.arange(len(weights))
    scores[rows, position] = (own * weights).sum(axis=1) / np.linalg.norm(own, axis=1)
    return float((scores.argmax(axis=1) == position).mean())


def test_texts_are_distinct_and_tell_topic_and_branch(study):
    items = study.items
    assert items["title"].is_unique
    assert items["description"].nunique() > 790
    assert items["topic"].nunique() == 12
    assert items["branch"].nunique() == len(branches()) == 60
    assert not items[["title", "description"]].apply(lambda column: column.str.contains("[{}]")).any(axis=None)
    bags = [Counter(words(f"{row.title} {row.description}")) for row in items.itertuples()]
    vocabulary = sorted(set().union(*bags))
    counts = np.array([[bag[word] for word in vocabulary] for bag in bags], dtype=float)
    assert leave_one_out(items["topic"].to_numpy(), counts) > 0.95
    assert leave_one_out(items["branch"].to_numpy(), counts) > 0.95


def test_curves_look_like_a_reading_app(study):
    for survival, mean, stderr in arm_results(study.interactions).values():
        assert 0.74 < survival[0] < 0.86
        assert 0.1 < survival[60] < 0.38
        assert 20 < mean < 33
        assert 0.5 < stderr < 0.75


def test_truth_is_ordered_and_precise(truth):
    means = {arm["name"]: arm["rmst"]["estimate"] for arm in truth["arms"]}
    assert means["bert"] > means["cf"] > means["popular"]
    assert truth["users_per_arm"] >= 40_000
    assert 2.5 < true_differences(truth)["bert", "cf"] < 4.0
    assert all(row["rmst_difference"]["stderr"] < 0.15 for row in truth["contrasts"])
    for arm in truth["arms"]:
        survival = [row["estimate"] for row in arm["survival"]]
        assert survival == sorted(survival, reverse=True)


def test_truth_file_is_what_the_program_gives(truth):
    again = simulate_truth(truth["seed"] + 1, users=6_000)
    for shipped, fresh in zip(truth["arms"], again["arms"], strict=True):
        assert shipped["name"] == fresh["name"]
        difference = fresh["rmst"]["estimate"] - shipped["rmst"]["estimate"]
        assert abs(difference) < 4 * np.hypot(fresh["rmst"]["stderr"], shipped["rmst"]["stderr"])
    assert simulate_truth(3, users=200) == simulate_truth(3, users=200)


def test_truth_without_effect_is_zero():
    for row in simulate_truth(4, users=6_000, effect=False)["contrasts"]:
        difference = row["rmst_difference"]
        assert abs(difference["estimate"]) < 4 * difference["stderr"]


@pytest.mark.parametrize("seed", [SEED, 2, 3])
def test_log_agrees_with_the_truth(seed, truth):
    log = simulate_study(seed).interactions
    for pair, (difference, stderr) in differences(log).items():
        assert abs(difference - true_differences(truth)[pair]) < 1.96 * stderr
    curves = arm_results(log)
    for arm in truth["arms"]:
        for row in arm["survival"]:
            assert abs(curves[arm["name"]][0][row["day"]] - row["estimate"]) < 0.045


@pytest.mark.parametrize("seed", [SEED, 2, 3])
def test_no_difference_without_effect(seed):
    for difference, stderr in differences(simulate_study(seed, effect=False).interactions).values():
        assert abs(difference) < 1.96 * stderr


def test_command_line_writes_both(tmp_path):
    main(["--folder", str(tmp_path), "--users", "100", "--seed", "3"])
    main(["--folder", str(tmp_path), "--users", "200", "--truth"])
    assert Path(tmp_path / "interactions.csv.gz").stat().st_size > 1000
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["users_per_arm"] == 200


def test_too_few_users_are_refused():
    with pytest.raises(SettingsError, match="with 29 users was asked for: ask for 30 or more"):
        simulate_study(1, users=29)


def test_the_shipped_study_file_is_the_generators():
    assert (FOLDER / "study.toml").read_text(encoding="utf-8") == STUDY
