"""The top 10 of every user: what the classical recommenders cost, alone on a log of yours and beside their peers.

The log has a "user item" pair a line, in the order of time, as the files of SASRec and BERT4Rec have; times are made
up to keep that order. Every model runs in a process of its own, so that its peak memory is its own.

    python -m benchmarks.recommend_all FILE [--models item-knn,ease]
"""

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.run import Job, measure

if TYPE_CHECKING:
    import numpy as np

    from recsys_core.data.splitting import TrainingData

K: Final = 10
MODELS: Final = ("popular", "item-knn", "ials", "bpr", "ease")
LOAD: Final = """
from benchmarks.recommend_all import {source}
from recsys_core.models.registry import make_model
from recsys_core.settings import MODELS
data = {source}({path})
"""
USERS, ITEMS, EVENTS = 6_000, 3_700, 1_300_000
OURS = """
model = make_model(MODELS[{name!r}]()).fit(data)
model.recommend(list(data.user_ids), {k})
"""
PEER_SETUP = """
import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from recsys_core.models.matrices import taken
from threadpoolctl import threadpool_limits
"""
PEER = """
matrix = taken(data.events, len(data.user_ids), len(data.item_ids)).astype(np.float32)
with threadpool_limits(1, "blas"):
    model = {peer}
    model.fit(matrix, show_progress=False)
model.recommend(np.arange(len(data.user_ids)), matrix, N={k})
"""
PEERS: Final = (
    ("ials", "AlternatingLeastSquares(32, regularization=10, alpha=5, iterations=15, random_state=1)"),
    ("item-knn", "CosineRecommender(K=100)"),
)
JOBS = tuple(
    Job(f"{name}, fit and top {K}", "1.3 M", "implicit",
        setup=LOAD.format(source="made", path="") + PEER_SETUP,
        ours=OURS.format(name=name, k=K), against=PEER.format(peer=peer, k=K))
    for name, peer in PEERS
)  # fmt: skip


def pairs(path: str) -> "TrainingData":
    """Read a file of "user item" lines, all of it for training."""
    import numpy as np
    import pandas as pd

    frame = pd.read_csv(path, sep=" ", header=None, names=["user", "item"], dtype=str)
    users, user_ids = pd.factorize(frame["user"])
    items, item_ids = pd.factorize(frame["item"])
    return _data(users, items, np.asarray(user_ids, dtype=object), np.asarray(item_ids, dtype=object))


def made(seed: int = 0) -> "TrainingData":
    """Make a log of the shape of MovieLens 1M: long tails of users and items."""
    import numpy as np

    rng = np.random.default_rng(seed)
    users = np.minimum(rng.exponential(0.3, EVENTS), 0.9999) * USERS
    items = rng.beta(0.6, 3, EVENTS) * ITEMS
    ids = (np.array([f"{kind}{n}" for n in range(size)], dtype=object) for kind, size in (("u", USERS), ("i", ITEMS)))
    return _data(users.astype(np.int64), items.astype(np.int64), *ids)


def _data(users: "np.ndarray", items: "np.ndarray", user_ids: "np.ndarray", item_ids: "np.ndarray") -> "TrainingData":
    import numpy as np

    from recsys_core.data.splitting import Events, TrainingData

    order = np.argsort(users, kind="stable")  # lines are in the order of time
    events = Events(users[order].astype(np.int32), items[order].astype(np.int32), order.astype(np.int64))
    return TrainingData(user_ids, item_ids, None, events, len(order), len(order))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line per model; 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--models", default=",".join(MODELS), help="names, separated by commas")
    options = parser.parse_args(arguments)
    load = LOAD.format(source="pairs", path=repr(str(options.file)))
    line = "{:<16} {:>20} {:>12}"
    print(line.format("model", "fit and top 10 (s)", "peak (MiB)"))
    failed = 0
    for name in options.models.split(","):
        try:
            cost = measure(OURS.format(name=name, k=K), load)
        except subprocess.CalledProcessError:
            failed = 1  # its own message is on stderr
            print(line.format(name, "failed", ""), flush=True)
        else:
            print(line.format(name, f"{cost.seconds:.2f}", f"{cost.peak:,.0f}"), flush=True)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
