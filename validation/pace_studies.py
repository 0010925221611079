"""One study of a log of `pace_logs`: visits, both methods on every pair of arms, and one fixed gap beside them.

Studies start at visits and leave the import out: a log takes half a second, and tests/retention/pace holds that an
import finds the same visits. What comes back is each difference with its error; what it would be called is decided
when the page is written, by the product's own `outcome`.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
import pandas as pd

from recsys_core.retention.adjustment.weights import UserWeights, user_weights
from recsys_core.retention.pace.arm_pairs import AllPairs, Figure, WeightsOf, compare_pairs
from recsys_core.retention.pace.thinning import first_long_gap, kept_days
from recsys_core.retention.pace.visits import Visits
from validation.pace_affinity import affinity_numbers
from validation.pace_logs import KINDS, LAWS, LOG_DAYS, Kind, PaceLog, simulate
from validation.run import Numbers, Study, append, load

USERS: Final = 4000
HORIZON: Final = 60
SEEDS: Final = range(41_000, 41_500)  # named before they were run
METHODS: Final = ("engaged", "matched", "fixed", "log_ratio", "pace")
_BLOCK: Final = 5  # seeds of one kind before the next, so that an early end leaves all kinds with as many
_TOLD_EVERY: Final = 100


@dataclass(frozen=True)
class Batch:
    """Seeds of one kind under one law that a process works off together."""

    kind: str
    law: str
    seeds: tuple[int, ...]

    @property
    def file(self) -> str:
        """Name of the file of lines."""
        return file_of(self.kind, self.law)


def file_of(kind: str, law: str) -> str:
    """Name of the file of lines of a kind under a law, without its ending."""
    return f"{kind.replace(' %', '').replace(',', '').replace(' ', '-')}-{law}"


def study(kind: str, law: str, seed: int, users: int = USERS) -> Study:
    """Simulate one log and compare its arms. A study that fails is a result too: it is counted, never left out."""
    begun, failure, numbers = time.process_time(), "", {}
    rng = np.random.default_rng((seed, crc32(f"{kind}/{law}".encode())))
    try:
        numbers = compared(rng, KINDS[kind], law, users, seed)
    except Exception as err:  # noqa: BLE001 - whatever it is, it stands in the table
        failure = f"{type(err).__name__}: {err}"
    return Study(seed, round(time.process_time() - begun, 3), numbers, failure)


def compared(rng: np.random.Generator, kind: Kind, law: str, users: int, seed: int) -> Numbers:
    """Return every difference of every pair of arms with its error, as "b a engaged" for b minus a."""
    if kind.affinity:
        return affinity_numbers(rng, kind, law, users)
    log = simulate(rng, kind, law, users)
    visits = Visits.of_times(log.arm, log.user, log.time, LOG_DAYS, kind.arms)
    found = compare_pairs(visits, HORIZON, LOG_DAYS, seed, _weighting(log, kind) if kind.confounding else None)
    kept = fixed_gap(visits, found.gap, HORIZON)
    numbers: Numbers = {}
    for (arm, reference), pair in found.pairs.items():
        figures = {"engaged": pair.engaged, "matched": pair.matched, "log_ratio": pair.log_ratio, "pace": pair.pace}
        numbers |= {f"{arm} {reference} {name}": _numbers(figure) for name, figure in figures.items()}
        one, zero = (kept[visits.names.index(name)] for name in (arm, reference))
        numbers[f"{arm} {reference} fixed"] = [one[0] - zero[0], float(np.hypot(one[1], zero[1]))]
        numbers[f"{arm} {reference} days"] = [pair.matched_days]
    return numbers | _own(found)


def _weighting(log: PaceLog, kind: Kind) -> WeightsOf:
    """Weigh users by what is known of them, as a study that is adjusted for it does."""
    known = pd.DataFrame({"known": log.known})

    def weights_of(arm: str, reference: str) -> UserWeights:
        one, zero = (kind.arms.index(name) for name in (arm, reference))
        mine = np.isin(log.arm, [one, zero])
        return user_weights((log.arm[mine] == one).astype(float), known.loc[mine])

    return weights_of


def fixed_gap(visits: Visits, gap: int, horizon: int) -> list[tuple[float, float]]:
    """Restricted mean of each arm under one gap, nothing hidden, with its standard error."""
    last = first_long_gap(visits.user, visits.day, visits.size, gap)
    found = []
    for arm in range(len(visits.names)):
        own = visits.arm == arm
        mean, influence = kept_days(last[own], visits.followed[own] - gap, np.ones(int(own.sum())), horizon)
        found.append((mean, float(np.sqrt((influence**2).sum()))))
    return found


def missing(folder: Path, kinds: Sequence[str], seeds: range) -> Iterator[Batch]:
    """List what is not there yet, some seeds of all kinds under both laws before the next seeds."""
    places = [(kind, law) for kind in kinds for law in LAWS]
    there = {place: {one.seed for one in load(folder, file_of(*place))} for place in places}
    for start in range(seeds.start, seeds.stop, _BLOCK):
        for kind, law in places:
            block = range(start, min(start + _BLOCK, seeds.stop))
            wanted = tuple(seed for seed in block if seed not in there[kind, law])
            if wanted:
                yield Batch(kind, law, wanted)


def run(folder: Path, kinds: Sequence[str], seeds: range, workers: int = 1) -> None:
    """Run what is missing; a line is kept as soon as its batch is done."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    batches = list(missing(folder, kinds, seeds))
    total, finished, begun = sum(len(batch.seeds) for batch in batches), 0, time.monotonic()
    print(f"{total:,} studies to run; results in {folder}.", flush=True)
    for batch, studies in _worked_off(batches, workers):
        append(folder, batch.file, studies)
        before, finished = finished, finished + len(studies)
        if finished // _TOLD_EVERY > before // _TOLD_EVERY or finished == total:
            minutes = (time.monotonic() - begun) / 60
            print(f"{finished:,} of {total:,} studies after {minutes:.1f} minutes", flush=True)


def _worked_off(batches: Sequence[Batch], workers: int) -> Iterator[tuple[Batch, list[Study]]]:
    if workers == 1:
        yield from map(_work, batches)
        return
    with get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(_work, batches)


def _work(batch: Batch) -> tuple[Batch, list[Study]]:
    return batch, [study(batch.kind, batch.law, seed) for seed in batch.seeds]


def _numbers(figure: Figure | None) -> list[float | None]:
    return [None, None] if figure is None else [float(figure.estimate), figure.stderr]


def _own(found: AllPairs) -> Numbers:
    """Days engaged of each arm: they order three arms."""
    return {f"{name} engaged": _numbers(figure) for name, figure in found.engaged.items()}
