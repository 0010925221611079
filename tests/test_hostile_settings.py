"""Whatever a study file, --set or an address holds, the answer is settings or a sentence, never an exception."""

import random
from dataclasses import fields

import pytest
import streamlit as st
import tomli_w

from dashboard import studies
from recsys_core.errors import SettingsError, StayingPowerError
from recsys_core.retention.population.lifetimes import resolve_log_end
from recsys_core.retention.population.local_time import zone_of
from recsys_core.retention.population.study_clock import study_clock
from recsys_core.settings import MODELS, STAGES, RetentionSettings, Stage, StudySettings
from recsys_core.settings.assignments import by_stage

KINDS = {**STAGES, **MODELS}
DATES = (
    *("0000-01-01", "0001-01-01", "1969-12-31", "9999-12-31", "9999-12-31T23:59:59-23:59", "2026-02-30", "9999-W53-7"),
    *("2026-03-11..9999-12-31", "..", "10000-01-01", "-2026-01-01", "2026-03-11..2026-03-01"),
)
TEXTS = (
    *(
        "",
        " ",
        "nan",
        "inf",
        "-inf",
        "1e300",
        "-1e300",
        "1e-300",
        "9" * 400,
        "-1",
        "true",
        "0x10",
        "٣",
        "½",
        "a" * 5000,
    ),
    *("a," * 5000, "\x00", "a\x1b[31mb", "\r\n\t", "\u202e\ufeff", "../../etc/passwd", "/dev/zero", "<script>", "{0}"),
    *("a=nan", "=", "bert=1e300,cf=-1", "popular=item-knn,=", "Europe", "Europe/../UTC"),
    *DATES,
)
VALUES = (
    *TEXTS,
    *(10**400, -(10**400), 2**63, 1e300, -1e300, float("nan"), float("inf"), 5e-324, True, [], [[]], [[1, "a"]], {}),
    *(["a"] * 5000, {"a": 1}, [1, 2.5, True], ["\x00"], ["a" * 5000]),
)


def answer(make):
    """What is made; the sentence where it is refused. Anything else is raised."""
    try:
        return make()
    except StayingPowerError as err:
        said = str(err)
    assert len(said) < 4000
    assert not {"\x00", "\x1b"} & set(said)
    return said


def drawn(kind: type[Stage], seed: int):
    """Several fields at once, with texts of random signs among the values."""
    draw = random.Random(seed)  # noqa: S311 - no secret is drawn
    noise = "".join(
        chr(draw.choice((0, 7, 27, 44, 46, 61, 0x660, 0x2028, 0x1F600, draw.randrange(0xD800)))) for _ in range(40)
    )
    names = [field.name for field in fields(kind)]
    return {name: draw.choice((*VALUES, noise)) for name in draw.sample(names, min(3, len(names)))}


def cases(kind: type[Stage]):
    """Every value in some field, every field with some values, and several fields at once."""
    draw, names = random.Random(kind.stage), [field.name for field in fields(kind)]  # noqa: S311
    if not names:
        return []
    every = [{draw.choice(names): value} for value in VALUES]
    some = [{name: value} for name in names for value in draw.sample(VALUES, 3)]
    return [*every, *some, *(drawn(kind, seed) for seed in range(20))]


@pytest.mark.parametrize("name", KINDS)
def test_study_files(name, tmp_path):
    path = tmp_path / "study.toml"
    for values in cases(KINDS[name]):
        path.write_text(
            tomli_w.dumps({"models": {name: values}} if name in MODELS else {name: values}), encoding="utf-8"
        )
        found = answer(lambda: StudySettings.from_toml(path))
        if not isinstance(found, str):
            path.write_text(found.to_toml(), encoding="utf-8")
            assert StudySettings.from_toml(path) == found, values


@pytest.mark.parametrize("name", KINDS)
def test_assignments(name):
    names = {name: [field.name for field in fields(KINDS[name])]}
    for values in cases(KINDS[name]):
        given = [
            f"{field}={value}" for field, value in values.items() if not isinstance(value, int) or abs(value) < 1e300
        ]
        answer(lambda given=given: KINDS[name].from_dict(by_stage(given, names)[name]))
    answer(lambda: by_stage(["a" * 100_000], names))


@pytest.mark.parametrize("name", KINDS)
def test_addresses(name, monkeypatch):
    for values in cases(KINDS[name]):
        query = {f"{name}.{field}": value for field, value in values.items() if isinstance(value, str)}
        monkeypatch.setattr(st, "query_params", query)
        found = answer(lambda: studies._changed(StudySettings()))
        assert isinstance(found, str | StudySettings)
        assert not isinstance(found, StudySettings) or found.data == StudySettings().data
        studies.address()


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"a = " + b"9" * 5000, b"a = 0x" + b"f" * 9000, b"a = " + b"[" * 50_000, b"title = 0x" + b"f" * 9000,
     b"title = ''", b"title = [1]", b'title = "' + b"a" * 5000 + b'"', b'"' + b"k" * 5000 + b'" = 1', b"data = 1",
     b"[models]\npopular = 0x" + b"f" * 9000, b"[retention]\nlog_end = 9999-12-31", b"\x00", b"[data]\nlog = '''\n'''"],
)  # fmt: skip
def test_files_that_are_hardly_toml(tmp_path, content):
    (tmp_path / "study.toml").write_bytes(content)
    answer(lambda: StudySettings.from_toml(tmp_path / "study.toml"))


@pytest.mark.parametrize("text", ["1969-12-31", "9999-12-31", "0001-01-01T00:00:00Z", "2101-01-01"])
@pytest.mark.parametrize(
    ("stage", "field"), [("retention", "log_end"), ("split", "test_from"), ("retention", "missing_days")]
)
def test_years_that_no_log_holds(stage, field, text):
    with pytest.raises(
        SettingsError, match=rf"{stage}.{field} holds '{text}'; allowed are the years 1970 to 2100"
    ) as err:
        STAGES[stage].from_dict({field: text})
    assert err.value.kind == "setting-year-not-believable"


def test_dates_that_are_none_are_said_where_they_are_used():
    for text in TEXTS:
        settings = answer(lambda text=text: RetentionSettings(log_end=text, missing_days=(text,), time_zone=text))
        if isinstance(settings, str):
            continue
        answer(lambda: study_clock(settings.missing_days, "UTC"))  # noqa: B023
        answer(lambda: zone_of(settings.time_zone))  # noqa: B023


def test_more_days_than_the_engine_takes():
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 5) for day in range(1, 29, 2)]
    with pytest.raises(SettingsError, match="holds 56 separate runs of days; at most 40 can be left out"):
        study_clock(days, "UTC")


def test_a_log_cannot_end_in_an_unreal_year():
    with pytest.raises(SettingsError, match="write it as 2026-08-27"):
        resolve_log_end(None, "some day")
