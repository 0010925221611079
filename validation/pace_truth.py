"""What both methods would find in logs without end, and who ought to win.

The life model has a closed form where all users are new and times have hours; users who were there before, and dates,
are drawn. Pace-matched curves, for which there is none, are those of very many users followed to the end, all arms at
the pace of the slowest, under the same gap.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np

from recsys_core.retention.pace.thinning import LONGEST_GAP
from recsys_core.retention.pace.visits import Visits
from recsys_core.workspace import write_atomic
from validation.pace_logs import KINDS, Floats, Kind, days_engaged, left_of, lives, matched_pace, simulate
from validation.pace_studies import HORIZON, fixed_gap
from validation.truth import Truth

ENDLESS_USERS: Final = 1_000_000
_AT_ONCE: Final = 50_000
_ENDLESS_DAYS: Final = 240.0  # of which users start in all but the last 88
_NOTHING: Final = Truth(0.0)


def best_arm(kind: Kind) -> str | None:
    """The arm that keeps its users longest; None where none does."""
    least = min(kind.hazard)
    return kind.arms[kind.hazard.index(least)] if kind.hazard.count(least) == 1 else None


def truths(folder: Path) -> dict[str, dict[str, Truth | None]]:
    """Return the truth of the last arm minus the first, by "kind/law" and method; those that are drawn are kept."""
    path = folder / "truths.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found: dict[str, dict[str, Truth | None]] = {}
    for name, kind in KINDS.items():
        for law in ("gamma", "lognormal"):
            place = f"{name}/{law}"
            made = known.get(place) or {
                method: None if truth is None else [truth.value, truth.error]
                for method, truth in (("engaged", engaged(kind, law)), ("matched", matched(kind, law)))
            }
            known[place] = made
            found[place] = {method: None if pair is None else Truth(*pair) for method, pair in made.items()}
    write_atomic(path, json.dumps(known, indent=1))
    return found


def engaged(kind: Kind, law: str) -> Truth:
    """Difference in days engaged between the last arm and the first."""
    if len(set(kind.hazard)) == 1:
        return _NOTHING
    if not kind.before and not kind.dates:
        by_arm = days_engaged(kind, law, HORIZON)
        return Truth(float(by_arm[-1] - by_arm[0]))
    drawn = [_drawn_days(kind, law, hazard) for hazard in (kind.hazard[0], kind.hazard[-1])]
    error = float(np.hypot(*(days.std() / len(days) ** 0.5 for days in drawn)))
    return Truth(float(drawn[1].mean() - drawn[0].mean()), error)


def _drawn_days(kind: Kind, law: str, hazard: float) -> Floats:
    """Days 1 to the horizon in whose middle a user is still there."""
    rng = np.random.default_rng((crc32(law.encode()), 20_260_105))
    life = lives(rng, law, np.full(ENDLESS_USERS, hazard))
    old = rng.random(ENDLESS_USERS) < kind.before
    life = np.where(old, left_of(rng, law, life), life)
    middle = 0.5 - rng.random(ENDLESS_USERS) if kind.dates else -0.5  # of day 0; a date begins before the start
    return np.asarray(np.clip(np.floor(life - middle), 0, HORIZON))


def matched(kind: Kind, law: str) -> Truth | None:
    """Difference under one long gap with all arms at the pace of the slowest; None where pace has an odd shape."""
    if kind.shape:
        return None
    if len(set(kind.hazard)) == 1:
        return _NOTHING
    ends = [0, -1]
    two = replace(
        matched_pace(kind),
        shares=(0.5, 0.5),
        confounding=0.0,
        pace=(min(kind.pace),) * 2,
        hazard=tuple(kind.hazard[at] for at in ends),
    )
    rng = np.random.default_rng((crc32(law.encode()), 20_260_106))
    parts = np.array([_endless(rng, two, law) for _ in range(ENDLESS_USERS // _AT_ONCE)])
    return Truth(float(parts.mean()), float(parts.std(ddof=1) / len(parts) ** 0.5))


def _endless(rng: np.random.Generator, kind: Kind, law: str) -> float:
    log = simulate(rng, kind, law, _AT_ONCE, _ENDLESS_DAYS)
    visits = Visits.of_times(log.arm, log.user, log.time, _ENDLESS_DAYS, kind.arms)
    whole = visits.of_users(visits.followed >= HORIZON + LONGEST_GAP)
    (zero, _), (one, _) = fixed_gap(whole, LONGEST_GAP, HORIZON)
    return one - zero
