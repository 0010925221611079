"""The package's front door: every name is there, and nothing is loaded before it is used."""

import subprocess
import sys

import pytest

import recsys_core


@pytest.mark.parametrize("name", recsys_core.__all__)
def test_every_public_name_has_a_home_and_words(name):
    found = getattr(recsys_core, name)
    assert found.__name__ == name
    assert found.__module__.startswith("recsys_core.")
    assert found.__doc__


def test_names_are_listed_in_order():
    assert dir(recsys_core) == recsys_core.__all__ == sorted(set(recsys_core.__all__))
    assert {"run", "import_log", "analyse_retention", "rollout", "build_report"} <= set(recsys_core.__all__)


def test_other_names_do_not_exist():
    with pytest.raises(AttributeError, match="module 'recsys_core' has no attribute 'rollouts'"):
        _ = recsys_core.rollouts


def test_importing_the_package_loads_nothing_else():
    code = (
        "import sys, recsys_core; print(sorted(m for m in sys.modules if m.startswith('recsys_core.'))); "
        "print({'pandas', 'duckdb', 'numpy'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["[]", "set()"]
