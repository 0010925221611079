"""A table or a query behind a URL: SCHEME://USER:PASSWORD@HOST:PORT/DATABASE#TABLE-OR-QUERY.

The password goes to the database and nowhere else: it is not part of the name, and neither cards nor studies keep it.
"""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from recsys_core.data.raw_table import RawTable
from recsys_core.engine.protocol import Engine
from recsys_core.errors import DataError

_LONGEST = 60


@dataclass(frozen=True)
class QuerySource:
    """A table or a query of a database; which engine reads it is for a kind of its own to say.

    Attributes
    ----------
    scheme
        Which kind of database: "postgresql".
    place
        Host, port and database, without user and password.
    query
        Name of the table, or the query.
    url
        The whole address, with what logs in; it is not shown with the object.
    """

    scheme: str
    place: str
    query: str
    url: str = field(repr=False, compare=False)

    @classmethod
    def at(cls, url: str) -> Self:
        """Take an address apart.

        Raises
        ------
        DataError
            If it names no table and no query.
        """
        try:
            parts = urlsplit(url)
            place = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
        except ValueError:
            raise DataError("query-address-unreadable") from None
        if not parts.fragment:
            raise DataError("query-names-no-table", address=f"{parts.scheme}://{place}")
        return cls(parts.scheme, place, unquote(parts.fragment), url)

    @property
    def name(self) -> str:
        """As `Source.name`."""
        short = self.query if len(self.query) <= _LONGEST else f"{self.query[: _LONGEST - 1]}…"
        return f"{self.scheme}://{self.place}#{short}"

    def scan(self, engine: Engine) -> RawTable:
        """Refuse: no engine that reads such an address is built yet; DataError."""
        raise DataError("engine-not-available", address=self.name, scheme=self.scheme, engine=engine.name)

    def fingerprint(self) -> str:
        """Refuse, as `scan`."""
        raise DataError("engine-not-available", address=self.name, scheme=self.scheme, engine="")
