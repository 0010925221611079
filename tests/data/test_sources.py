"""Sources: folders of parts, addresses of databases, and what none of them may tell."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core import engine
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.data.query_source import QuerySource
from recsys_core.data.read_log import read_table
from recsys_core.data.sources import open_source
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

ADDRESS = "postgresql://anna:s3cret@db.example.org:5432/shop?sslmode=require#events"


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """A log in three text files, as a cluster writes it."""
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "part-0.csv").write_text("user_id,item_id,timestamp\na,x,2026-03-01\na,y,2026-03-02\n")
    (folder / "part-1.csv").write_text("timestamp,user_id,item_id\n2026-03-03,b,x\n")
    (folder / "part-2.csv.gz").write_bytes(gzip.compress(b"user_id,item_id,timestamp\nc,z,2026-03-04\n"))
    (folder / "_SUCCESS.csv").write_text("")
    (folder / "notes.md").write_text("not a part")
    return folder


def test_a_folder_of_text_files_is_one_table(parts: Path, tmp_path: Path, space: Workspace) -> None:
    data = import_log(space, DataSettings(log="log", pseudonymise=False), folder=tmp_path)
    assert (data.rows, data.users, data.settings["log"], data.title) == (4, 3, "log", "log")
    log = data.interactions().to_pandas()
    assert log.user_id.tolist() == ["a", "a", "b", "c"]
    assert log.item_id.tolist() == ["x", "y", "x", "z"]
    (parts / "part-3.csv").write_text("user_id,item_id,timestamp\nd,x,2026-03-05\n")
    assert import_log(space, DataSettings(log="log", pseudonymise=False), folder=tmp_path).rows == 5


def test_the_parts_of_a_folder_must_have_the_same_columns(parts: Path) -> None:
    (parts / "part-1.csv").write_text("user_id,item_id,when\nb,x,2026-03-03\n")
    with pytest.raises(DataError, match=r"part-1.csv has the columns .*when, but part-0.csv has .*timestamp") as err:
        read_table(parts)
    assert err.value.kind == "parts-differ"


def test_a_fingerprint_follows_content_and_not_names(parts: Path, tmp_path: Path) -> None:
    pq.write_table(pa.table({"user": ["a"]}), tmp_path / "one.parquet")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "other.parquet").write_bytes((tmp_path / "one.parquet").read_bytes())
    one, folder = (open_source(name, "log", tmp_path) for name in ("one.parquet", "folder"))
    assert one.fingerprint() == folder.fingerprint()
    before = open_source("log", "log", tmp_path).fingerprint()
    (parts / "part-1.csv").write_text("timestamp,user_id,item_id\n2026-03-03,b,y\n")
    assert open_source("log", "log", tmp_path).fingerprint() != before


def test_an_address_is_shown_without_what_logs_in() -> None:
    source = QuerySource.at(ADDRESS)
    assert source.name == "postgresql://db.example.org:5432/shop#events"
    for told in (source.name, repr(source), str(vars(DataSettings()))):
        assert "s3cret" not in told
        assert "anna" not in told
    assert QuerySource.at("sqlite://host/db#SELECT%20" + "x" * 99).name.endswith("xx…")


@pytest.mark.parametrize("where", ["log", "items"])
def test_a_database_that_nothing_reads_is_refused_without_its_password(
    where: str, tmp_path: Path, space: Workspace, small_log: str, listing: Callable[[], dict[str, bytes]]
) -> None:
    (tmp_path / "log.csv").write_text(small_log)
    before = listing()
    with pytest.raises(DataError) as err:
        import_log(space, DataSettings(**({"log": "log.csv"} | {where: ADDRESS})), folder=tmp_path)
    assert err.value.kind == "engine-not-available"
    assert err.value.values["scheme"] == "postgresql"
    assert "s3cret" not in str(err.value)
    assert str(err.value).startswith("postgresql://db.example.org:5432/shop#events cannot be read: nothing that reads")
    assert listing() == before


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("postgresql://u:p@host/db", "query-names-no-table"),
        ("postgresql://u:p@[host/db#t", "query-address-unreadable"),
        ("postgresql://u:p@host:port/db#t", "query-address-unreadable"),
    ],
)
def test_addresses_that_say_too_little(address: str, kind: str) -> None:
    with pytest.raises(DataError) as err:
        open_source(address, "log")
    assert err.value.kind == kind
    assert "u:p" not in str(err.value)


def test_what_is_not_there(tmp_path: Path) -> None:
    for place, kind in (("", "source-not-named"), ("none.csv", "source-not-found")):
        with pytest.raises(DataError) as err:
            open_source(place, "items", tmp_path)
        assert (err.value.kind, err.value.values["role"]) == (kind, "items")


def test_cards_of_earlier_versions_open_with_their_own_words(bring: Callable[..., Dataset], space: Workspace) -> None:
    import json

    from recsys_core.wording.sentences import issue_action, issue_detail, issue_name, step_name

    data = bring()
    path = data.folder / "dataset.json"
    card = json.loads(path.read_text())
    card["steps"] = [{"name": "lines that can be read", "rows_in": 61, "rows_out": 60}]
    card["issues"] = [{"level": "warn", "name": "short log", "rows": 60, "detail": "It is short.", "action": "Wait."}]
    path.write_text(json.dumps(card))
    (data.folder / "sums.json").unlink()
    old = Dataset.open(space, data.dataset_id)
    ((step,), (issue,)) = old.steps, old.issues
    assert (step.code, step_name(step), step.rows_in) == ("verbatim", "lines that can be read", 61)
    assert (issue.code, issue.level, issue.rows) == ("verbatim", "warn", 60)
    assert (issue_name(issue), issue_detail(issue), issue_action(issue)) == ("short log", "It is short.", "Wait.")
    assert data.steps[0].code == "lines-read"
    assert engine.current().name == "duckdb"
