"""Text files as DuckDB reads them: what is wrong with a file is found by counting all of its columns once."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from recsys_core.engine.duck_sql import first_line, literal, one_path, quote
from recsys_core.engine.protocol import Measured, TextLayout, UnreadableError

if TYPE_CHECKING:
    import duckdb

_TWO_LINE_ENDS = "state machine"  # the engine's words for line ends of two kinds in one file
_MOST_REJECTS = 500_000  # it keeps each in memory, at some 700 bytes


def open_text(
    cursor: "duckdb.DuckDBPyConnection", name: str, path: Path, layout: TextLayout
) -> tuple[Measured, int, bool]:
    """Open a file as a view; return what it holds, the lines of another width, and whether these are all.

    Raises
    ------
    UnreadableError
        If the file is not UTF-8, mixes line ends, or has a quotation mark astray.
    """
    import duckdb

    call = _csv_call(path, layout)
    try:
        measured, rejects, every = _measured(cursor, call, layout)
    except duckdb.Error as err:
        two_ends = isinstance(err, duckdb.InvalidInputException) and _TWO_LINE_ENDS in str(err)
        raise UnreadableError(first_line(err), "line-ends" if two_ends else "other") from None
    if "INVALID ENCODING" in rejects:
        raise UnreadableError("invalid encoding", "encoding")
    if "UNQUOTED VALUE" in rejects:
        raise UnreadableError("unquoted value", "quote", rejects["UNQUOTED VALUE"][1])
    try:
        cursor.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {call} ignore_errors=true)")
    except duckdb.Error as err:
        raise UnreadableError(first_line(err)) from None
    return measured, sum(lines for lines, _ in rejects.values()), every


def _measured(
    cursor: "duckdb.DuckDBPyConnection", call: str, layout: TextLayout
) -> tuple[Measured, dict[str, tuple[int, int]], bool]:
    """Measure; by kind of error count the lines that were left out and find the first; say whether these are all."""
    mark = uuid4().hex
    store = f"store_rejects=true, rejects_table='rejects_{mark}', rejects_scan='scans_{mark}', "
    store += f"rejects_limit={_MOST_REJECTS}"
    # Measuring every column makes the engine look at each, so that what is wrong with any of them shows here.
    longest = ", ".join(f"max(strlen({quote(column)}))" for column in layout.columns)
    try:
        counted = cursor.execute(f"SELECT count(*), {longest} FROM {call} {store})").fetchall()
        lines = cursor.execute(
            f"SELECT error_type::VARCHAR, count(DISTINCT line), min(line), count(*) FROM rejects_{mark} GROUP BY 1"
        ).fetchall()
        rows, *most = (int(number or 0) for number in counted[0])
        measured = Measured(rows, max(most), layout.columns[most.index(max(most))])
        every = sum(kept for *_, kept in lines) < _MOST_REJECTS
        return measured, {kind: (several, first) for kind, several, first, _ in lines}, every
    finally:
        cursor.execute(f"DROP TABLE IF EXISTS rejects_{mark}")
        cursor.execute(f"DROP TABLE IF EXISTS scans_{mark}")


def _csv_call(path: Path, layout: TextLayout) -> str:
    """SQL of the reader, open at its end for one more option."""
    typed = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in layout.columns)
    mark = literal("" if len(layout.separator) > 1 else '"')
    missing = ", ".join(literal(word) for word in layout.missing)
    return (
        f"read_csv({literal(one_path(path))}, auto_detect=false, columns={{{typed}}}, "
        f"delim={literal(layout.separator)}, header={str(layout.header).lower()}, skip={layout.blank_lines}, "
        f"quote={mark}, escape={mark}, compression='none', nullstr=[{missing}],"
    )
