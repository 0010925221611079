"""`risk` on the command line: JSON, the file, and what it says of a short log."""

import csv
import json

import pytest

from recsys_core.__main__ import main
from tests.risk.conftest import DAY, imported, made_log


def test_the_file_holds_everybody_and_json_says_how_good_it_is(telling, tmp_path, capsys):
    home, out = telling.folder.parents[1], tmp_path / "risks.csv"
    asked = ["risk", telling.dataset_id, "--days", "21", "--inactivity-days", "7", "--out", str(out)]
    assert main([*asked, "--json", "--workspace", str(home)]) == 0
    told = json.loads(capsys.readouterr().out)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == told["users"]
    assert set(rows[0]) >= {"user_id", "cox_7d", "cox_21d", "logistic_21d", "boosted_21d", "reason_1", "reason_3"}
    assert told["horizons"] == [7, 21]
    assert told["out"] == str(out)
    assert '"what": "export-risks"' in (home / "audit.jsonl").read_text()
    assert main([*asked, "--workspace", str(home)]) == 0
    assert capsys.readouterr().out.startswith("WHO WILL LAPSE\n")


def test_a_short_log_leaves_no_file(tmp_path, capsys):
    log, _ = made_log(100, 2)
    data = imported(tmp_path, log[log["time"] < log["time"].min() + 40 * DAY])
    out = tmp_path / "risks.csv"
    assert main(["risk", data.dataset_id, "--out", str(out), "--workspace", str(tmp_path / "home")]) == 1
    assert "Bring a longer log, or ask for fewer days ahead." in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(SystemExit):
        main(["risk"])
