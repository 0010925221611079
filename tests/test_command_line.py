"""The command line as a user's shell sees it: one JSON object, exit codes, and words instead of tracebacks."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
HEADER = "user,item,time,recommender,event\n"


def small_log():
    """60 users of each of two arms over 60 days: the third arm-day pattern decides how long they come."""
    lines = []
    for user in range(120):
        arm, start = ("bert", "cf")[user % 2], user % 30
        length = (user * 7) % 23 + (8 if arm == "bert" else 0)
        lines += [f"u{user},i{day},{stamp(start + day)},{arm},click" for day in range(0, length, 2)]
        lines.append(f"u{user},i1,{stamp(start)},{arm},impression")
    return HEADER + "\n".join(lines) + f"\nu0,i9,{stamp(60)},bert,click\n"


def stamp(day):
    return f"{np.datetime64('2026-03-01T10:00:00') + np.timedelta64(day, 'D')}Z"


def call(*arguments, home=None, folder=ROOT):
    command = [sys.executable, "-m", "recsys_core", *map(str, arguments)]
    if home:
        command += ["--workspace", str(home)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def one_object(done):
    """What went to standard output, if it is one JSON object on one line and nothing else."""
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def refused(done, words, code=1):
    assert done.returncode == code
    if "--json" in done.args:
        assert words in mended(done)["sentence"]
    else:
        assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
    return True


def mended(done):
    """What the one object on standard output says has to be mended."""
    assert done.stdout.count("\n") == 1
    (error,) = json.loads(done.stdout).values()
    assert {"kind", "sentence", "advice"} <= set(error)
    assert f"{error['sentence']} {error['advice']}".strip() == done.stderr.splitlines()[-1]
    return error


def listing(home):
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("shell")
    (made / "log.csv").write_text(small_log())
    (made / "users.csv").write_text(
        "user,plan\n" + "".join(f"u{n},{'free' if n % 3 else 'paid'}\n" for n in range(120))
    )
    return made


@pytest.fixture(scope="module")
def home(folder):
    return folder / "home"


@pytest.fixture(scope="module")
def card(folder, home):
    options = ["--users", folder / "users.csv", "--title", "Small shop", "--json"]
    return one_object(call("import", folder / "log.csv", *options, home=home))


def test_import_prints_the_card(card, folder, home):
    assert (card["title"], card["users"], card["recommenders"].keys()) == ("Small shop", 120, {"bert", "cf"})
    assert card["rows"]["in"] == card["rows"]["out"] == small_log().count("\n") - 1
    assert [step["rows_in"] for step in card["rows"]["steps"]] == [card["rows"]["in"]] * len(card["rows"]["steps"])
    assert (home / "datasets" / card["dataset_id"] / "dataset.json").is_file()
    said = call("import", folder / "log.csv", "--users", folder / "users.csv", home=home)
    assert said.returncode == 0
    assert said.stdout.splitlines()[-1] == f"data set {card['dataset_id']}"


def test_retention_prints_one_object(card, home):
    found = one_object(
        call("retention", card["dataset_id"], "--inactivity-days", 7, "--horizon", 20, "--json", home=home)
    )
    assert list(found)[:5] == ["dataset_id", "settings", "population", "arms", "contrasts"]
    assert (found["settings"]["inactivity_days"], found["settings"]["horizon_days"]) == (7, 20)
    assert [arm["name"] for arm in found["arms"]] == ["bert", "cf"]
    assert found["answer"]["sentence"] == found["verdict"]
    assert found["answer"]["state"] == "winner"
    assert found["verdict"].startswith("Users first served by bert stay engaged")
    assert found["tests"]["logrank"]["df"] == 1
    assert all("lapses_by_day" not in arm and "tail" not in arm for arm in found["arms"])


def test_retention_in_words(card, home):
    done = call("retention", card["dataset_id"], "--inactivity-days", 7, home=home)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "CLEAR WINNER"
    assert "Lapse: Last activity before the first gap longer than 7 days." in done.stdout
    assert done.stderr == ""


def test_options_and_set_reach_the_settings(card, home):
    options = [
        "--cohort",
        "plan",
        "--activity-events",
        "click,impression",
        "--set",
        "burn_in_days=0",
        "--set",
        "seed=7",
    ]
    settings = one_object(call("retention", card["dataset_id"], *options, "--json", home=home))["settings"]
    assert (settings["cohort"], settings["activity_events"]) == ("plan", ["click", "impression"])
    assert (settings["burn_in_days"], settings["seed"]) == (0, 7)


def test_what_if_prints_one_object(card, home):
    options = ["--inactivity-days", 7, "--from", "cf", "--to", "bert", "--share", 1, "--day", 10, "--value-per-day", 2]
    found = one_object(call("what-if", card["dataset_id"], *options, "--set", "seed=3", "--json", home=home))
    assert found["arms"] == ["cf", "bert"]
    assert (found["settings"]["seed"], found["retention"]["seed"]) == (3, 3)  # --set reaches every stage that has it
    assert found["verdict"].startswith("Moving 100 % of cf users to bert would keep about")
    assert len(found["rows"]) == 3
    assert found["points"][-1]["estimate"] == pytest.approx(found["difference"]["estimate"])
    words = call("what-if", card["dataset_id"], "--inactivity-days", 7, home=home)
    assert words.stdout.splitlines()[1].startswith("Moving 50 % of cf users to bert")


BAD = {
    "empty file": ("log.csv", b"", [], "is empty"),
    "wrong separator": ("log.csv", small_log().encode(), ["--separator", ";"], "Only one column was found"),
    "no time column": ("log.csv", b"user,item,rating\na,b,3\n", [], "looks like the time"),
    "all nulls": ("log.csv", b"user,item,time\n,,\n,,\n", [], "empty"),
    "0-byte parquet": ("log.parquet", b"", [], "is empty (0 bytes)"),
    "a binary file named csv": ("log.csv", np.random.default_rng(5).bytes(4000), [], "is a binary file"),
    "a header alone": ("log.csv", HEADER.encode(), [], "holds a header and no rows"),
    "an unclosed quote": ("log.csv", (HEADER + '"u1,i1,2026-03-01,a,b\n').encode(), [], "quotation mark on line 2"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_no_trace(case, card, home, tmp_path):
    name, content, options, words = BAD[case]
    (tmp_path / name).write_bytes(content)
    before = listing(home)
    assert refused(call("import", tmp_path / name, *options, "--json", home=home), words)
    assert listing(home) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--set", "inactivity_days"],
            "--set inactivity_days is not field=value with one of: activity_events, burn_in",
        ),
        (["--set", "colour=red"], "--set colour=red is not field=value with one of: activity_events"),
        (["--set", "share=0.5"], "--set share=0.5 is not field=value with one of"),
        (["--set", "inactivity_days=soon"], "retention.inactivity_days is 'soon', but it must be a whole number"),
        (["--inactivity-days", "0"], "retention.inactivity_days is 0; allowed is between 1 and 365"),
        (["--cohort", "ever-exposed"], "Cohort 'ever-exposed' is refused"),
        (["--covariates", "colour"], "There is no user attribute 'colour'"),
    ],
)
def test_settings_that_do_not_fit_are_one_sentence(card, home, arguments, words):
    assert refused(call("retention", card["dataset_id"], *arguments, home=home), words)


def test_errors_are_objects_with_a_kind_under_json(home, tmp_path):
    done = call("survival", tmp_path / "none.csv", "--duration", "t", "--event", "e", "--at", "x", "--json", home=home)
    assert done.returncode == 1
    assert mended(done) == {
        "kind": "option-not-numbers", "option": "--at", "text": "x", "advice": "",
        "sentence": "--at is 'x'; give numbers parted by commas, as in 30,60.",
    }  # fmt: skip


def test_unknown_data_sets_and_arms_are_one_sentence(card, home):
    assert refused(call("retention", "nothing", home=home), "The workspace holds no data set 'nothing'. It holds: ")
    done = call("what-if", card["dataset_id"], "--inactivity-days", 7, "--to", "gru", home=home)
    assert refused(done, "There is no arm 'gru'. The arms are: bert, cf.")
    done = call("what-if", card["dataset_id"], "--set", "pace=2", home=home)
    assert refused(done, "--set pace=2 is not field=value with one of: ")
    assert refused(call("import", home / "none.csv", home=home), "There is no log at")


def test_wrong_usage_exits_with_2(home):
    for arguments in (
        [],
        ["retention"],
        ["forecast"],
        ["import", "log.csv", "--colour", "red"],
        ["report", "study.toml"],
    ):
        assert refused(call(*arguments), "usage: python -m recsys_core", code=2)


def test_a_workspace_that_cannot_be_used_is_one_sentence(folder):
    done = call("import", folder / "log.csv", home=folder / "log.csv")
    assert refused(done, "cannot be used: Not a directory. Give a folder that you may write to with --workspace")


STUDY = """title = "Small shop"
[data]
log = "log.csv"
[retention]
inactivity_days = 7
horizon_days = 20
"""


def test_run_goes_from_the_study_file_to_the_report(folder):
    (folder / "study.toml").write_text(STUDY + '\n[train]\nmodels = ["popular", "recent-popular"]\n')
    done = call("run", folder / "study.toml", "--json", home=folder / "run-home")
    found = one_object(done)
    assert found["report"] == str(folder / "study.html")
    html = (folder / "study.html").read_bytes()
    assert found["bytes"] == len(html)
    assert found["retention"]["verdict"].encode() in html
    assert found["what_if"]["arms"] == ["cf", "bert"]
    steps = [line for line in done.stderr.splitlines() if line[:1].isupper()]
    assert steps == [
        "Importing log.csv", "Counting lapses of 120 users", "Trying the rollout", "Comparing models",
        *(note["sentence"] for note in found["notes"]), "Writing the report",
    ]  # fmt: skip
    assert {"popular: finished", "recent-popular: finished"} <= set(done.stderr.splitlines())
    assert {model["name"] for model in found["comparison"]["models"]} == {"popular", "recent-popular"}
    assert b"Ranking quality, offline" in html


def test_report_writes_where_it_is_told(folder):
    (folder / "study.toml").write_text(STUDY)
    done = call("report", folder / "study.toml", "--out", folder / "told.html", home=folder / "run-home")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"report {folder / 'told.html'}"
    assert (folder / "told.html").read_text().lstrip().lower().startswith("<!doctype html>")


def test_study_files_and_places_that_do_not_work_are_one_sentence(folder, tmp_path):
    assert refused(call("run", tmp_path / "none.toml", home=tmp_path / "home"), "There is no study file")
    (tmp_path / "bad.toml").write_text("[retention]\ncolour = 1\n")
    assert refused(call("run", tmp_path / "bad.toml", home=tmp_path / "home"), "There is no setting retention.colour")
    (folder / "study.toml").write_text(STUDY)
    done = call("report", folder / "study.toml", "--out", folder / "log.csv" / "x.html", home=folder / "run-home")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Check that the disk has room and may be written to." in done.stderr.splitlines()[-1]
    again = call("report", folder / "study.toml", "--out", folder / "log.csv" / "x.html", "--json",
                 home=folder / "run-home")  # fmt: skip
    assert (again.returncode, mended(again)["kind"]) == (1, "file-not-usable")


@pytest.mark.slow
def test_compare_trains_what_is_missing_and_prints_one_object(card, home):
    done = call("compare", card["dataset_id"], "--models", "popular", "--k", "5", "--json", home=home)
    found = one_object(done)
    assert "popular has no finished run on this split: it is trained first" in done.stderr
    assert sorted(model["name"] for model in found["models"]) == ["popular", "recent-popular"]
    assert found["differences"][0]["metric"] == "ndcg"
    assert found["settings"]["k"] == 5
    assert found["verdict"]
    assert {run["model"] for run in found["runs"]} == {"popular", "recent-popular"}
    said = call("compare", card["dataset_id"], "--set", "resamples=100", home=home)
    assert "NDCG at 10, 95 % interval" in said.stdout
    assert said.stderr == ""


def test_compare_without_models_is_one_sentence(card, folder, tmp_path):
    home = tmp_path / "home"
    dataset = one_object(call("import", folder / "log.csv", "--json", home=home))["dataset_id"]
    assert refused(call("compare", dataset, home=home), "No model is trained on this split yet")
    assert refused(call("compare", dataset, "--set", "speed=1", home=home), "--set speed=1 is not field=value")


def test_affinity_says_what_it_needs(folder, tmp_path):
    home = tmp_path / "home"
    data = one_object(call("import", folder / "log.csv", "--json", home=home))["dataset_id"]
    asked = ("retention", data, "--cohort", "affinity", "--models")
    assert refused(call(*asked, "popular", home=home), "affinity cohorts contrast exactly two different models")
    short = call(*asked, "popular,item-knn", "--landmark-days", "14", "--inactivity-days", "7", home=home)
    assert refused(short, "The log of 60 days is too short for affinity cohorts with a landmark window of 14 days")
