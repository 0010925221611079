import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.report.build import build_report
from recsys_core.settings import StudySettings
from recsys_core.study import StudyResult, run
from recsys_core.wording.sentences import sentence
from recsys_core.workspace import Workspace

USERS = [f"reader-{i:04d}-zq" for i in range(300)]


def write_log(folder: Path) -> StudySettings:
    """300 users of two arms, who come back with a chance that differs by arm."""
    rng = np.random.default_rng(5)
    rows = []
    for i, user in enumerate(USERS):
        arm = ("bert", "cf")[i % 2]
        day = float(rng.uniform(0, 60))
        while day < 90:
            rows.append((user, f"item-{int(rng.integers(40))}", f"{1_772_323_200 + int(day * 86_400)}", arm))
            day += float(rng.exponential(2))
            if rng.random() < (0.15 if arm == "bert" else 0.25):
                break
    columns = ["user_id", "item_id", "timestamp", "recommender"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "log.csv", index=False)
    values = {
        "title": "Two arms",
        "data": {"log": "log.csv"},
        "train": {"models": ["recent-popular", "item-knn"]},
        "retention": {"inactivity_days": 10, "horizon_days": 15},
    }
    return StudySettings.from_dict(values, folder)


@pytest.fixture(params=[True, False], ids=["pseudonyms", "plain ids"])
def real(request, tmp_path) -> StudyResult:
    study = write_log(tmp_path).changed("data", {"pseudonymise": request.param})
    return run(study, Workspace.open(tmp_path / "workspace"))


def test_no_user_id_is_inside(real):
    start = time.perf_counter()
    report = build_report(real)
    print(f"report of {len(report.encode()) / 1e6:.2f} MB in {time.perf_counter() - start:.2f} s")
    stored = real.dataset.interactions().user_id.to_pandas().unique()
    assert len(stored) == len(USERS)
    assert [user for user in (*USERS, *stored) if user in report] == []
    assert sentence(real.retention.verdict) in report.replace("\u00a0", " ")


def test_the_file_is_ready_in_seconds(real):
    start = time.perf_counter()
    build_report(real)
    assert time.perf_counter() - start < 5
