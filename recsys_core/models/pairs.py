"""What a bi-encoder learns from: the items a user took before, and the item taken next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from recsys_core.data.splitting import Events
from recsys_core.metrics.ranking import ndcg
from recsys_core.models.matrices import taken

_POOL_BATCHES = 32  # sorted by length together, so that batches are of like length and still mixed


@dataclass(frozen=True)
class Histories:
    """The items of each user, once each, in the order of their first event.

    Attributes
    ----------
    events
        First events of (user, item), sorted by user and time.
    starts
        Place of each user's first event, (n_users + 1,); the last one is the number of events.
    """

    events: Events
    starts: np.ndarray

    @classmethod
    def of(cls, events: Events, users: int) -> Self:
        """Take events as they stand in `TrainingData`; `users` is the number of users."""
        pairs = events.users.astype(np.int64) << 32 | events.items
        first = np.zeros(len(events), dtype=bool)
        first[np.unique(pairs, return_index=True)[1]] = True
        kept = events.where(first)
        return cls(kept, np.searchsorted(kept.users, np.arange(users + 1)))

    def before(self, places: np.ndarray, size: int) -> list[np.ndarray]:
        """Last `size` items of the user before each of these events, the latest first."""
        begins = np.maximum(self.starts[self.events.users[places]], places - size)
        return [self.events.items[a:b][::-1] for a, b in zip(begins, places, strict=True)]

    def last(self, users: np.ndarray, size: int) -> list[np.ndarray]:
        """Last `size` items of each user, the latest first; empty for users without a history."""
        ends = self.starts[users + 1]
        begins = np.maximum(self.starts[users], ends - size)
        return [self.events.items[a:b][::-1] for a, b in zip(begins, ends, strict=True)]


@dataclass(frozen=True)
class Pairs:
    """Histories and the item that followed each.

    Attributes
    ----------
    users, targets
        Codes, (n,).
    histories
        Item codes before the target, the latest first; none is empty.
    seen
        Every item each user has in training, (n_users, n_items): none of them is a negative for the user.
    log_share
        Log of each item's share of the targets, (n_items,) float32: how likely it is met as a negative.
    """

    users: np.ndarray
    targets: np.ndarray
    histories: list[np.ndarray]
    seen: sparse.csr_matrix
    log_share: np.ndarray

    @classmethod
    def latest(
        cls, events: Events, shape: tuple[int, int], history_items: int, most: int, since: int | None = None
    ) -> Self:
        """Make the latest `most` pairs of training events.

        Parameters
        ----------
        events
            As they stand in `TrainingData`.
        shape
            Numbers of users and items.
        history_items
            Items of a history.
        since
            UTC epoch seconds: only targets taken then or later.
        """
        known = Histories.of(events, shape[0])
        users, times = known.events.users, known.events.times
        places = np.flatnonzero(np.r_[False, users[1:] == users[:-1]])
        if since is not None:
            places = places[times[places] >= since]
        places = np.sort(places[np.argsort(times[places], kind="stable")[-most:]])
        targets = known.events.items[places]
        counts = np.bincount(targets, minlength=shape[1])
        shares = np.log(np.maximum(counts, 1) / max(len(places), 1)).astype(np.float32)
        return cls(users[places], targets, known.before(places, history_items), taken(events, *shape), shares)

    def __len__(self) -> int:
        return len(self.users)

    def no_negatives(self, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Tell which items are no negatives for which row: whatever its user has in training, the target among it.

        Parameters
        ----------
        rows
            Of the pairs, (n,).
        items
            Codes, (m,): the targets of the rows, in their order, and maybe others.

        Returns
        -------
        numpy.ndarray
            (n, m) bool; False where a row meets its own target in its own place.
        """
        banned = self.seen[self.users[rows]][:, items].toarray().astype(bool)
        np.fill_diagonal(banned, val=False)
        return banned


def batches_of_pairs(lengths: np.ndarray, most: int, tokens: int, epochs: int, seed: int) -> list[np.ndarray]:
    """Rows of each batch, epoch after epoch.

    Each epoch is shuffled, then sorted by length within pools of batches, and the batches are shuffled again. A batch
    holds `most` rows, or fewer where they would be more than `tokens` with their padding. What does not fill the last
    batch of an epoch is left out of it: few rows are few negatives.

    Parameters
    ----------
    lengths
        Tokens of each row, (n,).
    most, tokens
        Bounds of a batch; two rows are taken whatever they cost, since one alone has no negatives.
    """
    rng = np.random.default_rng(seed)
    most = min(most, len(lengths))
    found: list[np.ndarray] = []
    for _ in range(epochs):
        rows = rng.permutation(len(lengths))
        rows = rows[: len(rows) // most * most]
        pools = np.array_split(rows, range(most * _POOL_BATCHES, len(rows), most * _POOL_BATCHES))
        batches = [batch for pool in pools for batch in _cut(pool[np.argsort(-lengths[pool], kind="stable")], lengths,
                                                             most, tokens)]  # fmt: skip
        found += [batches[place] for place in rng.permutation(len(batches))]
    return found


def _cut(rows: np.ndarray, lengths: np.ndarray, most: int, tokens: int) -> Iterator[np.ndarray]:
    """Cut rows, the longest first, into batches; one row that is left over joins the batch before it."""
    start = 0
    while start < len(rows):
        size = max(2, min(most, tokens // max(1, int(lengths[rows[start]]))))
        if len(rows) - start - size == 1:
            size += 1
        yield rows[start : start + size]
        start += size


@dataclass(frozen=True)
class Probe:
    """A sample of users whose next items are known: what validation ranks for them.

    Attributes
    ----------
    users
        Codes, (n,).
    histories
        Item codes, the latest first.
    seen, targets
        Items before and after, (n, n_items); no target has been seen.
    """

    users: np.ndarray
    histories: list[np.ndarray]
    seen: sparse.csr_matrix
    targets: sparse.csr_matrix

    @classmethod
    def of(cls, before: Events, after: Events, shape: tuple[int, int], history_items: int, most: int) -> Self:
        """Sample at most `most` users who have events before, and new items after."""
        seen, later = taken(before, *shape), taken(after, *shape)
        later = (later - later.multiply(seen)).tocsr()
        later.eliminate_zeros()
        fit = np.flatnonzero((np.diff(seen.indptr) > 0) & (np.diff(later.indptr) > 0))
        users = np.sort(np.random.default_rng(0).permutation(fit)[:most])
        histories = Histories.of(before, shape[0]).last(users, history_items)
        return cls(users, histories, seen[users], later[users])

    def ndcg(self, scores: np.ndarray, k: int = 10) -> np.ndarray:
        """NDCG at k of each user over all items, seen ones left out; (n,).

        A target that ties with other items is ranked in the middle of them. Järvelin, Kekäläinen 2002.

        Parameters
        ----------
        scores
            (n, n_items); changed: seen items get -inf.
        """
        ranks = []
        for row, own in enumerate(scores):
            own[self.seen.indices[self.seen.indptr[row] : self.seen.indptr[row + 1]]] = -np.inf
            wanted = own[self.targets.indices[self.targets.indptr[row] : self.targets.indptr[row + 1]]]
            ranks.append(1 + (own[:, None] > wanted).sum(axis=0) + ((own[:, None] == wanted).sum(axis=0) - 1) / 2)
        owners = np.repeat(np.arange(len(self.users)), [len(own) for own in ranks])
        return ndcg(np.concatenate(ranks), owners, len(self.users), k)
