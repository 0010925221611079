from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.read_log import read_table
from recsys_core.data.side_tables import side_table
from recsys_core.wording.sentences import issue_detail

LOG = "user_id,item_id,timestamp\n" + "".join(f"u{n},{n},2026-03-{n:02d}\n" for n in range(1, 7))
TITLES = [
    "千と千尋の神隠し",
    "ليلة القبض على فاطمة",
    "Zażółć gęślą jaźń",
    "हम आपके हैं कौन",
    "🎬👨‍👩‍👧‍👦 Amélie",
    "Tytuł “x”; y, z",
]
LANGUAGES = ["日本語", "العربية", "polski", "हिन्दी", "français", "pl"]


@pytest.fixture
def with_items(bring: Callable[..., Dataset], tmp_path: Path) -> Callable[..., Dataset]:
    def run(items: str, log: str = LOG, **settings: object) -> Dataset:
        (tmp_path / "items.csv").write_text(items, encoding="utf-8")
        return bring(log, items="items.csv", **settings)

    return run


def items_of(data: Dataset) -> pd.DataFrame:
    return data.items_table().execute().set_index("item_id")


def test_every_script_survives_byte_for_byte(with_items: Callable[..., Dataset]) -> None:
    rows = [f'{n},"{title}",{lang}' for n, (title, lang) in enumerate(zip(TITLES, LANGUAGES, strict=True), 1)]
    data = with_items("item_id,title,language\n" + "\n".join(rows) + "\n")
    stored = items_of(data)
    assert [stored.text[str(n)] for n in range(1, 7)] == TITLES
    assert [stored.language[str(n)] for n in range(1, 7)] == LANGUAGES
    assert data.item_attributes == ("title", "language")
    assert data.has_text


def test_text_is_joined_from_the_named_columns_in_their_order(with_items: Callable[..., Dataset]) -> None:
    items = "item_id,a,b,title\n1,one,two,T\n2,,three,T\n3,,,T\n"
    assert items_of(with_items(items, text=("b", "a"))).text.to_dict() == {"1": "two. one", "2": "three", "3": None}
    assert items_of(with_items(items)).text.to_dict() == {"1": "T", "2": "T", "3": "T"}


def test_text_with_line_breaks_and_quotes(with_items: Callable[..., Dataset]) -> None:
    data = with_items('item_id,title\n1,"first line\n\nthird, with ""quotes"""\n2,plain\n')
    assert items_of(data).text["1"] == 'first line\n\nthird, with "quotes"'


def test_repeated_ids_keep_the_same_row_every_time(with_items: Callable[..., Dataset], tmp_path: Path) -> None:
    rows = [f"{n % 3 + 1},title {n:03d},{n}\n" for n in range(90)]
    for order in (rows, rows[::-1]):
        data = with_items("item_id,title,year\n" + "".join(order))
        assert items_of(data).title.to_dict() == {"1": "title 000", "2": "title 001", "3": "title 002"}
        (issue,) = [issue for issue in data.issues if issue.code == "repeated-ids"]
        assert (issue.rows, issue.level) == (87, "warn")


def test_numbers_are_numbers_and_codes_are_not(with_items: Callable[..., Dataset]) -> None:
    rows = "1,1999,4.5,02139,0,7\n2,2001,3,10001,1,\n3,2010,1e2,10002,1,x\n4,,,,0,8\n"
    stored = items_of(with_items("item_id,year,score,zip,free,mixed\n" + rows))
    kinds = {name: str(stored[name].dropna().infer_objects().dtype) for name in stored.columns}
    assert stored.year.dropna().tolist() == [1999, 2001, 2010]
    assert kinds["score"] == "float64"
    assert stored.zip.dropna().tolist() == ["02139", "10001", "10002"]
    assert stored.free.tolist() == ["0", "1", "1", "0"]
    assert stored.mixed.dropna().tolist() == ["7", "x", "8"]


def test_year_is_stored_as_a_whole_number(with_items: Callable[..., Dataset]) -> None:
    data = with_items("item_id,year,price\n1,1999,1.5\n2,2001,2\n3,2010,3\n")
    assert {name: str(kind) for name, kind in data.items_table().schema().items()} == {
        "item_id": "string", "year": "int64", "price": "float64",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["text", "Text", "ITEM_ID"])
def test_attributes_named_like_our_columns(with_items: Callable[..., Dataset], name: str) -> None:
    data = with_items(f"movie_id,title,{name}\n1,T,mine\n2,S,yours\n", log=LOG.replace("item_id", "movie_id"))
    stored = items_of(data)
    assert data.item_attributes == ("title", f"{name} (attribute)")
    assert stored[f"{name} (attribute)"].tolist() == ["mine", "yours"]
    assert stored.text["1"] == ("T" if name == "ITEM_ID" else "T. mine")


def test_a_users_attribute_named_user_id(bring: Callable[..., Dataset], tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("who,user_id,user_id (attribute),plan\nu1,7,x,free\n")
    data = bring(LOG.replace("user_id", "who"), users="users.csv")
    assert data.user_attributes == ("user_id (attribute)*", "user_id (attribute)", "plan")
    assert data.users_table().execute().iloc[0, 1:].tolist() == ["7", "x", "free"]


def test_ids_without_a_row_are_counted(with_items: Callable[..., Dataset]) -> None:
    data = with_items("item_id,title\n1,A\n 2 ,B\n77,C\n,D\n")
    (issue,) = [issue for issue in data.issues if issue.code == "ids-without-row"]
    assert (issue.rows, issue_detail(issue)) == (4, "4 of the log's 6 items are not in the items table.")
    assert sorted(items_of(data).index) == ["1", "2", "77"]


def test_names_for_a_table_without_a_header(with_items: Callable[..., Dataset]) -> None:
    data = with_items("A film,1\nAnother,2\n", item_columns=("title", "item_id"))
    assert items_of(data).text.to_dict() == {"1": "A film", "2": "Another"}


def test_no_side_tables(bring: Callable[..., Dataset]) -> None:
    data = bring(LOG)
    assert (data.item_attributes, data.user_attributes, data.has_text) == ((), (), False)
    assert sorted(path.name for path in data.folder.iterdir()) == ["dataset.json", "interactions.parquet", "sums.json"]


def test_ids_alone(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("user_id\na\na\nb\n")
    side = side_table(read_table(tmp_path / "users.csv"), "user", "user_id", ())
    assert (side.attributes, side.has_text, side.issues[0].rows) == ((), False, 1)
