"""What an address cannot do: name a file of the server."""

import pytest

from tests.logs import arm_log
from tests.pages.reading import html_of, text_of

TWO = {"old": 0.06, "new": 0.02}


@pytest.mark.parametrize("page", ["data", "train"])
def test_a_file_in_the_address_is_not_read(bring, open_page, page):
    study = bring(arm_log(TWO, 60), inactivity_days=7)
    app = open_page(page, {"study": study, "split.method": "file", "split.test_file": "/dev/zero"})
    assert "split.test_file names a file, and an address names none: it was left out." in text_of(app)
    for link in app.get("page_link"):
        assert "test_file" not in link.proto.query_string
        assert "split.method=file" in link.proto.query_string


def test_an_encoder_is_named_by_no_address_and_no_widget(bring, open_page, tmp_path):
    study = bring(arm_log(TWO, 60), inactivity_days=7)
    address = {"study": study, "text-similarity.encoder": str(tmp_path), "retention.inactivity_days": "9"}
    app = open_page("train", address)
    assert "text-similarity.encoder names a file" in text_of(app)
    assert [*app.query_params["retention.inactivity_days"]] == ["9"]  # a text, or a list of one
    assert not [field for field in app.text_input if "encoder" in (field.key or "")]


@pytest.mark.parametrize(("switch", "said"), [("", "Nothing leaves it."), ("1", "the names of encoders to fetch.")])
def test_the_sidebar_says_what_leaves_the_computer(space, open_page, monkeypatch, switch, said):
    monkeypatch.setenv("STAYING_POWER_DOWNLOADS", switch)
    assert said in html_of(open_page("home"))
