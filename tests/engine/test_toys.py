"""A source and an engine that are nowhere but here: an import and a study run on them."""

from dataclasses import dataclass

import ibis
import pandas as pd
import pytest

from recsys_core import engine
from recsys_core.data.import_log import import_log
from recsys_core.data.raw_table import RawTable
from recsys_core.data.sources import register_source
from recsys_core.engine.ibis_engine import IbisEngine
from recsys_core.engine.protocol import Measured, TextRead
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.settings import DataSettings, RetentionSettings
from recsys_core.workspace import Workspace
from tests.logs import arm_log


class ToyEngine(IbisEngine):
    """Another DuckDB, with nothing of the product's own adapter; it counts what it was asked for."""

    name = "toy"

    def __init__(self):
        super().__init__()
        self.opened, self.asked = ibis.duckdb.connect(), []

    def backend(self):
        return self.opened

    def materialise(self, table):
        self.asked.append("materialise")
        return super().materialise(table)

    def read_parquet(self, paths):
        return self.opened.read_parquet([str(path) for path in paths])

    def read_text(self, path, layout):
        frame = pd.read_csv(path, sep=layout.separator, names=layout.columns, skiprows=int(layout.header), dtype=str)
        return TextRead(self.hold(frame), Measured(len(frame)))

    def trimmed(self, text):
        return text.strip()

    def seconds(self, moment):
        return moment.cast("timestamp").truncate("s").epoch_seconds().cast("int64")

    def parsed(self, text, pattern):
        return text.as_timestamp(pattern)


@dataclass(frozen=True)
class ToySource:
    """A frame that stands in memory, behind an address of its own."""

    name: str
    frame: pd.DataFrame

    def scan(self, engine):
        return RawTable(self.name, engine.hold(self.frame), len(self.frame))

    def fingerprint(self):
        return str(pd.util.hash_pandas_object(self.frame).sum())


@pytest.fixture
def log(tmp_path):
    (tmp_path / "log.csv").write_text(arm_log({"old": 0.06, "new": 0.02}, 80))
    return pd.read_csv(tmp_path / "log.csv")


def test_a_toy_source_is_imported_on_a_toy_engine_and_studied(tmp_path, log):
    register_source("toy", lambda url, _: ToySource(url, log))
    settings = RetentionSettings(inactivity_days=7, horizon_days=14)
    studies = {}
    for name, place, tool in (("toy", "toy://numbers", ToyEngine()), ("own", "log.csv", engine.current())):
        with engine.using(tool):
            space = Workspace.open(tmp_path / name)
            data = import_log(space, DataSettings(log=place, pseudonymise=False), folder=tmp_path)
            assert (data.settings["log"], data.rows, data.users) == (place, len(log), 80)
            studies[name] = analyse_retention(data, settings)
            assert not tool._made(), "every table that was asked for is dropped"
    assert studies["toy"].arms == studies["own"].arms
    assert studies["toy"].contrasts == studies["own"].contrasts
    assert studies["toy"].calendar == studies["own"].calendar


def test_the_engine_in_use_is_the_one_that_was_named(tmp_path, log):
    tool = ToyEngine()
    with engine.using(tool), engine.held(log) as table, engine.materialised(table.filter(table.user_id != "")) as users:
        assert engine.current() is tool
        assert engine.counts(users, ["recommender"])["rows"].sum() == len(log)
    assert tool.asked == ["materialise"]
    assert engine.current() is not tool
