"""Every option of a study, declared once: one frozen dataclass per stage, and StudySettings for all of them.

An option carries its label, its help, and what is allowed; pages draw it, the command line sets it with
`--set field=value`, study files store it under its stage's name, and results carry the values that were used.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_type_hints

from recsys_core.errors import SettingsError


def option(
    default: Any, label: str, help_text: str, *, low: float | None = None, high: float | None = None,
    choices: Sequence[str] = (), advanced: bool = False,
) -> Any:  # fmt: skip
    """Declare one option: its default, the words shown beside it, and what is allowed."""
    meta = {
        "label": label,
        "help": help_text,
        "low": low,
        "high": high,
        "choices": tuple(choices),
        "advanced": advanced,
    }
    return field(default=default, metadata=meta)


def _names(value: Any) -> tuple[str, ...]:
    """A list from TOML, or the comma-separated form of the command line, as a tuple of names."""
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _number(kind: type, value: Any) -> Any:
    number = float(value)
    if not math.isfinite(number) or (kind is int and not number.is_integer()):
        raise ValueError(value)
    return kind(number)


def _coerce(kind: Any, value: Any) -> Any:
    """Turn what a TOML file or the command line gives into the option's type; ValueError where it cannot be."""
    if NoneType in get_args(kind):
        if value is None or value == "":
            return None
        kind = next(k for k in get_args(kind) if k is not NoneType)
    if kind is bool:
        if isinstance(value, bool):
            return value
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).lower() not in words:
            raise ValueError(value)
        return words[str(value).lower()]
    if kind in (int, float):
        if isinstance(value, bool):
            raise ValueError(value)
        return _number(kind, value)
    if kind is str:
        if not isinstance(value, str):
            raise ValueError(value)
        return value
    return _names(value)


_KIND_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def _kind_name(kind: Any) -> str:
    plain = next((k for k in get_args(kind) if k is not NoneType), kind) if NoneType in get_args(kind) else kind
    return _KIND_NAMES.get(plain, "a list of names")


@dataclass(frozen=True)
class Stage:
    """Base of the settings of one stage: checks what it is given, changes by copy, and speaks TOML."""

    stage: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Bring every value to its type and refuse what is not allowed."""
        hints = get_type_hints(type(self))
        for spec in fields(self):
            given = getattr(self, spec.name)
            try:
                value = _coerce(hints[spec.name], given)
            except (TypeError, ValueError):
                wanted = _kind_name(hints[spec.name])
                raise SettingsError(
                    f"{self.stage}.{spec.name} is {given!r}, but it must be {wanted}. {spec.metadata['help']}"
                ) from None
            self._check_allowed(spec.name, value, spec.metadata)
            object.__setattr__(self, spec.name, value)

    def _check_allowed(self, name: str, value: Any, meta: Mapping[str, Any]) -> None:
        if value is None:
            return
        if meta["choices"]:
            allowed = ", ".join(repr(c) for c in meta["choices"])
            for entry in value if isinstance(value, tuple) else (value,):
                if entry not in meta["choices"]:
                    verb = "holds" if isinstance(value, tuple) else "is"
                    raise SettingsError(f"{self.stage}.{name} {verb} {entry!r}; allowed are {allowed}.")
        low, high = meta["low"], meta["high"]
        if (low is not None and value < low) or (high is not None and value > high):
            between = f"between {low:g} and {high:g}" if high is not None else f"{low:g} or more"
            raise SettingsError(f"{self.stage}.{name} is {value:g}; allowed is {between}.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build from a mapping; an unknown name is refused with the names that exist.

        Raises
        ------
        SettingsError
            For an unknown field, a value of the wrong type, or one outside its bounds.
        """
        return cls().changed(values)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Copy with some fields changed; same errors as `from_dict`."""
        known = [spec.name for spec in fields(self)]
        for name in values:
            if name not in known:
                raise SettingsError(
                    f"There is no setting {self.stage}.{name}. The settings of this stage are: {', '.join(known)}."
                )
        return replace(self, **dict(values))

    def to_dict(self) -> dict[str, Any]:
        """Fields that are set, lists for tuples: what TOML can hold (it has no null)."""
        pairs = ((spec.name, getattr(self, spec.name)) for spec in fields(self))
        return {k: list(v) if isinstance(v, tuple) else v for k, v in pairs if v is not None}


@dataclass(frozen=True)
class DataSettings(Stage):
    """What to import, and which column is what. An empty column name means: guess it."""

    stage: ClassVar[str] = "data"

    log: str = option("", "Log", "Path of the interaction log: CSV or Parquet, one row per event.")
    items: str = option("", "Items table", "Path of a table with one row per item; optional.")
    users: str = option("", "Users table", "Path of a table with one row per user; optional.")
    user: str = option("", "User", "Column that says who.")
    item: str = option("", "Item", "Column that says what.")
    time: str = option("", "Time", "Column that says when: ISO 8601, epoch seconds or milliseconds.")
    event: str = option("", "Event", "Column that names the kind of event (view, click, purchase).")
    value: str = option("", "Value", "Column with a number per event (rating, minutes, price).")
    recommender: str = option("", "Recommender", "Column that names the recommender that served the event.")
    propensity: str = option("", "Propensity", "Column with the probability of the logged choice.")
    text: tuple[str, ...] = option((), "Item text", "Columns of the items table that hold title and description.")
    separator: str = option("", "Separator", "What parts the fields of a text file; empty means: find out.")
    columns: tuple[str, ...] = option((), "Column names", "Names for a log file without a header row.")
    item_columns: tuple[str, ...] = option((), "Item column names", "Names for an items file without a header row.")
    user_columns: tuple[str, ...] = option((), "User column names", "Names for a users file without a header row.")
    guess: bool = option(True, "Guess columns", "Guess the columns that are not named; if not, they do not exist.")
    pseudonymise: bool = option(True, "Pseudonymise users", "Replace user ids by keyed hashes on import.")
    drop_isolated_times: bool = option(
        True,
        "Drop stray times",
        "Leave out the few events that lie far before or after all the others.",
        advanced=True,
    )


@dataclass(frozen=True)
class RetentionSettings(Stage):
    """How lapses are counted and arms compared."""

    stage: ClassVar[str] = "retention"

    cohort: str = option(
        "", "Compare users by",
        "'recommender' for the logged arm at first exposure, a user attribute, or 'all' for one curve. "
        "Empty: the recommender where the log names one, else one curve.",
    )  # fmt: skip
    inactivity_days: int | None = option(
        None, "Lapsed after, days", "A user has lapsed after a gap longer than this. Empty: read it off the gaps.",
        low=1, high=365,
    )  # fmt: skip
    horizon_days: int | None = option(
        None, "Horizon, days", "Days over which arms are compared. Empty: as far as every arm is followed, at most 60.",
        low=1, high=3650,
    )  # fmt: skip
    report_day: int | None = option(
        None, "Points at day", "Day whose survival is compared in points. Empty: 30, or half a shorter horizon.",
        low=1, high=3650,
    )  # fmt: skip
    activity_events: tuple[str, ...] = option(
        (), "Counts as coming back", "Events that count as activity. Empty: every event but impressions."
    )
    covariates: tuple[str, ...] = option(
        (), "Adjust for",
        "User attributes known at first exposure; 'existing' is computed: seen before the first exposure.",
    )  # fmt: skip
    randomised: bool = option(
        True,
        "Arms were assigned at random",
        "If not, the verdict says 'associated with' and arm sizes are not tested.",
    )
    expected_shares: tuple[str, ...] = option(
        (),
        "Planned shares",
        "Planned share of each arm, as in bert=0.5, cf=0.5. Empty: equal shares.",
        advanced=True,
    )
    without_switchers: bool = option(
        False, "Without switchers", "Leave out users who later met another arm; a sensitivity run, not the answer.",
        advanced=True,
    )  # fmt: skip
    burn_in_days: int | None = option(
        None, "Burn-in, days",
        "Without arms: users first seen in the log's first days may be old users and are left out. Empty: as long as "
        "the gap.", low=0, high=365, advanced=True,
    )  # fmt: skip
    log_end: str = option(
        "",
        "Log ends",
        "Moment up to which the log is complete, ISO 8601 in UTC. Empty: the last event.",
        advanced=True,
    )
    day_rule: str = option(
        "elapsed", "Days are", "24-hour periods from the start, or calendar dates in the time zone below.",
        choices=("elapsed", "calendar"), advanced=True,
    )  # fmt: skip
    time_zone: str = option("UTC", "Time zone", "IANA name; used for calendar days and start weeks.", advanced=True)
    confidence_form: str = option(
        "log-log", "Interval form", "Transform on which the limits of a curve are symmetric.",
        choices=("log-log", "log", "plain"), advanced=True,
    )  # fmt: skip
    seed: int = option(1, "Seed", "Seed of the bootstrap resamples.", low=0, high=2**31 - 1, advanced=True)
    resamples: int = option(
        200,
        "Resamples",
        "Bootstrap resamples of users for adjusted contrasts.",
        low=50,
        high=5000,
        advanced=True,
    )


@dataclass(frozen=True)
class ScenarioSettings(Stage):
    """A what-if: part of one arm's users served by another."""

    stage: ClassVar[str] = "scenario"

    source: str = option("", "Move users of", "Arm whose users would move. Empty: the arm that keeps users shortest.")
    target: str = option("", "to", "Arm that would serve them. Empty: the arm that keeps users longest.")
    share: float = option(0.5, "Share moved", "Fraction of the users that would move.", low=0.0, high=1.0)
    day: int | None = option(
        None,
        "Counted at day",
        "Day at which kept users are counted. Empty: the retention page's.",
        low=1,
        high=3650,
    )
    value_per_day: float = option(
        0.0, "Value of one kept day", "Money or points that one kept day is worth.", low=0.0, high=1e9
    )
    resamples: int = option(1000, "Resamples", "Bootstrap resamples of users.", low=100, high=10_000, advanced=True)
    seed: int = option(1, "Seed", "Seed of the resamples.", low=0, high=2**31 - 1, advanced=True)


SECTIONS = ("curves", "contrasts", "weeks", "gap", "what-if", "data", "methods")


@dataclass(frozen=True)
class ReportSettings(Stage):
    """What the report holds."""

    stage: ClassVar[str] = "report"

    title: str = option("", "Title", "Title of the report. Empty: the study's title.")
    sections: tuple[str, ...] = option(
        SECTIONS, "Sections", "Sections to print; they always stand in the report's own order.", choices=SECTIONS,
    )  # fmt: skip


_STAGES: Mapping[str, type[Stage]] = {
    kind.stage: kind for kind in (DataSettings, RetentionSettings, ScenarioSettings, ReportSettings)
}


@dataclass(frozen=True)
class StudySettings:
    """All settings of a study; the content of a study file.

    Attributes
    ----------
    title
        Name of the study, shown on pages and reports.
    folder
        Folder against which the paths of `data` are read; not stored.
    """

    title: str = ""
    data: DataSettings = DataSettings()
    retention: RetentionSettings = RetentionSettings()
    scenario: ScenarioSettings = ScenarioSettings()
    report: ReportSettings = ReportSettings()
    folder: Path = field(default=Path(), compare=False)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], folder: Path = Path()) -> Self:
        """Build from nested mappings, one per stage; raises SettingsError as `Stage.from_dict` does."""
        unknown = [name for name in values if name not in _STAGES and name != "title"]
        if unknown:
            raise SettingsError(
                f"The study has a section [{unknown[0]}]; allowed are title, {', '.join(f'[{s}]' for s in _STAGES)}."
            )
        stages: dict[str, Any] = {}
        for name, kind in _STAGES.items():
            given = values.get(name, {})
            if not isinstance(given, Mapping):
                raise SettingsError(f"[{name}] must be a section with one line per setting, found {given!r}.")
            stages[name] = kind.from_dict(given)
        return cls(title=str(values.get("title", "")), folder=folder, **stages)

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a study file.

        Raises
        ------
        SettingsError
            If the file is missing, is no TOML, or holds something that is not allowed.
        """
        path = Path(path)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SettingsError(f"There is no study file {path}. Give the path of a TOML file.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
            raise SettingsError(f"{path} is not a readable TOML file: {err}. Mend that line and run again.") from None
        except OSError as err:
            raise SettingsError(f"{path} cannot be read: {err.strerror}. Give the path of a TOML file.") from None
        return cls.from_dict(values, path.resolve().parent)

    def to_toml(self) -> str:
        """The study file that `from_toml` reads back to equal settings; fields at their default are left out."""
        import tomli_w

        plain: dict[str, Any] = {"title": self.title}
        for name, kind in _STAGES.items():
            default = kind().to_dict()
            own = {k: v for k, v in getattr(self, name).to_dict().items() if v != default.get(k)}
            if own:
                plain[name] = own
        return tomli_w.dumps(plain)

    def changed(self, stage: str, values: Mapping[str, Any]) -> Self:
        """Copy with some fields of one stage changed; SettingsError for an unknown stage, and as `Stage.changed`."""
        if stage not in _STAGES:
            raise SettingsError(f"There is no stage {stage!r}. The stages are: {', '.join(_STAGES)}.")
        return replace(self, **{stage: getattr(self, stage).changed(values)})
