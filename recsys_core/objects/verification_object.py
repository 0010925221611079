"""What was found of what is stored, for JSON and for people, line by line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recsys_core.answers import message
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import label, say

if TYPE_CHECKING:
    from recsys_core.care.verification import Finding

_KINDS = {
    "dataset": "verified-dataset", "study": "verified-study", "run": "verified-run",
    "registry": "verified-registry", "measurement": "verified-measurement", "report": "verified-report",
    "key": "verified-key",
}  # fmt: skip


def kind_name(finding: "Finding") -> str:
    """Name what kind of thing was looked at."""
    return label(_KINDS[finding.kind])


def verification_lines(found: "Sequence[Finding]") -> list[str]:
    """Say how much is damaged, and of each thing that is not known to be good what is wrong and what to do."""
    lines = [summary(found)]
    lines += [f"{finding.state:12s}  {kind_name(finding)} {finding.name}" for finding in found]
    return lines + [say(finding.problem) for finding in found if finding.problem]


def summary(found: "Sequence[Finding]") -> str:
    """Say in a sentence how much is damaged."""
    damaged, unknown = (sum(one.state == state for one in found) for state in ("damaged", "not recorded"))
    return say(message("line-verified", things=len(found), damaged=damaged, unknown=unknown))


def verification_object(found: "Sequence[Finding]") -> dict[str, Any]:
    """Return what was found as JSON can hold it."""
    return {
        "damaged": sum(finding.state == "damaged" for finding in found),
        "found": [
            {
                "kind": finding.kind, "name": finding.name, "state": finding.state,
                "problem": worded(finding.problem), "sentence": say(finding.problem) if finding.problem else "",
            }
            for finding in found
        ],
    }  # fmt: skip
