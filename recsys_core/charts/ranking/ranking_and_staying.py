"""Whether the arm whose model ranks better offline also keeps its users longer: both figures side by side."""

from collections.abc import Mapping

from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts.blocks import Cell
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import ArmStyle
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.case import primary_difference
from recsys_core.retention.study.ranking_hazard import RankingHazard, RankingHazards
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import say

QUESTION = "Does better ranking go with staying?"
TITLE = "Ranking well is not keeping users."


def quality_and_days(
    comparison: Comparison, retention: RetentionResult, models: Mapping[str, str], styles: Mapping[str, ArmStyle]
) -> Table:
    """List the arms with the offline quality of their model and the days they keep users.

    Parameters
    ----------
    models
        Model by arm, from `evaluation.arm_models`; arms without one, or whose model was not compared, have no figure.
    styles
        By arm.
    """
    ranked = {model.name: model.metrics["ndcg"] for model in comparison.models}
    rows: list[list[str | Cell]] = []
    for arm in retention.arms:
        model, days = models.get(arm.name, ""), arm.rmst
        ndcg = ranked.get(model)
        rows.append([
            Cell(arm.name, family=styles[arm.name].family),
            model or words.UNKNOWN,
            Cell(words.number(ndcg.estimate, 3), f"({words.limits(ndcg.lower, ndcg.upper, 3)})")
            if ndcg else words.UNKNOWN,
            Cell(words.days(days.estimate), f"({words.limits(days.lower, days.upper)})"),
        ])  # fmt: skip
    return [
        "arm",
        "model",
        f"NDCG at {comparison.settings.k}",
        f"days kept, of {retention.settings.horizon_days}",
    ], rows


def order_of_arms(comparison: Comparison, retention: RetentionResult | None, models: Mapping[str, str]) -> Message:
    """Say whether the two arms that retention tells apart rank the same way offline.

    Without a retention result, or without models for its first two arms, the message says what is missing.
    """
    if retention is None or len(retention.arms) < 2:
        return message("note-order-without-arms")
    ranked = {model.name: model.metrics["ndcg"].estimate for model in comparison.models}
    pair = next(
        (c for c in retention.contrasts if {models.get(a, "") for a in (c.arm, c.reference)} <= set(ranked)), None
    )
    if pair is None or models[pair.arm] == models[pair.reference]:
        return message("note-order-without-models")
    return _order(pair, retention, (ranked[models[pair.arm]], ranked[models[pair.reference]]))


def _order(pair: Contrast, retention: RetentionResult, ndcg: tuple[float, float]) -> Message:
    days = primary_difference(pair, retention.case)
    higher, longer = ndcg[0] > ndcg[1], days.estimate > 0
    low, high = (days.lower, days.upper) if longer else (-days.upper, -days.lower)
    ranking = message(
        "order-by-ranking", arm=pair.arm, reference=pair.reference, higher=higher, ndcg=ndcg[0],
        reference_ndcg=ndcg[1],
    )  # fmt: skip
    if days.lower <= 0 <= days.upper:
        return message("note-order-days-alike", ranking=ranking, days=days.estimate, lower=days.lower, upper=days.upper)
    return message(
        "note-order-as-ranked" if longer == higher else "note-order-not-as-ranked",
        ranking=ranking, days=abs(days.estimate), longer=longer, lower=low, upper=high,
    )  # fmt: skip


def hazard_table(hazards: RankingHazards, styles: Mapping[str, ArmStyle]) -> Table:
    """List each model's hazard ratio of lapsing per .1 of per-user NDCG."""
    heads = ["model", "mean NDCG", "hazard ratio per 0.1 NDCG", "per standard deviation", "p, Holm"]
    rows: list[list[str | Cell]] = []
    for model in hazards.models:
        ratios = [
            Cell(words.number(r.estimate, 2), f"({words.limits(r.lower, r.upper, 2)})") if r else words.UNKNOWN
            for r in (model.hazard_ratio, model.hazard_ratio_sd)
        ]
        p = words.p_figure(model.p_holm) if model.p_holm is not None else words.UNKNOWN
        rows.append(
            [Cell(model.model, family=styles[model.model].family), words.number(model.ndcg_mean, 3), *ratios, p]
        )
    return heads, rows


def hazard_rows(hazards: RankingHazards) -> list[dict[str, object]]:
    """List the models for a file: hazard ratios with their limits, and the finding in a sentence."""
    return [_hazard_row(model) for model in hazards.models]


def _hazard_row(model: RankingHazard) -> dict[str, object]:
    row: dict[str, object] = {"model": model.model, "ndcg_mean": model.ndcg_mean, "ndcg_sd": model.ndcg_sd}
    for name, ratio in (("hazard_ratio", model.hazard_ratio), ("hazard_ratio_sd", model.hazard_ratio_sd)):
        row |= {
            name: ratio.estimate if ratio else None,
            f"{name}_lower": ratio.lower if ratio else None,
            f"{name}_upper": ratio.upper if ratio else None,
        }
    return row | {"p_holm": model.p_holm, "sentence": say(model.finding)}


def hazard_note(hazards: RankingHazards) -> Message:
    """Say what the table of hazard ratios rests on and what it cannot say."""
    return message(
        "note-ranking-hazard", k=hazards.k, landmark_days=hazards.settings.landmark_days, users=hazards.users,
        lapses=hazards.lapses,
    )  # fmt: skip


def hazard_finding(hazards: RankingHazards, best: str) -> Message:
    """Answer for the model that ranks best; for the first one where that was not asked."""
    return next((m for m in hazards.models if m.model == best), hazards.models[0]).finding
