"""R's answers and the data they were computed from."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parents[1] / "fixtures" / "survival_reference"
ANSWERS: dict[str, list[float]] = json.loads((FOLDER / "survival_reference.json").read_text())


def lung(*complete: str) -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / "lung.csv")
    return frame.dropna(subset=list(complete)) if complete else frame


def heart() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "heart.csv")


def assert_matches(key: str, values: object, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(np.ravel(values), ANSWERS[key], rtol=rtol, err_msg=key)
