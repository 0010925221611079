"""The card of the bi-encoder."""

from recsys_core.models.built_in.rules import cores
from recsys_core.models.built_in.text_rules import (
    ENCODER_MB,
    PAIR_MB,
    PAIR_SECONDS,
    TEXT_SECONDS,
    encoder_cost,
    steps_cost,
)
from recsys_core.models.cards import Cost, Described, ModelCard
from recsys_core.settings.model_settings import BiEncoderSettings

_FROZEN_SHARE = 0.02  # of a pair's time, where the encoder does not learn


def _cost(data: Described, settings: BiEncoderSettings) -> Cost:
    base = encoder_cost(data)
    if settings.frozen:
        return steps_cost(data, settings, base, pair_seconds=PAIR_SECONDS * _FROZEN_SHARE)
    from recsys_core.models.encoder_files import weights_bytes

    rounds = settings.epochs * settings.evaluations + 1
    return steps_cost(
        data, settings, base, pair_seconds=PAIR_SECONDS, pair_mb=PAIR_MB, weights_bytes=weights_bytes(settings.encoder),
        weights_mb=ENCODER_MB, ranking_seconds=(rounds * data.items + data.users) * TEXT_SECONDS / cores(),
    )  # fmt: skip


BI_ENCODER = ModelCard(
    settings=BiEncoderSettings,
    home="recsys_core.models.bi_encoder:BiEncoder",
    family="text",
    cost=_cost,
    version=2,
    needs=frozenset({"text", "torch"}),
    packages=("torch", "transformers"),
    encoders=("encoder",),
)
