"""A data set in the workspace: clean interactions as Parquet, and a card that says how they came about."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from recsys_core import columns as col
from recsys_core import engine, sums
from recsys_core.answers import Issue, Step
from recsys_core.engine.protocol import UnreadableError
from recsys_core.errors import WorkspaceError
from recsys_core.stored import fits, read_json
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    import ibis

_LISTS = ("steps", "issues", "user_attributes", "item_attributes")
_EARLIEST, _LATEST = -2_208_988_800, 7_258_118_400  # the years 1900 to 2199, UTC epoch seconds


@dataclass(frozen=True)
class Dataset:
    """A finished data set. Times are UTC epoch seconds; `events` and `recommenders` map names to rows.

    date_only
        True where the log has dates without hours; the log then ends at the end of its last date.
    pseudonym_key
        Fingerprint of the key of its pseudonyms; empty where it has none, and of data sets from before keys were
        rotated.
    """

    dataset_id: str
    title: str
    folder: Path
    rows_in: int
    rows: int
    users: int
    items: int
    first_time: int
    last_time: int
    date_only: bool
    mapping: Mapping[str, str]
    steps: tuple[Step, ...]
    issues: tuple[Issue, ...]
    events: Mapping[str, int]
    recommenders: Mapping[str, int]
    user_attributes: tuple[str, ...]
    item_attributes: tuple[str, ...]
    has_text: bool
    content: Mapping[str, str]  # role -> sha256
    settings: Mapping[str, Any]
    pseudonym_key: str = ""

    @property
    def log_end(self) -> int:
        """Last moment up to which the log can be complete: the last event, or the end of the last date."""
        if self.date_only:
            return (self.last_time // col.DAY_SECONDS + 1) * col.DAY_SECONDS - 1
        return self.last_time

    @property
    def days(self) -> float:
        """Length of the log in days."""
        return (self.log_end - self.first_time) / col.DAY_SECONDS

    def interactions(self) -> "ibis.Table":
        """Open the interactions as an Ibis table, sorted by user and time.

        Raises
        ------
        WorkspaceError
            If the file is not as it was written, also of the tables that follow.
        """
        return self._table("interactions")

    def users_table(self) -> "ibis.Table":
        """Open the users table: user_id and attributes."""
        return self._table("users")

    def items_table(self) -> "ibis.Table":
        """Open the items table: item_id, text and attributes."""
        return self._table("items")

    def _table(self, name: str) -> "ibis.Table":
        path = self.folder / f"{name}.parquet"
        damage = WorkspaceError("stored-file-damaged", file=str(path), dataset_id=self.dataset_id)
        sums.check(path, damage)
        try:
            return engine.scan(path)
        except UnreadableError:
            raise damage from None

    @classmethod
    def open(cls, workspace: Workspace, dataset_id: str) -> Self:
        """Open a finished data set.

        Raises
        ------
        WorkspaceError
            If there is none with this id, its card is damaged, or an earlier version took times into it that no page
            can count with, such as the year 9999.
        """
        folder = workspace.dataset_folder(dataset_id)
        damage = WorkspaceError("card-damaged", dataset=dataset_id, file=str(folder / "dataset.json"))
        sums.check(folder / "dataset.json", damage)
        card = read_json(folder / "dataset.json", damage)
        try:
            if not all(isinstance(card[name], list) for name in _LISTS):
                raise damage
            steps = tuple(map(_step, card.pop("steps")))
            issues = tuple(map(_issue, card.pop("issues")))
            lists: dict[str, Any] = {name: tuple(card.pop(name)) for name in ("user_attributes", "item_attributes")}
            dataset = cls(folder=folder, steps=steps, issues=issues, **lists, **card)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise damage from None
        if not fits(dataset, Dataset) or dataset.dataset_id != dataset_id or not dataset.is_believable:
            raise damage
        if not _EARLIEST <= dataset.first_time <= dataset.last_time < _LATEST:
            first, last = dataset.first_time, dataset.last_time
            raise WorkspaceError("dataset-times-not-believable", dataset=dataset_id, first=first, last=last)
        return dataset

    @property
    def is_believable(self) -> bool:
        """True where counts and times can be those of a log, believable or not."""
        return min(self.rows_in, self.rows, self.users, self.items) >= 0 and self.first_time <= self.last_time

    def card(self) -> dict[str, Any]:
        """Say what a data set is, part by part, as dataset.json does."""
        return {spec.name: getattr(self, spec.name) for spec in fields(self) if spec.name != "folder"}


def _step(card: Mapping[str, Any]) -> Step:
    """Read a cleaning step; a card of an earlier version holds its name in words."""
    if "code" in card:
        return Step.from_dict(card)
    return Step("verbatim", card["rows_in"], card["rows_out"], {"text": card["name"]})


def _issue(card: Mapping[str, Any]) -> Issue:
    """Read what was noticed; a card of an earlier version holds its words."""
    if "code" in card:
        return Issue.from_dict(card)
    words = {"issue": card["name"], "found": card["detail"], "advice": card["action"]}
    return Issue(card["level"], "verbatim", card["rows"], words)
