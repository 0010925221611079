"""Small logs with arms whose users leave at rates of their own."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, tzinfo=UTC)


def arm_log(lapse: Mapping[str, float], users: int, days: int = 90, seed: int = 1) -> str:
    """Write a CSV log: users take turns at the arms, come back on two days of three, and leave for good some day.

    Parameters
    ----------
    lapse
        For every arm, the probability that a user leaves after a day. A single arm named "" gives a log without arms.
    users
        Of all arms together.
    days
        Length of the log; users start within its first third.
    seed
        Of the random numbers.
    """
    draw, arms = random.Random(seed), list(lapse)  # noqa: S311 - no secret is drawn
    named = arms != [""]
    lines = ["user_id,item_id,timestamp" + (",recommender" if named else "")]
    for user in range(users):
        arm = arms[user % len(arms)]
        first = day = draw.random() * days / 3
        while day < days:
            if day == first or draw.random() < 2 / 3:
                time = (START + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")
                lines.append(f"user-{user},item-{draw.randrange(40)},{time}" + (f",{arm}" if named else ""))
            if draw.random() < lapse[arm]:
                break
            day += 0.8 + 0.4 * draw.random()
    return "\n".join(lines) + "\n"
