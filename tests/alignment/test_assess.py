"""Assessment of a population: the same to the last bit in blocks as of all planners at once."""

import numpy as np
import pytest

from evosim.alignment.assessment import assess as room
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Grid
from evosim.mind.expression import express, have_objective
from evosim.mind.founders import draw_founders
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory


@pytest.mark.parametrize("name", ["red_doors", "hungry"])
@pytest.mark.parametrize("count", [1, 2])
def test_an_assessment_in_blocks_is_that_of_all_at_once(name, count, monkeypatch):
    scenario = load_scenario(name, ["evolution.population=60"])
    laboratory = Laboratory(scenario, 1)
    minds, ids = express(scenario, laboratory.layout, draw_founders(scenario, laboratory.layout, 1)), np.arange(60)
    grid = laboratory.environments[laboratory.selected_in(0)]
    assert isinstance(grid, Grid)
    ground, lives = grid.draw(key_of(1), 4), grid.live(minds, ids, key_of(1), key_of(2), 4)
    rows = np.flatnonzero(have_objective(minds))
    found = []
    with threads.using(count):
        for block in (len(rows), 7):
            monkeypatch.setattr(room, "BLOCK", block)
            reference = ReferenceReturns(ground, discount=0.9, compared=2)
            found.append(room.assess(reference, lives, minds, laboratory.aims, rows))
    whole, parts = found
    assert len(rows) > 14
    for name_of in ("base", "capability", "cross_evaluated", "outer"):
        for one, other in zip(getattr(whole, name_of), getattr(parts, name_of), strict=True):
            assert one.tobytes() == other.tobytes()
    assert whole.distance.tobytes() == parts.distance.tobytes()
    assert np.isfinite(whole.distance[rows]).all()
