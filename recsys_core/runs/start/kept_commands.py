"""The commands cache, export-run, import-run and differences; each body returns a JSON object and lines of text."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys_core import words
from recsys_core.errors import SettingsError
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    from recsys_core.runs.kept.cache import Kept, KeptRun

Answer = tuple[dict[str, Any], list[str]]
Body = Callable[[Workspace, argparse.Namespace], Answer]
_ACTIONS = ("list", "pin", "unpin", "delete", "room")
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(?:(k|M|G|T)?B)?")
_POWERS = {None: 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def add_commands(add: Callable[[str, Body, str], argparse.ArgumentParser]) -> None:
    """Declare the commands; `add` makes one from a name, its body and a sentence."""
    command = add("cache", _cache, "What the workspace keeps of training: list, pin, unpin, delete, room.")
    command.add_argument("action", nargs="?", choices=_ACTIONS, default="list", help="default: list")
    command.add_argument(
        "what", nargs="?", metavar="RUN", help="id of a run; delete: or embeddings; room: a size, as in 5GB"
    )
    command.add_argument("--yes", action="store_true", help="room: delete; without it, only say what would go")
    command.set_defaults(usage=command.error)
    command = add("export-run", _export_run, "Write a finished run as a zip file, without pickle.")
    command.add_argument("run_id", help="id that train printed")
    command.add_argument("--out", metavar="FILE.zip", required=True)
    command = add("import-run", _import_run, "Take a run from a zip file; its log has to be imported first.")
    command.add_argument("file", metavar="FILE.zip", help="what export-run wrote")
    command = add("differences", _differences, "What changed between two runs.")
    command.add_argument("first", metavar="RUN")
    command.add_argument("second", metavar="RUN")


def _cache(workspace: Workspace, asked: argparse.Namespace) -> Answer:
    from recsys_core.runs.kept import cache

    if asked.action == "list":
        if asked.what is not None:
            asked.usage("`cache list` takes nothing after it")
        found = cache.kept(workspace)
        return _kept_object(found), _kept_lines(found)
    if asked.what is None:
        asked.usage(f"`cache {asked.action}` needs {'a size, as in 5GB' if asked.action == 'room' else 'a run'}")
    if asked.action == "room":
        return _room(workspace, _bytes(asked.what), delete=asked.yes)
    if (asked.action, asked.what) == ("delete", "embeddings"):
        size = cache.delete_embeddings(workspace)
        return {"deleted": True, "bytes": size}, [
            f"embeddings and tokens are deleted, {words.size(size)} are free again"
        ]
    if asked.action == "delete":
        run = cache.delete(workspace, asked.what)
        return _run_object(run) | {"deleted": True}, [f"{run.run_id} is deleted, {words.size(run.size)} are free again"]
    run = cache.pin(workspace, asked.what, on=asked.action == "pin")
    said = "is pinned: it is not deleted" if run.pinned else "is not pinned: it may be deleted"
    return _run_object(run), [f"{run.run_id} {said}"]


def _room(workspace: Workspace, wanted: int, *, delete: bool) -> Answer:
    from recsys_core.runs.kept.cache import make_room

    room = make_room(workspace, wanted, dry_run=not delete)
    lines = [
        f"{run.run_id}  {words.size(run.size)}  last used on {words.date(int(run.last_used))}" for run in room.runs
    ]
    if not room.runs:
        lines.append("Nothing is deleted.")
    else:
        lines.insert(0, f"{'Deleted' if delete else 'Would be deleted'}, the least recently used first:")
    had = f"{words.size(room.free_then)} {'are' if delete else 'would be'} free then, {words.size(wanted)} wanted"
    lines.append(f"{had}." if room.enough else f"{had}: no more finished runs can go. Unpin some, or free other files.")
    if room.runs and not delete:
        lines.append("Give --yes to delete them.")
    return {
        "wanted": room.wanted, "free": room.free, "free_then": room.free_then, "enough": room.enough,
        "deleted": delete, "runs": [_run_object(run) for run in room.runs],
    }, lines  # fmt: skip


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise SettingsError(f"{text!r} is no size. Give bytes, or a number with its unit, as in 500MB or 5GB.")
    return round(float(found[1]) * _POWERS[found[2]])


def _export_run(workspace: Workspace, asked: argparse.Namespace) -> Answer:
    from recsys_core.runs.kept.archive import export_run

    made = export_run(workspace, asked.run_id, Path(asked.out))
    lines = [f"{made.run_id}: {words.counted(len(made.files), 'file')}, {words.size(made.size)}, in {made.path}"]
    if made.left_out:
        lines.append(f"left out, since such files are not read back: {words.listed(made.left_out)}")
    return {
        "run_id": made.run_id, "out": str(made.path), "bytes": made.size, "files": list(made.files),
        "left_out": list(made.left_out),
    }, lines  # fmt: skip


def _import_run(workspace: Workspace, asked: argparse.Namespace) -> Answer:
    from recsys_core.runs.kept.import_archive import import_run
    from recsys_core.runs.start.run_commands import run_line, run_object

    run = import_run(workspace, Path(asked.file))
    return run_object(run), [f"{run_line(run)}  {'was here already' if run.cached else 'imported'}"]


def _differences(workspace: Workspace, asked: argparse.Namespace) -> Answer:
    from recsys_core.runs.kept.differences import differences
    from recsys_core.runs.life.run import find_run, plan_of

    first, second = (plan_of(workspace, find_run(workspace, name).run_id) for name in (asked.first, asked.second))
    found = differences(workspace, first, second)
    lines = [f"{row.what}: {row.first} -> {row.second}" for row in found]
    return {
        "first": first.run_id, "second": second.run_id,
        "differences": [{"what": row.what, "first": row.first, "second": row.second} for row in found],
    }, lines or ["Nothing: they are the same run."]  # fmt: skip


def _kept_object(found: "Kept") -> dict[str, Any]:
    return {
        "runs": [_run_object(run) for run in found.runs],
        "embeddings": [
            {"name": file.name, "bytes": file.size, "created": file.created} for file in found.embeddings
        ],
        "bytes": {"runs": found.runs_size, "embeddings": found.embeddings_size, "free": found.free},
    }  # fmt: skip


def _run_object(run: "KeptRun") -> dict[str, Any]:
    return {
        "run_id": run.run_id, "dataset_id": run.dataset_id, "title": run.title, "model": run.model,
        "state": run.state, "bytes": run.size, "created": run.created, "last_used": run.last_used,
        "pinned": run.pinned,
    }  # fmt: skip


def _kept_lines(found: "Kept") -> list[str]:
    lines = [
        f"{run.run_id}  {run.state}{', pinned' if run.pinned else ''}  {words.size(run.size)}  "
        f"created {words.date(int(run.created))}, last used {words.date(int(run.last_used))}  "
        f"{run.title or run.dataset_id or 'data set unknown'}"
        for run in found.runs
    ]  # fmt: skip
    return [
        *lines,
        f"{words.counted(len(found.runs), 'run')}, {words.size(found.runs_size)}; "
        f"{words.counted(len(found.embeddings), 'file')} of embeddings, {words.size(found.embeddings_size)}; "
        f"{words.size(found.free)} of the disk free",
    ]
