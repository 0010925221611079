from dataclasses import fields
from pathlib import Path

import pytest

from recsys_core.errors import SettingsError
from recsys_core.settings import (
    MODELS,
    STAGES,
    DataSettings,
    ReportSettings,
    RetentionSettings,
    ScenarioSettings,
    Stage,
    StudySettings,
)

FULL = StudySettings(
    title="Spring “test”",
    data=DataSettings(log="log.csv", items="items.csv", separator="\t", text=("title", "a, b"), pseudonymise=False),
    retention=RetentionSettings(
        cohort="plan", inactivity_days=21, activity_events=("click",), randomised=False, log_end="2026-03-01",
        day_rule="calendar", time_zone="Asia/Tokyo", expected_shares=("bert=0.5", "cf=0.5"), burn_in_days=0,
    ),
    scenario=ScenarioSettings(source="cf", target="bert", share=0.25, day=30, value_per_day=1.5),
    report=ReportSettings(title="R", sections=()),
).changed("ease", {"regularisation": 50}).changed("bi-encoder", {"frozen": True})  # fmt: skip


@pytest.mark.parametrize("study", [StudySettings(), FULL], ids=["defaults", "every stage"])
def test_a_study_file_reads_back_equal(study: StudySettings, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(study.to_toml(), encoding="utf-8")
    again = StudySettings.from_toml(tmp_path / "study.toml")
    assert again == study
    assert again.folder == tmp_path.resolve()


def test_defaults_are_left_out_of_the_file() -> None:
    assert StudySettings(title="T").to_toml() == 'title = "T"\n'
    assert StudySettings().changed("retention", {"inactivity_days": 7}).to_toml() == (
        'title = ""\n\n[retention]\ninactivity_days = 7\n'
    )


@pytest.mark.parametrize("kind", [*STAGES.values(), *MODELS.values()])
def test_every_option_explains_itself(kind: type[Stage]) -> None:
    for spec in fields(kind):
        assert spec.metadata["label"], spec.name
        assert spec.metadata["help"].endswith("."), spec.name
    assert kind.from_dict(kind().to_dict()) == kind()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"inactivity_days": "14"}, 14), ({"inactivity_days": 14.0}, 14), ({"inactivity_days": ""}, None),
        ({"inactivity_days": None}, None), ({"randomised": "No"}, False), ({"randomised": "1"}, True),
        ({"activity_events": "click, buy,,"}, ("click", "buy")), ({"activity_events": ["a, b"]}, ("a, b",)),
    ],
)  # fmt: skip
def test_values_of_the_shell_and_of_toml(given: dict[str, object], expected: object) -> None:
    (name,) = given
    assert getattr(RetentionSettings.from_dict(given), name) == expected


@pytest.mark.parametrize(
    ("stage", "values", "words"),
    [
        (
            "retention",
            {"inactivity": 3},
            r"There is no setting retention.inactivity. The settings of this stage are: coh",
        ),
        ("retention", {"inactivity_days": 0}, r"retention.inactivity_days is 0; allowed is between 1 and 365\."),
        ("retention", {"inactivity_days": 366}, r"is 366; allowed is between 1 and 365"),
        ("retention", {"inactivity_days": 2.5}, r"is 2.5, but it must be a whole number. A user has lapsed"),
        ("retention", {"inactivity_days": "two"}, r"is 'two', but it must be a whole number"),
        ("retention", {"inactivity_days": True}, r"is True, but it must be a whole number"),
        ("retention", {"inactivity_days": "inf"}, r"is 'inf', but it must be a whole number"),
        ("retention", {"randomised": "perhaps"}, r"is 'perhaps', but it must be true or false"),
        ("retention", {"cohort": 3}, r"retention.cohort is 3, but it must be text"),
        ("retention", {"activity_events": 3}, r"is 3, but it must be a list of names"),
        ("retention", {"day_rule": "week"}, r"day_rule is 'week'; allowed are 'elapsed', 'calendar'"),
        ("scenario", {"share": 1.01}, r"scenario.share is 1.01; allowed is between 0 and 1"),
        ("scenario", {"share": float("nan")}, r"scenario.share is nan, but it must be a number"),
        ("scenario", {"resamples": 99}, r"is 99; allowed is between 100 and 10000"),
        (
            "models",
            {"k": 1},
            r"There is no stage 'models'. The stages are: data, split, train, compare, retention, risk",
        ),
    ],
)
def test_refusals(stage: str, values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        StudySettings().changed(stage, values)


def test_bounds_themselves_are_allowed() -> None:
    assert RetentionSettings(inactivity_days=365, burn_in_days=0).inactivity_days == 365
    assert ScenarioSettings(share=1).share == 1.0


def test_a_change_leaves_the_rest_and_the_original() -> None:
    changed = FULL.changed("scenario", {"share": 1})
    assert (changed.scenario.share, changed.scenario.source, FULL.scenario.share) == (1.0, "cf", 0.25)
    assert (changed.data, changed.retention, changed.title) == (FULL.data, FULL.retention, FULL.title)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[modles]\nk = 1\n",
            r"The study has a section \[modles\]; allowed are title, \[data\], \[split\], \[train\], \[compare\]",
        ),
        (
            "[models.als]\nfactors = 1\n",
            r"\[models\] has a section \[als\]; allowed are \[popular\], \[recent-popular\], \[item-knn\]",
        ),
        ("titel = 'x'\n", r"The study has a section \[titel\]"),
        ("data = 'log.csv'\n", r"\[data\] must be a section with one line per setting, found 'log.csv'"),
        ("[data]\nlgo = 'x'\n", r"There is no setting data.lgo. The settings of this stage are: log, items"),
        ("[data\n", r"study.toml is not a readable TOML file: .* Mend that line and run again"),
    ],
)
def test_study_files_that_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(SettingsError, match=words):
        StudySettings.from_toml(tmp_path / "study.toml")


def test_files_that_are_no_study(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"There is no study file .*none.toml. Give the path of a TOML file"):
        StudySettings.from_toml(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match=r"is no regular file but a folder, a device or a pipe"):
        StudySettings.from_toml(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"is not a readable TOML file"):
        StudySettings.from_toml(tmp_path / "binary.toml")
