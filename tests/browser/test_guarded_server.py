"""The headers and refusals of the server as it is started, and Chromium under its policy on every page."""

import http.client
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import Server, Watch, settle, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "c3RheWluZyBwb3dlciEhIQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}
# Long numbers of Streamlit's messages are multiplied in WebAssembly where that may run, and in plain script where not.
TELL = "(no) => no.blockedURI === 'wasm-eval' || console.error(`${no.violatedDirective}: ${no.blockedURI}`)"


def ask(server: Server, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.text = answer.read().decode() if answer.status != 101 else ""
    connection.close()
    return answer


def test_the_server_guards_every_path(server: Server):
    page = ask(server, "GET", "/").text
    (script,) = re.findall(r'<script type="module" crossorigin src="\.(/static/js/\S+\.js)">', page)
    foreign, upload = {"Origin": "http://evil.example"}, "/_stcore/upload_file/session/file"
    for method, path, status in (
        ("GET", "/", 200),
        ("GET", "/retention", 200),
        ("GET", script, 200),
        ("GET", "/_stcore/health", 200),
        ("GET", "/_stcore/metrics", 404),
        ("GET", "/media/none", 404),
        ("PUT", upload, 403),  # its own page, but no token
    ):
        answer = ask(server, method, path, Origin=server.address)
        assert (path, answer.status) == (path, status)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "XSRF" in ask(server, "PUT", upload, Origin=server.address).text
    assert "evil.example" in ask(server, "PUT", upload, **foreign).text
    assert ask(server, "GET", "/_stcore/stream", Origin=server.address, **SOCKET).status == 101
    assert ask(server, "GET", "/_stcore/stream", **foreign, **SOCKET).status == 403
    assert ask(server, "GET", "/", Host="evil.example").status == 403
    assert ask(server, "POST", "/_stcore/agent/interact").status == 403, "Streamlit's door for programs is not opened"
    assert "Not answered: a page of 'http://evil.example'" in (server.home / "server.log").read_text()


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(re.compile("/" + name.lower().replace(" ", "_").replace("-", "_")))
    settle(page)


def test_every_page_draws_under_the_policy(server: Server, browser):
    watch = Watch()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    watch.follow(context)
    page = context.new_page()
    page.add_init_script(f"document.addEventListener('securitypolicyviolation', {TELL})")
    visit(page, server.address)
    plots = page.locator(".js-plotly-plot .main-svg")
    expect(plots.first).to_be_visible()
    page.get_by_role("button", name="Read its report").click()
    page.wait_for_url(re.compile("/report"))
    settle(page)
    preview = page.frame_locator("iframe")
    preview.locator("html[data-figures=drawn]").wait_for()
    assert preview.locator(".plot .main-svg").count() >= 4
    for name in ("Retention", "What-if", "At risk"):
        go(page, name)
        expect(plots.first).to_be_visible()
    for name in ("Data", "Train", "Compare", "Glossary"):
        go(page, name)
    assert watch.complaints == []
    assert watch.strangers == []
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None
    assert any("script-src-elem: inline" in told for told in watch.complaints), "what is not allowed would be seen"
    context.close()
