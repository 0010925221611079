"""Whether the arm whose model ranks better offline also keeps its users longer: both figures side by side."""

from collections.abc import Mapping

from recsys_core import words
from recsys_core.charts.blocks import Cell
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import ArmStyle
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.ranking_hazard import RankingHazards
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.retention.study.retention_verdict import primary_difference

QUESTION = "Does better ranking go with staying?"
TITLE = "Ranking well is not keeping users."


def quality_and_days(
    found: Comparison, retention: RetentionResult, models: Mapping[str, str], styles: Mapping[str, ArmStyle]
) -> Table:
    """List the arms with the offline quality of their model and the days they keep users.

    Parameters
    ----------
    models
        Model by arm, from `evaluation.arm_models`; arms without one, or whose model was not compared, have no figure.
    styles
        By arm.
    """
    ranked = {model.name: model.metrics["ndcg"] for model in found.models}
    rows: list[list[str | Cell]] = []
    for arm in retention.arms:
        model, kept = models.get(arm.name, ""), arm.rmst
        ndcg = ranked.get(model)
        rows.append([
            Cell(arm.name, family=styles[arm.name].family),
            model or words.UNKNOWN,
            Cell(words.number(ndcg.estimate, 3), f"({words.limits(ndcg.lower, ndcg.upper, 3)})")
            if ndcg else words.UNKNOWN,
            Cell(words.days(kept.estimate), f"({words.limits(kept.lower, kept.upper)})"),
        ])  # fmt: skip
    return ["arm", "model", f"NDCG at {found.settings.k}", f"days kept, of {retention.settings.horizon_days}"], rows


def order_sentence(found: Comparison, retention: RetentionResult | None, models: Mapping[str, str]) -> str:
    """Say whether the two arms that retention tells apart rank the same way offline.

    Without a retention result, or without models for its first two arms, the sentence says what is missing.
    """
    if retention is None or len(retention.arms) < 2:
        return "How long users stay is counted from the arms of a log; this log has none to set beside the models."
    ranked = {model.name: model.metrics["ndcg"].estimate for model in found.models}
    pair = next(
        (c for c in retention.contrasts if {models.get(a, "") for a in (c.arm, c.reference)} <= set(ranked)), None
    )
    if pair is None or models[pair.arm] == models[pair.reference]:
        return (
            "Say which model stands for which arm, in “Arms and models” of the settings, to see offline quality beside "
            "the days that arms keep their users."
        )
    return _sentence(pair, retention, (ranked[models[pair.arm]], ranked[models[pair.reference]]))


def _sentence(pair: Contrast, retention: RetentionResult, ndcg: tuple[float, float]) -> str:
    days = primary_difference(pair, retention.case)
    higher = ndcg[0] > ndcg[1]
    said = (
        f"In this study the model of the {pair.arm} arm ranks {'higher' if higher else 'lower'} offline than that of "
        f"{pair.reference} (NDCG {words.number(ndcg[0], 3)} against {words.number(ndcg[1], 3)})"
    )
    if days.lower <= 0 <= days.upper:
        span = words.interval(days.estimate, days.lower, days.upper, sign=True)
        return f"{said}, but how long their users stayed cannot be told apart: {span} days."
    longer = days.estimate > 0
    low, high = (days.lower, days.upper) if longer else (-days.upper, -days.lower)
    amount = f"{words.days(abs(days.estimate))} days {'longer' if longer else 'shorter'} ({words.limits(low, high)})"
    return f"{said}, {'and' if longer == higher else 'and yet'} its users stayed {amount}."


def hazard_table(found: RankingHazards, styles: Mapping[str, ArmStyle]) -> Table:
    """List each model's hazard ratio of lapsing per .1 of per-user NDCG."""
    heads = ["model", "mean NDCG", "hazard ratio per 0.1 NDCG", "per standard deviation", "p, Holm"]
    rows: list[list[str | Cell]] = []
    for model in found.models:
        ratios = [
            Cell(words.number(r.estimate, 2), f"({words.limits(r.lower, r.upper, 2)})") if r else words.UNKNOWN
            for r in (model.hazard_ratio, model.hazard_ratio_sd)
        ]
        p = words.p_figure(model.p_holm) if model.p_holm is not None else words.UNKNOWN
        rows.append(
            [Cell(model.model, family=styles[model.model].family), words.number(model.ndcg_mean, 3), *ratios, p]
        )
    return heads, rows


def hazard_note(found: RankingHazards) -> str:
    """Say what the table of hazard ratios rests on and what it cannot say."""
    return (
        f"Cox model of lapsing from the landmark on, by per-user NDCG at {found.k} over the new items of the "
        f"{found.settings.landmark_days} days before it: {words.counted(found.users, 'user')}, "
        f"{words.counted(found.lapses, 'lapse')}, stratified by new items and prior activity. Below 1: users for whom "
        "a model ranks better lapse more slowly. An association: nobody was assigned a ranking quality."
    )


def hazard_sentence(found: RankingHazards, best: str) -> str:
    """Answer for the model that ranks best, in a sentence; for the first one where that was not asked."""
    return next((m for m in found.models if m.model == best), found.models[0]).sentence
