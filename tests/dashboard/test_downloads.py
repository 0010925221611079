import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from recsys_core.serialise import to_csv

FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "\nx", '=HYPERLINK("http://e.example")']
WIDE = ["\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "\ufe66x", "\ufe62x", "\ufe63x", "\ufe6bx"]
UNSEEN = [
    "\n",
    "\r\n",
    "\t",
    "\r",
    " ",
    "\u00a0",
    "\u3000",
    "\ufeff",
    "\u200b",
    "\0",
    "\x1b",
    "\u202e",
    "\ufeff \t",
    ";",
    "; ",
]


@pytest.mark.parametrize("text", [*FORMULAS, *WIDE, *(f"{run}=1+1" for run in UNSEEN), "\ufeff\uff1d1", ";x"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    (row,) = csv.DictReader(io.StringIO(to_csv([{"arm": text, "days": 1.5}]), newline=""))
    assert row == {"arm": f"'{text}", "days": "1.5"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("x\n=1+1;\t@SUM(A1)", "x\n'=1+1;\t'@SUM(A1)"),
        ('x"\r\n \uff1d1', "x\"\r\n '\uff1d1"),
    ],
)
def test_a_formula_that_begins_within_a_cell_gets_one_too(text, written):
    (row,) = csv.DictReader(io.StringIO(to_csv([{"arm": text}]), newline=""))
    assert row == {"arm": written}


def test_names_of_columns_are_held_to_the_same():
    assert to_csv([{"=1+1": 1, " @x": 2}]).splitlines() == ["'=1+1,' @x", "1,2"]


def test_a_long_run_of_nothing_takes_no_time():
    rows = [{"arm": f"x{sign * 300_000}"} for sign in (" ", "\n", ";", "\ufeff")]
    assert "'" not in to_csv(rows)


class Named(str):
    """Text of a kind of its own, as numpy and enumerations make it."""


def test_what_is_written_as_text_is_held_to_what_text_is():
    rows = [{"a": Named("=1"), "b": np.str_("=2"), "c": ("=3",), "d": Path("=4"), "e": timedelta(days=-1)}]
    (row,) = csv.DictReader(io.StringIO(to_csv(rows), newline=""))
    assert row == {"a": "'=1", "b": "'=2", "c": "('=3',)", "d": "'=4", "e": "'-1 day, 0:00:00"}


@pytest.mark.parametrize(
    "text", ["bert", "a=b", "a, b", 'said "x"', "two\nlines", "物語", "a - b", "", "x; y", "e-mail@x.example", "x, -1"]
)
def test_other_text_comes_back_as_it_was(text):
    (row,) = csv.DictReader(io.StringIO(to_csv([{"arm": text}]), newline=""))
    assert row == {"arm": text}


def test_negative_numbers_stay_numbers():
    whole, half = np.int64(-2), np.float32(-0.5)
    assert to_csv([{"a": whole, "b": half, "c": Decimal("-1.5"), "d": True}]).splitlines()[1] == "-2,-0.5,-1.5,True"
    assert to_csv([{"difference_days": -3.4, "users": -2, "p": None}]).splitlines()[1] == "-3.4,-2,"


def test_names_of_columns_come_first():
    assert to_csv([{"a": 1, "b": 2}, {"a": 3, "b": 4}]).splitlines() == ["a,b", "1,2", "3,4"]


def test_no_rows():
    assert to_csv([]).strip() == ""
