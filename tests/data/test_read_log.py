import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.data.raw_table import RawTable
from recsys_core.data.read_log import read_table
from recsys_core.wording.sentences import say


def rows(table: RawTable) -> list[tuple[object, ...]]:
    frame = table.table.to_pandas().astype(object)
    return sorted(frame.where(frame.notna(), None).itertuples(index=False, name=None), key=str)


def notes(table: RawTable) -> tuple[str, ...]:
    return tuple(say(note) for note in table.notes)


def titles(table: RawTable, user: str) -> list[str]:
    return table.table.filter(table.table.user == user).title.execute().tolist()


def written(tmp_path: Path, content: str | bytes, name: str = "log.csv") -> Path:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return tmp_path / name


@pytest.mark.parametrize("separator", [",", "\t", ";", "|", "::"])
@pytest.mark.parametrize("given", [False, True])
def test_separators_are_found_or_given(tmp_path: Path, separator: str, given: bool) -> None:
    lines = ["user", "item", "when"], ["u1", "a b", "2026-01-01 10:00:00"], ["u2", "c", "2026-01-02 10:00:00"]
    path = written(tmp_path, "".join(separator.join(line) + "\n" for line in lines))
    table = read_table(path, separator if given else "")
    assert (table.columns, table.rows, table.unreadable, table.notes) == (("user", "item", "when"), 2, 0, ())
    assert rows(table) == [tuple(lines[1]), tuple(lines[2])]


@pytest.mark.parametrize(("word", "mark"), [("tab", "\t"), ("\\t", "\t"), ("space", " "), (" ", " ")])
def test_separators_in_words(tmp_path: Path, word: str, mark: str) -> None:
    table = read_table(written(tmp_path, f"user{mark}item\nu{mark}i\n"), word)
    assert rows(table) == [("u", "i")]


def test_no_header_numbers_the_columns(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "1::0110912::9::1362062307\n2::0111161::8::1362062624\n"))
    assert table.columns == ("column 1", "column 2", "column 3", "column 4")
    assert rows(table) == [("1", "0110912", "9", "1362062307"), ("2", "0111161", "8", "1362062624")]
    assert notes(table) == ("The first row of log.csv holds values, not names; columns are numbered.",)


@pytest.mark.parametrize("first", ["a,b,2026-01-01", "a,b,2026-01-01T10:00:00Z", "17,b,c", "a,b,1700000000.5"])
def test_values_are_no_header(tmp_path: Path, first: str) -> None:
    assert read_table(written(tmp_path, first + "\n")).rows == 1


@pytest.mark.parametrize("first", ["user,item 2,when", "gate_30,gate_40,d1", "Kunde,Stück,Zeit", "用户,项目,时间"])
def test_names_are_a_header(tmp_path: Path, first: str) -> None:
    table = read_table(written(tmp_path, first + "\n1,2,3\n"))
    assert table.columns == tuple(first.split(","))
    assert table.rows == 1


def test_given_names_read_the_first_row_as_values(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "anna,book\nbert,film\n"), columns=("user", "item"))
    assert (table.columns, rows(table)) == (("user", "item"), [("anna", "book"), ("bert", "film")])


def test_quotes_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    text = 'user,title\n1,"Eat, Pray"\n2,"two\nlines, ""quoted"""\n3,5" disc\n'
    expected = [("1", "Eat, Pray"), ("2", 'two\nlines, "quoted"'), ("3", '5" disc')]
    assert rows(read_table(written(tmp_path, text))) == expected
    assert rows(read_table(written(tmp_path, text.replace("\n", "\r\n")))) == [
        (key, title.replace("\n", "\r\n")) for key, title in expected
    ]


def test_quotes_count_even_where_they_come_late(tmp_path: Path) -> None:
    """The first megabyte without a quotation mark says nothing about the rest."""
    table = read_table(written(tmp_path, "user,title\n" + "1,plain\n" * 200_000 + '2,"a, b"\n'))
    assert (table.rows, table.unreadable) == (200_001, 0)
    assert titles(table, "2") == ["a, b"]


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", None), ("utf-8-sig", None), ("utf-16", "is not UTF-8; it was read as utf-16."),
        ("cp1252", "is not UTF-8; it was read as cp1252."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "LOG.CSV.GZ"])
def test_encodings(tmp_path: Path, encoding: str, note: str | None, name: str) -> None:
    data = "user,title\n1,Amélie à la plage\n2,Größe\n".encode(encoding)
    table = read_table(written(tmp_path, gzip.compress(data) if name.lower().endswith("gz") else data, name))
    assert table.columns == ("user", "title")
    assert rows(table) == [("1", "Amélie à la plage"), ("2", "Größe")]
    assert notes(table) == ((f"{name} {note}",) if note else ())


def test_utf16_keeps_every_script(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "user,title\n1,千と千尋 🎬\n".encode("utf-16")))
    assert rows(table) == [("1", "千と千尋 🎬")]


def test_other_encoding_after_the_first_megabyte(tmp_path: Path) -> None:
    data = b"user,title\n" + b"1,plain\n" * 200_000 + "2,Amélie\n".encode("cp1252")
    table = read_table(written(tmp_path, data))
    assert (table.rows, table.unreadable) == (200_001, 0)
    assert titles(table, "2") == ["Amélie"]
    assert notes(table) == ("log.csv is not UTF-8; it was read as cp1252.",)


def test_one_broken_byte_does_not_spoil_the_other_scripts(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, b"user,title\n" + "1,千と千尋の神隠し\n".encode() * 3 + b"2,x\xff\n"))
    assert rows(table)[0] == ("1", "千と千尋の神隠し")
    assert rows(table)[-1] == ("2", "x\ufffd")
    assert notes(table) == ("log.csv holds some characters that are not UTF-8; they were replaced by “\ufffd”.",)


def test_mixed_line_ends(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "user,item\n1,a\n2,b\r\n3,c\n"))
    assert rows(table) == [("1", "a"), ("2", "b"), ("3", "c")]
    assert notes(table) == ("log.csv mixes two kinds of line ends; both were taken.",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(tmp_path: Path, end: str) -> None:
    table = read_table(written(tmp_path, end.join(["", "", "user,item", "1,a", "", "2,b", ""])))
    assert (table.columns, rows(table), table.unreadable) == (("user", "item"), [("1", "a"), ("2", "b")], 0)


def test_column_names_that_are_equal_or_missing(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "id,ID,id,,name \na,b,c,d,e\n"))
    assert table.columns == ("id", "ID 2", "id 3", "column 4", "name")
    assert rows(table) == [("a", "b", "c", "d", "e")]


def test_lines_of_another_width_are_counted(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "user,item,n\n" + "1,a,2\n" * 98 + "1,a\n1,a,2,3,4\n"))
    assert (table.rows, table.unreadable) == (98, 2)


def test_words_for_nothing_are_missing(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, 'user,item\nNULL,a\nnan,b\n"",c\n\\N,d\nNone,e\nNina,f\n'))
    assert [user for user, _ in rows(table) if user is not None] == ["Nina"]


@pytest.mark.parametrize("name", ["log[1].csv", "log*.csv", "what?.csv", "o'clock.csv"])
def test_names_that_look_like_patterns(tmp_path: Path, name: str) -> None:
    written(tmp_path, "user,item\nother,x\n", "log1.csv")
    assert rows(read_table(written(tmp_path, "user,item\n1,a\n", name))) == [("1", "a")]
    pq.write_table(pa.table({"user": ["1"]}), tmp_path / name.replace(".csv", ".parquet"))
    assert rows(read_table(tmp_path / name.replace(".csv", ".parquet"))) == [("1",)]


def test_parquet_keeps_types(tmp_path: Path) -> None:
    when = datetime(2026, 3, 1, 12, tzinfo=UTC)
    pq.write_table(pa.table({"user": [1, 2], "when": [when, when], "x": [1.5, None]}), tmp_path / "log.PQ")
    table = read_table(tmp_path / "log.PQ")
    assert table.columns == ("user", "when", "x")
    kinds = table.table.schema()
    assert (str(kinds["user"]), kinds["when"].timezone, str(kinds["x"])) == ("int64", "UTC", "float64")
    assert table.rows == 2


def test_folder_of_parquet_with_a_column_more_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    pq.write_table(pa.table({"user": ["a"], "item": ["x"]}), tmp_path / "log" / "1.parquet")
    pq.write_table(pa.table({"user": ["b"], "item": ["y"], "event": ["view"]}), tmp_path / "log" / "2.parquet")
    assert rows(read_table(tmp_path / "log")) == [("a", "x", None), ("b", "y", "view")]


def test_only_the_table_itself_is_left_in_the_engine(tmp_path: Path, temporary: Callable[[], set[str]]) -> None:
    table = read_table(written(tmp_path, "user,item\n1,a\n1\n" + "2,b\n" * 20))
    assert temporary() == {table.table.op().name}
