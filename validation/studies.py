"""One study: a simulated log goes through import and analysis as a user's own would; its figures come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.retention.estimators.figures import CoxTerm, Estimate
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.retention.population.arm_curves import arm_term
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import DataSettings, RetentionSettings
from recsys_core.workspace import Workspace
from validation.logs import ARMS, GAP, HORIZON, REPORT_DAY

RESAMPLES = 200
SETTINGS = RetentionSettings(inactivity_days=GAP, horizon_days=HORIZON, report_day=REPORT_DAY, resamples=RESAMPLES)
METHODS = {"aipw": "AIPW", "iptw": "IPTW", "g-computation": "g-computation"}
ADJUSTING = ("segment", "plan")
Figures = dict[str, "Figure"]


@dataclass(frozen=True)
class Figure:
    """An estimate with its error and 95 % limits, and the p value of no difference; None where it has none."""

    estimate: float | None = None
    stderr: float | None = None
    lower: float | None = None
    upper: float | None = None
    p: float | None = None

    def flipped(self) -> "Figure":
        """Turn a difference round."""
        estimate, lower, upper = (None if x is None else -x for x in (self.estimate, self.lower, self.upper))
        return Figure(estimate, self.stderr, upper, lower, self.p)

    def to_list(self) -> list[float | None]:
        """Return the five numbers in the order of the fields."""
        return [self.estimate, self.stderr, self.lower, self.upper, self.p]


class Desk:
    """A workspace of its own, where raw tables are written and imported."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def imported(self, events: pd.DataFrame, users: pd.DataFrame | None = None) -> Dataset:
        """Write raw tables as Parquet and import them, with the columns named."""
        settings = DataSettings(
            log="log.parquet", user="user", item="item", time="time", guess=False, pseudonymise=False
        )
        events.to_parquet(self._folder / "log.parquet", index=False)
        if "arm" in events:
            settings = settings.changed({"recommender": "arm"})
        if users is not None:
            users.to_parquet(self._folder / "users.parquet", index=False)
            settings = settings.changed({"users": "users.parquet"})
        return import_log(Workspace.open(self._folder / "workspace"), settings, folder=self._folder)


def analysed(dataset: Dataset, changes: Mapping[str, object], affinity: AffinityInput | None = None) -> RetentionResult:
    """Analyse with the settings shared by all studies, but for the changes."""
    return analyse_retention(dataset, SETTINGS.changed(dict(changes)), affinity)


def figures(result: RetentionResult, arms: Sequence[str] = ARMS) -> Figures:
    """Take out every figure of a study of two arms, differences as the second arm minus the first."""
    (contrast,) = result.contrasts
    by_name = _contrast_figures(contrast)
    for one in contrast.adjusted_methods:
        by_name[METHODS[one.method]] = _estimate(one.rmst_difference)
        by_name[f"{METHODS[one.method]}, S"] = _estimate(one.survival_difference)
    if result.cox is not None:
        terms = {term.name: term for term in result.cox.terms}
        by_name["Cox, adjusted"] = _term(terms[arm_term(contrast.arm)])
    if contrast.arm == arms[0]:
        by_name = {name: figure.flipped() for name, figure in by_name.items()}
    for arm in result.arms:
        point = next(point for point in arm.survival if point.day == result.settings.report_day)
        by_name[f"mean {arm.name}"] = _estimate(arm.rmst)
        by_name[f"S {arm.name}"] = Figure(point.estimate, point.stderr, point.lower, point.upper)
    return by_name


def _contrast_figures(contrast: Contrast) -> Figures:
    by_name = {"mean": _estimate(contrast.rmst_difference), "S": _estimate(contrast.survival_difference)}
    if contrast.logrank:
        by_name["log-rank"] = Figure(p=contrast.logrank.p)
    if contrast.hazard_ratio:
        ratio = contrast.hazard_ratio
        logs = (float(np.log(x)) for x in (ratio.estimate, ratio.lower, ratio.upper))
        estimate, lower, upper = logs
        by_name["Cox"] = Figure(estimate, None, lower, upper, ratio.p)
    return by_name


def _estimate(estimate: Estimate) -> Figure:
    return Figure(estimate.estimate, estimate.stderr, estimate.lower, estimate.upper, estimate.p)


def _term(term: CoxTerm) -> Figure:
    return Figure(term.coef, term.robust_stderr or term.stderr, term.lower, term.upper, term.p)
