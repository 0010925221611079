"""Tables beyond the limits are refused in a sentence that names the setting; what only looks large is not."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.data.bounds import check_quoted
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.data.read_log import read_table
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings, ImportLimits
from recsys_core.workspace import Workspace

HEADER = "user_id,item_id,timestamp,note\n"
ROW = "u1,i1,2026-03-01T10:00:00Z,"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"most_rows": 59}, r"has 60 rows; allowed are 59. .* raise data.most_rows"),
        ({"most_columns": 2}, r"has 3 columns; allowed are 2. .* raise data.most_columns"),
    ],
)
@pytest.mark.parametrize("name", ["log.csv", "log.parquet"])
def test_each_limit_is_named(
    name: str, settings: dict[str, object], words: str, bring: Callable[..., Dataset], small_log: str, tmp_path: Path
) -> None:
    content: str | bytes = small_log
    if name.endswith("parquet"):
        lines = [line.split(",") for line in small_log.split()]
        columns = dict(zip(lines[0], zip(*lines[1:], strict=True), strict=True))
        pq.write_table(pa.table({key: list(values) for key, values in columns.items()}), tmp_path / name)
        content = (tmp_path / name).read_bytes()
    with pytest.raises(DataError, match=words):
        bring(content, name, **settings)


def test_a_file_and_the_parts_of_a_folder_are_counted_together(
    space: Workspace, small_log: str, tmp_path: Path
) -> None:
    (tmp_path / "parts").mkdir()
    for part in range(2):
        (tmp_path / "parts" / f"{part}.csv").write_text(small_log + "u,i,2026-03-01\n" * 40_000)
    assert read_table(tmp_path / "parts").rows == 80_120
    with pytest.raises(DataError, match=r"parts has 0.0012\d* GB; allowed are 0.001. .* raise data.most_file_gb"):
        import_log(space, DataSettings(log="parts", most_file_gb=0.001), folder=tmp_path)


def test_a_long_cell_is_refused_with_its_column(bring: Callable[..., Dataset]) -> None:
    words = "has a cell of 3 KB in column 'note'; allowed are 1"
    with pytest.raises(DataError, match=words):
        bring(HEADER + ROW + "x\n" + ROW + "y" * 3000 + "\n", most_cell_kb=1)


def test_a_parquet_file_that_repeats_a_long_text_is_refused(bring: Callable[..., Dataset], tmp_path: Path) -> None:
    def brought(text: str, rows: int) -> None:
        texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
        table = pa.table({"user_id": ["u"] * rows, "item_id": ["i"] * rows, "timestamp": range(rows), "note": texts})
        pq.write_table(table, tmp_path / "made.parquet")
        assert (tmp_path / "made.parquet").stat().st_size < 200_000
        bring((tmp_path / "made.parquet").read_bytes(), "log.parquet")

    with pytest.raises(DataError, match="has a cell of 1,953 KB in column 'note'"):
        brought("x" * 2_000_000, 4_000)
    with pytest.raises(DataError, match="holds more than 100 times as many, as no log does"):
        brought("x" * 60_000, 4_000)


@pytest.mark.parametrize(
    "cell",
    ["\n" * 40_000, "a\n" * 20_000, '\n""' * 200 + "b\n" * 20_000, ",\n" * 20_000],
    ids=["line ends", "lines", "marks in it", "separators"],
)
def test_a_cell_that_does_not_end_is_found_before_the_engine_reads_its_lines(
    cell: str, bring: Callable[..., Dataset]
) -> None:
    text = HEADER + (ROW + "x\n") * 3 + ROW + '"' + cell + '"\n' + (ROW + "x\n") * 3
    with pytest.raises(DataError, match=r"the quotation mark on line \d+ \(byte [\d,]+\) opens a cell .* than 16 KB"):
        bring(text, most_cell_kb=16)


@pytest.mark.parametrize(
    "line",
    ['u,5" disc\n', 'u,"a, b"\n', '"u","two\nlines"\n', 'u,"she said ""yes"""\n', 'u,"ends with comma,"\n', '"",""\n'],
)
def test_marks_that_open_nothing_are_let_be(line: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,title\n" + line + "1,plain\n" * 20_000 + line + "1,plain\n" * 20_000)
    check_quoted("log.csv", path, ",", ImportLimits(most_cell_kb=16))
    assert read_table(path).rows == 40_002


def test_more_broken_lines_than_are_counted_refuse(
    monkeypatch: pytest.MonkeyPatch, bring: Callable[..., Dataset]
) -> None:
    monkeypatch.setattr("recsys_core.engine.duck_text._MOST_REJECTS", 20)
    with pytest.raises(DataError, match=r"log.csv: \d lines or more do not have 4 fields"):
        bring(HEADER + (ROW + "x\n") * 2000 + "a\n" * 30)
