"""What the product survives, printed as tried and survived.

python -m validation.survive [--kills 200] [--inputs 1000] [--seed 13]
"""

import argparse
import tempfile
from pathlib import Path

from validation.survive.corpus import corpus
from validation.survive.inputs import give
from validation.survive.kills import kill

_SHOWN = 20


def main() -> int:
    """Run both; exit code 1 where something did not survive."""
    ask = argparse.ArgumentParser(prog="python -m validation.survive", description="Kills and hostile inputs.")
    ask.add_argument("--kills", type=int, default=200)
    ask.add_argument("--inputs", type=int, default=1000)
    ask.add_argument("--seed", type=int, default=13)
    options = ask.parse_args()
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        if options.inputs:
            (Path(folder) / "inputs").mkdir()
            given = give(corpus(options.seed, options.inputs), Path(folder) / "inputs")
            faults += given.faults
            for kind, tried in sorted(given.tried.items()):
                lost = len({fault.split(",")[0] for fault in given.faults if fault.startswith(kind)})
                told = f"input {kind:12s} tried {tried:5d}  survived {tried - lost:5d}"
                print(f"{told}  refused {given.refused[kind]:5d}")
            print(f"slowest {given.slowest:.1f} s, largest process {given.largest / 1e6:.0f} MB", flush=True)
        if options.kills:
            (Path(folder) / "kills").mkdir()
            killed = kill(options.kills, options.seed, Path(folder) / "kills")
            faults += killed.faults
            for name, tried in sorted(killed.tried.items()):
                lost = len({fault.split(":")[0] for fault in killed.faults if fault.startswith(name)})
                told = f"kill  {name:12s} tried {tried:5d}  survived {tried - lost:5d}"
                print(f"{told}  while it ran {killed.struck[name]:5d}")
    for fault in faults[:_SHOWN]:
        print(fault)
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
