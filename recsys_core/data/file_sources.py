"""Tables in files: text in any shape, Parquet, and folders of parts. Nothing is interpreted here but the outer form."""

from dataclasses import dataclass
from pathlib import Path

from recsys_core.data.bounds import check_columns, check_measured, check_size, check_swollen
from recsys_core.data.raw_table import AS_IT_COMES, RawTable, Reading
from recsys_core.data.text_file import open_text_file
from recsys_core.data.unpack import PACKED
from recsys_core.engine.protocol import Engine, UnreadableError
from recsys_core.errors import DataError
from recsys_core.machine import sha256_of

_TEXT = (".csv", ".tsv", ".txt", ".dat", ".inter", *PACKED)


@dataclass(frozen=True)
class ParquetFiles:
    """A Parquet file, or a folder of them read as one table, columns matched by name."""

    path: Path
    files: tuple[Path, ...]
    reading: Reading = AS_IT_COMES

    @property
    def name(self) -> str:
        """As `Source.name`."""
        return self.path.name

    def scan(self, engine: Engine) -> RawTable:
        """As `Source.scan`."""
        if self.path.is_file() and self.path.stat().st_size == 0:
            raise DataError("parquet-empty", file=self.name)
        limits = self.reading.limits
        size = check_size(self.name, self.files, limits)
        try:
            table = engine.read_parquet(self.files)
            check_columns(self.name, len(table.columns), limits)
            measured = engine.measure(table)
        except UnreadableError as err:
            raise DataError("parquet-unreadable", file=self.name, reason=err.reason) from None
        if measured.rows == 0:
            raise DataError("parquet-without-rows", file=self.name)
        check_measured(self.name, measured, limits)
        check_swollen(self.name, measured.size, size, limits)
        return RawTable(self.name, table, measured.rows)

    def fingerprint(self) -> str:
        """As `Source.fingerprint`."""
        return sha256_of(*self.files)


@dataclass(frozen=True)
class TextFile:
    """A text file of fields, plain, `.gz` or `.zst`."""

    path: Path
    reading: Reading = AS_IT_COMES

    @property
    def name(self) -> str:
        """As `Source.name`."""
        return self.path.name

    def scan(self, engine: Engine) -> RawTable:
        """As `Source.scan`."""
        check_size(self.name, (self.path,), self.reading.limits)
        return open_text_file(engine, self.path, self.reading)

    def fingerprint(self) -> str:
        """As `Source.fingerprint`."""
        return sha256_of(self.path)


@dataclass(frozen=True)
class TextParts:
    """A folder of text files of one table, each written as `TextFile` takes it, in the order of their names."""

    path: Path
    reading: Reading = AS_IT_COMES

    @property
    def name(self) -> str:
        """As `Source.name`."""
        return self.path.name

    def scan(self, engine: Engine) -> RawTable:
        """As `Source.scan`; every part must have the columns of the first."""
        check_size(self.name, self._files(), self.reading.limits)
        parts = [TextFile(file, self.reading).scan(engine) for file in self._files()]
        first = parts[0]
        for part in parts[1:]:
            if set(part.columns) != set(first.columns):
                raise DataError(
                    "parts-differ", file=part.source, columns=part.columns, first=first.source, wanted=first.columns
                )
        table = first.table
        for part in parts[1:]:
            table = table.union(part.table.select(*first.columns))
        notes = tuple(note for part in parts for note in part.notes)
        return RawTable(self.name, table, sum(p.rows for p in parts), sum(p.unreadable for p in parts), notes)

    def fingerprint(self) -> str:
        """As `Source.fingerprint`."""
        return sha256_of(*self._files())

    def _files(self) -> list[Path]:
        files = [path for path in sorted(self.path.iterdir()) if path.suffix.lower() in _TEXT and path.is_file()]
        parts = [path for path in files if not path.name.startswith((".", "_"))]
        if not parts:
            raise DataError("folder-without-parts", folder=self.name)
        return parts
