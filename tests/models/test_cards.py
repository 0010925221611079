"""What a model is stands on its card, and nowhere else."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from recsys_core.models.cards import (
    all_cards,
    card_of,
    is_elaborate,
    is_simple,
    register,
    registered,
    yardstick,
)
from recsys_core.settings import MODELS, ModelSettings, PopularSettings, StudySettings
from tests.toys import RERANKER, TOY

ROOT = Path(__file__).parents[2]
HOMES = ("recsys_core/models/", "recsys_core/settings/", "recsys_core/data/sample")  # and the sample's own arms


def product_files():
    folders = ("recsys_core", "dashboard", "pages")
    paths = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [path for path in paths if not path.as_posix().startswith(HOMES)]


def facts_about_models(source):
    """Names of models, classes of their settings, and questions put to these, with their lines."""
    kinds = {kind.__name__ for kind in MODELS.values()}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in MODELS:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name | ast.Attribute | ast.alias):
            name = node.name if isinstance(node, ast.alias) else getattr(node, "attr", getattr(node, "id", ""))
            if name in kinds:
                yield node.lineno, name
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            literal = any(isinstance(side, ast.Constant) for side in sides)
            stage = any(isinstance(side, ast.Attribute) and side.attr == "stage" for side in sides)
            own = any(isinstance(side, ast.Name) and side.id == "own" for side in sides)
            if literal and (stage or (own and isinstance(node.ops[0], ast.In | ast.NotIn))):
                yield node.lineno, ast.unparse(node)


def test_no_other_file_lists_models_or_tells_them_apart():
    files = product_files()
    assert Path("recsys_core/runs/cost/estimate.py") in files
    found = [f"{path}:{line}: {what}" for path in files for line, what in facts_about_models((ROOT / path).read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        ("x = ('ease', 'sasrec')", "ease"),
        ("if isinstance(model, EaseSettings): pass", "EaseSettings"),
        ("from recsys_core.settings import IalsSettings", "IalsSettings"),
        ("if model.stage == 'gru': pass", "model.stage == 'gru'"),
        ("if 'frozen' in own: pass", "'frozen' in own"),
    ],
)
def test_such_a_fact_is_seen(source, fact):
    assert fact in [what for _, what in facts_about_models(source)]


def test_cards_say_what_models_are():
    assert [card.name for card in all_cards()] == list(MODELS) == list(StudySettings().models)
    assert [card.name for card in all_cards() if card.needs_text] == ["text-similarity", "bi-encoder"]
    assert [card.name for card in all_cards() if card.heavy] == ["text-similarity", "bi-encoder"]
    assert {card.name: card.packages for card in all_cards() if "implicit" in card.packages} == {
        "ials": ("implicit",), "bpr": ("implicit",),
    }  # fmt: skip
    assert [name for name in MODELS if is_simple(name)] == ["popular", "recent-popular", "item-knn"]
    assert [name for name in MODELS if is_elaborate(name)] == ["text-similarity", "bi-encoder"]
    assert is_elaborate("a model of another version")
    assert yardstick() == "recent-popular"


def test_a_model_is_known_from_its_registration_on():
    assert "toy" not in MODELS
    with registered(TOY):
        assert (card_of("toy"), MODELS["toy"]) == (TOY, TOY.settings)
        assert StudySettings().models["toy"] == TOY.settings()
        assert StudySettings().changed("train", {"models": ["toy"]}).train.models == ("toy",)
    assert "toy" not in MODELS


def test_two_models_cannot_have_one_name():
    register(card_of("popular"))  # the same again is no trouble
    with pytest.raises(ValueError, match="two models are called popular"):
        register(replace(card_of("popular"), version=9))


class _Data:
    rows, users, items = 1000, 50, 200


@pytest.mark.parametrize("card", [*all_cards(), TOY, RERANKER], ids=lambda card: card.name)
def test_every_model_says_what_it_takes(card):
    """Whatever options its settings have: a neural model without `frozen` once broke all estimates."""
    cost = card.cost(_Data(), card.settings())
    assert cost.seconds > 4
    assert cost.memory_mb > 100
    assert isinstance(cost.disk_bytes, int)
    assert cost.disk_bytes > 0
    assert not cost.smaller or hasattr(card.settings(), cost.smaller)
    assert (cost.step_seconds > 0) == (cost.epochs > 0)
    larger = type("Larger", (_Data,), {"rows": 9000, "users": 500, "items": 2000})
    assert card.cost(larger(), card.settings()).disk_bytes > cost.disk_bytes


def test_a_card_may_differ_in_its_settings_class_alone():
    class Other(ModelSettings):
        stage = "other"

    assert replace(card_of("popular"), settings=Other).name == "other"
    assert card_of("popular").settings is PopularSettings
