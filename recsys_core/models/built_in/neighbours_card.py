"""The card of item neighbours."""

from recsys_core.models.built_in.rules import NUMBER, light_cost
from recsys_core.models.cards import Cost, Described, ModelCard
from recsys_core.settings.model_settings import ItemKnnSettings


def _cost(data: Described, settings: ItemKnnSettings) -> Cost:
    return light_cost(data, disk_bytes=data.items * min(settings.neighbours, data.items) * 2 * NUMBER)


ITEM_KNN = ModelCard(
    settings=ItemKnnSettings,
    home="recsys_core.models.neighbours:ItemKnn",
    family="collaborative",
    cost=_cost,
    simple=True,
)
