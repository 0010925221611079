import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.settings import SplitSettings
from tests.rankings import made_evaluation


def test_it_holds_where_models_rank_what_users_took_next():
    evaluations = {name: made_evaluation(name, [1.0, 3.0]) for name in ("ease", "popular")}
    given = AffinityInput.of(evaluations)
    assert given.test_from == evaluations["ease"].now
    assert list(given.targets) == ["ease", "popular"]
    assert given.targets["popular"] is evaluations["popular"].targets


def test_models_that_learnt_from_later_events_are_refused():
    from dataclasses import replace

    leaky = replace(made_evaluation("ease", [1.0]), split=SplitSettings(method="random"))
    with pytest.raises(SettingsError, match="Models were split by 'random', so they may have learnt from what users"):
        AffinityInput.of({"ease": leaky})
