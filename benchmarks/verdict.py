"""What decides a verdict, the life model and pace-matched curves, beside one Cox model of the same users.

They answer different questions: the Cox model is there for scale, as the fit that everybody knows. Both start at
arrays: days with a visit here, the duration under a gap of 28 days there.
"""

from typing import Final

from benchmarks.run import Job

_SETUP: Final = """
import numpy as np
import pandas as pd
from recsys_core.retention.pace.arm_pairs import compare_pairs
from recsys_core.retention.pace.thinning import first_long_gap
from recsys_core.retention.pace.visits import Visits
from validation.pace_logs import KINDS, LOG_DAYS, simulate
def visits_of(users):
    log = simulate(np.random.default_rng(1), KINDS["masked"], "gamma", users)
    return Visits.of_times(log.arm, log.user, log.time, LOG_DAYS, ("a", "b"))
visits = visits_of({users})
compare_pairs(visits_of(1000), 60, LOG_DAYS, 1)
"""
_LIFELINES: Final = """
from lifelines import CoxPHFitter
last, followed = first_long_gap(visits.user, visits.day, visits.size, 28), visits.followed - 28
frame = pd.DataFrame({"duration": np.minimum(last, followed), "event": last <= followed, "arm": visits.arm})
frame = frame[followed >= 0]
CoxPHFitter().fit(frame.head(1000), "duration", "event")
"""


def _job(users: int, size: str) -> Job:
    return Job(
        "verdict, two arms", size, "lifelines, Cox", ours="compare_pairs(visits, 60, LOG_DAYS, 1)",
        against='CoxPHFitter().fit(frame, "duration", "event")', setup=_SETUP.format(users=users),
        against_setup=_LIFELINES,
    )  # fmt: skip


JOBS = (_job(4_000, "4,000"), _job(1_000_000, "1 M"))
