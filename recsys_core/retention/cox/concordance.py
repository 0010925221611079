"""How well a Cox model orders the users: concordance with the standard error of R's concordancefit."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recsys_core.errors import DataError
from recsys_core.retention.cox.concordance_counts import Pairs, count_by_buckets
from recsys_core.retention.cox.cox_model import CoxFit
from recsys_core.retention.cox.risk_sets import IntArray
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, sum_by


class Concordance(NamedTuple):
    """Share of comparable pairs that the model orders rightly, ties in the score counted half."""

    estimate: float
    stderr: float


@dataclass(frozen=True)
class _Elements:
    """Points to be compared: an event is held against every later point of its stratum."""

    row: IntArray
    stratum: IntArray
    moment: IntArray  # dense rank of time
    is_event: FloatArray  # 1 for the earlier part of a pair, 0 for the later part


def concordance(fit: CoxFit) -> Concordance:
    """Return the concordance of the fit and its infinitesimal-jackknife standard error, by cluster where there are any.

    A pair is comparable when the earlier time is an event and the later user is at risk then; the cost is
    n log n, by splitting the time axis in halves and counting across each split in order of the score.

    Raises
    ------
    DataError
        When no two users can be compared.

    References
    ----------
    Therneau & Atkinson, vignette "Concordance" of R's survival; R survival::concordancefit.
    """
    rows, score = fit.rows, fit.linear
    counts = _count(_by_duration(rows, fit.stratum), rows, score)
    if rows.entry is not None:
        counts -= _count(_by_entry(rows, rows.entry, fit.stratum), rows, score)
    weights = rows.weights
    pairs = float(weights @ counts.sum(axis=0)) / 2
    if pairs <= 0:
        raise DataError("no-comparable-pair")
    agree, against, _ = (counts @ weights / 2 / pairs).tolist()
    somers = agree - against
    influence = weights * ((counts[0] - counts[1]) - somers * counts.sum(axis=0)) / pairs
    if fit.cluster is not None:
        influence = sum_by(fit.cluster, influence, int(fit.cluster.max()) + 1)
    return Concordance((somers + 1) / 2, math.sqrt(float(influence @ influence)) / 2)


def _count(elements: _Elements, rows: SurvivalRows, score: FloatArray) -> FloatArray:
    """Count by tables where there is one stratum and times are few, else by halving the time axis."""
    if not elements.stratum.any():
        events = elements.row.size - score.size
        event_at = np.zeros(score.size, dtype=np.int64)
        event_at[elements.row[:events]] = elements.moment[:events]
        rank = np.unique(np.round(score, 12), return_inverse=True)[1]
        later_at, own = elements.moment[events:], rows.weights * rows.event
        counts = count_by_buckets(Pairs(rank, event_at, later_at, own, rows.weights))
        if counts is not None:
            return counts
    return _count_pairs(elements, score, rows.weights)


def _by_duration(rows: SurvivalRows, stratum: IntArray) -> _Elements:
    # someone censored at the time of an event is still at risk then: events come first
    moment = np.unique(rows.duration + 1j * (1 - rows.event), return_inverse=True)[1]
    return _both_parts(rows.event, stratum, moment, moment)


def _by_entry(rows: SurvivalRows, entry: FloatArray, stratum: IntArray) -> _Elements:
    # someone who enters at the time of an event is not yet at risk then: events come first
    size = rows.duration.size
    joint = np.concatenate((rows.duration, entry)) + 1j * np.repeat([0.0, 1.0], size)
    moment = np.unique(joint, return_inverse=True)[1]
    return _both_parts(rows.event, stratum, moment[:size], moment[size:])


def _both_parts(event: FloatArray, stratum: IntArray, event_moment: IntArray, later_moment: IntArray) -> _Elements:
    events = np.flatnonzero(event > 0)
    row = np.concatenate((events, np.arange(event.size)))
    moment = np.concatenate((event_moment[events], later_moment))
    return _Elements(row, stratum[row], moment, np.repeat([1.0, 0.0], [events.size, event.size]))


def _count_pairs(elements: _Elements, score: FloatArray, weights: FloatArray) -> FloatArray:
    """Return concordant, discordant and tied weight per row, from pairs of both roles; shape (3, rows)."""
    rank = np.unique(np.round(score, 12), return_inverse=True)[1]
    order = np.lexsort((rank[elements.row], elements.stratum))
    row, moment, stratum = elements.row[order], elements.moment[order], elements.stratum[order]
    is_event, own_rank = elements.is_event[order], rank[elements.row[order]]
    counts = np.zeros((3, score.size))
    bits = max(int(moment.max()).bit_length(), 1)
    node = stratum.astype(np.int64)
    for bit in range(bits - 1, -1, -1):
        late = (moment >> bit) & 1
        event_weight = weights[row] * is_event * (1 - late)
        later_weight = weights[row] * (1 - is_event) * late
        # a high score means an early event: concordant when the earlier event scores higher
        below, tied, above = _weight_around(node, own_rank, later_weight)
        active = is_event * (1 - late)
        for kind, part in enumerate((below, above, tied)):
            counts[kind] += sum_by(row, part * active, score.size)
        below, tied, above = _weight_around(node, own_rank, event_weight)
        active = (1 - is_event) * late
        for kind, part in enumerate((above, below, tied)):
            counts[kind] += sum_by(row, part * active, score.size)
        node = node * 2 + late
        split = np.argsort(node, kind="stable")
        row, moment, node = row[split], moment[split], node[split]
        is_event, own_rank = is_event[split], own_rank[split]
    return counts


def _weight_around(node: IntArray, rank: IntArray, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the weight below, at and above each element's rank within its node (both sorted)."""
    total = np.concatenate(([0.0], np.cumsum(weight)))
    new_node = np.concatenate(([True], node[1:] != node[:-1]))
    new_run = new_node | np.concatenate(([True], rank[1:] != rank[:-1]))
    node_start, node_end = _bounds(new_node)
    run_start, run_end = _bounds(new_run)
    below = total[run_start] - total[node_start]
    tied = total[run_end] - total[run_start]
    return below, tied, total[node_end] - total[run_end]


def _bounds(starts_here: np.ndarray) -> tuple[IntArray, IntArray]:
    starts = np.flatnonzero(starts_here)
    run = np.cumsum(starts_here) - 1
    return starts[run], np.append(starts[1:], starts_here.size)[run]
