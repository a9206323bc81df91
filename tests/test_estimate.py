"""Estimates: of the right size, and a refusal before anything starts."""

import resource

import pytest

from evosim.scenario import load_scenario
from evosim.simulation import resources as estimate
from evosim.simulation.resources import TooLargeError, duration, refuse_what_cannot_fit, size
from evosim.simulation.runner import run


def test_disk_is_estimated_within_a_factor_of_two(tmp_path):
    short = ["evolution.episodes=1", "measure.episodes=1"]  # which takes no disk
    scenario = load_scenario("red_doors", ["evolution.generations=30", "evolution.population=400", *short])
    path = tmp_path / "sized.evosim"
    run(scenario, seed=1, out=path).close()
    assert 0.5 < estimate.estimate(scenario).disk / path.stat().st_size < 2


@pytest.mark.parametrize("changes", [2, 60])
def test_the_disk_of_an_ecology_is_estimated_within_a_factor_of_two(changes, tmp_path):
    """Of a state before each change, too."""
    phases = [f'{{ from = {20 * n}, environment = "{("ancestral", "modern")[n % 2]}" }}' for n in range(changes)]
    small = ["evolution.ticks=1240", "evolution.interval=20", "measure.every=1000", "evolution.population=400"]
    scenario = load_scenario("contraception", [*small, f"evolution.schedule=[{', '.join(phases)}]"])
    path = tmp_path / "sized.evosim"
    run(scenario, seed=1, out=path).close()
    assert 0.5 < estimate.estimate(scenario).disk / path.stat().st_size < 2


def test_memory_is_estimated_above_what_the_arrays_of_lives_take():
    scenario = load_scenario("red_doors", ["evolution.population=100000"])
    outcomes = 100_000 * (16 + 2 * 64) * 12 * 8
    assert outcomes < estimate.estimate(scenario).memory < 3 * outcomes
    assert estimate.estimate(load_scenario("red_doors")).memory > 1e8


def test_what_cannot_fit_is_refused_with_the_estimate(tmp_path):
    scenario = load_scenario("red_doors", ["evolution.population=2000000000"])
    with pytest.raises(TooLargeError, match=r"needs about [\d,]+ TB of memory, and this machine has \d+ [GT]B"):
        refuse_what_cannot_fit(scenario)
    with pytest.raises(TooLargeError):
        run(scenario, out=tmp_path / "never.evosim")
    assert list(tmp_path.iterdir()) == []


def test_the_limit_is_that_of_the_machine():
    assert 1e8 < estimate.memory_here() < 1e15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < estimate.memory_here()


def test_slower_minds_are_estimated_to_take_longer():
    def seconds(*overrides):
        return estimate.estimate(load_scenario("red_doors", overrides)).seconds

    quick = seconds("mind.controllers={planner=1}")
    assert quick < seconds("mind.controllers={heuristic=1}")
    assert quick < seconds("mind.controllers={planner=1}", "world.slip=0.1")
    assert seconds("mind.heuristic.hidden=16") > seconds("mind.heuristic.hidden=1")
    assert seconds("evolution.population=1024") == pytest.approx(2 * seconds())


@pytest.mark.parametrize(
    ("count", "said"), [(12, "12 B"), (1500, "1.5 kB"), (250e6, "250 MB"), (3e9, "3.0 GB"), (4e15, "4,000 TB")]
)
def test_sizes_are_written_as_people_do(count, said):
    assert size(count) == said


@pytest.mark.parametrize(("seconds", "said"), [(0.1, "1 s"), (90, "90 s"), (600, "10 min"), (36_000, "10 h")])
def test_times_are_written_as_people_do(seconds, said):
    assert duration(seconds) == said
