"""Attributes that were not known at the start are told from those that were; assignment is held to what was."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.population.hindsight import find_hindsight, sampled
from recsys_core.retention.population.known_at_exposure import assignment_balance
from recsys_core.retention.population.prepared import covariates_of, prepare
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.settings import RetentionSettings

DAYS, USERS = 120, 600
SETTINGS = RetentionSettings(inactivity_days=14, horizon_days=30, resamples=50)


def log_of(make_log, seed=1, attributes=None, leaning=0.0):
    """Users of gamma rates and exponential lives; attributes are made of what each user did."""
    rng = np.random.default_rng(seed)
    rate, life, start = rng.gamma(2, 0.15, USERS) + 0.03, rng.exponential(40, USERS), rng.uniform(0, DAYS - 1, USERS)
    segment = rng.integers(0, 2, USERS)
    arm = np.where(rng.random(USERS) < 0.5 + leaning * (segment - 0.5), "bert", "cf")
    rows, facts = [], []
    for user in range(USERS):
        times = np.sort(np.r_[0, rng.uniform(0, life[user], rng.poisson(rate[user] * life[user]))]) + start[user]
        times = times[times <= DAYS]
        rows += [(f"u{user:04d}", time, arm[user]) for time in times]
        facts.append({"user": f"u{user:04d}", "events": len(times), "last": times[-1], "start": start[user],
                      "rate": rate[user], "segment": f"s{segment[user]}"})  # fmt: skip
    rows.append(("end", float(DAYS), "cf"))
    frame = pd.DataFrame(facts)
    made = pd.DataFrame({"user": frame["user"]} | {n: make(frame, rng) for n, make in (attributes or {}).items()})
    return make_log(rows, users=made.to_csv(index=False))


def dates(days):
    return [f"{pd.Timestamp('2026-03-01 12:00') + pd.Timedelta(days=day):%Y-%m-%d}" for day in days]


TOLD_BY_LATER = {
    "total": lambda f, _: f["events"],
    "spent": lambda f, rng: (f["events"] * rng.uniform(0.8, 1.2, len(f))).round(2),
    "idle": lambda f, _: np.round(DAYS - f["last"], 1),
    "seen": lambda f, _: dates(f["last"]),
    "status": lambda f, _: np.where(f["last"] > DAYS - 14, "active", "churned"),
    "once": lambda f, _: np.where(f["events"] == 1, "yes", "no"),
}
KNOWN_BEFORE = {
    "age": lambda f, rng: rng.integers(18, 80, len(f)),
    "segment": lambda f, _: f["segment"],
    "signup": lambda f, _: dates(f["start"]),
    "month": lambda f, _: (f["start"] // 30).astype(int).astype(str) + " m",
    "habit": lambda f, rng: np.round(np.log(f["rate"]) + rng.normal(0, 0.15, len(f)), 3),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_follows_later_events_is_found_and_nothing_else(make_log, seed):
    data = log_of(make_log, seed, TOLD_BY_LATER | KNOWN_BEFORE)
    with prepare(data, SETTINGS) as ready:
        found = {one.attribute: one for one in ready.hindsight}
    assert set(found) == set(TOLD_BY_LATER)
    assert {found["total"].event, found["seen"].event, found["once"].level in {"yes", "no"}} <= {
        "events", "last-activity", "later-date", "active-days", "life", True,
    }  # fmt: skip


def test_a_rank_correlation_of_seven_tenths_is_no_hindsight(make_log):
    """Heaviness known before, as close to later activity as it may come, is never refused."""
    for seed in range(3):
        noisy = {
            f"heavy{at}": lambda f, rng: np.round(f["events"].rank().to_numpy() / USERS + rng.normal(0, 0.29, USERS), 4)
            for at in range(5)
        }
        data = log_of(make_log, 10 + seed, noisy)
        with prepare(data, SETTINGS) as ready:
            assert ready.hindsight == ()


def test_hindsight_is_refused_where_it_is_asked_for(make_log):
    data = log_of(make_log, 4, {"total": TOLD_BY_LATER["total"], "segment": KNOWN_BEFORE["segment"]})
    for asked in ({"covariates": ("total",)}, {"segments": ("total",)}):
        with pytest.raises(SettingsError) as refused:
            analyse_retention(data, SETTINGS.changed(asked))
        assert refused.value.kind == "covariate-hindsight"
        assert refused.value.values["attribute"] == "total"
        assert "was not known at the start of a user's clock" in str(refused.value)
    with prepare(data, SETTINGS.changed({"covariates": ("segment",)})) as ready:
        assert list(covariates_of(ready, ready.table).columns) == ["segment"]
    balance = next(check for check in analyse_retention(data, SETTINGS).checks if check.code == "balance")
    assert balance.values["attributes"] == ("segment",)
    assert balance.values["left_out"][0].values["attribute"] == "total"


def test_arms_that_lean_towards_a_segment_fail_the_claim_of_assignment(make_log):
    attributes = {name: KNOWN_BEFORE[name] for name in ("segment", "age", "signup")}
    data = log_of(make_log, 5, attributes, leaning=0.5)
    with prepare(data, SETTINGS) as ready:
        found = assignment_balance(ready.dataset, ready.table, ready.hindsight)
    assert found.test.p < 0.001
    assert found.worst == "segment"
    assert set(found.attributes) == set(attributes)
    even = log_of(make_log, 6, attributes)
    with prepare(even, SETTINGS) as ready:
        assert assignment_balance(ready.dataset, ready.table, ready.hindsight).test.p > 0.01


def test_samples_do_not_hang_on_the_order_of_rows():
    users = pd.DataFrame({"user_id": [f"u{n}" for n in range(500)]})
    mixed = users.sample(frac=1, random_state=1)
    assert set(sampled(users, 100)["user_id"]) == set(sampled(mixed, 100)["user_id"])
    assert len(sampled(users, 100)) == 100


def test_too_few_users_tell_nothing(make_log):
    data = log_of(make_log, 7, {"total": TOLD_BY_LATER["total"]})
    with prepare(data, SETTINGS) as ready:
        assert find_hindsight(data, ready.cohorts, ready.table.users.head(40), ("total",)) == ()
