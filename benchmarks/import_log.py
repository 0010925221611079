"""What it costs to import a CSV log: read, clean, check, pseudonymise, sort and store, against two peers.

pandas (its C reader) does the same cleaning, hashing and sorting; plain DuckDB only reads, drops what is missing and
doubled, and writes: no sorting, no hashing, no checks, so it marks the floor.

    python -m benchmarks.import_log [--rows 10000000] [--rounds 3]
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.run import HEADER, Job, compare, row

FOLDER = Path(tempfile.gettempdir()) / "staying-power-benchmark"

PREPARE = """
import duckdb, pathlib
log = pathlib.Path({log!r})
log.parent.mkdir(exist_ok=True)
if not log.exists():
    duckdb.execute('''SELECT setseed(0.5)''')
    duckdb.execute(f'''COPY (
        SELECT (random() * {users})::INT AS user_id, 'item' || (random() ** 2 * 20000)::INT AS item_id,
        1767225600 + (random() * 180 * 86400)::BIGINT AS timestamp,
        if(random() < .7, 'view', 'click') AS event, round(random() * 5, 1) AS value FROM range({rows})
    ) TO '{{log}}' (HEADER)''')
"""
OURS = """
import tempfile
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace
with tempfile.TemporaryDirectory() as home:
    import_log(Workspace.open(home), DataSettings(log={log!r}))
"""
PANDAS = """
import hashlib, tempfile
import pandas as pd
ids = ["user_id", "item_id"]
log = pd.read_csv({log!r}, engine="c", dtype=dict.fromkeys([*ids, "event"], str))
log[ids] = log[ids].apply(lambda column: column.str.strip())
log["timestamp"] = pd.to_numeric(log["timestamp"], errors="coerce")
log = log.dropna(subset=[*ids, "timestamp"]).drop_duplicates()
log["timestamp"] = log["timestamp"].astype("int64")
log["user_id"] = log["user_id"].map({{u: hashlib.sha256(u.encode()).hexdigest()[:20] for u in log["user_id"].unique()}})
log = log.sort_values(["user_id", "timestamp", "item_id"])
with tempfile.NamedTemporaryFile(suffix=".parquet") as out:
    log.to_parquet(out.name, compression="zstd", index=False)
"""
DUCKDB = """
import tempfile
import duckdb
engine = duckdb.connect(config={{"preserve_insertion_order": False}})
with tempfile.NamedTemporaryFile(suffix=".parquet") as out:
    engine.execute(f'''COPY (SELECT DISTINCT * FROM read_csv({log!r})
        WHERE user_id IS NOT NULL AND item_id IS NOT NULL AND timestamp IS NOT NULL)
        TO '{{out.name}}' (FORMAT parquet, COMPRESSION zstd)''')
"""


def jobs(rows: int) -> tuple[Job, ...]:
    """Our import of a log of so many rows against each peer."""
    log = str(FOLDER / f"log-{rows}.csv")
    size = f"{rows / 1e6:g} M rows"
    prepare, ours = PREPARE.format(log=log, rows=rows, users=max(rows // 50, 1)), OURS.format(log=log)
    return tuple(
        Job("import", size, peer, ours=ours, against=against.format(log=log), prepare=prepare)
        for peer, against in (("pandas", PANDAS), ("plain duckdb", DUCKDB))
    )


JOBS = jobs(1_000_000)


def main() -> None:
    """Print a line per peer, and delete the log that was made for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    line = "{:<8} {:<10} {:>9} {:>9} {:>7} {:>5} {:<3} {:>11} {:>11} {:>5} {}"
    print(line.format(*HEADER))
    try:
        for job in jobs(options.rows):
            print(line.format(*row(job, *compare(job, options.rounds))), flush=True)
    finally:
        (FOLDER / f"log-{options.rows}.csv").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
