"""Kills what the command line does at random moments, and looks whether anything was lost or half done.

An operation runs in a process of its own over a workspace. It, or a process that it started, gets SIGKILL; then the
workspace must open, hold nothing half done, and the same call must end as it does when nobody is killed.
"""

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from recsys_core.data.dataset import Dataset
from recsys_core.machine import child_environment
from recsys_core.workspace import Workspace
from validation.survive.corpus import MARK, log_text

_STUDY: Final = '[data]\nlog = "{log}"\n[retention]\ninactivity_days = 3\nresamples = 200\n'
_SECONDS: Final = 300


@dataclass(frozen=True)
class Operation:
    """Something that is killed.

    Attributes
    ----------
    command
        Of the command line, within the folder of a trial.
    whole
        Says what is wrong with what it left, once it was run again to its end; empty where nothing is.
    """

    name: str
    command: Callable[[Path], tuple[str, ...]]
    whole: Callable[[Path, Mapping[str, Any]], str]


@dataclass
class Killed:
    """What became of many kills."""

    tried: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)  # something was still running
    faults: list[str] = field(default_factory=list)


def call(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    """Start the command line over the folder's workspace."""
    return subprocess.Popen(  # noqa: S603 - this program
        [sys.executable, "-m", "recsys_core", *command, "--json"],
        cwd=folder, env={**child_environment(), "STAYING_POWER_HOME": str(folder / "workspace")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def answered(folder: Path, *command: str) -> dict[str, Any]:
    """Run the command line to its end; raises RuntimeError where it fails."""
    out, err = call(folder, *command).communicate(timeout=_SECONDS)
    try:
        found: dict[str, Any] = json.loads(out)
    except ValueError:
        raise RuntimeError(err.decode(errors="replace")[-400:]) from None
    if found.get("error"):  # a run has an empty one
        raise RuntimeError(str(found["error"]))
    return found


def _prepared(folder: Path) -> dict[str, Any]:
    """Make the workspace from which every trial starts: one data set, one run, finished."""
    folder.mkdir()
    (folder / "log.csv").write_text(log_text(random.Random(1), 20_000, items=3000), encoding="utf-8")  # noqa: S311
    (folder / "other.csv").write_text(log_text(random.Random(2), 20_000, items=3000), encoding="utf-8")  # noqa: S311
    (folder / "study.toml").write_text(_STUDY.format(log="log.csv"), encoding="utf-8")
    known = answered(folder, "import", "log.csv")
    run = answered(folder, "train", known["dataset_id"], "--model", "item-knn", "--wait")
    return {"dataset_id": known["dataset_id"], "run_id": run["run_id"]}


def operations(known: Mapping[str, Any]) -> tuple[Operation, ...]:
    """What is killed, given what `_prepared` made."""
    run_id, dataset_id = str(known["run_id"]), str(known["dataset_id"])
    return (
        Operation("import", lambda _: ("import", "other.csv"), _imported),
        Operation("training", lambda _: ("train", dataset_id, "--model", "popular", "--wait"), _finished),
        Operation("report", lambda _: ("report", "study.toml", "--out", "out.html"), _written),
        Operation("archive", lambda _: ("export-run", run_id, "--out", "run.zip"), _zipped("run.zip")),
        Operation("backup", lambda _: ("backup", "backup.zip"), _zipped("backup.zip")),
        Operation("migration", lambda _: ("runs", dataset_id), _migrated),
        Operation("deletion", lambda _: ("delete", "dataset", dataset_id, "--yes"), lambda *_: ""),
    )


def _imported(folder: Path, answer: Mapping[str, Any]) -> str:
    data = Dataset.open(Workspace.open(folder / "workspace"), str(answer["dataset_id"]))
    rows = int(data.interactions().count().execute())
    return "" if rows == data.rows == answer["rows"]["out"] else f"{rows} rows of {data.rows}"


def _finished(_folder: Path, answer: Mapping[str, Any]) -> str:
    return "" if answer.get("state") == "finished" else f"state {answer.get('state')}"


def _written(folder: Path, _answer: Mapping[str, Any]) -> str:
    text = (folder / "out.html").read_text(encoding="utf-8")
    return "" if text.rstrip().endswith("</html>") else "the report has no end"


def _zipped(name: str) -> Callable[[Path, Mapping[str, Any]], str]:
    def whole(folder: Path, _answer: Mapping[str, Any]) -> str:
        with zipfile.ZipFile(folder / name) as made:
            return f"{made.testzip()} is damaged" if made.testzip() else ""

    return whole


def _migrated(_folder: Path, answer: Mapping[str, Any]) -> str:
    return "" if [run["state"] for run in answer["runs"]] == ["finished"] else f"runs: {answer['runs']}"


def _made_older(folder: Path) -> None:
    """Take from the registry what its last version added, so that opening it brings it up to date."""
    with closing(sqlite3.connect(folder / "workspace" / "runs" / "registry.sqlite")) as db:
        db.execute("ALTER TABLE runs DROP COLUMN kind")
        db.execute("PRAGMA user_version = 1")
        db.commit()


def kill(count: int, seed: int, place: Path) -> Killed:
    """Kill so many operations, in turn."""
    known, found = _prepared(place / "known"), Killed()
    draw, kinds = random.Random(seed), operations(known)  # noqa: S311
    usual: dict[str, float] = {}
    for trial in range(count + len(kinds)):
        one = kinds[trial % len(kinds)]
        folder = place / f"trial-{trial}"
        shutil.copytree(place / "known", folder)
        if one.name == "migration":
            _made_older(folder)
        begun = time.monotonic()
        process = call(folder, *one.command(folder))
        if trial < len(kinds):  # how long it takes when nobody is killed
            process.communicate(timeout=_SECONDS)
            usual[one.name] = time.monotonic() - begun
        else:
            time.sleep(draw.uniform(0, 1.1 * usual[one.name]))
            found.struck[one.name] += _strike(process, draw)
            process.communicate(timeout=_SECONDS)
            found.tried[one.name] += 1
            for fault in _faults(one, folder):
                found.faults.append(f"{one.name}, trial {trial}: {fault}")
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _strike(process: subprocess.Popen[bytes], draw: random.Random) -> bool:
    """Kill the process, or one that it started, or all of them."""
    with suppress(psutil.NoSuchProcess):
        own = psutil.Process(process.pid)
        started = own.children(recursive=True)
        victims = draw.choice(([own], [own, *started], [draw.choice(started)] if started else [own]))
        running = process.poll() is None
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        return running
    return False


def _faults(one: Operation, folder: Path) -> list[str]:
    faults = []
    space = Workspace.open(folder / "workspace")
    for dataset_id in space.dataset_ids():
        data = Dataset.open(space, dataset_id)
        if int(data.interactions().count().execute()) != data.rows:
            faults.append(f"{dataset_id} is not whole")
    try:
        answer = answered(folder, *one.command(folder))
    except RuntimeError as err:
        if one.name != "deletion" or "no-such-dataset" not in str(err):  # it was gone before the kill
            faults.append(f"the same call fails: {err}")
    else:
        if told := one.whole(folder, answer):
            faults.append(told)
    drafts = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    faults += [f"{name} is left" for name in drafts]
    for path in (folder / "workspace").rglob("*"):
        with suppress(OSError):
            if path.is_file() and MARK.encode() in path.read_bytes():
                faults.append(f"an id as it came in {path.relative_to(folder)}")
    return faults
