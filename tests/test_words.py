import math

import pytest

from recsys_core import words


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (28.84, 1, "28.8"),
        (-0.017, 3, "−0.017"),
        (-0.04, 1, "0.0"),
        (1_186_059, 0, "1,186,059"),
        (None, 1, "–"),
        (math.nan, 1, "–"),
        (math.inf, 1, "–"),
    ],
)
def test_numbers(value, digits, written):
    assert words.number(value, digits) == written


def test_signs():
    assert words.days(3.2, sign=True) == "+3.2"
    assert words.days(-3.2, sign=True) == "−3.2"
    assert words.days(0.01, sign=True) == "0.0"


def test_shares():
    assert words.percent(0.446) == "44.6 %"
    assert words.percent(0.5, 0) == "50 %"
    assert words.percent(None) == "–"
    assert words.points(0.057, sign=True) == "+5.7"


def test_intervals_carry_a_plus_sign_on_the_estimate_only():
    assert words.interval(3.2, 1.5, 4.8) == "3.2 (1.5 to 4.8)"
    assert words.interval(3.2, 1.5, 4.8, sign=True) == "+3.2 (1.5 to 4.8)"
    assert words.interval(0.4, -1.3, 2.1, sign=True) == "+0.4 (−1.3 to 2.1)"
    assert words.interval(0.057, 0.023, 0.09, scale=100) == "5.7 (2.3 to 9.0)"
    assert words.limits(12, 45, 0) == "12 to 45"


@pytest.mark.parametrize(
    ("p", "figure", "sentence"),
    [
        (0.012, ".012", "p = .012"),
        (0.61, ".61", "p = .61"),
        (0.0996, ".10", "p = .10"),
        (0.0994, ".099", "p = .099"),
        (0.0001, "< .001", "p < .001"),
        (0.999, "> .99", "p > .99"),
        (None, "–", "p = –"),
    ],
)
def test_p_values(p, figure, sentence):
    assert words.p_figure(p) == figure
    assert words.p_value(p) == sentence


def test_dates_are_utc():
    start = 1_772_323_200  # 2026-03-01 00:00 UTC
    assert words.date(start) == "1 March 2026"
    assert words.date(start - 1) == "28 February 2026"
    assert words.short_date(start + 86_400) == "2 Mar"
    assert words.date_span(start, start + 179 * 86_400) == "1 March to 27 August 2026"
    assert words.date_span(start - 90 * 86_400, start) == "1 December 2025 to 1 March 2026"


def test_counts_and_lists():
    assert words.count(6012) == "6,012"
    assert words.listed(["bert"]) == "bert"
    assert words.listed(["bert", "cf", "popular"]) == "bert, cf and popular"


def test_nouns_follow_their_number():
    assert [words.counted(n, "user") for n in (0, 1, 6012)] == ["0 users", "1 user", "6,012 users"]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.43, "0.4 s"),
        (20.4, "20 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (240, "4 min"),
        (3569, "59 min"),
        (3600, "1.0 h"),
        (9000, "2.5 h"),
    ],
)
def test_durations(seconds, written):
    assert words.duration(seconds) == written


def test_small_counts_are_words():
    assert [words.spelled(count) for count in (0, 1, 12, 13, 1300)] == ["no", "one", "twelve", "13", "1,300"]


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "0 bytes"),
        (812, "812 bytes"),
        (1000, "1.0 kB"),
        (14_240, "14.2 kB"),
        (999_999, "1.0 MB"),
        (3_100_000, "3.1 MB"),
        (2e9, "2.0 GB"),
    ],
)
def test_sizes(size, written):
    assert words.size(size) == written


def test_labels_inside_sentences():
    assert [words.inside(label) for label in ("Training pairs", "LoRA rank", "Epochs")] == [
        "training pairs", "LoRA rank", "epochs",
    ]  # fmt: skip
