"""The options of every stage: what to import, how to split, what to train, how lapses count, what to print."""

from dataclasses import dataclass
from typing import ClassVar

from recsys_core.settings.import_limits import ImportLimits
from recsys_core.settings.model_settings import MODELS
from recsys_core.settings.stage import Stage, option


@dataclass(frozen=True)
class LogSettings(Stage):
    """Files of a data set, and which column is what."""

    stage: ClassVar[str] = "data"

    log: str = option("", "Log", "Path of the interaction log: CSV or Parquet, one row per event.", path=True)
    items: str = option("", "Items table", "Path of a table with one row per item; optional.", path=True)
    users: str = option("", "Users table", "Path of a table with one row per user; optional.", path=True)
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
    id_table: bool = option(
        False, "Keep the way back",
        "Keep a table of pseudonyms and ids, encrypted: whoever has its key can tell who is behind a pseudonym.",
        advanced=True,
    )  # fmt: skip
    keep_personal: tuple[str, ...] = option(
        (), "Personal columns kept",
        "Columns of the users and items tables that look like personal data and are stored all the same.",
    )  # fmt: skip
    drop_isolated_times: bool = option(
        True,
        "Drop stray times",
        "Leave out the few events that lie far before or after all the others.",
        advanced=True,
    )


@dataclass(frozen=True)
class DataSettings(ImportLimits, LogSettings):
    """What to import, and which column is what. An empty column name means: guess it."""


@dataclass(frozen=True)
class SplitSettings(Stage):
    """What models learn from and what they are tested on."""

    stage: ClassVar[str] = "split"

    method: str = option(
        "global-time", "Split",
        "'global-time': learn before one moment, test after it. The others let the future into training (leaky) and "
        "are for comparison with papers; 'file' takes the test rows from a file.",
        choices=("global-time", "leave-last-out", "random", "file"),
    )  # fmt: skip
    test_from: str = option(
        "", "Test starts",
        "Moment from which on events are tested, ISO 8601 in UTC. Empty: as late as affinity cohorts allow, at most "
        "at 80 % of the log.", dates=True,
    )  # fmt: skip
    test_share: float = option(
        0.2, "Test share", "Share of events that a random split tests.", low=0.01, high=0.9, advanced=True
    )
    validation_share: float = option(
        0.1, "Validation share", "Share of the training events, the last in time, on which early stopping decides.",
        low=0.01, high=0.5, advanced=True,
    )  # fmt: skip
    test_file: str = option(
        "", "Test file",
        "Table of test events with the log's user and item columns, beside the study file; for the split 'file'.",
        advanced=True, path=True,
    )  # fmt: skip
    events: tuple[str, ...] = option(
        (), "Events learnt from", "Events that models learn and are tested on. Empty: every event but impressions."
    )
    filter_seen: bool = option(
        True, "New items only",
        "Recommend and test items the user has not met. Switch off where users come back to the same items.",
    )  # fmt: skip
    seed: int = option(1, "Seed", "Seed of a random split.", low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True)
class TrainSettings(Stage):
    """Which recommenders are trained."""

    stage: ClassVar[str] = "train"

    enabled: bool = option(True, "Train models", "Whether a run of the study trains and compares recommenders.")
    models: tuple[str, ...] = option(
        (), "Models", "Models to train. Empty: all that the data allow; those that read text need item texts.",
        choices=MODELS,
    )  # fmt: skip
    priority: int = option(
        0, "Priority", "Runs with a higher one leave the queue first; among equals, those queued first.",
        low=-100, high=100, advanced=True,
    )  # fmt: skip


@dataclass(frozen=True)
class CompareSettings(Stage):
    """How models are compared."""

    stage: ClassVar[str] = "compare"

    models: tuple[str, ...] = option((), "Models", "Models to compare. Empty: every finished one.", choices=MODELS)
    k: int = option(10, "List length", "Length of the lists that are judged.", low=1, high=50)
    arm_models: tuple[str, ...] = option(
        (), "Arms and models",
        "Which model stands for which logged arm, as in bert=bi-encoder, cf=item-knn. Empty: arms named like a model.",
    )  # fmt: skip
    resamples: int = option(
        1000, "Resamples", "Bootstrap resamples of users for intervals.", low=100, high=10_000, advanced=True
    )
    seed: int = option(1, "Seed", "Seed of the resamples.", low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True)
class RetentionSettings(Stage):
    """How lapses are counted and arms compared."""

    stage: ClassVar[str] = "retention"

    cohort: str = option(
        "", "Compare users by",
        "'recommender' for the logged arm at first exposure, 'affinity' for the model that ranked a user's next items "
        "higher, a user attribute, or 'all' for one curve. Empty: the recommender where the log names one, else one "
        "curve.",
    )  # fmt: skip
    models: tuple[str, ...] = option(
        (), "Models of the affinity cohorts", "The two models that are compared on what users took next.",
        choices=MODELS,
    )  # fmt: skip
    landmark_days: int = option(
        14, "Landmark window, days",
        "Affinity: days after the split over which new items decide a user's cohort; the clock starts at their end.",
        low=1, high=365,
    )  # fmt: skip
    inactivity_days: int | None = option(
        None, "Lapsed after, days", "A user has lapsed after a gap longer than this. Empty: read it off the gaps.",
        low=1, high=365,
    )  # fmt: skip
    horizon_days: int | None = option(
        None, "Horizon, days", "Days over which arms are compared. Empty: as far as every arm is followed, at most 60, "
        "or three gaps where these are longer.",
        low=1, high=3650,
    )  # fmt: skip
    report_day: int | None = option(
        None, "Points at day",
        "Day whose survival is compared in points. Empty: 30, or half a horizon of another length.",
        low=1, high=3650,
    )  # fmt: skip
    activity_events: tuple[str, ...] = option(
        (), "Counts as coming back", "Events that count as activity. Empty: every event but impressions."
    )
    covariates: tuple[str, ...] = option(
        (), "Adjust for",
        "User attributes known at first exposure; 'existing' is computed: seen before the first exposure.",
    )  # fmt: skip
    estimand: str = option(
        "everyone", "Adjusted for whom",
        "Whom adjusted contrasts speak of: 'everyone', or by 'overlap' weights the users whom both arms could have "
        "served, which works where an arm never served some kind of user.",
        choices=("everyone", "overlap"), advanced=True,
    )  # fmt: skip
    randomised: bool = option(
        True,
        "Arms were assigned at random",
        "If not, the verdict says 'associated with', and neither arm sizes nor what was known at first exposure are "
        "tested against the claim.",
    )
    expected_shares: tuple[str, ...] = option(
        (),
        "Planned shares",
        "Planned share of each arm, as in bert=0.5, cf=0.5. Empty: equal shares.",
        advanced=True,
    )
    time_varying_arm: bool = option(
        False, "Arm varies over time",
        "Fit Cox with the arm in force at each moment, lagged by the gap; for logs where users really switch.",
        advanced=True,
    )  # fmt: skip
    looks: int | None = option(
        None, "Looks",
        "How often this study is looked at while it runs, this time included. More than one: limits widen so that they "
        "hold at all looks together. Empty: not told, and limits hold for one look only.", low=1, high=1000,
    )  # fmt: skip
    margin_days: float | None = option(
        None, "Margin, days",
        "A difference of fewer days is not worth having. Arms are called equal only where every interval lies inside. "
        "Empty: none is set, and arms are never called equal.", low=0.01, high=3650.0,
    )  # fmt: skip
    segments: tuple[str, ...] = option(
        (), "Segments", "User attributes within which the first contrast is repeated. Empty: all that have few values.",
        advanced=True,
    )  # fmt: skip
    smallest_arm: int = option(
        30, "Smallest arm, users",
        "Arms of fewer users, such as misspelt names, or of fewer lapses than a third of it, are left out where two "
        "others remain.", low=1, high=1000,
        advanced=True,
    )  # fmt: skip
    without_switchers: bool = option(
        False, "Without switchers", "Leave out users who later met another arm; a sensitivity run, not the answer.",
        advanced=True,
    )  # fmt: skip
    new_users_from_start: bool = option(
        False, "Product started with the log",
        "Then everybody is new and there is no burn-in.", advanced=True,
    )  # fmt: skip
    burn_in_days: int | None = option(
        None, "Burn-in, days",
        "Without arms: users first seen in the log's first days may be old users and are left out, unless a user "
        "attribute such as signup_date says that they are new. Empty: as long as the gap.", low=0, high=365,
        advanced=True,
    )  # fmt: skip
    log_end: str = option(
        "",
        "Log ends",
        "Moment up to which the log is complete, ISO 8601 in UTC. Empty: the last event.",
        advanced=True,
        dates=True,
    )
    missing_days: tuple[str, ...] = option(
        (), "Days left out",
        "Dates that the log does not hold, such as an outage: 2026-03-11, or 2026-03-11..2026-03-19, in the time zone "
        "below. The clock stands still over them, so that they make no gap longer.", advanced=True, dates=True,
    )  # fmt: skip
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

    source: str = option(
        "", "Move users of", "Arm whose users would move. Empty: the one of the verdict's pair with the shorter stay."
    )
    target: str = option("", "to", "Arm that would serve them. Empty: the other of the verdict's pair.")
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


SECTIONS = (
    "curves", "pace", "contrasts", "over-time", "segments", "ranking", "staying", "weeks", "returns", "gap", "what-if",
    "data", "methods",
)  # fmt: skip


@dataclass(frozen=True)
class ReportSettings(Stage):
    """What the report holds."""

    stage: ClassVar[str] = "report"

    title: str = option("", "Title", "Title of the report. Empty: the study's title.")
    sections: tuple[str, ...] = option(
        SECTIONS, "Sections", "Sections to print; they always stand in the report's own order.", choices=SECTIONS,
    )  # fmt: skip


@dataclass(frozen=True)
class RiskSettings(Stage):
    """Who will lapse: how far ahead, and what models learn from."""

    stage: ClassVar[str] = "risk"

    days: int = option(
        30, "Days ahead", "Besides the gap: over how many days the risk of lapsing is told.", low=1, high=365
    )
    history_days: int = option(
        28, "History, days", "Days before the prediction whose activity counts; longer ones need longer logs.", low=7,
        high=365, advanced=True,
    )  # fmt: skip
    snapshots: int = option(
        4, "Training snapshots", "Weekly moments before the test from which models learn, as far as the log allows.",
        low=1, high=26, advanced=True,
    )  # fmt: skip
    seed: int = option(1, "Seed", "Seed of trees and resamples.", low=0, high=2**31 - 1, advanced=True)
