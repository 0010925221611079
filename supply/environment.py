"""The packages that are asked for, and all that they need, as the environment has them."""

import itertools
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = {"requirements.lock": "requirements.txt", "requirements-dev.lock": "requirements-dev.txt"}
PYTHONS: Final = (11, 12, 13, 14)  # minor versions
PROCESSORS: Final = ("x86_64", "aarch64")


def roots(file: str) -> list[Requirement]:
    """Read the packages that a requirements file names, without those of the files it builds on."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.partition(" --")[0]) for line in lines if line and not line.startswith(("#", "-"))]


def locked_versions(lock: str) -> dict[str, str]:
    """Read the versions that a lock holds, by package."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return dict(line.removesuffix(" \\").split("==") for line in lines if "==" in line)


def closure(wanted: Iterable[Requirement]) -> dict[str, set[str]]:
    """Follow what packages need, on any of the supported Pythons and processors, as long as it is installed.

    Returns
    -------
    dict of str to set of str
        For every package, by canonical name, what it needs itself.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        Where one of them is not installed.
    """
    found: dict[str, set[str]] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(wanted)
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        for extra in {"", *asked.extras} - {known for package, known in seen if package == name}:
            seen.add((name, extra))
            needs = [need for need in map(Requirement, distribution(name).requires or ()) if _applies(need, extra)]
            found.setdefault(name, set()).update(canonicalize_name(need.name) for need in needs)
            waiting += needs
    return found


def _applies(need: Requirement, extra: str) -> bool:
    marker = need.marker
    if marker is None:
        return True
    pythons = ({"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"} for minor in PYTHONS)
    places = itertools.product(pythons, PROCESSORS)
    return any(marker.evaluate(python | {"platform_machine": kind, "extra": extra}) for python, kind in places)
