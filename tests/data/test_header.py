"""What is a header and what is data: small files with and without one, and what each could be mistaken for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import preview_log
from recsys_core.data.read_log import read_table
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

TIME = "2026-03-01T10:00:00Z"
WITH = {
    "a year": f"user_id,item_id,timestamp,y2024\nu1,i1,{TIME},a\nu2,i2,{TIME},b\n",
    "a bare year": f"user_id,item_id,timestamp,2024\nu1,i1,{TIME},5\nu2,i2,{TIME},4\n",
    "a year over words": "who,what,y2024\nann,book,yes\nbob,film,no\n",
    "bare years over numbers": f"who,what,when,2023,2024\n1,2,{TIME},5,6\n2,3,{TIME},4,7\n",
    "a number over times": f"a,b,2024\nu1,i1,{TIME}\nu2,i2,{TIME}\n",
    "digits over codes": f"user_1,item_1,y2024\nu12,i12,{TIME}\nu13,i99,{TIME}\n",
    "digits over numbers": "user_1,item_1,time_1\n1,2,881250949\n3,4,881250950\n",
    "a date over numbers": "who,2024-01-01,2024-02-01\n1,4,5\n2,4,6\n",
    "quoted": '"user_id","item_id","y2024"\n"1","2","3"\n"4","5","6"\n',
    "words": "user,item,event\nann,book,view\nbob,film,click\n",
    "header alone": "user_id,item_id,timestamp\n",
    "header with a year alone": "user_id,item_id,timestamp,y2024\n",
    "an index without a name": f",user_id,item_id,2024\n0,u1,i1,{TIME}\n1,u2,i2,{TIME}\n",
    "empty cells below": "user_id,item_id,2024\n,,\nu1,i1,\n",
    "one bad cell in ten": "who,what,2024\n" + "".join(f"u{n},i{n},{TIME}\n" for n in range(19)) + "u,i,yesterday\n",
    "month names": 'who,what,2024\nu1,i1,"Mar 9, 2026"\nu2,i2,"Mar 10, 2026"\n',
    "titles": "movieId,title,genres\n1,Toy Story (1995),Comedy\n2,Heat (1995),Crime\n",
}
WITHOUT = {
    "MovieLens": "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n",
    "MovieLens 1M": "1::1193::5::978300760\n1::661::3::978302109\n",
    "shop ids of both kinds": "A39H,0205616461,5.0,1369699200\nA3JM,B00025,3.0,1355443200\nA1Z,B0031,5.0,1404691200\n",
    "a code over numbers": "A39H,B0020,5.0,1369699200\nA3JM,558925278,3.0,1355443200\nA1Z5,733001998,5.0,1404691200\n",
    "words and times": f"ann,book,{TIME}\nbob,film,{TIME}\n",
    "words like names": f"client,book,{TIME}\nbob,film,{TIME}\n",
    "names with digits": f"user1,item1,{TIME}\nuser2,item2,{TIME}\n",
    "quoted numbers": '"196","242","3","881250949"\n"186","302","3","891717742"\n',
    "an empty first cell": "196,,3,881250949\n186,302,3,891717742\n",
    "a missing word first": "196,242,NULL,881250949\n186,302,3,891717742\n",
    "a word among ratings": "196,242,unknown,881250949\n186,302,3,891717742\n",
    "milliseconds": "u1,i1,1772357400000\nu2,i2,1772357460000\n",
    "fractions of seconds": "u1,i1,2026-03-01 10:00:00\nu2,i2,2026-03-01 10:00:00.5\n",
    "one row": "196\t242\t3\t881250949\n",
    "one row with a date": f"u1,i1,{TIME}\n",
    "titles": "1|Toy Story (1995)|01-Jan-1995\n2|GoldenEye (1995)|01-Jan-1995\n",
    "small numbers": "1,2,3\n4,5,6\n",
}


@pytest.mark.parametrize("case", [case for case in WITH if "alone" not in case])
def test_a_header_is_recognised(case: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(WITH[case])
    columns = read_table(tmp_path / "log.csv").columns
    assert [name for name in columns if not name.startswith("column ")], columns


@pytest.mark.parametrize("case", WITHOUT)
def test_values_are_no_header(case: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(WITHOUT[case])
    table = read_table(tmp_path / "log.csv")
    assert all(name.startswith("column ") for name in table.columns)
    assert table.rows == WITHOUT[case].count("\n")


@pytest.mark.parametrize("case", [case for case in WITH if "alone" in case])
def test_a_header_alone_is_refused(case: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(WITH[case])
    with pytest.raises(DataError, match="header"):
        read_table(tmp_path / "log.csv")


def test_names_that_are_asked_for_make_a_header(space: Workspace, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(f"1001,1002,20260301\n5,6,{TIME}\n5,7,{TIME}\n" + f"6,7,{TIME}\n")
    asked = DataSettings(log="log.csv", user="1001", item="1002", time="20260301")
    found = preview_log(space, asked, folder=tmp_path)
    assert (found.columns, found.rows) == (("1001", "1002", "20260301"), 3)
    (tmp_path / "log.csv").write_text("1001\t1002\t3\t881250949\n5\t6\t4\t881250950\n")
    assert preview_log(space, DataSettings(log="log.csv", user="1001"), folder=tmp_path).rows == 1
    numbered = DataSettings(log="log.csv", user="column 1", item="column 2", time="column 4")
    assert preview_log(space, numbered, folder=tmp_path).rows == 2


def test_no_role_is_lost_to_a_column_named_by_a_year(bring: Callable[..., Dataset]) -> None:
    rows = "".join(f"u{n},i{n},2026-03-{n % 28 + 1:02d},view,{'ab'[n % 2]},{n}\n" for n in range(60))
    mapping = bring("user_id,item_id,timestamp,event,recommender,y2024\n" + rows).mapping
    assert (mapping["event"], mapping["recommender"]) == ("event", "recommender")
