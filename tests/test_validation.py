"""A smaller validation: few seeds of every cell, and the arithmetic that turns seeds into a page."""

import json
from pathlib import Path

import numpy as np
import pytest

from validation import logs, truth
from validation.bands import judge
from validation.cells import CELLS, TYPE_ONE, Row
from validation.run import Study, append, cell_named, load, missing, study
from validation.studies import SETTINGS, Desk, Figure
from validation.table import judged_rows, page, seeds_of
from validation.truth import Truth, first_lapse

SEEDS = {"affinity": 6, "looks": 4, "dates-effect": 8, "gaps-effect": 8, "dates": 12}  # the others 24
SLACK = 1.4  # bands are 2.2 Monte-Carlo errors wide for any number of seeds; here 3


@pytest.mark.slow
@pytest.mark.parametrize("name", [cell.name for cell in CELLS])
def test_few_seeds_lie_within_wider_bands(name, tmp_path, monkeypatch):
    monkeypatch.setattr("validation.studies.SETTINGS", SETTINGS.changed({"resamples": 60}))
    monkeypatch.setattr("validation.truth.ENDLESS_USERS", 200_000)
    truth.wanderers_truth.cache_clear()
    cell, desk = cell_named(name), Desk(tmp_path)
    studies = [study(desk, cell, seed) for seed in range(SEEDS.get(name, 24))]
    assert [one.failure for one in studies if one.failure] == []
    found = judged_rows(cell, studies, SLACK)
    truth.wanderers_truth.cache_clear()
    assert {one.row.figure: one.misses for one in found if one.row.judged and one.misses} == {}


def test_a_study_that_fails_is_counted_and_said(tmp_path, monkeypatch):
    cell = cell_named("null")
    monkeypatch.setattr("validation.cells.USERS", 2)
    failed = study(Desk(tmp_path), cell, 0)
    assert failed.failure
    append(tmp_path, "null", [failed])
    told = page(tmp_path)
    assert "| No effect | 1,000 | 0 | 1 | – |" in told
    assert f"1 studies gave no answer, the first: {failed.failure}" in told


def studies_of(*figures):
    return [Study(seed, 1.0, {"f": figure.to_list()}) for seed, figure in enumerate(figures)]


def test_shares_are_held_against_their_bands():
    misses = Figure(2.0, 1.0, 0.5, 3.5, 0.01)
    holds = Figure(0.0, 1.0, -1.5, 1.5, 0.99)
    row = Row("f", rejects=TYPE_ONE, covers=True)
    good = judge(row, studies_of(*[misses] * 50, *[holds] * 950))
    assert (good.rejected.value, good.covered.value, good.misses) == (0.05, 0.95, ())
    assert good.rejected.error == pytest.approx((0.05 * 0.95 / 1000) ** 0.5)
    assert good.stated == 1.0
    assert good.mean == pytest.approx(0.1)
    assert judge(row, studies_of(*[misses] * 66, *[holds] * 934)).misses == ("rejections", "coverage")
    assert judge(row, studies_of(*[misses] * 34, *[holds] * 966)).misses == ("rejections", "coverage")
    few = judge(row, studies_of(*[misses] * 9, *[holds] * 91))  # 9 % of 100: the band is 0.3 % to 9.7 %
    assert few.misses == ()
    assert judge(row, studies_of(*[misses] * 10, *[holds] * 90)).misses == ("rejections", "coverage")


def test_below_five_per_cent_is_not_widened():
    row = Row("f", None, (0.0, 0.05))
    never, once = Figure(p=0.5), Figure(p=0.05)
    assert judge(row, studies_of(*[never] * 96, *[once] * 4)).misses == ()
    assert judge(row, studies_of(*[never] * 95, *[once] * 5)).misses == ("rejections",)


def test_means_are_centred_or_biased():
    around = [Figure(float(x), 1.0, -9.0, 9.0, 0.5) for x in (-1, 1) * 50]
    far = [Figure(float(x) + 0.5, 1.0, -9.0, 9.0, 0.5) for x in (-1, 1) * 50]
    assert judge(Row("f", mean="centred"), studies_of(*around)).misses == ()
    assert judge(Row("f", mean="centred"), studies_of(*far)).misses == ("mean 5.0 Monte-Carlo errors off",)
    assert judge(Row("f", Truth(0.5), mean="centred"), studies_of(*far)).misses == ()
    assert judge(Row("f", mean="biased"), studies_of(*far)).misses == ("not biased",)
    assert judge(Row("f", Truth(-1.0), mean="biased"), studies_of(*far)).misses == ()


def test_figures_that_are_not_there_are_a_miss():
    told = [*studies_of(Figure(0.0, 1.0, -1.0, 1.0, 0.5)), Study(1, 1.0, {})]
    assert judge(Row("f", covers=True), told).misses == ("1 studies without it",)


def test_what_is_there_is_not_run_again(tmp_path):
    append(tmp_path, "null", [Study(seed, 0.1, {}) for seed in range(95)])
    with (tmp_path / "null.jsonl").open("a") as out:
        out.write('{"seed": 96, "sec')  # cut short
    left = [(batch.cell, batch.seeds) for batch in missing(tmp_path, ["null", "looks"], range(90, 105))]
    assert left == [
        ("null", (95, 96, 97, 98, 99)), ("looks", tuple(range(90, 100))),
        ("null", tuple(range(100, 105))), ("looks", tuple(range(100, 105))),
    ]  # fmt: skip


def test_a_line_after_one_that_was_cut_short_is_kept(tmp_path):
    (tmp_path / "null.jsonl").write_text('{"seed": 96, "sec')
    append(tmp_path, "null", [Study(97, 0.1, {"f": [1.0, None, None, None, None]})])
    assert load(tmp_path, "null") == [Study(97, 0.1, {"f": [1.0, None, None, None, None]})]


def test_seeds_are_written_as_runs():
    assert seeds_of([Study(seed, 0.0, {}) for seed in (0, 1, 2, 7, 9, 10)]) == "0 to 2, 7, 9 to 10"
    assert seeds_of([]) == "none"


def test_an_unknown_cell_is_refused():
    with pytest.raises(SystemExit, match="There is no cell 'nul'. The cells are: null, effect, confounded"):
        cell_named("nul")


def test_the_same_seed_gives_the_same_study(tmp_path):
    one, two = (study(Desk(tmp_path), cell_named("null"), 3).figures for _ in range(2))
    assert one == two
    assert json.dumps(one, allow_nan=False)


def test_lapses_are_found_before_the_first_long_gap():
    user = np.array([0, 0, 0, 1, 2, 2])
    assert first_lapse(user, np.array([0.0, 14.0, 28.1, 0.0, 0.0, 3.0])).tolist() == [14.0, 0.0, 3.0]


def test_the_closed_form_is_what_visits_show():
    rng, effect = np.random.default_rng(1), -0.35
    who = logs.draw_people(rng, 60_000)
    lapse = first_lapse(*logs.stay(rng, who, logs.log_hazard(who, effect)))
    for arm, name in enumerate(logs.ARMS):
        mine, known = lapse[who.arm == arm], truth.stayers_truth(effect)
        days = np.minimum(np.ceil(mine), logs.HORIZON)
        assert abs(days.mean() - known[f"mean {name}"].value) < 4 * days.std() / mine.size**0.5
        assert abs((mine > logs.REPORT_DAY).mean() - known[f"S {name}"].value) < 4 * 0.5 / mine.size**0.5


def test_the_page_in_the_repository_names_every_cell():
    written = (Path(__file__).parents[1] / "docs" / "validation.md").read_text()
    assert [cell.title for cell in CELLS if f"## {cell.title}\n" not in written] == []
