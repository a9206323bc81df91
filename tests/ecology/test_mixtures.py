"""Mixtures of environments, and changes that take time: the world between two worlds is what plain arithmetic says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from effort import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from meadows import meadow
from reference import rules as twin

from evosim.ecology import state
from evosim.ecology.rules import UNLIMITED, Rules, rules_at, rules_of
from evosim.ecology.simulation import EcologySimulation
from evosim.mind.nearby import BODY
from evosim.scenario import Scenario
from evosim.scenario.schema.names import object_names
from evosim.simulation.ecology.intervals import intervals

# ---------------------------------------------------------------- rules against plain arithmetic

NUMBERS = {
    "energy": ("per_tick", "per_move", "per_thought", "most"),
    "life": ("adult_at", "lifespan", "spread", "accident"),
}


def refuse_other_rules(rules: Rules, world: Any, scenario: Scenario) -> None:
    """Compare rules with the world that the twin mixes."""
    for section, names in NUMBERS.items():
        for name in names:
            assert getattr(rules, name) == pytest.approx(getattr(getattr(world, section), name), abs=1e-8), name
    mating, features = world.mating, scenario.world.features
    assert rules.mating_energy == pytest.approx(mating.energy)
    for name in ("fertility", "child_energy", "refractory", "recovery"):
        assert getattr(rules, name) == pytest.approx(getattr(mating, name), abs=1e-8), name
        if name in ("refractory", "recovery"):
            assert int(getattr(rules, name)) == int(getattr(mating, name))
    if mating.contraception:
        assert rules.contraception == pytest.approx(mating.contraception.share)
        assert rules.unplanned == pytest.approx(mating.contraception.share_for_everybody)
        assert rules.protected_fertility == pytest.approx(mating.contraception.fertility)
    else:
        assert rules.contraception == rules.unplanned == 0.0
    assert rules.ceiling == pytest.approx(world.ceiling or UNLIMITED, rel=1e-5)
    for kind, name in enumerate(object_names(scenario)):
        food = world.objects.get(name)
        assert rules.grows[kind] == pytest.approx(food.grows if food else 0.0)
        if food:
            assert rules.energy[kind] == pytest.approx(food.energy)
            assert rules.features[kind] == pytest.approx([food.features.get(f, 0.0) for f in features])
    for row, felt in ((-2, mating.features), (-1, mating.child)):
        assert rules.features[row] == pytest.approx([felt.get(f, 0.0) for f in features])
    for d, name in enumerate(scenario.mind.objective.drives):
        if name != "hunger":
            assert rules.rises[d] == pytest.approx(world.drives[name].rises)
            assert rules.sates[d] == pytest.approx([world.drives[name].sated_by.get(f, 0.0) for f in features])
    assert all(np.isfinite(number).all() for number in rules)


def table_of(values: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in values.items()) + " }"


some = st.floats(0, 1).map(lambda x: round(x, 3))
foods = st.fixed_dictionaries(
    {"energy": st.sampled_from([-10, -0.5, 0, 0.3, 4, 10]), "grows": some},
    optional={"count": st.integers(0, 3)},
).flatmap(lambda food: some.map(lambda sweet: {**food, "features": f"{{ sweet = {sweet} }}"}))
environments = st.fixed_dictionaries(
    {},
    optional={
        "objects.treat": foods.map(table_of),
        "objects.candy": foods.map(table_of),
        "objects.fruit.energy": st.sampled_from([1, 3, 4]),
        "mating.contraception": st.tuples(some, st.sampled_from(['"planners"', '"everybody"'])).map(
            lambda said: f"{{ fertility = {said[0]}, used_by = {said[1]} }}"
        ),
        "mating.fertility": some,
        "mating.refractory": st.integers(0, 30),
        "mating.recovery": st.integers(0, 30),
        "life.adult_at": st.integers(1, 60),
        "life.lifespan": st.integers(61, 200),
        "life.accident": st.sampled_from([0, 0.001, 0.3]),
        "energy.most": st.sampled_from([9, 10, 14.5]),
        "energy.per_tick": st.sampled_from([0.02, 0.1, 0.3]),
        "ceiling": st.integers(18, 60),
        "drives.thirst.rises": some,
        "drives.thirst.sated_by": some.map(lambda wet: f"{{ wet = {wet} }}"),
    },
)


@st.composite
def worlds_between(draw: Any, more: Sequence[str] = (), without: Sequence[str] = ()) -> Scenario:
    """Draw up to four environments, and a schedule of any mixtures and any changes that take time."""
    names = ["a", "b", "c", "d"][: draw(st.integers(1, 4))]
    changes = [f"environments={{ {', '.join(f'{name} = {{}}' for name in names)} }}"]
    for name in names:
        said = draw(environments).items()
        changes += [f"environments.{name}.{key}={value}" for key, value in said if key not in without]
    phases, start = [], 0
    for number in range(draw(st.integers(1, 4))):
        among = draw(st.lists(st.sampled_from(names), min_size=1, max_size=len(names), unique=True))
        weights = draw(st.lists(st.integers(1, 9), min_size=len(among), max_size=len(among)))
        shares = {name: weight / sum(weights) for name, weight in zip(among, weights, strict=True)}
        where = f'"{among[0]}"' if len(among) == 1 else table_of(shares)
        over = draw(st.sampled_from([0, 0, 20, 30, 70, 200])) if number else 0
        phases.append(f"{{ from = {start}, environment = {where}, over = {over} }}")
        start += 20 * draw(st.integers(1, 4))
    return meadow(*more, *changes, f"evolution.schedule=[{', '.join(phases)}]", "evolution.ticks=400")


@settings(max_examples=60)
@given(worlds_between())
def test_the_world_between_any_environments_is_what_plain_arithmetic_says(scenario):
    alone = rules_of(scenario)
    for tick in range(0, 400, 20):
        refuse_other_rules(rules_at(scenario, alone, tick), twin.world_at(scenario, tick), scenario)


# ---------------------------------------------------------------- a table of two environments


@dataclass
class Between:
    """What two environments say of one thing, and what holds between them, a quarter of the way."""

    before: list[str]
    after: list[str]
    expected: dict[str, float]
    id: str


NO_OTHER = "environments={ before = {}, after = {}, never = {} }"
NEVER = [  # an environment that is not in the mixture, and comes first to whoever looks for one that has any
    "environments.never.mating.contraception={ fertility = 0.77, used_by = 'everybody' }",
    "environments.never.objects.treat={ features = { sweet = 1 }, energy = 10, grows = 9 }",
    "environments.never.life.adult_at=60",
]
TREAT = "objects.treat={{ features = {{ sweet = 0.2 }}, energy = {energy}, grows = 2 }}"
TABLE = [
    Between([], [], {"contraception": 0, "unplanned": 0, "grows.treat": 0, "adult_at": 5}, "nothing is added"),
    Between(
        [],
        ["mating.contraception={ fertility = 0.3 }"],
        {"contraception": 0.25, "protected_fertility": 0.3, "unplanned": 0, "fertility": 0.8},
        "contraception in the second",
    ),
    Between(
        ["mating.contraception={ fertility = 0.3, used_by = 'everybody' }"],
        ["mating.fertility=0.4"],
        {"contraception": 0.75, "protected_fertility": 0.3, "unplanned": 0.75, "fertility": 0.7},
        "contraception in the first",
    ),
    Between(
        ["mating.contraception={ fertility = 0.1 }"],
        ["mating.contraception={ fertility = 0.5, used_by = 'everybody' }"],
        {"contraception": 1, "protected_fertility": 0.2, "unplanned": 0.25},
        "contraception in both",
    ),
    Between(
        [],
        [TREAT.format(energy=-10)],
        {"energy.treat": -10, "sweet.treat": 0.2, "grows.treat": 0.5, "energy.fruit": 4, "grows.fruit": 6},
        "a food in the second",
    ),
    Between(
        [TREAT.format(energy=-10)],
        [],
        {"energy.treat": -10, "sweet.treat": 0.2, "grows.treat": 1.5},
        "a food in the first",
    ),
    Between(
        [TREAT.format(energy=-10)],
        [TREAT.format(energy=2)],
        {"energy.treat": -7, "sweet.treat": 0.2, "grows.treat": 2},
        "a food in both",
    ),
    Between(["life.adult_at=3"], ["life.adult_at=3"], {"adult_at": 3}, "the same life"),
    Between(
        ["life.adult_at=10", "mating.recovery=3"],
        ["life={ adult_at = 20, lifespan = 110, spread = 0.1, accident = 0.008 }", "mating.recovery=3"],
        {"adult_at": 12.5, "lifespan": 80, "spread": 0.25, "accident": 0.005, "recovery": 3},
        "another life",
    ),
    Between(["ceiling=100"], ["ceiling=300"], {"ceiling": 120}, "ceilings"),
]


def between_two(case: Between, *more: str) -> Scenario:
    changes = [f"environments.{name}.{each}" for name in ("before", "after") for each in getattr(case, name)]
    mixture = "evolution.schedule=[{ from = 0, environment = { before = 0.75, after = 0.25 } }]"
    return meadow(NO_OTHER, *NEVER, *changes, mixture, *more)


def told_of(rules: Rules, name: str, scenario: Scenario) -> float:
    what, _, kind = name.partition(".")
    if not kind:
        return float(getattr(rules, name))
    at = object_names(scenario).index(kind)
    return float(
        rules.features[at, scenario.world.features.index(what)] if what == "sweet" else getattr(rules, what)[at]
    )


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.id)
def test_a_quarter_of_one_environment_in_another(case):
    scenario = between_two(case)
    rules = EcologySimulation(scenario, 1).rules_at(0)
    assert {name: told_of(rules, name, scenario) for name in case.expected} == pytest.approx(case.expected)
    refuse_other_rules(rules, twin.world_at(scenario, 0), scenario)


def test_times_and_limits_on_which_both_agree_are_the_same_in_every_mixture():
    """Whole ticks count, and 0.95 · 3 + 0.05 · 3 is a little less than 3; a ceiling a little below 19 would be one of 18."""
    for ticks in range(1, 40):
        limits = (f"mating.recovery={ticks}", f"ceiling={18 + ticks}", f"mating.energy={4 + ticks / 10}")
        same = [f"environments.{name}.{limit}" for name in ("before", "after") for limit in limits]
        slow = "evolution.schedule=[{ from = 0, environment = 'before' }, { from = 20, environment = 'after', over = 400 }]"
        scenario = meadow(*same, slow, "evolution.ticks=440")
        alone = rules_of(scenario)
        between = [rules_at(scenario, alone, tick) for tick in range(0, 440, 20)]
        assert {int(each.recovery) for each in between} == {ticks}
        assert {each.ceiling for each in between} == {18 + ticks}
        assert {each.mating_energy for each in between} == {4 + ticks / 10}


# ---------------------------------------------------------------- lives


MIXED = "evolution.schedule=[{ from = 0, environment = { before = 0.5, after = 0.5 } }]"
WANTS_NO_CHILD = "mind.objective={ evolves = false, initial = { sweet = 0.3, company = 0.5, child = -1 } }"
PLANNERS = "mind.controllers={ planner = 1 }"


def lived(scenario: Scenario, seed: int) -> list[list[tuple[int, ...]]]:
    """Give births and deaths of each interval."""
    return [
        [tuple(each) for log in (interval.births, interval.deaths) for each in log.tolist()]
        for interval in intervals(scenario, seed)
    ]


@pytest.mark.parametrize("seed", range(cases(3, 1)))
def test_an_environment_that_is_not_in_the_mixture_has_no_influence(seed):
    two = meadow(MIXED)
    three = meadow("environments.never={}", *NEVER, MIXED)
    assert list(three.environments) == ["before", "after", "never"]
    assert lived(three, seed) == lived(two, seed)


def test_protected_matings_are_as_fertile_as_the_environment_of_the_mixture_says_that_has_contraception():
    """Fertility is 1 with contraception as without, and 0 in an environment that is not scheduled."""
    changes = [
        "environments={ never = {}, before = {}, after = {} }",
        "environments.never.mating.contraception={ fertility = 0 }",
        "environments.after.mating.contraception={ fertility = 1 }",
        "world.mating.fertility=1",
        WANTS_NO_CHILD,
        PLANNERS,
        MIXED,
    ]
    counts = np.sum([each.tally.counts for seed in range(2) for each in intervals(meadow(*changes), seed)], axis=0)
    assert counts[state.PROTECTED] > 10
    assert counts[state.CONCEPTIONS] == pytest.approx(counts[state.MATINGS], rel=0.1)  # some lack the energy


def test_food_that_grows_no_more_is_as_it_was_when_it_was_there():
    """Candy of 0.5 energy came and went; an environment that never was has candy of 9."""
    changes = [
        "environments={ never = {}, before = {}, after = {} }",
        "environments.never.objects.candy={ features = { sweet = 0 }, energy = 9, grows = 1 }",
        "environments.after.objects.candy={ features = { sweet = 1 }, energy = 0.5, grows = 1.5 }",
        "evolution.schedule=[{ from = 0, environment = 'before' }, { from = 40, environment = { before = 0.5, after = 0.5 } },"
        " { from = 80, environment = 'before', over = 40 }]",
    ]
    scenario = meadow(*changes)
    simulation, candy = EcologySimulation(scenario, 1), object_names(scenario).index("candy")
    for tick in range(40, 200, 20):
        rules = simulation.rules_at(tick)
        assert (rules.energy[candy], rules.features[candy, 0]) == (0.5, 1.0)
        assert rules.grows[candy] == (0.75 if tick <= 80 else 0.375 if tick == 100 else 0.0)
    assert simulation.rules_in("never", 160).energy[candy] == 9


NEVER_FULL = ["world.energy.most=1000", "world.life.accident=0.001"]


def test_in_every_mixture_energy_comes_from_what_is_eaten_and_goes_by_costs():
    """By the plain rules: what all have is what they had, plus what was eaten, minus all costs; and nobody is lost."""
    told: Counter[str] = Counter()

    @settings(max_examples=cases(80, 5))
    @given(worlds_between(NEVER_FULL, without=("energy.most", "life.accident")), st.integers(0, 2**31))
    def live(scenario: Scenario, seed: int) -> None:
        simulation = EcologySimulation(scenario, seed)
        simulation.begin_interval()
        for tick in range(160):
            if tick % 20 == 0:
                world, rules = twin.world_at(scenario, tick), simulation.rules_at(tick)
            told.update(refuse_other_energy(simulation, world, rules, tick))

    live()
    assert told["ticks"] > cases(3000, 150)
    assert min(told["moves"], told["eaten fruit"], told["eaten treat"], told["eaten candy"]) > cases(50, 1)


def refuse_other_energy(simulation: EcologySimulation, world: Any, rules: Rules, tick: int) -> Counter[str]:
    """Live a tick, and compare the energy of all with what the plain rules say; tell of what happened."""
    agents, alive = simulation.ecology.agents, simulation.alive
    energy = float(agents.energy[:alive].sum())
    before = dict(zip(agents.id[:alive].tolist(), agents.cell[:alive].tolist(), strict=True))
    tally, founders = simulation.copy_tally(), simulation.scenario.evolution.population if tick == 0 else 0
    births, deaths = simulation.live(tick, 1, rules)
    now, agents = simulation.alive, simulation.ecology.agents
    assert now == alive + len(births) - founders - len(deaths)
    assert (simulation.ecology.map.what >= BODY).sum() == now
    if len(deaths) or simulation.ecology.tally.counts[state.MIGRANTS] > tally.counts[state.MIGRANTS]:
        return Counter()  # what the dead had left is gone, and migrants bring theirs
    is_elsewhere = [
        before.get(int(id), cell) != cell for id, cell in zip(agents.id[:now], agents.cell[:now], strict=True)
    ]
    eaten = (simulation.ecology.tally.eaten - tally.eaten).tolist()
    ate = {kind: count for kind, count in zip(object_names(simulation.scenario), eaten, strict=True) if count}
    gained = sum(count * world.objects[kind].energy for kind, count in ate.items())
    thought = float(simulation.ecology.tally.thinking[0] - tally.thinking[0])
    moves, price = sum(is_elsewhere), world.energy
    costs = price.per_tick * alive + price.per_move * moves + price.per_thought * thought
    assert float(agents.energy[:now].sum()) == pytest.approx(energy + gained - costs)
    return Counter({"ticks": 1, "moves": moves} | {f"eaten {kind}": count for kind, count in ate.items()})
