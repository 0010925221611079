"""From visits to what decides: days engaged by two methods, pace told apart, several arms held together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Interval, Message, message
from recsys_core.retention.adjustment.weights import UserWeights, user_weights
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.estimators.inference import interval, normal_p
from recsys_core.retention.estimators.looks import critical_value
from recsys_core.retention.pace.arm_pairs import AllPairs, Figure, PairFigures, WeightsOf, compare_pairs, engaged_apart
from recsys_core.retention.pace.best import best_limits, smallest_shown
from recsys_core.retention.pace.shown_share import shown_share
from recsys_core.retention.pace.thinning import SPAN
from recsys_core.retention.pace.visits import Visits, find_visits, share_of_days
from recsys_core.retention.population.concurrency import week_of
from recsys_core.retention.population.prepared import Prepared, covariates_of
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.arm_results import ArmResult
from recsys_core.retention.study.decision import ArmPace, BestComparison, Decision, PaceRatio, PairDecision
from recsys_core.retention.study.spells import Resurrection

_START_WEEK = "start week"
_Key = tuple[str, str]


def decide(ready: Prepared, arms: Sequence[ArmResult], returns: Resurrection | None) -> Decision:
    """Compare all arms by both methods.

    Parameters
    ----------
    ready
        The prepared study, of two arms or more.
    arms
        As found under the fixed gap.
    returns
        Who came back after a lapse; None where that is not known.
    """
    names = sorted(arm.name for arm in arms)
    visits, users = find_visits(ready.dataset, ready.cohorts, ready.counting, ready.log_end, names)
    horizon, looks = ready.resolved.horizon, ready.settings.looks
    weights_of, weighted = _weighting(ready, users)
    log_days = (ready.log_end - ready.dataset.first_time) / col.DAY_SECONDS
    found = compare_pairs(visits, horizon, log_days, ready.settings.seed, weights_of)
    order = _order(found, arms)
    pairs = tuple(_pair(found, key, horizon, looks) for key in _keys(order))
    return Decision(
        order=order,
        pairs=pairs,
        arms=tuple(_arm(name, found, visits, (horizon, looks), arms, returns) for name in order),
        best=_best(found, order) if len(order) > 2 else (),
        horizon=horizon,
        matched_gap=found.gap,
        matched_horizon=_of(found, _keys(order)[0]).matched_days,
        critical=_critical(_of(found, _keys(order)[0]).engaged, horizon, looks),
        smallest=smallest_difference(found, order, horizon, looks),
        weighted=weighted,
        apart=_days(engaged_apart(visits, order[0], order[1], horizon, weights_of), horizon, horizon, looks),
    )


def _weighting(ready: Prepared, users: pd.DataFrame) -> tuple[WeightsOf | None, tuple[Message, ...]]:
    """Weigh users by what contrasts are adjusted for; nothing where they are not."""
    frame = covariates_of(ready, SurvivalTable.of_frame(_as_survival(users), (), ready.log_end))
    by = [_verbatim(name) for name in frame.columns]
    if ready.cohorts.concurrency and ready.cohorts.concurrency.weigh:
        frame = frame.assign(**{_START_WEEK: week_of(users[col.START].to_numpy())})
        by.append(message("start-week"))
    if not by:
        return None, ()

    def weights_of(arm: str, reference: str) -> UserWeights:
        mine = users[col.ARM].isin([arm, reference]).to_numpy()
        treated = (users.loc[mine, col.ARM] == arm).to_numpy(dtype=float)
        return user_weights(treated, frame.loc[mine], overlap=ready.settings.estimand == "overlap")

    return weights_of, tuple(by)


def _as_survival(users: pd.DataFrame) -> pd.DataFrame:
    return users.assign(**{col.DURATION: 0, col.LAPSED: False, "switched": False})


def _order(found: AllPairs, arms: Sequence[ArmResult]) -> tuple[str, ...]:
    """Arms, most days engaged first; as under the fixed gap where the model gave none."""
    names = [arm.name for arm in arms]
    if len(found.engaged) < len(names):
        return tuple(names)
    wins = {name: sum(_difference(found, name, other) > 0 for other in names if other != name) for name in names}
    return tuple(sorted(names, key=lambda name: (-wins[name], -found.engaged[name].estimate)))


def _difference(found: AllPairs, arm: str, reference: str) -> float:
    engaged = _of(found, (arm, reference)).engaged
    return engaged.estimate if engaged else 0.0


def _keys(order: Sequence[str]) -> list[_Key]:
    return [(arm, reference) for at, arm in enumerate(order) for reference in order[at + 1 :]]


def _of(found: AllPairs, key: _Key) -> PairFigures:
    """Figures of a pair in the direction asked for."""
    if key in found.pairs:
        return found.pairs[key]
    pair = found.pairs[key[::-1]]
    engaged, matched, log_ratio, pace = map(_turned, (pair.engaged, pair.matched, pair.log_ratio, pair.pace))
    return PairFigures(engaged, matched, log_ratio, pace, pair.matched_days, pair.not_applied)


def _turned(figure: Figure | None) -> Figure | None:
    return None if figure is None else Figure(-figure.estimate, -figure.influence)


def _critical(figure: Figure | None, horizon: int, looks: int | None) -> float:
    return critical_value(looks, figure.stderr if figure else 1.0, horizon)


def _days(figure: Figure | None, days: int, horizon: int, looks: int | None) -> RestrictedMean | None:
    if figure is None:
        return None
    stderr, reach = figure.stderr, _critical(figure, horizon, looks) * figure.stderr
    p = normal_p(figure.estimate, stderr)
    return RestrictedMean(figure.estimate, stderr, figure.estimate - reach, figure.estimate + reach, p, days=days)


def _pair(found: AllPairs, key: _Key, horizon: int, looks: int | None) -> PairDecision:
    pair = _of(found, key)
    return PairDecision(
        arm=key[0],
        reference=key[1],
        engaged=_days(pair.engaged, horizon, horizon, looks),
        matched=_days(pair.matched, pair.matched_days, horizon, looks),
        pace=_pace(pair),
        not_applied=pair.not_applied,
    )


def _pace(pair: PairFigures) -> PaceRatio | None:
    if pair.pace is None or pair.log_ratio is None:
        return None
    log_ratio, lower, upper = pair.log_ratio.estimate, *interval(pair.log_ratio.estimate, pair.log_ratio.stderr)
    ratio = Interval(*(float(np.exp(value)) for value in (log_ratio, lower, upper)))
    p = normal_p(pair.pace.estimate, pair.pace.stderr)
    return PaceRatio(ratio, 1.0 if p is None else p)  # no spread: everybody comes alike


def _arm(
    name: str,
    found: AllPairs,
    visits: Visits,
    study: tuple[int, int | None],
    arms: Sequence[ArmResult],
    returns: Resurrection | None,
) -> ArmPace:
    horizon, looks = study
    span = (visits.arm == visits.names.index(name)) & (visits.last_day >= SPAN)
    share = share_of_days(visits)[span]
    back = next((one for one in returns.arms if one.arm == name), None) if returns else None
    shares = {row.days: row.share for row in back.returned} if back else {}
    return ArmPace(
        name=name,
        engaged=_days(found.engaged.get(name), horizon, horizon, looks),
        visit_share=float(share.mean()) if span.any() else None,
        lapses=next(arm.lapses for arm in arms if arm.name == name),
        returned_30=shares.get(30),
        returned_60=shares.get(60),
    )


def _best(found: AllPairs, order: Sequence[str]) -> tuple[BestComparison, ...]:
    against = [_of(found, (name, order[-1])).engaged if name != order[-1] else None for name in order]
    if any(one is None for one in against[:-1]):
        return ()
    influence = np.stack([one.influence if one else np.zeros_like(against[0].influence) for one in against])  # type: ignore[union-attr]
    differences = np.array([[_difference(found, a, b) if a != b else 0.0 for b in order] for a in order])
    rows = best_limits(differences, influence @ influence.T)
    return tuple(BestComparison(name, *row) for name, row in zip(order, rows.tolist(), strict=True))


def smallest_difference(found: AllPairs, order: Sequence[str], horizon: int, looks: int | None) -> float | None:
    """Return the smallest true difference in days engaged for which the first arm is named four times in five."""
    pairs = [_of(found, (order[0], other)) for other in order[1:]]
    if found.fit is None or any(pair.engaged is None or pair.matched is None for pair in pairs):
        return None
    days = pairs[0].matched_days
    share = shown_share(found.fit, found.gap, days, horizon)
    figures = [[pair.engaged, _in_days_engaged(pair.matched, share)] for pair in pairs if pair.engaged and pair.matched]
    critical = [[_critical(one, horizon, looks) for one in (pair.engaged, pair.matched)] for pair in pairs]
    return smallest_shown(figures, critical)


def _in_days_engaged(matched: Figure, share: float) -> Figure:
    """Bring a pace-matched difference, which shows a share of the days engaged, to their scale."""
    return Figure(matched.estimate / share, matched.influence / share)


def _verbatim(name: object) -> Message:
    return Message("verbatim", {"text": str(name)})
