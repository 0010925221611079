"""What pages, reports and the command line say of messages, checks and verdicts."""

from collections.abc import Sequence

from recsys_core.answers import Check, Message, Verdict
from recsys_core.wording.catalogue import current


def say(told: Message | Sequence[Message]) -> str:
    """Say a message, or several one after another."""
    if isinstance(told, Message):
        return current().said(told)
    return " ".join(current().said(part) for part in told)


def what_happened(told: Message) -> str:
    """Say a message, of an error only what was found and not what to do."""
    return current().say(told.code, told.values)


def label(code: str) -> str:
    """Say an entry that needs no values."""
    return current().say(code)


def check_name(check: Check) -> str:
    """Name a check: "Sample ratio"."""
    if check.finding == "verbatim":
        return str(check.values["name"])
    return current().say(f"check-{check.code}")


def check_short(check: Check) -> str:
    """Say what fits on the line of checks: "p = .89"."""
    return _of(check, "short")


def check_detail(check: Check) -> str:
    """Say what was found, what it means and what to do."""
    return _of(check, "detail")


def _of(check: Check, attribute: str) -> str:
    if check.finding == "verbatim":
        return str(check.values[attribute])
    code = f"check-{check.code}-{check.finding}" if check.finding else f"check-{check.code}"
    return current().say(code, {**check.values, "status": check.status}, attribute)


def title(verdict: Verdict) -> str:
    """Say a verdict in two or three words: "Clear winner"."""
    return current().say(f"verdict-{verdict.code}", verdict.values, "title")


def sentence(verdict: Verdict) -> str:
    """Say a verdict in its sentence."""
    return current().say(f"verdict-{verdict.code}", verdict.values)


def support(verdict: Verdict) -> str:
    """Say what stands under a verdict."""
    return say(verdict.support)


def pairs(definitions: Sequence[Message]) -> tuple[tuple[str, str], ...]:
    """Say definitions as terms, each an entry's `.term`, with their sentences."""
    return tuple((current().say(told.code, told.values, "term"), say(told)) for told in definitions)
