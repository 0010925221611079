"""The models of a ready survival table: log-rank tests, Cox, and adjusted contrasts, with what they cannot do."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from recsys_core.answers import Check, Value, message
from recsys_core.errors import DataError, StayingPowerError
from recsys_core.retention.adjustment.adjust import Adjustment, adjust
from recsys_core.retention.adjustment.adjustment_cells import AdjustInput
from recsys_core.retention.cox.cox_model import CoxFit, fit_cox
from recsys_core.retention.cox.proportional_hazards import cox_result
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.estimators.figures import ChiSquare, CoxResult, HazardRatio
from recsys_core.retention.estimators.logrank import logrank
from recsys_core.retention.population.population import Excluded
from recsys_core.retention.ready.ready_columns import ReadyTable, SurvivalOptions

WARN = "warn"
FEW_CLUSTERS = 10


@dataclass(frozen=True)
class ReadyModels:
    """Fits models to the rows that can be used, and notes in `checks` what could not be computed, and why.

    Attributes
    ----------
    keep
        Rows that have all covariates, the stratum and the cluster.
    left_out
        The others, counted by column.
    """

    table: ReadyTable
    options: SurvivalOptions
    keep: np.ndarray
    left_out: tuple[Excluded, ...]
    checks: list[Check] = field(default_factory=list)

    @classmethod
    def of(cls, table: ReadyTable, options: SurvivalOptions) -> "ReadyModels":
        """Find the rows that models can use.

        Raises
        ------
        DataError
            When there are none, or all of them belong to one cluster.
        """
        names = list(dict.fromkeys(n for n in (*options.covariates, options.strata, options.cluster) if n))
        lacking = table.frame[names].isna()
        keep = ~lacking.any(axis=1).to_numpy()
        if not keep.any():
            raise DataError("ready-no-complete-row", rows=keep.size, columns=tuple(names))
        left_out = tuple(
            Excluded(message("exclusion-ready-no-value-for-models", column=name), int(lacking[name].sum()))
            for name in names
            if lacking[name].any()
        )
        models = cls(table, options, keep, left_out)
        models._judge_clusters()
        return models

    def covariates(self) -> pd.DataFrame:
        """Return the columns of the models: the group, where there are two arms, and the covariates."""
        options, arm = self.options, self.table.arm[self.keep]
        frame = self.table.frame.loc[self.keep, list(dict.fromkeys(options.covariates))]
        if options.group and options.group not in options.covariates and len(set(self.table.arm)) > 1:
            if len(set(arm)) == 1:
                raise DataError("ready-one-arm-complete", arm=arm[0], group=options.group)
            frame.insert(0, options.group, arm)
        return frame

    def cox(self) -> CoxResult | None:
        """Fit Cox with the group and the covariates; None where there are no columns, or an arm has no event."""
        covariates = self.covariates()
        if covariates.shape[1] == 0 or self._arm_without_events():
            return None
        fit = self.fit(self.keep, design_matrix(covariates))
        try:
            return cox_result(fit, self.options.transform)
        except DataError as error:
            self.note("ready-proportional-hazards", "not-tested", reason=error.message)
        try:
            return cox_result(fit, transform=None)
        except DataError as error:  # nobody is followed past the one time of all events
            self.note("ready-cox-model", columns=tuple(map(str, covariates.columns)), reason=error.message)
            return None

    def fit(self, keep: np.ndarray, design: pd.DataFrame) -> CoxFit:
        """Fit Cox to some of the rows.

        Raises
        ------
        DataError
            As `fit_cox`.
        """
        rows, frame, options = self.table.rows.take(keep), self.table.frame[keep], self.options
        if not (rows.event * rows.weights).any():
            raise DataError("ready-no-event", column=options.event, rows=len(frame))
        return fit_cox(
            rows.duration,
            rows.event,
            design,
            entry=rows.entry,
            weights=rows.weights,
            strata=frame[options.strata] if options.strata else None,
            cluster=frame[options.cluster] if options.cluster else None,
            robust=self.robust,
            ties=options.ties,
            confidence=options.confidence,
        )

    @property
    def robust(self) -> bool:
        """Whether weights ask for robust errors."""
        return bool(np.any((self.table.rows.weights != 0) & (self.table.rows.weights != 1)))

    def logrank(self, arms: tuple[str, ...]) -> ChiSquare | None:
        """Compare arms within strata; None, with a check, where nothing can be compared."""
        table, strata = self.table, self.options.strata
        keep = np.isin(table.arm, arms)
        if strata:
            keep &= table.frame[strata].notna().to_numpy()
        rows = table.rows.take(keep)
        within = table.frame.loc[keep, strata] if strata else None
        try:
            return logrank(
                rows.duration, rows.event, table.arm[keep], strata=within, entry=rows.entry, weights=rows.weights
            )
        except StayingPowerError as error:
            self.note("ready-logrank", arms=arms, reason=error.message)
            return None

    def hazard_ratio(self, arm: str, reference: str) -> HazardRatio | None:
        """Compare the hazards of two arms, unadjusted; None, with a check, where it does not exist."""
        table = self.table
        keep = np.isin(table.arm, (arm, reference))
        for name in (self.options.strata, self.options.cluster):
            if name:
                keep &= table.frame[name].notna().to_numpy()
        design = pd.DataFrame({"arm": (table.arm[keep] == arm).astype(np.float64)})
        try:
            return self.fit(keep, design).hazard_ratio("arm")
        except StayingPowerError as error:
            self.note("ready-hazard-ratio", "refused", arm=arm, reference=reference, reason=error.message)
            return None

    def adjusted(self, arm: str, reference: str) -> Adjustment | None:
        """Standardise a contrast over the covariates; None, with a check, where that is not possible."""
        options, table = self.options, self.table
        names = [name for name in dict.fromkeys(options.covariates) if name != options.group]
        if not names:
            return None
        if options.entry or options.weights or options.cluster:
            self.note("ready-adjustment", "columns-not-taken", arm=arm, reference=reference)
            return None
        keep = np.isin(table.arm, (arm, reference)) & table.frame[names].notna().all(axis=1).to_numpy()
        rows = table.rows.take(keep)
        data = AdjustInput(rows.duration, rows.event, table.arm[keep] == arm, table.frame.loc[keep, names])
        horizon, resamples = options.horizon or 0.0, options.resamples
        try:
            return adjust(data, horizon, resamples=resamples, seed=options.seed, confidence=options.confidence)
        except StayingPowerError as error:
            self.note("ready-adjustment", "refused", arm=arm, reference=reference, reason=error.message)
            return None

    def note(self, code: str, finding: str = "", **values: Value) -> None:
        """Add a warning, once."""
        check = Check(code, WARN, finding, values)
        if check not in self.checks:
            self.checks.append(check)

    def _arm_without_events(self) -> bool:
        table, group = self.table, self.options.group
        struck = {
            name: bool((table.rows.event * table.rows.weights)[table.arm == name].any()) for name in set(table.arm)
        }
        silent = sorted(name for name, any_event in struck.items() if not any_event)
        if not group or not silent or not any(struck.values()):
            return False
        self.note("ready-hazard-ratio", "arm-without-events", group=group, arms=tuple(silent))
        return True

    def _judge_clusters(self) -> None:
        name = self.options.cluster
        if not name:
            return
        clusters = int(self.table.frame.loc[self.keep, name].nunique())
        if clusters < 2:
            raise DataError("ready-one-cluster", column=name)
        if clusters < FEW_CLUSTERS:
            self.note("ready-clusters", column=name, clusters=clusters)
