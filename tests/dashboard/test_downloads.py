import csv
import io

import pytest

from recsys_core.serialise import to_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://e.example")'])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    (row,) = csv.DictReader(io.StringIO(to_csv([{"arm": text, "days": 1.5}]), newline=""))
    assert row == {"arm": f"'{text}", "days": "1.5"}


@pytest.mark.parametrize("text", ["bert", "a=b", "a, b", 'said "x"', "two\nlines", "物語"])
def test_other_text_comes_back_as_it_was(text):
    (row,) = csv.DictReader(io.StringIO(to_csv([{"arm": text}]), newline=""))
    assert row == {"arm": text}


def test_negative_numbers_stay_numbers():
    assert to_csv([{"difference_days": -3.4, "users": -2, "p": None}]).splitlines()[1] == "-3.4,-2,"


def test_names_of_columns_come_first():
    assert to_csv([{"a": 1, "b": 2}, {"a": 3, "b": 4}]).splitlines() == ["a,b", "1,2", "3,4"]


def test_no_rows():
    assert to_csv([]).strip() == ""
