"""The scripts that a report runs, and the hashes by which a browser that runs nothing else knows them."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from plotly.offline import get_plotlyjs

_HERE = Path(__file__).parent


@cache
def report_scripts() -> tuple[str, ...]:
    """Return plotly.js, which plotly ships and which is inlined once, and the script that draws the figures."""
    own = (_HERE / "templates" / "report.js").read_text(encoding="utf-8")
    return tuple(script.replace("\r\n", "\n").replace("\r", "\n") for script in (get_plotlyjs(), own))


def script_sources(*scripts: str) -> str:
    """Write what a content security policy lets run, these inline scripts and no other: `'sha256-…' 'sha256-…'`."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    return " ".join(f"'sha256-{digest}'" for digest in digests)
