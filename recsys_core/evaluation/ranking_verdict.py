"""Which model ranks best, said so that a simple baseline that wins is named first."""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys_core.answers import Message, Value, message
from recsys_core.evaluation.comparison import NEW_ITEMS, Difference, ModelScore, RankingVerdict
from recsys_core.models.cards import is_elaborate, is_simple

_NAMED = 4  # models in one sentence


@dataclass(frozen=True)
class _Case:
    models: Sequence[ModelScore]
    differences: Sequence[Difference]
    k: int

    @property
    def best(self) -> ModelScore:
        return self.models[0]

    @property
    def level(self) -> list[str]:
        """Models that cannot be told apart from the best, in the order of the models."""
        return [d.model for d in self.from_best() if not d.differs]

    @property
    def elaborate(self) -> list[str]:
        """BERT, sequence and hybrid models, the best first."""
        return [model.name for model in self.models if is_elaborate(model.name)]

    def from_best(self, metric: str = "ndcg") -> list[Difference]:
        return [d for d in self.differences if (d.reference, d.metric) == (self.best.name, metric)]

    def minus_best(self, name: str) -> Difference:
        return next(d for d in self.from_best() if d.model == name)


def reach_verdict(models: Sequence[ModelScore], differences: Sequence[Difference], k: int) -> RankingVerdict:
    """Say which model ranks best, or that the best ones cannot be told apart.

    A collaborative filter or a baseline on top wins as soon as no BERT, sequence or hybrid model is level with it:
    that is the decision to be taken. Any other model has to differ from all others (Holm's p below .05).

    Parameters
    ----------
    models
        The highest NDCG first.
    differences
        From the first model, at least.
    k
        Length of the lists.
    """
    case = _Case(models, differences, k)
    if len(models) == 1:
        return _single(case)
    rivals = case.elaborate
    if not is_elaborate(case.best.name) and rivals and not set(rivals) & set(case.level):
        return _plain_winner(case, rivals[0])
    return _tie(case) if case.level else _winner(case)


def _single(case: _Case) -> RankingVerdict:
    support = (message("ranking-only-figure", k=case.k, ndcg=_ndcg(case.best)),)
    return RankingVerdict("single", "ranking-single", {"best": case.best.name}, support)


def _plain_winner(case: _Case, rival: str) -> RankingVerdict:
    """Say that no elaborate model beats the best one."""
    best = case.best.name
    code = "ranking-baseline-not-beaten" if is_simple(best) else "ranking-collaborative-not-beaten"
    support = (_against(case, rival), *_level(case), *_new_items(case))
    return RankingVerdict("winner", code, {"best": best}, support, difference=case.minus_best(rival))


def _winner(case: _Case) -> RankingVerdict:
    best, second = case.best.name, case.models[1].name
    code = "ranking-winner"
    if not case.elaborate:
        code = "ranking-baseline-best" if is_simple(best) else "ranking-collaborative-best"
    support = (
        _against(case, second), *_best_baseline(case), message("ranking-differs-from-all"), *_new_items(case),
    )  # fmt: skip
    return RankingVerdict(
        "winner", code, {"best": best, "models": len(case.models)}, support,
        difference=case.minus_best(second).turned(),
    )  # fmt: skip


def _tie(case: _Case) -> RankingVerdict:
    first = case.minus_best(case.level[0]).turned()
    level = (case.best.name, *case.level)
    named = level if len(level) <= _NAMED else level[: _NAMED - 1]
    support = (
        message(
            "ranking-difference", k=case.k, model=first.model, reference=first.reference,
            estimate=first.estimate, lower=first.lower, upper=first.upper,
        ),
        *_simple_among(level), *_beaten(case), *_new_items(case),
    )  # fmt: skip
    values: dict[str, Value] = {"models": named, "others": len(level) - len(named)}
    return RankingVerdict("tie", "ranking-tie", values, support, difference=first)


def _simple_among(level: Sequence[str]) -> list[Message]:
    return [message("ranking-simple-among", model=name) for name in level if is_simple(name)][:1]


def _beaten(case: _Case) -> list[Message]:
    beaten = tuple(d.model for d in case.from_best() if d.differs)
    return [message("ranking-beaten", models=beaten, count=len(beaten))] if beaten else []


def _against(case: _Case, rival: str) -> Message:
    other = next(model for model in case.models if model.name == rival)
    return message("ranking-against", k=case.k, ndcg=_ndcg(case.best), rival=rival, rival_ndcg=_ndcg(other))


def _best_baseline(case: _Case) -> list[Message]:
    """Name the best simple baseline where it is neither the best model nor the runner-up."""
    place, baseline = next(((i, model) for i, model in enumerate(case.models) if is_simple(model.name)), (0, None))
    if baseline is None or place < 2:
        return []
    return [message("ranking-best-baseline", baseline=baseline.name, ndcg=_ndcg(baseline))]


def _level(case: _Case) -> list[Message]:
    return [message("ranking-level-with", models=tuple(case.level))] if case.level else []


def _new_items(case: _Case) -> list[Message]:
    """Say so where the order turns on items that nobody had taken before the split."""
    ahead = [d for d in case.from_best(NEW_ITEMS) if d.differs and d.estimate > 0]
    if not ahead or case.best.cold.ndcg is None:
        return []
    first = max(ahead, key=lambda d: d.estimate)
    mine = case.best.cold.ndcg.estimate
    ndcg = mine + first.estimate
    return [message("ranking-new-items-turn", model=first.model, ndcg=ndcg, best=case.best.name, best_ndcg=mine)]


def _ndcg(model: ModelScore) -> float:
    return model.metrics["ndcg"].estimate
