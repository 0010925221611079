"""What nobody foresaw on a page, in a fragment or in a callback is a sentence, and the frame of the page stays."""

import ast
import re
from pathlib import Path

import pytest

from dashboard import gap_block, inputs, live_run, studies
from dashboard.results import cached
from tests.logs import arm_log
from tests.pages.reading import text_of

ROOT = Path(__file__).parents[2]
EMAIL = "alice@example.com"


def fails(*_given, **_more):
    raise KeyError(EMAIL)


def guarded(app, space):
    """A page that stopped: said so, without a word of the error, and with its links."""
    assert not app.exception
    told = text_of(app)
    assert "This part of the page cannot be shown." in told
    (reference,) = re.findall(r"reference ([0-9a-f]{8})", told)
    assert reference in (space.home / "errors.log").read_text()
    assert EMAIL not in told
    assert "Traceback" not in told
    assert EMAIL not in (space.home / "errors.log").read_text()
    return told


@pytest.mark.parametrize(
    ("page", "owner", "name"),
    [
        ("home", studies, "dataset_cards"),
        ("data", studies, "dataset_cards"),
        ("train", live_run, "look"),
        ("compare", cached, "comparison"),
        ("retention", cached, "retention_figures"),
        ("at_risk", cached, "risk"),
        ("what_if", cached, "retention"),
        ("report", cached, "report"),
    ],
)
def test_every_page(bring, space, open_page, monkeypatch, page, owner, name):
    bring(arm_log({"old": 0.06, "new": 0.02}, 40))
    monkeypatch.setattr(owner, name, fails)
    if page == "compare":
        from dashboard import compare_blocks

        monkeypatch.setattr(compare_blocks, "finished", fails)
    app = open_page(page)
    guarded(app, space)
    assert len(app.get("page_link")) == 9


def test_a_page_whose_study_cannot_be_looked_for(bring, space, open_page, monkeypatch):
    bring(arm_log({"": 0.06}, 40))
    monkeypatch.setattr(studies, "open_study", fails)
    guarded(open_page("data"), space)


def test_a_fragment(bring, space, open_page, monkeypatch):
    bring(arm_log({"old": 0.06, "new": 0.02}, 60))
    monkeypatch.setattr(gap_block, "_told", fails)
    told = guarded(open_page("retention"), space)
    assert "Is the difference real" in told  # what comes after it is drawn


def test_a_callback(bring, space, open_page, monkeypatch):
    bring(arm_log({"old": 0.06, "new": 0.02}, 60))
    app = open_page("retention")
    monkeypatch.setattr(inputs, "set_option", fails)
    app.number_input(key="retention.inactivity_days").set_value(9).run()
    guarded(app, space)


def test_a_full_disk_is_named(bring, space, open_page, monkeypatch):
    import errno

    def full(*_given):
        raise OSError(errno.ENOSPC, "no")

    bring(arm_log({"": 0.06}, 40))
    monkeypatch.setattr(cached, "retention_figures", full)
    assert "The disk is full." in text_of(open_page("retention"))
    assert not (space.home / "errors.log").exists()


def test_all_that_a_page_does_stands_within_the_boundary():
    for path in sorted((ROOT / "pages").glob("*.py")):
        done = [
            node
            for node in ast.parse(path.read_text()).body
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.Assign)
        ][1:]  # after the docstring
        assert [ast.unparse(node).splitlines()[0] for node in done] == ["with boundary():"], path
    for path in sorted((ROOT / "dashboard").glob("*.py")):
        source = path.read_text()
        for place in ("on_change=", "on_click=", "st.fragment"):
            assert place not in source or "boundary" in source or f'{place}"ignore"' in source, path
