"""Text files as DuckDB reads them: what is wrong with a file is found by counting all of its columns once."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from recsys_core.engine.duck_sql import first_line, literal, one_path, quote
from recsys_core.engine.protocol import TextLayout, UnreadableError

if TYPE_CHECKING:
    import duckdb

_TWO_LINE_ENDS = "state machine"  # the engine's words for line ends of two kinds in one file


def open_text(
    cursor: "duckdb.DuckDBPyConnection", name: str, path: Path, layout: TextLayout, *, load: bool
) -> tuple[int, int]:
    """Open a file as a view, or load it as a table; return its rows, and the lines of another width.

    Raises
    ------
    UnreadableError
        If the file is not UTF-8 (unless it is loaded), mixes line ends, or has a quotation mark astray.
    """
    import duckdb

    call = _csv_call(path, layout)
    try:
        rows, rejects = _counted(cursor, call, layout)
    except duckdb.Error as err:
        two_ends = isinstance(err, duckdb.InvalidInputException) and _TWO_LINE_ENDS in str(err)
        raise UnreadableError(first_line(err), "line-ends" if two_ends else "other") from None
    if "INVALID ENCODING" in rejects and not load:
        raise UnreadableError("invalid encoding", "encoding")
    if "UNQUOTED VALUE" in rejects:
        raise UnreadableError("unquoted value", "quote", rejects["UNQUOTED VALUE"][1])
    kind = "TABLE" if load else "VIEW"
    try:
        cursor.execute(f"CREATE TEMP {kind} {name} AS SELECT * FROM {call} ignore_errors=true)")
    except duckdb.Error as err:
        raise UnreadableError(first_line(err)) from None
    return rows, sum(lines for lines, _ in rejects.values())


def _counted(
    cursor: "duckdb.DuckDBPyConnection", call: str, layout: TextLayout
) -> tuple[int, dict[str, tuple[int, int]]]:
    """Count rows; and by kind of error the lines that were left out, and the first of them."""
    mark = uuid4().hex
    store = f"store_rejects=true, rejects_table='rejects_{mark}', rejects_scan='scans_{mark}', rejects_limit=0"
    # Counting every column makes the engine look at each, so that what is wrong with any of them shows here.
    each = ", ".join(f"count({quote(column)})" for column in layout.columns)
    try:
        counted = cursor.execute(f"SELECT count(*), {each} FROM {call} {store})").fetchall()
        lines = cursor.execute(
            f"SELECT error_type::VARCHAR, count(DISTINCT line), min(line) FROM rejects_{mark} GROUP BY 1"
        )
        return int(counted[0][0]), {kind: (several, first) for kind, several, first in lines.fetchall()}
    finally:
        cursor.execute(f"DROP TABLE IF EXISTS rejects_{mark}")
        cursor.execute(f"DROP TABLE IF EXISTS scans_{mark}")


def _csv_call(path: Path, layout: TextLayout) -> str:
    """SQL of the reader, open at its end for one more option."""
    typed = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in layout.columns)
    mark = literal("" if len(layout.separator) > 1 else '"')
    packed = "gzip" if layout.packed else "none"
    missing = ", ".join(literal(word) for word in layout.missing)
    return (
        f"read_csv({literal(one_path(path))}, auto_detect=false, columns={{{typed}}}, "
        f"delim={literal(layout.separator)}, header={str(layout.header).lower()}, skip={layout.blank_lines}, "
        f"quote={mark}, escape={mark}, compression='{packed}', nullstr=[{missing}],"
    )
