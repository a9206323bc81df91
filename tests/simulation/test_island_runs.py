"""A run on islands: founders, tables and lineage; the same on any number of threads, and wherever it was stopped."""

from itertools import islice

import numpy as np
import pytest

from evosim.mind.founders import draw_founders
from evosim.numerics.compiler import threads
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.laboratory import Laboratory, with_founder_count
from evosim.simulation.runner import carry_on, verify
from evosim.simulation.runs import RunFile

SMALL = [
    "evolution.population=12",
    "evolution.generations=5",
    "evolution.episodes=2",
    "measure.episodes=2",
    "measure.every=2",
    "world.size=[7, 7]",
    "world.steps=10",
]
ISLANDS = ["evolution.islands={count=3, every=2, migrants=1}"]


def islands(*changes: str) -> Scenario:
    return load_scenario("red_doors", [*SMALL, *ISLANDS, *changes])


def kept(path, scenario, *, count=1, stop=None):
    """Store a run, stopped after some generations, and gone on with by another number of threads."""
    before = threads.count
    try:
        threads.choose(count)
        with RunFile.create(path, scenario, 1) as run:
            list(islice(carry_on(run), stop))
        if stop is not None:
            threads.choose(3 - threads.count)
            with RunFile.open(path, write=True) as run:
                list(carry_on(run))
    finally:
        threads.choose(before)
    return path


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return kept(tmp_path_factory.mktemp("islands") / "run.evosim", islands())


def test_each_island_is_founded_like_a_population_of_its_size():
    from evosim.evolution.islands import island_seed

    lab = Laboratory(islands("evolution.founders={ loci=['objective.red'], genomes=[[0.5], [-0.5]] }"), 1)
    founders = lab.founders()
    for i, part in enumerate(np.split(founders, 3)):
        own = draw_founders(with_founder_count(lab.scenario, 4), lab.layout, island_seed(1, i))
        assert np.array_equal(part, own)
        assert part[:, lab.layout.loci.index("objective.red")].tolist() == [0.5, -0.5, 0.5, -0.5]
        kinds = part[:, lab.layout.slice_of("controller")].argmax(axis=1)
        assert np.array_equal(np.bincount(kinds, minlength=2), [2, 2])
    assert len(np.unique(founders[:, 0])) == 12


@pytest.mark.compiled
def test_a_run_on_islands_is_the_same_on_two_threads_and_where_it_was_stopped(stored, tmp_path):
    with RunFile.open(stored) as run:
        digests = run.digests()
        assert [*verify(run)] == [(generation, True) for generation in range(5)]
        for stop in (1, 2, 3):
            again = kept(tmp_path / f"{stop}.evosim", islands(), count=1 + stop % 2, stop=stop)
            with RunFile.open(again) as other:
                assert other.digests() == digests
                for table in run.tables():
                    assert other.table(table) == run.table(table)


@pytest.mark.compiled
def test_the_digest_depends_on_all_that_islands_are(stored, tmp_path):
    found = {"as it is": RunFile.open(stored).summary().digest}
    for change in ("count=2", "every=1", "migrants=2", "topology='full'", "emigrants='random'", "replaced='random'"):
        path = kept(tmp_path / f"{change.partition('=')[0]}.evosim", islands(f"evolution.islands.{change}"))
        with RunFile.open(path) as run:
            found[change] = run.digests()[-1]
    assert len(set(found.values())) == len(found)


@pytest.mark.compiled
def test_rows_of_islands_are_those_of_their_individuals(stored):
    with RunFile.open(stored) as run:
        frame, whole = run.frame("islands"), run.frame("generations")
        assert frame["generation"].tolist() == [g for g in range(5) for _ in range(3)]
        assert frame["island"].tolist() == [1, 2, 3] * 5
        assert frame["population"].tolist() == [4] * 15
        by_generation = frame["fitness_mean"].reshape(5, 3)
        assert np.allclose(by_generation.mean(axis=1), whole["fitness_mean"])
        assert np.array_equal(frame["fitness_max"].reshape(5, 3).max(axis=1), whole["fitness_max"])
        assert np.array_equal(frame["fitness_min"].reshape(5, 3).min(axis=1), whole["fitness_min"])
        assert np.allclose(frame["optimizer_fraction"].reshape(5, 3).mean(axis=1), whole["optimizer_fraction"])
        for generation in (0, 2, 4):
            people = run.frame("individuals", "generation = ?", (generation,))
            assert np.array_equal(people["island"], np.repeat([1, 2, 3], 4))
            for name in ("base_mean.deployment", "inner_gap.training", "horizon"):
                column = {"horizon": "planning_mean"}.get(name, name)
                for island in (1, 2, 3):
                    own = people[name][people["island"] == island]
                    row = (frame["generation"] == generation) & (frame["island"] == island)
                    known = own[~np.isnan(own)]
                    mean = known.mean() if known.size else np.nan
                    assert np.allclose(frame[column][row], mean, equal_nan=True)
        assert np.isnan(frame["base_mean.deployment"][frame["generation"] == 1]).all()


@pytest.mark.compiled
def test_who_came_from_elsewhere_is_counted_from_the_lineage(stored):
    with RunFile.open(stored) as run:
        found = run.frame("islands")["from_elsewhere"].reshape(5, 3)
        for generation, ids, parents in run.lineage():
            came = [0, 0, 0]
            for id, pair in zip(ids, parents, strict=True):
                here = id % 12 // 4
                came[here] += any(parent >= 0 and parent % 12 // 4 != here for parent in pair)
            assert found[generation].tolist() == came
        assert found[[0, 1, 3]].sum() == 0 < found[[2, 4]].sum()


@pytest.mark.compiled
def test_genomes_without_loci_live_on_islands_too(tmp_path):
    pinned = {"controllers": "{ planner = 1 }", "planner.horizon": "4", "planner.discount": "0.9"}
    nothing_evolves = [f"mind.{key}={value}" for key, value in pinned.items()]
    nothing_evolves.append("mind.objective={ range=[-1, 1], evolves=false, initial=0.5 }")
    path = kept(tmp_path / "run.evosim", islands("evolution.generations=2", *nothing_evolves))
    with RunFile.open(path) as run:
        assert not run.frame("loci")["locus"].size
        assert run.frame("islands")["population"].tolist() == [4] * 6


@pytest.mark.parametrize("selection", ["nsga2", "lexicase", "deap.selBest"])
@pytest.mark.compiled
def test_any_selection_goes_on_from_what_islands_stored(selection, tmp_path):
    pareto = "objectives.pareto=[{ door_reached = 1 }, { thinking = -1 }]"
    more = [pareto, "evolution.elites=0"] if selection == "nsga2" else []
    scenario = islands(f"evolution.selection={{ operator = '{selection}' }}", *more)
    straight, stopped = (kept(tmp_path / f"{stop}.evosim", scenario, stop=stop) for stop in (None, 2))
    with RunFile.open(straight) as one, RunFile.open(stopped) as other:
        assert one.digests() == other.digests()
