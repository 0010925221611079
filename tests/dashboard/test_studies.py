import pytest
import streamlit as st

from dashboard import studies
from recsys_core.settings import EaseSettings, ReportSettings, RetentionSettings, ScenarioSettings, SplitSettings


@pytest.fixture
def query(monkeypatch) -> dict[str, str]:
    """What stands in the address."""
    held: dict[str, str] = {"study": "0123456789abcdef"}
    monkeypatch.setattr(st, "query_params", held)
    return held


@pytest.mark.parametrize(
    ("base", "field", "value", "text"),
    [
        (RetentionSettings(), "inactivity_days", 14, "14"),
        (RetentionSettings(inactivity_days=14), "inactivity_days", None, ""),
        (RetentionSettings(), "randomised", False, "False"),
        (RetentionSettings(), "activity_events", ["read", "finish"], "read,finish"),
        (RetentionSettings(covariates=("plan",)), "covariates", [], ""),
        (RetentionSettings(), "day_rule", "calendar", "calendar"),
        (ScenarioSettings(), "share", 0.2, "0.2"),
        (EaseSettings(), "regularisation", 50.0, "50.0"),
        (SplitSettings(), "filter_seen", False, "False"),
    ],
)
def test_a_setting_goes_into_the_address_and_comes_back_the_same(query, base, field, value, text):
    studies.set_option(base, field, value)
    assert query[f"{base.stage}.{field}"] == text
    read = base.changed({field: query[f"{base.stage}.{field}"]})
    assert getattr(read, field) == (tuple(value) if isinstance(value, list) else value)
    studies.set_option(base, field, getattr(base, field))
    assert query == {"study": "0123456789abcdef"}


def test_the_studys_own_value_needs_no_address(query):
    studies.set_option(RetentionSettings(activity_events=("read",)), "activity_events", ["read"])
    assert query == {"study": "0123456789abcdef"}


def test_reset_takes_out_one_stage_only(query):
    studies.set_option(RetentionSettings(), "inactivity_days", 9)
    studies.set_option(ScenarioSettings(), "share", 0.2)
    studies.reset_options("retention")
    assert query == {"study": "0123456789abcdef", "scenario.share": "0.2"}


def test_links_carry_the_study_and_its_settings_and_nothing_else(query):
    studies.set_option(RetentionSettings(), "inactivity_days", 9)
    studies.set_option(ReportSettings(), "title", "Mine")
    query["embed"] = "true"
    query["data.log"] = "/etc/passwd"
    assert studies.address() == {
        "study": "0123456789abcdef", "retention.inactivity_days": "9", "report.title": "Mine",
    }  # fmt: skip
