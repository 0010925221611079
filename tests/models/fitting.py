"""Training the bi-encoder on the tiny BERT, and comparing what came of it."""

from pathlib import Path

from recsys_core.data.splitting import TrainingData
from recsys_core.models.base import Cancelled, Progress, Recommender
from recsys_core.models.registry import make_model
from recsys_core.settings import BiEncoderSettings
from recsys_core.wording.sentences import say
from tests.models.tiny_bert import topic_log

FAST = {"batch_size": 16, "learning_rate": 2e-3, "epochs": 2, "precision": "fp32", "max_pairs": 200}


class Diary(Progress):
    """Keeps what it is told; ends the training at a step."""

    def __init__(self, folder=None, stop_at=None):
        self.folder, self.stop_at, self.said = folder, stop_at, []

    def __call__(self, share, message, figures=None):
        self.said.append((share, say(message), dict(figures or {})))
        if figures and figures.get("step") == self.stop_at and "loss" in figures:
            raise Cancelled


def fitted(tiny: Path, progress: Progress | None = None, data: TrainingData | None = None, **values) -> Recommender:
    settings = BiEncoderSettings(encoder=str(tiny), **(FAST | values))
    return make_model(settings).fit(data or topic_log(), progress)


def weights(model):
    return {name: tensor.numpy().copy() for name, tensor in model.network.module.state_dict().items()}


def same(one, other):
    return all(one[name].tobytes() == other[name].tobytes() for name in one) and one.keys() == other.keys()
