"""The software bill of materials: what the product is made of and under which licences, in CycloneDX's form.

`make sbom` writes it to build/sbom.json, from the metadata of what is installed. https://cyclonedx.org, version 1.6
"""

import json
import tomllib
import uuid
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from supply.environment import ROOT, closure, roots

_OUT: Final = Path("build", "sbom.json")
_NAMED: Final = ("License-Expression", "License")
_CLASSIFIER: Final = "License :: "
_LONGEST: Final = 100  # characters of a licence's name; some packages put the whole text there


def bill() -> dict[str, Any]:
    """Describe the product, every package it needs, and which needs which; the same environment gives the same bill."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = closure(roots("requirements.txt"))
    asked = [canonicalize_name(pin.name) for pin in roots("requirements.txt")]
    for pin in roots("requirements-encoder.txt"):  # installed without what it needs
        asked.append(canonicalize_name(pin.name))
        needs[asked[-1]] = set()
    components = {name: _component(name) for name in sorted(needs)}
    references = {name: component["bom-ref"] for name, component in components.items()}
    own = {
        "type": "application", "bom-ref": project["name"], "name": project["name"], "version": project["version"],
        "description": project["description"], "licenses": _licenses({"License-Expression": project["license"]}, []),
    }  # fmt: skip
    depends = {own["bom-ref"]: sorted(references[name] for name in asked)}
    depends |= {references[name]: sorted(references[need] for need in needs[name]) for name in components}
    parts = {
        "metadata": {"component": own},
        "components": list(components.values()),
        "dependencies": [{"ref": ref, "dependsOn": others} for ref, others in depends.items()],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1, **parts}


def _component(name: str) -> dict[str, Any]:
    found = distribution(name)
    about = found.metadata
    address = f"pkg:pypi/{name}@{quote(found.version)}"
    part: dict[str, Any] = {
        "type": "library", "bom-ref": address, "name": name, "version": found.version, "purl": address,
    }  # fmt: skip
    if "Summary" in about:
        part["description"] = about["Summary"]
    if licenses := _licenses({key: about[key] for key in _NAMED if key in about}, about.get_all("Classifier") or []):
        part["licenses"] = licenses
    return part


def _licenses(about: Mapping[str, str], classifiers: list[str]) -> list[dict[str, Any]]:
    """Write an expression of SPDX where there is one, else names as the package gives them, else nothing."""
    told = [text.strip() for key in _NAMED if (text := about.get(key))]
    for text in told:
        try:
            return [{"expression": canonicalize_license_expression(text)}]
        except InvalidLicenseExpression:
            continue
    names = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith(_CLASSIFIER)]
    names = names or [text for text in told if len(text) <= _LONGEST and "\n" not in text]
    return [{"license": {"name": name}} for name in dict.fromkeys(names)]


def main(out: Path = _OUT) -> None:
    """Write the bill, and say of which packages no licence is known."""
    made = bill()
    out.parent.mkdir(exist_ok=True)
    fresh = out.with_suffix(".new")
    fresh.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(out)
    silent = [part["name"] for part in made["components"] if "licenses" not in part]
    print(f"{out}: {len(made['components'])} packages.")
    if silent:
        print(f"These name no licence in their metadata: {', '.join(silent)}.")


if __name__ == "__main__":
    main()
