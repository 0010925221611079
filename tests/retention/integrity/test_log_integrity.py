"""What the trust check says of a log's days, from the events on."""

import numpy as np
import pytest

from recsys_core.retention.integrity.log_integrity import CUT, END_LOG, LEAVE_OUT, MEND_ARM, MEND_TIMES
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import check_detail
from tests.retention.integrity.daily_logs import Events, delivered_late, one_arm_broken, plain_log, with_outage

START = "2026-01-01"
SETTINGS = RetentionSettings(inactivity_days=7, horizon_days=30, report_day=14)


@pytest.fixture
def study_of(make_log):
    """A retention result of a log as arrays, and what its check says."""

    def study(log: Events, **settings):
        stamps = np.datetime64(START) + (log.day * 86_400).astype("timedelta64[s]")
        rows = zip(log.user, stamps.astype(str), np.array(["cf", "bert"])[log.arm], strict=True)
        result = analyse_retention(make_log([*rows]), SETTINGS.changed(settings))
        (check,) = [check for check in result.checks if check.code == "log-integrity"]
        return result, check

    return study


def test_a_whole_log_passes(study_of):
    result, check = study_of(plain_log(1, users=800))
    assert (check.status, check.finding, result.integrity.findings) == ("pass", "whole", ())


def test_an_outage_is_dated_and_its_lapses_are_counted_until_it_is_left_out(study_of):
    log = with_outage(plain_log(1, users=800), 70, 9)
    result, check = study_of(log)
    (only,) = result.integrity.findings
    assert (check.status, only.proposal, only.arm) == ("warn", LEAVE_OUT, "")
    assert only.lapses > 1.2 * only.expected
    said = check_detail(check)
    assert "From 12 March 2026 to 20 March 2026" in said
    assert "retention.missing_days to 2026-03-12..2026-03-20" in said
    mended, check = study_of(log, missing_days=("2026-03-12..2026-03-20",))
    assert check.status == "pass"
    whole, _ = study_of(plain_log(1, users=800))
    for arms in zip(mended.arms, whole.arms, strict=True):
        mine, true, holed = (arm.rmst.estimate for arm in (*arms, result.arms[0]))
        assert abs(mine - true) < 1.5
        assert holed < mine + 1.5


def test_a_hole_near_the_start_is_better_cut_off(study_of):
    result, _ = study_of(with_outage(plain_log(1, users=2000), 12, 6))
    assert [one.proposal for one in result.integrity.findings] == [CUT]


def test_late_days_pass_once_the_log_ends_before_them(study_of):
    log = delivered_late(plain_log(3, users=2500), 3, 3)
    result, check = study_of(log)
    assert (check.status, [one.proposal for one in result.integrity.findings]) == ("warn", [END_LOG])
    assert "Set retention.log_end to the day before 28 April 2026" in check_detail(check)
    assert study_of(log, log_end="2026-04-27")[1].status == "pass"


def test_one_arm_that_was_not_logged_blocks_the_verdict(study_of):
    result, check = study_of(one_arm_broken(plain_log(1, users=1500), 60, 6, 1))
    (only,) = result.integrity.findings
    assert (check.status, only.arm, only.proposal) == ("fail", "bert", MEND_ARM)
    assert result.verdict.state == "blocked"


def test_many_events_on_one_second_are_said(study_of):
    log = plain_log(1, users=800)
    log.day = np.where(np.random.default_rng(0).random(len(log.day)) < 0.04, 100.25, log.day)
    result, check = study_of(log)
    assert (check.status, {one.proposal for one in result.integrity.findings}) == ("warn", {MEND_TIMES})
    assert "bear one second, on 11 April 2026. Look at how" in check_detail(check)
