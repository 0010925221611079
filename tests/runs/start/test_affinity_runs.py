"""Which runs affinity cohorts rest on, and what is trained where there are none."""

import re
from dataclasses import replace

import pytest

from recsys_core import columns as col
from recsys_core.answers import message, verbatim
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.runs.life.run import find_run
from recsys_core.runs.start import launch
from recsys_core.runs.start.affinity_runs import affinity_runs, require_runs
from recsys_core.settings import PopularSettings, RecentPopularSettings, SplitSettings, StudySettings
from recsys_core.steps import Steps, say_nothing
from tests.runs.reading import words

MODELS = ("popular", "recent-popular")
STUDY = StudySettings().changed(
    "retention", {"cohort": "affinity", "models": MODELS, "inactivity_days": 7, "landmark_days": 7}
)


def affinity_input(space, dataset, study, say=say_nothing):
    """What affinity cohorts are analysed with."""
    steps = Steps(space, say=say)
    run_ids = steps.affinity_pair(dataset, study)
    return AffinityInput.of(steps.evaluations(run_ids)) if run_ids else None


def with_settings(stage, **values):
    return STUDY.changed(stage, values)


@pytest.fixture
def trained(space, dataset, work):
    """Train a model on a split, in this process."""

    def run(model, study=STUDY, **split):
        settings = {"popular": PopularSettings(), "recent-popular": RecentPopularSettings()}[model]
        asked = study.split.changed(split)
        done = launch.train(space, dataset, settings, asked, study.retention)
        if done.active:
            work()
        return find_run(space, done.run_id)

    return run


@pytest.fixture
def at_once(monkeypatch, work):
    """Runs are finished as soon as somebody waits for them."""

    def follow(space, run, say):
        work()
        say(verbatim("100%"))
        return find_run(space, run.run_id)

    monkeypatch.setattr(launch, "follow", follow)


def test_other_cohorts_need_no_models(space, dataset):
    assert affinity_input(space, dataset, with_settings("retention", cohort="all")) is None


def test_missing_models_are_trained_first_and_said(space, dataset, trained, at_once, started):
    trained("popular")
    said = []
    given = affinity_input(space, dataset, STUDY, said.append)
    assert len(started) == 2, "popular was there already"
    assert said[0] == message("progress-run-needed-first", model="recent-popular", place="landmark")
    assert words(said[0]) == (
        "recent-popular has no finished run on a split that leaves room for the landmark: it is trained first"
    )
    assert set(given.targets) == set(MODELS)
    assert list(given.targets["popular"].columns[:4]) == ["user_id", "item_id", "time", "rank"]
    left = (dataset.log_end - given.test_from) / col.DAY_SECONDS
    assert left == pytest.approx(7 + 7 + 30, abs=1e-4)
    assert affinity_input(space, dataset, STUDY).test_from == given.test_from
    assert len(started) == 2


def test_finished_runs_on_an_earlier_split_are_used_again(space, dataset, trained):
    wider = with_settings("retention", landmark_days=12)  # its split lies five days earlier
    runs = [trained(model, wider) for model in MODELS]
    assert [run.run_id for run in affinity_runs(space, dataset, STUDY)] == [run.run_id for run in runs]
    assert affinity_runs(space, dataset, with_settings("retention", landmark_days=13)) == (), "too late for it"
    newer = [trained(model) for model in MODELS]
    assert affinity_runs(space, dataset, STUDY) == tuple(newer), "the split that would be chosen now comes first"


def test_runs_on_different_splits_or_of_other_settings_are_not_paired(space, dataset, trained):
    trained("popular")
    trained("recent-popular", with_settings("retention", landmark_days=12))
    assert affinity_runs(space, dataset, STUDY) == ()
    trained("recent-popular")
    assert len(affinity_runs(space, dataset, STUDY)) == 2
    assert affinity_runs(space, dataset, with_settings("split", filter_seen=False)) == ()
    given = with_settings("split", test_from="2026-04-12")
    assert affinity_runs(space, dataset, given) == (), "a given split is the only one that will do"


def test_pages_are_told_what_to_train(space, dataset):
    with pytest.raises(
        SettingsError, match="No finished runs of popular and recent-popular share a split that leaves 7"
    ):
        require_runs(space, dataset, STUDY)
    with pytest.raises(SettingsError, match="too short for affinity cohorts with a landmark window of 60 days"):
        require_runs(space, dataset, with_settings("retention", landmark_days=60))
    with pytest.raises(SettingsError, match="too short for affinity cohorts"):
        affinity_input(space, dataset, with_settings("retention", landmark_days=60))
    with pytest.raises(SettingsError, match=re.escape("split.method is 'leave-last-out'. Set it to 'global-time'")):
        require_runs(space, dataset, replace(STUDY, split=SplitSettings(method="leave-last-out")))


def test_a_model_that_cannot_be_trained_stops_the_analysis(space, dataset, at_once, monkeypatch):
    from recsys_core.models.popular import Popular

    def fails(*_):
        raise DataError("nothing-to-compare", dataset_id="d")

    monkeypatch.setattr(Popular, "_learn", fails)
    with pytest.raises(DataError, match=r"popular-[0-9a-f]+ failed. No model is trained .* `runs "):
        affinity_input(space, dataset, STUDY)
