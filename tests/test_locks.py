"""The locks agree with the pins, with each other, and with what is installed; which files of a package are accepted."""

import re
import sys
from pathlib import Path
from typing import Final

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from pip._internal.models.link import Link

from supply.environment import LOCKS, PROCESSORS, PYTHONS, ROOT, locked_versions, roots
from supply.lock import accepted, entry, sha256, versions

ENTRY: Final = re.compile(r"([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")
BY_TORCH: Final = ("nvidia-", "cuda-", "triton")  # what torch with CUDA needs besides


def read(lock: str) -> dict[str, tuple[str, list[str]]]:
    """Versions and hashes by package; anything that is not an entry fails."""
    head, _, rest = (ROOT / lock).read_text(encoding="utf-8").partition("\n")
    assert head.startswith("# Made by make lock")
    assert ENTRY.sub("", rest) == ""
    return {name: (version, re.findall(r"sha256:(\w+)", hashes)) for name, version, hashes in ENTRY.findall(rest)}


def pins(file: str) -> dict[str, str]:
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in roots(file)}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_locked_at_its_version(lock):
    locked, pinned = read(lock), pins(LOCKS[lock])
    assert {name: locked[name][0] for name in pinned} == pinned, "make lock puts this right"
    assert list(locked) == sorted(locked)
    assert locked_versions(lock) == {name: version for name, (version, _) in locked.items()}
    for _, hashes in locked.values():
        assert hashes == sorted(set(hashes))


def test_a_package_stands_in_one_lock():
    assert read("requirements.lock").keys() & read("requirements-dev.lock").keys() == set()


def test_torch_is_locked_as_the_registry_has_it_and_without_cuda():
    _, hashes = read("requirements.lock")["torch"]
    assert len(hashes) == len(PYTHONS) * len(PROCESSORS) + 1


def test_what_is_locked_is_what_is_installed():
    locked = {name: version for lock in LOCKS for name, version in locked_versions(lock).items()}
    wanted = [pin for file in LOCKS.values() for pin in roots(file)]
    here = versions(wanted)
    if not (Path(sys.prefix) / ".locked").exists():  # made without LOCK=yes: the pins alone were asked for
        locked = {name: version for file in LOCKS.values() for name, version in pins(file).items()}
        here = {name: here[name] for name in locked}
    else:
        here = {name: version for name, version in here.items() if not name.startswith(BY_TORCH)}
    assert {name: Version(version) for name, version in here.items()} == {
        name: Version(version) for name, version in locked.items()
    }, "make lock puts this right"


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("thing-1.0-py3-none-any.whl", True),
        ("thing-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", True),
        ("thing-1.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", True),
        ("thing-1.0-cp314-cp314-manylinux2014_aarch64.whl", True),
        ("thing-1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        ("thing-1.0.1-py3-none-any.whl", False),
        ("thing-1.0-cp310-cp310-manylinux_2_28_x86_64.whl", False),
        ("thing-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl", False),
        ("thing-1.0-cp311-cp311-musllinux_1_2_x86_64.whl", False),
        ("thing-1.0-cp311-cp311-macosx_11_0_arm64.whl", False),
        ("thing-1.0-cp311-cp311-win_amd64.whl", False),
        ("thing-1.0-cp311-cp311-manylinux_2_28_s390x.whl", False),
        ("thing-0.9.tar.gz", False),
        ("thing-1.0.exe", False),
        ("nonsense.whl", False),
    ],
)
def test_files_for_linux_and_the_supported_pythons_are_accepted(name, taken):
    found = accepted("1.0", [Link(f"https://registry.invalid/{name}")])
    assert [link.filename for link in found] == [name] * taken


def test_the_source_is_accepted_where_a_python_has_no_wheel():
    source, some, every = (
        Link(f"https://registry.invalid/thing-1.0{end}")
        for end in (".tar.gz", "-cp311-cp311-manylinux_2_28_x86_64.whl", "-py3-none-any.whl")
    )
    assert accepted("1.0", [source]) == [source]
    assert accepted("1.0", [source, some]) == [some, source]
    assert accepted("1.0", [source, every]) == [every]


def test_hashes_come_from_the_index_or_from_the_file(tmp_path):
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    wheel.write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(Link(wheel.as_uri())) == digest
    assert sha256(Link(f"https://registry.invalid/a.whl#sha256={'0' * 64}")) == "0" * 64
    for fragment in ("", "#md5=900150983cd24fb0d6963f7d28e17f72"):
        with pytest.raises(SystemExit, match=r"gives no sha256 of thing-1\.0"):
            sha256(Link(f"https://registry.invalid/{wheel.name}{fragment}"))
    with pytest.raises(SystemExit, match=r"No build of thing 1\.0 is offered here; nothing was written"):
        entry("thing", "1.0", [])
    assert entry("thing", "1.0", ["b", "a", "b"]) == "thing==1.0 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n"
