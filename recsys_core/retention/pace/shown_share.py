"""What pace-matched curves show of a difference in days engaged: users who come rarely leave long gaps while they stay.

The share hangs on how often users come, so it is asked of the fitted life model: the same users are drawn twice, once
with a hazard of dropping out that is lower by a third, and what one long gap makes of the days gained is counted.
"""

from typing import Final

import numpy as np

from recsys_core.retention.pace.life_model import LifeFit
from recsys_core.retention.pace.thinning import first_long_gap

_USERS: Final = 10_000
_SEED: Final = 1
_MILDER: Final = 2 / 3
_LEAST: Final = 0.1


def shown_share(fit: LifeFit, gap: int, days: int, horizon: int) -> float:
    """Return days gained under a gap for one day engaged that is gained, between .1 and 1.

    Parameters
    ----------
    fit
        Of all arms; users come at the pace of the slowest, as in pace-matched curves.
    gap, days
        Of the pace-matched curves.
    horizon
        Days over which days engaged are counted.
    """
    rng = np.random.default_rng(_SEED)
    further = len(fit.names) - 1
    place = fit.parameters[0] + min(0.0, *fit.parameters[5 : 5 + further], 0.0)
    spread = float(np.exp(fit.parameters[1]))
    if fit.family == "gamma":
        rate = rng.gamma(spread, np.exp(place) / spread, _USERS)
    else:
        rate = np.exp(place + spread * rng.standard_normal(_USERS))
    followed = max(days + gap, horizon)
    never = 1 / (1 + np.exp(-fit.parameters[4]))
    usual = fit.survival(0, followed)[1:] / (1 - never)
    comes = rng.random((_USERS, followed)) < -np.expm1(-rate)[:, None]
    chance = rng.random(_USERS)[:, None]
    kept, engaged = [], []
    for factor in (1.0, _MILDER):
        stays = (1 - never) * usual**factor > chance
        user, day = np.nonzero(comes & stays)
        kept.append(np.minimum(first_long_gap(user, day + 1, _USERS, gap), days).mean())
        engaged.append(stays[:, :horizon].sum(axis=1).mean())
    gained = engaged[1] - engaged[0]
    return float(np.clip((kept[1] - kept[0]) / gained, _LEAST, 1.0)) if gained > 0 else 1.0
