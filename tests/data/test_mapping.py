from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.mapping import ColumnMapping, guess_key, guess_mapping, guess_text
from recsys_core.data.raw_table import RawTable
from recsys_core.data.read_log import read_table
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings

# header, one row, and what must be found: user, item, time, and other roles in the order of their names
LOGS = [
    ("user_id,item_id,ts", "u,i,1700000000", "user_id item_id ts"),
    ("userId,movieId,rating,timestamp", "1,2,3.5,1700000000", "userId movieId timestamp value=rating"),
    (
        "user_id:token,item_id:token,rating:float,timestamp:float",
        "1,2,3,1700000000",
        "user_id:token item_id:token timestamp:float value=rating:float",
    ),
    ("customer,sku,purchase_date", "c,s,2026-01-01", "customer sku purchase_date"),
    (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        "536365,85123A,HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom",
        "CustomerID StockCode InvoiceDate value=Quantity",
    ),
    (
        "user_id,video_id,date,hourmin,time_ms,is_click,tab",
        "1,2,20220408,1530,1649403000123,0,1",
        "user_id video_id time_ms",
    ),
    ("date,time_ms,user_id,video_id", "20220408,1649403000123,1,2", "user_id video_id time_ms"),
    (
        "t_dat,customer_id,article_id,price,sales_channel_id",
        "2018-09-20,c,1,0.05,2",
        "customer_id article_id t_dat value=price",
    ),
    (
        "timestamp,visitorid,event,itemid,transactionid",
        "1433221332117,25,view,35,",
        "visitorid itemid timestamp event=event",
    ),
    (
        "reviewerID,asin,overall,unixReviewTime,reviewTime",
        "A1,B1,5,1400000000,05 13 2014",
        "reviewerID asin unixReviewTime value=overall",
    ),
    ("review_id,user_id,business_id,stars,date", "r,u,b,5,2018-07-07 22:09:11", "user_id business_id date value=stars"),
    (
        "user_pseudo_id,event_timestamp,event_name,item_id",
        "1.2,1700000000000000,view_item,x",
        "user_pseudo_id item_id event_timestamp event=event_name",
    ),
    (
        "device_id,user_id,product_id,category_id,event_time,event_type",
        "d,u,p,c,2019-10-01 00:00:00 UTC,view",
        "user_id product_id event_time event=event_type",
    ),
    ("user_name,user_id,title,item_id,created_at", "A,1,T,2,2026-01-01T00:00:00Z", "user_id item_id created_at"),
    ("book,book_id,user,at", "T,2,u,2026-01-01", "user book_id at"),
    ("date,time,user,item", "2026-01-01,18:30:00,u,i", "user item date"),
    ("uid,iid,when,arm,pscore", "u,i,2026-01-01,bert,0.5", "uid iid when propensity=pscore recommender=arm"),
    ("msno,song_id,listened_at", "m,s,2026-01-01T01:01:01Z", "msno song_id listened_at"),
    (
        "player,game,played_on,variant,action",
        "p,g,2026-01-01,A,start",
        "player game played_on event=action recommender=variant",
    ),
    (
        "User,Item,Server Time,Served By,Price",
        "u,i,2026-01-01 10:00,cf,3",
        "User Item Server Time recommender=Served By value=Price",
    ),
    ("用户,项目,时间", "a,b,2026-01-01", ""),
]


def table(tmp_path: Path, text: str, name: str = "log.csv") -> RawTable:
    (tmp_path / name).write_text(text)
    return read_table(tmp_path / name)


def shown(found: ColumnMapping) -> str:
    roles = found.to_dict()
    needed = [roles.pop(role) for role in ("user", "item", "time") if role in roles]
    return " ".join([*needed, *(f"{role}={column}" for role, column in sorted(roles.items()))])


@pytest.mark.parametrize(("header", "row", "expected"), LOGS, ids=[log[0] for log in LOGS])
def test_guesses(tmp_path: Path, header: str, row: str, expected: str) -> None:
    assert shown(guess_mapping(table(tmp_path, f"{header}\n{row}\n"))) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1::0110912::9::1362062307", "column 1 column 2 column 4 value=column 3"),
        ("1700000000,u,7", "column 2 column 3 column 1"),
        ("u,i,9", "column 1 column 2 value=column 3"),
        ("u,i,9,8,2026-01-01", "column 1 column 2 column 5"),
    ],
)
def test_guesses_by_place(tmp_path: Path, row: str, expected: str) -> None:
    assert shown(guess_mapping(table(tmp_path, f"{row}\n"))) == expected


def test_many_values_are_no_arm(tmp_path: Path) -> None:
    lines = "".join(f"u,i,2026-01-01,g{n},e{n}\n" for n in range(51))
    assert shown(guess_mapping(table(tmp_path, "user,item,time,group,event\n" + lines))) == "user item time"


def test_named_columns_win_and_the_others_are_guessed_anew(tmp_path: Path) -> None:
    raw = table(tmp_path, "user_id,item_id,product_id,timestamp,date\nu,i,p,1700000000,2026-01-01\n")
    guess = guess_mapping(raw)
    assert shown(guess) == "user_id item_id timestamp"
    assert shown(guess.with_settings(DataSettings(item="product_id"), raw)) == "user_id product_id timestamp"
    assert shown(guess.with_settings(DataSettings(user="item_id"), raw)) == "item_id product_id timestamp"
    assert shown(guess.with_settings(DataSettings(time="date", value="timestamp"), raw)) == (
        "user_id item_id date value=timestamp"
    )
    assert shown(ColumnMapping().with_settings(DataSettings(user="user_id"), raw)) == "user_id"
    by_place = table(tmp_path, "1::2::9::1362062307\n")
    changed = guess_mapping(by_place).with_settings(DataSettings(user="column 2"), by_place)
    assert shown(changed) == "column 2 column 1 column 4 value=column 3"


def test_columns_that_cannot_be(tmp_path: Path) -> None:
    raw = table(tmp_path, "user,item,time\nu,i,2026-01-01\n")
    with pytest.raises(
        DataError, match=r"log.csv has no column 'User' for the user. Its columns are: user, item, time"
    ):
        guess_mapping(raw).with_settings(DataSettings(user="User"), raw)
    with pytest.raises(DataError, match=r"Column 'item' is named for the item and for the event. Give each its own"):
        guess_mapping(raw).with_settings(DataSettings(item="item", event="item"), raw)
    with pytest.raises(
        DataError, match=r"no column that looks like the user or the time. Found: .* Name the column with --u"
    ):
        ColumnMapping(item="item").check(raw)


@pytest.mark.parametrize(
    ("header", "role", "log_column", "key", "text"),
    [
        ("item_id,title,description", "item", "item_id", "item_id", ("title", "description")),
        ("title,id,genres", "item", "item_id", "id", ("title", "genres")),
        ("Name,movieId", "item", "item", "movieId", ("Name",)),
        ("title,asin", "item", "item", "asin", ("title",)),
        ("age,who,user_id", "user", "who", "who", ()),
        ("x,y", "user", "user_id", "x", ()),
    ],
)
def test_side_tables(tmp_path: Path, header: str, role: str, log_column: str, key: str, text: tuple[str, ...]) -> None:
    raw = table(tmp_path, header + "\n" + ",".join("a" * len(header.split(","))) + "\n")
    assert guess_key(raw, role, log_column) == key
    assert guess_text(raw, key) == text


def test_mapping_is_on_the_card(bring: Callable[..., Dataset]) -> None:
    data = bring("who,what,when,arm\nu,i,2026-01-01,cf\n", recommender="")
    assert data.mapping == {"user": "who", "item": "what", "time": "when", "recommender": "arm"}
    assert data.recommenders == {"cf": 1}
