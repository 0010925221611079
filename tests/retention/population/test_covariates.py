"""What is known at first exposure, made ready for a model."""

import pandas as pd
import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.population.covariates import covariate_frame, varying

USERS = "user,plan,age,country\nu1,free,30,FR\nu2,paid,,FR\nu3,,50,FR\nu4,free,20,FR\n"


@pytest.fixture
def data(make_log):
    rows = [(f"u{n}", day, "a") for n in range(1, 6) for day in (1.0, 3.0)] + [("u1", 0.0, ""), ("u1", 40.0, "a")]
    return make_log(rows, users=USERS)


@pytest.fixture
def frame_of(data, table_of):
    def frame(*names):
        return covariate_frame(data, table_of(data, inactivity_days=7), names)

    return frame


def test_words_keep_a_level_for_what_is_missing(frame_of):
    assert frame_of("plan")["plan"].tolist() == ["free", "paid", "(missing)", "free", "(missing)"]


def test_numbers_get_the_median_and_a_mark(frame_of):
    found = frame_of("age")
    assert found["age"].tolist() == [30, 30, 50, 20, 30]
    assert found["age (missing)"].tolist() == [False, True, False, False, True]


def test_existing_is_computed_and_attributes_of_one_value_are_left_out(frame_of):
    found = frame_of("existing", "plan", "plan")
    assert list(found) == ["existing", "plan"]
    assert found["existing"].tolist() == [True, False, False, False, False]
    assert varying(pd.DataFrame({"same": [1, 1], "other": [1, 2]})).columns.tolist() == ["other"]


def test_no_names_give_no_columns_for_all_users(frame_of):
    assert frame_of().shape == (5, 0)


def test_unknown_attributes_are_answered_with_the_known_ones(frame_of):
    with pytest.raises(
        SettingsError,
        match="no user attribute 'colour' to adjust for. Known at first exposure are: existing, plan, age, c",
    ):
        frame_of("plan", "colour")


def test_too_many_words_are_refused(make_log, table_of):
    rows = [(f"u{n}", day, "a") for n in range(31) for day in (1.0, 3.0, 40.0)]
    data = make_log(rows, users="user,town\n" + "".join(f"u{n},town {n}\n" for n in range(31)))
    with pytest.raises(SettingsError, match="'town' has 31 different values; at most 30 can be adjusted for. Group it"):
        covariate_frame(data, table_of(data, inactivity_days=7), ("town",))
