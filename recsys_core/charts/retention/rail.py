"""The rail beside the retention page: the answer in a few words, who is counted, and the way to each layer."""

from collections.abc import Sequence
from html import escape

from recsys_core import words
from recsys_core.answers import Check, Message, Verdict, message
from recsys_core.charts.blocks import icon_html, text_html
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import check_name, check_short, label, say, sentence, title

MOST_CHECKS = 5


def rail_html(result: RetentionResult, *, ready: bool) -> str:
    """Write the rail.

    Parameters
    ----------
    result
        What is known so far.
    ready
        Whether its verdict is; before that its place is kept.
    """
    head, rest = rail_words(result.verdict) if ready else (label("rail-waiting"), "")
    told = sentence(result.verdict) if ready else ""
    used = result.resolved
    facts = (
        (words.count(result.population.users), label("rail-users")),
        (say(message("rail-gap-days", days=used.gap)), label("rail-gap")),
        (say(message("rail-gap-days", days=used.horizon)), label("rail-horizon")),
    )
    listed = "".join(f"<div><b>{text_html(figure)}</b> <span>{text_html(name)}</span></div>" for figure, name in facts)
    layers = {"answer": label("rail-answer"), "real": label("rail-real"), "everything": label("rail-everything")}
    links = "".join(f'<a href="#{anchor(layer)}">{text_html(name)}</a>' for layer, name in layers.items())
    under = f"<span>{text_html(rest)}</span>" if rest else ""
    return (
        f'<nav class="sp-rail" aria-label="{escape(label("rail-name"))}">'
        f'<div class="sp-rail-verdict" title="{escape(told)}"><b>{text_html(head)}</b> {under}</div>'
        f'<div class="sp-rail-facts">{listed}</div>'
        f'<div class="sp-rail-checks">{dots_html(result.checks)}</div>'
        f'<div class="sp-rail-links">{links}</div></nav>'
    )


def anchor(layer: str) -> str:
    """Name the place on the page where a layer begins."""
    return f"sp-layer-{layer}"


def dots_html(checks: Sequence[Check]) -> str:
    """Draw up to five checks as shapes, each with its name and finding behind it."""
    dots = []
    for check in checks[:MOST_CHECKS]:
        said = escape(f"{check_name(check)}: {check.status}, {check_short(check)}".rstrip(", "))
        dots.append(f'<span role="img" title="{said}" aria-label="{said}">{icon_html(check.status)}</span>')
    return "".join(dots)


def rail_words(verdict: Verdict) -> tuple[str, str]:
    """Say a verdict in about six words: what stands out, and what is said of it; the second may be empty."""
    values = verdict.values
    if verdict.state == "winner" and {"arm", "days"} <= values.keys():
        return str(values["arm"]), say(message("rail-winner", days=values["days"]))
    if verdict.state == "single" and {"days", "horizon"} <= values.keys():
        return label("rail-one-curve"), say(message("rail-single", days=values["days"], horizon=values["horizon"]))
    if verdict.state == "blocked" and isinstance(check := values.get("check"), Message):
        return label("rail-blocked"), say(message("rail-blocked-by", check=check))
    if "arm" in values and "reference" in values:
        return title(verdict), say(message("rail-pair", arm=values["arm"], reference=values["reference"]))
    return title(verdict), ""


def layer_html(layer: str, title_text: str, note: str) -> str:
    """Write where a layer begins: its anchor, its name, and what is in it."""
    words_of_it = f"<h2>{text_html(title_text)}</h2><p>{text_html(note)}</p>" if title_text else ""
    kind = "sp-layer" if title_text else "sp-layer sp-layer-first"
    return f'<div class="{kind}" id="{anchor(layer)}">{words_of_it}</div>'
