"""Text of very many fields is refused before any of them is looked at, and names are made to differ in linear time."""

import sys
from collections.abc import Callable

import pytest

from recsys_core.data import mapping
from recsys_core.data.dataset import Dataset
from recsys_core.data.raw_table import RawTable, Reading
from recsys_core.data.text_shape import find_shape
from recsys_core.errors import DataError
from recsys_core.settings import ImportLimits

MOST = Reading(limits=ImportLimits(most_columns=5_000))


def calls(work: Callable[[], object]) -> int:
    """How many functions, those of the interpreter included, a piece of work calls."""
    count = 0

    def counting(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("," * 500_000, 500_001),
        ("," * (3 << 20), 1_048_577),  # the first megabyte is looked at
        ((",".join(f"c{n}" for n in range(10_000)) + "\n") * 2, 10_000),
        ((",".join(["a"] * 10_000) + "\n") * 2, 10_000),
        (("," * 4_999 + "\n") * 50, 5_000),
    ],
    ids=["commas", "more commas", "names", "equal names", "lines of commas"],
)
def test_too_many_columns_are_refused_before_their_names_are_read(text: str, columns: int) -> None:
    def refused() -> None:
        with pytest.raises(DataError, match=f"has {columns:,} columns; allowed are 1,000"):
            find_shape("log.csv", text.encode()[: 1 << 20], Reading())

    refused()  # the catalogue of sentences is read once
    assert calls(refused) < 20_000


@pytest.mark.parametrize("name", ["a", "A", "", " a ", "a 2"])
def test_equal_names_are_numbered_in_linear_time(name: str) -> None:
    def work(columns: int) -> int:
        header = [name, *([name, name.swapcase()] * (columns // 2))]
        text = (",".join(header) + "\n") + ("x" + ",y" * columns + "\n")
        return calls(lambda: find_shape("log.csv", text.encode(), MOST))

    once, twice = work(2_000), work(4_000)
    assert twice < 2.5 * once < 1_000_000


def test_numbered_names_differ_from_every_other_name() -> None:
    names = ("a", "a 2", "A", "a", "a 3", "a 2", "", "column 7", "", "Column 7")
    text = (",".join(names) + "\n" + ",".join("xyzuvwpqrs") + "\n").encode()
    found = find_shape("log.csv", text, Reading()).columns
    assert found == (
        "a", "a 2", "A 3", "a 4", "a 3 2", "a 2 2", "column 7", "column 7 2", "column 9", "Column 7 3",
    )  # fmt: skip
    assert len({name.casefold() for name in found}) == len(names)


def test_of_many_columns_few_are_looked_into(bring: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def looks_like_time(_table: RawTable, column: str) -> bool:
        looked.append(column)
        return False

    monkeypatch.setattr(mapping, "looks_like_time", looks_like_time)
    for header in ("", ",".join(["time"] * 200) + "\n"):
        looked.clear()
        with pytest.raises(DataError):
            bring(header + (",".join("1" * 200) + "\n") * 3)
        assert len(looked) == 20
    assert looked[:2] == ["time", "time 2"]


def test_the_time_of_a_wide_table_without_names_is_found_at_either_end(bring: Callable[..., Dataset]) -> None:
    for row in ("u{n},i{n},2026-03-{d:02d}" + ",1" * 300, "1," * 300 + "2026-03-{d:02d}"):
        text = "".join(row.format(n=n, d=n % 28 + 1) + "\n" for n in range(40))
        assert bring(text).mapping["time"] == ("column 3" if row.startswith("u") else "column 301")
