"""Making and reading models. Their classes are imported when they are asked for: some need torch."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from recsys_core.models.base import INPUTS, Recommender, read_card
from recsys_core.models.cards import card_of
from recsys_core.settings import ModelSettings


def model_class(name: str) -> type[Recommender]:
    """Return the class of a model.

    Raises
    ------
    SettingsError
        For a name that no model has.
    """
    module, _, kind = card_of(name).home.partition(":")
    return getattr(import_module(module), kind)


def make_model(settings: ModelSettings, inputs: Mapping[str, Recommender] | None = None) -> Recommender:
    """Make an untrained model, on top of others where its card names such inputs."""
    return model_class(settings.stage)(settings, inputs)


def load_model(folder: Path) -> Recommender:
    """Read a saved model of any kind, with those it builds on; WorkspaceError where the folder holds none."""
    card = card_of(read_card(folder)["name"])
    inputs = {option: load_model(folder / INPUTS / option) for option in card.inputs}
    return model_class(card.name).load(folder, inputs)
