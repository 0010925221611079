"""Scaled Schoenfeld residuals and their smooth against R's cox.zph and plot.cox.zph."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox.cox_model import fit_cox
from recsys_core.retention.cox.schoenfeld import hazard_over_time
from recsys_core.retention.estimators.inference import z_value

FIXTURES = Path(__file__).parents[2] / "fixtures"
ANSWERS = json.loads((FIXTURES / "schoenfeld" / "schoenfeld.json").read_text())


def lung_fit():
    frame = pd.read_csv(FIXTURES / "survival_reference" / "lung.csv").dropna(subset=["ph.ecog"]).reset_index(drop=True)
    return fit_cox(frame["time"], frame["event"], frame[["age", "sex", "ph.ecog"]])


@pytest.mark.parametrize("transform", ["km", "identity"])
def test_residuals_and_smooth_equal_r(transform):
    found = hazard_over_time(lung_fit(), "sex", transform)
    np.testing.assert_allclose([r.time for r in found.residuals], ANSWERS[f"{transform}/time"])
    residuals = ANSWERS[f"{transform}/mean_residual_sex"]
    np.testing.assert_allclose([r.value for r in found.residuals], residuals, rtol=1e-6, atol=1e-9)
    assert sum(r.lapses for r in found.residuals) == 164
    np.testing.assert_allclose([p.estimate for p in found.smooth], ANSWERS[f"{transform}/smooth_sex"], rtol=1e-6)
    half = [(p.upper - p.lower) / (2 * z_value(0.95)) for p in found.smooth]
    np.testing.assert_allclose(half, ANSWERS[f"{transform}/stderr_sex"], rtol=1e-6)


def test_a_ratio_that_falls_with_time_is_seen():
    rng = np.random.default_rng(2)
    arm = np.repeat([0.0, 1.0], 3000)
    early = rng.exponential(10, 6000)
    times = np.ceil(np.where(arm == 1, np.where(early < 8, early / 2, early), early))  # twice the hazard, then none
    fit = fit_cox(times, np.ones(6000), pd.DataFrame({"arm": arm}))
    found = hazard_over_time(fit, "arm")
    assert found.p < 0.001
    assert found.smooth[0].lower > found.coef > found.smooth[25].upper


def test_few_times_have_no_smooth_and_bad_columns_are_named():
    fit = fit_cox([1, 1, 2, 2, 3, 3], np.ones(6), pd.DataFrame({"arm": [0.0, 1.0, 1.0, 0.0, 0.0, 1.0]}))
    assert hazard_over_time(fit, "arm").smooth == ()
    with pytest.raises(SettingsError, match="The Cox model has no column 'age'; it has arm"):
        hazard_over_time(fit, "age")
    one = fit_cox([1, 1, 2, 2], [1, 1, 0, 0], pd.DataFrame({"arm": [0.0, 1.0, 1.0, 0.0]}))
    with pytest.raises(DataError, match="All events share one time"):
        hazard_over_time(one, "arm")
