"""Simulated checks from raw events.

python -m validation [--seeds 0-999] [--cells null,effect] [--workers 2]    runs what is missing, then writes the page
python -m validation --table                                               writes the page from what is there
"""

import argparse
import os
from pathlib import Path

from validation.cells import CELLS
from validation.run import cell_named, load, run
from validation.table import judged_rows, page

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run and write; exit code 1 where a row lies outside its band or a study failed."""
    options = _options()
    cells = [cell_named(name).name for name in options.cells.split(",")] if options.cells else [c.name for c in CELLS]
    if not options.table:
        run(options.results, cells, _seeds(options.seeds), options.workers)
    options.page.write_text(page(options.results), encoding="utf-8")
    wrong = 0
    for cell in CELLS:
        studies = load(options.results, cell.name)
        for one in studies:
            if one.failure:
                wrong += 1
                print(f"{cell.name}, seed {one.seed}: {one.failure}")
        for judged in judged_rows(cell, studies):
            if judged.row.judged and judged.misses:
                wrong += 1
                print(f"{cell.name}, {judged.row.figure}: outside its band ({', '.join(judged.misses)})")
    print(f"Written: {options.page}. " + ("Everything lies within its band." if not wrong else f"{wrong} do not hold."))
    return int(wrong > 0)


def _options() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m validation", description="Simulated checks from raw events.")
    ask.add_argument("--seeds", default="0-999", help="first and last seed (0-999)")
    ask.add_argument("--cells", default="", help=f"some of: {', '.join(cell.name for cell in CELLS)}")
    ask.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 8), help="processes, one thread each")
    ask.add_argument("--results", type=Path, default=ROOT / "build" / "validation", help="folder of what is done")
    ask.add_argument("--page", type=Path, default=ROOT / "docs" / "validation.md", help="page to write")
    ask.add_argument("--table", action="store_true", help="run nothing, write the page from what is there")
    return ask.parse_args()


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last or first) + 1)
    except ValueError:
        raise SystemExit(f"--seeds is {text!r}; write it as 0-999 or 7.") from None


if __name__ == "__main__":
    raise SystemExit(main())
