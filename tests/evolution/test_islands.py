"""Islands: each an evolution of its own, and now and then copies of others' individuals among whom it breeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.islands import island_key, migrated
from reference.random import key_of
from small_evolutions import HIGH, LOCI, LOW, noisy, optimizer, quadratic, settings

from evosim.evolution import Genetic
from evosim.evolution.islands import Breeders, island_seed, islands_of, migrate, split
from evosim.evolution.population import ALONE
from evosim.scenario.schema.evolution import Islands, Lexicase, ParetoSelection, Roulette, Tournament

SELECTIONS = (
    Tournament(operator="tournament"),
    Roulette(operator="roulette"),
    Lexicase(operator="lexicase"),
    ParetoSelection(operator="nsga2"),
)


def told(genomes: np.ndarray) -> dict[str, np.ndarray]:
    """Give what selection may use of genomes: a function of each alone."""
    both = np.stack([genomes[:, 0], -genomes[:, 1]], axis=1).astype(np.float64)
    return {"fitness": quadratic(genomes), "objectives": both, "cases": np.round(genomes, 1).astype(np.float64)}


def drawn_parts(chance: np.random.Generator, count: int, size: int) -> list[Breeders]:
    whole = count * size
    fitness = chance.integers(0, 4, whole) / 2.0  # with many ties
    genomes = chance.random((whole, LOCI)).astype(np.float32)
    return split(Breeders(100 + np.arange(whole), genomes, fitness, chance.random((whole, 2))), count)


@pytest.mark.parametrize("selection", SELECTIONS, ids=lambda each: each.operator)
def test_without_migration_islands_are_evolutions_of_their_own_with_streams_of_their_own(selection):
    elites = 0 if selection.operator == "nsga2" else 1
    of_each = {"selection": selection, "elites": elites, "episodes": LOCI}
    together = optimizer(seed=7, islands=Islands(count=4, migrants=0, every=1), **of_each)
    founders = together.ask().copy()
    alone = [
        Genetic(settings(population=5, **of_each), founders[5 * i : 5 * i + 5], LOW, HIGH, seed=island_key(7, i))
        for i in range(4)
    ]
    for generation in range(6):
        genomes = together.ask()
        parts = np.split(genomes, 4)
        for i, each in enumerate(alone):
            assert np.array_equal(each.ask(), parts[i])
            each.tell(**told(parts[i]))
            born, row = np.divmod(each.population.parents, 5)
            on_the_map = np.where(each.population.parents == ALONE, ALONE, 20 * born + 5 * i + row)
            assert np.array_equal(together.population.parents[5 * i : 5 * i + 5], on_the_map)
        together.tell(**told(genomes))
        assert generation == 0 or len({part.tobytes() for part in parts}) == 4


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(2, 6), st.data())
def test_breeders_after_migration_are_those_of_the_plain_twin(number, count, size, data):
    topology, emigrants = data.draw(st.sampled_from(["ring", "full"])), data.draw(st.sampled_from(["best", "random"]))
    replaced = data.draw(st.sampled_from(["worst", "random"]))
    sources = min(count - 1, 1) if topology == "ring" else count - 1
    migrants = data.draw(st.integers(0, size - 1 if sources == 0 else (size - 1) // sources))
    asked = Islands(count=count, migrants=migrants, topology=topology, emigrants=emigrants, replaced=replaced)
    assert asked.arrivals == sources * migrants
    parts = drawn_parts(np.random.default_rng(number), count, size)
    after = migrate(parts, [part.fitness for part in parts], asked, number, 30)
    how = {"migrants": migrants, "ring": topology == "ring", "best": emigrants == "best", "worst": replaced == "worst"}
    expected = migrated([part.fitness.tolist() for part in parts], number, 30, **how)
    for found, origins in zip(after, expected, strict=True):
        for place, (island, row) in enumerate(origins):
            for array, source in zip(found, parts[island], strict=True):
                assert np.array_equal(array[place], source[row])


@given(st.integers(0, 2**32), st.sampled_from(["ring", "full"]), st.sampled_from(["best", "random"]))
def test_migration_adds_as_many_copies_as_it_replaces_and_changes_nobody_else(number, topology, emigrants):
    asked = Islands(count=4, migrants=2, topology=topology, emigrants=emigrants)
    parts = drawn_parts(np.random.default_rng(number), 4, 9)
    before = [part.ids.copy() for part in parts]
    after = migrate(parts, [part.fitness for part in parts], asked, 1, 10)
    assert all(np.array_equal(part.ids, ids) for part, ids in zip(parts, before, strict=True))
    for i, found in enumerate(after):
        assert len(found.ids) == 9
        came = [origin for origin in islands_of(found.ids - 100, 36, 4).tolist() if origin != i]
        others = [(i - 1) % 4] if topology == "ring" else [j for j in range(4) if j != i]
        assert sorted(came) == sorted(2 * others)
        stayed = np.isin(found.ids, parts[i].ids)
        assert np.array_equal(found.ids[stayed], parts[i].ids[stayed])
        assert len(np.unique(found.ids)) == 9


def test_parents_come_from_elsewhere_only_where_migrants_have_arrived_and_only_around_the_ring():
    ours = optimizer(seed=3, islands=Islands(count=4, every=3, migrants=2))
    came = []
    for generation in range(8):
        genomes = ours.ask()
        here, parents = islands_of(ours.population.ids, 20, 4), ours.population.parents
        elsewhere = (parents != ALONE) & (islands_of(parents, 20, 4) != here[:, None])
        assert (islands_of(parents, 20, 4) == (here[:, None] - 1) % 4)[elsewhere].all()
        came.append(int(elsewhere.any(axis=1).sum()))
        ours.tell(noisy(genomes, generation))
    assert [generation for generation, count in enumerate(came) if count] == [3, 6]


def test_the_best_of_an_island_survives_on_the_next_as_it_was():
    ours = optimizer(islands=Islands(count=2, every=1, migrants=1), population=8, elites=1)
    ours.ask()
    ours.tell(np.array([9.0, 0, 1, 2, 3, 4, 5, 6]))
    first = ours.population
    second = ours.ask()
    assert np.array_equal(second[[0, 4]], first.genomes[[0, 0]])
    assert ours.population.parents[[0, 4]].tolist() == [[0, ALONE], [0, ALONE]]


def test_islands_restored_go_on_as_if_they_had_never_stopped():
    asked = {"islands": Islands(count=4, every=2), "selection": Lexicase(operator="lexicase"), "episodes": LOCI}
    straight, stopping = optimizer(**asked), optimizer(**asked)
    for _ in range(6):
        straight.tell(**told(straight.ask()))
        stopping.tell(**told(stopping.ask()))
        again = optimizer(**asked)
        again.restore(stopping.population, stopping.hall_of_fame(), stopping.memory)
        stopping = again
    assert np.array_equal(straight.ask(), stopping.ask())
    assert np.array_equal(straight.population.parents, stopping.population.parents)


def test_one_island_takes_in_nobody_and_no_two_islands_have_the_same_seed():
    one, isolated = (optimizer(islands=Islands(count=1, migrants=count, every=1)) for count in (3, 0))
    for _ in range(4):
        assert np.array_equal(one.ask(), isolated.ask())
        one.tell(quadratic(one.population.genomes))
        isolated.tell(quadratic(isolated.population.genomes))
    seeds = {island_seed(seed, island) for seed in range(20) for island in range(20)}
    assert len(seeds) == 400
    assert island_seed(5, 2) == key_of(5, 20, 2)
