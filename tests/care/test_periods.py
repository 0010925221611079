"""Reports and runs that are older than they are to be kept go, listed first; pinned runs and those under way stay."""

import json
import os
import time

import pytest

from dashboard import studies
from recsys_core import audit
from recsys_core.care import periods
from recsys_core.care.periods import Periods
from recsys_core.command_line.parser import main
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.runs.kept.cache import list_kept, pin
from recsys_core.runs.life.run import registry, run_folder
from recsys_core.settings import EaseSettings

DAY = 86_400


def age(path, days):
    os.utime(path, (time.time() - days * DAY,) * 2)


def age_run(space, run_id, days):
    with registry(space)._writing() as db:
        db.execute("UPDATE runs SET finished = finished - ?, created = created - ? WHERE run_id = ?",
                   (days * DAY, days * DAY, run_id))  # fmt: skip
    for path in run_folder(space, run_id).rglob("*"):
        age(path, days)
    age(run_folder(space, run_id), days)


@pytest.fixture
def old(space, bring, train):
    """A workspace with an old and a new report, and runs: old, old and pinned."""
    dataset = bring()
    gone, pinned = train(dataset).run_id, train(dataset, EaseSettings()).run_id
    pin(space, pinned)
    for run_id in (gone, pinned):
        age_run(space, run_id, 40)
    for name, days in (("old.html", 40), ("new.html", 3)):
        (space.home / "reports" / name).write_text("<p>")
        age(space.home / "reports" / name, days)
    return gone, pinned


def reports(space):
    return sorted(path.name for path in (space.home / "reports").iterdir())


def test_all_is_kept_until_somebody_says_how_long(space, old):
    assert periods.kept_periods(space) == Periods()
    assert periods.tidy(space, Periods()) == periods.Overdue((), ())
    assert reports(space) == ["new.html", "old.html"]
    assert len(list_kept(space).runs) == 2


def test_what_would_go_is_listed_first_and_goes_with_a_line_each(space, old, capsys):
    gone, pinned = old
    command = ["tidy", "--reports-days", "30", "--runs-days", "30", "--workspace", str(space.home)]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert f"run {gone}" in told
    assert "report old.html, 40 days old" in told
    assert pinned not in told
    assert "Would go, with --yes: 1 runs, 1 reports" in told
    assert len(list_kept(space).runs) == 2
    assert main([*command, "--yes", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["runs"], answer["reports"], answer["removed"]) == ([gone], ["old.html"], True)
    assert [run.run_id for run in list_kept(space).runs] == [pinned]
    assert reports(space) == ["new.html"]
    told = [(entry.what, entry.facts.get("run_id") or entry.facts.get("report")) for entry in audit.entries(space)[0]]
    assert told[-2:] == [("delete-run", gone), ("delete-report", "old.html")]
    assert periods.kept_periods(space) == Periods(), "what was asked for once is not kept"


def test_a_run_that_was_used_since_stays_and_so_does_one_that_is_under_way(space, old):
    gone, pinned = old
    with registry(space)._writing() as db:
        db.execute("UPDATE runs SET state = 'queued', host = 'elsewhere', heartbeat = 9e10, clock = 1e12")
    pin(space, pinned, on=False)
    assert periods.tidy(space, Periods(runs_days=30)).runs == ()
    with registry(space)._writing() as db:
        db.execute("UPDATE runs SET state = 'finished'")
    from recsys_core.runs.kept.cache import touch_used

    touch_used(space, gone)
    assert [run.run_id for run, _ in periods.overdue(space, Periods(runs_days=30)).runs] == [pinned]


def test_periods_that_are_remembered_are_applied_at_the_start_of_the_server(space, old, monkeypatch):
    _, pinned = old
    given = ["tidy", "--reports-days", "30", "--runs-days", "30", "--remember", "--workspace", str(space.home)]
    assert main(given) == 0
    assert len(list_kept(space).runs) == 2
    assert audit.entries(space)[0][-1].what == "change-periods"
    monkeypatch.setenv("STAYING_POWER_HOME", str(space.home))
    studies.workspace.clear()
    try:
        studies.workspace()
    finally:
        studies.workspace.clear()
    assert [run.run_id for run in list_kept(space).runs] == [pinned]
    assert reports(space) == ["new.html"]


@pytest.mark.parametrize("content", ["{", "[]", '{"runs_days": -1}', '{"days": 3}', '{"runs_days": 1e300}', '"x"'])
def test_damaged_periods_are_said_and_nothing_goes(space, old, content, capsys, monkeypatch):
    (space.home / "periods.json").write_text(content)
    with pytest.raises(WorkspaceError, match="which says how long reports and runs are kept, is damaged"):
        periods.kept_periods(space)
    assert main(["tidy", "--yes", "--workspace", str(space.home)]) == 1
    assert reports(space) == ["new.html", "old.html"]
    monkeypatch.setenv("STAYING_POWER_HOME", str(space.home))
    studies.workspace.clear()
    assert studies.workspace().home == space.home, "the server starts all the same"
    studies.workspace.clear()
    assert len(list_kept(space).runs) == 2


def test_periods_have_bounds(space, capsys):
    with pytest.raises(SettingsError):
        Periods().changed({"runs_days": -1})
    assert main(["tidy", "--runs-days", "-1", "--workspace", str(space.home)]) == 1
    assert "Traceback" not in capsys.readouterr().err
