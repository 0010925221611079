"""What was written once is as it was written, or is damage that is named; hashed once a process and file."""

import os

import pytest

from recsys_core import sums
from recsys_core.errors import WorkspaceError
from recsys_core.stored import fits, parse_json, read_json


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "datasets" / "0123456789abcdef"
    place.mkdir(parents=True)
    (place / "dataset.json").write_text("{}")
    (place / "interactions.parquet").write_bytes(b"a" * 1000)
    sums.record(place)
    return place


def damage_of(path):
    return WorkspaceError("stored-file-damaged", file=str(path), dataset_id="0123456789abcdef")


def flip(path):
    """Change a byte, and leave size and times as they were."""
    found, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def test_a_table_and_a_card_are_as_they_were_written(folder):
    assert [sums.state_of(folder / name) for name in ("dataset.json", "interactions.parquet")] == ["ok", "ok"]


@pytest.mark.parametrize("name", ["dataset.json", "interactions.parquet"])
@pytest.mark.parametrize("damage", [flip, lambda path: path.write_bytes(b""), lambda path: path.unlink()])
def test_a_file_that_changed_before_it_was_first_read_is_damaged(folder, name, damage):
    damage(folder / name)
    assert sums.state_of(folder / name) == "damaged"
    with pytest.raises(WorkspaceError, match="Restore a backup, or delete the data set") as raised:
        sums.check(folder / name, damage_of(folder / name))
    assert str(folder / name) in str(raised.value)


def test_a_file_is_hashed_once_and_again_when_it_is_another(folder, monkeypatch):
    hashed, hash_of = [], sums.sha256_of
    monkeypatch.setattr(sums, "sha256_of", lambda path: hashed.append(path.name) or hash_of(path))
    path = folder / "interactions.parquet"
    for _ in range(3):
        assert sums.state_of(path) == "ok"
    assert hashed == ["interactions.parquet"]
    path.write_bytes(b"b" * 1000)
    assert sums.state_of(path) == "damaged"
    sums.record(folder)
    assert sums.state_of(path) == "ok"
    flip(path)  # what nobody sees who looks at size and time alone
    assert sums.state_of(path) == "ok"
    assert sums.state_of(path, anew=True) == "damaged"


def test_without_sums_nothing_is_known_and_nothing_called_good(folder):
    (folder / "sums.json").unlink()
    assert sums.state_of(folder / "interactions.parquet") == "not recorded"
    sums.check(folder / "interactions.parquet", damage_of(folder))


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"sha256": {"dataset.json": 1}}', '{"sha256": []}', "[" * 9999]
)
def test_damaged_sums_are_named(folder, content):
    (folder / "sums.json").write_text(content)
    with pytest.raises(WorkspaceError, match=r"sums.json, which holds the sums .*verify --record"):
        sums.check(folder / "interactions.parquet", damage_of(folder))


@pytest.mark.parametrize(
    "text", ['{"a": NaN}', '{"a": 1e999}', "[" * 10_000, '{"a": -Infinity}', "3", "nul", "1" * 5000]
)
def test_what_is_no_finite_object_is_no_json_of_ours(text, tmp_path):
    with pytest.raises((ValueError, RecursionError)):
        parse_json(text)
    (tmp_path / "a").write_text(text)
    with pytest.raises(WorkspaceError, match="sums of the files"):
        read_json(tmp_path / "a", WorkspaceError("sums-damaged", file="a"))


@pytest.mark.parametrize(
    ("value", "hint", "fitting"),
    [
        (1, int, True), (True, int, False), (1.0, int, False), (10**30, int, False), (1, float, True),
        (1e300, float, False), ("1", float, False), (True, bool, True), (1, bool, False), (["a"], list[str], True),
        ([1], list[str], False), (("a",), tuple[str, ...], True), ("ab", tuple[str, ...], False),
        ({"a": 1}, dict[str, int], True), ({"a": "b"}, dict[str, int], False), ([], dict[str, int], False),
        (None, str | None, True), (1, str | None, False),
    ],
)  # fmt: skip
def test_values_are_of_their_types_or_not(value, hint, fitting):
    assert fits(value, hint) is fitting
