"""What makes another run, and what does not."""

from dataclasses import replace

import pytest

from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.models import encoder_files
from recsys_core.models.cards import card_of, registered
from recsys_core.runs.life import keys
from recsys_core.runs.life.keys import RunPlan, check_run_id, plan_run
from recsys_core.settings import (
    BiEncoderSettings,
    EaseSettings,
    IalsSettings,
    ItemKnnSettings,
    PopularSettings,
    RecentPopularSettings,
    SplitSettings,
)

T0 = 1_777_000_000


@pytest.fixture
def encoder(monkeypatch):
    """Choose the fingerprint of encoders."""

    def choose(fingerprint):
        monkeypatch.setattr(encoder_files, "encoder_fingerprint", lambda _name: fingerprint)

    choose("0a1b")
    return choose


def run_id(dataset, model=None, test_from=T0, **split):
    return plan_run(dataset, model or PopularSettings(), SplitSettings(**split), test_from).run_id


def test_equal_settings_give_equal_ids(dataset):
    assert run_id(dataset) == run_id(dataset)
    assert check_run_id(run_id(dataset)).startswith("popular-")


def test_ids_are_those_of_earlier_versions(dataset):
    """What was trained is found again: these were computed before there were cards."""
    assert dataset.dataset_id == "e55ba43a675ae3f5"
    assert run_id(dataset) == "popular-64017530ae108fff"
    assert run_id(dataset, EaseSettings()) == "ease-1161088e1f4c819a"
    assert run_id(dataset, ItemKnnSettings()) == "item-knn-36bb95de82b1649e"


def test_whatever_changes_the_model_changes_the_id(dataset):
    first = run_id(dataset)
    recent = RecentPopularSettings()
    others = [
        run_id(dataset, test_from=T0 + 1),
        run_id(dataset, validation_share=0.2),
        run_id(dataset, filter_seen=False),
        run_id(dataset, method="leave-last-out"),
        run_id(dataset, method="random"),
        run_id(dataset, method="random", seed=2),
        run_id(dataset, method="random", test_share=0.3),
        run_id(dataset, recent),
        run_id(dataset, recent.changed({"window_days": 3})),
    ]
    with registered(replace(card_of("popular"), version=2)):
        others.append(run_id(dataset))
    assert len({first, *others}) == len(others) + 1


def test_what_the_split_does_not_use_does_not_change_the_id(dataset):
    assert run_id(dataset) == run_id(dataset, seed=9, test_share=0.5)
    assert run_id(dataset, method="leave-last-out") == run_id(dataset, test_from=1, method="leave-last-out", seed=9)


def test_the_content_of_a_test_file_counts_not_its_name(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("STAYING_POWER_FOLDERS", str(tmp_path))
    for name, text in (("a.csv", "1"), ("b.csv", "1"), ("c.csv", "2")):
        (tmp_path / name).write_text(text)
    first, second, third = (
        run_id(dataset, method="file", test_file=str(tmp_path / name)) for name in ("a.csv", "b.csv", "c.csv")
    )
    assert first == second != third
    with pytest.raises(SettingsError, match=r"split.test_file is '.*none.csv', which is no file"):
        run_id(dataset, method="file", test_file=str(tmp_path / "none.csv"))
    monkeypatch.delenv("STAYING_POWER_FOLDERS")
    with pytest.raises(SettingsError, match="outside the folders that settings may name"):
        run_id(dataset, method="file", test_file=str(tmp_path / "a.csv"))


def test_the_encoder_counts_not_its_folder(dataset, encoder, tmp_path, monkeypatch):
    (tmp_path / "mini").mkdir()
    monkeypatch.chdir(tmp_path)
    plan = plan_run(dataset, BiEncoderSettings(encoder="mini"), SplitSettings(), T0)
    assert plan.model.encoder == str(tmp_path / "mini")
    assert plan.run_id == run_id(dataset, BiEncoderSettings())
    encoder("2c3d")
    assert plan.run_id != run_id(dataset, BiEncoderSettings())


def test_versions_of_packages_count_where_they_are_used(dataset, encoder, monkeypatch):
    def ids():
        return [run_id(dataset, model()) for model in (PopularSettings, IalsSettings, BiEncoderSettings)]

    before = ids()
    monkeypatch.setattr(keys, "version", lambda _package: "99.0")
    after = ids()
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, False]


def test_a_package_that_is_not_installed_is_none(dataset, encoder, monkeypatch):
    def missing(name):
        raise keys.PackageNotFoundError(name)

    monkeypatch.setattr(keys, "version", missing)
    plan = plan_run(dataset, IalsSettings(), SplitSettings(), T0)
    assert plan.key["versions"] == {"code": 1, "implicit": "none"}


def test_a_plan_survives_json(dataset):
    plan = plan_run(dataset, RecentPopularSettings(window_days=3), SplitSettings(method="random"), T0)
    assert RunPlan.from_dict(plan.to_dict()) == plan


def test_a_model_that_reads_texts_needs_texts(dataset, monkeypatch):
    monkeypatch.setattr(type(dataset), "has_text", False, raising=False)
    object.__setattr__(dataset, "has_text", False)
    with pytest.raises(DataError, match=r"bi-encoder reads item texts, and .* has none. Import the log again") as err:
        run_id(dataset, BiEncoderSettings())
    assert err.value.kind == "run-without-texts"


@pytest.mark.parametrize(
    "text", ["", "popular", "../popular-0123456789abcdef", "popular-0123456789ABCDEF", "gru-0" * 9]
)
def test_a_malformed_id_is_refused(text):
    with pytest.raises(WorkspaceError, match="is no id of a run. They read like ease-0123456789abcdef") as err:
        check_run_id(text)
    assert err.value.kind == "run-id-malformed"
