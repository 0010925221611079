"""What is done with the data of a workspace is written down, in lines that are only added, and names no user."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.results import cached
from recsys_core import audit
from recsys_core.command_line.parser import main
from recsys_core.workspace import Workspace
from tests.logs import arm_log


@pytest.fixture
def space(tmp_path):
    (tmp_path / "log.csv").write_text(arm_log({"old": 0.03, "new": 0.02}, users=40))
    return Workspace.open(tmp_path / "home")


def test_commands_are_written_down_with_who_asked_and_no_user_is_named(space, tmp_path, capsys):
    place = ["--workspace", str(space.home)]
    assert main(["import", str(tmp_path / "log.csv"), *place]) == 0
    assert main(["import", str(tmp_path / "log.csv"), *place]) == 0
    (dataset,) = space.dataset_ids()
    (space.home / "reports" / "a.html").write_text(dataset)
    assert main(["forget", dataset, "--user", "user-7", "--yes", *place]) == 0
    assert main(["forget", dataset, "--user", "user-nobody", "--yes", *place]) == 1
    assert main(["delete", "report", "a.html", "--yes", *place]) == 0
    assert main(["delete", "dataset", dataset, *place]) == 0
    assert main(["delete", "dataset", dataset, "--yes", *place]) == 0
    capsys.readouterr()
    assert main(["audit", "--json", *place]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["what"] for entry in found["entries"]] == [
        "import", "forget-user", "delete-report", "delete-dataset",
    ]  # fmt: skip
    assert {entry["by"] for entry in found["entries"]} == {"command line"}
    assert {entry.get("dataset_id", dataset) for entry in found["entries"]} == {dataset}
    path = space.home / "audit.jsonl"
    assert "user-" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert main(["audit", *place]) == 0
    assert f"command line  forget-user  dataset_id={dataset}" in capsys.readouterr().out


def test_a_download_is_written_down_when_it_is_taken(space, monkeypatch):
    opened = Workspace.open(space.home, "dashboard")
    monkeypatch.setattr(cached, "workspace", lambda: opened)

    class Study:
        class dataset:  # noqa: N801
            dataset_id = "0" * 16

    assert cached.report_taken(Study, "<p>") == "<p>"
    ((entry,), damaged) = audit.entries(space)
    assert (entry.by, entry.what, damaged) == ("dashboard", "export-report", 0)


def test_many_at_once_lose_no_line(space):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.note(space, "import", dataset_id=f"{n:016x}", file="ж" * 500), range(200)))
    found, damaged = audit.entries(space)
    assert damaged == 0
    assert {entry.facts["dataset_id"] for entry in found} == {f"{n:016x}" for n in range(200)}


def test_lines_that_cannot_be_read_are_counted_and_kept(space, capsys):
    place = ["--workspace", str(space.home)]
    assert main(["audit", *place]) == 0
    assert "nothing was done yet" in capsys.readouterr().out
    audit.note(space, "import", dataset_id="a")
    with (space.home / "audit.jsonl").open("ab") as log:
        log.write(b'{"time": 1\n[1]\n"x"\n\xff\xfe\n')
    audit.note(space, "import", dataset_id="b")
    found, damaged = audit.entries(space)
    assert ([entry.facts["dataset_id"] for entry in found], damaged) == (["a", "b"], 4)
    assert main(["audit", *place]) == 0
    assert "4 lines of audit.jsonl cannot be read." in capsys.readouterr().out
