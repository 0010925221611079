"""A small log with texts that every model can learn from, and settings under which each learns fast."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from recsys_core.data.splitting import Events, TrainingData
from recsys_core.models.base import Recommender
from recsys_core.settings import MODELS, ModelSettings
from tests.models.fitting import Diary, fitted
from tests.models.tiny_bert import make_tiny_bert

USERS, ITEMS, DAY = 60, 40, 86_400
TOPICS = ("gardens", "trains", "cooking", "chess")


def small_settings(name: str, tmp: Path) -> ModelSettings:
    """Settings of a model for the small log; `tmp` is a folder for what must lie on disk, as a tiny encoder does."""
    settings = MODELS[name]()
    if not any(field.name == "encoder" for field in fields(settings)):
        return settings
    encoder, words = tmp / "bert", ("a", "book", "about", *TOPICS, "volume", *map(str, range(ITEMS)))
    return settings.changed({"encoder": str(encoder if encoder.exists() else make_tiny_bert(encoder, words=words))})


def small_data(seed: int = 0) -> TrainingData:
    """Users take items of their topic, now and then of another, some twice; the last user and item have none."""
    rng = np.random.default_rng(seed)
    rows = set()
    for user in range(USERS - 1):
        for day in range(rng.integers(1, 12)):
            topic = user % len(TOPICS) if rng.random() < 0.8 else rng.integers(len(TOPICS))
            item = int(len(TOPICS) * rng.integers((ITEMS - 1) // len(TOPICS)) + topic)
            rows.add((user, day * DAY + int(rng.integers(DAY)), item))
    users, times, items = (np.array(column) for column in zip(*sorted(rows), strict=True))
    texts = tuple(f"A book about {TOPICS[n % len(TOPICS)]}, volume {n}" for n in range(ITEMS))
    return TrainingData(
        user_ids=np.array([f"user-{n:02d}" for n in range(USERS)], dtype=object),
        item_ids=np.array([f"item-{n:02d}" for n in range(ITEMS)], dtype=object),
        texts=texts,
        events=Events(users.astype(np.int32), items.astype(np.int32), times.astype(np.int64)),
        now=12 * DAY,
        validation_from=9 * DAY,
    )


@pytest.fixture(scope="session")
def data() -> TrainingData:
    return small_data()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a BERT of two small layers."""
    return make_tiny_bert(tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture(scope="session")
def trained(tiny: Path) -> tuple[Recommender, Diary]:
    """The bi-encoder that the session trains once, and what it told; nobody may change it."""
    diary = Diary()
    return fitted(tiny, diary), diary
