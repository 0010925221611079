"""Every page with the sample study: what it says, and that the settings in its address are what it shows."""

import pytest

from tests.pages.reading import button, html_of, sentence_of, state_of, text_of


def test_home_lists_the_study_and_leads_to_its_answer(sample, open_page):
    app = open_page("home")
    assert "Which recommender keeps your users?" in text_of(app)
    assert "Sample reading app 6,000 " in text_of(app)
    app = button(app, "Open the sample study").click().run()
    assert not app.exception
    assert app.query_params == {"study": sample}
    assert sentence_of(app).startswith("Users first served by bert stay engaged")


def test_data_says_what_was_imported_and_how(sample, open_page):
    said = text_of(open_page("data"))
    assert "6,000 users" in said
    assert "The log names bert, cf and popular, so Retention can compare them." in said
    assert "How it was cleaned" in said
    assert f"Data set {sample}, named after its content" in said
    assert "User ids are keyed hashes." in said


def test_retention_answers_first_and_shows_the_evidence(sample, open_page):
    app = open_page("retention")
    assert state_of(app) == "Clear winner"
    said = text_of(app)
    order = [said.index(part) for part in ("Users first served by bert",
             "5,555 of 6,000 users are counted", "Share of users still active",
             "What could make the answer wrong", "How far to trust this", "Is the difference real", "For whom?",
             "Each line is a finding")]  # fmt: skip
    assert order == sorted(order)
    folds = [fold.label for fold in app.expander if fold.label != "More settings"]
    assert [fold.partition(" ")[0] for fold in folds] == [
        "When", "Is", "To", "Back", "Week", "Half", "4,170", "Last", "Back", "Why", "How",
    ]  # fmt: skip
    assert folds[3].startswith("Back on day 30: 14.3\u00a0%")
    assert "bert − cf" in said
    assert "after 14 days without activity. Horizon 60 days . Log-log intervals." in said
    assert {chart.proto.id.split("-")[-1] for chart in app.get("plotly_chart")} >= {"survival", "forest", "gap"}
    assert {chart.proto.id.split("-")[-1] for chart in app.get("plotly_chart")} >= {"difference", "hazard", "segments"}
    assert {found.label for found in app.download_button} >= {
        "Arms", "Curves", "Contrasts", "Difference by day", "Hazard ratio by day", "Segments", "Returns", "Day N",
        "Start weeks", "Time to return", "Active users", "Lifecycle", "Plan", "Gaps",
    }  # fmt: skip
    assert "Terms:" not in said
    assert "more (" in said
    assert "are still users on day 30 with bert than with cf." in said


def test_a_changed_gap_stands_in_the_address_and_in_the_answer(sample, open_page):
    app = open_page("retention")
    before = sentence_of(app)
    assert "5,555 of 6,000 users are counted." in text_of(app)
    app.number_input(key="retention.inactivity_days").set_value(28).run()
    assert not app.exception
    assert app.query_params == {"study": sample, "retention.inactivity_days": "28"}
    assert "after 28 days without activity." in text_of(app)
    assert "5,555 of 6,000 users are counted." not in text_of(app), "fewer can be judged"
    assert sentence_of(app) == before, "what decides knows no gap"
    again = open_page("retention", {"study": sample, "retention.inactivity_days": "28"})
    assert sentence_of(again) == sentence_of(app)
    button(app, "Reset settings").click().run()
    assert app.query_params == {"study": sample}
    assert sentence_of(app) == before


def test_settings_travel_in_the_links_between_pages(sample, open_page):
    app = open_page("retention", {"study": sample, "retention.inactivity_days": "28", "other": "1"})
    links = [link.proto.query_string for link in app.get("page_link")]
    assert len(links) == 9
    assert set(links) == {f"study={sample}&retention.inactivity_days=28"}


def test_a_gap_taken_back_to_the_studys_own_leaves_the_address(sample, open_page):
    app = open_page("retention", {"study": sample, "retention.inactivity_days": "28"})
    app.number_input(key="retention.inactivity_days").set_value(14).run()
    assert app.query_params == {"study": sample}


def test_a_value_that_cannot_be_computed_is_said_and_can_be_mended(sample, open_page):
    app = open_page("retention", {"retention.report_day": "3000"})
    assert "Retention cannot be computed." in text_of(app)
    assert "retention.report_day is 3000, but an arm is followed for" in text_of(app)
    button(app, "Reset settings").click().run()
    assert state_of(app) == "Clear winner"


@pytest.mark.parametrize("page", ["data", "retention", "what_if"])
def test_a_bad_setting_in_the_address_is_named_and_not_used(sample, open_page, page):
    app = open_page(page, {"retention.inactivity_days": "abc"})
    said = text_of(app)
    assert "A setting in the address was not used." in said
    assert "retention.inactivity_days is 'abc', but it must be a whole number." in said
    app = button(app, "Reset settings").click().run()
    assert not app.exception
    assert "was not used" not in text_of(app)
    assert app.query_params == {"study": sample}


def test_a_setting_that_does_not_exist_is_named(sample, open_page):
    said = text_of(open_page("retention", {"retention.gap": "3"}))
    assert "There is no setting retention.gap. The settings of this stage are: cohort" in said


def test_an_unknown_study_in_the_address_is_named(sample, open_page):
    app = open_page("retention", {"study": "0123456789abcdef"})
    assert "The workspace holds no data set '0123456789abcdef'." in text_of(app)
    assert not state_of(app)
    app = button(app, "Open the sample study").click().run()
    assert app.query_params == {"study": sample}
    assert state_of(app) == "Clear winner"


def test_markup_in_the_address_is_shown_as_text(sample, open_page):
    html = html_of(open_page("retention", {"study": "<img src=x onerror=alert(1)>"}))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_what_if_changes_with_the_share(sample, open_page):
    app = open_page("what_if")
    assert sentence_of(app).startswith("Moving 50 % of cf users to bert would keep about ")
    half = text_of(app)
    assert "unadjusted" in state_of(app)
    app.slider(key="scenario.share").set_value(0.2).run()
    assert not app.exception
    assert app.query_params == {"study": sample, "scenario.share": "0.2"}
    assert sentence_of(app).startswith("Moving 20 % of cf users to bert would keep about ")
    assert "20% moved" in text_of(app).replace(" %", "%")
    assert text_of(app) != half


def test_what_if_refuses_an_arm_moved_to_itself(sample, open_page):
    app = open_page("what_if", {"scenario.source": "bert", "scenario.target": "bert"})
    assert "There is no scenario to show." in text_of(app)
    assert "Users of 'bert' cannot move to 'bert'. Choose two different arms." in text_of(app)
    app.selectbox(key="scenario.target").set_value("cf").run()
    assert sentence_of(app).startswith("Moving 50 % of bert users to cf would")


def test_what_if_refuses_a_day_beyond_the_data(sample, open_page):
    app = open_page("what_if", {"scenario.day": "3000"})
    assert "scenario.day is 3000, but both arms are followed for" in text_of(app)


def test_report_is_the_pages_in_one_file(sample, open_page):
    app = open_page("report")
    assert "The report is ready to send." in text_of(app)
    (offer,) = app.download_button
    assert offer.label.startswith("Download HTML, ")
    (frame,) = app.get("iframe")
    assert sentence_of(open_page("retention")) in frame.proto.srcdoc
