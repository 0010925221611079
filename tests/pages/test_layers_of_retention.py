"""The retention page in layers: what stands before the verdict, the gap that is tried, and the block about pace."""

from dataclasses import replace

import pytest

from dashboard.results import cached
from recsys_core.answers import Interval
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.study.decision import ArmPace, BestComparison, Decision, PaceRatio, PairDecision
from tests.logs import arm_log
from tests.pages.reading import button, html_of, sentence_of, text_of

GAP = "retention.inactivity_days"


def test_words_explain_themselves_and_only_where_they_stand(sample, open_page):
    html = html_of(open_page("retention"))
    assert 'data-means="Hazard ratio: How much faster users of one arm lapse' in html
    assert "Landmark: " not in html


def test_a_gap_is_tried_without_counting_again_and_then_used(sample, open_page, monkeypatch):
    app = open_page("retention")
    monkeypatch.setattr(cached, "retention", lambda _: pytest.fail("the study was computed again"))
    before = sentence_of(app)
    (slider,) = [found for found in app.slider if found.key == "gap_tried_14"]
    assert (slider.min, slider.value) == (1, 14)
    assert "That is the gap in use." in text_of(app)
    assert "Use this gap" not in [found.label for found in app.button]
    monkeypatch.undo()
    app = slider.set_value(28).run()
    assert not app.exception
    said = text_of(app)
    assert "With a gap of 28 days , about" in said
    assert sentence_of(app) == before
    assert GAP not in app.query_params
    app = button(app, "Use this gap").click().run()
    assert app.query_params[GAP] == "28"
    assert sentence_of(app) == before, "what decides knows no gap"
    assert "counts as leaving" not in before
    assert "Lapsed after 28 days without activity" in text_of(app)
    assert "after 28 days without activity" in text_of(app)


def test_settings_show_what_was_chosen(bring, open_page):
    bring(arm_log({"old": 0.06, "new": 0.02}, 200))
    app = open_page("retention")
    field = app.number_input(key=GAP)
    assert field.value is None
    assert field.placeholder == "7 (chosen)"
    assert app.number_input(key="retention.horizon_days").placeholder.endswith(" (chosen)")


def days(estimate, lower, upper):
    return RestrictedMean(estimate, 0.8, lower, upper, days=60)


@pytest.fixture
def decided(monkeypatch):
    """Every study comes with a decision made by hand."""
    found = cached.retention

    def with_decision(study):
        result = found(study)
        names = tuple(arm.name for arm in result.arms)
        pair = PairDecision(
            names[0], names[1], days(9.9, 8.8, 11.1), days(7.7, 6.6, 8.8), PaceRatio(Interval(1.5), 0.01)
        )
        arms = tuple(ArmPace(name, days(30.0, 28.0, 32.0), 0.3, 100, 0.5, 0.6) for name in names)
        best = tuple(BestComparison(name, 0.0, -1.0, 1.0) for name in names)
        decision = Decision(names, (pair,), arms, best, 60, 42, 50, 1.96, 2.4)
        return replace(result, decision=decision, verdict=replace(result.verdict, pair=pair))

    monkeypatch.setattr(cached, "retention", with_decision)


def test_a_decision_is_drawn_and_the_ruler_is_its(decided, sample, open_page):
    app = open_page("retention")
    said, html = text_of(app), html_of(app)
    assert "Do they leave, or do they only come less often?" in said
    assert said.index("How far to trust this") < said.index("Do they leave") < said.index("Is the difference real")
    assert 'aria-label="days engaged, bert minus cf: +9.9 (8.8 to 11.1)"' in html
    assert "visit 1.50 times for one visit" in said
    assert {"Pace", "Decision"} <= {found.label for found in app.download_button}
    assert "pace" in {chart.proto.id.split("-")[-1] for chart in app.get("plotly_chart")}


def test_without_a_decision_the_block_about_pace_is_absent(sample, open_page, monkeypatch):
    found = cached.retention
    monkeypatch.setattr(cached, "retention", lambda study: replace(found(study), decision=None))
    said = text_of(open_page("retention"))
    assert "Do they leave" not in said
    assert "Comparing the arms" not in said


def test_four_arms_keep_every_column(bring, open_page):
    names = {
        "content-based-bert-large-encoder-v2": 0.02,
        "item neighbours of everything": 0.05,
        "pop": 0.06,
        "seq": 0.03,
    }
    bring(arm_log(names, 400))
    app = open_page("retention")
    assert all(name in text_of(app) for name in names)
    assert html_of(app).count('<div class="sp-table-frame" tabindex=0>') == html_of(app).count('<table class="sp-table')


def test_a_label_shows_names_as_they_are(bring, open_page):
    from dashboard.drawing.layers import plain_label

    assert plain_label("[x](http://e.example) $a$ :red[b] 5 %") == (
        "\\[x\\]\\(http\\://e.example\\) \\$a\\$ \\:red\\[b\\] 5\u00a0%"
    )
