"""Results in the server's memory, bounded in bytes: those that were not asked for the longest go first."""

import threading
from collections import OrderedDict
from typing import Any, Final

from recsys_core.result_files import NOTHING

MOST_BYTES: Final = 64 << 20  # as files; as objects they take about four times as many
_LEAST = 1 << 10


class ResultMemory:
    """Keeps results by their keys. They are frozen, so every session is given the same object."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, ...], tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...]) -> Any:
        """Return what is kept, or `NOTHING`."""
        with self._lock:
            if key not in self._kept:
                return NOTHING
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: tuple[str, ...], found: Any, size: int) -> None:
        """Keep a result of so many bytes."""
        size = max(size, _LEAST)
        with self._lock:
            self._bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = found, size
            while self._bytes > self._most and len(self._kept) > 1:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone
