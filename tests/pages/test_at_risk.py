"""The page At risk: the answer, the list, the scores; and what it says where nothing can be told."""

from tests.pages.reading import button, sentence_of, state_of, text_of


def test_the_answer_comes_first_then_the_list_and_the_scores(sample, open_page):
    app = open_page("at_risk")
    assert state_of(app) == "Who will lapse"
    assert "still here are likelier than not to lapse within 30 days." in sentence_of(app)
    said = text_of(app)
    order = [said.index(part) for part in ("still here are likelier", "Likeliest to lapse", "Does a risk of 70 % mean",
             "How good is it?", "How far to trust this", "How this was counted")]  # fmt: skip
    assert order == sorted(order)
    assert all(name in said for name in ("Cox", "discrete-time logistic", "boosted trees"))
    assert {found.label for found in app.download_button} == {"Risks as CSV", "Calibration as CSV", "Scores as CSV"}


def test_days_that_the_log_cannot_tell_are_refused_in_words(sample, open_page):
    app = open_page("at_risk", {"risk.days": "90"})
    said = text_of(app)
    assert "Who will lapse cannot be told from this log." in said
    assert "takes 236: 28 of history, and twice the gap of 14 days and the days ahead." in said
    button(app, "Reset settings").click().run()
    assert state_of(app) == "Who will lapse"
