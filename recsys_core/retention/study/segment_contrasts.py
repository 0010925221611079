"""The first contrast within segments of users: exploration, corrected for the number of segments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.estimators.inference import chi_square_p
from recsys_core.retention.estimators.kaplan_meier import ConfType
from recsys_core.retention.estimators.restricted_mean import restricted_mean, restricted_mean_difference
from recsys_core.retention.population.arm_curves import MIN_AT_RISK, arm_curves
from recsys_core.retention.population.cohorts import EXISTING
from recsys_core.retention.population.covariates import look_up, ready
from recsys_core.retention.population.hindsight import Hindsight
from recsys_core.retention.population.survival_table import SurvivalTable

_THIRDS = 3
_MOST_ATTRIBUTES = 12
Level: TypeAlias = "str | Message"


@dataclass(frozen=True)
class Segment:
    """The contrast among the users of one level of an attribute.

    Attributes
    ----------
    attribute, level
        "country", "NL"; for thirds of a number and for who was seen before, a message.
    users
        Of the arm and of the reference.
    difference
        Restricted mean of the arm minus that of the reference; None where `note` says why there is none.
    p_bh
        Its p value after Benjamini and Hochberg's correction over all segments; None where nothing is tested.
    """

    attribute: str
    level: Level
    users: tuple[int, int]
    difference: RestrictedMean | None
    p_bh: float | None = None
    note: Message | None = None


@dataclass(frozen=True)
class Heterogeneity:
    """Whether the contrast differs between the levels of an attribute: Cochran's chi-square."""

    attribute: str
    chisq: float
    df: int
    p: float


@dataclass(frozen=True)
class Segments:
    """One contrast within all segments, attribute by attribute."""

    arm: str
    reference: str
    horizon: int
    rows: tuple[Segment, ...]
    heterogeneity: tuple[Heterogeneity, ...]
    left_out: tuple[Message, ...] = ()  # attributes that make no segments


@dataclass(frozen=True)
class Levels:
    """An attribute cut into segments: their labels in reading order, and the place of each user among them."""

    attribute: str
    labels: tuple[Level, ...]
    places: np.ndarray


def segment_levels(
    dataset: Dataset, table: SurvivalTable, names: tuple[str, ...], hindsight: tuple[Hindsight, ...] = ()
) -> tuple[tuple[Levels, ...], tuple[Message, ...]]:
    """Look up segments for a population: words as they are, the most frequent first; numbers in thirds.

    Parameters
    ----------
    names
        Attributes; empty: "existing" and every user attribute that makes segments, at most 12.
    hindsight
        Attributes that were not known at a user's start; they make no segments.

    Returns
    -------
    tuple
        Attributes, each with the place of every user in the order of `table.users`; and which attributes were left
        out, and why.

    Raises
    ------
    SettingsError
        For an asked attribute that the data set does not have.
    """
    after = {one.attribute for one in hindsight}
    known = (EXISTING, *(name for name in dataset.user_attributes if name not in after))
    attributes = look_up(dataset, table, names or known[:_MOST_ATTRIBUTES])
    cut: list[Levels] = []
    left_out: list[Message] = [one.said for one in hindsight]
    for name in attributes.columns:
        try:
            column = ready(name, attributes[name])[name]
        except SettingsError as error:
            left_out.append(error.message)
            continue
        if column.nunique() > 1:
            cut.append(_levels(name, column))
        elif names:
            left_out.append(message("segment-one-value", attribute=name))
    return tuple(cut), tuple(left_out)


def segments(
    users: pd.DataFrame,
    attributes: Sequence[Levels],
    contrast: tuple[str, str],
    horizon: int,
    form: ConfType = "log-log",
) -> Segments:
    """Repeat a contrast within every level of every attribute.

    Parameters
    ----------
    users
        Columns arm, duration (days), lapsed: of a survival table.
    attributes
        From `segment_levels`.
    contrast
        Arm and reference.
    horizon
        Days of the restricted mean.
    form
        Transform of the curves' intervals.

    Returns
    -------
    Segments
        p values are corrected by Benjamini and Hochberg over all levels of all attributes: exploration. A level with
        fewer than 10 users in an arm, or an arm that is not followed to the horizon, has a note in place of figures.

    References
    ----------
    Benjamini & Hochberg 1995; heterogeneity: Cochran 1954, Q = sum (d_k - d)^2 / se_k^2 on k - 1 degrees of freedom.
    """
    from scipy.stats import false_discovery_control

    rows = [
        _segment(users[one.places == place], (one.attribute, label), (contrast, horizon, form))
        for one in attributes
        for place, label in enumerate(one.labels)
        if (one.places == place).any()
    ]
    p_values = [row.difference.p if row.difference else None for row in rows]
    corrected = iter(false_discovery_control([p for p in p_values if p is not None]).tolist())
    filled = tuple(
        row if p is None else replace(row, p_bh=float(next(corrected))) for row, p in zip(rows, p_values, strict=True)
    )
    return Segments(*contrast, horizon, filled, tuple(_heterogeneity(filled)))


def _levels(name: str, column: pd.Series) -> Levels:
    if name == EXISTING:
        return _by_size(name, np.where(column, 1, 0), (message("segment-new"), message("segment-seen-before")))
    if not pd.api.types.is_numeric_dtype(column) or column.nunique() <= _THIRDS:
        places, words = pd.factorize(column.astype(str), sort=True)
        return _by_size(name, places, tuple(words))
    edges = np.unique(np.quantile(column, [1 / 3, 2 / 3], method="lower"))
    whole = bool(np.all(edges == np.round(edges)))
    labels = [message("segment-up-to", high=float(edges[0]), whole=whole)]
    labels += [message("segment-over", low=float(edge), whole=whole) for edge in edges]
    if len(edges) > 1:
        labels[1] = message("segment-between", low=float(edges[0]), high=float(edges[1]), whole=whole)
    return Levels(name, tuple(labels), np.searchsorted(edges, column.to_numpy(), side="left"))


def _by_size(name: str, places: np.ndarray, labels: tuple[Level, ...]) -> Levels:
    """Put the most frequent level first; levels of one size stay in their order."""
    order = np.argsort(-np.bincount(places, minlength=len(labels)), kind="stable")
    return Levels(name, tuple(labels[place] for place in order), np.argsort(order)[places])


def _segment(users: pd.DataFrame, named: tuple[str, Level], study: tuple[tuple[str, str], int, ConfType]) -> Segment:
    contrast, horizon, form = study
    sizes = tuple(int((users[col.ARM] == arm).sum()) for arm in contrast)
    here = (sizes[0], sizes[1])
    if min(here) < MIN_AT_RISK:
        few = contrast[int(np.argmin(here))]
        note = message("segment-few-users", users=min(here), arm=few, least=MIN_AT_RISK)
        return Segment(*named, here, None, note=note)
    mine = users[users[col.ARM].isin(contrast)]
    mine = mine.assign(**{col.ARM: mine[col.ARM].cat.remove_unused_categories()})
    curves = {curve.name: curve.curve for curve in arm_curves(mine, form)}
    short = min(contrast, key=lambda arm: curves[arm].last_time)
    if curves[short].last_time < horizon:
        note = message("segment-followed-short", arm=short, days=int(curves[short].last_time))
        return Segment(*named, here, None, note=note)
    means = [restricted_mean(curves[arm], horizon) for arm in contrast]
    return Segment(*named, here, restricted_mean_difference(means[0], means[1]))


def _heterogeneity(rows: tuple[Segment, ...]) -> Iterator[Heterogeneity]:
    for name in dict.fromkeys(row.attribute for row in rows):
        differences = [r.difference for r in rows if r.attribute == name and r.difference and r.difference.stderr > 0]
        if len(differences) < 2:
            continue
        estimate, weight = np.array([f.estimate for f in differences]), np.array([f.stderr**-2.0 for f in differences])
        chisq = float(weight @ (estimate - np.average(estimate, weights=weight)) ** 2)
        yield Heterogeneity(name, chisq, len(differences) - 1, chi_square_p(chisq, len(differences) - 1))
