"""All settings of a study, and the TOML file that holds them."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from recsys_core.errors import SettingsError
from recsys_core.named_files import open_regular
from recsys_core.settings.model_settings import MODELS, ModelSettings
from recsys_core.settings.stage import Stage, check_text, shown
from recsys_core.settings.stages import (
    CompareSettings,
    DataSettings,
    ReportSettings,
    RetentionSettings,
    RiskSettings,
    ScenarioSettings,
    SplitSettings,
    TrainSettings,
)

STAGES: Mapping[str, type[Stage]] = {
    kind.stage: kind
    for kind in (
        DataSettings,
        SplitSettings,
        TrainSettings,
        CompareSettings,
        RetentionSettings,
        RiskSettings,
        ScenarioSettings,
        ReportSettings,
    )
}
_MODELS = "models"
_MOST_BYTES, _REASON = 1 << 20, 200  # of a study file; characters of why it cannot be read


def _default_models() -> dict[str, ModelSettings]:
    return {name: kind() for name, kind in MODELS.items()}


@dataclass(frozen=True)
class StudySettings:
    """All settings of a study; the content of a study file.

    Attributes
    ----------
    title
        Name of the study, shown on pages and reports.
    models
        Settings of every recommender, by its name; [models.NAME] in the file.
    folder
        Folder against which the paths of `data` and `split` are read; not stored.
    """

    title: str = ""
    data: DataSettings = field(default_factory=DataSettings)
    split: SplitSettings = field(default_factory=SplitSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    models: Mapping[str, ModelSettings] = field(default_factory=_default_models)
    compare: CompareSettings = field(default_factory=CompareSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    scenario: ScenarioSettings = field(default_factory=ScenarioSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    folder: Path = field(default=Path(), compare=False)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], folder: Path = Path()) -> Self:
        """Build from nested mappings, one per stage; raises SettingsError as `Stage.from_dict` does."""
        _known(values, ["title", *STAGES, _MODELS], "study")
        stages: dict[str, Any] = {name: kind.from_dict(_section(values, name)) for name, kind in STAGES.items()}
        models = _section(values, _MODELS)
        _known(models, MODELS, _MODELS)
        by_name = {name: kind.from_dict(_section(models, name)) for name, kind in MODELS.items()}
        return cls(title=_title(values.get("title", "")), folder=folder, models=by_name, **stages)

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a study file.

        Raises
        ------
        SettingsError
            If the file is missing, is no TOML, or holds something that is not allowed.
        """
        path = Path(path)
        try:
            with open_regular(path, _MOST_BYTES) as file:
                values = tomllib.loads(file.read().decode())
        except FileNotFoundError:
            raise SettingsError("study-file-missing", path=str(path)) from None
        except (ValueError, RecursionError) as err:  # no text, no TOML, numbers of thousands of digits, brackets alike
            raise SettingsError("study-file-not-toml", path=str(path), reason=str(err)[:_REASON]) from None
        except OSError as err:
            raise SettingsError("study-file-unreadable", path=str(path), reason=str(err.strerror)) from None
        return cls.from_dict(values, path.resolve().parent)

    def to_toml(self) -> str:
        """The study file that `from_toml` reads back to equal settings; fields at their default are left out."""
        import tomli_w

        plain: dict[str, Any] = {"title": self.title}
        plain |= {name: own for name in STAGES if (own := _own(getattr(self, name)))}
        models = {name: own for name, settings in self.models.items() if (own := _own(settings))}
        return tomli_w.dumps(plain | ({_MODELS: models} if models else {}))

    def changed(self, stage: str, values: Mapping[str, Any]) -> Self:
        """Copy with some fields of one stage, or of one model, changed.

        Raises
        ------
        SettingsError
            For an unknown stage, and as `Stage.changed`.
        """
        if stage in MODELS:
            return replace(self, models={**self.models, stage: self.models[stage].changed(values)})
        if stage not in STAGES:
            raise SettingsError("stage-unknown", stage=stage, known=(*STAGES, *MODELS))
        return replace(self, **{stage: getattr(self, stage).changed(values)})


def _known(values: Mapping[str, Any], allowed: Collection[str], place: str) -> None:
    unknown = [name for name in values if name not in allowed]
    if unknown:
        sections = tuple(name if name == "title" else f"[{name}]" for name in allowed)
        raise SettingsError("section-unknown", place=place, section=unknown[0], allowed=sections)


def _title(value: Any) -> str:
    title = value if isinstance(value, str) else shown(value)
    check_text("study", "title", (title,))
    return title


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = values.get(name, {})
    if not isinstance(section, Mapping):
        raise SettingsError("section-not-a-table", section=name, found=shown(section))
    return section


def _own(settings: Stage) -> dict[str, Any]:
    """What differs from the defaults."""
    default = type(settings)().to_dict()
    return {name: value for name, value in settings.to_dict().items() if value != default.get(name)}
