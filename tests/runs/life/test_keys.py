"""What makes another run, and what does not."""

import sys
from types import SimpleNamespace

import pytest

from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.models.popular import Popular
from recsys_core.runs.life import keys
from recsys_core.runs.life.keys import RunPlan, check_run_id, plan_run
from recsys_core.settings import (
    BiEncoderSettings,
    IalsSettings,
    PopularSettings,
    RecentPopularSettings,
    SplitSettings,
)

T0 = 1_777_000_000


@pytest.fixture
def encoder(monkeypatch):
    """An encoder whose fingerprint tests choose."""
    module = SimpleNamespace(encoder_fingerprint=lambda _name: "0a1b")
    monkeypatch.setitem(sys.modules, "recsys_core.models.text_encoder", module)
    from recsys_core.models import registry

    monkeypatch.setitem(registry._HOMES, "bi-encoder", ("popular", "Popular"))
    monkeypatch.setitem(registry._HOMES, "ials", ("popular", "Popular"))
    return module


def run_id(dataset, model=None, test_from=T0, **split):
    return plan_run(dataset, model or PopularSettings(), SplitSettings(**split), test_from).run_id


def test_equal_settings_give_equal_ids(dataset):
    assert run_id(dataset) == run_id(dataset)
    assert check_run_id(run_id(dataset)).startswith("popular-")


def test_whatever_changes_the_model_changes_the_id(dataset, monkeypatch):
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
    monkeypatch.setattr(Popular, "version", 2)
    others.append(run_id(dataset))
    assert len({first, *others}) == len(others) + 1


def test_what_the_split_does_not_use_does_not_change_the_id(dataset):
    assert run_id(dataset) == run_id(dataset, seed=9, test_share=0.5)
    assert run_id(dataset, method="leave-last-out") == run_id(dataset, test_from=1, method="leave-last-out", seed=9)


def test_the_content_of_a_test_file_counts_not_its_name(dataset, tmp_path):
    for name, text in (("a.csv", "1"), ("b.csv", "1"), ("c.csv", "2")):
        (tmp_path / name).write_text(text)
    first, second, third = (
        run_id(dataset, method="file", test_file=str(tmp_path / name)) for name in ("a.csv", "b.csv", "c.csv")
    )
    assert first == second != third
    with pytest.raises(SettingsError, match=r"split.test_file is '.*none.csv', which cannot be read: No such file"):
        run_id(dataset, method="file", test_file=str(tmp_path / "none.csv"))


def test_the_encoder_counts_not_its_folder(dataset, encoder, tmp_path, monkeypatch):
    (tmp_path / "mini").mkdir()
    monkeypatch.chdir(tmp_path)
    plan = plan_run(dataset, BiEncoderSettings(encoder="mini"), SplitSettings(), T0)
    assert plan.model.encoder == str(tmp_path / "mini")
    assert plan.run_id == run_id(dataset, BiEncoderSettings())
    encoder.encoder_fingerprint = lambda _name: "2c3d"
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
    with pytest.raises(DataError, match=r"bi-encoder reads item texts, and .* has none. Import the log again"):
        run_id(dataset, BiEncoderSettings())


@pytest.mark.parametrize(
    "text", ["", "popular", "../popular-0123456789abcdef", "popular-0123456789ABCDEF", "gru-0" * 9]
)
def test_a_malformed_id_is_refused(text):
    with pytest.raises(WorkspaceError, match="is no id of a run. They read like ease-0123456789abcdef"):
        check_run_id(text)
