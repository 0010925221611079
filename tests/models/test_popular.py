import numpy as np

from recsys_core.data.splitting import Events, TrainingData
from recsys_core.models.registry import make_model
from recsys_core.settings import MODELS, RecentPopularSettings

DAY = 86_400
#            user, item, day
HISTORY = [(0, 0, 1), (0, 1, 2), (1, 0, 1), (2, 0, 2), (2, 2, 9), (1, 2, 9), (0, 2, 9), (3, 1, 8)]


def training(rows=HISTORY, users=5, items=4, now=10):
    rows = sorted(rows, key=lambda row: (row[0], row[2], row[1]))
    u, i, d = (np.array(column) for column in zip(*rows, strict=True))
    ids = np.array([f"u{n}" for n in range(users)], dtype=object), np.array([f"i{n}" for n in range(items)], object)
    return TrainingData(*ids, None, Events(u.astype(np.int32), i.astype(np.int32), d * DAY), now * DAY, 9 * DAY)


def test_popular_counts_users():
    model = make_model(MODELS["popular"]()).fit(training())
    assert model.popularity.tolist() == [3, 2, 3, 0]
    assert model.recommend(["u3"], 4).items.tolist() == [["i0", "i2", "i3", None]]


def test_recent_popular_puts_the_last_days_first():
    model = make_model(RecentPopularSettings(window_days=3)).fit(training())
    assert model.recommend(["nobody"], 4).items.tolist() == [["i2", "i1", "i0", "i3"]]
    assert model.recommend(["nobody"], 4).fallback.tolist() == [True]
