"""Charts of islands draw the numbers of table `islands`, on the figure of a run and on its page."""

import numpy as np
import pytest
from drawn import line, panel

from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.storage.schema import CorruptRunError
from viz.answers.reading import read_run
from viz.charts.islands import island_quantities
from viz.figures.figure import run_figure
from viz.report.panels import run_panels

SMALL = ["evolution.population=12", "evolution.generations=4", "evolution.episodes=2", "measure.episodes=2",
         "measure.every=3", "world.size=[7, 7]", "world.steps=10", "evolution.islands.count=3"]  # fmt: skip


@pytest.fixture(scope="module")
def islands(tmp_path_factory):
    stored = run(load_scenario("red_doors", SMALL), 1, tmp_path_factory.mktemp("islands") / "run.evosim", threads=1)
    yield stored
    stored.close()


@pytest.mark.compiled
def test_each_island_is_a_line_and_their_mean_another(islands):
    figure, reading = run_figure(islands), read_run(islands)
    frame = islands.frame("islands")
    assert [each.column for each in island_quantities(reading)] == [
        "base_mean.training", "base_mean.deployment", "optimizer_fraction",
    ]  # fmt: skip
    for quantity in island_quantities(reading):
        axes, values = panel(figure, quantity.title), frame[quantity.column].reshape(4, 3)
        measured = values if quantity.is_share else values[[0, 3]]
        for island in range(3):
            assert np.array_equal(line(axes, f"island {island + 1}"), measured[:, island])
        assert np.allclose(line(axes, "mean"), measured.mean(axis=1))
    words = [each.words for each in run_panels(reading)]
    assert words[-3:] == [f"{each.title}, over generations" for each in island_quantities(reading)]


@pytest.mark.compiled
def test_a_row_that_is_missing_is_said_to_be(islands, monkeypatch):
    read = type(islands).frame

    def without_one(self, table, *asked):
        found = read(self, table, *asked)
        return {name: column[:-1] for name, column in found.items()} if table == "islands" else found

    monkeypatch.setattr(type(islands), "frame", without_one)
    with pytest.raises(CorruptRunError, match="doesn't have a row for each island"):
        read_run(islands)
