"""Estimates: of the right size, and a refusal before anything starts."""

import json
import os
import resource
import subprocess
import sys

import pytest

from evosim.episode.outcomes import numbered_layout
from evosim.gridworld.spec import blueprint
from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario
from evosim.simulation import resources
from evosim.simulation.generational.generations import Laboratory
from evosim.simulation.generational.generations import generations as evolved
from evosim.simulation.generational.resources import typical_steps
from evosim.simulation.process import process_of
from evosim.simulation.resources import TooLargeError, format_bytes, format_duration, format_expected
from evosim.simulation.runner import run
from evosim.sweeps.plan import Condition
from evosim.sweeps.run import check_conditions


def estimate(scenario):
    return process_of(scenario, 0).resources()


def test_disk_is_estimated_within_a_factor_of_two(tmp_path):
    short = ["evolution.episodes=1", "measure.episodes=1"]  # which takes no disk
    scenario = load_scenario("red_doors", ["evolution.generations=30", "evolution.population=400", *short])
    path = tmp_path / "sized.evosim"
    run(scenario, seed=1, out=path).close()
    assert 0.5 < estimate(scenario).disk / path.stat().st_size < 2


@pytest.mark.parametrize("changes", [2, 60])
def test_the_disk_of_an_ecology_is_estimated_within_a_factor_of_two(changes, tmp_path):
    """Of a state before each change, too."""
    phases = [f'{{ from = {20 * n}, environment = "{("ancestral", "modern")[n % 2]}" }}' for n in range(changes)]
    small = ["evolution.ticks=1240", "evolution.interval=20", "measure.every=1000", "evolution.population=400"]
    scenario = load_scenario("contraception", [*small, f"evolution.schedule=[{', '.join(phases)}]"])
    path = tmp_path / "sized.evosim"
    run(scenario, seed=1, out=path).close()
    assert 0.5 < estimate(scenario).disk / path.stat().st_size < 2


def test_memory_is_estimated_above_what_the_arrays_of_lives_take():
    scenario = load_scenario("red_doors", ["evolution.population=100000"])
    outcomes = 100_000 * (16 + 2 * 64) * 12 * 8
    assert outcomes < estimate(scenario).memory < 3 * outcomes
    assert estimate(load_scenario("red_doors")).memory > 1e8


def test_of_very_many_only_those_who_are_stored_have_rows_in_memory_and_on_disk():
    def needs(population, *more):
        return estimate(load_scenario("red_doors", [f"evolution.population={population}", *more]))

    some, all_of_them = needs(300_000), needs(300_000, "measure.individuals=300000")
    assert all_of_them.memory - some.memory > 200_000 * 1000
    assert all_of_them.disk > 1.2 * some.disk
    assert needs(50_000) == needs(50_000, "measure.individuals=50000")


PEAK = """
import json, re, sys
from pathlib import Path

from evosim.simulation.process import process_of
from evosim.simulation.runner import run
from evosim.scenario import load_scenario

scenario = load_scenario("red_doors", sys.argv[2:])
run(scenario, seed=1, out=sys.argv[1]).close()
said = process_of(scenario, 1).resources()
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]  # not that of who started it
print(json.dumps([said.memory, said.disk, int(peak) * 1024]))
"""


@pytest.mark.compiled
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in kB on Linux")
@pytest.mark.parametrize(
    ("overrides", "large"),
    [
        (["evolution.population=20000", "evolution.episodes=4", "measure.episodes=16"], True),
        (
            ["evolution.population=20000", "evolution.episodes=40", "measure.episodes=4", "measure.alignment=false"],
            True,
        ),
        (["evolution.population=16", "evolution.episodes=2", "measure.episodes=2"], False),
    ],
)
def test_a_process_takes_the_memory_and_the_disk_that_were_said(overrides, large, tmp_path):
    path = tmp_path / "sized.evosim"
    command = [sys.executable, "-c", PEAK, str(path), "evolution.generations=2", *overrides]
    alone = {**os.environ, "EVOSIM_DEBUG": "1"}
    memory, disk, peak = json.loads(subprocess.run(command, capture_output=True, check=True, env=alone).stdout)
    assert 0.85 < memory / peak < (1.6 if large else 2.0)
    assert 0.7 < disk / path.stat().st_size < 1.5


def test_of_a_short_run_all_measured_generations_are_counted():
    for every in (1, 2, 5, 7, 1000):
        for generations in range(1, 25):
            measured = [n for n in range(generations) if n % every == 0 or n == generations - 1]
            assert resources.count_measured(generations, every) == len(measured)


@pytest.mark.parametrize(
    ("overrides", "what"),
    [
        (
            ["world.size=[1001, 1001]", "world.objects.ball.count=10000"],
            "environments.training: each of its worlds, 1001 × 1001 cells",
        ),
        (["world.size=[1001, 1001]", "world.objects.gem.count=500"], "use a smaller size, or fewer objects"),
    ],
)
def test_worlds_that_take_too_long_to_draw_are_refused_before_one_is_drawn(overrides, what):
    with pytest.raises(TooLargeError, match=what):
        process_of(load_scenario("red_doors", overrides), 0).refuse_if_too_large()


def test_a_check_draws_few_large_worlds_and_many_small_ones(monkeypatch):
    asked = []
    monkeypatch.setattr("evosim.episode.grid_environment.draw_worlds", lambda plan, *given: asked.append(given[1:]))
    for side in ("[9, 9]", "[101, 101]", "[1001, 1001]"):
        Laboratory(load_scenario("red_doors", [f"world.size={side}"]), 0).try_environments()
    assert asked == [(256, 0, 256)] * 2 + [(256, 0, 256)] * 2 + [(13, 0, 16)] * 2


def test_a_place_and_a_large_world_are_estimated_to_take_longer():
    def seconds(*overrides):
        return estimate(load_scenario("red_doors", overrides)).seconds

    assert seconds("world.size=[301, 301]") > 2 * seconds()
    place = 'world.places.home={ place = { kind = "corner" }, features = { red = 1 } }'
    assert seconds(place, "measure.every=1") > 2 * seconds("measure.every=1")  # it takes long to assess


def test_what_cannot_fit_is_refused_with_the_estimate(tmp_path):
    scenario = load_scenario("red_doors", ["evolution.population=2000000000"])
    with pytest.raises(TooLargeError, match=r"needs about [\d,]+ TB of memory, and this machine has \d+ [GT]B"):
        process_of(scenario, 0).refuse_if_too_large()
    with pytest.raises(TooLargeError):
        run(scenario, out=tmp_path / "never.evosim")
    assert list(tmp_path.iterdir()) == []


def test_the_limit_is_that_of_the_machine():
    assert 1e8 < resources.available_memory() < 1e15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < resources.available_memory()


def test_slower_minds_are_estimated_to_take_longer():
    def seconds(*overrides):
        return estimate(load_scenario("red_doors", overrides)).seconds

    quick = seconds("mind.controllers={planner=1}")
    assert quick < seconds("mind.controllers={heuristic=1}")
    assert quick < seconds("mind.controllers={planner=1}", "world.slip=0.1")
    assert seconds("mind.heuristic.hidden=16") > seconds("mind.heuristic.hidden=1")
    shallow, deep = (f'mind.planner={{algorithm="tree_search", horizon={depth}}}' for depth in (4, 16))
    assert seconds("mind.controllers={planner=1}", deep) > 5 * seconds("mind.controllers={planner=1}", shallow)
    twice, four_times = (seconds(f"evolution.population={count}") - seconds() for count in (1024, 2048))
    assert four_times == pytest.approx(3 * twice, rel=0.01)


@pytest.mark.parametrize("name", ["red_doors", "many_mazes"])
def test_episodes_last_about_as_long_as_the_typical_time_counts_on(name):
    """Once planners have taken over; the steps are counted, and no clock is asked."""
    scenario = load_scenario(name, ["evolution.population=128", "evolution.generations=25", "measure.episodes=16"])
    *_, last = evolved(scenario, seed=1)
    for each in last.measured:
        plan = blueprint(scenario, each.environment)
        steps = each.outcomes[:, :, numbered_layout(plan).slice_of("steps")].mean()
        assert 0.5 < steps / typical_steps(scenario.environments[each.environment]) < 2


def test_the_typical_time_is_shorter_where_something_ends_an_episode():
    doors = estimate(load_scenario("red_doors"))
    assert doors.expected_seconds < doors.seconds / 2
    lasting = [f"world.objects.{name}.ends_episode=false" for name in ("door", "key", "gem", "ball")]
    alone = ["mind.controllers={planner=1}", *lasting]
    whole = estimate(load_scenario("red_doors", alone))
    assert whole.expected_seconds == whole.seconds
    assert estimate(load_scenario("contraception")).typical_seconds is None


def test_of_a_sweep_the_time_of_one_thread_is_said_since_a_worker_has_one():
    doors = Condition(1, {}, load_scenario("red_doors"))
    with threads.using(1):
        alone = estimate(doors.scenario)
    with threads.using(8):
        assert check_conditions([doors])[0] == alone
        assert estimate(doors.scenario).expected_seconds < alone.expected_seconds


def test_two_times_are_said_only_where_they_differ():
    assert format_expected(4.2, 9.4) == "about 4 s, up to 9 s"
    assert format_expected(9.1, 9.4) == "about 9 s"


@pytest.mark.parametrize(
    ("count", "said"), [(12, "12 B"), (1500, "1.5 kB"), (250e6, "250 MB"), (3e9, "3.0 GB"), (4e15, "4,000 TB")]
)
def test_sizes_are_written_as_people_do(count, said):
    assert format_bytes(count) == said


@pytest.mark.parametrize(("seconds", "said"), [(0.1, "1 s"), (90, "90 s"), (600, "10 min"), (36_000, "10 h")])
def test_times_are_written_as_people_do(seconds, said):
    assert format_duration(seconds) == said
