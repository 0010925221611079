"""Imports in a process of their own: limits, Cancel, and what is left when any of the processes is killed."""

import gzip
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from recsys_core import errors
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log, preview_log
from recsys_core.errors import DataError
from recsys_core.imports import import_client, import_host, import_jobs
from recsys_core.imports.import_jobs import ImportJob
from recsys_core.settings import DataSettings
from recsys_core.wording.sentences import say
from recsys_core.workspace import Workspace
from tests.logs import arm_log

ROOT = Path(__file__).parents[2]
RAW = b"person-"
SECONDS = 60.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace whose host stays: it need not be started for each test."""
    yield Workspace.open(tmp_path_factory.mktemp("shared") / "home")
    import_client.release()


@pytest.fixture
def space(shared: Workspace) -> Iterator[Workspace]:
    """It, with nothing imported."""
    yield shared
    for job in import_jobs.tend(shared):
        import_jobs.ask_cancel(shared, job.job_id)
        ended(shared, job.job_id)
    for part in ("datasets", "imports", "uploads", "tmp"):
        for path in (shared.home / part).iterdir():
            shutil.rmtree(path)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A small log."""
    path = tmp_path / "log.csv"
    path.write_text(arm_log({"old": 0.06, "new": 0.02}, 60))
    return path


@pytest.fixture
def endless(tmp_path: Path) -> DataSettings:
    """A log that nobody ever gets to the end of: a pipe without a writer."""
    path = tmp_path / "endless.csv"
    os.mkfifo(path)
    return DataSettings(log=str(path))


def begin(space: Workspace, settings: DataSettings) -> str:
    job_id = import_client.begin(space, settings)
    until(lambda: (job := import_jobs.look(space, job_id)) and job.state != "waiting")
    return job_id


def ended(space: Workspace, job_id: str) -> ImportJob:
    job = import_client.wait(space, job_id, SECONDS)
    assert job is not None
    assert not job.active
    return job


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def worker_of(space: Workspace, job_id: str) -> psutil.Process:
    return psutil.Process(json.loads((folder_of(space, job_id) / "status.json").read_text())["process"]["pid"])


def host_of(space: Workspace, job_id: str) -> psutil.Process:
    return psutil.Process(json.loads((folder_of(space, job_id) / "host.json").read_text())["process"]["pid"])


def folder_of(space: Workspace, job_id: str) -> Path:
    return import_jobs.jobs_folder(space) / job_id


def raw_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and RAW in path.read_bytes()]


# ---- the same as in this process -------------------------------------------------------------------------------------


def test_it_gives_the_data_set_that_import_log_gives(space, log, tmp_path):
    here = import_log(Workspace.open(tmp_path / "other"), DataSettings(log=str(log)))
    job = ended(space, import_client.begin(space, DataSettings(log="log.csv"), folder=tmp_path, title="Mine"))
    assert (job.state, job.dataset_id, job.error) == ("done", here.dataset_id, None)
    card = json.loads((space.home / "datasets" / job.dataset_id / "dataset.json").read_text())
    assert (card["title"], card["rows"], card["settings"]["log"]) == ("Mine", here.rows, "log.csv")


def test_a_preview_is_the_one_of_this_process(space, tmp_path):
    (tmp_path / "log.csv").write_bytes("user;item;time\nä;i;2026-01-01\nb;j;2026-01-02\n".encode("latin-1"))
    (tmp_path / "users.csv").write_text("user,email\nä,a@b.org\nb,c@d.org\n")
    settings = DataSettings(log="log.csv", users="users.csv")
    here = preview_log(space, settings, folder=tmp_path)
    assert here.notes
    assert here.personal
    assert import_client.preview(space, settings, folder=tmp_path) == here
    assert list(space.tmp.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "kind", "error"),
    [
        (DataSettings(log="none.csv"), "source-not-found", DataError),
        (DataSettings(log="log.csv", user="nobody"), "column-missing", DataError),
        (DataSettings(log="log.csv", most_rows=3), "rows-too-many", DataError),
    ],
)
def test_a_refusal_is_the_one_of_this_process(space, log, settings, kind, error):
    with pytest.raises(error) as here:
        import_log(space, settings, folder=log.parent)
    job = ended(space, import_client.begin(space, settings, folder=log.parent))
    assert (job.state, type(job.error)) == ("refused", error)
    assert (job.error.kind, str(job.error)) == (kind, str(here.value))
    assert space.dataset_ids() == []
    with pytest.raises(error, match="none.csv|nobody|3") as seen:
        import_client.preview(space, settings, folder=log.parent)
    assert str(seen.value) == str(here.value)


def test_what_nobody_foresaw_is_a_sentence_and_its_story_stays_for_a_day(space, log):
    place = import_jobs.enter(space, DataSettings(log=str(log)), log.parent, "", {})
    request = json.loads((place / "request.json").read_text())
    del request["title"]
    (place / "request.json").write_text(json.dumps(request))
    import_client._hand_over(space, place)
    job = ended(space, place.name)
    assert job.error.kind == "import-unforeseen"
    assert "(KeyError)" in str(job.error)
    assert "Traceback" in (place / "log.txt").read_text()
    import_jobs.dismiss(space, job.job_id)
    assert import_jobs.tend(space) == ()
    assert f"{place / 'log.txt'} says more" in str(job.error)
    assert (place / "log.txt").is_file()
    os.utime(place / "outcome.json", (time.time() - 90_000,) * 2)
    assert import_jobs.tend(space) == ()
    assert not place.exists()


def test_a_request_that_is_damaged_is_refused_and_stops_no_other(space, log, endless):
    other, places = begin(space, endless), []
    for damage in ("{", "[]", "{}", '{"what": "import", "settings": {"most_rows": -1}}', '{"settings": 3}'):
        place = import_jobs.enter(space, DataSettings(log=str(log)), log.parent, "", {})
        (place / "request.json").write_text(damage)
        import_client._hand_over(space, place)
        places.append(place)
    assert ended(space, import_client.begin(space, DataSettings(log=str(log)))).state == "done"
    for place in places:
        until((place / "outcome.json").exists)
        assert errors.from_text(json.loads((place / "outcome.json").read_text())["error"]).kind == "import-killed"
    assert import_jobs.look(space, other).active


def test_two_imports_of_one_file_at_once_give_one_data_set(space, log):
    settings = DataSettings(log=str(log))
    first, second = (import_client.begin(space, settings) for _ in range(2))
    found = [ended(space, first), ended(space, second)]
    assert [job.state for job in found] == ["done", "done"]
    assert {job.dataset_id for job in found} == set(space.dataset_ids())


# ---- limits and Cancel -----------------------------------------------------------------------------------------------


def test_an_import_that_takes_too_long_is_stopped_and_names_the_setting(space, endless):
    job = ended(space, begin(space, endless.changed({"most_seconds": 1})))
    assert job.error.kind == "import-too-long"
    assert "data.most_seconds" in str(job.error)
    assert "endless.csv took longer than 1 s" in str(job.error)


def test_a_preview_that_takes_too_long_is_stopped(space, endless):
    with pytest.raises(DataError, match=r"endless\.csv could not be looked at within 1 s"):
        import_client.preview(space, endless.changed({"most_preview_seconds": 1}))
    until(lambda: not list(space.tmp.iterdir()))


def test_a_process_that_takes_too_much_memory_is_told_to_end(tmp_path):
    going = import_host._Going(Workspace(tmp_path), tmp_path, DataSettings(log="a.csv", most_process_gb=0.5), False)
    program = "import sys; held = bytearray(600 << 20); print('held', flush=True); sys.stdin.read()"
    assert import_host._why_to_end(os.getppid(), going) is None
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"held\n"
        outcome = import_host._why_to_end(child.pid, going)
        child.stdin.close()
    error = errors.from_text(outcome["error"])
    assert error.kind == "import-process-memory"
    assert "data.most_process_gb" in str(error)


def test_cancel_ends_it_at_once_and_leaves_nothing(space, endless):
    job_id = begin(space, endless)
    worker = worker_of(space, job_id)
    until(lambda: "endless.csv: reads and measures" in say(import_jobs.standing(import_jobs.look(space, job_id))))
    asked = time.monotonic()
    import_jobs.ask_cancel(space, job_id)
    assert ended(space, job_id).state == "cancelled"
    assert time.monotonic() - asked < 3
    assert not worker.is_running()
    assert list(space.tmp.iterdir()) == []
    import_jobs.dismiss(space, job_id)
    assert list(import_jobs.jobs_folder(space).iterdir()) == []


def test_a_third_import_waits_and_can_be_cancelled_while_it_does(space, endless, log):
    first, _second = begin(space, endless), begin(space, endless)
    third, fourth = (import_client.begin(space, DataSettings(log=str(log))) for _ in range(2))
    time.sleep(0.5)
    assert import_jobs.look(space, third).state == "waiting"
    assert "waits for other imports" in say(import_jobs.standing(import_jobs.look(space, third)))
    import_jobs.ask_cancel(space, fourth)
    assert ended(space, fourth).state == "cancelled"
    assert import_client.preview(space, DataSettings(log=str(log))).rows > 0
    import_jobs.ask_cancel(space, first)
    assert ended(space, third).state == "done"


# ---- kills -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packed log that has to be unpacked and written anew in UTF-8: raw ids lie on the disk in between."""
    path = tmp_path_factory.mktemp("large") / "log.csv.gz"
    draws = random.Random(5)  # noqa: S311
    rows = (
        f"{RAW.decode()}{draws.randrange(3000)},item-{draws.randrange(500)},{1767225600 + 40 * n},"
        f"{'größer' if n % 3 else 'alt'}\n" for n in range(60_000)
    )  # fmt: skip
    with gzip.open(path, "wt", encoding="latin-1", compresslevel=1) as out:
        out.write("user_id,item_id,timestamp,recommender\n")
        out.writelines(rows)
    return path


def upload(space: Workspace, path: Path) -> Path:
    folder = space.home / "uploads" / f"upload-{secrets.token_hex(4)}"
    folder.mkdir()
    os.link(path, folder / path.name)
    return folder / path.name


@pytest.fixture(scope="module")
def whole(large: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    """Id and rows of its data set."""
    data = import_log(Workspace.open(tmp_path_factory.mktemp("whole")), DataSettings(log=str(large)))
    return data.dataset_id, data.rows


def import_again(space: Workspace, large: Path, whole: tuple[str, int]) -> None:
    assert set(space.dataset_ids()) <= {whole[0]}
    job = ended(space, import_client.begin(space, DataSettings(log=str(large))))
    assert (job.state, job.dataset_id) == ("done", whole[0])
    data = Dataset.open(space, whole[0])
    assert (data.dataset_id, data.rows, data.interactions().count().execute()) == (*whole, whole[1])
    assert raw_files(space.home) == []
    import_jobs.dismiss(space, job.job_id)


@pytest.mark.parametrize("moment", [place / 10 for place in range(10)])
def test_a_worker_killed_at_any_moment_loses_and_leaves_nothing(space, large, whole, moment):
    path = upload(space, large)
    settings = DataSettings(log=str(path))
    job_id = import_client.begin(space, settings, uploads={"log": path})
    until((folder_of(space, job_id) / "status.json").exists)
    time.sleep(moment)
    try:
        worker_of(space, job_id).kill()
    except psutil.NoSuchProcess:
        assert ended(space, job_id).state == "done"
    job = ended(space, job_id)
    if job.state == "refused":
        assert job.error.kind == "import-killed"
        path.unlink()  # it is the form's, which keeps it to be imported again
    assert not path.exists()
    assert raw_files(space.home) == []
    assert list(space.tmp.iterdir()) == []
    import_again(space, large, whole)


@pytest.mark.parametrize("moment", [0.05, 0.4, 0.9])
def test_a_host_killed_at_any_moment_loses_and_leaves_nothing(space, large, whole, moment):
    job_id = import_client.begin(space, DataSettings(log=str(large)))
    until((folder_of(space, job_id) / "status.json").exists)
    worker, host = worker_of(space, job_id), host_of(space, job_id)
    time.sleep(moment)
    host.kill()
    job = ended(space, job_id)
    assert job.state in {"refused", "done"}
    assert job.state == "done" or job.error.kind == "import-killed"
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    Workspace.open(space.home)
    assert raw_files(space.home) == []
    assert list(space.tmp.iterdir()) == []
    import_again(space, large, whole)


SERVER = """
import os, signal, sys
from pathlib import Path
from recsys_core.imports import import_client
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace
space = Workspace.open(sys.argv[1])
folder = space.home / "uploads" / "upload-x"
folder.mkdir()
os.link(sys.argv[2], folder / "log.csv.gz")
uploads = {"log": folder / "log.csv.gz"}
print(import_client.begin(space, DataSettings(log=str(uploads["log"])), title="Mine", uploads=uploads), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_import_outlives_the_server_that_was_killed(space, large, whole):
    command = [sys.executable, "-c", SERVER, str(space.home), str(large)]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode == -signal.SIGKILL
    host = host_of(space, asked.stdout.strip())
    Workspace.open(space.home)  # the next server: its sweep takes nothing from it
    job = ended(space, asked.stdout.strip())
    assert (job.state, job.dataset_id) == ("done", whole[0])
    assert raw_files(space.home) == []
    assert list((space.home / "uploads").iterdir()) == []
    until(lambda: not host.is_running() or host.status() == psutil.STATUS_ZOMBIE)


def test_all_killed_at_once_is_swept_by_the_next_command(space, large, whole):
    path = upload(space, large)
    job_id = import_client.begin(space, DataSettings(log=str(path)), uploads={"log": path})
    until(lambda: [p for p in raw_files(space.home) if p.name in {"content", "plain.csv"}])
    host, worker = host_of(space, job_id), worker_of(space, job_id)
    host.suspend()
    worker.kill()
    host.kill()
    path.unlink()
    assert raw_files(space.home)
    listed = [sys.executable, "-m", "recsys_core", "audit", "--workspace", str(space.home)]
    assert subprocess.run(listed, cwd=ROOT, capture_output=True, check=False).returncode == 0
    assert raw_files(space.home) == []
    (job,) = import_jobs.tend(space)
    assert job.error.kind == "import-killed"
    import_again(space, large, whole)


def test_what_stands_in_the_folder_of_imports_cannot_lead_outside_or_break_it(space, tmp_path):
    place = import_jobs.jobs_folder(space)
    for name, files in {
        "0" * 11 + "-" + "0" * 16: {"request.json": "[1]", "outcome.json": "{"},
        "1" * 11 + "-" + "0" * 16: {"request.json": "{}", "outcome.json": '{"state": "refused", "kind": "X"}'},
        "notes": {"a.txt": "x"},
    }.items():
        (place / name).mkdir(parents=True)
        for file, content in files.items():
            (place / name / file).write_text(content)
    outside = tmp_path / "keep" / "log.csv"
    outside.parent.mkdir()
    outside.write_text("x")
    (place / ("1" * 11 + "-" + "0" * 16) / "request.json").write_text(json.dumps({"uploads": [str(outside)]}))
    import_jobs.clear(place / ("1" * 11 + "-" + "0" * 16), uploads=True)
    assert outside.is_file()
    (job,) = import_jobs.tend(space)
    assert job.error.kind == "import-killed"
    assert import_jobs.look(space, "../../keep") is None
    import_jobs.ask_cancel(space, "../../keep")
    assert [path.name for path in outside.parent.iterdir()] == ["log.csv"]


# ---- the command line ------------------------------------------------------------------------------------------------


def _heeds_interrupts():
    """Undo what a shell does to its jobs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_of_the_command_cancels(space, tmp_path):
    log = tmp_path / "log.csv"
    with log.open("w") as out:
        out.write("user_id,item_id,timestamp\n")
        out.writelines(f"person-{n % 5000},i{n % 700},{1767225600 + n}\n" for n in range(1_000_000))
    command = [sys.executable, "-m", "recsys_core", "import", str(log), "--workspace", str(space.home)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=_heeds_interrupts,  # noqa: PLW1509 - nothing else runs in this process meanwhile
    ) as child:  # fmt: skip
        until(lambda: list(import_jobs.jobs_folder(space).glob("*/status.json")))
        child.send_signal(signal.SIGINT)
        said, complained = child.communicate(timeout=SECONDS)
    assert (child.returncode, said) == (130, "")
    assert "Traceback" not in complained
    assert space.dataset_ids() == []
    until(lambda: not list(space.tmp.iterdir()))
    assert raw_files(space.home) == []
