"""The options of every recommender. Its name is one string: registry key, option of a picker, start of a run id."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

from recsys_core.errors import SettingsError
from recsys_core.settings.stage import Stage, option

_BUILT_IN = "recsys_core.models.built_in"


@dataclass(frozen=True)
class ModelSettings(Stage):
    """Base of the settings of one model; `stage` is the model's name."""

    @property
    def rate_option(self) -> str:
        """Name of the option that sets the step of the gradient, where there is one."""
        return "learning_rate"

    def check(self) -> None:
        """Refuse settings that are allowed one by one and contradict each other; SettingsError."""


class ModelKinds(Mapping[str, type[ModelSettings]]):
    """Settings class of every model, by its name, in the order in which `models.cards` registered the models.

    Those that come with the product are registered when the models are first asked for: they lie in a later room, which
    is named here and not imported.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, type[ModelSettings]] = {}

    def load(self) -> None:
        """Have the models that come with the product registered, where they are not."""
        import_module(_BUILT_IN)  # at no cost from the second time on, and no thread sees half of them

    def enter(self, kind: type[ModelSettings]) -> None:
        """Make a model's settings known."""
        self._kinds[kind.stage] = kind

    def leave(self, name: str) -> None:
        """Forget a model."""
        del self._kinds[name]

    def __getitem__(self, name: str) -> type[ModelSettings]:
        """Return the settings class of a model."""
        self.load()
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        self.load()
        return iter(tuple(self._kinds))

    def __len__(self) -> int:
        """Count the models."""
        self.load()
        return len(self._kinds)


MODELS = ModelKinds()


@dataclass(frozen=True)
class PopularSettings(ModelSettings):
    """Items by how many users took them, over the whole training log."""

    stage: ClassVar[str] = "popular"


@dataclass(frozen=True)
class RecentPopularSettings(ModelSettings):
    """Items by how many users took them in the last days before the split."""

    stage: ClassVar[str] = "recent-popular"

    window_days: float = option(7.0, "Window, days", "Days before the split that count.", low=0.1, high=3650)


@dataclass(frozen=True)
class ItemKnnSettings(ModelSettings):
    """Items like those the user took, by cosine of who took them."""

    stage: ClassVar[str] = "item-knn"

    neighbours: int = option(100, "Neighbours", "Neighbours kept per item.", low=1, high=10_000)
    neighbours_of: str = option(
        "candidate", "Neighbours of",
        "Whose neighbours are kept: 'candidate', those of the item that is scored, or 'taken', those of each item the "
        "user took.",
        choices=("candidate", "taken"), advanced=True,
    )  # fmt: skip
    shrink: float = option(10.0, "Shrink", "Added to the norms: mistrusts similarities of rare items.", low=0, high=1e6)
    half_life_events: float = option(
        5.0, "Half-life, events", "An event this many events back in the user's history counts half; 0: all alike.",
        low=0, high=1e6,
    )  # fmt: skip


@dataclass(frozen=True)
class EaseSettings(ModelSettings):
    """Linear autoencoder with a closed form (Steck 2019)."""

    stage: ClassVar[str] = "ease"

    regularisation: float = option(300.0, "Regularisation", "L2 penalty on the item-item weights.", low=1e-6, high=1e9)


@dataclass(frozen=True)
class IalsSettings(ModelSettings):
    """Matrix factors for implicit feedback by alternating least squares (Hu, Koren, Volinsky 2008)."""

    stage: ClassVar[str] = "ials"

    factors: int = option(32, "Factors", "Length of the user and item vectors.", low=1, high=1024)
    regularisation: float = option(10.0, "Regularisation", "L2 penalty on the vectors.", low=0, high=1e6)
    alpha: float = option(5.0, "Confidence", "Weight of an event: confidence alpha * r.", low=0, high=1e6)
    iterations: int = option(15, "Iterations", "Passes over users and items.", low=1, high=1000)
    seed: int = option(1, "Seed", "Seed of the first vectors.", low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True)
class BprSettings(ModelSettings):
    """Matrix factors learnt from pairs of a taken and an untaken item (Rendle et al. 2009)."""

    stage: ClassVar[str] = "bpr"

    factors: int = option(64, "Factors", "Length of the user and item vectors.", low=1, high=1024)
    learning_rate: float = option(0.01, "Learning rate", "Step of the gradient.", low=1e-6, high=1)
    regularisation: float = option(0.01, "Regularisation", "L2 penalty on the vectors.", low=0, high=1e3)
    iterations: int = option(100, "Iterations", "Passes over the events.", low=1, high=10_000)
    seed: int = option(1, "Seed", "Seed of vectors and samples.", low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True)
class EncoderSettings(ModelSettings):
    """Base of the settings of a model that reads item texts by a pretrained encoder."""

    encoder: str = option(
        "", "Encoder",
        "Folder of a pretrained BERT-like model, or its hub name where downloads are on. Empty: the packaged MiniLM "
        "(English).", path=True,
    )  # fmt: skip


@dataclass(frozen=True)
class TextSimilaritySettings(EncoderSettings):
    """Items whose text is like what the user took, by a frozen BERT: the control that nothing was trained for."""

    stage: ClassVar[str] = "text-similarity"

    whitened_size: int = option(
        64, "Whitened size", "Embeddings are whitened to this length; 0: taken raw.", low=0, high=4096
    )
    half_life_events: float = option(
        0.0, "Half-life, events", "An event this many events back in the user's history counts half; 0: all alike.",
        low=0, high=1e6,
    )  # fmt: skip
    max_tokens: int = option(64, "Tokens", "Longer item texts are cut.", low=8, high=512, advanced=True)


@dataclass(frozen=True)
class NextItemSettings(ModelSettings):
    """Base of the settings of a model that learns the next item by steps of a gradient (`models.next_item`)."""

    history_items: int = option(5, "History, items", "Last items of a user that make the history text.", low=5, high=50)
    max_pairs: int = option(
        10_000, "Training pairs", "At most so many (history, next item) pairs an epoch, the latest first.",
        low=100, high=100_000_000,
    )  # fmt: skip
    epochs: int = option(1, "Epochs", "Passes over the pairs; fewer where validation stops improving.", low=1, high=100)
    batch_size: int = option(
        64, "Batch size", "Pairs per batch; the other pairs are the negatives.", low=2, high=65_536
    )
    learning_rate: float = option(2e-4, "Learning rate", "Peak step of AdamW.", low=1e-8, high=1)
    evaluations: int = option(
        2, "Evaluations", "Evaluations on validation in an epoch; each ranks all items.", low=1, high=100
    )
    refit: bool = option(
        True, "Refit", "After early stopping, learn from the validation period too: one pass over its latest pairs.",
        advanced=True,
    )  # fmt: skip
    patience: int = option(
        3, "Patience", "Evaluations without a better validation NDCG before training stops.", low=1, high=100
    )
    batch_tokens: int = option(
        32_768, "Tokens per batch", "Batches of long texts hold fewer pairs, to stay below this, padding counted.",
        low=256, high=16_777_216, advanced=True,
    )  # fmt: skip
    accumulation: int = option(
        1, "Batches per step",
        "Batches whose gradients are added before the weights change. Processes share them: with 2, one each.",
        low=1, high=1024, advanced=True,
    )  # fmt: skip
    seed: int = option(1, "Seed", "Seed of the order of pairs and of dropout.", low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True)
class BiEncoderSettings(NextItemSettings, EncoderSettings):
    """BERT fine-tuned so that the text of a user's history lies near the text of the next item."""

    stage: ClassVar[str] = "bi-encoder"

    frozen: bool = option(
        False, "Frozen encoder", "Train a head on cached embeddings only: much faster, and the encoder learns nothing."
    )
    lora_rank: int = option(
        0, "LoRA rank",
        "Train low-rank additions to the encoder's linear layers (Hu et al. 2022) of this rank; 0: train all weights.",
        low=0, high=512,
    )  # fmt: skip
    temperature: float = option(0.05, "Temperature", "Divides the cosine before the softmax.", low=1e-3, high=10)
    popularity_correction: bool = option(
        True,
        "Popularity correction",
        "Take log popularity off in-batch negatives (logQ); without it popular items lose.",
    )
    max_tokens: int = option(64, "Item tokens", "Longer item texts are cut.", low=8, high=512, advanced=True)
    history_tokens: int = option(
        16, "History tokens", "Tokens of each item's text that go into the history text.", low=4, high=512,
        advanced=True,
    )  # fmt: skip
    gradient_checkpointing: bool = option(
        False, "Gradient checkpointing", "Compute layers twice instead of keeping them: long texts in less memory.",
        advanced=True,
    )  # fmt: skip
    compiled: str = option(
        "auto", "Compiled", "Compile the encoder with torch.compile; 'auto': on a GPU, where it pays after a minute.",
        choices=("auto", "on", "off"), advanced=True,
    )  # fmt: skip
    negatives: str = option(
        "batch", "Negatives",
        "'batch': the other pairs' items, and those drawn beside them; 'catalogue': every item, with a frozen encoder.",
        choices=("batch", "catalogue"), advanced=True,
    )  # fmt: skip
    drawn_negatives: int = option(
        0, "Drawn negatives", "Items drawn at random for each batch, as further negatives of all its pairs.",
        low=0, high=65_536, advanced=True,
    )  # fmt: skip
    head_learning_rate: float = option(
        3e-3, "Learning rate of the head", "Peak step of AdamW with a frozen encoder.", low=1e-8, high=1, advanced=True
    )
    precision: str = option(
        "auto", "Precision", "'auto': bfloat16 where the machine has it in hardware, else float32.",
        choices=("auto", "fp32", "bf16"), advanced=True,
    )  # fmt: skip

    @property
    def rate_option(self) -> str:
        """The head's where the encoder learns nothing."""
        return "head_learning_rate" if self.frozen else "learning_rate"

    def check(self) -> None:
        """Refuse what only one kind of bi-encoder can do; SettingsError."""
        if self.frozen and self.lora_rank:
            raise SettingsError("model-frozen-with-lora", model=self.stage, rank=self.lora_rank)
        if self.negatives == "catalogue" and (not self.frozen or self.drawn_negatives):
            raise SettingsError("model-catalogue-negatives", model=self.stage)
