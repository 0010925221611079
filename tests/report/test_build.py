import hashlib
import html
import json
import re
import tomllib
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from recsys_core import __version__
from recsys_core.answers import Check, Issue, message, verbatim
from recsys_core.charts.retention.contrast_forest import forest_rows
from recsys_core.charts.retention.survival_chart import survival_figure
from recsys_core.errors import SettingsError
from recsys_core.report.build import build_report
from recsys_core.report.drawing import safe_json
from recsys_core.retention.study.retention_result import Verdict
from recsys_core.settings import SECTIONS, ReportSettings, StudySettings
from recsys_core.wording.sentences import say
from recsys_core.words import interval

MADE = datetime(2026, 11, 24, 12, tzinfo=UTC)
NO_COX_MODEL = message("warning-no-cox-model", reason=verbatim("it does not converge."))
BAD = "</script><script>alert(1)</script>"
TITLES = {
    "curves": ["Share of users still active", "The arms"],
    "pace": ["Do they leave, or do they only come less often?"],
    "contrasts": ["Is the difference real, and does it survive adjustment?"],
    "over-time": ["When does the difference open?"],
    "segments": ["For whom?"],
    "ranking": ["Ranking quality, offline"],
    "staying": [],  # the study of these tests has no hazards and no affinity cohorts
    "weeks": ["Back on day N", "Week by week, by start week"],
    "returns": ["Who comes back after a lapse?"],
    "gap": ["Why 14 days mean goodbye"],
    "what-if": ["What if users were moved? Unadjusted"],
    "data": ["The data"],
    "methods": ["How this was counted", "How far to trust this", "What this cannot say", "Methods"],
}
LAST = "To get this again"


class Page(HTMLParser):
    """Elements, texts by element, and the JSON of the figures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.scripts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs).get("type") or "", ""))

    def handle_data(self, data: str) -> None:
        tag = self._open[-1] if self._open else ""
        if tag == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        else:
            self.texts.setdefault(tag, []).append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    @property
    def headings(self) -> list[str]:
        return self.texts["h2"]

    @property
    def words(self) -> str:
        texts = [text for tag, found in self.texts.items() if tag != "style" for text in found]
        return " ".join(texts).replace("\u00a0", " ")

    @property
    def figures(self) -> list[dict[str, Any]]:
        found = [json.loads(text) for kind, text in self.scripts if kind == "application/json"]
        return [entry for entry in found if "wide" in entry]


def read(study) -> Page:
    return Page(build_report(study, MADE))


def test_the_report_answers_first_and_explains_last(study):
    report = build_report(study, MADE)
    page = Page(report)
    assert page.headings == [title for name in SECTIONS for title in TITLES[name]] + [LAST]
    in_order = [
        'class="running-head"', 'class="title">Which recommender keeps readers?<', 'class="sp-verdict sp-winner"',
        'class="sp-checks"', "<h2>Share of users still active", "<footer>",
    ]  # fmt: skip
    places = [report.index(mark) for mark in in_order]
    assert places == sorted(places)
    assert "Three recommenders, assigned at random at first exposure, 6,012 users." in page.words
    assert "log of 1 March to 27 August 2026" in page.words
    assert "sp-ruler-dot" not in report.split("<body>")[1]


def test_figures_and_tables_are_numbered_in_reading_order(study):
    labels = re.findall(r"<figcaption><b>(\w+) (\d+)\.</b>", build_report(study, MADE))
    for kind in ("Figure", "Table"):
        numbers = [int(number) for name, number in labels if name == kind]
        assert numbers == list(range(1, len(numbers) + 1))
    assert len(read(study).figures) == 9


def test_the_report_shows_the_figures_of_the_pages(study):
    found = study.retention
    survival, pace, forest = read(study).figures[:3]
    drawn = json.loads(survival_figure(found.arms, 60, "print").to_json())
    for mine, theirs in zip(survival["wide"]["data"], drawn["data"], strict=True):
        assert mine == theirs
    texts = [note["text"] for note in forest["wide"]["layout"]["annotations"]]
    rows = [row for row in forest_rows(found) if row.estimate]
    assert {interval(e.estimate, e.lower, e.upper, sign=True) for row in rows if (e := row.estimate)} <= set(texts)
    assert "not followed so far" in texts
    assert forest["narrow"]["layout"]["height"] > forest["wide"]["layout"]["height"]
    decisive = {
        interval(3.1, 1.5, 4.8, sign=True),
        interval(2.7, 1.1, 4.4, sign=True),
        interval(3.3, 1.7, 5.0, sign=True),
    }
    assert decisive <= {note["text"] for note in pace["wide"]["layout"]["annotations"]}


def test_the_tables_hold_the_results(study):
    said = read(study).words
    for figure in ("16.0 %", "28.8 (27.2 to 30.5)", "(2.3 to 9.0)", "(0.81 to 0.95)", "< .001", ".004", "AIPW", "IPTW"):
        assert figure in said, figure
    assert "Standardised over country" in said
    assert "country: de" in said
    assert "Concordance 0.531" in said
    assert "With a gap of 28 days the arms are followed for 40 days only." in said
    assert "bert > cf > popular" in said


def test_without_covariates_nothing_speaks_of_adjustment(study):
    plain = [replace(c, adjusted=None, adjusted_methods=()) for c in study.retention.contrasts]
    cox = replace(study.retention.cox, terms=study.retention.cox.terms[:2])
    page = read(study.finding(contrasts=tuple(plain), sensitivity=(), cox=cox))
    assert "Is the difference real?" in page.headings
    for word in ("AIPW", "Standardised", "G is the inactivity gap", "Cox model of lapsing", "Robins"):
        assert word not in page.words, word


def test_references_are_those_that_were_used(study, make_study):
    report = build_report(study, MADE)
    listed = re.findall(r"<li>(.*?)</li>", report)
    cited = {int(n) for group in re.findall(r"\[([\d, ]+)\]</dd>", report) for n in group.split(", ")}
    assert cited == set(range(1, len(listed) + 1))
    assert any("Grambsch &amp; Therneau 1994" in entry for entry in listed)
    assert "Grambsch" not in read(make_study("all users")).words


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_can_be_left_out_or_stand_alone(study, name):
    without = read(study.reporting(sections=[s for s in SECTIONS if s != name]))
    assert without.headings == [t for s in SECTIONS if s != name for t in TITLES[s]] + [LAST]
    assert read(study.reporting(sections=name)).headings == [*TITLES[name], LAST]


def test_sections_keep_the_order_of_the_report(study):
    page = read(study.reporting(sections="methods,curves"))
    assert page.headings == [*TITLES["curves"], *TITLES["methods"], LAST]


def test_an_unknown_section_is_refused_in_words():
    with pytest.raises(SettingsError, match=r"report\.sections holds 'graphs'; allowed are 'curves', 'pace', "):
        ReportSettings(sections=("curves", "graphs"))


def test_one_curve_needs_no_comparison(make_study):
    page = read(make_study("all users"))
    assert "6,012 users, one curve." in page.words
    assert "The users" in page.headings
    assert not {*TITLES["pace"], *TITLES["contrasts"], *TITLES["what-if"], "Is the difference real?"} & set(
        page.headings
    )
    assert "One curve says how long users stay" in page.words
    assert "Nothing here is drawn at random." in page.words
    assert len(page.figures) == 3


def test_a_tie_and_a_blocked_verdict_look_like_it(study):
    tie = replace(study.retention.verdict, state="tie")
    assert 'class="sp-verdict sp-tie"' in build_report(study.finding(verdict=tie), MADE)
    blocked = Verdict("blocked", "retention-blocked-sample-ratio")
    report = build_report(study.finding(verdict=blocked), MADE)
    assert 'class="sp-verdict sp-blocked"' in report
    assert report.count("For diagnosis only: a check failed.") == 2


def test_day_n_lists_the_arms_in_the_order_of_the_report(study):
    calendar = replace(study.retention.calendar, day_n=study.retention.calendar.day_n[::-1])
    table = build_report(study.finding(calendar=calendar), MADE).split("Back on day N</h2>")[1].split("</table>")[0]
    assert re.findall(r'class="sp-bold sp-family-\w+">(\w+)<', table) == ["bert", "cf", "popular"]


def test_thin_data_are_announced_above_the_curves(study):
    thin = Check("follow-up", "warn", "few-after-day", {"last": 20, "least": 10, "horizon": 20})
    report = build_report(study.finding(checks=(thin,)), MADE)
    section = report.split("<h2>Share of users still active</h2>")[1].split("<figure>")[0]
    assert "Fewer than 10 users are at risk in some arm after day 20;" in section


def test_arms_that_were_not_randomised_are_not_called_so(study):
    settings = study.retention.settings
    observed = read(study.finding(settings=replace(settings, randomised=False)))
    assert "not assigned at random" in observed.words
    assert "Users were not assigned at random." in observed.words
    assert "Intention to treat" not in observed.words
    attribute = read(study.finding(settings=replace(settings, cohort="plan")))
    assert "6,012 users, compared by plan: three groups." in attribute.words


def test_warnings_and_gaps_that_never_closed_are_said(study):
    never = replace(study.retention.gaps, days=(), returned=())
    page = read(study.finding(gaps=never, warnings=(NO_COX_MODEL,), calendar=None))
    assert "no gap ever closed" in page.words
    assert say(NO_COX_MODEL) in page.words
    assert "Back on day N" not in page.headings


def test_words_from_outside_are_text_everywhere(make_study):
    bad = make_study(BAD, 'cf" onload="x', "popular", title=f"{BAD} & title", event="<img src=x onerror=alert(1)>")
    dataset = replace(
        bad.dataset,
        mapping={"user": BAD, "item": "<b>item"},
        settings={"log": "<i>log.csv", "pseudonymise": True},
        issues=(Issue("warn", "reading", 0, {"note": verbatim(BAD)}),),
    )
    report = build_report(replace(bad, dataset=dataset), MADE)
    page = Page(report)
    assert len(page.scripts) == len(Page(build_report(make_study("a", "b", "c"), MADE)).scripts)
    names = {tag for tag, _ in page.elements}
    assert not {"img", "i"} & names
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert page.texts["title"] == [f"{BAD} & title"]
    assert any(trace.get("name") == html.escape(BAD, quote=False) for trace in page.figures[0]["wide"]["data"])
    policy = next(str(attrs["content"]) for tag, attrs in page.elements if attrs.get("http-equiv"))
    run = [text for kind, text in page.scripts if kind == ""]
    assert len(run) == 2
    for script in run:
        assert b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
        assert BAD not in script


def test_json_survives_what_would_end_a_script():
    value = {"name": "</script><!-- & \u2028\u2029 é"}
    text = safe_json(json.dumps(value, ensure_ascii=False))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


def test_the_file_stands_alone_and_stays_small(study):
    report = build_report(study, MADE)
    assert len(report.encode()) < 6_000_000
    page = Page(report)
    loads = [attrs.get(name) for _, attrs in page.elements for name in ("src", "href", "srcset", "data", "poster")]
    assert [target for target in loads if target and not target.startswith("data:")] == []
    style = "".join(page.texts["style"])
    assert "@import" not in style
    assert all(target.strip("'\"").startswith("data:") for target in re.findall(r"url\(([^)]*)\)", style))
    assert report.count("plotly.js v") == 1
    policy = next(str(attrs["content"]) for tag, attrs in page.elements if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "noscript" in {tag for tag, _ in page.elements}


def test_the_settings_in_the_report_are_those_that_were_used(study):
    study = replace(
        study, dataset=replace(study.dataset, settings=study.dataset.settings | {"log": "/home/me/log.csv"})
    )
    page = read(study.reporting(title="For the board"))
    shown = StudySettings.from_dict(tomllib.loads("".join(page.texts["pre"])))
    assert shown.retention == study.retention.settings
    assert shown.scenario == study.rollout.settings
    assert shown.data.log == "log.csv"
    assert (shown.data.user, shown.data.recommender) == ("reader", "served by")
    assert "/home/me" not in page.words
    assert "Which recommender keeps readers?, log of 1 March" in page.words
    assert page.texts["title"] == ["For the board"]


def test_the_report_can_be_made_again(study):
    said = read(study).words
    assert build_report(study, MADE) == build_report(study, MADE)
    for fact in ("3f9ac21e00112233", f"sha256 {'ab' * 32}", "log.csv", "24 November 2026",
                 f"Staying Power {__version__}",
                 "adjusted contrasts: 1, 200 resamples; what-if: 1, 1,000 resamples.", "duckdb 2.", "plotly 7.",
                 "python -m recsys_core run study.toml"):  # fmt: skip
        assert fact in said, fact


def test_the_title_falls_back_to_the_data_set(study):
    page = read(replace(study, settings=StudySettings()))
    assert page.texts["title"] == ["Reading app"]
    assert 'title = "Reading app"' in page.words
