"""The cards of the matrix factors that the package `implicit` trains."""

from recsys_core.models.built_in.rules import MB, NUMBER, light_cost
from recsys_core.models.cards import Cost, Described, ModelCard
from recsys_core.settings.model_settings import BprSettings, IalsSettings

_IALS_SECONDS, _BPR_SECONDS = 1e-6, 2e-7  # per event and pass
_COPIES = 3  # the vectors, and what is kept beside them while they are solved for


def _cost(data: Described, settings: IalsSettings | BprSettings, pass_seconds: float) -> Cost:
    vectors = NUMBER * (data.users + data.items) * settings.factors
    return light_cost(
        data, per_event=settings.iterations * pass_seconds, memory_mb=_COPIES * vectors / MB, disk_bytes=vectors,
        smaller="factors",
    )  # fmt: skip


def _ials_cost(data: Described, settings: IalsSettings) -> Cost:
    return _cost(data, settings, _IALS_SECONDS)


def _bpr_cost(data: Described, settings: BprSettings) -> Cost:
    return _cost(data, settings, _BPR_SECONDS)


IALS = ModelCard(
    settings=IalsSettings,
    home="recsys_core.models.als_bpr:Ials",
    family="collaborative",
    cost=_ials_cost,
    packages=("implicit",),
    look="factors",
)
BPR = ModelCard(
    settings=BprSettings,
    home="recsys_core.models.als_bpr:Bpr",
    family="collaborative",
    cost=_bpr_cost,
    packages=("implicit",),
    look="factors",
)
