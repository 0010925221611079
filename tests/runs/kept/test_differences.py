"""What changed between two runs, as codes and in words."""

import pytest

from recsys_core.answers import message
from recsys_core.runs.kept.differences import Difference, differences, nearest
from recsys_core.runs.life.keys import RunPlan, plan_run
from recsys_core.settings import EaseSettings, ItemKnnSettings, PopularSettings, RecentPopularSettings, SplitSettings
from recsys_core.wording.sentences import say

DAY = 1_777_593_600  # midnight


def changed(plan, part, **values):
    """The plan of a run whose key differs in some values, as another code or encoder would make it."""
    key = {name: dict(value) if isinstance(value, dict) else value for name, value in plan.key.items()}
    key[part] |= values
    return RunPlan(plan.dataset_id, plan.model, plan.split, plan.test_from, key)


@pytest.fixture
def plan(dataset):
    return lambda model, split=None, test_from=DAY: plan_run(dataset, model, split or SplitSettings(), test_from)


def rows(space, first, second):
    return [(say(row.what), say(row.first), say(row.second)) for row in differences(space, first, second)]


def test_the_same_run_differs_in_nothing(space, plan):
    assert differences(space, plan(EaseSettings()), plan(EaseSettings())) == ()


def test_settings_stand_under_their_labels_with_their_units(space, plan):
    assert rows(space, plan(EaseSettings()), plan(EaseSettings(regularisation=0.0002))) == [
        ("Regularisation", "300", "0.0002")
    ]
    assert rows(space, plan(RecentPopularSettings()), plan(RecentPopularSettings(window_days=2.5))) == [
        ("Window", "7 days", "2.5 days")
    ]
    assert rows(space, plan(ItemKnnSettings()), plan(ItemKnnSettings(neighbours=2000, neighbours_of="taken"))) == [
        ("Neighbours", "100", "2,000"),
        ("Neighbours of", "candidate", "taken"),
    ]


def test_the_split_is_compared_by_what_it_uses(space, plan):
    first = plan(PopularSettings())
    assert rows(space, first, plan(PopularSettings(), SplitSettings(filter_seen=False), DAY + 90)) == [
        ("New items only", "on", "off"),
        ("Test starts", "1 May 2026", "1 May 2026, 00:01:30 UTC"),
    ]
    found = rows(space, first, plan(PopularSettings(), SplitSettings(method="random", seed=3)))
    assert found == [
        ("Split", "global-time", "random"),
        ("Test starts", "1 May 2026", "–"),
        ("Test share", "–", "0.2"),
        ("Seed", "–", "3"),
    ]


def test_versions_and_encoders_are_told_apart(space, plan):
    first = changed(plan(PopularSettings()), "versions", torch="2.13.0")
    assert rows(space, first, changed(first, "versions", code=2, torch="2.14.0")) == [
        ("Code of popular, version", "1", "2"),
        ("Version of torch", "2.13.0", "2.14.0"),
    ]
    first = changed(plan(PopularSettings()), "settings", encoder="0a1b2c3d4e5f")
    assert rows(space, first, changed(first, "settings", encoder="ffff2c3d4e5f")) == [
        ("encoder", "packaged (0a1b2c3d)", "packaged (ffff2c3d)")
    ]


def test_of_two_models_only_what_both_have_is_compared(space, plan):
    first = changed(plan(EaseSettings()), "versions", code=7)
    assert rows(space, first, plan(PopularSettings())) == [("Model", "ease", "popular")]


def test_data_sets_are_named_by_their_titles(space, plan, dataset):
    first = plan(PopularSettings())
    other = RunPlan("0" * 16, first.model, first.split, first.test_from, dict(first.key) | {"dataset": "0" * 16})
    assert rows(space, first, other) == [
        ("Data set", f"log ({dataset.dataset_id[:8]})", "no longer in the workspace (00000000)")
    ]


def test_what_only_the_key_tells_is_not_passed_over(space, plan):
    first = plan(PopularSettings())
    other = RunPlan(first.dataset_id, first.model, first.split, first.test_from, dict(first.key) | {"rule": 2})
    (row,) = differences(space, first, other)
    one, two = (message("value-text", text=plan.run_id[-16:]) for plan in (first, other))
    assert row == Difference("key", message("difference-key"), one, two)
    assert say(row.what) == "Key"


def test_the_nearest_run_has_the_fewest_differences(space, ask, work, plan):
    asked = plan(RecentPopularSettings(window_days=3), SplitSettings(test_from="2026-03-15"))
    assert nearest(space, asked) is None
    ask(RecentPopularSettings(window_days=5), SplitSettings(filter_seen=False))
    work()
    ask(PopularSettings())
    work()
    near = ask(RecentPopularSettings(window_days=4))
    assert nearest(space, asked).run.run_id != near.run_id, "it is not finished"
    work()
    found = nearest(space, plan(RecentPopularSettings(window_days=3), test_from=near.test_from))
    assert found.run.run_id == near.run_id
    assert [row.field for row in found.differences] == ["window_days"]
    assert say(found.message) == f"Not from the cache: window was 4 days, is 3 days (against {near.run_id})."
    assert (
        nearest(space, plan(RecentPopularSettings(window_days=4), test_from=near.test_from)).run.run_id != near.run_id
    )


def test_several_changes_are_one_sentence(space, ask, work, plan):
    run = ask(RecentPopularSettings(window_days=4))
    work()
    other = plan(RecentPopularSettings(window_days=3), SplitSettings(filter_seen=False), run.test_from)
    assert say(nearest(space, other).message) == (
        f"Not from the cache: new items only was on, is off, window was 4 days, is 3 days (against {run.run_id})."
    )
