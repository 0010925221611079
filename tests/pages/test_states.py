"""Pages without data, with little of it, and with names that are not harmless."""

import json

import pytest

from tests.logs import arm_log
from tests.pages.reading import button, html_of, sentence_of, state_of, text_of

TWO = {"old": 0.06, "new": 0.02}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("home", "Nothing yet. The sample study or your own log will be the first."),
        ("data", "Nothing imported yet."),
        ("train", "Training needs a data set."),
        ("compare", "A comparison needs a data set."),
        ("retention", "Retention needs a data set."),
        ("what_if", "A what-if needs a data set."),
        ("report", "A report needs a data set."),
    ],
)
def test_empty_workspace(space, open_page, page, said):
    app = open_page(page)
    assert said in text_of(app)
    assert "No study open" in text_of(app)
    assert app.query_params == {}
    assert len(app.get("page_link")) == 9


@pytest.mark.parametrize("page", ["data", "retention", "what_if", "report"])
def test_an_empty_workspace_is_a_click_from_the_sample(space, open_page, page):
    app = button(open_page(page), "Open the sample study").click().run()
    assert not app.exception
    (study,) = space.dataset_ids()
    assert app.query_params == {"study": study}


def test_an_empty_page_leads_to_the_import(space, open_page):
    app = button(open_page("retention"), "Import a file").click().run()
    assert not app.exception
    assert [uploader.label for uploader in app.file_uploader] == [
        "Log",
        "Items table, optional",
        "Users table, optional",
    ]


def test_a_log_without_arms(bring, open_page):
    study = bring(arm_log({"": 0.04}, 200))
    assert "The log names no recommender" in text_of(open_page("data"))
    app = open_page("retention")
    assert state_of(app)
    assert "longer" not in sentence_of(app)
    assert "Is the difference real" not in text_of(app)
    assert "recommender" in text_of(app)
    moved = open_page("what_if")
    assert "this data set has one curve. Import a log with a recommender column" in text_of(moved)
    assert "no arms in the log" in text_of(moved)
    assert moved.query_params == {"study": study}
    assert not moved.number_input


def test_asking_a_log_without_arms_for_its_arms(bring, open_page):
    bring(arm_log({"": 0.04}, 60))
    app = open_page("retention", {"retention.cohort": "recommender"})
    assert "The log names no recommender, so there are no arms to compare." in text_of(app)


def test_one_arm(bring, open_page):
    bring(arm_log({"only": 0.04}, 200))
    assert "The log names one recommender, only" in text_of(open_page("data"))
    app = open_page("retention")
    assert state_of(app)
    assert "Is the difference real" not in text_of(app)
    assert "this data set has one curve" in text_of(open_page("what_if"))


@pytest.mark.parametrize("lapse", [{"": 0.04}, {"only": 0.04}, {"old": 0.04, "new": 0.04}])
def test_the_report_is_written_of_little_too(bring, open_page, lapse):
    bring(arm_log(lapse, 60), title="Small & new")
    app = open_page("report")
    assert "The report is ready to send." in text_of(app)
    (frame,) = app.get("iframe")
    assert "Small &amp; new" in frame.proto.srcdoc
    assert sentence_of(open_page("retention")) in " ".join(frame.proto.srcdoc.replace("&nbsp;", " ").split())


def test_two_arms_far_apart(bring, open_page):
    bring(arm_log(TWO, 400))
    app = open_page("retention")
    assert state_of(app) == "Clear winner"
    assert sentence_of(app).startswith("Users first served by new stay engaged ")


def test_thin_data_names_no_winner(bring, open_page):
    bring(arm_log({"old": 0.04, "new": 0.04}, 60))
    app = open_page("retention")
    assert state_of(app) != "Clear winner"
    assert sentence_of(app)
    assert open_page("what_if").query_params


def test_one_row(bring, open_page):
    bring("user_id,item_id,timestamp\nu,i,2026-03-01T10:00:00Z\n")
    assert "1 user" in text_of(open_page("data"))
    assert "Retention cannot be computed." in text_of(open_page("retention"))
    assert "There is no scenario to show." in text_of(open_page("what_if"))
    assert "The report cannot be written." in text_of(open_page("report"))


def test_one_row_of_an_arm(bring, open_page):
    bring("user_id,item_id,timestamp,recommender\nu,i,2026-03-01T10:00:00Z,bert\n")
    assert "Retention cannot be computed." in text_of(open_page("retention"))


def test_unequal_arms_block_the_verdict(bring, open_page):
    rows = arm_log(TWO, 400).splitlines()
    kept = [row for row in rows if not (row.endswith("new") and int(row.split("-", 1)[1].split(",")[0]) % 3)]
    bring("\n".join(kept) + "\n")
    app = open_page("retention")
    assert state_of(app) == "No verdict: a check failed"
    assert sentence_of(app) == "The arms are not the sizes the assignment promised, so no winner is named."


def test_markup_in_names_is_shown_as_text(bring, open_page):
    bring(arm_log({"<b>x</b>": 0.06, "<script>y</script>": 0.02}, 300), title="<i>Mine</i>")
    pages = {page: html_of(open_page(page)) for page in ("home", "data", "retention", "what_if")}
    for html in pages.values():
        assert "<b>x" not in html
        assert "<script" not in html
        assert "<i>Mine" not in html
        assert "&lt;i&gt;Mine&lt;/i&gt;" in html
    assert "<script>y" not in (report := open_page("report").get("iframe")[0].proto.srcdoc)
    assert "<b>x" not in report
    assert "&lt;b&gt;x&lt;/b&gt;" in report
    for page in ("data", "retention", "what_if"):
        assert "&lt;script&gt;y&lt;/script&gt;" in pages[page]
        assert "&lt;b&gt;x&lt;/b&gt;" in pages[page]


def test_markdown_in_names_does_no_harm(bring, open_page):
    bring(arm_log({"a$b$c": 0.06, "[x](http://e.example)": 0.02}, 300))
    app = open_page("retention")
    assert "[x](http://e.example)" in sentence_of(app)
    assert not [line for line in (*app.caption, *app.markdown) if "http://e.example" in line.value]


def test_another_data_set_opens_from_the_data_page(bring, open_page):
    first = bring(arm_log(TWO, 60), title="First")
    second = bring(arm_log(TWO, 80), title="Second")
    app = open_page("data", {"study": second, "retention.inactivity_days": "9"})
    assert "First: 60 users" in text_of(app)
    app = app.button(key=f"open_{first}").click().run()
    assert not app.exception
    assert app.query_params == {"study": first}
    assert "60 users" in text_of(app)


def test_own_settings_of_a_study_are_in_force(bring, open_page):
    bring(arm_log(TWO, 200), inactivity_days=9)
    app = open_page("retention")
    assert "after 9 days without activity" in text_of(app)
    assert app.number_input(key="retention.inactivity_days").value == 9


@pytest.mark.parametrize("page", ["home", "data", "train"])
def test_a_kept_study_that_cannot_be_read_leaves_the_pages_open(bring, space, open_page, page):
    study = bring(arm_log(TWO, 60))
    (space.dataset_folder(study) / "study.toml").write_text("[retention]\nlog_end = '9999-12-31'\n")
    app = open_page(page)
    assert "The defaults are in force." in text_of(app)
    assert "Mend that file, or delete it for the defaults" in text_of(app)
    assert app.query_params == {"study": study}


def test_a_damaged_card_does_not_hide_the_others(bring, space, open_page):
    older = bring(arm_log(TWO, 60))
    newer = bring(arm_log(TWO, 80))
    (space.dataset_folder(newer) / "dataset.json").write_text("{")
    assert open_page("data").query_params == {"study": older}
    assert "This study cannot be opened." in text_of(open_page("data", {"study": newer}))


def test_a_damaged_card_says_so_and_offers_a_start(bring, space, open_page):
    study = bring(arm_log(TWO, 60))
    (space.dataset_folder(study) / "dataset.json").write_text("{")
    app = open_page("retention")
    assert "This study cannot be opened." in text_of(app)
    assert [found.label for found in app.button] == ["Open the sample study", "Import a file"]


@pytest.mark.parametrize("card", ["{", "later"])
def test_where_nothing_can_be_opened_the_page_data_deletes_it_and_takes_another_log(bring, space, open_page, card):
    study = bring(arm_log(TWO, 60))
    path = space.dataset_folder(study) / "dataset.json"
    told = json.dumps(json.loads(path.read_text()) | {"last_time": 253_402_300_799}) if card == "later" else card
    path.write_text(told)
    path.with_name("sums.json").unlink()  # as earlier versions kept none
    app = open_page("data")
    assert "This study cannot be opened." in text_of(app)
    assert "Nothing imported yet." not in text_of(app)
    assert len(app.get("file_uploader")) == 3
    app = app.button(key=f"delete_damaged_{study}").click().run()
    assert not app.exception
    assert f"{study} is deleted." in text_of(app)
    assert "Nothing imported yet." in text_of(app)
    assert space.dataset_ids() == []


def test_the_page_data_offers_what_can_be_opened_beside_what_cannot(bring, space, open_page):
    sound, other = bring(arm_log(TWO, 60)), bring(arm_log(TWO, 80))
    (space.dataset_folder(other) / "dataset.json").write_text("{")
    app = open_page("data", {"study": other})
    assert app.button(key=f"open_{sound}").label == "Open"
