"""`requirements.lock` and `requirements-dev.lock`: what is installed, with the hashes of the builds that may be used.

`make lock` writes them, from the packages of this environment and from the indexes and folders that pip is set up with;
nothing is downloaded but lists of files. A package is locked with what the registry offers for Linux on two kinds of
processor and the Pythons below, and with what lies in pip's own folders, such as a build of torch without CUDA.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version
from pip._internal.commands.download import DownloadCommand
from pip._internal.index.collector import LinkCollector, parse_links
from pip._internal.models.link import Link

from supply.environment import LOCKS, PROCESSORS, PYTHONS, ROOT, closure, roots

_HEAD: Final = (
    "# Made by make lock: the packages of {source} and all that they need, with the hashes of their builds.\n"
)


def versions(wanted: Iterable[Requirement]) -> dict[str, str]:
    """Find versions of packages and of all that they need; a build's own mark, `+cpu`, is cut off."""
    return {name: Version(distribution(name).version).public for name in closure(wanted)}


def supported() -> dict[tuple[int, str], frozenset[Tag]]:
    """List the tags of wheels that fit, by minor version of Python and processor."""
    fits = {}
    for minor, processor in itertools.product(PYTHONS, PROCESSORS):
        ages = [
            *(f"manylinux_2_{age}" for age in range(5, 41)),
            "manylinux1",
            "manylinux2010",
            "manylinux2014",
            "linux",
        ]
        platforms = [f"{age}_{processor}" for age in ages]
        python = (3, minor)
        own = cpython_tags(python, [f"cp3{minor}"], platforms)
        fits[minor, processor] = frozenset([*own, *compatible_tags(python, f"cp3{minor}", platforms)])
    return fits


def accepted(version: str, files: Iterable[Link]) -> list[Link]:
    """Choose the files of a version: wheels that fit, and the source where not everything supported has a wheel."""
    fits, wheels, sources = supported(), [], []
    covered: set[tuple[int, str]] = set()
    for link in files:
        try:
            _, found, _, tags = parse_wheel_filename(link.filename)
            places = {place for place, known in fits.items() if known & tags}
            if found.public == version and places:
                wheels.append(link)
                covered |= places
        except InvalidWheelFilename:
            try:
                if parse_sdist_filename(link.filename)[1] == Version(version):
                    sources.append(link)
            except InvalidSdistFilename:
                continue
    return wheels if len(covered) == len(fits) else [*wheels, *sources]


def offered(collector: LinkCollector, name: str) -> Iterator[Link]:
    """List every file of a package in the indexes and folders that pip knows."""
    sources = collector.collect_sources(name, lambda _: [])
    for source in (*sources.find_links, *sources.index_urls):
        if source:
            yield from source.file_links()
        if source and source.link and (page := collector.fetch_response(source.link)):
            yield from parse_links(page)


def sha256(link: Link) -> str:
    """Read the hash that an index gives, or take that of a file in a folder."""
    if link.hash_name == "sha256" and link.hash:
        return link.hash
    if not link.is_file:
        raise SystemExit(f"The index gives no sha256 of {link.filename}; nothing was written.")
    with Path(link.file_path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def entry(name: str, version: str, hashes: Iterable[str]) -> str:
    """Write one package as pip reads it."""
    lines = [f"{name}=={version}", *(f"    --hash=sha256:{digest}" for digest in sorted(set(hashes)))]
    if len(lines) == 1:
        raise SystemExit(f"No build of {name} {version} is offered here; nothing was written.")
    return " \\\n".join(lines) + "\n"


def main() -> None:
    """Write both files once everything is known."""
    command = DownloadCommand("download", "")
    options, _ = command.parse_args(["-"])
    texts: dict[str, str] = {}
    locked: set[str] = set()
    with command.main_context():
        collector = LinkCollector.create(command.get_default_session(options), options=options)
        for lock, source in LOCKS.items():
            packages = {name: version for name, version in versions(roots(source)).items() if name not in locked}
            entries = [
                entry(name, version, map(sha256, accepted(version, offered(collector, name))))
                for name, version in sorted(packages.items())
            ]
            texts[lock] = _HEAD.format(source=source) + "".join(entries)
            locked |= packages.keys()
    for lock, text in texts.items():
        (ROOT / f"{lock}.new").write_text(text, encoding="utf-8")
        (ROOT / f"{lock}.new").replace(ROOT / lock)


if __name__ == "__main__":
    main()
