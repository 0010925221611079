"""Every option of a study, declared once: one frozen dataclass per stage, and StudySettings for all of them.

An option carries its label, its help, and what is allowed; pages draw it, the command line sets it with
`--set field=value`, study files store it under its stage's name, and results carry the values that were used.
"""

from recsys_core.settings.import_limits import ImportLimits
from recsys_core.settings.model_settings import (
    MODELS,
    BiEncoderSettings,
    BprSettings,
    EaseSettings,
    EncoderSettings,
    IalsSettings,
    ItemKnnSettings,
    ModelSettings,
    NextItemSettings,
    PopularSettings,
    RecentPopularSettings,
    TextSimilaritySettings,
)
from recsys_core.settings.stage import Stage, kind_name, option
from recsys_core.settings.stages import (
    SECTIONS,
    CompareSettings,
    DataSettings,
    ReportSettings,
    RetentionSettings,
    RiskSettings,
    ScenarioSettings,
    SplitSettings,
    TrainSettings,
)
from recsys_core.settings.study_settings import STAGES, StudySettings

__all__ = [
    "MODELS",
    "SECTIONS",
    "STAGES",
    "BiEncoderSettings",
    "BprSettings",
    "CompareSettings",
    "DataSettings",
    "EaseSettings",
    "EncoderSettings",
    "IalsSettings",
    "ImportLimits",
    "ItemKnnSettings",
    "ModelSettings",
    "NextItemSettings",
    "PopularSettings",
    "RecentPopularSettings",
    "ReportSettings",
    "RetentionSettings",
    "RiskSettings",
    "ScenarioSettings",
    "SplitSettings",
    "Stage",
    "StudySettings",
    "TextSimilaritySettings",
    "TrainSettings",
    "kind_name",
    "option",
]
