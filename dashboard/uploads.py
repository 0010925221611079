"""Files taken in by the browser: copied to the workspace at once, read from there, removed once imported or refused.

What nobody looked at for an hour is removed too: a tab that is closed does not say so.
"""

import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.studies import workspace
from recsys_core import private, words

_KINDS = ("csv", "tsv", "txt", "dat", "inter", "gz", "zst", "parquet", "pq")
_BLOCK = 1 << 22
_LONGEST = 60  # characters of a file name; disks take 255 bytes
_KEPT_SECONDS = 3600


def upload(role: str, label: str, help_text: str, kinds: Sequence[str] = _KINDS) -> Path | None:
    """Draw an uploader for files of some endings and return where its file was copied to; None while there is none.

    The widget is emptied after the copy: what it holds stays in the server's memory for as long as the tab is open.
    """
    copies: dict[str, str] = st.session_state.setdefault("uploads", {})
    path = Path(copies[role]) if role in copies else None
    if path and path.is_file():
        os.utime(path.parent)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{label}: **{path.name}**, {_size(path)}", width="content")
            if st.button("Take another", key=f"another_{role}", type="tertiary"):
                forget(role)
                st.rerun()
        return path
    turn = st.session_state.setdefault("upload_turns", {}).get(role, 0)
    sent = st.file_uploader(label, type=list(kinds), help=help_text, key=f"upload_{role}_{turn}")
    if sent is None:
        return None
    copies[role] = str(_keep(sent))
    st.session_state["upload_turns"][role] = turn + 1
    st.rerun()
    return None


def _keep(sent: UploadedFile) -> Path:
    place = workspace().home / "uploads"
    _remove_forgotten(place)
    folder = place / private.marked("upload")
    folder.mkdir()
    name = re.sub(r"[^\w. -]", "_", Path(sent.name).name)[-_LONGEST:].lstrip(".") or "upload"
    with (folder / name).open("wb") as out:
        shutil.copyfileobj(sent, out, _BLOCK)
    return folder / name


def _remove_forgotten(place: Path) -> None:
    for folder in place.iterdir():
        with suppress(OSError):  # somebody removed it meanwhile
            if time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
                private.remove(folder)


def forget(role: str) -> None:
    """Remove the copy of an upload."""
    path = st.session_state.get("uploads", {}).pop(role, None)
    if path:
        shutil.rmtree(Path(path).parent, ignore_errors=True)


def forget_missing() -> None:
    """Let go of the uploads that an import has taken in and removed."""
    for role, path in list(st.session_state.get("uploads", {}).items()):
        if not Path(path).is_file():
            forget(role)


def _size(path: Path) -> str:
    return words.size(path.stat().st_size)
