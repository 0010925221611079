"""What each model is, said once: the cards, and where they are registered and looked up.

A card stands beside its model's class and imports nothing heavy, so that all of them are at hand from the start; the
class itself is imported when it is asked for (`models.registry`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from recsys_core.errors import SettingsError
from recsys_core.settings.model_settings import MODELS, ModelSettings

Family = Literal["baseline", "collaborative", "text", "sequence", "hybrid"]
Need = Literal["text", "torch"]
_PLAIN: Final = ("baseline", "collaborative")
_LOOKS: Final = {"collaborative": "neighbours"}  # of the families that do not look like their own name


class Described(Protocol):
    """What a cost hangs on: how large a data set is."""

    @property
    def rows(self) -> int:
        """Events."""

    @property
    def users(self) -> int:
        """Users."""

    @property
    def items(self) -> int:
        """Items."""


@dataclass(frozen=True)
class Cost:
    """What a run takes by a rule of thumb, as measured on a laptop's cores; it knows nothing of a GPU.

    Attributes
    ----------
    seconds
        From its start to its end.
    memory_mb
        Most memory held, MB.
    disk_bytes
        What a run writes: its checkpoints, its model and its evaluation; rather too much.
    smaller
        Name of the option that memory hangs on, a number; "" where there is none.
    step_seconds
        Of one step, for a model that learns in steps; 0: it does not.
    beside_seconds
        What such a model takes beside its steps: evaluations, the refit, ranking all at the end.
    epochs
        Passes that are told while it learns in steps.
    """

    seconds: float
    memory_mb: float
    disk_bytes: int
    smaller: str = ""
    step_seconds: float = 0.0
    beside_seconds: float = 0.0
    epochs: int = 0


@dataclass(frozen=True)
class ModelCard:
    """What a model is.

    Attributes
    ----------
    settings
        Its options; their `stage` is the model's name.
    home
        Where its class is, "module:Class".
    family
        What kind of recommender it is.
    cost
        What a run takes, from a data set's description and the settings.
    version
        Of its code: raise it when the same settings give another model.
    needs
        "text": item texts; "torch": training takes it, so that one such run goes at a time.
    packages
        Whose versions stand in a run's key, since they decide the model too.
    encoders
        Options that name a text encoder: in a run's key stands what it is and not where it lies.
    inputs
        Options that name another run, or the model of one, on which this model builds.
    simple
        Whether it is one of the simple baselines, which an elaborate model has to beat.
    yardstick
        Whether every comparison should hold it.
    look
        Its kind in `charts.theme`, which gives colour, dash and shape in a legend; "": that of its family.
    """

    settings: type[ModelSettings]
    home: str
    family: Family
    cost: Callable[[Described, Any], Cost]
    version: int = 1
    needs: frozenset[Need] = frozenset()
    packages: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    simple: bool = False
    yardstick: bool = False
    look: str = ""

    @property
    def name(self) -> str:
        """Name of the model: option of a picker, start of a run's id, label in a legend."""
        return self.settings.stage

    @property
    def needs_text(self) -> bool:
        """Whether it reads item texts."""
        return "text" in self.needs

    @property
    def heavy(self) -> bool:
        """Whether training needs torch."""
        return "torch" in self.needs

    @property
    def elaborate(self) -> bool:
        """Whether it is more than a baseline or a collaborative filter."""
        return self.family not in _PLAIN

    @property
    def legend(self) -> str:
        """Name of its look."""
        return self.look or _LOOKS.get(self.family, self.family)


_cards: dict[str, ModelCard] = {}


def register(card: ModelCard) -> None:
    """Make a model known: to study files, the command line, pages, estimates, runs, comparisons and charts.

    Raises
    ------
    ValueError
        If another model has this name.
    """
    known = _cards.setdefault(card.name, card)
    if known != card:
        raise ValueError(f"two models are called {card.name}")
    MODELS.enter(card.settings)


@contextmanager
def registered(card: ModelCard) -> Iterator[None]:
    """Make a model known for the length of the block, in place of one of its name where there is one."""
    before = _known().get(card.name)
    _cards[card.name] = card
    MODELS.enter(card.settings)
    try:
        yield
    finally:
        if before is None:
            del _cards[card.name]
            MODELS.leave(card.name)
        else:
            _cards[card.name] = before
            MODELS.enter(before.settings)


def _known() -> dict[str, ModelCard]:
    MODELS.load()
    return _cards


def card_of(name: str) -> ModelCard:
    """Return the card of a model.

    Raises
    ------
    SettingsError
        For a name that no model has.
    """
    cards = _known()
    if name not in cards:
        raise SettingsError("model-unknown", model=name, models=tuple(cards))
    return cards[name]


def all_cards() -> tuple[ModelCard, ...]:
    """Return the cards in the order in which they were registered, which is that of every list of models."""
    return tuple(_known().values())


def is_simple(name: str) -> bool:
    """Tell whether a name is that of a simple baseline."""
    return name in _known() and _cards[name].simple


def is_elaborate(name: str) -> bool:
    """Tell whether a model is neither a baseline nor a collaborative filter; so are those that nobody knows."""
    return name not in _known() or _cards[name].elaborate


def yardstick() -> str:
    """Name the baseline that every comparison should hold."""
    return next(card.name for card in all_cards() if card.yardstick)
