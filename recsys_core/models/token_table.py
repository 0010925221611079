"""Token ids of many texts in one array, so that batches are cut, joined and padded without a loop over texts."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Self

import numpy as np

from recsys_core.workspace import write_atomic


@dataclass(frozen=True)
class TokenTable:
    """Rows of token ids, one after the other.

    Attributes
    ----------
    ids
        Ids of all rows, int32; may be mapped from a file.
    ends
        Where each row begins, and last where the last one ends: (rows + 1,) int64.
    """

    ids: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[Sequence[int] | np.ndarray]) -> Self:
        """Put rows one after the other."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = np.concatenate([np.asarray(row, dtype=np.int32) for row in rows]) if len(rows) else np.empty(0, np.int32)
        return cls(flat, _ends(lengths))

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self.ids[self.ends[row] : self.ends[row + 1]]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[row] for row in range(len(self)))

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each row, int64."""
        return np.diff(self.ends)

    def take(self, rows: np.ndarray) -> Self:
        """Give these rows, in this order."""
        lengths = self.lengths[rows]
        return type(self)(self.ids[_places(self.ends[:-1][rows], lengths)], _ends(lengths))

    def first(self, most: int) -> Self:
        """Cut every row to its first `most` ids."""
        lengths = np.minimum(self.lengths, most)
        return type(self)(self.ids[_places(self.ends[:-1], lengths)], _ends(lengths))

    def followed_by(self, tail: Sequence[int]) -> Self:
        """Put the same ids behind every row."""
        lengths = self.lengths + len(tail)
        ends = _ends(lengths)
        ids = np.empty(ends[-1], dtype=np.int32)
        own = np.ones(len(ids), dtype=bool)
        for back, token in enumerate(reversed(tail), start=1):
            ids[ends[1:] - back], own[ends[1:] - back] = token, False
        ids[own] = self.ids
        return type(self)(ids, ends)

    def joined(self, counts: np.ndarray, room: int, drop: int = 0) -> Self:
        """Join neighbouring rows into one.

        Parameters
        ----------
        counts
            How many rows make each new one; they add up to the number of rows.
        room
            Most ids of a new row: the rest is cut.
        drop
            Ids left out at the end of each new row: a separator that separates nothing.
        """
        starts = self.ends[_ends(counts)]
        lengths = np.clip(np.diff(starts) - drop, 0, room)
        return type(self)(self.ids[_places(starts[:-1], lengths)], _ends(lengths))

    def padded(self, head: Sequence[int] = (), tail: Sequence[int] = (), multiple: int = 1) -> tuple[np.ndarray, ...]:
        """Ids and mask, (rows, longest) int64, with `head` before and `tail` behind every row.

        A row without any id gets one, of padding. The padding's id does not matter, since the mask hides it.

        Parameters
        ----------
        multiple
            The longest is rounded up to a multiple of this.
        """
        own = self.lengths
        lengths = np.maximum(own + len(head) + len(tail), 1)
        width = -(-int(lengths.max(initial=1)) // multiple) * multiple
        ids = np.zeros((len(self), width), dtype=np.int64)
        mask = np.arange(width) < lengths[:, None]
        inner = np.arange(width) - len(head)
        ids[(inner >= 0) & (inner < own[:, None])] = self.ids[self.ends[0] : self.ends[-1]]
        ids[:, : len(head)] = head
        for back, token in enumerate(reversed(tail), start=1):
            ids[np.arange(len(self)), lengths - back] = token
        return ids, mask.astype(np.int64)


def kept_tokens(cache: Path | None, identity: str, texts: Sequence[str], make: Callable[[], TokenTable]) -> TokenTable:
    """Tokenise texts once: later the ids are mapped from a file, which costs no memory of one's own.

    Parameters
    ----------
    cache
        Folder of the file; None: nothing is kept.
    identity
        Whatever else decides the tokens: encoder and cut.
    """
    if cache is None:
        return make()
    key = hashlib.sha256(identity.encode())
    for text in texts:
        content = text.encode()
        key.update(b"%d " % len(content) + content)
    path = cache / f"tokens-{key.hexdigest()[:32]}.npy"
    found = _mapped(path, len(texts))
    if found is None:
        table, out = make(), BytesIO()
        np.save(out, np.concatenate([table.lengths.astype(np.int32), table.ids]), allow_pickle=False)
        write_atomic(path, out.getvalue())
        found = _mapped(path, len(texts)) or table
    return found


def _mapped(path: Path, rows: int) -> TokenTable | None:
    """Map a file of lengths and ids; None where it is not there, or not whole."""
    try:
        content = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if content.dtype != np.int32 or content.ndim != 1 or len(content) < rows:
        return None
    ends = _ends(content[:rows])
    return TokenTable(content[rows:], ends) if ends[-1] == len(content) - rows else None


def _ends(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _places(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Places of the ids of rows that begin at `starts`, row after row."""
    before = np.concatenate([[0], np.cumsum(lengths[:-1], dtype=np.int64)]) if len(lengths) else np.empty(0, np.int64)
    return np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
