"""What decides, life model and pace-matched curves of two arms, beside one Cox fit of the same users.

No peer does this job: the Cox fit of durations under one fixed gap is there for scale, and as what a study would
otherwise rest on. The clock starts with visits at hand, as it does in the product once the engine has found them. The
bars are seconds, not a ratio: 2 for 4,000 users, 120 for a million.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.run import Job
from benchmarks.survival import size_of
from benchmarks.survival_data import FOLDER, OUTCOME

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from recsys_core.retention.pace.visits import Visits

KIND, GAP, HORIZON = "pace 30 %", 14, 60
_AT_ONCE: Final = 100_000  # users simulated together, so that making the file takes little memory
_SETUP: Final = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from benchmarks.pace import HORIZON, load, load_users
from recsys_core.retention.pace.arm_pairs import compare_pairs
from validation.pace_logs import LOG_DAYS
visits = load({rows})
few = visits.of_users(np.arange(visits.size) < 1000)
compare_pairs(few, HORIZON, LOG_DAYS, 1)
"""
_LIFELINES: Final = """
from lifelines import CoxPHFitter
frame = load_users({rows})
def theirs(rows=slice(None)):
    return CoxPHFitter().fit(frame[rows], "duration", "event")
theirs(slice(1000))
"""


def jobs(rows: int) -> tuple[Job, ...]:
    """Both peers with so many users."""
    size = size_of(rows) if rows >= 1_000_000 else f"{rows:,} users"
    ours = "compare_pairs(visits, HORIZON, LOG_DAYS, 1)"
    prepare, setup = f"from benchmarks.pace import make\nmake({rows})", _SETUP.format(rows=rows)
    return (
        Job("what decides, two arms", size, "lifelines, one Cox fit", ours, "theirs()", setup, prepare,
            _LIFELINES.format(rows=rows), "lifelines"),
        Job("what decides, two arms", size, "R, one Cox fit", ours, "coxph(Surv(duration, event) ~ arm, d)", setup,
            prepare, _load_in_r(rows), "R"),
    )  # fmt: skip


def make(rows: int) -> None:
    """Simulate the visits of so many users, and their durations under the fixed gap, unless they are there."""
    import numpy as np

    from recsys_core.retention.pace.thinning import first_long_gap
    from recsys_core.workspace import whole_file

    if _path(rows).exists() and _users(rows).exists():
        return
    visits = _simulated(rows)
    last, followed = first_long_gap(visits.user, visits.day, visits.size, GAP), visits.followed - GAP
    judged = followed >= 0
    lapsed = judged & (last <= followed)
    columns = [np.where(lapsed, last, followed)[judged], lapsed[judged], visits.arm[judged]]
    for path, parts in ((_path(rows), _parts(visits)), (_users(rows), [one.astype(float) for one in columns])):
        with whole_file(path) as draft, draft.open("wb") as file:
            for part in parts:
                part.tofile(file)


def load(rows: int) -> "Visits":
    """Read the visits."""
    import numpy as np

    from recsys_core.retention.pace.visits import Visits

    whole = np.fromfile(_path(rows), dtype=np.int64)
    arm, followed = whole[: 2 * rows].reshape(2, rows)
    user, day, sessions = whole[2 * rows :].reshape(3, -1)
    return Visits(arm, followed, user, day, sessions, ("a", "b"))


def load_users(rows: int) -> "pd.DataFrame":
    """Read duration, event and arm of the users who can be judged under the fixed gap."""
    import numpy as np
    import pandas as pd

    return pd.DataFrame(np.fromfile(_users(rows)).reshape(len(OUTCOME), -1).T, columns=list(OUTCOME))


def _simulated(rows: int) -> "Visits":
    import numpy as np

    from recsys_core.retention.pace.visits import Visits
    from validation.pace_logs import KINDS, LOG_DAYS, simulate

    rng, found = np.random.default_rng(0), []
    for start in range(0, rows, _AT_ONCE):
        log = simulate(rng, KINDS[KIND], "gamma", min(_AT_ONCE, rows - start))
        one = Visits.of_times(log.arm, log.user, log.time, LOG_DAYS, ("a", "b"))
        found.append([one.arm, one.followed, one.user + start, one.day, one.sessions])
    arm, followed, user, day, sessions = (np.concatenate(part) for part in zip(*found, strict=True))
    return Visits(arm, followed, user, day, sessions, ("a", "b"))


def _parts(visits: "Visits") -> "list[np.ndarray]":
    return [visits.arm, visits.followed, visits.user, visits.day, visits.sessions]


def _path(rows: int) -> Path:
    return FOLDER / f"visits-{rows}.bin"


def _users(rows: int) -> Path:
    return FOLDER / f"users-of-visits-{rows}.bin"


def _load_in_r(rows: int) -> str:
    path, quoted = _users(rows).as_posix(), ", ".join(f'"{name}"' for name in OUTCOME)
    return (
        f'library(survival); d <- as.data.frame(matrix(readBin("{path}", "double", file.size("{path}") / 8), '
        f"ncol = {len(OUTCOME)})); names(d) <- c({quoted})"
    )


JOBS = (*jobs(4_000), *jobs(1_000_000))
