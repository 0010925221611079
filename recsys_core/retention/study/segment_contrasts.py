"""The first contrast within segments of users: exploration, corrected for the number of segments."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import words
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.estimators.inference import chi_square_p
from recsys_core.retention.estimators.kaplan_meier import ConfType
from recsys_core.retention.estimators.logrank import benjamini_hochberg
from recsys_core.retention.estimators.restricted_mean import restricted_mean, restricted_mean_difference
from recsys_core.retention.population.arm_curves import MIN_AT_RISK, arm_curves
from recsys_core.retention.population.cohorts import EXISTING
from recsys_core.retention.population.covariates import look_up, ready
from recsys_core.retention.population.lifetimes import SurvivalTable

_THIRDS = 3
_MOST_ATTRIBUTES = 12


@dataclass(frozen=True)
class Segment:
    """The contrast among the users of one level of an attribute.

    Attributes
    ----------
    attribute, level
        "country", "NL".
    users
        Of the arm and of the reference.
    difference
        Restricted mean of the arm minus that of the reference; None where `note` says why there is none.
    p_bh
        Its p value after Benjamini and Hochberg's correction over all segments; None where nothing is tested.
    """

    attribute: str
    level: str
    users: tuple[int, int]
    difference: RestrictedMean | None
    p_bh: float | None = None
    note: str = ""


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
    left_out: tuple[str, ...] = ()  # sentences: attributes that make no segments


def segment_frame(
    dataset: Dataset, table: SurvivalTable, names: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Look up segments for a population: words as they are, numbers in thirds.

    Parameters
    ----------
    names
        Attributes; empty: "existing" and every user attribute that makes segments, at most 12.

    Returns
    -------
    tuple
        One column of words per attribute, one row per user in the order of `table.users`; and sentences about
        attributes that were left out.

    Raises
    ------
    SettingsError
        For an asked attribute that the data set does not have.
    """
    found = look_up(dataset, table, names or (EXISTING, *dataset.user_attributes)[:_MOST_ATTRIBUTES])
    columns, left_out = {}, []
    for name in found.columns:
        try:
            column = ready(name, found[name])[name]
        except SettingsError as error:
            left_out.append(str(error))
            continue
        if column.nunique() > 1:
            columns[name] = _levels(name, column)
        elif names:
            left_out.append(f"{name} has one value for all users judged here.")
    return pd.DataFrame(columns, index=table.users.index), tuple(left_out)


def segments(
    users: pd.DataFrame, levels: pd.DataFrame, contrast: tuple[str, str], horizon: int, form: ConfType = "log-log"
) -> Segments:
    """Repeat a contrast within every level of every attribute.

    Parameters
    ----------
    users
        Columns arm, duration (days), lapsed: of a survival table.
    levels
        From `segment_frame`.
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
    rows = [
        _segment(users[levels[name] == level], (str(name), level), (contrast, horizon, form))
        for name in levels
        for level in _ordered(levels[name])
    ]
    p_values = [row.difference.p if row.difference else None for row in rows]
    corrected = iter(benjamini_hochberg([p for p in p_values if p is not None]).tolist())
    filled = tuple(
        row if p is None else replace(row, p_bh=float(next(corrected))) for row, p in zip(rows, p_values, strict=True)
    )
    return Segments(*contrast, horizon, filled, tuple(_heterogeneity(filled)))


def _levels(name: str, column: pd.Series) -> pd.Series:
    if name == EXISTING:
        return pd.Series(np.where(column, "seen before", "new"), index=column.index)
    if not pd.api.types.is_numeric_dtype(column) or column.nunique() <= _THIRDS:
        return column.astype(str)
    edges = np.unique(np.quantile(column, [1 / 3, 2 / 3], method="lower"))
    names = [f"up to {words.number(edges[0], _digits(edges))}"]
    names += [f"over {words.number(edge, _digits(edges))}" for edge in edges]
    if len(edges) > 1:
        names[1] += f" to {words.number(edges[1], _digits(edges))}"
    place = np.searchsorted(edges, column.to_numpy(), side="left")
    return pd.Series(np.array(names)[place], index=column.index)


def _digits(edges: np.ndarray) -> int:
    return 0 if np.all(edges == np.round(edges)) else 2


def _ordered(column: pd.Series) -> list[str]:
    """Thirds in their own order, else the most frequent level first."""
    sizes = column.value_counts()
    names = sorted(sizes.index, key=lambda level: (-sizes[level], level))
    thirds = [n for n in names if n.startswith(("up to ", "over "))]
    return sorted(names, key=lambda n: (not n.startswith("up to "), " to " not in n)) if thirds == names else names


def _segment(users: pd.DataFrame, named: tuple[str, str], asked: tuple[tuple[str, str], int, ConfType]) -> Segment:
    contrast, horizon, form = asked
    sizes = tuple(int((users[col.ARM] == arm).sum()) for arm in contrast)
    here = (sizes[0], sizes[1])
    if min(here) < MIN_AT_RISK:
        few = contrast[int(np.argmin(here))]
        note = f"{words.counted(min(here), 'user')} of {few}; it takes {MIN_AT_RISK}"
        return Segment(*named, here, None, note=note)
    mine = users[users[col.ARM].isin(contrast)]
    mine = mine.assign(**{col.ARM: mine[col.ARM].cat.remove_unused_categories()})
    curves = {curve.name: curve.curve for curve in arm_curves(mine, form)}
    short = min(contrast, key=lambda arm: curves[arm].last_time)
    if curves[short].last_time < horizon:
        note = f"{short} is followed for {words.counted(curves[short].last_time, 'day')}"
        return Segment(*named, here, None, note=note)
    means = [restricted_mean(curves[arm], horizon) for arm in contrast]
    return Segment(*named, here, restricted_mean_difference(means[0], means[1]))


def _heterogeneity(rows: tuple[Segment, ...]) -> Iterator[Heterogeneity]:
    for name in dict.fromkeys(row.attribute for row in rows):
        found = [r.difference for r in rows if r.attribute == name and r.difference and r.difference.stderr > 0]
        if len(found) < 2:
            continue
        estimate, weight = np.array([f.estimate for f in found]), np.array([f.stderr**-2.0 for f in found])
        chisq = float(weight @ (estimate - np.average(estimate, weights=weight)) ** 2)
        yield Heterogeneity(name, chisq, len(found) - 1, chi_square_p(chisq, len(found) - 1))
