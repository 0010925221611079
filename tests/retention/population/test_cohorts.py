"""Which arm a user belongs to, and what is refused as a cohort."""

import pytest

from recsys_core.answers import message
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.study.analyse import analyse_retention, prepare
from recsys_core.settings import RetentionSettings
from tests.saying import by_name

USERS = "user,plan,age\nu1,free,30\nu2,paid,\nu3,,41\n"
END = ("end", 0.0, "bert"), *(("end", float(day), "") for day in range(5, 41, 5))


@pytest.fixture
def arms_of(table_of):
    def arms(data, **settings):
        users = table_of(data, inactivity_days=7, **settings).users
        return {row.user_id: (row.arm, bool(row.switched)) for row in users.itertuples()}

    return arms


def test_the_first_arm_keeps_a_user(make_log, arms_of):
    rows = [
        *END,
        ("first", 1.0, "bert"), ("first", 2.0, "cf"), ("first", 3.0, "cf"),
        ("stays", 1.0, "cf"), ("stays", 2.0, "cf"),
        ("unnamed", 1.0, ""), ("unnamed", 2.0, "cf"), ("unnamed", 3.0, ""),
    ]  # fmt: skip
    found = arms_of(make_log(rows))
    assert found.pop("end") == ("bert", False)
    assert found == {"first": ("bert", True), "stays": ("cf", False), "unnamed": ("cf", False)}


def test_two_arms_within_one_second_go_by_the_alphabet_and_count_as_a_switch(make_log, arms_of):
    rows = [*END, ("tied", 1.0, "cf"), ("tied", 1.0, "bert"), ("tied", 3.0, "cf"), ("tied", 5.0, "")]
    assert arms_of(make_log(rows))["tied"] == ("bert", True)


def test_switchers_are_counted_and_can_be_left_out(make_log, table_of):
    rows = [*END, ("moves", 1.0, "bert"), ("moves", 2.0, "cf"), ("stays", 1.0, "cf"), ("stays", 3.0, "cf")]
    data = make_log(rows)
    assert table_of(data, inactivity_days=7).users["switched"].sum() == 1
    table = table_of(data, inactivity_days=7, without_switchers=True)
    assert set(table.users["user_id"]) == {"end", "stays"}
    assert [(e.reason, e.users) for e in table.excluded] == [(message("exclusion-switched"), 1)]
    switchers = by_name(analyse_retention(data, RetentionSettings(inactivity_days=7)).checks)
    assert switchers["Switchers"].short == "33.3 %"


def test_events_after_the_end_of_the_log_do_not_exist(make_log, arms_of):
    data = make_log([*END, ("u", 1.0, "bert"), ("u", 30.0, "cf"), ("late", 30.0, "cf"), ("late", 31.0, "cf")])
    assert arms_of(data, log_end="2026-03-20") == {"end": ("bert", False), "u": ("bert", False)}


def test_a_user_attribute_makes_arms_and_its_gaps_are_counted(make_log, table_of):
    rows = [(f"u{n}", 10.0 + day) for n in (1, 2, 3, 4) for day in (0, 2)] + [("u4", 0.0), ("u4", 40.0)]
    rows += [("u5", 10.0), ("u5", 11.0)]
    data = make_log(rows, users=f"{USERS}u5,paid,20\n")
    table = table_of(data, cohort="plan", inactivity_days=7, burn_in_days=0)
    assert dict(zip(table.users["user_id"], table.users["arm"], strict=True)) == {
        "u1": "free",
        "u2": "paid",
        "u5": "paid",
    }
    assert [(e.reason, e.users) for e in table.excluded] == [
        (message("exclusion-no-value", attribute="plan"), 2)
    ]  # an empty cell, and no row
    assert set(table_of(data, cohort="age", inactivity_days=7, burn_in_days=0).users["arm"]) == {"30", "41", "20"}


def test_the_cohort_is_the_logged_arm_where_there_is_one_else_everyone(make_log):
    logged, plain = make_log([*END]), make_log([("u", float(day)) for day in range(0, 41, 5)])
    for data, given, meant in ((logged, "", "recommender"), (plain, "", "all"), (logged, "all", "all")):
        with prepare(data, RetentionSettings(cohort=given, inactivity_days=7, burn_in_days=0)) as ready:
            assert ready.settings.cohort == meant
            assert list(ready.table.users["arm"].unique()) == (["bert"] if meant == "recommender" else ["all users"])


@pytest.mark.parametrize("cohort", ["most-frequent", "ever-exposed"])
def test_cohorts_that_look_into_the_future_are_refused(make_log, table_of, cohort):
    with pytest.raises(SettingsError, match=f"Cohort '{cohort}' is refused: it uses what users did after their first"):
        table_of(make_log([*END]), cohort=cohort)


def test_unknown_words_are_answered_with_the_known_ones(make_log, table_of):
    data = make_log([(*row, "click") for row in END], users="user,plan\nend,free\n")
    with pytest.raises(
        SettingsError, match="no cohort 'arm' in this data set. Allowed are: recommender, affinity, all, plan"
    ):
        table_of(data, cohort="arm")
    with pytest.raises(
        SettingsError, match="retention.activity_events names 'buy', which the log does not have. Its events are: click"
    ):
        table_of(data, activity_events="click,buy")
    with pytest.raises(SettingsError, match="The log names no recommender, so there are no arms to compare. Import it"):
        table_of(make_log([("u", 0.0), ("u", 30.0)]), cohort="recommender")
    with pytest.raises(SettingsError, match=r"Its events are: none \(the log has no event column\)"):
        table_of(make_log([*END]), activity_events="click")


def test_more_than_12_arms_are_refused(make_log, table_of):
    rows = [(f"u{n}", day, f"arm{n}") for n in range(13) for day in (0.0, 2.0)] + [("u1", 40.0, "arm1")]
    with pytest.raises(
        SettingsError, match="There are 13 arms; at most 12 can be compared. Choose an attribute with f"
    ):
        table_of(make_log(rows), inactivity_days=7)


def test_the_suggested_gap_covers_the_returns_in_whole_weeks(make_log):
    rows = [(f"u{n}", n / 10 + float(day), "a") for n in range(10) for day in range(0, 100, 3)]
    with prepare(make_log(rows), RetentionSettings()) as ready:
        assert ready.gaps.days[-1] >= 3
        assert ready.gaps.returned[:3] == pytest.approx((0.0, 0.0, 1.0))
        assert (ready.gaps.plateau, ready.gaps.suggested, ready.settings.inactivity_days) == (1.0, 7, 7)


def test_a_gap_that_the_log_is_too_short_for_is_said_to_be_capped(make_log):
    rows = [(f"u{n}", n / 10 + float(day), "a") for n in range(20) for day in range(0, 70, 25)]
    settings = RetentionSettings(inactivity_days=30)
    with prepare(make_log(rows), settings) as ready:  # returns after 25 days, a quarter of 52 is 13
        assert (ready.gaps.suggested, ready.gaps.wanted, ready.gaps.capped) == (7, 28, True)
    with prepare(make_log([*rows, ("u0", 120.0, "a")]), settings) as ready:
        assert (ready.gaps.suggested, ready.gaps.wanted, ready.gaps.capped) == (28, 28, False)


def test_those_who_come_back_after_a_gap_are_told_as_far_as_the_log_allows():
    curve = GapCurve(tuple(range(1, 51)), tuple(0.5 if day < 30 else 0.75 for day in range(1, 51)), 0.75, 14)
    thirty, *later = curve.back_after(14)
    assert (thirty.days, thirty.share) == (30, 0.5)  # half of the half that lasts longer than 14 days
    assert [(row.days, row.share) for row in later] == [(60, None), (90, None)]
    assert [row.share for row in GapCurve((), (), 0.0, 14).back_after(14)] == [None, None, None]


@pytest.mark.parametrize("word", ["", "NULL", "nan", "None", " n/a ", "undefined"])
def test_a_word_for_missing_is_no_arm(make_log, table_of, word):
    rows = [(f"u{n}", n % 7 + step, "a" if n % 3 or step else word) for n in range(9) for step in range(9)]
    table = table_of(make_log([*rows, ("last", 60.0, "a")]), inactivity_days=7)
    assert table.arms == ("a",)
    assert set(table.users.loc[table.users["user_id"].isin(["u0", "u3", "u6"]), "existing"]) == {True}


def test_a_word_for_missing_is_no_value_of_an_attribute(make_log, table_of):
    rows = [(f"u{n}", 10 + n % 5 + step / 2) for n in range(12) for step in range(3)]
    people = "user,plan\n" + "".join(f"u{n},{['gold', 'N/A', 'blue'][n % 3]}\n" for n in range(12))
    table = table_of(make_log([("old", 0.0), *rows, ("old", 60.0)], users=people), cohort="plan", inactivity_days=5)
    assert table.arms == ("blue", "gold")
    assert [(row.reason.code, row.users) for row in table.excluded] == [("exclusion-no-value", 5)]


SIGN_UPS = "user,signup_date,plan\n" + "".join(
    f"u{n},{'2025-06-01' if n < 3 else '2026-03-01'},{'ab'[n % 2]}\n" for n in range(12)
)


def test_who_signed_up_within_the_log_is_not_taken_by_the_burn_in(make_log, table_of):
    rows = [(f"u{n}", n / 4 + step) for n in range(12) for step in range(4)] + [("u0", 60.0)]
    for cohort in ("plan", "all"):
        table = table_of(make_log(rows, users=SIGN_UPS), cohort=cohort, inactivity_days=7)
        assert [(row.reason.code, row.users) for row in table.excluded] == [("exclusion-burn-in", 3)]
        later = SIGN_UPS.replace("2026-03-01", "2027-03-01")  # after the first event: no sign-up, whatever its name
        assert table_of_or_none(table_of, make_log(rows, users=later), cohort) == 12
    everybody = table_of(make_log(rows), cohort="all", inactivity_days=7, new_users_from_start=True)
    assert (everybody.size, everybody.excluded) == (12, ())


def table_of_or_none(table_of, data, cohort):
    """Users that the burn-in takes, where it may take all of them."""
    with pytest.raises(DataError) as refused:
        table_of(data, cohort=cohort, inactivity_days=7)
    return sum(reason.values["users"] for reason in refused.value.values["reasons"])


def test_without_a_single_return_the_gap_is_two_weeks_or_a_quarter_of_the_log(make_log):
    for days, gap in ((100, 14), (20, 5), (2, 1)):
        rows = [(f"u{n}", days * n / 9, "a") for n in range(10)]
        with prepare(make_log([*rows, ("u0", 0.2, "a"), ("u0", 0.3, "a")]), RetentionSettings()) as ready:
            assert (ready.gaps.days, ready.gaps.suggested) == ((), gap)


def test_the_open_last_gap_is_censored_in_the_gap_curve(make_log):
    # Closed gaps: 3, 3, 14 and nine of 20 days; ten are open for 20 days: 12 of 22. Closed gaps alone would say 100 %.
    rows = [(f"u{n}", 0.1, "a") for n in range(20)] + [(f"u{n}", 20.1, "a") for n in range(10)]
    rows += [("u0", 3.1, "a"), ("u0", 6.1, "a")]
    with prepare(make_log(rows), RetentionSettings(inactivity_days=5)) as ready:
        assert ready.gaps.plateau == pytest.approx(12 / 22)


def test_the_horizon_follows_a_long_gap_as_far_as_the_arms_are_followed(make_log):
    rows = [(f"u{n}", n / 4 + 4.0 * step, "a") for n in range(40) for step in range(60)]  # 246 days
    found = []
    for gap in (14, 21, 40, 70):
        with prepare(make_log(rows), RetentionSettings(inactivity_days=gap)) as ready:
            found.append((ready.resolved.horizon, ready.resolved.report_day))
    assert found == [(60, 30), (63, 31), (120, 60), (173, 86)]  # 245.75 - 70 - 2.25: ten users are at risk
