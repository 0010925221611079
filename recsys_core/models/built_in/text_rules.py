"""Rules of thumb for models that read item texts by an encoder, and for those that learn in steps."""

from dataclasses import replace
from typing import Final

from recsys_core.models.built_in.rules import MB, NUMBER, cores, light_cost
from recsys_core.models.cards import Cost, Described
from recsys_core.settings.model_settings import NextItemSettings

TORCH_MB: Final = 500.0
ENCODER_MB: Final = 90.0  # the packaged one's weights
TEXT_SECONDS: Final = 3e-2  # core seconds to embed one text with MiniLM
PAIR_SECONDS: Final = 1.4e-1  # core seconds to learn from one pair with MiniLM
PAIR_MB: Final = 12.0  # what a step of MiniLM keeps per pair for going back
_EMBEDDING: Final = 384  # of MiniLM
_REFIT_SHARE: Final = 0.5  # of an epoch's pairs, learnt once more after early stopping
_MOMENTS: Final = 3  # times the weights, beside them: gradients, and two moments of AdamW
_CHECKPOINT: Final = 3  # times the weights in a checkpoint: the weights, and two moments of AdamW
_CHECKPOINTS: Final = 3  # the two that are kept, and the one being written


def encoder_cost(data: Described) -> Cost:
    """What a model takes that embeds every item's text once, and keeps a vector for each user and item."""
    vectors = 2 * (data.items + data.users) * _EMBEDDING * NUMBER
    cost = light_cost(data, memory_mb=TORCH_MB + ENCODER_MB, disk_bytes=vectors)
    return replace(cost, seconds=cost.seconds + data.items * TEXT_SECONDS / cores())


def steps_cost(
    data: Described, settings: NextItemSettings, base: Cost, *, pair_seconds: float, pair_mb: float = 0.0,
    weights_bytes: int = 0, weights_mb: float | None = None, ranking_seconds: float = 0.0,
) -> Cost:  # fmt: skip
    """What learning by steps takes beside what the model takes anyhow.

    Parameters
    ----------
    base
        Of reading the log and of whatever else the model does.
    pair_seconds, pair_mb
        Core seconds to learn from one pair, and what a step keeps of it.
    weights_bytes, weights_mb
        Size of all that is trained: on disk, and held; the latter follows from the former by default.
    ranking_seconds
        Of all evaluations, and of ranking for everybody at the end.
    """
    pairs, pace = min(settings.max_pairs, data.rows), pair_seconds / cores()
    held = weights_bytes / MB if weights_mb is None else weights_mb
    return replace(
        base,
        seconds=base.seconds + pairs * settings.epochs * pace,
        memory_mb=base.memory_mb + _MOMENTS * held + settings.batch_size * pair_mb,
        disk_bytes=base.disk_bytes + (_CHECKPOINT * _CHECKPOINTS + 1) * weights_bytes,
        smaller="batch_size" if pair_mb else "",
        step_seconds=settings.batch_size * pace,
        beside_seconds=(_REFIT_SHARE * pairs * pace if settings.refit else 0.0) + ranking_seconds,
        epochs=settings.epochs,
    )
