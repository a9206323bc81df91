"""A scenario to run is one that was loaded, or where it is found."""

import pytest

from evosim.interactive.run import run
from evosim.scenario import ScenarioError, load_scenario

SMALL = """extends = "red_doors"

[evolution]
population = 16
generations = 2
episodes = 2

[measure]
episodes = 2
alignment = false
"""


def test_a_scenario_may_be_given_by_its_file(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    with (
        run(path, 1, tmp_path / "by_path.evosim") as by_path,
        run(load_scenario(path), 1, tmp_path / "loaded.evosim") as loaded,
    ):
        assert by_path.summary().digest == loaded.summary().digest


def test_a_scenario_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ScenarioError, match="red_doors"):
        run("red_dors", 1, tmp_path / "none.evosim")
    assert not list(tmp_path.iterdir())
