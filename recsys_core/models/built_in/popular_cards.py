"""The cards of what is popular."""

from recsys_core.models.built_in.rules import light_cost
from recsys_core.models.cards import Cost, Described, ModelCard
from recsys_core.settings.model_settings import ModelSettings, PopularSettings, RecentPopularSettings


def _cost(data: Described, settings: ModelSettings) -> Cost:
    del settings
    return light_cost(data)


POPULAR = ModelCard(
    settings=PopularSettings,
    home="recsys_core.models.popular:Popular",
    family="baseline",
    cost=_cost,
    simple=True,
)
RECENT_POPULAR = ModelCard(
    settings=RecentPopularSettings,
    home="recsys_core.models.popular:RecentPopular",
    family="baseline",
    cost=_cost,
    simple=True,
    yardstick=True,
)
