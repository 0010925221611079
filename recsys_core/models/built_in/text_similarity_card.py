"""The card of text similarity."""

from recsys_core.models.built_in.text_rules import encoder_cost
from recsys_core.models.cards import Cost, Described, ModelCard
from recsys_core.settings.model_settings import TextSimilaritySettings


def _cost(data: Described, settings: TextSimilaritySettings) -> Cost:
    del settings
    return encoder_cost(data)


TEXT_SIMILARITY = ModelCard(
    settings=TextSimilaritySettings,
    home="recsys_core.models.text_similarity:TextSimilarity",
    family="text",
    cost=_cost,
    needs=frozenset({"text", "torch"}),
    packages=("torch", "transformers"),
    encoders=("encoder",),
)
