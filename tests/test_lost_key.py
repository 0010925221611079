"""A key that is lost or damaged stops what needs it, with the way back; another is made when it is asked for."""

import pytest

from recsys_core.command_line.parser import main
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.workspace import Workspace
from tests.logs import arm_log


@pytest.fixture
def space(tmp_path):
    (tmp_path / "log.csv").write_text(arm_log({"": 0.03}, users=20))
    (tmp_path / "more.csv").write_text(arm_log({"": 0.03}, users=20, seed=2))
    return Workspace.open(tmp_path / "home")


def bring(space, name, *more):
    return main(["import", str(space.home.parent / name), "--workspace", str(space.home), *more])


def damage(content):
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.unlink(), "is lost, and data sets stand under its pseudonyms"),
        (damage(b""), "is damaged"),
        (damage(b"ab" * 31), "is damaged"),
        (damage(b"ab" * 33), "is damaged"),
        (damage(b"\xff" * 64), "is damaged"),
        (damage(b"zz" * 32), "is damaged"),
    ],
)
def test_without_its_key_nothing_is_imported_until_another_is_asked_for(space, capsys, harm, said):
    assert bring(space, "log.csv") == 0
    known, key = space.dataset_ids(), space.secret()
    harm(space.home / "key")
    left = (space.home / "key").read_bytes() if (space.home / "key").exists() else None
    capsys.readouterr()
    assert bring(space, "more.csv") == 1
    told = capsys.readouterr().err
    assert said in told
    assert "import --new-key" in told
    assert space.dataset_ids() == known
    assert ((space.home / "key").read_bytes() if (space.home / "key").exists() else None) == left
    assert main(["forget", known[0], "--user", "user-1", "--workspace", str(space.home)]) == 1
    assert said in capsys.readouterr().err
    assert bring(space, "more.csv", "--new-key") == 0
    assert space.secret() != key
    assert len(space.dataset_ids()) == 2


def test_a_whole_key_is_not_replaced(space):
    key = space.secret()
    with pytest.raises(SettingsError, match="is whole, so no other one was made"):
        space.new_key()
    assert space.secret() == key


def test_data_sets_without_pseudonyms_need_no_key(space):
    assert bring(space, "log.csv", "--set", "pseudonymise=no") == 0
    assert not (space.home / "key").exists()
    assert bring(space, "more.csv") == 0
    assert len(space.secret()) == 32


def test_a_damaged_card_may_be_one_with_pseudonyms(space):
    assert bring(space, "log.csv") == 0
    (space.home / "datasets" / space.dataset_ids()[0] / "dataset.json").write_text("[")
    (space.home / "key").unlink()
    with pytest.raises(WorkspaceError, match="is lost"):
        space.secret()
