"""Ecologies: what kernels do is what a plain twin does, tick by tick; and the laws that hold whatever happens."""

from collections import Counter

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, surprise
from meadows import NOISY, SLOWLY, WALLED, meadow
from reference import ecology as twin

from evosim.ecology import state
from evosim.ecology.cohorts import grandchildren_of
from evosim.ecology.interactions import draw_order
from evosim.ecology.policies import decide, value_of
from evosim.ecology.simulation import Habitat
from evosim.evolution.breeding import breed, variation
from evosim.evolution.crossover import crossover_operator
from evosim.evolution.variation import mutation_operator
from evosim.mind.nearby import BODY, WALL
from evosim.numerics.random import Stream, key_of
from evosim.scenario.schema.ecologies import CAUSES
from evosim.scenario.schema.evolution import Evolution
from evosim.simulation.ecology.intervals import intervals


def twin_of(habitat: Habitat) -> twin.Ecology:
    """Write an ecology at tick 0 as twins see it."""
    ecology, columns, layout = habitat.ecology, habitat.world.size[1], habitat.layout
    what = {reference.cell_of(cell, columns): int(what) for cell, what in enumerate(ecology.map.what)}
    names = ("acts", "food", "crossover", "mutation", "lives", "migrants")
    streams = (Stream.TICKS, Stream.FOOD, Stream.CROSSOVER, Stream.MUTATION, Stream.LIFESPANS, Stream.MIGRANTS)
    return twin.Ecology(
        scenario=habitat.scenario,
        low=dict(zip(layout.loci, layout.low.tolist(), strict=True)),
        high=dict(zip(layout.loci, layout.high.tolist(), strict=True)),
        keys={name: reference.key_of(habitat.seed, int(stream)) for name, stream in zip(names, streams, strict=True)},
        beings=beings_of(habitat),
        food={cell: kind for cell, kind in what.items() if 0 <= kind < BODY},
        walls={cell for cell, kind in what.items() if kind == WALL},
        bank=[dict(zip(layout.loci, genome, strict=True)) for genome in ecology.bank.tolist()],
        next_id=habitat.scenario.evolution.population,
    )


def beings_of(habitat: Habitat) -> list[twin.Being]:
    """Write agents as twins see them."""
    agents, registry = habitat.ecology.agents, habitat.ecology.registry
    columns, loci, drives = habitat.world.size[1], habitat.layout.loci, habitat.scenario.mind.objective.drives
    return [
        twin.Being(
            id=int(agents.id[i]),
            cell=reference.cell_of(agents.cell[i], columns),
            born=int(agents.born[i]),
            due=int(agents.due[i]),
            energy=float(agents.energy[i]),
            genome=dict(zip(loci, agents.genome[i].tolist(), strict=True)),
            depth=float(agents.depth[i]),
            levels=dict(zip(drives, agents.levels[i].tolist(), strict=True)),
            ready=int(agents.ready[i]),
            last=int(agents.last[i]),
            children=int(agents.children[i]),
            able=bool(agents.able[i]),
            parents=tuple(registry.parents[agents.id[i]].tolist()),
        )
        for i in range(habitat.alive)
    ]


def lived_through(being: twin.Being) -> dict[str, object]:
    """Give all of a being but its genome, and what it decides anew at every tick."""
    return {
        name: value for name, value in vars(being).items() if name not in ("genome", "courts", "wants_child", "action")
    }


@pytest.mark.parametrize(
    "changes",
    [[], NOISY, WALLED, SLOWLY],
    ids=["mixed", "noisy planners", "heuristics in rooms", "between environments"],
)
@pytest.mark.parametrize("seed", range(3, cases(6, 4)))
def test_a_whole_ecology_is_agent_by_agent_that_of_its_twin(changes, seed):
    scenario = meadow(*changes)
    habitat = Habitat(scenario, seed)
    other = twin_of(habitat)
    habitat.begin_interval()
    births, deaths = [], []
    for tick in range(cases(200, 100)):
        born, died = habitat.live(tick, 1, habitat.rules_at(tick // 20 * 20))
        births += born.tolist()[scenario.evolution.population if tick == 0 else 0 :]
        deaths += died.tolist()
        other.tick(tick)
        theirs = beings_of(habitat)
        assert [lived_through(being) for being in other.beings] == [lived_through(being) for being in theirs], tick
        for mine, its in zip(other.beings, theirs, strict=True):
            assert mine.genome == its.genome
        what = habitat.ecology.map.what.reshape(scenario.world.size)
        food = {(int(r), int(c)): int(what[r, c]) for r, c in np.argwhere((what >= 0) & (what < BODY))}
        assert other.food == food
        assert [[*seed.values()] for seed in other.bank] == habitat.ecology.bank.tolist()
    assert births == [list(birth) for birth in other.born]
    assert deaths == [[id, tick, CAUSES.index(cause)] for id, tick, cause in other.died]
    tally = habitat.ecology.tally
    counts = {name.lower(): int(tally.counts[count]) for name, count in state.Count.__members__.items()}
    for name in ("lived", "planned", "matings", "protected", "conceptions", "births", "migrants", "children"):
        assert counts[name] == other.told[name], name
    causes = Counter(cause for _, _, cause in other.died)
    assert [counts[name] for name in ("of_hunger", "of_age", "of_accident", "culled")] == [causes[c] for c in CAUSES]
    assert tally.eaten.tolist() == [other.told[f"eaten {kind}"] for kind in range(len(tally.eaten))]
    assert tally.thinking[0] == pytest.approx(other.told["thinking"])
    assert tally.utility[0] == pytest.approx(other.felt["utility"])
    names = [*other.features, *(f"{f}.{d}" for d in other.drives for f in other.features)]
    assert tally.felt.tolist() == pytest.approx([other.felt[name] for name in names])
    assert other.told["births"] > cases(20, 3)
    assert min(other.told["matings"], other.told["eaten 0"], len(other.died)) > cases(20, 3)


def test_what_the_twin_is_compared_in_has_all_that_can_happen():
    happened: Counter[str] = Counter()
    for changes in ([], NOISY, WALLED):
        for interval in intervals(meadow(*changes), 3):
            happened += Counter(
                {c.name: int(interval.tally.counts[c]) for c in state.Count if c >= state.BIRTHS_LOGGED}
            )
    expected = (
        "MATINGS",
        "PROTECTED",
        "CONCEPTIONS",
        "BIRTHS",
        "MIGRANTS",
        "OF_HUNGER",
        "OF_AGE",
        "OF_ACCIDENT",
        "CULLED",
    )
    assert all(happened[name] > 3 for name in expected), happened
    assert happened["CONCEPTIONS"] > happened["BIRTHS"]  # some for want of a free cell


def test_perceived_features_make_what_a_planner_wants():
    """What something is worth is the sum of weights, with drives, times what detectors make of it."""
    changes = ["mind.perception={ evolves = true, spread = 0.2 }", "mind.controllers={ planner = 1 }"]
    scenario = meadow(*changes)
    habitat = Habitat(scenario, 1)
    rng = np.random.default_rng(0)
    loci, sharpness = habitat.layout.loci, scenario.mind.perception.sharpness
    for i in range(habitat.alive):
        genome, levels, observed = habitat.ecology.agents.genome[i], rng.random(2), rng.random(4)
        allele = dict(zip(loci, genome.astype(float).tolist(), strict=True))
        total = 0.0
        for feature in scenario.world.features:
            signal = allele[f"perception.{feature}.bias"] + sum(
                allele[f"perception.{feature}.{name}"] * amount
                for name, amount in zip(scenario.world.features, observed, strict=True)
            )
            weight = allele[f"objective.{feature}"] + sum(
                level * allele[f"objective.{feature}.{drive}"]
                for drive, level in zip(("hunger", "thirst"), levels, strict=True)
            )
            total += weight / (1 + np.exp(-sharpness * signal))
        assert value_of(genome, levels, observed, habitat.nature.loci) == pytest.approx(total)


def test_heuristics_court_and_want_a_child_by_what_their_loci_say_of_each_drive():
    scenario = meadow("mind.controllers={ heuristic = 1 }", "mind.heuristic={ range = [-1, 1] }")
    habitat, wanted = Habitat(scenario, 1), Counter()
    agents = habitat.ecology.agents
    agents.levels[:30, 1] = np.random.default_rng(0).random(30)
    agents.able[:30] = True
    decide(
        0, 30, 0, habitat.ecology, habitat.rules_at(0), habitat.nature.loci, habitat.nature.keys.acts, habitat.mind()
    )
    for i in range(30):
        allele = dict(zip(habitat.layout.loci, agents.genome[i].astype(float).tolist(), strict=True))
        hunger, thirst = agents.levels[i].tolist()
        assert hunger == round(10 * (1 - agents.energy[i] / 12)) / 10
        for choice, does in (("court", agents.courts[i]), ("child", agents.wants_child[i])):
            own, *by_drive = (allele[f"heuristic.{choice}{drive}"] for drive in ("", ".hunger", ".thirst"))
            assert does == (own + hunger * by_drive[0] + thirst * by_drive[1] > 0)
            wanted[choice, bool(does)] += 1
    assert min(wanted[choice, does] for choice in ("court", "child") for does in (True, False)) > 3


# ---------------------------------------------------------------- kernels by themselves


@pytest.mark.parametrize("count", [2, 17, 300])
def test_everybody_has_exactly_one_turn_in_an_order_that_depends_on_nobody_else(count):
    scenario = meadow(f"evolution.population={count}", "world.size=[40,40]", "evolution.floor=0")
    habitat = Habitat(scenario, 1)
    for tick in range(cases(50, 5)):
        key = key_of(5, tick)
        draw_order(key, habitat.ecology, habitat.scratch)
        ids = habitat.ecology.agents.id[:count].tolist()
        drawn = sorted(range(count), key=lambda i: reference.bits(reference.fold(reference.key_of(5, tick), ids[i]), 5))
        assert habitat.scratch.order[:count].tolist() == drawn


def test_turns_are_fair():
    """Nobody comes first more often than by chance."""
    scenario = meadow()
    habitat = Habitat(scenario, 1)
    ticks = cases(3000, 300)
    first = Counter()
    for tick in range(ticks):
        draw_order(key_of(6, tick), habitat.ecology, habitat.scratch)
        first[int(habitat.scratch.order[0])] += 1
    assert surprise([first[i] for i in range(30)], [1] * 30) < TOO_SURPRISING


@pytest.mark.parametrize(
    "crossover",
    [
        {"operator": "uniform", "rate": 0.7},
        {"operator": "one_point", "rate": 0.7},
        {"operator": "two_point", "rate": 0.7},
        {"operator": "blend", "rate": 0.7, "alpha": 0.3},
        {"operator": "sbx", "rate": 0.7, "eta": 5.0},
    ],
    ids=lambda settings: settings["operator"],
)
@pytest.mark.parametrize(
    "mutation",
    [
        {"operator": "gaussian", "rate": 0.3, "scale": 0.2},
        {"operator": "polynomial", "rate": 0.3, "eta": 5.0},
        {"operator": "reset", "rate": 0.3},
    ],
    ids=lambda settings: settings["operator"],
)
def test_parents_breed_as_in_the_genetic_algorithm(crossover, mutation):
    said = {"crossover": crossover, "mutation": mutation, "population": 4, "generations": 1}
    settings = Evolution.model_validate({**said, "schedule": [{"from": 0, "environment": "a"}]})
    rng = np.random.default_rng(2)
    low, high = -1 - rng.random(9), 1 + rng.random(9)
    own_rate = np.where(rng.random(9) < 0.5, np.nan, rng.random(9))
    own_scale = np.where(rng.random(9) < 0.5, np.nan, 0.4) if mutation["operator"] == "gaussian" else np.full(9, np.nan)
    by = variation(settings, low, high, own_rate, own_scale)
    mate = crossover_operator(settings.crossover, low, high)
    mutate = mutation_operator(settings.mutation, low, high, own_rate, own_scale)
    for i in range(cases(100, 10)):
        genomes = (low + rng.random((20, 9)) * (high - low)).astype(np.float32)
        rows = rng.integers(0, 20, 2 * rng.integers(1, 8))
        expected, mated = mate(genomes, rows, key_of(i, 1))
        expected = mutate(expected, key_of(i, 2))
        offspring, did_mate = np.empty((len(rows), 9), np.float32), np.empty(len(rows) // 2, np.bool_)
        breed(by, genomes, rows, key_of(i, 1), key_of(i, 2), offspring, did_mate)
        assert np.array_equal(offspring, expected)
        assert np.array_equal(did_mate, mated)


def test_grandchildren_are_the_children_of_children():
    rng = np.random.default_rng(4)
    for _ in range(50):
        count = int(rng.integers(1, 40))
        parents = np.full((count, 2), -1, np.int64)
        for id in range(3, count):
            if rng.random() < 0.8:
                parents[id] = rng.choice(id, 2, replace=False)
        children = {id: {child for child in range(count) if id in parents[child]} for id in range(count)}
        expected = [len({g for child in children[id] for g in children[child]}) for id in range(count)]
        assert grandchildren_of(parents).tolist() == expected
    assert grandchildren_of(np.zeros((0, 2), np.int64)).tolist() == []
