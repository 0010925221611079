"""Deleting on the page Data: folded, with what will go by name, and only when one is sure."""

from tests.logs import arm_log
from tests.pages.reading import button, html_of, text_of


def listed(app):
    app.toggle(key="care_list").set_value(True).run()
    assert not app.exception
    return app


def test_the_data_set_is_listed_and_deleted_when_one_is_sure(space, bring, open_page):
    first = bring(arm_log({"": 0.02}, users=20), title="<b>First</b>")
    app = listed(open_page("data", {"study": first}))
    assert any(f"<b>First</b> ({first})" in line.value for line in app.text)
    assert "<b>First" not in html_of(app)
    assert button(app, "Delete it for good").disabled
    app.checkbox(key="care_sure").check().run()
    app = button(app, "Delete it for good").click().run()
    assert not app.exception
    assert space.dataset_ids() == []
    assert "is deleted;" in text_of(app)
    assert "Nothing imported yet." in text_of(app)


def test_after_a_deletion_the_other_data_set_is_open(space, bring, open_page):
    first, second = (bring(arm_log({"": 0.02}, users=20, seed=seed), title=f"Log {seed}") for seed in (1, 2))
    app = listed(open_page("data", {"study": first}))
    app.checkbox(key="care_sure").check().run()
    app = button(app, "Delete it for good").click().run()
    assert space.dataset_ids() == [second]
    assert app.query_params["study"] == second
    assert "Log 1 is deleted;" in text_of(app)


def test_a_study_and_a_report_are_deleted(space, bring, open_page):
    dataset = bring(arm_log({"": 0.02}, users=20), inactivity_days=7)
    (space.home / "reports" / "a.html").write_text(dataset)
    app = listed(open_page("data"))
    assert any("report a.html" in line.value for line in app.text)
    app = button(app, "Delete this report").click().run()
    assert list((space.home / "reports").iterdir()) == []
    app = button(listed(app), "Delete its settings").click().run()
    assert not app.exception
    assert not (space.home / "datasets" / dataset / "study.toml").exists()
    assert space.dataset_ids() == [dataset]


def test_what_is_stored_is_checked_and_damage_is_told(space, bring, open_page):
    dataset = bring(arm_log({"": 0.02}, users=20))
    app = listed(open_page("data"))
    app.toggle(key="care_verify").set_value(True).run()
    assert not app.exception
    assert "Nothing of 2 things is damaged." in text_of(app)
    path = space.home / "datasets" / dataset / "interactions.parquet"
    path.write_bytes(path.read_bytes()[:-8] + b"damaged!")
    app.run()
    assert "1 of 2 things is damaged." in text_of(app)
    assert f"{path} is damaged" in text_of(app)


def test_a_damaged_data_set_is_listed_and_deleted_beside_a_sound_one(space, bring, open_page):
    sound, damaged = (bring(arm_log({"": 0.02}, users=20, seed=seed), title=f"Log {seed}") for seed in (1, 2))
    (space.home / "datasets" / damaged / "dataset.json").write_text("[1e300]")
    app = open_page("data")
    assert app.query_params["study"] == sound
    told = text_of(app)
    assert "A data set cannot be opened." in told
    assert f"{damaged}/dataset.json" in told
    app = app.button(key=f"delete_damaged_{damaged}").click().run()
    assert not app.exception
    assert space.dataset_ids() == [sound]
    assert "A data set is damaged." not in text_of(app)
