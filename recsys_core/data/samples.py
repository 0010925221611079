"""The synthetic sample study: a reading app with three recommenders, and its true retention contrasts.

python -m recsys_core.data.samples            writes log, items, users and study file to sample_data/
python -m recsys_core.data.samples --truth    writes truth.json there
"""

import argparse
import gzip
import io
import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.columns import DAY_SECONDS
from recsys_core.data.sample_log import reader_names, simulate_log
from recsys_core.data.sample_readers import (
    ARMS,
    CHANNELS,
    COUNTRIES,
    PLANS,
    Readers,
    draw_readers,
    simulate_visits,
)
from recsys_core.data.sample_text import catalogue
from recsys_core.errors import SettingsError

SEED = 14
TRUTH_SEED = 987_654
INACTIVITY_DAYS = 14
HORIZON_DAYS = 60
TRUTH_DAYS = (0, 1, 7, 14, 30, 60)
FOLDER = Path(__file__).parents[2] / "sample_data"

STUDY = f"""\
# Synthetic data: see README.md beside this file.
title = "Sample reading app"

[data]
log = "interactions.csv.gz"
items = "items.csv"
users = "users.csv"
user = "user"
item = "item"
time = "time"
event = "event"
value = "minutes"
recommender = "recommender"
text = ["title", "description"]

[split]
events = ["click", "read", "save"]

[models.bi-encoder]
max_pairs = 3000

[compare]
arm_models = ["bert=bi-encoder", "cf=item-knn", "popular=popular"]

[retention]
cohort = "recommender"
activity_events = ["click", "read", "save"]
inactivity_days = {INACTIVITY_DAYS}
horizon_days = {HORIZON_DAYS}
covariates = ["country", "plan", "existing"]
"""


@dataclass(frozen=True)
class SampleStudy:
    """A synthetic log with its items and users, as written to the files.

    Attributes
    ----------
    interactions : DataFrame
        user, item, time (ISO 8601, UTC), event, minutes, recommender; sorted by time.
    items : DataFrame
        item, title, description, topic, branch, published, language.
    users : DataFrame
        user, country, plan, channel: known at the first exposure.
    """

    interactions: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame


def simulate_study(seed: int, users: int = 6000, effect: bool = True) -> SampleStudy:
    """Simulate the log of a reading app over 180 days from 2026-03-01.

    Parameters
    ----------
    seed : int
        Same seed, same frames. The catalogue does not depend on it.
    users : int
        Readers, at least 30; each is exposed to a recommender within the log.
    effect : bool
        False: the recommenders differ in name only.

    Raises
    ------
    SettingsError
        Fewer than 30 users.
    """
    if users < 30:
        raise SettingsError("sample-too-small", users=users)
    interactions, readers = simulate_log(np.random.default_rng([seed, users]), users, effect=effect)
    return SampleStudy(interactions, catalogue(), _users(readers))


def _users(readers: Readers) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "user": reader_names(len(readers.country)),
            "country": np.array(COUNTRIES)[readers.country],
            "plan": np.array(PLANS)[readers.plan],
            "channel": np.array(CHANNELS)[readers.channel],
        }
    )


def write_study(folder: Path, seed: int = SEED, users: int = 6000, effect: bool = True) -> SampleStudy:
    """Write `interactions.csv.gz`, `items.csv`, `users.csv` and `study.toml` to `folder`.

    The same seed gives the same bytes.
    """
    study = simulate_study(seed, users, effect)
    folder.mkdir(parents=True, exist_ok=True)
    log = _csv(study.interactions)
    (folder / "interactions.csv.gz").write_bytes(gzip.compress(log, compresslevel=9, mtime=0))
    (folder / "items.csv").write_bytes(_csv(study.items))
    (folder / "users.csv").write_bytes(_csv(study.users))
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return study


def _csv(frame: pd.DataFrame) -> bytes:
    text = io.StringIO()
    frame.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode()


def simulate_truth(seed: int = TRUTH_SEED, users: int = 400_000, effect: bool = True) -> dict[str, Any]:
    """Brute-force retention by first recommender: every reader is followed past any doubt, none is censored.

    Each arm serves the same `users` readers, with behaviour drawn anew; readers who are moved to another
    recommender stay in the arm of their first exposure. T is the time from the first exposure to the last
    activity before the first gap longer than 14 days.

    Returns
    -------
    dict
        `arms`: per arm `survival` P(T > day) and `rmst` E[min(ceil(T), 60)], in days, with Monte-Carlo
        standard errors; `contrasts`: differences of both between arms; and all settings.
    """
    chunk = 20_000
    lapse: dict[str, np.ndarray] = {}
    for position, name in enumerate(ARMS):
        parts = []
        for first in range(0, users, chunk):
            readers = draw_readers(np.random.default_rng([seed, first]), min(chunk, users - first))
            rng = np.random.default_rng([seed, first, position + 1])
            parts.append(_lapse_days(rng, readers, position, effect))
        lapse[name] = np.concatenate(parts)
    return {
        "about": "Synthetic data. Brute-force simulation of the sample study without censoring.",
        "definition": "T: from the first exposure to the last activity before the first gap longer "
        "than inactivity_days; arm: that of the first exposure, come what may; rmst: E[min(ceil(T), days)].",
        "seed": seed,
        "users_per_arm": users,
        "inactivity_days": INACTIVITY_DAYS,
        "horizon_days": HORIZON_DAYS,
        "arms": [{"name": name, **_summary(days)} for name, days in lapse.items()],
        "contrasts": [
            {"arm": one, "reference": other, **_difference(lapse[one], lapse[other])}
            for one, other in combinations(ARMS, 2)
        ],
    }


def _lapse_days(rng: np.random.Generator, readers: Readers, position: int, effect: bool) -> np.ndarray:
    """T in days; exact below the horizon, above it where T is above it."""
    count = len(readers.country)
    last = np.zeros(count, dtype=np.int64)
    lapsed = np.zeros(count, dtype=bool)
    arm = np.full(count, position)
    enough = HORIZON_DAYS + INACTIVITY_DAYS + 2
    for visits in simulate_visits(rng, readers, arm, enough, effect=effect):
        for branch, seconds in ((visits.opened, visits.seconds), (visits.extra, visits.extra_seconds)):
            active = branch >= 0
            reader, second = visits.reader[active], seconds[active]
            lapsed[reader] |= second - last[reader] > INACTIVITY_DAYS * DAY_SECONDS
            last[reader] = np.where(lapsed[reader], last[reader], np.maximum(last[reader], second))
    return last / DAY_SECONDS


def _summary(days: np.ndarray) -> dict[str, Any]:
    return {
        "survival": [{"day": day, **_mean(days > day)} for day in TRUTH_DAYS],
        "rmst": {"days": HORIZON_DAYS, **_mean(_capped(days))},
    }


def _difference(one: np.ndarray, other: np.ndarray) -> dict[str, Any]:
    above = [(day, (one > day).astype(float) - (other > day)) for day in TRUTH_DAYS]
    return {
        "survival_difference": [{"day": day, **_mean(difference)} for day, difference in above],
        "rmst_difference": {"days": HORIZON_DAYS, **_mean(_capped(one) - _capped(other))},
    }


def _capped(days: np.ndarray) -> np.ndarray:
    return np.minimum(np.ceil(days), HORIZON_DAYS)


def _mean(values: np.ndarray) -> dict[str, float]:
    stderr = values.std(ddof=1) / np.sqrt(len(values))
    return {"estimate": round(float(values.mean()), 5), "stderr": round(float(stderr), 5)}


def main(arguments: list[str] | None = None) -> None:
    """Write the sample study, or its truth, to a folder."""
    parser = argparse.ArgumentParser(prog="python -m recsys_core.data.samples", description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--seed", type=int, help=f"default: {SEED}, or {TRUTH_SEED} with --truth")
    parser.add_argument("--users", type=int, help="default: 6000, or 400000 per arm with --truth")
    parser.add_argument("--truth", action="store_true", help="write truth.json (about a minute)")
    chosen = parser.parse_args(arguments)
    if chosen.truth:
        truth = simulate_truth(chosen.seed or TRUTH_SEED, chosen.users or 400_000)
        chosen.folder.mkdir(parents=True, exist_ok=True)
        (chosen.folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    else:
        write_study(chosen.folder, chosen.seed or SEED, chosen.users or 6000)


if __name__ == "__main__":
    main()
