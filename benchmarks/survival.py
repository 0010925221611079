"""Time of our survival estimators against lifelines, on day tables: python benchmarks/survival.py [ROWS]."""

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from recsys_core.retention.cox import fit_cox
from recsys_core.retention.event_table import event_table
from recsys_core.retention.kaplan_meier import kaplan_meier
from recsys_core.retention.restricted_mean import restricted_mean

warnings.filterwarnings("ignore", category=DeprecationWarning)


def simulated(rows: int) -> pd.DataFrame:
    """Return whole-day durations up to 100 days, with seven covariates."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 7)), columns=[f"x{k}" for k in range(7)])
    life = np.ceil(rng.exponential(40 * np.exp(-0.1 * frame.sum(axis=1))))
    followed = rng.integers(1, 101, rows)
    return frame.assign(duration=np.minimum(life, followed), event=(life <= followed).astype(float))


def seconds(call: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Print one line per estimator: ours, lifelines, ratio."""
    frame = simulated(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    outcome = (frame["duration"], frame["event"])
    design = frame.drop(columns=["duration", "event"])
    ours, theirs = kaplan_meier(event_table(*outcome)), KaplanMeierFitter().fit(*outcome)
    cases = {
        "Kaplan-Meier": (
            lambda: kaplan_meier(event_table(*outcome)),
            lambda: KaplanMeierFitter().fit(*outcome),
        ),
        "restricted mean": (
            lambda: restricted_mean(ours, 60),
            lambda: restricted_mean_survival_time(theirs, t=60),
        ),
        "Cox, 7 columns": (
            lambda: fit_cox(*outcome, design),
            lambda: CoxPHFitter().fit(frame, "duration", "event"),
        ),
    }
    for name, (our_call, their_call) in cases.items():
        own, other = seconds(our_call), seconds(their_call)
        print(f"{name:16s} ours {own:8.3f} s   lifelines {other:8.3f} s   ratio {other / own:7.1f}")


if __name__ == "__main__":
    main()
