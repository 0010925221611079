"""One user on the page Data: listed, forgotten when one is sure, told by the pseudonym only with a line in the log."""

import pandas as pd
import pytest

from recsys_core import audit
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log, stored_users
from recsys_core.settings import DataSettings
from tests.care.test_nothing_left import found
from tests.logs import arm_log
from tests.pages.reading import button, html_of, text_of


@pytest.fixture
def dataset(space, tmp_path):
    def run(**settings):
        (tmp_path / "log.csv").write_text(arm_log({"": 0.02}, users=20))
        return import_log(space, DataSettings(log="log.csv", **settings), folder=tmp_path)

    return run


def opened(open_page, dataset):
    app = open_page("data", {"study": dataset.dataset_id})
    app.toggle(key="user_open").set_value(True).run()
    assert not app.exception
    return app


def typed(app):
    return next(place for place in app.text_input if place.key.startswith("user_typed"))


def shown(app):
    return text_of(app) + html_of(app) + "".join(line.value for line in app.text)


@pytest.mark.parametrize("by", ["id", "pseudonym"])
def test_a_user_is_listed_and_forgotten_when_one_is_sure(space, dataset, open_page, by):
    data = dataset()
    (stored,) = stored_users(data, pd.Series(["user-7"]))
    (space.home / "reports" / "a.html").write_text(data.dataset_id)
    name = "user-7" if by == "id" else stored
    app = opened(open_page, data)
    if by == "pseudonym":
        app.selectbox(key="user_kind").select("Pseudonym").run()
    typed(app).set_value(name).run()
    assert not app.exception
    assert "the user has" in shown(app)
    assert "report a.html" in shown(app)
    assert button(app, "Forget for good").disabled
    assert Dataset.open(space, data.dataset_id) == data
    app.checkbox(key="user_reports").check().run()
    next(box for box in app.checkbox if box.key.startswith("user_sure")).check().run()
    app = button(app, "Forget for good").click().run()
    assert not app.exception
    assert "The user is forgotten" in shown(app)
    assert app.query_params["study"] == data.dataset_id
    assert Dataset.open(space, data.dataset_id).users == data.users - 1
    assert found(stored, space.home) == found("user-7", space.home) == []
    assert not (space.home / "reports" / "a.html").exists()
    assert not any(name in str(value) for value in app.query_params.values())
    assert typed(app).value == ""
    assert "user_turn" in repr(app.session_state)
    assert name not in repr(app.session_state)


def test_who_is_not_there_is_said_without_the_id(dataset, open_page):
    app = opened(open_page, dataset())
    typed(app).set_value("nobody@example.org").run()
    assert not app.exception
    assert "has no user of this id" in shown(app)
    assert "nobody@" not in shown(app)
    assert not [place for place in app.button if place.label == "Forget for good"]


def test_who_is_behind_a_pseudonym_is_told_and_written_down(space, dataset, open_page):
    data = dataset(id_table=True)
    (stored,) = stored_users(data, pd.Series(["user-7"]))
    app = opened(open_page, data)
    app.text_input(key="user_behind").set_value(stored)
    app = button(app, "Tell and write down").click().run()
    assert not app.exception
    assert "user-7" in shown(app)
    entry = audit.entries(space)[0][-1]
    assert (entry.what, entry.by, entry.facts["ids"]) == ("identify", "dashboard", 1)
    assert "user-7" not in shown(app.run()), "told once"
    assert found("user-7", space.home) == []


def test_without_a_way_back_the_log_is_asked_for(dataset, open_page):
    data = dataset()
    app = opened(open_page, data)
    assert f"identify {data.dataset_id} PSEUDONYM --log FILE" in "".join(code.value for code in app.code)
    assert not [place for place in app.text_input if place.key == "user_behind"]


def test_without_pseudonyms_there_is_nobody_to_tell(dataset, open_page):
    app = opened(open_page, dataset(pseudonymise=False))
    assert app.selectbox(key="user_kind").options == ["Id in the log"]
    assert not app.code
