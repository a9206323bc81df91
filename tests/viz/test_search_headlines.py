"""What pages say of minds that search although no planner is in their genomes."""

from types import SimpleNamespace

import numpy as np
import pytest

from evosim.scenario import load_scenario
from viz.answers.headline import NO_PLANNERS, write_headline


@pytest.mark.parametrize(
    ("searching", "said"),
    [
        ([np.nan], NO_PLANNERS),
        ([0.9, 0.0], "none of the minds that think in a map searches"),
        ([0.0, 0.78], "78% of the minds"),
    ],
)
def test_minds_that_search_without_being_planners_are_counted(searching, said):
    reading = SimpleNamespace(
        generations={"optimizer_fraction": np.zeros(3)}, measured=np.array([0, 2]),
        measurements={"training": {"searching": np.array(searching)}, "deployment": {"searching": np.ones(2)}},
        scenario=load_scenario("red_doors"), final={"controller": np.array(["program"])},
    )  # fmt: skip
    assert said in write_headline(reading, {})
