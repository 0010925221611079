"""What pages, reports and the command line say of messages, checks and verdicts."""

from collections.abc import Sequence

from recsys_core.answers import Check, Issue, Message, Step, Verdict
from recsys_core.wording.catalogue import current


def say(spoken: Message | Sequence[Message]) -> str:
    """Say a message, or several one after another."""
    if isinstance(spoken, Message):
        return current().say(spoken)
    return " ".join(current().say(part) for part in spoken)


def what_happened(spoken: Message) -> str:
    """Say a message, of an error only what was found and not what to do."""
    return current().phrase(spoken.code, spoken.values)


def label(code: str) -> str:
    """Say an entry that needs no values."""
    return current().phrase(code)


def check_name(check: Check) -> str:
    """Name a check: "Sample ratio"."""
    return current().phrase(f"check-{check.code}", check.values)


def check_short(check: Check) -> str:
    """Say what fits on the line of checks: "p = .89"."""
    return _of(check, "short")


def check_detail(check: Check) -> str:
    """Say what was found, what it means and what to do."""
    return _of(check, "detail")


def _of(check: Check, attribute: str) -> str:
    code = f"check-{check.code}-{check.finding}" if check.finding else f"check-{check.code}"
    return current().phrase(code, {**check.values, "status": check.status}, attribute)


def step_name(step: Step) -> str:
    """Name a cleaning step: "duplicate rows once"."""
    return say(step.message)


def issue_name(issue: Issue) -> str:
    """Name what was noticed in the data: "ties in time"."""
    return _of_issue(issue, "")


def issue_detail(issue: Issue) -> str:
    """Say what was noticed."""
    return _of_issue(issue, "detail")


def issue_action(issue: Issue) -> str:
    """Say what to do about it."""
    return _of_issue(issue, "action")


def _of_issue(issue: Issue, attribute: str) -> str:
    return current().phrase(f"issue-{issue.code}", {**issue.values, "rows": issue.rows}, attribute)


def title(verdict: Verdict) -> str:
    """Say a verdict in two or three words: "Clear winner"."""
    return current().phrase(f"verdict-{verdict.code}", verdict.values, "title")


def sentence(verdict: Verdict) -> str:
    """Say a verdict in its sentence."""
    return current().phrase(f"verdict-{verdict.code}", verdict.values)


def support(verdict: Verdict) -> str:
    """Say what stands under a verdict."""
    return say(verdict.support)


def pairs(definitions: Sequence[Message]) -> tuple[tuple[str, str], ...]:
    """Say definitions as terms, each an entry's `.term`, with their sentences."""
    return tuple((current().phrase(one.code, one.values, "term"), say(one)) for one in definitions)
