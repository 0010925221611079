"""The models that come with the product, in the order of every list of models: a line each."""

from recsys_core.models.built_in.bi_encoder_card import BI_ENCODER
from recsys_core.models.built_in.ease_card import EASE
from recsys_core.models.built_in.factors_cards import BPR, IALS
from recsys_core.models.built_in.neighbours_card import ITEM_KNN
from recsys_core.models.built_in.popular_cards import POPULAR, RECENT_POPULAR
from recsys_core.models.built_in.text_similarity_card import TEXT_SIMILARITY
from recsys_core.models.cards import register

for card in (POPULAR, RECENT_POPULAR, ITEM_KNN, EASE, IALS, BPR, TEXT_SIMILARITY, BI_ENCODER):
    register(card)
