"""What a step found is kept by workspace, data set, settings and runs; whoever asks gets the same."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest

from recsys_core import codec
from recsys_core.asked import STEPS, Asked, work
from recsys_core.asked import found as asked_result
from recsys_core.data.import_log import import_log
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.result_files import forget_results
from recsys_core.runs.kept import cache
from recsys_core.settings import CompareSettings, DataSettings, StudySettings
from recsys_core.steps import Steps
from recsys_core.workspace import Workspace
from tests.logs import arm_log
from tests.rankings import made_evaluation

RUNS = ("item-knn-0123456789abcdef", "popular-0123456789abcdef")
STUDY = StudySettings().changed("retention", {"inactivity_days": 7})


@dataclass
class Kept:
    """A memory that tells what was computed, and keeps everything."""

    found: dict = field(default_factory=dict)
    computed: list = field(default_factory=list)

    def __call__(self, step, key, compute):
        if (step, *key) not in self.found:
            self.found[step, *key] = compute()
            self.computed.append(step)
        return self.found[step, *key]


@pytest.fixture(scope="module")
def spaces(tmp_path_factory):
    """Two workspaces that hold the same log under the same id."""
    folder = tmp_path_factory.mktemp("log")
    (folder / "log.csv").write_text(arm_log({"old": 0.06, "new": 0.02}, 200))
    homes = [Workspace.open(tmp_path_factory.mktemp(name)) for name in ("one", "two")]
    return [(home, import_log(home, DataSettings(log="log.csv"), folder=folder)) for home in homes]


def test_a_step_is_taken_once_for_the_same_question(spaces):
    (space, dataset), memory = spaces[0], Kept()
    first = Steps(space, memory).retention(dataset, STUDY)
    assert Steps(space, memory).retention(dataset, STUDY) is first
    rollout = Steps(space, memory).rollout(dataset, STUDY)
    assert memory.computed == ["figures", "retention", "rollout"]
    assert Steps(space).rollout(dataset, STUDY) == rollout, "the same without a memory"


@pytest.mark.parametrize(
    ("stage", "values"),
    [("retention", {"inactivity_days": 9}), ("retention", {"horizon_days": 20}), ("retention", {"seed": 4})],
)
def test_other_settings_are_another_question(spaces, stage, values):
    (space, dataset), memory = spaces[0], Kept()
    Steps(space, memory).retention(dataset, STUDY)
    Steps(space, memory).retention(dataset, STUDY.changed(stage, values))
    assert memory.computed == ["figures", "retention", "figures", "retention"]


def test_another_scenario_takes_no_new_retention(spaces):
    (space, dataset), memory = spaces[0], Kept()
    Steps(space, memory).rollout(dataset, STUDY)
    Steps(space, memory).rollout(dataset, STUDY.changed("scenario", {"share": 0.2}))
    assert sorted(memory.computed) == ["figures", "retention", "rollout", "rollout"]


def test_another_workspace_is_another_question_even_with_the_same_data(spaces):
    memory = Kept()
    (space, dataset), (other, again) = spaces
    assert dataset.dataset_id == again.dataset_id
    Steps(space, memory).retention(dataset, STUDY)
    Steps(other, memory).retention(again, STUDY)
    assert memory.computed == ["figures", "retention", "figures", "retention"]


@pytest.fixture
def evaluated(spaces):
    """Two runs that noted how they rank."""
    space, _ = spaces[0]
    for run_id, rank in zip(RUNS, (1, 6), strict=True):
        folder = space.home / "runs" / run_id
        folder.mkdir(parents=True, exist_ok=True)
        made_evaluation(run_id.rpartition("-")[0], np.arange(60) % 5 + float(rank)).save(folder / "evaluation")
    return space


def test_a_comparison_reads_each_run_once_and_notes_its_use(evaluated, monkeypatch):
    used, loaded, memory = [], [], Kept()
    load = Evaluation.load
    monkeypatch.setattr(cache, "touch_used", lambda _space, run_id: used.append(run_id))
    monkeypatch.setattr(Evaluation, "load", lambda folder: (loaded.append(folder), load(folder))[1])
    steps, runs = Steps(evaluated, memory), RUNS
    comparison = steps.comparison(runs, CompareSettings(resamples=200))
    steps.comparison(runs, CompareSettings(resamples=200, k=5))
    steps.segments(runs, 10)
    assert comparison.best.name == "item-knn"
    assert used == list(runs)
    assert len(loaded) == 2
    assert sorted(memory.computed) == ["comparison", "comparison", "evaluation", "evaluation", "segments"]


def test_steps_that_do_not_train_say_what_is_missing(spaces):
    space, dataset = spaces[0]
    asked = STUDY.changed("retention", {"cohort": "affinity", "models": "popular,recent-popular"})
    asked = asked.changed("retention", {"landmark_days": 5})
    with pytest.raises(SettingsError, match="popular and recent-popular"):
        Steps(space, trains=False).retention(dataset, asked)


def test_the_server_keeps_workspaces_apart_and_forgets_nothing(spaces, monkeypatch):
    from dashboard.results import cached
    from recsys_core.asked import Asked

    computed = []

    def compute():
        computed.append(len(computed))
        return computed[-1]

    def asked(space):
        monkeypatch.setattr(cached, "workspace", lambda: space)
        return cached._remember(Asked("segments"), "segments", Steps(space).key("10", RUNS[0]), compute)

    (one, _), (two, _) = spaces
    assert [asked(one), asked(two), asked(one), asked(two)] == [0, 1, 0, 1]
    cached.forget()
    assert [asked(one), asked(two)] == [0, 1], "the workspace keeps it as well"
    forget_results(one)
    cached.forget()
    assert [asked(one), asked(two)] == [2, 1]


@pytest.fixture(scope="module")
def taken(spaces):
    """What the steps found that need no run."""
    (space, dataset), found = spaces[0], {}
    for step in ("figures", "retention", "rollout", "risk", "report"):
        asked = Asked(step, dataset.dataset_id, STUDY.changed("risk", {"days": 14}).to_toml())
        found[step] = STEPS[step](Steps(space), asked)
    return found


@pytest.mark.parametrize("step", ["figures", "retention", "rollout", "risk", "report"])
def test_what_a_step_found_can_be_written_and_read_back(taken, step):
    before, after = taken[step], codec.from_text(codec.to_text(taken[step]))
    if step == "risk":
        pd.testing.assert_frame_equal(before.users, after.users)
        before, after = replace(before, users=None), replace(after, users=None)
    assert before == after
    if step != "risk":  # numbers of numpy become those of Python
        assert repr(before) == repr(after), "types and their order as well"


def test_comparisons_can_be_written_and_read_back(evaluated):
    steps = Steps(evaluated)
    for found in (steps.comparison(RUNS, CompareSettings(resamples=200)), steps.segments(RUNS, 10)):
        assert repr(codec.from_text(codec.to_text(found))) == repr(found)


def test_a_worker_finds_what_the_server_would(spaces, taken):
    space, dataset = spaces[0]
    assert (
        asked_result(*work(str(space.home), Asked("retention", dataset.dataset_id, STUDY.to_toml())))
        == taken["retention"]
    )
    with pytest.raises(WorkspaceError, match="0123456789abcdef"):
        asked_result(*work(str(space.home), Asked("retention", "0123456789abcdef", STUDY.to_toml())))


def test_a_worker_reads_an_evaluation_once_for_all_that_rests_on_it(evaluated, monkeypatch):
    loaded, load = [], Evaluation.load
    monkeypatch.setattr(Evaluation, "load", lambda folder: (loaded.append(folder), load(folder))[1])
    monkeypatch.setattr("recsys_core.asked._evaluations", {})
    detail = json.dumps(CompareSettings(resamples=200).to_dict())
    home = str(evaluated.home)
    assert asked_result(*work(home, Asked("comparison", run_ids=RUNS, detail=detail))).best.name == "item-knn"
    asked_result(*work(home, Asked("segments", run_ids=RUNS, detail="10")))
    assert len(loaded) == 2


def test_what_no_file_keeps_counts_with_its_tables(evaluated):
    from dashboard.results import cached

    (one, _) = Steps(evaluated).evaluations(RUNS).values()
    assert cached._size(one) > 1000
