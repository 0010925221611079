import asyncio
from typing import Any

import pytest
import streamlit as st

from dashboard.guard import guards

OWN = "127.0.0.1:8501"


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the server was started with."""
    given = {"server.address": "127.0.0.1", "server.allowedHosts": [], "server.corsAllowedOrigins": []}
    monkeypatch.setattr(st, "get_option", given.__getitem__)
    monkeypatch.delenv("STAYING_POWER_METRICS", raising=False)
    return given


def ask(kind: str = "http", method: str = "GET", path: str = "/", **headers: str) -> tuple[Any, dict[str, str], str]:
    """The status of an answer, its headers, its text; a server behind the guards answers 200 or takes a socket."""

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        if kind == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"referrer-policy", b"unsafe-url")]})
            await send({"type": "http.response.body", "body": b"inside"})

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    (guard,) = guards()
    lines = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "headers": lines} | ({"method": method} if kind == "http" else {})
    asyncio.run(guard.cls(behind)(scope, receive, send))
    if kind != "http":
        return sent[0]["type"], {}, ""
    found = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    assert len(dict(found)) == len(found), "no header twice"
    return sent[0]["status"], dict(found), b"".join(part.get("body", b"") for part in sent[1:]).decode()


@pytest.mark.parametrize("path", ["/", "/static/js/index.js", "/_stcore/health", "/_stcore/metrics"])
def test_every_answer_says_what_a_page_may_load(options, path):
    _, headers, _ = ask(path=path, host=OWN)
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert policy["script-src"].count("'sha256-") == 3, "Streamlit's page, plotly.js and what draws a report"
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:8502",
        "http://127.0.0.1",
        "null",
        "http://127.0.0.1:8501@evil.example",
        "http://[",
        "http://127.0.0.1:8501.evil.example",
        "file://",
        "\u00e9",
    ],
)
def test_a_page_from_elsewhere_opens_no_session_and_changes_nothing(options, origin):
    assert ask("websocket", path="/_stcore/stream", host=OWN, origin=origin)[0] == "websocket.close"
    for method in ("PUT", "DELETE", "POST", "PATCH"):
        status, headers, text = ask(method=method, path="/_stcore/upload_file/a/b", host=OWN, origin=origin)
        assert status == 403
        assert "content-security-policy" in headers
        assert text.startswith("Not answered: a page of '")
        assert "--server.corsAllowedOrigins" in text
    assert ask(host=OWN, origin=origin)[0] == 200, "reading across is for the browser to forbid"


@pytest.mark.parametrize("headers", [{}, {"origin": f"http://{OWN}"}, {"origin": f"https://{OWN}"}])
def test_own_pages_and_what_is_no_browser_are_let_in(options, headers):
    assert ask("websocket", path="/_stcore/stream", host=OWN, **headers)[0] == "websocket.accept"
    assert ask(method="PUT", path="/_stcore/upload_file/a/b", host=OWN, **headers)[0] == 200


def test_origins_that_were_allowed_by_name_are_let_in(options):
    options["server.corsAllowedOrigins"] = ["https://data.example"]
    assert ask("websocket", host=OWN, origin="https://data.example")[0] == "websocket.accept"
    assert ask("websocket", host=OWN, origin="http://data.example")[0] == "websocket.close"


@pytest.mark.parametrize("host", ["evil.example:8501", "127.0.0.1.evil.example", "", "[", "localhost@evil.example"])
def test_a_strange_name_for_this_computer_is_refused(options, host):
    status, _, text = ask(host=host)
    assert status == 403
    assert f"was asked for as '{host}'" in text
    assert ask("websocket", host=host, origin=f"http://{host}")[0] == "websocket.close"


@pytest.mark.parametrize("host", [OWN, "localhost:8501", "LOCALHOST", "[::1]:8501"])
def test_names_of_this_computer_are_known(options, host):
    assert ask(host=host)[0] == 200


@pytest.mark.parametrize("given", [{"server.allowedHosts": ["data.example"]}, {"server.address": "0.0.0.0"}])  # noqa: S104
def test_other_names_are_known_where_the_server_was_told_so_or_listens_to_others(options, given):
    options.update(given)
    assert ask(host="data.example")[0] == 200


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/base/_stcore/metrics", "/_stcore/metrics/"])
def test_metrics_are_closed_until_asked_for(options, monkeypatch, path):
    status, _, text = ask(path=path, host=OWN)
    assert status == 404
    assert "STAYING_POWER_METRICS=1" in text
    monkeypatch.setenv("STAYING_POWER_METRICS", "1")
    assert ask(path=path, host=OWN)[0] == 200


def test_what_is_no_request_passes(options):
    async def behind(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    sent = []
    (guard,) = guards()

    async def keep(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(guard.cls(behind)({"type": "lifespan"}, None, keep))
    assert sent == ["lifespan.startup.complete"]
