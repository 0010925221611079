"""What a bi-encoder can be asked for beside its defaults, each on the tiny encoder."""

import json

import numpy as np
import pytest

from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.models import checkpoints, towers
from recsys_core.models.training_plan import Plan
from recsys_core.settings import BiEncoderSettings
from tests.models.fitting import Diary, fitted, same, weights


@pytest.fixture
def plain(trained):
    return trained[0]


def losses(model):
    return [point["loss"] for point in model.curve if "loss" in point]


def test_lora_trains_few_weights_and_leaves_a_plain_encoder(tiny, tmp_path):
    from safetensors.numpy import load_file
    from transformers import AutoModel

    model = fitted(tiny, lora_rank=4, epochs=6, learning_rate=1e-2)
    assert np.mean(losses(model)[-3:]) < np.mean(losses(model)[:3])
    model.save(tmp_path)
    saved, before = load_file(tmp_path / "encoder" / "model.safetensors"), load_file(tiny / "model.safetensors")
    assert not [name for name in saved if "lora" in name]
    name = "embeddings.word_embeddings.weight"
    assert np.array_equal(saved[name], before[name]), "only linear layers are adapted"
    query = "encoder.layer.0.attention.self.query.weight"
    moved = saved[query] - before[query]
    assert 0 < np.linalg.matrix_rank(moved, tol=1e-5) <= 4
    encoder = AutoModel.from_pretrained(tmp_path / "encoder", use_safetensors=True)
    assert np.allclose(encoder.state_dict()[query].numpy(), saved[query])
    assert model.items == pytest.approx(model.network.encoder.embed(model.network._items), abs=1e-6)


def test_lora_that_was_interrupted_ends_with_the_same_weights(tiny, tmp_path):
    from recsys_core.models.base import Cancelled

    values = {"lora_rank": 2, "refit": False}
    with pytest.raises(Cancelled):
        fitted(tiny, Diary(tmp_path, stop_at=9), **values)
    assert same(weights(fitted(tiny, Diary(tmp_path), **values)), weights(fitted(tiny, **values)))


def test_gradient_checkpointing_changes_memory_and_not_the_model(tiny, plain):
    assert losses(fitted(tiny, gradient_checkpointing=True)) == pytest.approx(losses(plain), abs=1e-5)


def test_accumulation_takes_fewer_steps_over_the_same_pairs(tiny, plain):
    steps = [point["step"] for point in fitted(tiny, accumulation=2, refit=False).curve if "loss" in point]
    assert steps[-1] == 12
    assert len([point for point in plain.curve if "loss" in point]) == 26


def test_a_token_budget_makes_more_and_smaller_batches(tiny, plain):
    assert len(losses(fitted(tiny, batch_tokens=256))) > len(losses(plain))


def test_drawn_negatives_make_the_task_harder(tiny, plain):
    assert losses(fitted(tiny, drawn_negatives=64))[0] > losses(plain)[0] + 0.1


def test_the_share_of_drawn_items_is_that_of_the_mixture(tiny):
    from recsys_core.models.base import Progress
    from recsys_core.models.pairs import Pairs
    from tests.models.tiny_bert import topic_log

    data = topic_log()
    settings = BiEncoderSettings(encoder=str(tiny), drawn_negatives=48)
    pairs = Pairs.latest(data.events, (len(data.user_ids), len(data.item_ids)), 5, 100)
    batch = towers.make_tower(settings, data.texts, Progress()).collator(pairs)(np.arange(16), 3)
    shares = np.exp(batch["log_share"].numpy())
    target = np.exp(pairs.log_share[pairs.targets[0]])
    assert shares[0] == pytest.approx(16 / 64 * target + 48 / 64 / 24, rel=1e-5)
    assert batch["banned"].shape == (16, 64)
    assert not batch["banned"].numpy()[:, :16].diagonal().any()


def test_the_whole_catalogue_as_negatives(tiny):
    model = fitted(tiny, frozen=True, negatives="catalogue", epochs=20)
    assert np.mean(losses(model)[-3:]) < np.mean(losses(model)[:3])
    sampled = fitted(tiny, frozen=True, epochs=20)
    assert losses(model)[0] > losses(sampled)[0], "24 items instead of 16"
    for values in ({"negatives": "catalogue"}, {"negatives": "catalogue", "frozen": True, "drawn_negatives": 1}):
        with pytest.raises(SettingsError, match="that needs frozen = true"):
            fitted(tiny, **values)
    with pytest.raises(SettingsError, match="exclude each other"):
        fitted(tiny, frozen=True, lora_rank=8)


def test_texts_are_tokenised_once_for_all_runs(tiny, tmp_path, monkeypatch):
    progress = Diary()
    progress.cache = tmp_path
    first = fitted(tiny, progress)
    asked = []
    tokens = towers.TextEncoder.tokens
    monkeypatch.setattr(
        towers.TextEncoder, "tokens", lambda self, texts, most: asked.append(len(texts)) or tokens(self, texts, most)
    )
    again = fitted(tiny, progress)
    assert asked == []
    assert same(weights(first), weights(again))


def test_tensorboard_files_hold_the_curve_once(tiny, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from recsys_core.models.base import Cancelled

    progress = Diary(tmp_path / "checkpoints", stop_at=9)
    progress.board = tmp_path / "board"
    with pytest.raises(Cancelled):
        fitted(tiny, progress)
    progress.stop_at = None
    model = fitted(tiny, progress)
    events = EventAccumulator(str(progress.board / "training")).Reload()
    told = {event.step: event.value for event in events.Scalars("train/loss")}
    expected = {point["step"]: point["loss"] for point in model.curve if "loss" in point and point["step"] <= 24}
    assert told == pytest.approx(expected, rel=1e-5)
    assert len(events.Scalars("train/loss")) == 24
    assert len(events.Scalars("eval/ndcg")) == 4


def test_services_are_used_where_they_are_installed_and_configured(monkeypatch):
    from recsys_core.models import trackers

    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(trackers, "find_spec", lambda name: name == "mlflow" or None)
    assert trackers.services() == []
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:runs")
    monkeypatch.setenv("WANDB_API_KEY", "key")
    assert trackers.services() == ["mlflow"]


@pytest.mark.parametrize("breaks_at", ["never", "__init__", "on_train_begin", "on_log"])
def test_a_service_that_fails_does_not_stop_a_training(tiny, plain, monkeypatch, capsys, breaks_at):
    from transformers import TrainerCallback, integrations

    from recsys_core.models import trackers

    told = []

    class Service(TrainerCallback):
        def __init__(self):
            self.on_init("__init__")

        def on_init(self, event):
            if event == breaks_at:
                raise ConnectionError("no way there")

        def on_train_begin(self, *_given, **_named):
            self.on_init("on_train_begin")

        def on_log(self, *_given, logs=None, **_named):
            self.on_init("on_log")
            told.append(logs)

    monkeypatch.setattr(trackers, "services", lambda: ["mlflow"])
    monkeypatch.setattr(integrations, "get_reporting_integration_callbacks", lambda _: [Service])
    assert losses(fitted(tiny)) == losses(plain)
    said = capsys.readouterr().out
    if breaks_at == "never":
        assert [logs["loss"] for logs in told if "loss" in logs] == losses(plain)
    else:
        assert "mlflow is not told of this training: ConnectionError: no way there" in said
        assert told == []


def test_a_loss_that_is_no_number_is_said(tiny, tmp_path, monkeypatch):
    from recsys_core.models import trainer

    mean, calls = trainer._mean_loss, []

    def runs_away(*given, **named):
        calls.append(1)
        return mean(*given, **named) * (float("nan") if len(calls) == 8 else 1)

    monkeypatch.setattr(trainer, "_mean_loss", runs_away)
    with pytest.raises(DataError, match=r"no number any more at step 8: .* Lower the learning rate, 0.002 now"):
        fitted(tiny, Diary(tmp_path))
    assert checkpoints.last_checkpoint(tmp_path / "training").name == "checkpoint-6"


def test_a_full_disk_leaves_the_checkpoint_before(tiny, tmp_path, monkeypatch):
    """The write of the second checkpoint fails as the system says it does."""
    from recsys_core.models import trainer

    save, calls = trainer.save_file, []

    def save_file(state, path):
        calls.append(path)
        if len(calls) == 2:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        save(state, path)

    monkeypatch.setattr(trainer, "save_file", save_file)
    with pytest.raises(
        WorkspaceError, match=r"The disk is full: checkpoint 12 did not fit .* Free some room and resume"
    ):
        fitted(tiny, Diary(tmp_path))
    assert [path.name for path in (tmp_path / "training").glob("checkpoint-*")] == ["checkpoint-6"]
    diary = Diary(tmp_path)
    again = fitted(tiny, diary)
    assert next(figures["step"] for _, _, figures in diary.said if "loss" in figures) == 7
    assert same(weights(again), weights(fitted(tiny)))


def test_a_damaged_checkpoint_is_found_by_its_hash(tiny, tmp_path, plain):
    """Every byte is there, one is another."""
    from recsys_core.models.base import Cancelled

    with pytest.raises(Cancelled):
        fitted(tiny, Diary(tmp_path, stop_at=9))
    file = tmp_path / "training" / "checkpoint-9" / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-7] ^= 1
    file.write_bytes(content)
    assert checkpoints.last_checkpoint(tmp_path / "training").name == "checkpoint-6"
    diary = Diary(tmp_path)
    assert same(weights(fitted(tiny, diary)), weights(plain))
    assert next(figures["step"] for _, _, figures in diary.said if "loss" in figures) == 7


def test_a_checkpoint_whose_best_is_gone_is_passed_over(tmp_path):
    for step, best in ((6, 6), (9, 3), (12, None)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"weights")
        state = {"best_model_checkpoint": best and f"/elsewhere/checkpoint-{best}"}
        (folder / "trainer_state.json").write_text(json.dumps(state))
        checkpoints.mark_whole(folder)
    assert checkpoints.last_checkpoint(tmp_path).name == "checkpoint-12"
    (tmp_path / "checkpoint-12" / checkpoints.MARK).unlink()
    assert checkpoints.last_checkpoint(tmp_path).name == "checkpoint-6"


def test_steps_that_processes_cannot_share_are_refused(monkeypatch):
    plan = Plan([np.arange(2)] * 12, 1, 3, 1e-3, 1, 1, 0, 1, False, "")
    assert plan.steps == 4
    assert plan.accumulated() == 3
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SettingsError, match="2 processes cannot share the batches of a step: accumulation is 3"):
        plan.accumulated()


def test_the_encoder_is_compiled_where_it_is_asked_for(tiny, plain, monkeypatch):
    """Through the compiler's front, which needs no C++ compiler."""
    import torch

    asked = []
    real = torch.nn.Module.compile

    def compile_eagerly(module, **how):
        asked.append(how)
        real(module, backend="eager", **how)

    monkeypatch.setattr(torch.nn.Module, "compile", compile_eagerly)
    assert losses(fitted(tiny, compiled="auto")) == losses(plain)
    assert asked == [], "on a processor it does not pay"
    model = fitted(tiny, compiled="on", refit=False)
    assert asked == [{"dynamic": True}]
    assert losses(model) == pytest.approx(losses(plain)[:24], abs=1e-4)
    assert not [name for name in weights(model) if "_orig_mod" in name]
