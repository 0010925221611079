"""Which class makes which model. Classes are imported when they are asked for: some need torch."""

from importlib import import_module
from pathlib import Path

from recsys_core.errors import SettingsError
from recsys_core.models.base import Recommender, read_card
from recsys_core.settings import MODELS, ModelSettings

_HOMES = {
    "popular": ("popular", "Popular"),
    "recent-popular": ("popular", "RecentPopular"),
    "item-knn": ("neighbours", "ItemKnn"),
    "ease": ("ease", "Ease"),
    "ials": ("als_bpr", "Ials"),
    "bpr": ("als_bpr", "Bpr"),
    "text-similarity": ("text_similarity", "TextSimilarity"),
    "bi-encoder": ("bi_encoder", "BiEncoder"),
}


def model_class(name: str) -> type[Recommender]:
    """Return the class of a model.

    Raises
    ------
    SettingsError
        For a name that no model has.
    """
    if name not in _HOMES:
        raise SettingsError(f"There is no model {name!r}. The models are: {', '.join(MODELS)}.")
    module, kind = _HOMES[name]
    return getattr(import_module(f"recsys_core.models.{module}"), kind)


def make_model(settings: ModelSettings) -> Recommender:
    """Make an untrained model."""
    return model_class(settings.stage)(settings)


def load_model(folder: Path) -> Recommender:
    """Read a saved model of any kind; WorkspaceError where the folder holds none."""
    return model_class(read_card(folder)["name"]).load(folder)
