"""The Cox model with Efron's ties and durations in days against lifelines, scikit-survival and R's survival."""

from typing import Final

from benchmarks.run import Job
from benchmarks.survival import size_of
from benchmarks.survival_data import KINDS, load_in_r

_SETUP: Final = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from benchmarks.survival_data import KINDS, load
from recsys_core.retention.cox.cox_model import fit_cox
frame = load({kind!r}, {rows})
names = list(KINDS[{kind!r}])
design = frame[names]
def ours(rows=slice(None), **options):
    return fit_cox(frame["duration"][rows], frame["event"][rows], design[rows], **options)
ours(slice(2000), robust=True)
"""
_LIFELINES: Final = """
from lifelines import CoxPHFitter
frame = frame[[*names, "duration", "event"]]
def theirs(rows=slice(None), **options):
    return CoxPHFitter().fit(frame[rows], "duration", "event", **options)
theirs(slice(2000))
"""
_SKSURV: Final = """
from sksurv.linear_model import CoxPHSurvivalAnalysis
x = frame[names].to_numpy()
y = np.rec.fromarrays((frame["event"].to_numpy() > 0, frame["duration"].to_numpy()), names="event,time")
def theirs(rows=slice(None)):
    return CoxPHSurvivalAnalysis(ties="efron").fit(x[rows], y[rows])
theirs(slice(2000))
"""
_PEERS: Final = {"lifelines": ("lifelines", _LIFELINES), "scikit-survival": ("sksurv", _SKSURV), "R": ("R", "")}
TENTH: Final = 0.1  # robust errors and scikit-survival take minutes at full size


def jobs(rows: int) -> tuple[Job, ...]:
    """All jobs with so many users, and the slow peers with a tenth of them."""
    few = int(rows * TENTH)
    plain, robust = "ours()", "ours(robust=True)"
    return (
        _job("Cox, 7 columns", "numbers", rows, "lifelines", plain, "theirs()", 0.3),
        _job("Cox, 7 columns", "numbers", rows, "R", plain, _in_r("numbers"), 0.1),
        _job("Cox, 7 columns", "numbers", few, "scikit-survival", plain, "theirs()"),
        _job("Cox, robust errors", "numbers", rows, "our plain fit", robust, plain, 1.5),
        _job("Cox, robust errors", "numbers", few, "R", robust, _in_r("numbers", "robust = TRUE"), 0.003),
        _job("Cox, robust errors", "numbers", few, "lifelines", robust, "theirs(robust=True)"),
        _job("Cox, 30 patterns", "categories", rows, "lifelines", plain, "theirs()", 0.05),
        _job("Cox, 30 patterns", "categories", rows, "R", plain, _in_r("categories")),
    )


def _in_r(kind: str, options: str = "") -> str:
    more = f", {options}" if options else ""
    return f"coxph(Surv(duration, event) ~ {' + '.join(KINDS[kind])}, d{more})"


def _job(name: str, kind: str, rows: int, peer: str, ours: str, against: str, bar: float | None = None) -> Job:
    needs, code = _PEERS.get(peer, ("lifelines", ""))
    return Job(
        name, size_of(rows), peer, ours=ours, against=against, setup=_SETUP.format(kind=kind, rows=rows),
        prepare=f"from benchmarks.survival_data import make\nmake({kind!r}, {rows})",
        against_setup=load_in_r(kind, rows) if needs == "R" else code, needs=needs, bar=bar,
    )  # fmt: skip


JOBS = (*jobs(1_000_000), _job("growth of Cox", "numbers", 100_000, "lifelines", "ours()", "theirs()"))
