"""What the server lets in, and what it tells browsers: from where a page may load, and that nobody may frame it.

`app.py` hands this to Streamlit's own server, so that it stands before every answer however that server is started.
"""

import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Sent
from starlette.websockets import WebSocketClose
from streamlit.logger import get_logger

from recsys_core.answers import Message, message
from recsys_core.report.scripts import report_scripts, script_sources
from recsys_core.wording.sentences import say

_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
_READS: Final = {"GET", "HEAD", "OPTIONS"}
_METRICS: Final = "/_stcore/metrics"
_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class _Refused(NamedTuple):
    status: int
    why: Message


def guards() -> list[Middleware]:
    """Return what stands before every request, for `st.App`."""
    return [Middleware(_Guard)]


@cache
def _headers() -> dict[str, str]:
    return {
        "content-security-policy": _policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }


def _policy() -> str:
    """Write what a page may load: what this server sends, and nothing else.

    Scripts inside a page run by their hash: the one of Streamlit's own page, and those of a report, whose preview is a
    page within the page and held to the same policy. Streamlit and plotly make styles as they go, so these are free.
    """
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = script_sources(*_SCRIPT.findall(page), *report_scripts())
    return (
        f"default-src 'none'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


class _Guard:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(sent: Sent) -> None:
            if sent["type"] == "http.response.start":
                MutableHeaders(scope=sent).update(_headers())
            await send(sent)

        refused = _refusal(scope) if scope["type"] in {"http", "websocket"} else None
        app = _refuse(scope, refused) if refused else self._app
        await app(scope, receive, send_with_headers)


def _refuse(scope: Scope, refused: _Refused) -> ASGIApp:
    get_logger(__name__).warning("%s", say(refused.why))
    return WebSocketClose() if scope["type"] == "websocket" else PlainTextResponse(say(refused.why), refused.status)


def _refusal(scope: Scope) -> _Refused | None:
    """Say why a request is not answered; None where it is.

    A page from elsewhere must not open a session or send a file, and must not pass for this server's own by giving its
    name the address of this computer. What is no browser sends no Origin, and only a browser can be misled.
    """
    headers = Headers(scope=scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _host_is_known(host, st.get_option("server.address"), st.get_option("server.allowedHosts")):
        return _Refused(403, message("server-strange-host", host=host))
    changes = scope["type"] == "websocket" or scope["method"] not in _READS
    if changes and origin and not _is_own(origin, host) and origin not in st.get_option("server.corsAllowedOrigins"):
        return _Refused(403, message("server-strange-origin", origin=origin, host=host))
    if scope["path"].rstrip("/").endswith(_METRICS) and not os.environ.get("STAYING_POWER_METRICS"):
        return _Refused(404, message("server-metrics-closed"))
    return None


def _host_is_known(host: str, address: str | None, allowed: Iterable[str]) -> bool:
    """Whether a server that listens on this computer alone was asked for by a name of this computer.

    Where hosts are allowed by name, Streamlit looks after them.
    """
    if allowed or address not in _LOOPBACK:
        return True
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def _is_own(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False
