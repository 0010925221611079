"""The import form, from a chosen file to its study, and what it says of files that are none."""

import os
import time

import pandas as pd
import pytest

from recsys_core.imports import import_client, import_jobs
from recsys_core.runs.watch.processes import ProcessId
from recsys_core.settings import DataSettings
from tests.logs import arm_log
from tests.pages.reading import button, html_of, text_of

LOG = arm_log({"old": 0.06, "new": 0.02}, 60).encode()


def give(app, name, content, place=0):
    app.file_uploader[place].set_value((name, content, "text/csv"))
    app.run()
    assert not app.exception
    return app


def test_a_log_becomes_the_open_study(space, open_page):
    app = give(open_page("data"), "my log.csv", LOG)
    assert "Log: **my log.csv**" in text_of(app)
    chosen = {box.label: box.value for box in app.selectbox}
    assert chosen["Who"] == "user_id"
    assert chosen["Recommender"] == "recommender"
    app = button(app, "Import").click().run()
    assert not app.exception
    (study,) = space.dataset_ids()
    assert app.query_params == {"study": study}
    assert "60 users" in text_of(app)
    assert list((space.home / "uploads").iterdir()) == []


def test_a_column_can_be_taken_out(space, open_page):
    app = give(open_page("data"), "log.csv", LOG)
    next(box for box in app.selectbox if box.label == "Recommender").set_value("(none)").run()
    app = button(app, "Import").click().run()
    assert "The log names no recommender" in text_of(app)


def test_items_and_users_come_with_the_log(space, open_page):
    app = give(open_page("data"), "log.csv", LOG)
    app = give(app, "items.csv", "item_id,title\nitem-1,Ein Märchen\nitem-2,物語\n".encode())
    users = "".join(f"user-{n},{'pro' if n % 2 else 'free'}\n" for n in range(60))
    app = give(app, "users.csv", f"user_id,plan\n{users}".encode(), place=0)
    app = button(app, "Import").click().run()
    assert not app.exception
    assert "Items have text" in text_of(app)
    assert "plan" in text_of(app)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", b"user_id,item_id,timestamp\n"),
        ("binary.csv", bytes(range(256)) * 40),
        ("empty.parquet", b""),
        ("text.parquet", b"user_id,item_id\n"),
        ("not.gz", b"user_id,item_id\n"),
        ("quote.csv", b'user_id,item_id,timestamp\nu,"i,2026-03-01\nu,j,2026-03-02\n'),
        ("words.txt", b"nothing of the kind\nat all\n"),
    ],
)
def test_a_file_that_is_no_log_leaves_the_workspace_as_it_was(space, open_page, name, content):
    app = give(open_page("data"), name, content)
    if 'role="alert"' not in html_of(app):
        app = button(app, "Import").click().run()
    assert not app.exception
    assert html_of(app).count('role="alert"') == 1
    assert "Nothing was imported." in text_of(app)
    assert "Traceback" not in text_of(app)
    assert space.dataset_ids() == []
    refused_for_good = "Its copy was removed" in text_of(app)
    assert refused_for_good == (list((space.home / "uploads").iterdir()) == [])
    app = button(app, "Take another").click().run()
    assert not app.exception
    assert list((space.home / "uploads").iterdir()) == []


def test_columns_that_do_not_fit_are_said_and_can_be_mended(space, open_page):
    app = give(open_page("data"), "log.csv", LOG)
    next(box for box in app.selectbox if box.label == "When").set_value("item_id").run()
    app = button(app, "Import").click().run()
    assert "Nothing was imported." in text_of(app)
    assert space.dataset_ids() == []
    next(box for box in app.selectbox if box.label == "When").set_value("timestamp").run()
    app = button(app, "Import").click().run()
    assert len(space.dataset_ids()) == 1


def test_a_file_without_a_header_takes_names(space, open_page):
    rows = LOG.decode().splitlines()[1:]
    app = give(open_page("data"), "log.dat", "\n".join(row.replace(",", "::") for row in rows).encode())
    app.text_input(key="import_columns").set_value("user_id, item_id, timestamp, recommender").run()
    assert not app.exception
    app = button(app, "Import").click().run()
    assert not app.exception
    assert "60 users" in text_of(app)


def test_markup_in_a_file_is_shown_as_text(space, open_page):
    content = LOG.replace(b"item_id", b"<u>item</u>").replace(b"item-", b"<u>item-")
    html = html_of(give(open_page("data"), "<u>log.csv", content))
    assert "<u>" not in html
    assert "&lt;u&gt;item" in html


def test_personal_columns_are_shown_before_the_import_and_left_out_unless_kept(space, open_page):
    users = "".join(f"user-{n},p{n}@example.org,+49 30 1234{n:03d}\n" for n in range(60))
    app = give(open_page("data"), "log.csv", LOG)
    app = give(app, "users.csv", f"user_id,<b>mail,phone\n{users}".encode(), place=1)
    assert "Column '<b>mail' of the users table looks like e-mail addresses." in text_of(app)
    assert "<b>mail" not in html_of(app)
    next(box for box in app.multiselect if box.label == "Keep all the same").select("phone").run()
    app = button(app, "Import").click().run()
    assert not app.exception
    (dataset_id,) = space.dataset_ids()
    stored = pd.read_parquet(space.home / "datasets" / dataset_id / "users.parquet")
    assert list(stored.columns) == ["user_id", "phone"]


# ---- imports under way -----------------------------------------------------------------------------------------------


@pytest.fixture
def under_way(space, tmp_path):
    """An import that somebody else asked for, and that comes to no end: its log is a pipe without a writer."""
    os.mkfifo(tmp_path / "<u>slow.csv")
    job_id = import_client.begin(space, DataSettings(log=str(tmp_path / "<u>slow.csv")))
    yield job_id
    import_jobs.ask_cancel(space, job_id)
    import_client.wait(space, job_id, 60)


def labels(app):
    return [found.label for found in app.button]


def test_another_tab_sees_an_import_and_can_cancel_it(space, open_page, under_way):
    app = open_page("data")
    assert "<u>slow.csv: " in text_of(app)
    assert "<u>" not in html_of(app)
    app = button(app, "Cancel").click().run()
    assert import_client.wait(space, under_way, 60).state == "cancelled"
    app = app.run()
    assert not app.exception
    assert "Cancel" not in labels(app)
    assert "slow.csv" not in text_of(app)
    assert space.dataset_ids() == []


def test_an_import_of_this_tab_is_followed_to_its_study(space, open_page, monkeypatch):
    monkeypatch.setattr("dashboard.import_form._AT_ONCE_SECONDS", 0.0)
    app = button(give(open_page("data"), "log.csv", LOG), "Import").click().run()
    if "Cancel" in labels(app):
        assert button(app, "Import").disabled
        assert "log.csv: " in text_of(app)
    deadline = time.monotonic() + 60
    while ("study" not in app.query_params or import_jobs.tend(space)) and time.monotonic() < deadline:
        app = app.run()  # the data set may stand a moment before its import has ended
        assert not app.exception
    assert "60 users" in text_of(app)
    assert list((space.home / "uploads").iterdir()) == []
    assert import_jobs.tend(space) == ()


def test_a_refusal_is_shown_to_whoever_comes_later_until_it_is_dismissed(space, open_page, tmp_path):
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    job_id = import_client.begin(space, DataSettings(log=str(tmp_path / "log.csv")))
    assert import_client.wait(space, job_id, 60).state == "refused"
    app = open_page("data")
    assert html_of(app).count('role="alert"') == 1
    assert "Nothing was imported." in text_of(app)
    assert "log.csv: " in text_of(app)
    app = button(app, "Dismiss").click().run()
    assert not app.exception
    assert 'role="alert"' not in html_of(app)
    assert import_jobs.tend(space) == ()


def test_a_lost_import_is_told_and_the_file_can_be_imported_again(space, open_page, tmp_path):
    place = import_jobs.enter(space, DataSettings(log="log.csv"), tmp_path, "", {})
    import_jobs.hand_to(place, ProcessId.of(2**22 + 1), "none")
    app = give(open_page("data"), "log.csv", LOG)
    assert "The process of the import was killed" in text_of(app)
    app = button(app, "Import").click().run()
    assert not app.exception
    assert len(space.dataset_ids()) == 1
