"""The base optimizer: selection favours the fit as the textbooks say, and no allele is lost or invented."""

import random
from collections import Counter
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
import reference
from conftest import cases
from deap import tools
from evidence import TOO_SURPRISING, kolmogorov, surprise, surprise_of_two
from hypothesis import given
from hypothesis import strategies as st

from evosim.chance import Stream, key_of
from evosim.evolution import Genetic
from evosim.evolution.handles import Handle, select_with_deap
from evosim.evolution.selection import selection_operator, tournament, truncation
from evosim.evolution.variation import ALONE, gaussian_mutation, reflect, uniform_crossover
from evosim.scenario.schema import Crossover, DeapSelection, Evolution, Mutation, Phase, Tournament, Truncation

LOCI = 6
LOW, HIGH = np.array([-1.0, -1, 0, 1, -2, 0]), np.array([1.0, 1, 1, 32, 3, 0.5])


def settings(**changes: object) -> Evolution:
    """Write the settings of a small evolution."""
    schedule = [Phase.model_validate({"from": 0, "environment": "training"})]
    defaults = {"population": 20, "generations": 10, "schedule": schedule}
    return Evolution(**(defaults | changes))


def founders(population: int = 20, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(LOW, HIGH, (population, LOCI)).astype(np.float32)


def optimizer(seed: int = 1, **changes: object) -> Genetic:
    chosen = settings(**changes)
    return Genetic(chosen, founders(chosen.population), LOW, HIGH, seed=seed)


def quadratic(genomes: np.ndarray) -> np.ndarray:
    """Be fit near three quarters of each range."""
    return -((((genomes - LOW) / (HIGH - LOW)) - 0.75) ** 2).sum(axis=1)


# ---------------------------------------------------------------- selection


def test_tournaments_equal_the_twin():
    rng = np.random.default_rng(1)
    for i in range(cases(500, 50)):
        fitness = rng.choice([-1.0, 0.0, 0.5, 2.0, np.inf, -np.inf], rng.integers(1, 30))
        size, count = int(rng.integers(1, 9)), int(rng.integers(0, 40))
        rows = tournament(fitness, key_of(i), count, size=size)
        assert rows.tolist() == reference.tournament(fitness.tolist(), i, count, size)


def test_truncation_equals_the_twin():
    rng = np.random.default_rng(2)
    for i in range(cases(500, 50)):
        fitness = rng.choice([-1.0, 0.0, 0.5, 2.0], rng.integers(1, 30))
        share, count = float(rng.choice([0.01, 0.2, 0.5, 1.0])), int(rng.integers(0, 40))
        rows = truncation(fitness, key_of(i), count, share=share)
        assert rows.tolist() == reference.truncation(fitness.tolist(), i, count, share)


def ranks(rows: np.ndarray, fitness: np.ndarray) -> np.ndarray:
    """Count how often each rank was selected, the best first."""
    rank = np.argsort(np.argsort(-fitness))
    return np.bincount(rank[rows], minlength=len(fitness))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_tournaments_select_like_those_of_deap(size):
    count, fitness = 20_000, np.random.default_rng(3).permutation(20).astype(float)
    ours = ranks(tournament(fitness, key_of(4, size), count, size=size), fitness)
    deap = DeapSelection(operator="deap.selTournament", tournsize=size)
    theirs = ranks(selection_operator(deap)(fitness, key_of(5, size), count), fitness)
    assert abs(surprise_of_two(ours, theirs)) < TOO_SURPRISING
    better = np.arange(20)
    theory = ((20 - better) / 20) ** size - ((19 - better) / 20) ** size  # the best of `size` has this rank
    assert abs(surprise(ours, theory)) < TOO_SURPRISING


def test_truncation_selects_uniformly_from_those_that_deap_calls_best():
    fitness = np.random.default_rng(6).permutation(40).astype(float)
    rows = truncation(fitness, key_of(7), 20_000, share=0.3)
    best = {handle.row for handle in tools.selBest([Handle(i, f) for i, f in enumerate(fitness)], 12)}
    assert set(rows.tolist()) == best
    assert abs(surprise(np.bincount(rows)[sorted(best)], np.ones(12))) < TOO_SURPRISING


def test_the_settings_of_a_scenario_name_the_operator():
    fitness = np.random.default_rng(8).random(30)
    key = key_of(9)
    by_tournament = selection_operator(Tournament(operator="tournament", size=4))(fitness, key, 50)
    assert np.array_equal(by_tournament, tournament(fitness, key, 50, size=4))
    by_truncation = selection_operator(Truncation(operator="truncation", share=0.1))(fitness, key, 50)
    assert np.array_equal(by_truncation, truncation(fitness, key, 50, share=0.1))


DEAP_OPERATORS = [
    DeapSelection(operator="deap.selTournament", tournsize=3),
    DeapSelection(operator="deap.selRoulette"),
    DeapSelection(operator="deap.selStochasticUniversalSampling"),
    DeapSelection(operator="deap.selRandom"),
    DeapSelection(operator="deap.selLexicase"),
    DeapSelection(operator="deap.selAutomaticEpsilonLexicase"),
    DeapSelection(
        operator="deap.selDoubleTournament", fitness_size=3, parsimony_size=1.4, fitness_first=True
    ),
    DeapSelection(operator="deap.selBest"),
]  # fmt: skip


@pytest.mark.parametrize("chosen", DEAP_OPERATORS, ids=lambda chosen: chosen.operator)
def test_operators_of_deap_are_reproducible_and_leave_the_global_generators_alone(chosen):
    fitness = np.random.default_rng(10).random(25) + 0.1
    select = selection_operator(chosen)
    random.seed(1)
    np.random.seed(2)  # noqa: NPY002
    before, before_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    first = select(fitness, key_of(11), 20)
    assert random.getstate() == before
    assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), before_numpy, strict=True))  # noqa: NPY002
    random.seed(3)
    np.random.seed(4)  # noqa: NPY002
    assert np.array_equal(select(fitness, key_of(11), 20), first)
    assert first.dtype == np.int64
    assert len(first) == 20
    assert ((first >= 0) & (first < 25)).all()
    if chosen.operator not in ("deap.selBest", "deap.selLexicase", "deap.selAutomaticEpsilonLexicase"):
        assert not np.array_equal(select(fitness, key_of(12), 20), first)


def test_an_operator_that_draws_from_numpy_is_reproducible_too(monkeypatch):
    def by_numpy(individuals: list[Handle], k: int) -> list[Handle]:
        return [individuals[i] for i in np.random.randint(0, len(individuals), k)]  # noqa: NPY002

    monkeypatch.setattr(tools, "selByNumpy", by_numpy, raising=False)
    select = selection_operator(DeapSelection(operator="deap.selByNumpy"))
    first, again, other = (select(np.ones(25), key_of(key), 20).tolist() for key in (13, 13, 14))
    assert first == again
    assert first != other


def test_the_global_generators_are_restored_after_a_failure():
    random.seed(5)
    before = random.getstate()
    with pytest.raises(ValueError, match=r"deap\.selTournament failed on 4 individuals"):
        select_with_deap(np.ones(4), key_of(1), 2, name="selTournament", arguments={"tournsize": 0})
    assert random.getstate() == before


@pytest.mark.parametrize(
    "settings",
    [{"operator": "deap.selTournament", "tournsize": 0}, {"operator": "deap.selTournamentDCD"}],
)
def test_an_operator_of_deap_that_cannot_select_is_refused_before_anything_happens(settings):
    with pytest.raises(ValueError, match="failed on 12 individuals"):
        selection_operator(DeapSelection(**settings))


@pytest.mark.parametrize("name", ["selRoulette", "selStochasticUniversalSampling"])
def test_a_wheel_of_fortune_needs_fitness_that_is_not_negative(name):
    select = selection_operator(DeapSelection(operator=f"deap.{name}"))
    assert len(select(np.arange(5.0), key_of(1), 9)) == 9
    with pytest.raises(ValueError, match="never negative, got -1"):
        select(np.arange(5.0) - 1, key_of(1), 9)


def test_an_operator_of_deap_that_selects_too_few_is_an_error():
    select = selection_operator(DeapSelection(operator="deap.selBest"))
    with pytest.raises(ValueError, match="selected 5 individuals where 9 were asked for"):
        select(np.arange(5.0), key_of(1), 9)


# ---------------------------------------------------------------- variation


def test_crossover_equals_the_twin():
    rng = np.random.default_rng(20)
    for i in range(cases(400, 40)):
        genomes = founders(int(rng.integers(1, 12)), i)
        rows = rng.integers(0, len(genomes), rng.integers(0, 15))
        rate = float(rng.choice([0.0, 0.3, 0.6, 1.0]))
        children, mated = uniform_crossover(genomes, rows, key_of(i), rate=rate)
        twins, twins_mated = reference.crossover(genomes.tolist(), rows.tolist(), i, rate)
        assert children.tolist() == twins
        assert mated.tolist() == twins_mated


def test_no_allele_is_lost_when_two_parents_mate():
    """Whatever a pair swaps, at every locus the two children have the two alleles of their parents."""
    for i in range(cases(100, 20)):
        genomes = founders(30, i)
        rows = np.random.default_rng(i).permutation(30)
        children, mated = uniform_crossover(genomes, rows, key_of(21, i), rate=0.7)
        for pair in range(15):
            before, after = genomes[rows[2 * pair : 2 * pair + 2]], children[2 * pair : 2 * pair + 2]
            assert np.array_equal(np.sort(before, axis=0), np.sort(after, axis=0))
            if not mated[pair]:
                assert np.array_equal(before, after)
        assert np.array_equal(np.sort(genomes, axis=0), np.sort(children, axis=0))


def test_pairs_mate_at_the_rate_and_swap_half_of_their_loci():
    genomes = np.repeat(np.arange(2, dtype=np.float32)[:, None], 40, axis=1)
    count = cases(5000, 1000)
    children, mated = uniform_crossover(genomes, np.tile([0, 1], count), key_of(22), rate=0.6)
    assert abs(surprise([mated.sum(), (~mated).sum()], [0.6, 0.4])) < TOO_SURPRISING
    swapped = children[::2][mated]  # 1 where the first child has its second parent's allele
    assert abs(surprise(swapped.sum(axis=0), np.ones(40))) < TOO_SURPRISING
    assert abs(surprise([swapped.sum(), (1 - swapped).sum()], [1, 1])) < TOO_SURPRISING
    assert (children[::2][~mated] == 0).all()
    neighbours_agree = (swapped[:, 1:] == swapped[:, :-1]).mean()  # loci are not linked
    assert abs(neighbours_agree - 0.5) < 4 * 0.5 / np.sqrt(swapped[:, 1:].size)


def test_an_odd_parent_stays_alone():
    genomes = founders(5)
    children, mated = uniform_crossover(genomes, np.array([0, 1, 4]), key_of(23), rate=1.0)
    assert len(mated) == 1
    assert np.array_equal(children[2], genomes[4])


def test_mutation_equals_the_twin():
    rng = np.random.default_rng(24)
    for i in range(cases(200, 20)):
        genomes = founders(6, i)
        rate, scale = float(rng.choice([0.0, 0.2, 1.0])), float(rng.choice([0.05, 0.5, 1.0]))
        mutants = gaussian_mutation(genomes.copy(), key_of(i), LOW, HIGH, rate=rate, scale=scale)
        for row, genome in enumerate(genomes.tolist()):
            twin = reference.mutated(genome, reference.fold(i, row), LOW, HIGH, rate, scale)
            assert mutants[row].tolist() == pytest.approx(twin, rel=1e-6, abs=1e-6)
            untouched = [a == b for a, b in zip(genome, twin, strict=True)]
            assert (mutants[row] == genomes[row]).tolist() == untouched


def test_loci_mutate_at_the_rate_by_steps_of_scaled_half_widths():
    middle = np.tile(((LOW + HIGH) / 2).astype(np.float32), (cases(20_000, 2_000), 1))
    mutants = gaussian_mutation(middle.copy(), key_of(25), LOW, HIGH, rate=0.2, scale=0.1)
    for locus in range(LOCI):
        moved = mutants[:, locus] != middle[:, locus]
        assert abs(surprise([moved.sum(), (~moved).sum()], [0.2, 0.8])) < TOO_SURPRISING
        steps = (mutants[moved, locus].astype(float) - middle[0, locus]) / (0.1 * (HIGH[locus] - LOW[locus]) / 2)
        assert kolmogorov(np.array([NormalDist().cdf(step) for step in steps])) < 1.95
    together = Counter((mutants != middle).sum(axis=1).tolist())  # loci mutate independently of each other
    binomial = [0.262144, 0.393216, 0.24576, 0.08192, 0.01536, 0.001536, 0.000064]
    assert abs(surprise([together[n] for n in range(4)], binomial[:4])) < TOO_SURPRISING


def test_mutants_stay_within_bounds_and_without_selection_every_allele_is_as_likely():
    genomes = founders(cases(4000, 400), 1)
    for generation in range(40):
        gaussian_mutation(genomes, key_of(26, generation), LOW, HIGH, rate=1.0, scale=1.0)
        assert (genomes >= LOW.astype(np.float32)).all()
        assert (genomes <= HIGH.astype(np.float32)).all()
    for locus in range(LOCI):
        assert kolmogorov((genomes[:, locus].astype(float) - LOW[locus]) / (HIGH - LOW)[locus]) < 1.95


@given(value=st.floats(-50, 50), low=st.floats(-3, 3), width=st.floats(0.25, 10))
def test_reflection_is_bouncing_between_two_mirrors(value, low, width):
    high = low + width
    inside = reflect(value, low, high)
    assert low - 1e-12 <= inside <= high + 1e-12
    assert inside == pytest.approx(reference.reflect(value, low, high), abs=1e-9)
    if low <= value <= high:
        assert inside == pytest.approx(value, abs=1e-12)


# ---------------------------------------------------------------- ask and tell


def test_founders_are_generation_zero():
    genetic = optimizer()
    assert np.array_equal(genetic.ask(), founders())
    assert genetic.population.generation == 0
    assert genetic.population.ids.tolist() == list(range(20))
    assert (genetic.population.parents == ALONE).all()


def test_asking_twice_gives_the_same_genomes():
    genetic = optimizer()
    for _ in range(3):
        genomes = genetic.ask()
        assert np.array_equal(genetic.ask(), genomes)
        genetic.tell(quadratic(genomes))


def test_elites_pass_unchanged_and_are_their_own_parents():
    genetic = optimizer(elites=3, mutation=Mutation(rate=1.0, scale=0.5))
    for _ in range(5):
        genomes = genetic.ask().copy()
        fitness, ids = quadratic(genomes), genetic.population.ids
        genetic.tell(fitness)
        best = np.argsort(-fitness, kind="stable")[:3]
        offspring = genetic.ask()
        assert np.array_equal(offspring[:3], genomes[best])
        assert genetic.population.parents[:3].tolist() == [[i, ALONE] for i in ids[best]]
        assert not (offspring[3:, None] == genomes[None]).all(axis=2).any()


@pytest.mark.parametrize(("population", "elites"), [(20, 0), (21, 1), (20, 1), (2, 1), (7, 6)])
def test_every_allele_of_a_child_comes_from_its_recorded_parents(population, elites):
    rare = Mutation(rate=0.0, scale=0.1)
    genetic = optimizer(population=population, elites=elites, mutation=rare, crossover=Crossover(rate=0.6))
    mated = 0
    for generation in range(1, 12):
        # alleles are made unique, so that each tells whose it is
        unique = np.arange(population * LOCI, dtype=np.float32).reshape(population, LOCI)
        genetic.ask()
        genetic.population = genetic.population._replace(genomes=unique)
        genetic.tell(np.random.default_rng(generation).random(population))
        children, parents = genetic.ask(), genetic.population.parents
        first_id = (generation - 1) * population
        assert genetic.population.generation == generation
        assert genetic.population.ids[0] == generation * population
        assert children.shape == (population, LOCI)
        for child, (one, other) in zip(children, (parents - first_id).tolist(), strict=True):
            alone = other == ALONE - first_id
            allowed = np.stack([unique[one], unique[one if alone else other]])
            assert (child == allowed).any(axis=0).all()
            if alone:
                assert np.array_equal(child, unique[one])
            mated += not alone
    assert population < 7 or elites == 6 or mated > 0


def test_mates_have_each_other_as_second_parents():
    genetic = optimizer(elites=1, crossover=Crossover(rate=1.0))
    genetic.tell(quadratic(genetic.ask()))
    genetic.ask()
    parents = genetic.population.parents[1:]  # 19: the last has no mate
    for first, second in zip(parents[0:18:2].tolist(), parents[1:18:2].tolist(), strict=True):
        assert first == second[::-1]
    assert parents[18, 1] == ALONE


def test_the_selected_are_the_parents():
    genetic = optimizer(elites=2, selection=Truncation(operator="truncation", share=0.1))
    genetic.tell(fitness := quadratic(genetic.ask()))
    genetic.ask()
    best = set(np.argsort(-fitness)[:2].tolist())
    assert set(genetic.population.parents[2:, 0].tolist()) <= best


def test_fitness_that_is_no_number_names_the_individual():
    genetic = optimizer()
    genetic.tell(quadratic(genetic.ask()))
    fitness = quadratic(genetic.ask())
    fitness[7] = np.nan
    with pytest.raises(ValueError, match=r"individual 27 \(row 7\) is nan, not a finite number"):
        genetic.tell(fitness)
    assert genetic.population.fitness is None  # nothing has been told


@pytest.mark.parametrize("fitness", [np.ones(19), np.ones((20, 1)), np.float64(1.0), np.ones(0)])
def test_fitness_of_a_wrong_shape_is_refused(fitness):
    genetic = optimizer()
    genetic.ask()
    with pytest.raises(ValueError, match="expected fitness for 20 individuals"):
        genetic.tell(fitness)


def noisy(genomes: np.ndarray, generation: int) -> np.ndarray:
    """Measure in steps, so that many are equally fit, and with luck."""
    luck = np.random.default_rng(generation).integers(0, 2, len(genomes)) / 4
    return np.round(quadratic(genomes) * 2) / 2 + luck


@pytest.mark.parametrize("measure", [lambda genomes, generation: quadratic(genomes), noisy])
@pytest.mark.parametrize(
    "selection", [Tournament(operator="tournament"), DeapSelection(operator="deap.selTournament", tournsize=2)]
)
def test_an_optimizer_restored_goes_on_as_if_it_had_never_stopped(measure, selection):
    straight = optimizer(selection=selection, hall_of_fame=5)
    for generation in range(12):
        straight.tell(measure(straight.ask(), generation))
        again = optimizer(selection=selection, hall_of_fame=5)
        again.restore(straight.population, straight.hall_of_fame())
        stopped = [(f.id, f.fitness, f.genome.tolist()) for f in again.hall_of_fame()]
        assert stopped == [(f.id, f.fitness, f.genome.tolist()) for f in straight.hall_of_fame()]
        if generation % 3 == 2:
            straight = again
    never_stopped = optimizer(selection=selection, hall_of_fame=5)
    for generation in range(12):
        never_stopped.tell(measure(never_stopped.ask(), generation))
    for one, other in zip(never_stopped.population, straight.population, strict=True):
        assert np.array_equal(one, other)
    assert [f.id for f in never_stopped.hall_of_fame()] == [f.id for f in straight.hall_of_fame()]


def test_evolution_is_a_function_of_the_seed():
    def evolved(seed: int) -> np.ndarray:
        genetic = optimizer(seed=seed)
        for _ in range(5):
            genetic.tell(quadratic(genetic.ask()))
        return genetic.ask()

    assert np.array_equal(evolved(1), evolved(1))
    assert not np.array_equal(evolved(1), evolved(2))


def test_the_hall_of_fame_lists_the_best_ever_sorted_and_nobody_twice():
    genetic = optimizer(hall_of_fame=8, elites=4)
    ever: dict[bytes, float] = {}
    for generation in range(15):
        genomes = genetic.ask()
        fitness = quadratic(genomes)
        genetic.tell(fitness)
        ids = genetic.population.ids
        ever |= {genome.tobytes(): float(f) for genome, f in zip(genomes, fitness, strict=True)}
        fame = genetic.hall_of_fame()
        assert all(better.fitness >= worse.fitness for better, worse in pairwise(fame))
        assert len({member.genome.tobytes() for member in fame}) == len(fame) == 8
        assert [member.fitness for member in fame] == sorted(ever.values(), reverse=True)[:8]
        for member in fame:
            assert quadratic(member.genome[None])[0] == member.fitness
            if member.id in ids:
                assert np.array_equal(genomes[member.id - ids[0]], member.genome)
            assert member.id // 20 <= generation


def test_the_hall_of_fame_is_full_although_most_are_clones():
    """Ten copies of the best leave room for others that are worse but different."""
    genetic = optimizer(hall_of_fame=5)
    genomes = genetic.ask()
    genomes[:16] = genomes[0]
    genetic.tell(np.where(np.arange(20) < 16, 10.0, -np.arange(20.0)))
    assert [member.fitness for member in genetic.hall_of_fame()] == [10.0, -16.0, -17.0, -18.0, -19.0]


def test_who_is_famous_keeps_the_genome_as_it_was():
    genetic = optimizer(hall_of_fame=3)
    genomes = genetic.ask()
    genetic.tell(quadratic(genomes))
    famous = [member.genome.copy() for member in genetic.hall_of_fame()]
    genomes[:] = 0
    assert all(np.array_equal(m.genome, kept) for m, kept in zip(genetic.hall_of_fame(), famous, strict=True))


def test_a_simple_quadratic_is_optimised():
    genetic = optimizer(population=60, mutation=Mutation(rate=0.3, scale=0.1))
    before = quadratic(genetic.ask()).mean()
    for _ in range(60):
        genetic.tell(quadratic(genetic.ask()))
    best = genetic.hall_of_fame()[0]
    assert before < -0.5
    assert best.fitness > -0.01
    assert (best.genome - LOW) / (HIGH - LOW) == pytest.approx([0.75] * LOCI, abs=0.1)


def test_without_selection_nothing_is_optimised():
    genetic = optimizer(population=200, elites=0, selection=Tournament(operator="tournament", size=1))
    for _ in range(20):
        genetic.tell(quadratic(genetic.ask()))
    shares = (genetic.ask() - LOW) / (HIGH - LOW)
    assert abs(shares.mean() - 0.5) < 0.1


def test_a_generation_equals_the_twin():
    """Elites, then tournaments, crossover and mutation, each with a stream of random numbers of its own."""
    for seed in range(cases(20, 5)):
        genetic = optimizer(seed=seed, elites=2, mutation=Mutation(rate=0.3, scale=0.2))
        for generation in range(1, 4):
            genomes = genetic.ask().copy()
            fitness = quadratic(genomes)
            genetic.tell(fitness)
            keys = {s.name: reference.key_of(seed, int(s), generation) for s in Stream}
            best = sorted(range(20), key=lambda row: -fitness[row])[:2]
            rows = reference.tournament(fitness.tolist(), keys["SELECTION"], 18, 3)
            children, mated = reference.crossover(genomes.tolist(), rows, keys["CROSSOVER"], 0.6)
            mutants = [
                reference.mutated(child, reference.fold(keys["MUTATION"], i), LOW, HIGH, 0.3, 0.2)
                for i, child in enumerate(children)
            ]
            first_id = 20 * (generation - 1)
            pairs = [(rows[i], rows[i + 1], mates) for i, mates in zip(range(0, 18, 2), mated, strict=True)]
            parents = [[first_id + row, ALONE] for row in best]
            for one, other, mates in pairs:
                parents += [[first_id + one, first_id + other if mates else ALONE]]
                parents += [[first_id + other, first_id + one if mates else ALONE]]
            np.testing.assert_allclose(genetic.ask(), [*genomes[best].tolist(), *mutants], rtol=1e-6, atol=1e-6)
            assert genetic.population.parents.tolist() == parents
