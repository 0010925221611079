"""The first contrast within segments: by hand, corrected, and what is said where nothing can be."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.study.segment_contrasts import Levels, segment_levels, segments
from recsys_core.wording.sentences import say


def simulated(seed=1, users=4000, effect_in="NL"):
    rng = np.random.default_rng(seed)
    arm, country = rng.choice(["a", "b"], users), rng.choice(["DE", "FR", "NL"], users, p=[0.5, 0.3, 0.2])
    rate = np.where((arm == "a") & (country == effect_in), 0.03, 0.06)
    lapse, followed = rng.geometric(rate) - 1, rng.integers(30, 61, users)
    frame = pd.DataFrame({"duration": np.minimum(lapse, followed), "lapsed": lapse <= followed})
    return frame.assign(arm=pd.Categorical(arm)), levels_of(country)


def levels_of(country):
    labels = ("DE", "FR", "NL")
    return (Levels("country", labels, np.array([labels.index(name) for name in country])),)


def test_an_effect_in_one_segment_is_found_there_alone():
    users, levels = simulated()
    found = segments(users, levels, ("a", "b"), 30)
    assert [row.level for row in found.rows] == ["DE", "FR", "NL"]
    by_level = {row.level: row for row in found.rows}
    assert by_level["NL"].difference.lower > 0
    assert by_level["NL"].p_bh < 0.001
    assert min(by_level["DE"].p_bh, by_level["FR"].p_bh) > 0.05
    # Benjamini and Hochberg: the smallest of three p values times 3
    assert by_level["NL"].p_bh == pytest.approx(3 * by_level["NL"].difference.p)
    assert found.heterogeneity[0].df == 2
    assert found.heterogeneity[0].p < 0.001
    # Cochran's Q by hand
    rows = [row.difference for row in found.rows]
    weight = np.array([r.stderr**-2 for r in rows])
    mean = sum(w * r.estimate for w, r in zip(weight, rows, strict=True)) / weight.sum()
    q = sum(w * (r.estimate - mean) ** 2 for w, r in zip(weight, rows, strict=True))
    assert found.heterogeneity[0].chisq == pytest.approx(q)


def test_small_and_short_segments_say_why_they_have_no_figure():
    users, levels = simulated(users=400)
    country = np.where(np.arange(400) < 12, "FR", "DE")
    levels, short = levels_of(country), (country == "DE") & users["arm"].eq("b")
    users.loc[short, "duration"] = users.loc[short, "duration"].clip(upper=20)
    found = {row.level: row for row in segments(users, levels, ("a", "b"), 30).rows}
    assert say(found["DE"].note) == "b is followed for 20 days"
    assert say(found["FR"].note).endswith("; it takes 10")
    assert all(row.difference is None and row.p_bh is None for row in found.values())


def test_attributes_become_levels(make_log, table_of):
    rows = [(f"u{n:02d}", day, "ab"[n % 2]) for n in range(12) for day in (0.0, 3.0, 30.0)]
    users = "user,plan,age,same\n" + "".join(f"u{n:02d},{'free' if n % 3 else 'paid'},{20 + n},x\n" for n in range(12))
    data = make_log(rows, users=users)
    table = table_of(data, inactivity_days=7)
    (plan, age), left_out = segment_levels(data, table, ())
    assert (plan.attribute, age.attribute) == ("plan", "age")
    assert age.places.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert [say(label) for label in age.labels] == ["up to 23", "over 23 to 27", "over 27"]
    assert plan.labels == ("free", "paid")  # the most frequent first
    users = table.users.assign(duration=40)
    assert [row.level for row in segments(users, (age,), ("a", "b"), 30).rows] == list(age.labels)
    assert left_out == ()
    levels, left_out = segment_levels(data, table, ("plan", "same"))
    assert [one.attribute for one in levels] == ["plan"]
    assert [say(why) for why in left_out] == ["same has one value for all users judged here."]
    with pytest.raises(SettingsError, match="There is no user attribute 'shoe'"):
        segment_levels(data, table, ("shoe",))


def test_no_segments_at_all():
    users, _levels = simulated(users=100)
    found = segments(users, (), ("a", "b"), 10)
    assert (found.rows, found.heterogeneity) == ((), ())
