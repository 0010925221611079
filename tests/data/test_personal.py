"""Columns that look like personal data are found by name and by content, told, and left out unless they are kept."""

import json

import pandas as pd
import pytest

from recsys_core.command_line.parser import main
from recsys_core.data.import_log import import_log, preview_log
from recsys_core.settings import DataSettings
from recsys_core.wording.sentences import issue_action, issue_detail
from recsys_core.workspace import Workspace
from tests.logs import arm_log

NAMES = [
    f"{first} {last}" for first in ("Ann", "Émile", "Zoë", "Jan", "Li") for last in ("Ng-Lee", "O’Hara", "Ek", "Au")
]
COLUMNS = {
    "email": ("email", lambda n: f"p{n}@example.org"),
    "contact": ("email", lambda n: f"p{n}@example.org" if n % 5 == 0 else ""),
    "E-Mail Address": ("email", lambda n: f"{n:032x}"),
    "phone": ("phone", lambda n: f"030 12345{n:03d}"),
    "reach": ("phone", lambda n: f"+49 (30) 12345{n:03d}"),
    "first_name": ("name", lambda n: NAMES[n % 20].split()[0]),
    "username": ("name", lambda n: f"nick{n}"),
    "who_is_it": ("name", lambda n: NAMES[n % 20]),
    "account": ("user-id", lambda n: f"user-{n}"),
    "invited_by": ("user-id", lambda n: f"user-{(n + 7) % 20}"),
    "plan": ("", lambda n: ("pro", "free", "trial")[n % 3]),
    "email_opt_in": ("", lambda n: "01"[n % 2]),
    "has_email": ("", lambda n: ("yes", "no")[n % 2]),
    "phone_model": ("", lambda n: f"Model {n}"),
    "mobile": ("", lambda n: ("ios", "android", "none")[n % 3]),
    "city": ("", lambda n: ("New York", "Los Angeles", "San Jose", "Berlin")[n % 4]),
    "signed_up": ("", lambda n: f"2026-01-{n + 1:02d}"),
    "age": ("", lambda n: str(20 + n)),
    "postcode": ("", lambda n: f"0{n}123"),
    "number": ("", str),
    "empty": ("", lambda _: ""),
}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "log.csv").write_text(arm_log({"old": 0.03, "new": 0.02}, users=20))
    table = pd.DataFrame({name: [cell(n) for n in range(20)] for name, (_, cell) in COLUMNS.items()})
    table.insert(0, "user_id", [f"user-{n}" for n in range(20)])
    table.to_csv(tmp_path / "users.csv", index=False)
    table.to_parquet(tmp_path / "users.parquet")
    return tmp_path


def personal_of(dataset):
    return {str(i.values["column"]): i.values["looks"] for i in dataset.issues if i.code.startswith("personal-")}


@pytest.mark.parametrize("users", ["users.csv", "users.parquet"])
def test_what_looks_personal_is_told_and_left_out_and_the_rest_is_stored(files, users):
    settings = DataSettings(log="log.csv", users=users)
    space = Workspace.open(files / "home")
    seen = {column.column: column.kind for column in preview_log(space, settings, folder=files).personal}
    dataset = import_log(space, settings, folder=files)
    assert seen == personal_of(dataset) == {name: kind for name, (kind, _) in COLUMNS.items() if kind}
    assert list(dataset.user_attributes) == [name for name, (kind, _) in COLUMNS.items() if not kind]
    stored = pd.read_parquet(dataset.folder / "users.parquet").to_csv()
    assert not any(raw in stored for raw in ("example.org", "12345", "Zoë", "nick1", "user-1"))
    assert "@" not in (dataset.folder / "dataset.json").read_text()


def test_a_column_that_is_kept_on_purpose_is_stored_and_told_under_another_id(files, capsys):
    place = ["--users", str(files / "users.csv"), "--workspace", str(files / "home"), "--json"]
    ids = []
    for more in ([], ["--keep-personal", "email,phone"], []):
        assert main(["import", str(files / "log.csv"), *place, *more]) == 0
        card = json.loads(capsys.readouterr().out)
        ids.append(card["dataset_id"])
        assert ("email" in card["user_attributes"], "phone" in card["user_attributes"]) == (bool(more), bool(more))
    assert ids[0] == ids[2] != ids[1]


def test_the_command_line_says_it(files, capsys):
    place = ["--users", str(files / "users.csv"), "--workspace", str(files / "home")]
    assert main(["import", str(files / "log.csv"), *place, "--keep-personal", "phone"]) == 0
    told = capsys.readouterr().out
    assert "warn: Column 'email' of the users table looks like e-mail addresses, so it was not stored." in told
    assert "warn: Column 'phone' of the users table looks like phone numbers and is stored as it comes." in told


def test_items_have_names_that_are_no_people_and_texts_stay(files):
    items = [f'item-{n},"{NAMES[n % 20]}",seller{n}@example.org,+4930123450{n:02d}' for n in range(40)]
    (files / "items.csv").write_text("item_id,name,seller,hotline\n" + "\n".join(items))
    space = Workspace.open(files / "home")
    dataset = import_log(space, DataSettings(log="log.csv", items="items.csv"), folder=files)
    assert personal_of(dataset) == {"seller": "email", "hotline": "phone"}
    assert dataset.item_attributes == ("name",)
    assert dataset.has_text
    named = DataSettings(log="log.csv", items="items.csv", text=("name", "seller"))
    dataset = import_log(space, named, folder=files)
    (kept,) = [issue for issue in dataset.issues if issue.code == "personal-kept"]
    assert "Column 'seller' of the items table looks like e-mail addresses and is stored as it comes." in issue_detail(
        kept
    )
    assert "Import again without it" in issue_action(kept)


def test_columns_of_the_log_that_are_stored_as_they_come_are_warned_of(files):
    log = arm_log({"": 0.03}, users=20).replace("user-", "p").splitlines()
    rows = [f"{row.split(',')[0]}@x.org,{row.split(',', 1)[1]}" for row in log[1:]]
    (files / "mails.csv").write_text("\n".join((log[0], *rows)))
    space = Workspace.open(files / "home")
    assert personal_of(import_log(space, DataSettings(log="mails.csv"), folder=files)) == {}
    open_ids = import_log(space, DataSettings(log="mails.csv", pseudonymise=False), folder=files)
    assert personal_of(open_ids) == {"user_id": "email"}
    both = DataSettings(log="mails.csv", user="item_id", item="user_id")
    assert personal_of(import_log(space, both, folder=files)) == {"user_id": "email"}


def test_a_table_without_such_columns_gives_the_id_it_had(files):
    users = "".join(f"user-{n},{('pro', 'free', 'trial')[n % 3]}\n" for n in range(20))
    (files / "plain.csv").write_text(f"user_id,plan\n{users}")
    settings = DataSettings(log="log.csv", users="plain.csv", user="user_id", item="item_id", time="timestamp")
    dataset = import_log(Workspace.open(files / "home"), settings, folder=files)
    again = import_log(Workspace.open(files / "other"), settings.changed({"keep_personal": ("plan",)}), folder=files)
    assert dataset.dataset_id == again.dataset_id
