"""The commands cache, export-run, import-run and differences; each body returns a JSON object and lines of text."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys_core import audit, words
from recsys_core.answers import message
from recsys_core.errors import SettingsError
from recsys_core.wording.sentences import label, say
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    from recsys_core.runs.kept.cache import Kept, KeptRun
    from recsys_core.runs.kept.differences import Difference

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


def _cache(workspace: Workspace, arguments: argparse.Namespace) -> Answer:
    from recsys_core.runs.kept import cache

    action, what = arguments.action, arguments.what
    if action == "list":
        if what is not None:
            arguments.usage(label("usage-list-takes-nothing"))
        kept = cache.list_kept(workspace)
        return _kept_object(kept), _kept_lines(kept)
    if what is None:
        arguments.usage(
            label("usage-needs-size") if action == "room" else say(message("usage-needs-run", action=action))
        )
    if action == "room":
        return _room(workspace, _bytes(what), delete=arguments.yes)
    if (action, what) == ("delete", "embeddings"):
        size = cache.delete_embeddings(workspace)
        return {"deleted": True, "bytes": size}, [say(message("line-embeddings-deleted", bytes=size))]
    if action == "delete":
        run = cache.delete(workspace, what)
        line = say(message("line-run-deleted", run_id=run.run_id, bytes=run.size))
        return _run_object(run) | {"deleted": True}, [line]
    run = cache.pin(workspace, what, on=action == "pin")
    return _run_object(run), [say(message("line-run-pinned" if run.pinned else "line-run-unpinned", run_id=run.run_id))]


def _room(workspace: Workspace, wanted: int, *, delete: bool) -> Answer:
    from recsys_core.runs.kept.cache import make_room

    room = make_room(workspace, wanted, dry_run=not delete)
    lines = [label("line-room-deleted" if delete else "line-room-would-be-deleted")] if room.runs else []
    lines += [_room_line(run) for run in room.runs] or [label("line-room-nothing")]
    free = message("line-room-free", free=room.free_then, wanted=wanted, deleted=delete, enough=room.enough)
    lines.append(say(free))
    if room.runs and not delete:
        lines.append(label("line-room-give-yes"))
    return {
        "wanted": room.wanted, "free": room.free, "free_then": room.free_then, "enough": room.enough,
        "deleted": delete, "runs": [_run_object(run) for run in room.runs],
    }, lines  # fmt: skip


def _room_line(run: "KeptRun") -> str:
    return "  ".join((run.run_id, words.size(run.size), say(message("line-last-used", last_used=run.last_used))))


def _bytes(text: str) -> int:
    size = _SIZE.fullmatch(text.strip())
    if not size:
        raise SettingsError("no-size", text=text)
    return round(float(size[1]) * _POWERS[size[2]])


def _export_run(workspace: Workspace, arguments: argparse.Namespace) -> Answer:
    from recsys_core.runs.kept.archive import export_run

    archive = export_run(workspace, arguments.run_id, Path(arguments.out))
    audit.note(workspace, "export-run", run_id=archive.run_id, file=str(archive.path.resolve()))
    lines = [
        say(message(
            "line-exported", run_id=archive.run_id, files=len(archive.files), bytes=archive.size, path=str(archive.path)
        ))
    ]  # fmt: skip
    if archive.left_out:
        lines.append(say(message("line-left-out", files=archive.left_out)))
    return {
        "run_id": archive.run_id, "out": str(archive.path), "bytes": archive.size, "files": list(archive.files),
        "left_out": list(archive.left_out),
    }, lines  # fmt: skip


def _import_run(workspace: Workspace, arguments: argparse.Namespace) -> Answer:
    from recsys_core.command_line.run_lines import run_line, run_object
    from recsys_core.runs.kept.import_archive import import_run

    run = import_run(workspace, Path(arguments.file))
    how = label("line-imported-already" if run.cached else "line-imported-run")
    return run_object(run), [f"{run_line(run)}  {how}"]


def _differences(workspace: Workspace, arguments: argparse.Namespace) -> Answer:
    from recsys_core.runs.kept.differences import differences
    from recsys_core.runs.life.run import find_run, plan_of

    first, second = (
        plan_of(workspace, find_run(workspace, name).run_id) for name in (arguments.first, arguments.second)
    )
    rows = differences(workspace, first, second)
    lines = [
        say(message("line-difference", what=row.what, first=row.first, second=row.second)) for row in rows
    ]  # fmt: skip
    return {
        "first": first.run_id, "second": second.run_id, "differences": [_difference_object(row) for row in rows],
    }, lines or [label("line-no-difference")]  # fmt: skip


def _difference_object(row: "Difference") -> dict[str, Any]:
    return {"field": row.field, "what": say(row.what), "first": say(row.first), "second": say(row.second)}


def _kept_object(kept: "Kept") -> dict[str, Any]:
    return {
        "runs": [_run_object(run) for run in kept.runs],
        "embeddings": [
            {"name": file.name, "bytes": file.size, "created": file.created} for file in kept.embeddings
        ],
        "bytes": {"runs": kept.runs_size, "embeddings": kept.embeddings_size, "free": kept.free},
    }  # fmt: skip


def _run_object(run: "KeptRun") -> dict[str, Any]:
    return {
        "run_id": run.run_id, "dataset_id": run.dataset_id, "title": run.title, "model": run.model,
        "state": run.state, "bytes": run.size, "created": run.created, "last_used": run.last_used,
        "pinned": run.pinned,
    }  # fmt: skip


def _kept_lines(kept: "Kept") -> list[str]:
    in_all = message(
        "line-kept-in-all", runs=len(kept.runs), runs_bytes=kept.runs_size, files=len(kept.embeddings),
        files_bytes=kept.embeddings_size, free=kept.free,
    )  # fmt: skip
    return [*map(_kept_line, kept.runs), say(in_all)]


def _kept_line(run: "KeptRun") -> str:
    state = message("line-kept-state", run_state=run.state, pinned=run.pinned)
    dates = message("line-kept-dates", created=run.created, last_used=run.last_used)
    data = run.title or run.dataset_id or label("data-set-unknown")
    return "  ".join((run.run_id, say(state), words.size(run.size), say(dates), data))
