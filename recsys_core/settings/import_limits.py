"""How much an import takes at most, and which times it believes."""

from dataclasses import dataclass
from typing import ClassVar

from recsys_core.settings.stage import Stage, option


@dataclass(frozen=True)
class ImportLimits(Stage):
    """What an import takes at most: files beyond it are refused in a sentence instead of being tried."""

    stage: ClassVar[str] = "data"

    most_file_gb: float = option(
        50.0, "Largest file", "Gigabytes that a file, or all parts of a folder together, may have.",
        low=0.001, high=10_000, advanced=True,
    )  # fmt: skip
    most_unpacked_gb: float = option(
        100.0, "Largest content", "Gigabytes that the content of a file may have once it is unpacked.",
        low=0.001, high=10_000, advanced=True,
    )  # fmt: skip
    most_ratio: float = option(
        100.0, "Largest ratio",
        "How many times its size a packed file may hold, beyond the first 64 MiB; logs hold 3 to 30 times.",
        low=1, high=100_000, advanced=True,
    )  # fmt: skip
    most_rows: int = option(
        1_000_000_000, "Most rows", "Rows that a table may have.", low=1, high=100_000_000_000, advanced=True
    )
    most_columns: int = option(
        1_000, "Most columns", "Columns that a table may have.", low=2, high=5_000, advanced=True
    )
    most_cell_kb: int = option(
        1_024, "Longest cell", "Kilobytes that one cell may hold.", low=1, high=1_024, advanced=True
    )  # the reader of text takes lines of 2 MB
    most_memory_gb: float = option(
        4.0, "Memory of an import",
        "Gigabytes that the engine may keep in memory while it imports; the rest goes to the disk. Never over half of "
        "what the computer has.",
        low=0.5, high=1_000, advanced=True,
    )  # fmt: skip
    most_process_gb: float = option(
        6.0, "Memory of its process",
        "Gigabytes that the process of an import may take in all, its engine with it; beyond them it is stopped.",
        low=0.5, high=1_000, advanced=True,
    )  # fmt: skip
    most_seconds: int = option(
        3_600, "Longest import", "Seconds after which an import is stopped.", low=1, high=1_000_000, advanced=True
    )
    most_preview_seconds: int = option(
        60, "Longest preview", "Seconds that the page Data takes at most to look at a file before it is imported.",
        low=1, high=1_000_000, advanced=True,
    )  # fmt: skip
    earliest_time: str = option(
        "1990-01-01", "Earliest time",
        "Moment, ISO 8601 in UTC, before which a time of the log is not believed and its row left out.",
        advanced=True, dates=True,
    )  # fmt: skip
    days_ahead: int = option(
        1, "Days ahead of now", "Days after the import up to which a time of the log is believed.",
        low=0, high=36_500, advanced=True,
    )  # fmt: skip
