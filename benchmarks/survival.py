"""Curves, tests and restricted means of two arms against lifelines, scikit-survival and R's survival.

`from rows` starts at one row per user and includes the grouping into counts per day, which the product leaves to its
engine; `from counts` starts at these counts, as an analysis does that is asked again. Peers start at their rows, two
arms apart where they want them so. Every side has run once on a few users before its clock starts.
"""

from typing import TYPE_CHECKING, Final

from benchmarks.run import Job
from benchmarks.survival_data import load_in_r

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.survival_data import Counts

HORIZON: Final = 60
RESAMPLES: Final = 200
_SETUP: Final = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from benchmarks.survival import difference_band
from benchmarks.survival_data import group, load
from recsys_core.retention.estimators.event_table import event_table, event_table_from_counts
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
from recsys_core.retention.estimators.logrank import logrank, logrank_from_tables
from recsys_core.retention.estimators.restricted_mean import restricted_mean, restricted_mean_difference
def tables(counts):
    days = np.arange(counts.leaving.shape[1])
    return {{arm: event_table_from_counts(days, *of) for arm, of in enumerate(zip(*counts))}}
def row_tables(time, event, arm):
    return {{one: event_table(time[arm == one], event[arm == one]) for one in (0, 1)}}
def curves(by_arm):
    return [kaplan_meier(table) for table in by_arm.values()]
def means(by_arm):
    return restricted_mean_difference(*(restricted_mean(curve, {horizon}) for curve in curves(by_arm)))
frame = load({kind!r}, {rows})
time, event, arm = (frame[name].to_numpy() for name in ("duration", "event", "arm"))
few = slice(2000)
means(row_tables(time[few], event[few], arm[few]))
logrank(time[few], event[few], arm[few])
"""
_ON_DAYS: Final = """
counts = group(frame)
means(tables(counts))
difference_band(group(frame[few]))
"""
_LIFELINES: Final = """
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
is_lapse = event.astype(bool)
def theirs(rows=slice(None)):
    t, e, a = time[rows], event[rows], arm[rows]
    return [KaplanMeierFitter().fit(t[a == one], e[a == one]) for one in (0, 1)]
def their_test(rows=slice(None)):
    t, e, a = time[rows], event[rows], arm[rows]
    return logrank_test(t[a == 0], t[a == 1], e[a == 0], e[a == 1])
def their_means(rows=slice(None)):
    return [restricted_mean_survival_time(fit, t=min({horizon}, time[rows].max()), return_variance=True)
            for fit in theirs(rows)]
def refits():
    rng = np.random.default_rng(0)
    days = np.arange({horizon} + 1)
    for _ in range({resamples}):
        a, b = theirs(rng.integers(0, time.size, time.size))
        a.predict(days) - b.predict(days)
their_test(few), theirs(few)
"""
_SKSURV: Final = """
from sksurv.compare import compare_survival
from sksurv.nonparametric import kaplan_meier_estimator
is_lapse = event.astype(bool)
def theirs(rows=slice(None)):
    t, e, a = time[rows], is_lapse[rows], arm[rows]
    return [kaplan_meier_estimator(e[a == one], t[a == one], conf_type="log-log") for one in (0, 1)]
def their_test(rows=slice(None)):
    y = np.rec.fromarrays((is_lapse[rows], time[rows]), names="event,time")
    return compare_survival(y, arm[rows])
theirs(few), their_test(few)
"""
_PEERS: Final = {"lifelines": ("lifelines", _LIFELINES), "scikit-survival": ("sksurv", _SKSURV), "R": ("R", "")}
_R: Final = {
    "theirs()": 'survfit(Surv(duration, event) ~ arm, d, conf.type = "log-log")',
    "their_test()": "survdiff(Surv(duration, event) ~ arm, d)",
    "their_means()": "summary(survfit(Surv(duration, event) ~ arm, d), rmean = 60)$table",
}


def jobs(rows: int) -> tuple[Job, ...]:
    """All jobs with so many users."""
    days = (
        ("Kaplan-Meier, days", "theirs()", "curves(tables(group(frame)))", "curves(tables(counts))"),
        ("log-rank, days", "their_test()", "logrank_from_tables(tables(group(frame)))",
         "logrank_from_tables(tables(counts))"),
        ("restricted mean, days", "their_means()", "means(tables(group(frame)))", "means(tables(counts))"),
    )  # fmt: skip
    bars = {"lifelines": 0.1, "R": 0.01}
    listed = []
    for name, against, by_rows, by_counts in days:
        for peer in _peers_for(against):
            listed.append(_job(f"{name}, from rows", "days", rows, peer, by_rows, against, bars.get(peer)))
            listed.append(_job(f"{name}, from counts", "days", rows, peer, by_counts, against, bars.get(peer)))
    continuous = (
        ("Kaplan-Meier, continuous", "theirs()", "curves(row_tables(time, event, arm))"),
        ("log-rank, continuous", "their_test()", "logrank(time, event, arm)"),
        ("restricted mean, continuous", "their_means()", "means(row_tables(time, event, arm))"),
    )
    for name, against, ours in continuous:
        for peer in _peers_for(against):
            bar = 0.25 if peer == "lifelines" else None
            listed.append(_job(name, "continuous", rows, peer, ours, against, bar))
    band = f"difference band, {RESAMPLES} resamples"
    listed.append(_job(band, "days", rows, "lifelines", "difference_band(counts)", "refits()", 0.01))
    return tuple(listed)


def difference_band(counts: "Counts", resamples: int = RESAMPLES, horizon: int = HORIZON) -> "np.ndarray":
    """Return the 95 % limits of S_1(day) - S_0(day) for day 0 .. horizon, by resampling the users of each arm.

    The number of users with each outcome is multinomial, so that resampling counts is resampling users.
    """
    import numpy as np

    from recsys_core.retention.study.difference_curve import resampled_curves

    rng = np.random.default_rng(0)
    curves = [resampled_curves(*pair, rng, resamples)[1:, : horizon + 1] for pair in zip(*counts, strict=True)]
    return np.quantile(curves[1] - curves[0], [0.025, 0.975], axis=0)


def _peers_for(against: str) -> tuple[str, ...]:
    return ("lifelines", "R") if against == "their_means()" else ("lifelines", "scikit-survival", "R")


def _job(name: str, kind: str, rows: int, peer: str, ours: str, against: str, bar: float | None) -> Job:
    needs, code = _PEERS[peer]
    setup = _SETUP.format(kind=kind, rows=rows, horizon=HORIZON) + (_ON_DAYS if kind == "days" else "")
    in_r = needs == "R"
    return Job(
        name, size_of(rows), peer, ours=ours, against=_R[against] if in_r else against,
        setup=setup, prepare=f"from benchmarks.survival_data import make\nmake({kind!r}, {rows})",
        against_setup=load_in_r(kind, rows) if in_r else code.format(horizon=HORIZON, resamples=RESAMPLES),
        needs=needs, bar=bar,
    )  # fmt: skip


def size_of(rows: int) -> str:
    """Number of users as the table shows it."""
    return f"{rows / 1e6:g} M users"


def growth(rows: int) -> tuple[Job, ...]:
    """How our cost and that of lifelines change with the number of users."""
    return (
        _job("growth of Kaplan-Meier from rows", "days", rows, "lifelines", "curves(tables(group(frame)))",
             "theirs()", None),
        _job("growth of log-rank from rows", "days", rows, "lifelines",
             "logrank_from_tables(tables(group(frame)))", "their_test()", None),
        _job("growth of Kaplan-Meier from counts", "days", rows, "lifelines", "curves(tables(counts))",
             "theirs()", None),
    )  # fmt: skip


JOBS = (*jobs(1_000_000), *growth(100_000), *growth(10_000_000))
