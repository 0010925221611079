"""Peers that live outside the project's environment: Python packages of .venv-bench, and R's survival.

R is started once per job and fed one statement after the other; each is timed inside R, so that its start and the
reading of the data are not counted.
"""

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

ENVIRONMENT: Final = Path(__file__).parents[1] / ".venv-bench"
MIB: Final = 2**20 if sys.platform == "darwin" else 2**10  # unit of ru_maxrss: bytes there, KiB elsewhere
_BESIDE_TORCH: Final = ("sentence_transformers",)  # a second torch is gigabytes
_LOOP: Final = """
lines <- file("stdin"); open(lines)
while (length(line <- readLines(lines, 1)) > 0) {
  invisible(gc())
  begin <- proc.time()[[3]]
  eval(parse(text = line), globalenv())
  cat("\\nseconds", proc.time()[[3]] - begin, "\\n"); flush(stdout())
}
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of the statement, peak memory of its process in MiB, and the number that it reached."""

    seconds: float
    peak: float
    outcome: float = 0.0


def interpreter(needs: str = "") -> str:
    """Return the Python of .venv-bench; this one where that environment is not made, or the peer shares our torch."""
    own = ENVIRONMENT / "bin" / "python"
    return str(own) if own.exists() and needs not in _BESIDE_TORCH else sys.executable


@functools.cache
def missing(needs: str) -> str:
    """Say why a peer cannot run; "" where it can.

    Parameters
    ----------
    needs
        A Python module, or "R".
    """
    if needs != "R":
        imported = subprocess.run([interpreter(needs), "-c", f"import {needs}"], capture_output=True, check=False)
        how = f"pip install --no-deps {needs}" if needs in _BESIDE_TORCH else "make bench-peers"
        return "" if imported.returncode == 0 else f"not installed ({how})"
    if shutil.which("Rscript") is None:
        return "not installed (no Rscript on the PATH)"
    imported = subprocess.run(["Rscript", "-e", "library(survival)"], capture_output=True, check=False)
    return "" if imported.returncode == 0 else "not installed (R without the package survival)"


class RSession:
    """A running R that times one line of code after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["Rscript", "--vanilla", "-e", _LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.peak = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def seconds(self, line: str) -> float:
        """Run one line of R.

        Raises
        ------
        subprocess.CalledProcessError
            R stopped; its own words are on stderr.
        """
        assert self._process.stdin is not None  # noqa: S101 - pipes were asked for
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(line.strip().replace("\n", " ") + "\n")
        self._process.stdin.flush()
        for line_of_r in self._process.stdout:
            if line_of_r.startswith("seconds "):
                return float(line_of_r.split()[1])
        self.close()
        raise subprocess.CalledProcessError(self._process.returncode, self._process.args)

    def close(self) -> None:
        """End R, and keep the peak memory of its whole life in `peak` (MiB)."""
        if self._process.returncode is not None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.peak = usage.ru_maxrss / MIB
