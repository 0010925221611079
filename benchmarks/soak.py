"""Many analysts at one server for ten minutes: how long they wait, and what the server takes.

python -m benchmarks.soak [--sessions 25] [--browsers 3] [--minutes 10]

Sessions speak the page's own websocket protocol; each opens the retention page of the sample study and changes one
control every 20 s on average (exponential). Half of the changes repeat what somebody asked before. A few more sessions
are real browsers. The server is one of its own, over a new workspace, with its defaults.
"""

import argparse
import asyncio
import math
import os
import random
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import psutil

ROOT: Final = Path(__file__).parents[1]
EVERY_SECONDS: Final = 20.0
BARS: Final = "0 errors, no cross-talk, median < 0.7 s and < 4 s, 95th percentile < 10 s, memory flat within 10 %"
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
_WHOLE: Final = 0  # FINISHED_SUCCESSFULLY of the protocol
_GAP: Final = re.compile(r"after (\d+) days? without activity")


@dataclass
class Tally:
    """What happened."""

    there: list[float] = field(default_factory=list)  # seconds where somebody had the same result before
    computed: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: int = 0  # pages that show another gap than was asked for
    left: int = 0  # changes while the one before was under way, which it replaces
    seen: list[dict[str, str]] = field(default_factory=list)  # what was asked and answered
    memory: list[tuple[float, int]] = field(default_factory=list)  # seconds, bytes of the server and its processes


@dataclass(frozen=True)
class Server:
    """The server under load."""

    process: subprocess.Popen[bytes]
    port: int
    study: str

    def bytes(self) -> int:
        """Resident memory of the server and what it started; shared pages are counted once for each."""
        whole = psutil.Process(self.process.pid)
        return sum(_resident(one) for one in (whole, *whole.children(recursive=True)))


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0


def started(home: Path) -> Server:
    """Import the sample, and start a server over it."""
    env = {**os.environ, "STAYING_POWER_HOME": str(home)}
    code = "from dashboard.studies import open_sample; print(open_sample())"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless",
        "true",
        "--server.port",
        str(port),
    ]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
        else:
            break
    return Server(process, port, told.stdout.split()[-1])


def change(chance: random.Random, seen: list[dict[str, str]]) -> dict[str, str]:
    """Choose what is asked for next: half of the time what somebody asked before."""
    if seen and chance.random() < 0.5:
        return chance.choice(seen)
    return {"retention.inactivity_days": str(chance.randint(7, 40)), "retention.report_day": str(chance.randint(5, 30))}


async def session(server: Server, tally: Tally, seed: int, until: float) -> None:
    """One analyst, by the protocol of the page."""
    import websockets
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    chance = random.Random(seed)  # noqa: S311 only what is asked for
    asked: dict[str, str] = {}
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as line:  # type: ignore[list-item]
        pause = 0.0
        while time.monotonic() < until:
            known = any(asked == one for one in tally.seen)
            message = BackMsg()
            message.rerun_script.query_string = urlencode({"study": server.study, **asked})
            message.rerun_script.page_name = "retention"
            begun, finished = time.monotonic(), False
            page: list[Any] = []
            await line.send(message.SerializeToString())
            pause = chance.expovariate(1 / EVERY_SECONDS)
            while (left := begun + pause - time.monotonic()) > 0 or not (finished or pause > EVERY_SECONDS / 4):
                try:
                    answer = ForwardMsg.FromString(await asyncio.wait_for(line.recv(), max(left, 0.01)))
                except TimeoutError:
                    if left <= 0:
                        break
                    continue
                kind = answer.WhichOneof("type")
                page = [] if kind == "new_session" else [*page, answer] if kind == "delta" else page
                if kind == "script_finished" and answer.script_finished == _WHOLE and not finished:
                    finished = True
                    took = time.monotonic() - begun
                    judge(tally, page, asked)
                    (tally.there if known else tally.computed).append(took)
                    tally.seen.append(asked)
            tally.left += not finished
            asked = change(chance, tally.seen)


def judge(tally: Tally, page: list[Any], asked: dict[str, str]) -> None:
    """Look for exceptions, and for another gap than was asked for."""
    texts = []
    for message in page:
        if message.delta.WhichOneof("type") != "new_element":
            continue
        element = message.delta.new_element
        if element.WhichOneof("type") == "exception":
            tally.errors.append(element.exception.message[:200])
        texts += [element.markdown.body, element.html.body]
    gaps = set(_GAP.findall(" ".join(re.sub(r"<[^>]*>|\*", "", " ".join(texts)).split())))
    wanted = asked.get("retention.inactivity_days")
    if wanted and wanted not in gaps:
        tally.mixed += 1


def browse(server: Server, tally: Tally, count: int, until: float) -> None:
    """Some analysts in real browsers, in this thread."""
    from playwright.sync_api import sync_playwright

    path = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    chance = random.Random(0)  # noqa: S311
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(_FLAGS))
        pages = [browser.new_context(viewport={"width": 1440, "height": 900}).new_page() for _ in range(count)]
        while time.monotonic() < until:
            page = chance.choice(pages)
            asked = change(chance, tally.seen)
            address = f"http://127.0.0.1:{server.port}/retention?{urlencode({'study': server.study, **asked})}"
            try:
                page.goto(address)
                page.locator(".sp-sentence").first.wait_for(timeout=60_000)
                if page.locator('[data-testid="stException"]').count():
                    tally.errors.append("an exception in a browser")
            except Exception as err:  # noqa: BLE001 whatever a browser meets counts as an error of the server
                tally.errors.append(f"browser: {str(err)[:200]}")
            time.sleep(chance.expovariate(count / EVERY_SECONDS))
        browser.close()


async def load(server: Server, tally: Tally, sessions: int, browsers: int, minutes: float) -> None:
    """Everybody at once, and a look at the memory every five seconds."""
    begun = time.monotonic()
    until = begun + 60 * minutes

    async def watch() -> None:
        while time.monotonic() < until:
            tally.memory.append((time.monotonic() - begun, server.bytes()))
            await asyncio.sleep(5)

    people = [session(server, tally, seed, until) for seed in range(1, sessions + 1)]
    screens = [asyncio.to_thread(browse, server, tally, browsers, until)] if browsers else []
    await asyncio.gather(watch(), *screens, *people)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)] if values else math.nan


def table(tally: Tally, minutes: float) -> str:
    """Write what happened."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    late = [size for at, size in tally.memory if at >= min(240, 30 * minutes)]
    both = tally.there + tally.computed
    lines = {
        "changes answered": len(both),
        "left for a newer one": tally.left,
        "errors": len(tally.errors),
        "pages with another gap than was asked for": tally.mixed,
        "median where the result was there, s": round(statistics.median(tally.there or [math.nan]), 2),
        "median where it was computed, s": round(statistics.median(tally.computed or [math.nan]), 2),
        "95th percentile, s": round(percentile(both, 0.95), 2),
        "memory from minute four on, MB": f"{min(late) / 1e6:.0f} to {max(late) / 1e6:.0f}, first {late[0] / 1e6:.0f}, "
        f"last {late[-1] / 1e6:.0f}",
        "processor time of this generator, of one core": f"{(own.ru_utime + own.ru_stime) / (0.6 * minutes):.0f} %",
    }
    return "\n".join(f"{name:45s} {value}" for name, value in lines.items())


def main() -> int:
    """Run it; exit code 1 where something went wrong or pages were mixed up."""
    ask = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="Many analysts at one server.")
    ask.add_argument("--sessions", type=int, default=25)
    ask.add_argument("--browsers", type=int, default=3)
    ask.add_argument("--minutes", type=float, default=10.0)
    options = ask.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        server = started(Path(folder))
        try:
            asyncio.run(load(server, tally, options.sessions, options.browsers, options.minutes))
        finally:
            server.process.terminate()
            server.process.wait(30)
    print(f"{options.sessions} sessions, {options.browsers} browsers, {options.minutes:g} minutes. Bars: {BARS}.")
    print(table(tally, options.minutes))
    for error in sorted(set(tally.errors))[:5]:
        print(f"error: {error}")
    return int(bool(tally.errors or tally.mixed))


if __name__ == "__main__":
    raise SystemExit(main())
