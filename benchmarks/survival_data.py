"""The users that the survival benchmarks are about: made once, read quickly by Python and by R."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FOLDER: Final = Path(tempfile.gettempdir()) / "staying-power-benchmark"
OUTCOME: Final = ("duration", "event", "arm")
NUMBERS: Final = tuple(f"x{one}" for one in range(7))
CATEGORIES: Final = (*(f"plan{one}" for one in range(1, 6)), *(f"month{one}" for one in range(1, 5)))  # 6 x 5 patterns
KINDS: Final = {"days": (), "continuous": (), "numbers": NUMBERS, "categories": CATEGORIES}


class Counts(NamedTuple):
    """Per arm (rows) and day (columns): who lapses, and who leaves for either reason."""

    lapses: "np.ndarray"
    leaving: "np.ndarray"


def path_of(kind: str, rows: int) -> Path:
    """The file of a table of so many users."""
    return FOLDER / f"users-{kind}-{rows}.bin"


def make(kind: str, rows: int) -> None:
    """Write a table, column after column as float64, unless it is there whole."""
    path = path_of(kind, rows)
    if path.exists() and path.stat().st_size == 8 * rows * len((*OUTCOME, *KINDS[kind])):
        return
    from recsys_core.workspace import whole_file

    with whole_file(path) as draft, draft.open("wb") as file:
        for column in _columns(kind, rows):
            column.tofile(file)


def load(kind: str, rows: int) -> "pd.DataFrame":
    """Read a table: duration, event, arm, then the covariates of its kind."""
    import numpy as np
    import pandas as pd

    names = [*OUTCOME, *KINDS[kind]]
    return pd.DataFrame(np.fromfile(path_of(kind, rows)).reshape(len(names), rows).T, columns=names)


def load_in_r(kind: str, rows: int) -> str:
    """R code that reads the same table as the data frame `d`."""
    names = [*OUTCOME, *KINDS[kind]]
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f'library(survival); d <- as.data.frame(matrix(readBin("{path_of(kind, rows).as_posix()}", "double", '
        f"{len(names) * rows}), ncol = {len(names)})); names(d) <- c({quoted})"
    )


def group(frame: "pd.DataFrame") -> Counts:
    """Count users by arm and day, as the engine's group-by does."""
    import numpy as np

    days = frame["duration"].to_numpy().astype(np.int64)
    length = int(days.max()) + 1
    cell = days + length * frame["arm"].to_numpy().astype(np.int64)
    lapses = np.bincount(cell, frame["event"].to_numpy(), 2 * length)
    leaving = np.bincount(cell, minlength=2 * length)
    return Counts(lapses.reshape(2, length), leaving.reshape(2, length))


def _columns(kind: str, rows: int) -> "list[np.ndarray]":
    import numpy as np

    rng = np.random.default_rng(0)
    if kind == "categories":
        plan, month = rng.integers(0, 6, rows), rng.integers(0, 5, rows)
        covariates = [(plan == one) * 1.0 for one in range(1, 6)] + [(month == one) * 1.0 for one in range(1, 5)]
        risk = 0.08 * plan - 0.05 * month
    else:
        covariates = [rng.normal(size=rows) for _ in NUMBERS]
        risk = 0.1 * np.sum(covariates, axis=0)
    arm = rng.integers(0, 2, rows).astype(np.float64)
    life = rng.exponential(40 * np.exp(-0.05 * arm - risk))
    followed = rng.integers(1, 101, rows).astype(np.float64)
    if kind == "continuous":
        followed -= rng.random(rows)
    else:
        life = np.ceil(life)
    if not KINDS[kind]:
        covariates = []
    return [np.minimum(life, followed), (life <= followed).astype(np.float64), arm, *covariates]
