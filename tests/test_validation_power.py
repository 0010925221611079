"""The harness that counts how often the printed difference is shown."""

import json

import numpy as np
import pytest

from validation import power
from validation.pace_logs import days_engaged
from validation.power import DESIGNS, Design, one_log, page


def test_the_last_arm_alone_keeps_its_users_for_so_many_days_more():
    days = days_engaged(Design(3, 900).kind(4.0), "gamma", 60)
    assert days[2] - days[0] == pytest.approx(4.0)
    assert days[1] == days[0]
    assert len(set(days_engaged(Design(2, 900).kind(0.0), "gamma", 60))) == 1


def test_a_log_tells_what_it_prints_and_whether_it_names_the_last_arm():
    small, large = (one_log((Design(2, users), 9.0, 1)) for users in (300, 3000))
    assert large[0] < small[0]
    assert large[1] is True
    assert [one_log((Design(2, 300), 0.0, seed))[1] for seed in range(3)] == [False] * 3
    once, often = (one_log((Design(2, 900, looks), 3.0, 1))[0] for looks in (1, 10))
    assert often / once > 1.1


def test_the_page_holds_what_is_there(tmp_path):
    design = DESIGNS[0]
    (tmp_path / design.file).write_text(json.dumps({"given": 5.0, "printed": 5.1, "named": 160, "logs": 200}))
    told = page(tmp_path)
    assert f"| {design.told} | 1,000 | 5.00 | 5.10 | 200 | 80.0 % (2.8) |" in told
    assert DESIGNS[1].told not in told


def test_designs_have_files_of_their_own_and_the_page_in_the_repository_names_no_others():
    assert len({design.file for design in DESIGNS}) == len(DESIGNS)
    written = (power.ROOT / "docs" / "validation_power.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in written.splitlines() if line.startswith("| ") and " arms" in line]
    told = {design.told for design in DESIGNS}
    assert rows
    assert {row[0].removeprefix("| ") for row in rows} <= told
    assert np.all(np.array([row[-1].split(" %")[0] for row in rows], dtype=float) > 70)
