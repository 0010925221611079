"""Affinity cohorts: who belongs to which model, when the clock runs, and that activity alone shows no effect."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.population.affinity_cohorts import NEW_ITEMS, AffinityInput, assign_models, count_bins
from recsys_core.retention.study.analyse import analyse_retention, prepare
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import check_detail, pairs, say, sentence

SPLIT, LANDMARK, LOG_END = 60, 70, 100  # days; L = 10
SETTINGS = RetentionSettings(
    cohort="affinity", models=("ease", "popular"), landmark_days=10, inactivity_days=7, horizon_days=20, resamples=50
)


def targets_of(start, rows):
    """One frame per model from rows (user, item, day, rank by ease, rank by popular)."""
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "day", "ease", "popular"])
    frame["time"] = (start + frame["day"] * DAY_SECONDS).round().astype("int64")
    return {
        name: frame[["user_id", "item_id", "time"]].assign(rank=frame[name].astype(float))
        for name in ("ease", "popular")
    }


def arms_of(rows):
    found = assign_models(targets_of(0, rows), ("ease", "popular"), SPLIT * DAY_SECONDS, LANDMARK * DAY_SECONDS)
    return {user: (row["arm"], row[NEW_ITEMS]) for user, row in found.iterrows()}


def test_the_cohort_is_the_model_with_the_higher_mean_reciprocal_rank():
    assert arms_of([
        ("one", "i", 61, 1, 2),
        ("mean", "i", 61, 2, 3), ("mean", "j", 62, 10, 2),  # 1/2 + 1/10 against 1/3 + 1/2
        ("level", "i", 61, 2, 4), ("level", "j", 62, 4, 2),
    ]) == {"one": ("ease", 1), "mean": ("popular", 2), "level": ("both", 2)}  # fmt: skip


def test_only_what_was_taken_after_the_split_and_up_to_the_landmark_counts():
    second = 1 / DAY_SECONDS
    rows = [("u", "at split", SPLIT, 1, 9), ("u", "first", SPLIT + second, 2, 1), ("u", "last", LANDMARK, 2, 1)]
    assert arms_of([*rows, ("u", "late", LANDMARK + second, 1, 99), ("v", "late", 90, 1, 2)]) == {"u": ("popular", 2)}


def test_models_judged_on_other_items_are_refused():
    given = targets_of(0, [("u", "i", 61, 1, 2), ("u", "j", 62, 1, 2)])
    given["popular"] = given["popular"][:1]
    with pytest.raises(DataError, match="ease and popular were not judged on the same users and items"):
        assign_models(given, ("ease", "popular"), 0, LANDMARK * DAY_SECONDS)


def bins_of(counts, arms):
    return list(dict.fromkeys(count_bins(np.array(counts), np.array(arms))))


def test_counts_are_binned_as_finely_as_both_arms_allow():
    counts = np.repeat([1, 2, 3, 4, 9], [200, 100, 40, 40, 80])
    arms = np.arange(460) % 2  # 230 in each: bins of 38 or more of either
    assert bins_of(counts, arms) == ["1", "2", "3 to 4", "9 or more"]
    arms[counts == 2] = 0  # of the arm 1 nobody has two
    assert bins_of(counts, arms) == ["1", "2 to 4", "9 or more"]
    assert bins_of([1, 2, 3, 4], [0, 1, 0, 1]) == ["1 or more"]
    assert bins_of(np.repeat([1, 2, 5], 100), np.zeros(300, dtype=int)) == ["1", "2", "5 or more"]


@pytest.fixture
def analysed(make_log):
    """The survival table of a log in days and of rows of targets."""

    def run(activity, rows, **settings):
        visits = [(user, float(day)) for user, days in activity.items() for day in days]
        data = make_log([("first", 0.0), ("end", float(LOG_END)), *visits])
        given = AffinityInput(data.first_time + SPLIT * DAY_SECONDS, targets_of(data.first_time, rows))
        with prepare(data, SETTINGS.changed({"horizon_days": None} | settings), given) as ready:
            assert len(ready.table.users) == ready.table.size  # pulled while the engine holds them
            return ready

    return run


def ranked(*users):
    return [(user, "i", 65, 1, 2) for user in users]


def test_the_clock_starts_at_the_landmark_and_lapses_before_it_are_day_0(analysed):
    ready = analysed(
        {
            "stays": range(0, 100, 5),
            "lapsed": [65, 69, 74, 80.5],  # T = 80.5
            "left": [65, 68],  # silent from day 68 on: duration 0
            "returned": [65, 68, 76],  # the gap of 8 days runs over the landmark
            "early gap": [10, 40, 65, 72],  # gaps that ended before the landmark do not count
            "at the limit": [63, 70.5],  # active on the very day L - G, and back after 7.5 days
        },
        ranked("stays", "lapsed", "left", "returned", "early gap", "at the limit"),
    )
    rows = ready.table.users
    assert {r.user_id: (r.duration, r.lapsed) for r in rows.itertuples()} == {
        "stays": (23, False),  # c = 100 - 7 - 70
        "lapsed": (11, True),  # ceil(10.5)
        "left": (0, True),
        "returned": (0, True),
        "early gap": (2, True),
        "at the limit": (0, True),
    }
    assert set(rows["start"]) == {ready.cohorts.landmark}
    assert ready.settings.burn_in_days == 0


def test_everybody_else_is_counted_and_left_out(analysed):
    ready = analysed(
        {
            "in": range(0, 100, 5), "also": range(0, 100, 5),
            "quiet": [62.9], "late": [71], "level": [65, 69], "none": [69],
        },
        [*ranked("in", "also", "quiet"), ("level", "i", 65, 3, 3)],
    )  # fmt: skip
    assert {say(e.reason): e.users for e in ready.table.excluded} == {
        "first seen after the landmark": 2,  # late and end
        "not active in the 7 days before the landmark": 2,  # quiet and first
        "took no new item in the landmark window (neither)": 1,
        "had new items that the models ranked alike (both)": 1,
    }
    assert list(ready.table.users["user_id"]) == ["also", "in"]
    assert list(ready.counts.loc["in", [NEW_ITEMS, "other events in the window", "events before the split"]]) == [
        1,
        1,
        13,
    ]


def test_what_affinity_needs_is_said(make_log):
    data = make_log([("u", 0.0), ("u", 100.0)])
    given = AffinityInput(data.first_time + SPLIT * DAY_SECONDS, targets_of(data.first_time, ranked("u")))
    with pytest.raises(SettingsError, match="need ease and popular, trained on the log before one split. Train the"):
        analyse_retention(data, SETTINGS)
    with pytest.raises(SettingsError, match="retention.models names none; affinity cohorts contrast exactly two"):
        analyse_retention(data, SETTINGS.changed({"models": ()}), given)
    with pytest.raises(SettingsError, match="names ease, popular, bpr; .* compare them pair by pair"):
        analyse_retention(data, SETTINGS.changed({"models": ("ease", "popular", "bpr")}), given)
    with pytest.raises(SettingsError, match="leaves 40.0 days of log; affinity cohorts need 33 of landmark window, 7"):
        analyse_retention(data, SETTINGS.changed({"landmark_days": 33}), given)
    with pytest.raises(SettingsError, match="leaves 30 % of the log to learn from; affinity cohorts need 40 %"):
        analyse_retention(data, SETTINGS, AffinityInput(data.first_time + 30 * DAY_SECONDS, given.targets))


def confounded(seed, users=1200):
    """Activity alone decides who stays; ease hits seldom but well, so that users of many items go to ease."""
    rng = np.random.default_rng(seed)
    visits, rows = [], []
    for user in range(users):
        start, rate, life = rng.uniform(0, 65), rng.gamma(2, 0.15) + 0.03, rng.exponential(40)
        times = start + np.r_[0.0, np.sort(rng.uniform(0, life, rng.poisson(rate * life)))]
        times = times[times < LOG_END]
        visits += [(f"u{user}", t) for t in times]
        inside = times[(times > SPLIT) & (times <= LANDMARK)]
        rows += [(f"u{user}", f"i{n}", t, 1 if rng.random() < 0.35 else 50, 5) for n, t in enumerate(inside)]
    return visits, rows


def contrast_of(make_log, seed):
    visits, rows = confounded(seed)
    data = make_log([("first", 0.0), *visits, ("end", float(LOG_END))])
    given = AffinityInput(data.first_time + SPLIT * DAY_SECONDS, targets_of(data.first_time, rows))
    return analyse_retention(data, SETTINGS, given)


@pytest.fixture
def null(make_log):
    return contrast_of(make_log, 3)


def test_only_adjusted_figures_decide(null):
    contrast = null.contrasts[0]
    assert contrast.adjusted.rmst_difference.estimate >= 0, "the cohort kept longer after adjustment comes first"
    assert (contrast.logrank, null.logrank, null.calendar) == (None, None, None)
    assert contrast.hazard_ratio.p == pytest.approx(null.cox.terms[0].p)
    assert len(null.cox.terms) > 3, "the hazard ratio is adjusted"
    assert null.verdict.state in ("tie", "undecided"), "no model is named where none has an effect"
    assert {null.verdict.values["arm"], null.verdict.values["reference"]} == {contrast.arm, contrast.reference}
    assert {s.inactivity_days for s in null.sensitivity} == {3, 14}
    status = {check.code: check.status for check in null.checks}
    assert status["adjustment"] == "warn"
    assert "sample-ratio" not in status
    said = dict(pairs(null.definitions))
    assert "ease and popular, that ranked the new items a user took in those 10 days higher" in said["Cohorts"]
    assert "new items in the window, other events in the window and events before the split" in said["Adjustment"]
    assert said["Start"].startswith("The landmark, 2026-05-10 12:00 UTC")
    told = next(check_detail(check) for check in null.checks if check.code == "told-apart")
    assert f"{null.population.users:,} are told apart" in told


def test_without_adjustment_there_is_no_verdict(make_log):
    visits = [(f"u{n}", float(day)) for n in range(30) for day in range(n % 5, 65 + n, 5) if day < LOG_END]
    data = make_log([*visits, ("end", float(LOG_END))])
    rows = [(f"u{n}", "i", 65, 1, 2) if n % 2 else (f"u{n}", "i", 65, 2, 1) for n in range(30)]
    given = AffinityInput(data.first_time + SPLIT * DAY_SECONDS, targets_of(data.first_time, rows))
    result = analyse_retention(data, SETTINGS.changed({"horizon_days": None}), given)
    assert result.contrasts[0].hazard_ratio is None
    assert result.verdict.state == "blocked"
    assert sentence(result.verdict).startswith("The arms differ in whom they serve and could not be made alike")


@pytest.mark.slow
def test_activity_alone_fools_the_raw_contrast_and_not_the_adjusted_one(make_log):
    raw, adjusted = [], []
    for seed in range(8):
        contrast = contrast_of(make_log, seed).contrasts[0]
        sign = 1 if contrast.arm == "ease" else -1
        raw.append(sign * contrast.rmst_difference.estimate / contrast.rmst_difference.stderr)
        found = contrast.adjusted.rmst_difference
        adjusted.append(sign * found.estimate / found.stderr)
    assert np.mean(raw) > 1.5
    assert abs(np.mean(adjusted)) < 4 / np.sqrt(len(adjusted))
    assert np.abs(adjusted).max() < 4
