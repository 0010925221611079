"""Holds the locked versions against advisories about them, in the form that osv.dev and its mirrors hand out.

`make advisories FILE=newer.json` reads a file of one record, a list, an answer's `vulns`, or a zip of records; without
FILE it reads the few that lie beside this file. Exit code 1 means that a locked version is affected, 2 that the file
cannot be read. Nothing is asked of the network. https://ossf.github.io/osv-schema
"""

import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supply.environment import LOCKS, locked_versions, roots

KNOWN: Final = Path(__file__).with_name("advisories.json")
Record = Mapping[str, Any]


class UnreadableError(Exception):
    """A file that holds no advisories; the message says what is wrong with it."""


def read(path: Path) -> list[Record]:
    """Read the records of a file.

    Raises
    ------
    UnreadableError
        Where it is not there, no JSON, or something else than records.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                texts = [packed.read(name) for name in packed.namelist() if name.endswith(".json")]
        else:
            texts = [path.read_bytes()]
        records = [record for text in texts for record in _records(json.loads(text))]
    except (OSError, ValueError, zipfile.BadZipFile, RecursionError) as err:
        raise UnreadableError(f"{path} cannot be read: {err}") from err
    if not records:
        raise UnreadableError(f"{path} holds no advisory")
    for record in records:
        if not (isinstance(record, dict) and isinstance(record.get("id"), str) and "modified" in record):
            raise UnreadableError(f"{path} holds something else than advisories: {str(record)[:80]}")
    return records


def _records(content: Any) -> list[Any]:
    if isinstance(content, dict) and "vulns" in content:
        content = content["vulns"]
    return content if isinstance(content, list) else [content]


def affects(record: Record, name: str, version: str) -> bool:
    """Whether a version of a package is affected; a record that was withdrawn affects nothing."""
    if record.get("withdrawn"):
        return False
    return any(
        version in affected.get("versions", ())
        or any(_within(events, Version(version)) for events in _ranges(affected))
        for affected in record.get("affected", ())
        if affected.get("package", {}).get("ecosystem") == "PyPI"
        and canonicalize_name(affected["package"]["name"]) == name
    )


def _ranges(affected: Record) -> Iterator[Sequence[Mapping[str, str]]]:
    return (span.get("events", ()) for span in affected.get("ranges", ()) if span.get("type") == "ECOSYSTEM")


def _within(events: Iterable[Mapping[str, str]], version: Version) -> bool:
    """Follow the events up to a version: what was introduced stays until it was fixed, or after the last affected."""
    steps = sorted((_version(at), kind != "introduced", kind) for event in events for kind, at in event.items())
    inside = False
    for at, _, kind in steps:
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as err:
        raise UnreadableError(f"'{text}' is no version of a package") from err


def findings(records: Iterable[Record], versions: Mapping[str, str]) -> list[str]:
    """Say which versions are affected, by what, and from which version on that is mended.

    Raises
    ------
    UnreadableError
        Where a record says what is affected in another form.
    """
    found = []
    for record in records:
        try:
            hit = [(name, version) for name, version in versions.items() if affects(record, name, version)]
            summary = record.get("summary", "no summary")
            found += [f"{name} {version}: {_named(record)}, {summary}{_mended(record, name)}" for name, version in hit]
        except (AttributeError, KeyError, TypeError) as err:
            raise UnreadableError(f"{record['id']} does not say what is affected") from err
    return found


def _named(record: Record) -> str:
    return ", ".join([record["id"], *record.get("aliases", ())])


def _mended(record: Record, name: str) -> str:
    of_package = (part for part in record["affected"] if canonicalize_name(part["package"]["name"]) == name)
    fixed = [event["fixed"] for part in of_package for span in _ranges(part) for event in span if "fixed" in event]
    return f"; mended in {' and '.join(fixed)}" if fixed else "; not mended yet"


def pinned() -> dict[str, str]:
    """Read the versions of everything that is installed for the product, its tests and the default encoder."""
    versions = {name: version for lock in LOCKS for name, version in locked_versions(lock).items()}
    encoder = {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in roots("requirements-encoder.txt")
    }
    return versions | encoder


def main(arguments: Sequence[str]) -> int:
    """Check, say what was found, and return the exit code."""
    path, versions = Path(arguments[0]) if arguments else KNOWN, pinned()
    try:
        records = read(path)
        found = findings(records, versions)
    except UnreadableError as err:
        print(f"{err}. Give a file of records in OSV's form.", file=sys.stderr)
        return 2
    print("\n".join([*found, f"{len(versions)} packages held against {len(records)} advisories: {len(found)} apply."]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
