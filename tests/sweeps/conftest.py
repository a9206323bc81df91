"""Sweeps that several files of tests read, each run once in a process."""

import pytest
from small_sweeps import run_here, tiny_plan

from evosim import open_sweep
from evosim.sweeps.folder import SweepFolder


@pytest.fixture(scope="session")
def rates(tmp_path_factory):
    """Give a sweep of two mutation rates with three seeds each."""
    folder = SweepFolder.create(tmp_path_factory.mktemp("sweeps") / "rates", tiny_plan(seeds="1-3"))
    assert run_here(folder).done == 6
    return open_sweep(folder.path)
