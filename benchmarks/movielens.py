"""MovieLens 100k under the split of the published Microsoft benchmark: our figures beside those to reproduce.

The folder holds `ml-100k.inter` (MovieLens 100k in atomic-file form) and `microsoft_split_is_test.txt` (1 where that
row is tested). Every held-out row counts as relevant and training is on who took what, ratings left aside; the whole
catalogue is ranked without the user's training items; an item that ties stands in the middle of those it ties with.

    python -m benchmarks.movielens FOLDER
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.run import Job

if TYPE_CHECKING:
    import numpy as np

    from recsys_core.data.splitting import Split
    from recsys_core.models.base import Recommender
    from recsys_core.settings import ModelSettings

JOBS: tuple[Job, ...] = ()  # accuracy is measured here; what it costs stands in recommend_all
K: Final = 10
SEEDS: Final = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Row:
    """Settings by name of the model, and nDCG, precision and recall to reproduce; none where it is not published."""

    label: str
    model: str
    settings: dict[str, object]
    published: tuple[float, ...] = ()
    seeds: tuple[int, ...] = ()


ROWS: Final = (
    Row("popular", "popular", {}, (0.2524, 0.2287, 0.1132)),
    Row("item-knn, of taken items", "item-knn", {"half_life_events": 0, "neighbours_of": "taken"},
        (0.3879, 0.3318, 0.1781)),
    Row("item-knn, of candidates", "item-knn", {"half_life_events": 0}),
    Row("ease, 300", "ease", {"regularisation": 300}, (0.4842, 0.4221, 0.2296)),
    Row("ials, 32, 10, alpha 5", "ials", {"alpha": 5}, (0.4544, 0.3995, 0.2272), SEEDS),
    Row("ials, 32, 10, alpha 4", "ials", {"alpha": 4}, (0.4544, 0.3995, 0.2272), SEEDS),
    Row("bpr", "bpr", {}, (), SEEDS),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line per model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    line = "{:<26} {:<22} {:<22} {:<22} {:>8}"
    print(line.format("nDCG, precision, recall @10", "ours, mean", "over seeds, ±", "published", "fit (s)"))
    with tempfile.TemporaryDirectory() as home:
        split = microsoft_split(options.folder, Path(home))
        for row in ROWS:
            print(line.format(row.label, *_cells(row, split)), flush=True)


def _cells(row: Row, split: "Split") -> tuple[str, ...]:
    import numpy as np

    from recsys_core.models.registry import make_model

    values, seconds = [], []
    for settings in _settings(row):
        begin = time.perf_counter()
        model = make_model(settings).fit(split.train)
        seconds.append(time.perf_counter() - begin)
        values.append(evaluate(model, split))
    spread = np.ptp(values, axis=0) / 2 if row.seeds else ()
    return *(_figures(figures) for figures in (np.mean(values, axis=0), spread, row.published)), f"{min(seconds):.2f}"


def _settings(row: Row) -> list["ModelSettings"]:
    from recsys_core.settings import MODELS

    plain = MODELS[row.model].from_dict(row.settings)
    return [plain.changed({"seed": seed}) for seed in row.seeds] or [plain]


def _figures(values: "Sequence[float] | np.ndarray") -> str:
    return "  ".join(f"{value:.4f}" for value in values)


def microsoft_split(folder: Path, home: Path) -> "Split":
    """Import the log into a workspace under `home`, and cut it at the marked rows."""
    import pandas as pd

    from recsys_core.data.import_log import import_log
    from recsys_core.data.splitting import split_dataset
    from recsys_core.settings import DataSettings, SplitSettings
    from recsys_core.workspace import Workspace

    log = pd.read_csv(folder / "ml-100k.inter", sep="\t", dtype=str)
    marks = pd.read_csv(folder / "microsoft_split_is_test.txt", header=None)[0]
    log[marks.to_numpy() == 1].to_csv(home / "test.csv", index=False)
    user, item, _, moment = log.columns
    columns = DataSettings(
        log=str(folder / "ml-100k.inter"), user=user, item=item, time=moment, guess=False, drop_isolated_times=False
    )
    dataset = import_log(Workspace.open(home / "workspace"), columns)
    return split_dataset(dataset, SplitSettings(method="file", test_file=str(home / "test.csv")), 0)


def evaluate(model: "Recommender", split: "Split") -> list[float]:
    """Mean nDCG, precision and recall over users who have a held-out item."""
    import numpy as np

    from recsys_core.metrics.ranking import ndcg, precision, recall

    held_out = ranks(model, split)
    users = len(split.train.user_ids)
    return [float(np.nanmean(metric(held_out, split.test.users, users, K))) for metric in (ndcg, precision, recall)]


def ranks(model: "Recommender", split: "Split") -> "np.ndarray":
    """Rank of every test event's item, seen items left out; users are scored in blocks."""
    import numpy as np

    from recsys_core.models.matrices import blocks, without

    test = split.test
    parts = []
    for rows in blocks(len(split.train.user_ids), len(split.train.item_ids)):
        users = np.arange(rows.start, rows.stop)
        scores = without(model.scores(users).astype(np.float32), model.history[users])
        mine = slice(*np.searchsorted(test.users, [rows.start, rows.stop]))
        lists = scores[test.users[mine] - rows.start]
        own = np.take_along_axis(lists, test.items[mine, None].astype(np.int64), axis=1)
        parts.append(1 + (lists > own).sum(axis=1) + ((lists == own).sum(axis=1) - 1) / 2)
    return np.concatenate(parts)


if __name__ == "__main__":
    main()
