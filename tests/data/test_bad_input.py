"""What cannot be imported is refused in words, and leaves no trace in the workspace or the engine."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.data.import_log import import_log, preview_log
from recsys_core.data.read_log import read_table
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

HEADER = "user_id,item_id,timestamp\n"
ROW = "u1,i1,2026-03-01T10:00:00Z\n"
SMALL_LOG = "user_id,item_id,timestamp\n" + "".join(f"u{n},i{n},2026-03-01T10:00:{n:02d}Z\n" for n in range(60))
RANDOM = np.random.default_rng(5).bytes(4000)


def parquet(**columns: list[object]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


BAD = {
    "empty": ("log.csv", b"", {}, "is empty. Bring a CSV or Parquet file"),
    "blank": ("log.csv", b"\n \n\n", {}, "is empty. Bring a CSV or Parquet file"),
    "empty gzip": ("log.csv.gz", gzip.compress(b""), {}, "is empty. Bring a CSV"),
    "no gzip": ("log.csv.gz", ROW.encode(), {}, "log.csv.gz is not packed as its ending says"),
    "broken gzip": (
        "log.csv.gz", gzip.compress(SMALL_LOG.encode())[:40] + b"\xff" * 40, {}, "its packed content",
    ),
    "cut gzip": ("log.csv.gz", gzip.compress(SMALL_LOG.encode())[:-30], {}, "breaks off where the file ends"),
    "0-byte parquet": ("log.parquet", b"", {}, r"log.parquet is empty \(0 bytes\)"),
    "text as parquet": ("log.parquet", SMALL_LOG.encode(), {}, "is no readable Parquet file"),
    "cut parquet": ("log.parquet", parquet(user_id=["a"])[:-20], {}, "is no readable Parquet file"),
    "parquet without rows": ("log.parquet", parquet(user_id=[]), {}, "has columns but no rows"),
    "parquet as csv": ("log.csv", parquet(user_id=["a"]), {}, "Parquet file under another name. Rename it"),
    "binary": ("log.csv", RANDOM, {}, "is a binary file, not text"),
    "header alone": ("log.csv", HEADER.encode(), {}, "holds a header and no rows"),
    "header without line end": ("log.csv", HEADER.strip().encode(), {}, "holds a header and no rows"),
    "header in gzip": ("log.csv.gz", gzip.compress(HEADER.encode()), {}, "holds a header and no rows"),
    "unclosed quote": ("log.csv", (HEADER + ROW + '"u1,i1,1\n' + ROW).encode(), {}, "quotation mark on line 3"),
    "unclosed quote in the header": ("log.csv", ('"' + HEADER + ROW).encode(), {}, "quotation mark on line 1"),
    "unclosed quote in the last line": ("log.csv", (HEADER + ROW + 'u1,"i1').encode(), {}, "quotation mark on line 3"),
    "text after a quote": ("log.csv", (HEADER + 'u1,"Heroes" x,1\n').encode(), {}, "closed before its field ends"),
    "quote in a big file": (
        "log.csv", (HEADER + ROW * 60_000 + 'u1,"i1,1\n' + ROW * 60_000).encode(), {}, "quotation mark on line 60,002",
    ),
    "fields missing": (
        "log.csv", (HEADER + ROW * 8 + "u1,i1\n").encode(), {}, "1 of 9 lines do not have 3 fields parted by “,”. Name",
    ),
    "wrong separator": ("log.csv", SMALL_LOG.encode(), {"separator": ";"}, "Only one column was found, so the separ"),
    "separator too long": ("log.csv", SMALL_LOG.encode(), {"separator": "-----"}, "it must be 1 to 4 characters"),
    "quote as separator": ("log.csv", SMALL_LOG.encode(), {"separator": '"'}, "without quotation marks or line breaks"),
    "no time": ("log.csv", b"user_id,item_id,rating\na,b,3\n", {}, "column that looks like the time. Found: user_id"),
    "no roles": ("log.csv", b"a,b\nx,y\n", {}, "looks like the user or the item or the time"),
    "values as time": ("log.csv", b"user_id,item_id,time\na,b,soon\n", {}, "holds no times: found values like “soon”"),
    "null times": ("log.csv", b"user_id,item_id,time\na,b,\na,c,NULL\n", {}, "values like nothing but empty cells"),
    "null users": (
        "log.csv", b"user_id,item_id,time\n,b,2026-01-01\nNaN,c,2026-01-01\n", {}, "none of the 2 rows has a user",
    ),
    "null items": ("log.csv", b"user_id,item_id,time\na,,2026-01-01\n", {}, "none of the 1 rows has an item"),
    "nulls in turn": (
        "log.csv", b"user_id,item_id,time\na,,2026-01-01\n,b,2026-01-01\n", {}, "none of the 1 rows has an item",
    ),
    "null users in parquet": (
        "log.parquet", parquet(user_id=[None, float("nan")], item_id=["a", "b"], timestamp=[1_750_000_000] * 2), {},
        "none of the 2 rows has a user. Choose another column",
    ),
    "names too few": ("log.csv", b"a,b,2026-01-01\n", {"columns": ("u", "i")}, "3 fields parted by “,”, but 2 column"),
    "unknown column": ("log.csv", SMALL_LOG.encode(), {"user": "who"}, "no column 'who' for the user. Its columns are"),
    "one column twice": (
        "log.csv", SMALL_LOG.encode(), {"user": "item_id", "item": "item_id"}, "named for the user and for the item",
    ),
    "no log named": ("log.csv", b"", {"log": ""}, "No log is named. Give the path"),
    "no such log": ("log.csv", b"", {"log": "none.csv"}, "There is no log at none.csv. Check the path"),
    "no such items": ("log.csv", SMALL_LOG.encode(), {"items": "none.csv"}, "There is no items at none.csv"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_is_refused_and_leaves_no_trace(
    case: str,
    space: Workspace,
    tmp_path: Path,
    listing: Callable[[], dict[str, bytes]],
    temporary: Callable[[], set[str]],
) -> None:
    name, content, settings, words = BAD[case]
    (tmp_path / name).write_bytes(content)
    before = listing()
    with pytest.raises(DataError, match=words):
        import_log(space, DataSettings(**({"log": name} | settings)), folder=tmp_path)
    assert listing() == before
    assert temporary() == set()


@pytest.mark.parametrize("words", ["null rows of every kind", "only the time is missing"])
def test_unreadable_times_name_the_rows(words: str, space: Workspace, tmp_path: Path) -> None:
    times = "2026-01-01\n" if words.startswith("only") else "2026-01-01\n,,2026-01-02\n"
    (tmp_path / "log.csv").write_text("user_id,item_id,time\n,," + times + "a,b,\n")
    with pytest.raises(DataError, match="none of the 1 rows has a readable time"):
        import_log(space, DataSettings(log="log.csv"), folder=tmp_path)


def test_missing_file_and_folder_without_parquet(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no file .*none.csv. Check the path, or upload"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"The folder .* holds no .parquet file"):
        read_table(tmp_path)


def test_side_tables_that_do_not_belong_leave_no_trace(
    space: Workspace, tmp_path: Path, listing: Callable[[], dict[str, bytes]], temporary: Callable[[], set[str]]
) -> None:
    (tmp_path / "log.csv").write_text(SMALL_LOG)
    (tmp_path / "items.csv").write_text("item_id,title\nx,A\ny,B\n")
    before = listing()
    with pytest.raises(DataError, match=r"None of the 60 items of the log stands in the items table"):
        import_log(space, DataSettings(log="log.csv", items="items.csv"), folder=tmp_path)
    with pytest.raises(DataError, match=r"items.csv has no column 'plot' for the item text. Its columns are: item_id"):
        import_log(space, DataSettings(log="log.csv", items="items.csv", text=("plot",)), folder=tmp_path)
    assert listing() == before
    assert temporary() == set()


def test_preview_refuses_alike_and_leaves_nothing(
    space: Workspace, tmp_path: Path, temporary: Callable[[], set[str]]
) -> None:
    (tmp_path / "log.csv").write_text(SMALL_LOG)
    with pytest.raises(DataError, match="no column 'who'"):
        preview_log(space, DataSettings(log="log.csv", user="who"), folder=tmp_path)
    preview = preview_log(space, DataSettings(log="log.csv"), folder=tmp_path)
    assert (preview.rows, len(preview.head), preview.mapping.time) == (60, 5, "timestamp")
    assert list((space.home / "tmp").iterdir()) == []
    assert temporary() == set()


def test_random_bytes_raise_nothing_but_data_errors(
    space: Workspace, tmp_path: Path, temporary: Callable[[], set[str]]
) -> None:
    rng = np.random.default_rng(11)
    alphabet = np.frombuffer(b'ab12,;|\t:"\n\r -.+TZ\xc3\xa9\xff', dtype=np.uint8)
    refused = unfinished = 0
    for run in range(200):
        size = int(rng.integers(0, 400))
        text = rng.bytes(size) if run % 4 == 0 else rng.choice(alphabet, size).tobytes()
        head = HEADER.encode() if run % 3 == 0 else b""
        (tmp_path / "log.csv").write_bytes(head + text)
        try:
            import_log(space, DataSettings(log="log.csv"), folder=tmp_path)
        except DataError as err:
            refused += 1
            unfinished += not str(err).endswith((".", ")"))
    assert refused > 150
    assert unfinished == 0
    assert temporary() == set()
