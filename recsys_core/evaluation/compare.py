"""Models side by side: the same users, the same targets, differences paired by user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Interval
from recsys_core.errors import DataError, SettingsError
from recsys_core.evaluation.comparison import NEW_ITEMS, Comparison, Difference, Group, ModelScore
from recsys_core.evaluation.evaluate import PER_USER, Evaluation
from recsys_core.evaluation.ranking_checks import comparison_checks
from recsys_core.evaluation.ranking_definitions import definitions
from recsys_core.evaluation.ranking_verdict import reach_verdict
from recsys_core.metrics.significance import bootstrap_means, holm, percentile_limits, sign_flip_p
from recsys_core.models.cards import is_simple, yardstick
from recsys_core.settings import CompareSettings


def compare(evaluations: Mapping[str, Evaluation], settings: CompareSettings) -> Comparison:
    """Compare models on the users whom all of them were tested on.

    Means are over users with a training history. Their limits are percentiles of means of resampled users, the same
    resamples for every model, so that differences are paired; p values come from random sign flips of the users'
    differences, corrected by Holm over all pairs of models: the best is read off the same users.

    Parameters
    ----------
    evaluations
        By name of the model. All are compared where `settings.models` names none; recent-popular always takes part.
    settings
        List length, models, resamples, seed.

    Raises
    ------
    SettingsError
        If a model that the settings name is not among the evaluations, or there is none.
    DataError
        If a model was tested on other users, targets or items, or no test user has a history.
    """
    chosen = _chosen(evaluations, settings)
    _same_test(chosen)
    sample = _Sample.of(chosen, settings)
    ordered = sorted(chosen, key=lambda name: (-sample.mean[name]["ndcg"], name))
    models = tuple(_score(chosen[name], sample, name) for name in ordered)
    differences = tuple(_differences(sample, ordered))
    first = next(iter(chosen.values()))
    return Comparison(
        settings=settings,
        split=first.split,
        now=first.now,
        counts=first.counts(),
        models=models,
        differences=differences,
        checks=comparison_checks(chosen, first),
        verdict=reach_verdict(models, differences, settings.k),
        definitions=definitions(first, settings),
    )


def _chosen(evaluations: Mapping[str, Evaluation], settings: CompareSettings) -> dict[str, Evaluation]:
    missing = next((name for name in settings.models if name not in evaluations), None)
    if missing is not None:
        finished = tuple(evaluations)
        raise SettingsError(
            "compared-model-not-finished", model=missing, finished=finished, finished_count=len(finished)
        )
    if not evaluations:
        raise SettingsError("no-model-to-compare")
    wanted = {*settings.models, yardstick()} if settings.models else set(evaluations)
    return {name: evaluation for name, evaluation in evaluations.items() if name in wanted}


def _same_test(evaluations: Mapping[str, Evaluation]) -> None:
    """Refuse models that were not tested on the same users, targets and items."""
    (first_name, first), *others = evaluations.items()
    for name, other in others:
        for part, columns in (
            ("users", [col.USER, "history"]),
            ("targets", [col.USER, col.ITEM]),
            ("items", [col.ITEM, "takers"]),
        ):
            mine, theirs = getattr(first, part)[columns], getattr(other, part)[columns]
            if not mine.equals(theirs):
                raise DataError(
                    "models-tested-apart", model=name, other=first_name, part=part,
                    rows=len(theirs), other_rows=len(mine),
                )  # fmt: skip
    if first.users["cold_user"].all():
        raise DataError("test-users-without-history", users=len(first.users))


@dataclass(frozen=True)
class _Sample:
    """Values per user, and the means of resampled users, of every model: frames by name, draws by column."""

    values: Mapping[str, pd.DataFrame]  # warm users x metrics
    new: Mapping[str, pd.Series]  # NDCG of those of them with targets on new items
    mean: Mapping[str, pd.Series]
    draws: Mapping[str, pd.DataFrame]  # resamples x metrics
    settings: CompareSettings

    @classmethod
    def of(cls, evaluations: Mapping[str, Evaluation], settings: CompareSettings) -> "_Sample":
        values, new = {}, {}
        for name, evaluation in evaluations.items():
            judged = evaluation.per_user(settings.k)
            values[name] = judged.loc[~judged["cold_user"], list(PER_USER)]
            on_new = evaluation.per_user(settings.k, "new")
            new[name] = on_new.loc[~on_new["cold_user"], "ndcg"].dropna()
        draws = _resampled({name: frame.to_numpy() for name, frame in values.items()}, settings)
        drawn_new = _resampled({name: column.to_numpy()[:, None] for name, column in new.items()}, settings)
        frames = {
            name: pd.DataFrame(np.c_[draws[name], drawn_new[name]], columns=[*PER_USER, NEW_ITEMS]) for name in values
        }
        mean = {name: pd.concat([values[name].mean(), pd.Series({NEW_ITEMS: new[name].mean()})]) for name in values}
        return cls(values, new, mean, frames, settings)

    def interval(self, name: str, metric: str) -> Interval:
        lower, upper = percentile_limits(self.draws[name][[metric]].to_numpy())[:, 0]
        return Interval(float(self.mean[name][metric]), float(lower), float(upper))

    def per_user(self, name: str, metric: str) -> np.ndarray:
        return (self.new[name] if metric == NEW_ITEMS else self.values[name][metric]).to_numpy()


def _resampled(values: Mapping[str, np.ndarray], settings: CompareSettings) -> dict[str, np.ndarray]:
    """Means of the same resampled users for every model, (resamples, columns); NaN where there is no user."""
    both = np.concatenate(list(values.values()), axis=1)
    if not len(both):
        drawn = np.full((settings.resamples, both.shape[1]), np.nan)
    else:
        drawn = bootstrap_means(both, settings.resamples, settings.seed)
    return dict(zip(values, np.split(drawn, len(values), axis=1), strict=True))


def _score(evaluation: Evaluation, sample: _Sample, name: str) -> ModelScore:
    settings, counts, new = sample.settings, evaluation.counts(), sample.new[name]
    metrics = {metric: sample.interval(name, metric) for metric in PER_USER}
    metrics["coverage"] = Interval(evaluation.coverage(settings.k))
    metrics["novelty"] = Interval(evaluation.novelty(settings.k))
    known, everything = evaluation.per_user(settings.k, "known"), evaluation.per_user(settings.k)
    on_known = known.loc[~known["cold_user"], "ndcg"].dropna()
    strangers = everything.loc[everything["cold_user"], "ndcg"]
    shown = int(evaluation.users.loc[evaluation.users["cold_user"], "targets"].sum())
    return ModelScore(
        name,
        metrics,
        Group(len(on_known), counts["warm_targets"], _mean(on_known, settings)),
        Group(len(new), counts["cold_targets"], sample.interval(name, NEW_ITEMS) if len(new) else None),
        Group(len(strangers), shown, _mean(strangers, settings)),
    )


def _mean(values: pd.Series, settings: CompareSettings) -> Interval | None:
    if values.empty:
        return None
    drawn = bootstrap_means(values.to_numpy()[:, None], settings.resamples, settings.seed)
    lower, upper = percentile_limits(drawn)[:, 0]
    return Interval(float(values.mean()), float(lower), float(upper))


def _differences(sample: _Sample, ordered: Sequence[str]) -> list[Difference]:
    best, *others = ordered
    families = [(best, others)] if others else []
    baseline = next((name for name in ordered if is_simple(name)), None)
    if baseline is not None and baseline != best:
        families.append((baseline, [name for name in ordered if not is_simple(name)]))
    metrics = [*PER_USER, *([NEW_ITEMS] if len(sample.new[best]) else [])]
    p_values = _p_values(sample, ordered, metrics)
    return [
        difference
        for reference, models in families
        for metric in metrics
        for difference in _against(sample, models, reference, metric, p_values)
    ]


_PValues = Mapping[tuple[str, str, str], tuple[float, float]]  # by model, reference, metric: p, p by Holm


def _p_values(sample: _Sample, models: Sequence[str], metrics: Sequence[str]) -> _PValues:
    """Test all pairs of models, over the same users at once; Holm over all pairs, since the best is read off them."""
    p_values: dict[tuple[str, str, str], tuple[float, float]] = {}
    pairs = list(combinations(range(len(models)), 2))
    apart = np.zeros((len(models), len(pairs)))
    for column, (one, other) in enumerate(pairs):
        apart[[one, other], column] = 1.0, -1.0
    for same_users in ([m for m in metrics if m != NEW_ITEMS], [m for m in metrics if m == NEW_ITEMS]):
        if not same_users or not pairs:
            continue
        values = np.stack([sample.per_user(name, metric) for metric in same_users for name in models], axis=1)
        contrasts = np.kron(np.eye(len(same_users)), apart)
        p = sign_flip_p(values, sample.settings.seed, contrasts=contrasts).reshape(len(same_users), len(pairs))
        for metric, row in zip(same_users, p, strict=True):
            for (one, other), figures in zip(pairs, zip(row.tolist(), holm(row).tolist(), strict=True), strict=True):
                p_values[models[one], models[other], metric] = figures
                p_values[models[other], models[one], metric] = figures
    return p_values


def _against(
    sample: _Sample, models: Sequence[str], reference: str, metric: str, p_values: _PValues
) -> list[Difference]:
    drawn = np.stack([(sample.draws[name][metric] - sample.draws[reference][metric]) for name in models], axis=1)
    estimates = [float(sample.mean[name][metric] - sample.mean[reference][metric]) for name in models]
    pairs = [p_values[name, reference, metric] for name in models]
    figures = zip(models, estimates, *percentile_limits(drawn), *zip(*pairs, strict=True), strict=True)
    return [Difference(name, reference, metric, *map(float, numbers)) for name, *numbers in figures]
