"""Write curves.json: the arms' curves of the sample study, so that the home page can show them at once.

Run from the project's root: .venv/bin/python -m sample_data.make_curves
"""

import tempfile
from pathlib import Path

from recsys_core.serialise import plain
from recsys_core.settings import StudySettings
from recsys_core.study import run
from recsys_core.workspace import Workspace, write_json

HERE = Path(__file__).parent
_LEFT_OUT = frozenset({"tail", "lapses_by_day", "leaving_by_day"})


def curves() -> dict[str, object]:
    """Run the sample study and return what curves.json holds."""
    with tempfile.TemporaryDirectory() as home:
        study = StudySettings.from_toml(HERE / "study.toml").changed("train", {"enabled": False})
        result = run(study, Workspace.open(home)).retention
    return {"horizon_days": result.settings.horizon_days, "arms": plain(result.arms, _LEFT_OUT)}


if __name__ == "__main__":
    write_json(HERE / "curves.json", curves())
