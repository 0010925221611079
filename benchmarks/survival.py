"""Survival estimators against lifelines, on a million users with durations in whole days."""

import numpy as np
import pandas as pd

from benchmarks.run import Job

ROWS = 1_000_000
_SETUP = f"""
import warnings
warnings.simplefilter("ignore")
import numpy as np
from benchmarks.survival import counts, simulated
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from recsys_core.retention.cox import fit_cox
from recsys_core.retention.event_table import event_table, event_table_from_counts
from recsys_core.retention.kaplan_meier import kaplan_meier
from recsys_core.retention.restricted_mean import restricted_mean
frame = simulated({ROWS})
design = frame.drop(columns=["duration", "event"])
outcome = (frame["duration"], frame["event"])
days = counts(frame)
own = kaplan_meier(event_table_from_counts(*days))
other = KaplanMeierFitter().fit(*outcome)
"""


def simulated(rows: int) -> pd.DataFrame:
    """Return whole-day durations up to 100 days, with seven covariates."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 7)), columns=[f"x{k}" for k in range(7)])
    life = np.ceil(rng.exponential(40 * np.exp(-0.1 * frame.sum(axis=1))))
    followed = rng.integers(1, 101, rows)
    return frame.assign(duration=np.minimum(life, followed), event=(life <= followed).astype(float))


def counts(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return days, lapses and leavings, as the retention analysis groups them."""
    days = frame["duration"].to_numpy(dtype=np.int64)
    lapsed = frame["event"].to_numpy() > 0
    length = int(days.max()) + 1
    return np.arange(length), np.bincount(days[lapsed], minlength=length), np.bincount(days, minlength=length)


JOBS = (
    Job("Kaplan-Meier, day counts", "1 M", "lifelines", setup=_SETUP,
        ours="kaplan_meier(event_table_from_counts(*counts(frame)))", against="KaplanMeierFitter().fit(*outcome)"),
    Job("restricted mean", "1 M", "lifelines", setup=_SETUP,
        ours="restricted_mean(own, 60)", against="restricted_mean_survival_time(other, t=60, return_variance=True)"),
    Job("Cox, 7 columns", "1 M", "lifelines", setup=_SETUP,
        ours="fit_cox(*outcome, design)", against="CoxPHFitter().fit(frame, 'duration', 'event')"),
)  # fmt: skip
