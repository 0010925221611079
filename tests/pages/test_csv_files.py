"""Every file that the retention page offers of a study whose arms and attributes are named like formulas."""

import csv
import io

import streamlit as st

from recsys_core import audit
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings, StudySettings
from recsys_core.study import save_study
from tests.logs import arm_log

ARMS = {"=1+1": 0.02, "\ufeff@SUM(A1)": 0.06}
UNSEEN = " \t\r\n\ufeff"


def test_no_cell_of_any_file_begins_a_formula(space, tmp_path, open_page, monkeypatch):
    files: dict[str, str] = {}
    monkeypatch.setattr(st, "download_button", lambda _label, data, name, *_, **__: files.update({name: data()}))
    log = arm_log(ARMS, 400)
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    users = sorted({line.split(",")[0] for line in log.splitlines()[1:]})
    plans = "".join(f"{user},{('-2+3', ' +1')[place % 2]}\n" for place, user in enumerate(users))
    (tmp_path / "users.csv").write_text(f"user,plan\n{plans}", encoding="utf-8")
    dataset = import_log(space, DataSettings(log="log.csv", users="users.csv"), folder=tmp_path, title="=cmd")
    study = StudySettings(title="=cmd").changed("retention", {"covariates": ("plan",), "segments": ("plan",)})
    save_study(dataset, study)
    open_page("retention", {"study": dataset.dataset_id})
    assert len(files) >= 8
    taken = [entry for entry in audit.entries(space)[0] if entry.what == "export-table"]
    assert {(entry.by, entry.facts["dataset_id"]) for entry in taken} == {("dashboard", dataset.dataset_id)}
    assert {entry.facts["file"] for entry in taken} == set(files)
    cells = [cell for text in files.values() for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert {"'=1+1", "'-2+3"} <= set(cells)
    assert {cell for cell in cells if cell.strip(UNSEEN)[:1] in {*"=+@"}} == set()
    for cell in cells:
        if cell.strip(UNSEEN).startswith("-"):
            float(cell)  # a number below 0, and nothing else
