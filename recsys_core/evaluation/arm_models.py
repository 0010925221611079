"""Which trained model stands for which logged arm."""

from collections.abc import Sequence

from recsys_core.errors import SettingsError
from recsys_core.settings import MODELS


def resolve_arm_models(pairs: Sequence[str], arms: Sequence[str]) -> dict[str, str]:
    """Read `compare.arm_models`; without it, arms that are named exactly like a model stand for it, and no others.

    Parameters
    ----------
    pairs
        As in "bert=bi-encoder".
    arms
        The log's arms.

    Returns
    -------
    dict
        Model by arm, in the order of the arms.

    Raises
    ------
    SettingsError
        For a pair that is none, an arm that the log does not have, or a model that there is not.
    """
    if not pairs:
        return {arm: arm for arm in arms if arm in MODELS}
    models = {}
    for pair in pairs:
        arm, equals, model = (part.strip() for part in pair.partition("="))
        if not equals or arm not in arms:
            raise SettingsError("arm-model-without-arm", pair=pair, arms=tuple(arms), arm_count=len(arms))
        if model not in MODELS:
            raise SettingsError("arm-model-without-model", pair=pair, models=tuple(MODELS))
        models[arm] = model
    return {arm: models[arm] for arm in arms if arm in models}
