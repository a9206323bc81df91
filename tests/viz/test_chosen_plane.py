"""The axes of what planners want: the weights that tell their classes apart, or those that are asked for."""

import numpy as np
import pytest
from drawn import panel
from drawn_commands import evosim
from reported_runs import column, record

from evosim.scenario import Scenario, load_scenario
from viz.answers.objectives.plane import check_weights, plane_of, telling_plane
from viz.answers.objectives.separation import pillai_trace, rate_planes
from viz.figures.figure import run_figure

COUNT = 200
SMALL = ("evolution.population=16", "evolution.generations=2", "measure.episodes=4", "measure.every=1")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("red_doors")


def planners(scenario: Scenario, decides: str, names: tuple[str, str]) -> dict[str, np.ndarray]:
    """Make planners with random weights, whose class in deployment is that of the sign of one."""
    drawn = np.random.default_rng(1).uniform(-1, 1, (len(scenario.world.features), COUNT))
    weights = {f"objective.{name}": row for name, row in zip(scenario.world.features, drawn, strict=True)}
    kinds = np.where(weights[f"objective.{decides}"] > 0, *names)
    base = weights[f"objective.{decides}"]
    fixed = {"id": np.arange(COUNT), "controller": np.full(COUNT, "planner"), "horizon": np.full(COUNT, 8)}
    return {**fixed, **weights, "class.deployment": kinds, "base_mean.deployment": base}


def test_the_plane_is_that_in_which_planners_of_different_classes_differ(scenario):
    found = planners(scenario, "ball", ("robustly_aligned", "pseudo_aligned"))
    plane = telling_plane(scenario, found, ["deployment"])
    assert "ball" in plane[:2]
    assert plane_of(scenario, found)[:2] == ("door", "red")


def test_it_is_that_of_reward_and_its_proxy_where_none_tells_more(scenario):
    for decides, names in (
        ("red", ("robustly_aligned", "pseudo_aligned")),  # which is in that plane
        ("ball", ("untrained", "mixed")),  # who doesn't do the task is left out, and those who do are all alike
    ):
        found = planners(scenario, decides, names)
        found["base_mean.deployment"] = np.zeros(COUNT) if decides == "ball" else found["base_mean.deployment"]
        assert telling_plane(scenario, found, ["deployment"])[:2] == ("door", "red")
    few = {name: each[:20] for name, each in planners(scenario, "ball", ("mixed", "pseudo_aligned")).items()}
    assert telling_plane(scenario, few, ["deployment"])[:2] == ("door", "red")


def test_where_there_are_no_classes_it_is_by_what_planners_get(scenario):
    found = planners(scenario, "gem", ("mixed", "mixed"))
    found["class.deployment"] = np.full(COUNT, "")
    rated = rate_planes(found, scenario.world.features, ["deployment"])
    assert max(rated.values()) == pytest.approx(1.0, abs=0.02)
    assert "gem" in max(rated, key=rated.__getitem__)


def test_pillais_trace_is_the_share_of_variance_that_one_number_explains_in_another():
    rng = np.random.default_rng(2)
    first = rng.normal(size=(COUNT, 1))
    second = 0.6 * first + 0.8 * rng.normal(size=(COUNT, 1))
    square = np.corrcoef(first[:, 0], second[:, 0])[0, 1] ** 2
    assert pillai_trace(first, second) == pytest.approx(square - 1 / (COUNT - 1))
    many = [pillai_trace(rng.normal(size=(COUNT, 2)), rng.normal(size=(COUNT, 3))) for _ in range(300)]
    assert np.mean(many) == pytest.approx(0.0, abs=0.003)  # with nothing to do with each other


def test_weights_are_named_as_they_are_elsewhere(scenario):
    assert check_weights(scenario, ["red", "objective.door"]) == ("red", "door")
    assert check_weights(scenario, ["red"]) == ("red", None)
    with pytest.raises(ValueError, match=r"'rde' is not a weight of objectives; did you mean 'red'\?"):
        check_weights(scenario, ["rde"])
    with pytest.raises(ValueError, match="two different weights"):
        check_weights(scenario, ["red", "red"])


def test_axes_can_be_asked_for(scenario, tmp_path):
    with record(tmp_path / "run.evosim", load_scenario("red_doors", SMALL)) as run:
        axes = panel(run_figure(run, ["gem", "red"]), "What planners want")
        alone = panel(run_figure(run, ["gem"]), "What planners want")
        expected = [column(run, "individuals", f"objective.{name}", "generation = 1") for name in ("gem", "red")]
        path = run.path
    assert axes.get_xlabel() == "← dislikes · gem · wants →"
    assert axes.get_ylabel() == "← dislikes · red · wants →"
    drawn = np.asarray(axes.collections[1].get_offsets())
    planning = ~np.isnan(np.array(expected, float)).any(axis=0)
    np.testing.assert_array_equal(drawn, np.transpose(expected)[planning])
    assert alone.get_ylabel() == "planning horizon, steps"
    assert evosim("plot", path, "--weights", "gem,red", "-o", tmp_path / "it.png").exit_code == 0
    refused = evosim("plot", path, "--weights", "gem,rde", "-o", tmp_path / "no.png")
    assert "did you mean 'red'?" in refused.stderr
    page = tmp_path / "page.html"
    assert evosim("report", path, "--weights", "gem,red", "-o", page).exit_code == 0
    assert "weight of gem" in page.read_text()
    assert "Axes: as they were asked for." in page.read_text()
