"""From raw events to the verdict: known truth, no effect, and logs with next to nothing in them."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from recsys_core.answers import message, verbatim
from recsys_core.errors import DataError, SettingsError
from recsys_core.objects.retention_object import retention_object
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.retention.study.retention_definitions import how_computed
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import pairs, say, sentence

GAP, LOG_DAYS, VISITS = 14, 120, 80
SETTINGS = RetentionSettings(inactivity_days=GAP, horizon_days=60)


def draw(rng, users, leaving):
    """Visits: exponential gaps of 3 days on average, and after each visit a chance of leaving for good."""
    gaps = rng.exponential(3.0, (users, VISITS))
    comes = np.arange(VISITS) < rng.geometric(leaving, users)[:, None] - 1
    return gaps, comes


def truth(leaving, horizon=60):
    """E[min(ceil(T), horizon)] and its standard error, from users who are followed for ever."""
    gaps, comes = draw(np.random.default_rng(99), 100_000, leaving)
    stays = np.logical_and.accumulate(comes & (gaps <= GAP), axis=1)
    days = np.minimum(np.ceil((gaps * stays).sum(axis=1)), horizon)
    return days.mean(), days.std() / np.sqrt(days.size)


def simulated_rows(seed, users, leaving):
    rng = np.random.default_rng(seed)
    rows = []
    for arm, chance in leaving.items():
        gaps, comes = draw(rng, users, chance)
        starts = rng.uniform(0, LOG_DAYS, users)
        times = np.hstack([starts[:, None], starts[:, None] + np.cumsum(gaps, axis=1)])
        seen = np.hstack([np.ones((users, 1), dtype=bool), comes]) & (times <= LOG_DAYS)
        rows += [(f"{arm}{user}", times[user, visit], arm) for user, visit in zip(*np.nonzero(seen), strict=True)]
    return rows


def sent(result):
    """The JSON object; whatever is no number would raise."""
    return json.loads(json.dumps(retention_object(result), allow_nan=False))


def stays(user, arm, first=0.0, last=40):
    return [(user, first + day, arm) for day in range(0, last + 1, 4)]


def test_a_known_truth_is_found_again(make_log):
    leaving = {"bert": 0.08, "cf": 0.12}
    result = analyse_retention(make_log(simulated_rows(3, 1500, leaving)), SETTINGS)
    known = {arm: truth(chance) for arm, chance in leaving.items()}
    for arm in result.arms:
        days, stderr = known[arm.name]
        assert abs(arm.rmst.estimate - days) < 4 * np.hypot(arm.rmst.stderr, stderr)
    found = result.contrasts[0].rmst_difference
    assert (result.contrasts[0].arm, result.verdict.state) == ("bert", "winner")
    assert abs(found.estimate - (known["bert"][0] - known["cf"][0])) < 4 * found.stderr
    assert found.lower < known["bert"][0] - known["cf"][0] < found.upper
    assert result.contrasts[0].hazard_ratio.upper < 1
    assert sent(result)["answer"]["state"] == "winner"


@pytest.mark.slow
def test_without_an_effect_a_winner_is_rare(make_log):
    """Of 40 seeds 5 % name a winner on average; more than 6 (15 %) happen with a chance of .3 %."""
    states = []
    for seed in range(40):
        data = make_log(simulated_rows(seed, 250, {"bert": 0.1, "cf": 0.1}))
        result = analyse_retention(data, SETTINGS)
        states.append(result.verdict.state == "winner" or result.contrasts[0].rmst_difference.p < 0.05)
    print(f"{sum(states)} of 40 seeds reject without an effect")
    assert 0 <= np.mean(states) <= 0.15


def test_settings_left_open_are_resolved_and_returned(make_log):
    result = analyse_retention(make_log(simulated_rows(5, 200, {"bert": 0.1, "cf": 0.1})), RetentionSettings())
    settings = result.settings
    assert (settings.cohort, settings.burn_in_days) == ("recommender", 0)
    assert settings.inactivity_days == result.gaps.suggested
    at_risk = [[point.at_risk for point in (*arm.survival, *arm.tail)] for arm in result.arms]
    assert min(len([n for n in arm if n >= 10]) for arm in at_risk) - 1 == settings.horizon_days
    assert settings.report_day == settings.horizon_days // 2
    assert [row.inactivity_days for row in result.sensitivity] == [
        settings.inactivity_days // 2,
        settings.inactivity_days * 2,
    ]
    assert all(row.rmst_difference or row.note for row in result.sensitivity)
    assert [name for name, _ in pairs(result.definitions)] == [
        "Population", "Start", "Lapse", "Censoring", "Coming back", "Clock", "Figures",
    ]  # fmt: skip


def test_definitions_name_what_was_counted(make_log):
    rows = [(*row, "click") for row in stays("a", "x")] + [("late", 39.0, "x", "click"), ("a", 1.0, "x", "impression")]
    result = analyse_retention(make_log(rows), RetentionSettings(inactivity_days=7, day_rule="calendar"))
    told = dict(pairs(result.definitions))
    assert told["Population"] == "1 user who started 1 March 2026. Left out: 1 came too late to be judged."
    assert told["Lapse"] == "Last activity before the first gap longer than 7 days."
    assert told["Coming back"] == "Click count as activity; impression does not."
    assert told["Clock"] == "Days are calendar dates in UTC. Log window 2026-03-01 12:00 to 2026-04-10 12:00 UTC."


def test_three_arms_are_contrasted_best_first(make_log):
    rows = simulated_rows(4, 600, {"a": 0.05, "b": 0.1, "c": 0.2})
    result = analyse_retention(make_log(rows), RetentionSettings(inactivity_days=GAP, horizon_days=40))
    assert [arm.name for arm in result.arms] == ["a", "b", "c"]
    assert [(c.arm, c.reference) for c in result.contrasts] == [("a", "b"), ("a", "c"), ("b", "c")]
    for found in result.contrasts:
        assert found.rmst_difference.p <= found.rmst_difference.p_holm <= min(3 * found.rmst_difference.p, 1)
    assert (result.logrank.df, result.verdict.state) == (2, "winner")
    assert result.cox.proportional_hazards[-1].term == "GLOBAL"


def test_attributes_adjust_the_contrast(make_log):
    rows = simulated_rows(6, 300, {"bert": 0.1, "cf": 0.1})
    users = pd.DataFrame({"user": sorted({row[0] for row in rows})})
    users["plan"] = ["free" if int(user.strip("bertcf")) % 3 else "paid" for user in users["user"]]
    data = make_log(rows, users=users.to_csv(index=False))
    settings = RetentionSettings(inactivity_days=GAP, horizon_days=30, covariates=("plan",), resamples=50)
    result = analyse_retention(data, settings)
    found = result.contrasts[0]
    assert [one.method for one in found.adjusted_methods] == ["aipw", "iptw", "g-computation"]
    assert found.adjusted.rmst_difference.estimate == pytest.approx(found.rmst_difference.estimate, abs=1.0)
    assert found.adjusted.rmst_difference.p_holm == pytest.approx(found.adjusted.rmst_difference.p)
    assert {"balance", "overlap"} <= {check.code for check in result.checks}
    assert [term.name for term in result.cox.terms] == [f"arm={found.arm}", "plan=paid"]
    assert sent(result)["contrasts"][0]["adjusted"]["method"] == "aipw"


def log_of_sides(make_log):
    """Arms that each served one side only."""
    rows = simulated_rows(6, 60, {"bert": 0.1, "cf": 0.1})
    users = "user,side\n" + "".join(f"{user},{user[0]}\n" for user in sorted({row[0] for row in rows}))
    return make_log(rows, users=users)


def test_a_failed_adjustment_blocks_where_it_should_decide(make_log):
    asked = RetentionSettings(inactivity_days=7, covariates=("side",), randomised=False)
    data = log_of_sides(make_log)
    result = analyse_retention(data, asked)
    assert result.contrasts[0].adjusted is None
    check = next(check for check in result.checks if check.code == "adjustment")
    assert (check.status, check.finding) == ("fail", "refused")
    assert check.values["reason"].code == "adjustment-never-served"
    assert check.values["reason"].values["attribute"] == "side"
    assert result.verdict.state == "blocked"
    assert "never served users with side" in say(check.detail)
    assert "set retention.estimand to 'overlap'" in say(check.detail)
    assert result.cox.terms[0].name == f"arm={result.contrasts[0].arm}"  # the model without attributes stands
    assert [row["sentence"] for row in sent(result)["warnings"]] == [say(warning) for warning in result.warnings]
    nobody = analyse_retention(data, asked.changed({"estimand": "overlap"}))
    check = next(check for check in nobody.checks if check.code == "adjustment")
    assert check.values["reason"].values["reason"].code == "error-adjustment-nobody-served-by-both"


def test_arms_that_differ_in_what_was_known_are_not_randomised(make_log):
    result = analyse_retention(log_of_sides(make_log), RetentionSettings(inactivity_days=7, covariates=("side",)))
    checks = {check.code: check for check in result.checks}
    assert (checks["balance"].status, checks["balance"].values["term"]) == ("fail", "side")
    assert checks["adjustment"].status == "warn"  # an adjusted contrast would not decide
    assert (result.verdict.state, result.verdict.values["failed"]) == ("blocked", "balance")


def test_nobody_lapses(make_log):
    rows = [row for n in range(20) for row in stays(f"u{n}", "ab"[n % 2], n / 100)]
    result = analyse_retention(make_log(rows), RetentionSettings(inactivity_days=7))
    assert [arm.lapses for arm in result.arms] == [0, 0]
    assert [arm.median_days for arm in result.arms] == [None, None]
    assert (result.verdict.state, result.logrank) == ("few", None)
    assert result.contrasts[0].rmst_difference.p is None
    assert any(say(warning).startswith("No Cox model: ") for warning in result.warnings)
    assert sent(result)["contrasts"][0]["hazard_ratio"] is None


def test_everybody_lapses_on_day_0(make_log):
    rows = [(f"u{n}", n / 10, "ab"[n % 2]) for n in range(20)] + [("u0", 40.0, "a")]
    with pytest.raises(
        DataError,
        match="10 of the 10 users of a lapsed at their start and none is followed for a day, so there is no curve to "
        "draw. Bring a longer log, choose a shorter gap, or count more events as coming back; a misspelt arm",
    ):
        analyse_retention(make_log(rows), RetentionSettings(inactivity_days=7))


@pytest.mark.parametrize(
    "rest", [[], stays("two", "a", 1.0), stays("two", "b", 1.0), [("two", 1.0, "b"), ("two", 3.0, "b")]]
)
def test_one_or_two_users(make_log, rest):
    result = analyse_retention(make_log([*stays("one", "a"), *rest]), RetentionSettings(inactivity_days=7))
    told = sent(result)
    assert told["answer"]["state"] == ("few" if any(row[2] == "b" for row in rest) else "single")
    assert told["population"]["users"] == (2 if rest else 1)
    assert "nothing can be claimed from fewer than 10" in {c["name"]: c["detail"] for c in told["checks"]}["Follow-up"]
    assert "nan" not in json.dumps(told).lower()


def test_a_lone_user_who_lapses_has_no_spread(make_log):
    rows = [("one", 0.0, "a"), ("one", 3.0, "a"), ("two", 0.0, "b"), ("two", 5.0, "b"), ("two", 30.0, "b")]
    told = sent(analyse_retention(make_log(rows), RetentionSettings(inactivity_days=7)))
    assert [(arm["name"], arm["lapses"]) for arm in told["arms"]] == [("a", 1), ("b", 1)]
    assert told["answer"]["state"] == "few"


def test_no_activity_events_at_all(make_log):
    data = make_log([("u", 0.0, "a", "impression"), ("u", 40.0, "a", "impression")])
    with pytest.raises(DataError, match="1 of the 1 users of a lapsed at their start"):
        analyse_retention(data, RetentionSettings(inactivity_days=7, activity_events=("impression",)))
    rows = [("u", 0.0, "", "impression"), ("u", 10.0, "", "click")]
    with pytest.raises(DataError, match="No user can be judged: there is no activity. The log spans 10.0 days"):
        analyse_retention(make_log(rows, recommender=""), RetentionSettings(inactivity_days=3, log_end="2026-03-09"))


def test_a_horizon_that_an_arm_is_not_followed_to_is_refused(make_log):
    data = make_log([*stays("one", "a"), *stays("two", "b")])
    with pytest.raises(
        SettingsError,
        match="The horizon is 90, but nobody is followed past 33 in one of the arms; choose a horizon of at most",
    ):
        analyse_retention(data, RetentionSettings(inactivity_days=7, horizon_days=90, report_day=10))


def test_a_misspelt_arm_neither_shortens_the_horizon_nor_is_compared(make_log):
    rows = simulated_rows(5, 200, {"bert": 0.1, "cf": 0.1})
    whole = analyse_retention(make_log(rows), SETTINGS)
    more = [*rows, ("lost", 1.0, "brt"), ("other", 2.0, "brt"), ("other", 3.0, "brt")]
    result = analyse_retention(make_log(more), SETTINGS)
    assert [arm.name for arm in result.arms] == [arm.name for arm in whole.arms]
    assert result.population.excluded[-1].reason == message(
        "exclusion-small-arm", smallest=30, lapses=10, arms=("brt",)
    )
    assert result.population.excluded[-1].users == 2
    assert result.contrasts[0].rmst_difference == whole.contrasts[0].rmst_difference
    assert result.sensitivity[0].order == whole.sensitivity[0].order
    kept = analyse_retention(make_log(more), SETTINGS.changed({"smallest_arm": 1, "horizon_days": 1, "report_day": 1}))
    assert len(kept.arms) == 3


def attributes(rows, **columns):
    """A users table; each column is a function of the user's number."""
    users = sorted({row[0] for row in rows})
    frame = pd.DataFrame({name: [make(n) for n in range(len(users))] for name, make in columns.items()})
    return frame.assign(user=users).to_csv(index=False)


@pytest.mark.parametrize(
    ("covariates", "words"),
    [
        ({"plan": lambda _: "free"}, "plan has one value for all users judged here, so there is nothing to adjust for"),
        ({"age": lambda n: n % 7, "years": lambda n: 2 * (n % 7)}, r"age|years"),
    ],
)
def test_columns_that_cannot_be_used_are_named(make_log, covariates, words):
    rows = simulated_rows(6, 60, {"bert": 0.1, "cf": 0.1})
    data = make_log(rows, users=attributes(rows, **covariates))
    result = analyse_retention(data, SETTINGS.changed({"covariates": tuple(covariates), "horizon_days": 30}))
    assert re.search(words, say(result.warnings))
    assert "nan" not in json.dumps(sent(result)).lower()
    assert result.contrasts[0].hazard_ratio is not None


def test_a_line_says_how_a_figure_was_computed(make_log):
    result = analyse_retention(make_log(simulated_rows(5, 200, {"bert": 0.1, "cf": 0.1})), SETTINGS)
    line = say(how_computed(result, verbatim("Kaplan-Meier.")))
    assert line.startswith(f"Kaplan-Meier. {result.population.users} users who started 1 March")
    assert "came too late to be judged. From first exposure; lapsed after a gap of more than 14 days" in line
    assert re.search(r"days are 24-hour periods, UTC; log 2026-03-01 \d\d:\d\d to 2026-06-29 \d\d:\d\d UTC\.$", line)


EDGES = {
    "two users": [*stays("one", "a"), *stays("two", "b", 1.0)],
    "nobody lapses": [row for n in range(24) for row in stays(f"u{n}", "ab"[n % 2], n / 100)],
    "no lapse in b": [row for n in range(24) for row in stays(f"u{n}", "ab"[n % 2], n / 9, 40 if n % 2 else 8)],
    "one arm": [row for n in range(24) for row in stays(f"u{n}", "a", n / 9, 4 * (n % 9))],
    "all lapse on one day": [row for n in range(24) for row in stays(f"u{n}", "ab"[n % 2], n / 9, 8)]
    + [("last", 55.0, "a"), ("last", 58.0, "a")],
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_thin_logs_give_sentences_and_never_a_number_that_is_none(make_log, name):
    """Every figure of the object is a number or null, and the pictures' tables hold no NaN."""
    rows = EDGES[name]
    users = "user,plan,age\n" + "".join(f"{u},{'fp'[i % 2]},{i}\n" for i, u in enumerate(sorted({r[0] for r in rows})))
    settings = RetentionSettings(inactivity_days=7, covariates=("plan", "age"), resamples=50)
    result = analyse_retention(make_log(rows, users=users), settings)
    told = json.dumps(sent(result))
    assert "nan" not in told.lower()
    assert "infinity" not in told.lower()
    assert sentence(result.verdict)
    details = result.details
    assert details is not None
    if len(result.arms) > 1:
        assert details.segments is not None
        assert all(row.difference is not None or row.note for row in details.segments.rows)
        assert details.difference is not None
        assert all(np.isfinite([p.estimate, p.band_lower, p.band_upper]).all() for p in details.difference.points)
    for warning in result.warnings:
        assert say(warning).endswith(".")
