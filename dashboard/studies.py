"""Which study is open and under which settings. The address of the page says both, so that it can be kept and sent."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from recsys_core.answers import message
from recsys_core.care.settling import settled
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError, StayingPowerError, WorkspaceError
from recsys_core.machine import sha256_of
from recsys_core.settings import MODELS, STAGES, DataSettings, Stage, StudySettings
from recsys_core.wording.sentences import say
from recsys_core.workspace import Workspace

SAMPLE = Path(__file__).parents[1] / "sample_data" / "study.toml"
_STUDY = "study"


def _stages() -> Mapping[str, type[Stage]]:
    """Stages and models whose settings may stand in the address."""
    return {name: kind for name, kind in {**STAGES, **MODELS}.items() if kind is not DataSettings}


@dataclass(frozen=True)
class OpenStudy:
    """The open study.

    Attributes
    ----------
    dataset
        Its data.
    base
        The settings kept beside the data.
    settings
        The base with what the address changes.
    problem
        Why a part of the address was not used; empty if all of it was.
    kept_problem
        Why the settings kept beside the data were not used, so that the base is the defaults; empty if they were.
    """

    dataset: Dataset
    base: StudySettings
    settings: StudySettings
    problem: str = ""
    kept_problem: str = ""


@cache
def _sample_digest() -> str:
    return sha256_of(SAMPLE.parent / "interactions.csv.gz")


def is_sample(data: Dataset) -> bool:
    """Tell whether a data set holds the log that comes with the product, whatever its title."""
    return data.content.get("log") == _sample_digest()


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    """Open the server's workspace, once, and remove what is older than it is to be kept."""
    return settled(Workspace.open(interface="dashboard"), tidy=True)


def open_study() -> tuple[OpenStudy | None, str]:
    """Find the study that the address names, else the newest; the text says why a named one cannot be opened."""
    named = st.query_params.get(_STUDY, "")
    known = workspace().dataset_ids()
    if named and named not in known:
        return None, say(message("note-study-not-here", dataset_id=named))
    if not known:
        return None, ""
    problem = ""
    for dataset_id in (named,) if named else known:  # one whose card is damaged does not hide the others
        try:
            study = _opened(dataset_id)
        except StayingPowerError as err:
            problem = problem or str(err)
        else:
            st.query_params[_STUDY] = study.dataset.dataset_id
            return study, ""
    return None, problem


def _opened(dataset_id: str) -> OpenStudy:
    from recsys_core.study import default_study, load_study

    dataset, kept_problem = Dataset.open(workspace(), dataset_id), ""
    try:
        base = load_study(dataset)
    except WorkspaceError as err:
        base, kept_problem = default_study(dataset), str(err)
    try:
        return OpenStudy(dataset, base, _changed(base), _left_out(), kept_problem)
    except SettingsError as err:
        return OpenStudy(dataset, base, base, str(err), kept_problem)


def _changed(base: StudySettings) -> StudySettings:
    changes: dict[str, dict[str, Any]] = {}
    stages = _stages()
    for name, value in st.query_params.items():
        stage, _, field = name.partition(".")
        if stage in stages and field and not _names_a_file(name):
            changes.setdefault(stage, {})[field] = value
    for stage, values in changes.items():
        base = base.changed(stage, values)
    return base


def _names_a_file(name: str) -> bool:
    """Tell whether a part of the address would name a file or folder of the server."""
    stage, _, option = name.partition(".")
    kind = _stages().get(stage)
    return kind is not None and any(field.name == option and field.metadata["path"] for field in fields(kind))


def _left_out() -> str:
    named = next(filter(_names_a_file, st.query_params), "")
    return str(SettingsError("setting-not-in-address", setting=named)) if named else ""


def set_option(base: Stage, field: str, value: Any) -> None:
    """Write one setting into the address, or take it out where it is what the study has anyway.

    A value that is not allowed goes into the address too: the page then says what is allowed.
    """
    name, text = f"{base.stage}.{field}", _as_text(value)
    if text == _as_text(getattr(base, field)):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = text


def _as_text(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple | list) else "" if value is None else str(value)


def reset_options(*stages: str) -> None:
    """Take settings out of the address: those of the named stages or models, or all."""
    known = _stages()
    for stage in stages or known:
        for field in fields(known[stage]):
            st.query_params.pop(f"{stage}.{field.name}", None)


def address() -> dict[str, str]:
    """Return what every link between pages carries: the study and its settings."""
    stages = _stages()
    return {
        name: value
        for name, value in st.query_params.items()
        if name == _STUDY or (name.split(".")[0] in stages and not _names_a_file(name))
    }


def dataset_cards() -> list[Dataset]:
    """Open the cards of all data sets, the newest first; one that cannot be read is passed over."""
    cards = []
    for dataset_id in workspace().dataset_ids():
        with suppress(StayingPowerError, KeyError, ValueError, TypeError):  # a card written by another version
            cards.append(Dataset.open(workspace(), dataset_id))
    return cards


def damaged_datasets() -> list[tuple[str, str]]:
    """Ids of the data sets whose cards cannot be read, each with what is wrong and what to do."""
    found = []
    for dataset_id in workspace().dataset_ids():
        try:
            Dataset.open(workspace(), dataset_id)
        except StayingPowerError as err:
            found.append((dataset_id, str(err)))
    return found


def open_sample() -> str:
    """Import the sample study, at hand with every installation, and return its id."""
    from recsys_core.data.import_log import import_log
    from recsys_core.study import save_study

    study = StudySettings.from_toml(SAMPLE)
    dataset = import_log(workspace(), study.data, folder=study.folder, title=study.title)
    save_study(dataset, study, workspace())
    return dataset.dataset_id


def go_to(page: str, dataset_id: str) -> None:
    """Open a page with a study under its own settings."""
    st.switch_page(page, query_params={_STUDY: dataset_id})
