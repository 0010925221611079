"""Cohorts that nobody assigned: a log of one arm goes through import, two models and the whole analysis.

Items are taken by popularity alone, so that the model which ranks a user's next items higher says nothing of the user;
but it is told apart more often where users come often, and these stay longer.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recsys_core.engine.duck import DuckEngine
from recsys_core.retention.estimators.figures import RestrictedMean
from validation.affinity import PAIR, affinity_result
from validation.logs import Log, People, events_frame, with_items
from validation.pace_logs import Kind, Rng, simulate
from validation.run import Numbers
from validation.studies import Desk


def affinity_numbers(rng: Rng, kind: Kind, law: str, users: int) -> Numbers:
    """Return what both methods find between the cohorts: "a" is popular, "b" is item-knn."""
    drawn = simulate(rng, kind, law, users)
    nobody = np.zeros(users, dtype=np.int64)
    log = Log(People(nobody, nobody, nobody, np.zeros(users)), drawn.user, drawn.time, nobody[drawn.user], nobody)
    DuckEngine().cursor().execute("SET threads TO 1")  # studies run side by side
    with TemporaryDirectory(prefix="validation-") as folder:
        dataset = Desk(Path(folder)).imported(events_frame(with_items(rng, log), with_arm=False))
        found = affinity_result(dataset)
    names = dict(zip(PAIR, kind.arms, strict=True))
    contrast = found.contrasts[0]
    label = f"{names[contrast.arm]} {names[contrast.reference]}"
    numbers: Numbers = {f"{label} fixed": _numbers(contrast.rmst_difference)}
    if found.decision is None:  # too few to say
        return numbers | {f"{label} {method}": [None, None] for method in ("engaged", "matched")}
    pair = found.decision.pairs[0]
    both = f"{names[pair.arm]} {names[pair.reference]}"
    numbers |= {f"{both} engaged": _numbers(pair.engaged), f"{both} matched": _numbers(pair.matched)}
    return numbers | {f"{names[arm.name]} engaged": _numbers(arm.engaged) for arm in found.decision.arms}


def _numbers(days: RestrictedMean | None) -> list[float | None]:
    return [None, None] if days is None else [days.estimate, days.stderr]
