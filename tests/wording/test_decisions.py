"""Nothing is decided by words: said in nonsense, every verdict, check and exit code is what it is in English."""

import json
from contextlib import nullcontext

import pytest

from recsys_core.command_line.parser import main
from recsys_core.data.import_log import import_log
from recsys_core.evaluation.compare import compare
from recsys_core.risk.foretell import foretell
from recsys_core.risk.risk_answer import checks_of, verdict_of
from recsys_core.settings import CompareSettings, DataSettings, RiskSettings, StudySettings
from recsys_core.steps import Steps
from recsys_core.whatif.rollout import can_be_moved
from recsys_core.wording.catalogue import speaking
from recsys_core.workspace import Workspace
from tests.logs import arm_log
from tests.rankings import made_evaluation
from tests.risk.conftest import imported, made_log
from tests.wording.nonsense import english_files, english_in, long_texts, nonsense_catalogue

ALIKE = {"old": 0.04, "new": 0.04}


def unequal_log():
    """Two of three users of one arm are missing."""
    rows = arm_log({"old": 0.06, "new": 0.02}, 400).splitlines()
    there = [row for row in rows if not (row.endswith("new") and int(row.split("-", 1)[1].split(",")[0]) % 3)]
    return "\n".join(there) + "\n"


LOGS = {
    "winner": lambda: arm_log({"old": 0.06, "new": 0.02}, 400),
    "tie": lambda: arm_log(ALIKE, 300),
    "blocked": unequal_log,
    "single": lambda: arm_log({"": 0.04}, 200),
}
COMMANDS = {
    "retention": (["retention", "ID"], 0),
    "a setting out of bounds": (["retention", "ID", "--inactivity-days", "0"], 1),
    "no such cohort": (["retention", "ID", "--cohort", "colour"], 1),
    "no such data set": (["retention", "0123456789abcdef"], 1),
    "what-if": (["what-if", "ID"], 0),
    "no such arm": (["what-if", "ID", "--to", "gru"], 1),
    "nothing trained": (["compare", "ID"], 1),
    "no such model": (["train", "ID", "--model", "gru"], 1),
    "no such run": (["cancel", "popular-0"], 1),
    "no file": (["import", "nowhere.csv"], 1),
    "numbers that are none": (["survival", "t.csv", "--duration", "a", "--event", "b", "--at", "x"], 1),
    "too short for risks": (["risk", "ID", "--days", "90"], 1),
    "no study file": (["report", "none.toml", "--out", "x.html"], 1),
}


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    return Workspace.open(tmp_path_factory.mktemp("decisions"))


@pytest.fixture(scope="module")
def nonsense():
    return nonsense_catalogue(english_files())


def imported_log(space, folder, content):
    (folder / "log.csv").write_text(content)
    return import_log(space, DataSettings(log="log.csv"), folder=folder)


def of(verdict, checks):
    """What was decided: the verdict, and every check by its code."""
    return verdict.state, verdict.code, [(check.code, check.status, check.finding) for check in checks]


def decisions(space, dataset):
    study, steps = StudySettings(), Steps(space)
    result = steps.retention(dataset, study)
    decided = [of(result.verdict, result.checks), [warning.code for warning in result.warnings]]
    if can_be_moved(result):
        moved = steps.rollout(dataset, study)
        decided.append(of(moved.verdict, moved.checks))
    return decided


@pytest.mark.parametrize("state", LOGS)
def test_retention_and_what_if_decide_the_same_in_nonsense(state, space, nonsense, tmp_path):
    dataset = imported_log(space, tmp_path, LOGS[state]())
    english = decisions(space, dataset)
    assert english[0][0] == state
    with speaking(nonsense):
        assert decisions(space, dataset) == english


def test_models_are_compared_the_same_in_nonsense(nonsense):
    import numpy as np

    ranks = np.arange(1, 201, dtype=float) % 7 + 1
    evaluations = {"item-knn": made_evaluation("item-knn", ranks), "popular": made_evaluation("popular", ranks + 4)}

    def decided():
        comparison = compare(evaluations, CompareSettings(resamples=200))
        return of(comparison.verdict, comparison.checks)

    english = decided()
    with speaking(nonsense):
        assert decided() == english


def test_risks_are_judged_the_same_in_nonsense(nonsense, tmp_path):
    dataset = imported(tmp_path, *made_log(900, 5))
    study = StudySettings().changed("retention", {"inactivity_days": 7})

    def decided():
        result = foretell(dataset, study.retention, RiskSettings())
        return of(verdict_of(result), checks_of(result))

    english = decided()
    with speaking(nonsense):
        assert decided() == english


@pytest.fixture(scope="module")
def dataset_id(space, tmp_path_factory):
    return imported_log(space, tmp_path_factory.mktemp("log"), LOGS["winner"]()).dataset_id


@pytest.mark.parametrize("case", COMMANDS)
def test_commands_leave_with_the_same_code_and_kind_in_nonsense(case, space, dataset_id, nonsense, capsys):
    arguments, code = COMMANDS[case]
    call = [dataset_id if part == "ID" else part for part in arguments]

    def called(catalogue=None):
        with speaking(catalogue) if catalogue else nullcontext():
            left_with = main([*call, "--json", "--workspace", str(space.home)])
        printed = capsys.readouterr()
        answer = json.loads(printed.out)
        return left_with, answer.get("error", {}).get("kind"), answer.get("answer", {}).get("state"), printed

    *english, _ = called()
    *same, printed = called(nonsense)
    assert same == english
    assert same[0] == code
    assert english_in(printed.out + printed.err, long_texts(english_files())) == []
