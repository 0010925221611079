"""Nothing that a user waits for at the start imports what takes seconds to import."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
SLOW: Final = {"torch", "transformers", "lifelines"}
HOME_PAGE: Final = """
from streamlit.testing.v1 import AppTest
assert not AppTest.from_file("app.py", default_timeout=60).run().exception
"""


def modules_after(program: str, home: Path) -> set[str]:
    """Top-level names of the modules that a fresh interpreter holds after the program."""
    report = "import json, sys\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "STAYING_POWER_HOME": str(home), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(json.loads(done.stdout.splitlines()[-1]))


def dashboard_modules() -> list[str]:
    paths = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / "dashboard").rglob("[!_]*.py"))
    return sorted(".".join(path.parts) for path in paths)


def test_a_slow_import_would_be_seen(tmp_path):
    assert "lifelines" in modules_after("import sys, types; sys.modules['lifelines'] = types.ModuleType('x')", tmp_path)


@pytest.mark.parametrize("module", ["recsys_core", "recsys_core.__main__"])
def test_the_library_starts_fast(module, tmp_path):
    assert modules_after(f"import {module}", tmp_path) & {*SLOW, "streamlit"} == set()


def test_the_dashboard_starts_fast(tmp_path):
    names = dashboard_modules()
    assert names
    assert modules_after("\n".join(f"import {name}" for name in names), tmp_path) & SLOW == set()


def test_the_home_page_starts_fast(tmp_path):
    modules = modules_after(HOME_PAGE, tmp_path)
    assert "streamlit" in modules
    assert modules & SLOW == set()
