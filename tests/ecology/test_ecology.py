"""Ecologies: what kernels do is what a plain twin does, tick by tick; and the laws that hold whatever happens."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, surprise
from meadows import NOISY, SLOWLY, WALLED, meadow
from reference import ecology as twin

from evosim.ecology import simulation as habitats
from evosim.ecology import state
from evosim.ecology.checkpoint import Kept
from evosim.ecology.cohorts import grandchildren_of
from evosim.ecology.interactions import draw_order
from evosim.ecology.policies import decide, value_of
from evosim.ecology.simulation import Habitat
from evosim.evolution.breeding import breed, variation
from evosim.evolution.crossover import crossover_operator
from evosim.evolution.variation import mutation_operator
from evosim.mind.nearby import BODY, EMPTY, WALL
from evosim.mind.phenotype import PLANNER
from evosim.numerics.compiler import threads
from evosim.numerics.random import Stream, key_of
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import CAUSES
from evosim.scenario.schema.evolution import Evolution
from evosim.scenario.schema.minds import CONTROLLERS
from evosim.simulation.ecology.columns import selection
from evosim.simulation.ecology.intervals import Interval, intervals
from evosim.storage.columns import rows_of

# ---------------------------------------------------------------- the twin


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


# ---------------------------------------------------------------- laws


class Watched:
    """A history lived tick by tick, in which everybody's genome is noted at birth."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.habitat = Habitat(scenario, seed)
        self.genome = dict(enumerate(self.habitat.genomes.astype(np.float64)))
        self.parents: list[tuple[int, int]] = []
        self.born: list[int] = []
        self.died: dict[int, int] = {}

    def ticks(self, count: int) -> Iterator[int]:
        habitat = self.habitat
        for tick in range(count):
            births, deaths = habitat.live(tick, 1, habitat.rules_at(tick - tick % habitat.nature.interval))
            self.parents += [(int(first), int(second)) for first, second, _ in births]
            self.born += births[:, 2].tolist()
            assert not self.died.keys() & set(deaths[:, 0].tolist())
            self.died |= {int(id): tick for id, _, _ in deaths}
            agents = habitat.ecology.agents
            for i in range(habitat.alive):
                self.genome.setdefault(int(agents.id[i]), agents.genome[i].astype(np.float64))
            yield tick


def test_nobody_shares_a_cell_and_the_map_says_who_is_where():
    for changes in ([], NOISY, WALLED):
        watched = Watched(meadow(*changes), 5)
        for _ in watched.ticks(cases(200, 20)):
            ecology, alive = watched.habitat.ecology, watched.habitat.alive
            cells, what = ecology.agents.cell[:alive], ecology.map.what
            assert len(set(cells.tolist())) == alive
            assert what[cells].tolist() == [BODY + i for i in range(alive)]
            assert (what >= BODY).sum() == alive
            assert alive + len(watched.died) == len(watched.born)


def test_parents_were_alive_adult_and_ready_when_a_child_was_born_and_ids_never_come_again():
    watched = Watched(meadow(), 6)
    life, mating = watched.habitat.world.life, watched.habitat.world.mating
    ids: set[int] = set()
    last_child: dict[int, int] = {}
    for tick in watched.ticks(cases(200, 30)):
        for id in range(len(ids), len(watched.born)):
            assert id not in ids
            ids.add(id)
            first, second = watched.parents[id]
            if (first, second) == (-1, -1):
                continue
            assert first != second
            assert watched.born[id] == tick
            for parent in (first, second):
                assert watched.died.get(parent, tick) >= tick
                assert tick - watched.born[parent] >= life.adult_at
                assert tick - last_child.get(parent, -100) >= max(mating.refractory, mating.recovery)
                last_child[parent] = tick
    assert len(last_child) > cases(20, 3)


def test_energy_comes_from_food_and_migrants_alone_and_goes_by_costs_and_caps():
    """Nobody dies of age, and nobody is full: what all have is what they had, plus what was eaten, minus all costs."""
    changes = [
        "world.energy.most=1000", "environments.after.energy.most=1000", "evolution.floor=0", "world.life.accident=0",
        "world.ceiling=500", "environments.after.ceiling=500", "world.life.lifespan=100000", "world.life.spread=0",
    ]  # fmt: skip
    scenario = meadow(*changes)
    habitat = Habitat(scenario, 7)
    habitat.begin_interval()
    births = 0
    for tick in range(cases(150, 20)):
        alive, energy = habitat.alive, float(habitat.ecology.agents.energy[: habitat.alive].sum())
        before = dict(
            zip(habitat.ecology.agents.id[:alive].tolist(), habitat.ecology.agents.cell[:alive].tolist(), strict=True)
        )
        thinking, eaten = float(habitat.ecology.tally.thinking[0]), habitat.ecology.tally.eaten.copy()
        rules = habitat.rules_at(tick // 20 * 20)
        born, died = habitat.live(tick, 1, rules)
        births += len(born) - (30 if tick == 0 else 0)
        if len(died):  # what the dead had left is gone
            continue
        agents, now = habitat.ecology.agents, habitat.alive
        moves = sum(
            before.get(int(id), cell) != cell
            for id, cell in zip(agents.id[:now], agents.cell[:now].tolist(), strict=True)
        )
        gained = float((habitat.ecology.tally.eaten - eaten) @ rules.energy)
        thought = float(habitat.ecology.tally.thinking[0]) - thinking
        spent = rules.per_tick * alive + rules.per_move * moves + rules.per_thought * thought
        assert float(agents.energy[:now].sum()) == pytest.approx(energy + gained - spent)
    assert births > cases(10, 0)


def test_no_more_energy_than_can_be_and_drives_between_0_and_1_also_when_the_world_changes():
    habitat = Habitat(meadow("environments.after.energy={ initial = 6, most = 6 }"), 8)
    low, high = (bound.astype(np.float32) for bound in (habitat.layout.low, habitat.layout.high))
    full = 0
    for tick in range(120):
        habitat.live(tick, 1, habitat.rules_at(tick // 20 * 20))
        memory, most = habitat.memory(), 12 if tick < 80 else 6
        full += tick == 79 and int((memory["energy"] > 6).sum())
        assert ((memory["energy"] > 0) & (memory["energy"] <= most)).all()
        assert ((memory["levels"] >= 0) & (memory["levels"] <= 1)).all()
        assert ((habitat.genomes >= low) & (habitat.genomes <= high)).all()
    assert full > 3  # who had more than there can be later


def test_births_and_migrants_minus_deaths_are_the_change_of_population():
    before, known = 30, 30
    for interval in intervals(meadow(), 9):
        counts = interval.tally.counts
        died = int(counts[state.OF_HUNGER : state.CULLED + 1].sum())
        assert interval.alive - before == counts[state.BIRTHS] + counts[state.MIGRANTS] - died
        assert len(interval.deaths) == died
        known += int(counts[state.BIRTHS] + counts[state.MIGRANTS])
        assert counts[state.NEXT_ID] == known
        before = interval.alive


def test_a_ceiling_and_a_floor_hold():
    low, migrants = [], 0
    for interval in intervals(meadow("environments.after.objects.fruit.grows=0.2"), 10):
        assert interval.alive <= (50 if interval.number < 4 else 35)
        low.append(interval.alive)
        migrants += int(interval.tally.counts[state.MIGRANTS])
    assert min(low) == 18
    assert migrants > 0


def test_migrants_are_counted_have_no_parents_and_descend_from_the_bank():
    scenario = meadow("evolution.mutation.rate=0", "environments.after.objects.fruit.grows=0")
    watched = Watched(scenario, 11)
    banks: set[bytes] = set()
    for _ in watched.ticks(160):
        banks |= {seed.tobytes() for seed in watched.habitat.ecology.bank}
    migrants = [id for id in range(30, len(watched.born)) if watched.parents[id] == (-1, -1)]
    assert migrants
    for id in migrants:
        assert watched.genome[id].astype(np.float32).tobytes() in banks


# ---------------------------------------------------------------- contraception


def told(changes: list[str], seed: int = 3) -> list[Interval]:
    return list(intervals(meadow(*changes), seed))


def test_contraception_is_never_used_where_there_is_none():
    for interval in told([]):
        assert interval.environment == ("before" if interval.number < 4 else "after")
        if interval.number < 4:
            assert interval.tally.counts[state.PROTECTED] == 0
    assert sum(interval.tally.counts[state.PROTECTED] for interval in told([])) > 0


NOBODY_WANTS = 'mind.heuristic.initial={ "seen.ahead.nearness" = 0.6, court = 1, child = -1 }'
EVERYBODY_WANTS = 'mind.heuristic.initial={ "seen.ahead.nearness" = 0.6, court = 1, child = 1 }'
HEURISTICS = ["mind.controllers={ heuristic = 1 }", "evolution.mutation.rate=0", "mind.heuristic.spread=0"]


@pytest.mark.parametrize(
    ("used_by", "wish", "share"),
    [("planners", NOBODY_WANTS, 0), ("everybody", NOBODY_WANTS, 1), ("everybody", EVERYBODY_WANTS, 0)],
)
def test_heuristics_use_contraception_only_where_everybody_does_and_unless_both_want_a_child(used_by, wish, share):
    by = f'environments.after.mating.contraception={{ fertility = 0.1, used_by = "{used_by}" }}'
    lived = told([*HEURISTICS, wish, by])
    matings = sum(int(interval.tally.counts[state.MATINGS]) for interval in lived[4:])
    assert matings > 10
    assert sum(int(interval.tally.counts[state.PROTECTED]) for interval in lived[4:]) == share * matings


@pytest.mark.parametrize(("child", "share"), [(1, 0), (-1, 1), (0, 1)])
def test_planners_use_contraception_unless_both_value_a_child(child, share):
    wants = f"mind.objective={{ evolves = false, initial = {{ sweet = 0.3, company = 0.5, child = {child} }} }}"
    lived = told([wants, "mind.controllers={ planner = 1 }"])
    matings = sum(int(interval.tally.counts[state.MATINGS]) for interval in lived[4:])
    assert matings > 10
    assert sum(int(interval.tally.counts[state.PROTECTED]) for interval in lived[4:]) == share * matings


def test_contraception_for_some_is_there_for_that_share_of_matings():
    wants = "mind.objective={ evolves = false, initial = { sweet = 0.3, company = 0.5, child = -1 } }"
    mixed = "evolution.schedule=[{ from = 0, environment = { before = 0.7, after = 0.3 } }]"
    lived = [
        each for seed in range(cases(6, 1)) for each in told([wants, "mind.controllers={ planner = 1 }", mixed], seed)
    ]
    matings, protected = (
        sum(int(interval.tally.counts[count]) for interval in lived) for count in (state.MATINGS, state.PROTECTED)
    )
    assert abs(protected - 0.3 * matings) < 4.5 * np.sqrt(0.21 * matings)
    assert matings > cases(100, 10)


# ---------------------------------------------------------------- selection


PRICE = ["evolution.floor=0", "world.ceiling=60", "environments.after.ceiling=60", "world.life.lifespan=40"]


def test_the_terms_of_the_price_equation_are_those_of_the_lineage_and_add_up():
    """Selection + transmission = mean allele of the children, each counted by half for each parent, minus the parents'."""
    scenario = meadow(*PRICE, "evolution.ticks=400")
    watched = Watched(scenario, 12)
    interval, cohorts = scenario.evolution.interval, 0
    for tick in watched.ticks(400):
        if (tick + 1) % interval:
            continue
        for cohort in watched.habitat.closed(tick // interval):
            cohorts += 1
            members = [id for id, born in enumerate(watched.born) if born // interval == cohort.interval]
            assert cohort.members == len(members)
            assert all(id in watched.died for id in members)
            offspring = [(p, id) for id, pair in enumerate(watched.parents) for p in pair if p in set(members)]
            alleles = np.array([watched.genome[id] for id in members])
            fitness = np.array([sum(p == id for p, _ in offspring) / 2 for id in members])
            assert cohort.children == fitness.sum()
            np.testing.assert_allclose(cohort.loci / cohort.members, alleles.mean(axis=0), atol=1e-12)
            np.testing.assert_allclose(cohort.squares, (alleles**2).sum(axis=0))
            rows = rows_of(selection.COLUMNS, selection.Cohort(watched.habitat.layout.loci, tick // interval, cohort))
            covariance = (alleles * fitness[:, None]).mean(axis=0) - alleles.mean(axis=0) * fitness.mean()
            np.testing.assert_allclose([row[7] for row in rows], covariance, atol=1e-9)
            np.testing.assert_allclose([row[6] for row in rows], alleles.std(axis=0), atol=1e-6)
            if fitness.sum():
                children = np.array([watched.genome[id] for _, id in offspring])
                change = children.mean(axis=0) - alleles.mean(axis=0)
                np.testing.assert_allclose([row[8] + row[9] for row in rows], change, atol=1e-9)
            else:
                assert all(row[8] is None and row[9] is None for row in rows)
    assert cohorts > 10


@pytest.mark.compiled
def test_a_locus_that_does_nothing_is_not_selected():
    """Heuristics' weights are silent in a world of planners: their covariance with children is 0 but for chance."""
    scenario = meadow(
        *PRICE, "mind.controllers={ planner = 0.999, heuristic = 0.001 }", "mind.controller.mutation.rate=0",
        "evolution.ticks=600", "world.size=[16,16]", "world.objects.fruit.grows=4",
    )  # fmt: skip
    covariances: dict[int, np.ndarray] = {}
    for seed in range(12):
        layout, found = Habitat(scenario, seed).layout, []
        columns = layout.slice_of("heuristic.weights")
        for interval in intervals(scenario, seed):
            assert (interval.memory["controller"] == PLANNER).all()
            for cohort in interval.closed:
                mean = cohort.loci / cohort.members
                covariance = cohort.products / cohort.members - cohort.children / cohort.members * mean
                found.append(covariance[columns])
        covariances[seed] = np.mean(found, axis=0)
    means = np.array([each.mean() for each in covariances.values()])  # a seed is one observation
    assert abs(means.mean()) < 4.5 * means.std(ddof=1) / np.sqrt(len(means))
    assert means.std() > 0


# ---------------------------------------------------------------- the same again


def digests(scenario: Scenario, seed: int = 3) -> list[str]:
    return [interval.digest for interval in intervals(scenario, seed)]


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("changes", [[], NOISY, WALLED], ids=["mixed", "noisy planners", "heuristics in rooms"])
def test_the_digest_is_the_same_for_any_number_of_threads(count, changes, monkeypatch):
    alone = digests(meadow(*changes))
    monkeypatch.setattr(habitats, "PARALLEL_FROM", 1)
    before = threads.count
    threads.choose(count)
    try:
        together = digests(meadow(*changes))
    finally:
        threads.choose(before)
    assert together == alone
    assert len(set(together)) == 10


def test_many_intervals_lived_at_once_are_those_lived_one_tick_at_a_time():
    scenario = meadow()
    whole, piece = Habitat(scenario, 3), Habitat(scenario, 3)
    logs = [np.concatenate(log) for log in zip(*(piece.live(t, 1, piece.rules_at(0)) for t in range(60)), strict=True)]
    for one, other in zip(whole.live(0, 60, whole.rules_at(0)), logs, strict=True):
        assert np.array_equal(one, other)
    mine, its = whole.memory(), piece.memory()
    assert all(np.array_equal(mine[name], its[name]) for name in mine)
    assert np.array_equal(whole.ecology.registry.grandchildren[: len(logs[0])], grandchildren_of(logs[0][:, :2]))


def test_an_ecology_that_is_put_away_at_every_interval_goes_on_as_if_it_had_not():
    scenario = meadow()
    straight = list(intervals(scenario, 3))
    parents = np.zeros((0, 2), np.int64)
    after = None
    for expected in straight:
        interval = next(intervals(scenario, 3, after=after))
        assert interval.digest == expected.digest
        assert all(np.array_equal(mine, its) for mine, its in zip(interval.tally, expected.tally, strict=True))
        parents = np.concatenate([parents, interval.births[:, :2]])
        after = Kept(interval.number, interval.genomes, interval.memory, parents, interval.digest)


def test_another_seed_has_another_history():
    assert digests(meadow(), 4)[0] != digests(meadow(), 5)[0]


def test_arrays_grow_as_a_population_does():
    """Few founders in a rich world: everything that could be full is made larger in time."""
    rich = [
        "world.size=[40,40]", "world.objects.fruit={ features = { sweet = 0.5, wet = 0.25 }, energy = 4, count = 700, grows = 60 }",
        "evolution.schedule=[{ from = 0, environment = 'before' }]", "world.ceiling=100000", "world.life.accident=0",
    ]  # fmt: skip
    scenario = meadow(*rich, "evolution.population=60", "evolution.ticks=160", "mind.controllers={ planner = 1 }")
    most, room = 0, len(Habitat(scenario, 2).ecology.agents.id)
    for interval in intervals(scenario, 2):
        most = max(most, interval.alive)
        assert len(np.unique(interval.memory["id"])) == interval.alive
        assert (interval.memory["what"] >= BODY).sum() == interval.alive
    assert most > 2 * room


def test_a_world_in_which_all_die_ends():
    scenario = meadow("evolution.floor=0", "world.objects.fruit.grows=0", "world.objects.mud.grows=0")
    lived = list(intervals(scenario, 1))
    assert lived[-1].alive == 0
    assert all(interval.alive > 0 for interval in lived[:-1])
    assert len(lived) < scenario.evolution.generations
    assert lived[-1].is_measured
    assert (lived[-1].memory["what"] < BODY).all()


def test_founders_and_first_food_stand_on_cells_of_their_own():
    for seed in range(5):
        habitat = Habitat(meadow(), seed)
        what = habitat.ecology.map.what
        assert habitat.alive == 30
        assert len(set(habitat.ecology.agents.cell[:30].tolist())) == 30
        assert [(what == kind).sum() for kind in range(3)] == [40, 6, 0]
        assert (what >= EMPTY).sum() + (what == WALL).sum() == 144
        ages = -habitat.ecology.agents.born[:30]
        assert ages.min() >= 1
        assert ages.max() <= 42
        planners = habitat.ecology.agents.controller[:30] == CONTROLLERS.index("planner")
        assert planners.sum() == 18


def test_the_first_intervals_are_the_same_however_many_follow():
    short = [i.digest for i in islice(intervals(meadow("evolution.generations=3"), 3), 3)]
    straight = [i.memory["id"].tolist() for i in islice(intervals(meadow(), 3), 3)]
    assert [i.memory["id"].tolist() for i in intervals(meadow("evolution.generations=3"), 3)] == straight
    assert len(set(short)) == 3
