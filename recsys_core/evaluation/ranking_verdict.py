"""Which model ranks best, said so that a simple baseline that wins is named first."""

from collections.abc import Sequence
from dataclasses import dataclass

from recsys_core import words
from recsys_core.answers import old_words
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
    sentence = f"{case.best.name} is the only model, so there is nothing to compare it with."
    support = f"NDCG at {case.k} is **{_figure(case.best)}**. Train another model to see whether it ranks better."
    return RankingVerdict(**old_words("single", "One model, no comparison", sentence, support))


def _plain_winner(case: _Case, rival: str) -> RankingVerdict:
    best = case.best.name
    title = "A simple baseline wins" if is_simple(best) else "Collaborative filtering wins"
    sentence = f"{best} ranks best; no BERT or sequence model beats it on this log."
    support = f"{_against(case, rival)}{_level(case)}{_new_items(case)}"
    return RankingVerdict(**old_words("winner", title, sentence, support.strip()), difference=case.minus_best(rival))


def _winner(case: _Case) -> RankingVerdict:
    second = case.models[1].name
    title = "A simple baseline wins" if is_simple(case.best.name) else "Clear winner"
    absent = "" if case.elaborate else "; no BERT or sequence model is among them"
    sentence = f"{case.best.name} ranks best of {words.spelled(len(case.models))} models{absent}."
    support = f"{_against(case, second)}{_baseline(case)}It differs from every other model. {_new_items(case)}"
    return RankingVerdict(
        **old_words("winner", title, sentence, support.strip()), difference=case.minus_best(second).turned()
    )


def _tie(case: _Case) -> RankingVerdict:
    first = case.minus_best(case.level[0]).turned()
    together = [case.best.name, *case.level]
    if len(together) > _NAMED:
        together = [*together[: _NAMED - 1], f"{len(together) - _NAMED + 1} others"]
    names = words.listed(together)
    beaten = [d.model for d in case.from_best() if d.differs]
    below = f"{words.listed(beaten)} {'rank' if len(beaten) > 1 else 'ranks'} lower. " if beaten else ""
    plain = [name for name in (case.best.name, *case.level) if is_simple(name)]
    simple = f"{plain[0]} is a simple baseline: nothing here is shown to beat it. " if plain else ""
    support = (
        f"Difference in NDCG at {case.k}, {first.model} minus {first.reference}: "
        f"{words.interval(first.estimate, first.lower, first.upper, 3)}. {simple}{below}{_new_items(case)}"
    )
    sentence = f"{names} rank about equally well; this log cannot tell them apart."
    return RankingVerdict(**old_words("tie", "No clear winner", sentence, support.strip()), difference=first)


def _against(case: _Case, rival: str) -> str:
    other = next(model for model in case.models if model.name == rival)
    return f"NDCG at {case.k} is **{_figure(case.best)}** against {_figure(other)} for {rival}. "


def _baseline(case: _Case) -> str:
    """Name the best simple baseline where it is neither the best model nor the runner-up."""
    place, found = next(((i, model) for i, model in enumerate(case.models) if is_simple(model.name)), (0, None))
    return f"The best simple baseline, {found.name}, reaches {_figure(found)}. " if found and place > 1 else ""


def _level(case: _Case) -> str:
    return f"It cannot be told apart from {words.listed(case.level, 'or')}. " if case.level else ""


def _new_items(case: _Case) -> str:
    """Say so where the order turns on items that nobody had taken before the split."""
    ahead = [d for d in case.from_best(NEW_ITEMS) if d.differs and d.estimate > 0]
    if not ahead or case.best.cold.ndcg is None:
        return ""
    first = max(ahead, key=lambda d: d.estimate)
    mine = case.best.cold.ndcg.estimate
    return (
        f"On items nobody has seen yet the order turns: {first.model} reaches "
        f"{words.number(mine + first.estimate, 3)}, {case.best.name} {words.number(mine, 3)}."
    )


def _figure(model: ModelScore) -> str:
    return words.number(model.metrics["ndcg"].estimate, 3)
