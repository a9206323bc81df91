"""What tests of storage share: a small run and a long one, made once for all files."""

import shutil

import pytest
from safe_runs import LONG
from small_runs import SMALL

from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile


@pytest.fixture(scope="session")
def scenario():
    return load_scenario("red_doors", SMALL)


@pytest.fixture(scope="session")
def straight(scenario, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "straight.evosim"
    with RunFile.create(path, scenario, 5) as run:
        list(carry_on(run))
    return path


@pytest.fixture(scope="session")
def long_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("long_run") / "long_run.evosim"
    with RunFile.create(path, load_scenario("red_doors", LONG), 1) as run:
        list(carry_on(run))
    return path


@pytest.fixture
def finished(long_run, tmp_path):
    return shutil.copy(long_run, tmp_path / "finished.evosim")
