"""The card of the linear autoencoder: memory and disk grow with the catalogue squared."""

from recsys_core.models.built_in.rules import MB, NUMBER, light_cost
from recsys_core.models.cards import Cost, Described, ModelCard
from recsys_core.settings.model_settings import EaseSettings

_COPIES = 3  # co-counts, their inverse, the weights


def _cost(data: Described, settings: EaseSettings) -> Cost:
    del settings
    weights = NUMBER * data.items**2
    return light_cost(data, memory_mb=_COPIES * weights / MB, disk_bytes=weights)


EASE = ModelCard(
    settings=EaseSettings,
    home="recsys_core.models.ease:Ease",
    family="collaborative",
    cost=_cost,
    look="factors",
)
