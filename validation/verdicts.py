"""Simulated checks of the verdict: how often a winner is named, rightly or wrongly, where arms differ in pace.

python -m validation.verdicts [--seeds 41000-41499] [--kinds "null;pace 30 %"] [--workers 1]   runs what is missing
python -m validation.verdicts --table                                     writes the page from what is there
"""

import argparse
from pathlib import Path

from recsys_core.workspace import write_atomic
from validation.pace_bars import MISSED, judged, spread_of
from validation.pace_logs import KINDS, LAWS
from validation.pace_studies import SEEDS, file_of, run
from validation.pace_truth import truths
from validation.run import load
from validation.verdict_page import METHODS, page

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run and write; exit code 1 where a bar is missed or a study failed."""
    options = _options()
    if not options.table:
        run(options.results, _kinds(options.kinds), _seeds(options.seeds), options.workers)
    write_atomic(options.page, page(options.results))
    wrong = failings(options.results)
    print("\n".join([*wrong, f"Written: {options.page}. {len(wrong) or 'No'} bars are missed or studies failed."]))
    return int(bool(wrong))


def failings(folder: Path) -> list[str]:
    """Say what is missed and what failed."""
    known, said = truths(folder), []
    for kind, law in ((kind, law) for kind in KINDS for law in LAWS):
        studies = load(folder, file_of(kind, law))
        said += [f"{kind}, {law}, seed {one.seed}: {one.failure}" for one in studies if one.failure]
        good = [one for one in studies if not one.failure]
        if good and judged(kind, good) == MISSED:
            said.append(f"{kind}, {law}: winners")
        for method, told in METHODS.items():
            found = spread_of(kind, good, method, known[f"{kind}/{law}"][method])
            if found and found.judged == MISSED:
                said.append(f"{kind}, {law}: coverage of the {told} interval")
    return said


def _options() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m validation.verdicts", description="Simulated checks of the verdict.")
    seeds = f"{SEEDS.start}-{SEEDS.stop - 1}"
    ask.add_argument("--seeds", default=seeds, help=f"first and last seed ({seeds})")
    ask.add_argument("--kinds", default="", help=f"some of, with ; between: {'; '.join(KINDS).replace('%', '%%')}")
    ask.add_argument("--workers", type=int, default=1, help="processes, one thread each (1)")
    ask.add_argument("--results", type=Path, default=ROOT / "build" / "validation-verdicts", help="folder of results")
    ask.add_argument("--page", type=Path, default=ROOT / "docs" / "validation_verdicts.md", help="page to write")
    ask.add_argument("--table", action="store_true", help="run nothing, write the page from what is there")
    return ask.parse_args()


def _kinds(text: str) -> list[str]:
    kinds = [name.strip() for name in text.split(";")] if text else list(KINDS)
    unknown = [name for name in kinds if name not in KINDS]
    if unknown:
        raise SystemExit(f"There is no kind {unknown[0]!r}. The kinds are: {'; '.join(KINDS)}.")
    return kinds


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last or first) + 1)
    except ValueError:
        raise SystemExit(f"--seeds is {text!r}; write it as 41000-41499 or 7.") from None


if __name__ == "__main__":
    raise SystemExit(main())
