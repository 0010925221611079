"""An encoder is used as its own files say: pooling, and what stands before queries and documents."""

import json
import shutil

import numpy as np
import pytest

from recsys_core.errors import SettingsError
from recsys_core.models.encoder_files import Convention, convention_of, encoder_fingerprint, resolve_encoder
from recsys_core.models.text_encoder import TextEncoder
from tests.models.tiny_bert import make_tiny_bert

TEXTS = ("sea ship storm", "moon", "bread salt oven flour bread salt")
PARTS = ("Transformer", "Pooling", "Normalize")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture
def made(tiny, tmp_path):
    """Copy the tiny encoder, with the files that sentence-transformers keeps."""

    def make(pooling=None, prompts=None, parts=PARTS, name="bert"):
        folder = shutil.copytree(tiny, tmp_path / name)
        modules = [
            {"idx": place, "name": str(place), "path": "1_Pooling" if part == "Pooling" else "",
             "type": f"sentence_transformers.models.{part}"}
            for place, part in enumerate(parts)
        ]  # fmt: skip
        (folder / "modules.json").write_text(json.dumps(modules))
        if pooling is not None:
            (folder / "1_Pooling").mkdir()
            (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
        if prompts is not None:
            (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
        return folder

    return make


def states(encoder, text):
    import torch

    with torch.inference_mode():
        return encoder.model(**encoder.tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy()


def unit(row):
    return row / np.linalg.norm(row)


@pytest.mark.parametrize(
    ("pooling", "kind", "expected"),
    [
        (None, "mean", lambda rows: rows.mean(axis=0)),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean", lambda rows: rows.mean(axis=0)),
        ({"pooling_mode_mean_sqrt_len_tokens": True}, "mean", lambda rows: rows.mean(axis=0)),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls", lambda rows: rows[0]),
        ({"pooling_mode_lasttoken": True, "include_prompt": True}, "last", lambda rows: rows[-1]),
        ({"pooling_mode": "cls", "embedding_dimension": 32}, "cls", lambda rows: rows[0]),
        ({"pooling_mode": "lasttoken"}, "last", lambda rows: rows[-1]),
    ],
)
def test_vectors_are_pooled_as_the_encoder_says(made, pooling, kind, expected):
    encoder = TextEncoder(made(pooling), "fp32")
    assert encoder.pooling == kind
    vectors = encoder.embed(encoder.tokens(TEXTS, 64))
    for text, row in zip(TEXTS, vectors, strict=True):
        assert row == pytest.approx(unit(expected(states(encoder, text))), abs=1e-6)


def test_what_stands_before_a_text_is_read_with_it(made):
    encoder = TextEncoder(made(prompts={"prompts": {"query": "moon star ", "passage": "salt: "}}), "fp32")
    tokens = encoder.tokens(TEXTS, 64)
    documents, queries = encoder.embed(tokens), encoder.embed(tokens, prefix=encoder.query)
    for place, text in enumerate(TEXTS):
        assert documents[place] == pytest.approx(unit(states(encoder, f"salt: {text}").mean(axis=0)), abs=1e-6)
        assert queries[place] == pytest.approx(unit(states(encoder, f"moon star {text}").mean(axis=0)), abs=1e-6)
    assert len(encoder.tokens(["sea " * 100], 10)[0]) == 10 - 2 - 2, "the words before it count"


@pytest.mark.parametrize(
    ("prompts", "query", "document"),
    [
        ({}, "", ""),
        ({"prompts": None, "default_prompt_name": None}, "", ""),
        ({"prompts": {"query": "q: ", "document": "d: ", "passage": "p: "}}, "q: ", "d: "),
        ({"prompts": {"query": "q: ", "corpus": "c: "}}, "q: ", "c: "),
        ({"prompts": {"query": "q: ", "other": "o: "}, "default_prompt_name": "other"}, "q: ", "o: "),
        ({"prompts": {"query": "q: "}, "default_prompt_name": "query"}, "q: ", "q: "),
        ({"prompts": {"query": "", "document": ""}}, "", ""),
    ],
)
def test_prompts_are_chosen_as_sentence_transformers_does(made, prompts, query, document):
    convention = convention_of(made(prompts=prompts))
    assert (convention.query, convention.document) == (query, document)


def test_a_plain_folder_and_the_packaged_encoder_keep_to_the_mean(tiny):
    assert convention_of(tiny) == convention_of(resolve_encoder("")) == Convention("mean", "", "")


def test_the_convention_is_in_the_fingerprint_where_it_is_not_the_plain_one(tiny, made):
    plain = encoder_fingerprint(str(tiny))
    assert encoder_fingerprint(str(made({"pooling_mode_mean_tokens": True}, name="mean"))) == plain
    others = [
        encoder_fingerprint(str(made({"pooling_mode_cls_token": True}, name="cls"))),
        encoder_fingerprint(str(made({"pooling_mode_lasttoken": True}, name="last"))),
        encoder_fingerprint(str(made(prompts={"prompts": {"query": "q: "}}, name="query"))),
    ]
    assert len({plain, *others}) == 4
    assert encoder_fingerprint("") == "73854732ed465fa8f805a5d70c369f9034d12ff4f486bcd2e22a057b5dc89faf", "as ever"


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"pooling": {"pooling_mode_max_tokens": True}}, "encoder-pooling-unknown", "pools by max_tokens; allowed is"),
        (
            {"pooling": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}},
            "encoder-pooling-unknown",
            "pools by cls_token, mean_tokens",
        ),
        ({"parts": (*PARTS, "Dense")}, "encoder-parts-unknown", "parts that are not read here: Dense. Allowed are"),
        (
            {"pooling": {"include_prompt": False}, "prompts": {"prompts": {"query": "q: "}}},
            "encoder-prompt-left-out",
            "include_prompt = false",
        ),
    ],
)
def test_what_is_not_done_here_is_said(made, given, kind, words):
    with pytest.raises(SettingsError, match=words) as caught:
        encoder_fingerprint(str(made(**given)))
    assert caught.value.kind == kind


def test_a_damaged_file_is_said(made):
    folder = made()
    (folder / "modules.json").write_text("{")
    with pytest.raises(SettingsError, match=r"modules\.json cannot be read\. Put the encoder's folder back") as caught:
        convention_of(folder)
    assert caught.value.kind == "encoder-file-damaged"


def test_a_trained_encoder_keeps_its_convention(made, tmp_path):
    from tests.models.test_text_bi_encoder import fitted

    folder = made({"pooling_mode_cls_token": True}, {"prompts": {"query": "moon: ", "document": "salt: "}})
    model = fitted(folder)
    model.save(tmp_path / "model")
    saved = tmp_path / "model" / "encoder"
    assert convention_of(saved) == convention_of(folder) == Convention("cls", "moon: ", "salt: ")
    encoder = TextEncoder(saved, "fp32")
    from tests.models.tiny_bert import topic_log

    assert model.items == pytest.approx(encoder.embed(encoder.tokens(topic_log().texts, 64)), abs=1e-5)
    losses = [point["loss"] for point in model.curve if "loss" in point]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
