import json
from dataclasses import replace

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.models.base import Cancelled
from recsys_core.models.checkpoints import is_whole, last_checkpoint
from recsys_core.models.registry import load_model
from recsys_core.models.token_table import TokenTable
from tests.models.fitting import Diary, fitted, same, weights
from tests.models.tiny_bert import topic_log


def test_it_learns_the_topics(trained):
    model, _ = trained
    losses = [point["loss"] for point in model.curve if "loss" in point]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    scores = model.scores(np.arange(60))
    for user in range(60):
        assert scores[user, user % 3 :: 3].mean() > scores[user].mean()


def test_gradients_reach_the_encoder(tiny, trained):
    from safetensors.numpy import load_file

    before, after = load_file(tiny / "model.safetensors"), weights(trained[0])
    name = "encoder.layer.0.attention.self.query.weight"
    assert np.abs(after[f"encoder.{name}"] - before[name]).max() > 1e-4


def test_progress_tells_steps_losses_and_evaluations(trained):
    _, diary = trained
    shares = [share for share, _, _ in diary.said]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    rivals = diary.said[0][2]
    assert set(rivals) == {"rival recent-popular", "rival item-knn"}
    assert all(0 < value <= 1 for value in rivals.values())
    losses = [(message, figures) for _, message, figures in diary.said if "loss" in figures]
    evaluations = [figures for _, _, figures in diary.said if "ndcg" in figures]
    assert losses[0][0] == "Epoch 1 of 2, step 1 of 12."
    assert losses[23][0].startswith("Epoch 2 of 2, step 12 of 12. Best NDCG so far 0.")
    assert losses[24][0] == "Validation period, pass 1 of 1, step 1 of 2."
    assert [figures["step"] for _, figures in losses] == list(range(1, 27))
    assert [losses[step - 1][1]["epoch"] for step in (12, 24, 26)] == [1, 2, 3]
    assert set(losses[0][1]) == {"step", "epoch", "loss", "tokens_per_second", "memory_mib"}
    assert all(figures["tokens_per_second"] > 100 and figures["memory_mib"] > 50 for _, figures in losses)
    assert [figures["step"] for figures in evaluations] == [6, 12, 18, 24]
    assert [figures["epoch"] for figures in evaluations] == [0.5, 1, 1.5, 2]


def test_saved_and_loaded_without_training_again(trained, tmp_path):
    from transformers import AutoModel, AutoTokenizer

    model, _ = trained
    model.save(tmp_path)
    loaded = load_model(tmp_path)
    users = np.arange(60)
    assert np.array_equal(loaded.scores(users), model.scores(users))
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} <= {".json", ".safetensors", ".parquet"}
    AutoTokenizer.from_pretrained(tmp_path / "encoder")
    encoder = AutoModel.from_pretrained(tmp_path / "encoder", use_safetensors=True)
    kept = weights(model)["encoder.embeddings.word_embeddings.weight"]
    assert np.array_equal(encoder.get_input_embeddings().weight.detach().numpy(), kept)
    loaded.save(tmp_path / "again")  # knows no encoder any more, but is a whole model
    assert np.array_equal(load_model(tmp_path / "again").scores(users), model.scores(users))


def test_users_and_items_are_embedded_by_their_texts(trained):
    model, _ = trained
    encoder = model.network.encoder
    texts = topic_log().texts
    last = topic_log().events.where(topic_log().events.users == 4).items[-5:][::-1]
    ids = encoder.tokenizer(" [SEP] ".join(texts[item] for item in last), add_special_tokens=False)["input_ids"]
    assert model.users[4] == pytest.approx(encoder.embed(TokenTable.of([ids]))[0], abs=1e-5)
    assert model.items == pytest.approx(encoder.embed(encoder.tokens(texts, 64)), abs=1e-5)


def test_same_seed_same_weights(tiny, trained):
    assert same(weights(fitted(tiny)), weights(trained[0]))
    assert not same(weights(fitted(tiny, seed=2)), weights(trained[0]))


def test_cancelled_with_a_checkpoint_and_taken_up_again(tiny, trained, tmp_path):
    with pytest.raises(Cancelled):
        fitted(tiny, Diary(tmp_path, stop_at=9))
    last = last_checkpoint(tmp_path / "training")
    assert last.name == "checkpoint-9"
    assert not list(tmp_path.rglob("training_args.bin"))
    diary = Diary(tmp_path)
    assert same(weights(fitted(tiny, diary)), weights(trained[0]))
    steps = [figures["step"] for _, _, figures in diary.said if "loss" in figures]
    assert steps[0] == 10


def test_a_finished_training_is_not_repeated(tiny, trained, tmp_path):
    fitted(tiny, Diary(tmp_path))
    diary = Diary(tmp_path)
    again = fitted(tiny, diary)
    assert not [figures for _, _, figures in diary.said if "loss" in figures]
    assert same(weights(again), weights(trained[0]))
    assert again.curve == trained[0].curve
    assert not list(tmp_path.rglob("checkpoint-*"))
    other = Diary(tmp_path)
    fitted(tiny, other, seed=2)  # another job in the same folder starts from nothing
    assert next(figures["step"] for _, _, figures in other.said if "loss" in figures) == 1


def test_half_a_checkpoint_is_passed_over(tiny, trained, tmp_path):
    with pytest.raises(Cancelled):
        fitted(tiny, Diary(tmp_path, stop_at=9))
    whole, broken = (tmp_path / "training" / f"checkpoint-{step}" for step in (6, 9))
    assert is_whole(whole)
    file = broken / "optimizer.pt"
    file.write_bytes(file.read_bytes()[:500])
    assert not is_whole(broken)
    assert last_checkpoint(tmp_path / "training") == whole
    diary = Diary(tmp_path)
    assert same(weights(fitted(tiny, diary)), weights(trained[0]))
    assert next(figures["step"] for _, _, figures in diary.said if "loss" in figures) == 7


def test_it_stops_early_also_after_a_kill(tiny, tmp_path, monkeypatch):
    """Two runs: one that is killed after its last step, before its end."""
    values = {
        "learning_rate": 1e-8,
        "patience": 1,
        "epochs": 9,
        "refit": False,
    }  # nothing is learnt, so that it soon stops
    whole = fitted(tiny, **values)
    found = [point["ndcg"] for point in whole.curve if "ndcg" in point]
    assert found == sorted(found[:-1]) + found[-1:]
    assert found[-1] <= found[-2]
    assert len(found) < 9

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("safetensors.torch.save_file", killed)
        with pytest.raises(KeyboardInterrupt):
            fitted(tiny, Diary(tmp_path), **values)
    diary = Diary(tmp_path)
    assert same(weights(fitted(tiny, diary, **values)), weights(whole))
    assert not [figures for _, _, figures in diary.said if "loss" in figures]


def test_the_refit_goes_on_from_the_best_weights(tiny, trained):
    without = fitted(tiny, refit=False)
    assert without.curve == trained[0].curve[: len(without.curve)]
    assert not same(weights(without), weights(trained[0]))
    late = replace(topic_log(), validation_from=99 * 86_400)  # a few pairs are too few
    assert same(weights(fitted(tiny, data=late)), weights(fitted(tiny, data=late, refit=False)))


def test_frozen_trains_a_head_from_the_identity(tiny, tmp_path):
    still = fitted(tiny, frozen=True, head_learning_rate=1e-8)
    vectors = still.network._vectors
    assert still.items == pytest.approx(vectors, abs=1e-4)
    model = fitted(tiny, frozen=True, epochs=20)
    losses = [point["loss"] for point in model.curve if "loss" in point]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    assert np.array_equal(model.network._vectors, vectors)
    model.save(tmp_path)
    assert (tmp_path / "encoder" / "head.safetensors").is_file()
    assert np.array_equal(load_model(tmp_path).scores(np.arange(9)), model.scores(np.arange(9)))


def test_too_little_to_learn_from(tiny):
    data = topic_log()
    with pytest.raises(DataError, match="found 0 pairs of a history and a next item before validation; it needs 20"):
        fitted(tiny, data=replace(data, validation_from=0))
    with pytest.raises(DataError, match="no user with events before validation takes a new item in it"):
        fitted(tiny, data=replace(data, validation_from=data.now))
    with pytest.raises(DataError, match="bi-encoder reads item texts, and this data set has none"):
        fitted(tiny, data=replace(data, texts=None))


def test_the_job_of_a_folder_is_told_by_its_hash(tiny, tmp_path):
    fitted(tiny, Diary(tmp_path))
    assert len(json.loads((tmp_path / "training" / "job.json").read_text())) == 64
