"""What the catalogue says of checks and verdicts, so that tests can read words beside codes."""

from types import SimpleNamespace

from recsys_core.answers import Check, Verdict
from recsys_core.wording import sentences


def told(part: Check | Verdict) -> SimpleNamespace:
    """The fields of a check or verdict, with its words: name, short and detail, or title, sentence and support."""
    if isinstance(part, Check):
        words = {
            "name": sentences.check_name(part),
            "short": sentences.check_short(part),
            "detail": sentences.check_detail(part),
        }
        return SimpleNamespace(code=part.code, status=part.status, finding=part.finding, values=part.values, **words)
    words = {
        "title": sentences.title(part),
        "sentence": sentences.sentence(part),
        "support": sentences.support(part),
    }
    return SimpleNamespace(**{name: value for name, value in vars(part).items() if name != "support"}, **words)


def by_name(checks: tuple[Check, ...]) -> dict[str, SimpleNamespace]:
    """Checks by the name that they are shown under."""
    return {(spoken := told(check)).name: spoken for check in checks}
