"""The rules of an ecology as numbers: those of each environment, and what lies between two of them."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import HUNGER, EcologyWorld, Food
from evosim.scenario.schema.evolution import Phase

UNLIMITED = 1e9


class Rules(NamedTuple):
    """What happens in one environment: T kinds of food, F features, D drives. Times are in ticks."""

    per_tick: float  # energy
    per_move: float
    per_thought: float
    most: float  # energy that anybody can have
    adult_at: float
    lifespan: float
    spread: float  # share of the lifespan
    accident: float  # chance, each tick
    mating_energy: float
    fertility: float
    child_energy: float
    refractory: float
    recovery: float
    contraception: float  # share of matings for which there is any
    protected_fertility: float
    unplanned: float  # share of matings for which heuristics would use it
    ceiling: float  # agents above it die
    energy: Reals  # [T]
    grows: Reals  # [T] each tick
    features: Reals  # [T + 2, F] of food, of mating, of having a child
    rises: Reals  # [D] each tick
    sates: Reals  # [D, F]


def rules_of(scenario: Scenario) -> dict[str, Rules]:
    """Write the rules of each environment."""
    foods: dict[str, Food] = {}
    for world in _ecologies(scenario):
        for name, food in world.objects.items():
            foods.setdefault(name, food.model_copy(update={"grows": 0.0}))
    protected = [w.mating.contraception.fertility for w in _ecologies(scenario) if w.mating.contraception]
    return {
        name: _rules(scenario, world, foods, protected[0] if protected else 1.0)
        for name, world in scenario.environments.items()
        if isinstance(world, EcologyWorld)
    }


def _rules(scenario: Scenario, world: EcologyWorld, foods: dict[str, Food], protected: float) -> Rules:
    kinds = {**foods, **world.objects}
    life, mating, energy, features = world.life, world.mating, world.energy, scenario.world.features
    drives = [None if name == HUNGER else world.drives[name] for name in scenario.mind.objective.drives]

    def vector(named: dict[str, float]) -> list[float]:
        return [named.get(feature, 0.0) for feature in features]

    return Rules(
        per_tick=energy.per_tick,
        per_move=energy.per_move,
        per_thought=energy.per_thought,
        most=energy.most,
        adult_at=float(life.adult_at),
        lifespan=float(life.lifespan),
        spread=life.spread,
        accident=life.accident,
        mating_energy=mating.energy,
        fertility=mating.fertility,
        child_energy=mating.child_energy,
        refractory=float(mating.refractory),
        recovery=float(mating.recovery),
        contraception=1.0 if mating.contraception else 0.0,
        protected_fertility=mating.contraception.fertility if mating.contraception else protected,
        unplanned=1.0 if mating.contraception and mating.contraception.used_by == "everybody" else 0.0,
        ceiling=float(world.ceiling or UNLIMITED),
        energy=np.array([food.energy for food in kinds.values()]),
        grows=np.array([food.grows for food in kinds.values()]),
        features=np.array(
            [vector(each) for each in (*(f.features for f in kinds.values()), mating.features, mating.child)]
        ),
        rises=np.array([drive.rises if drive else 0.0 for drive in drives]),
        sates=np.array([vector(drive.sated_by if drive else {}) for drive in drives]).reshape(-1, len(features)),
    )


def between(rules: dict[str, Rules], shares: dict[str, float]) -> Rules:
    """Give the rules between environments: every number is the mean, weighted by their shares, which add up to 1.

    Of ceilings it is the harmonic mean: half way from none to 300 it is 600.
    """
    if len(shares) == 1:
        return rules[next(iter(shares))]
    parts = [[share * np.asarray(number) for number in rules[name]] for name, share in shares.items()]
    sums = [sum(numbers[1:], start=numbers[0]) for numbers in zip(*parts, strict=True)]
    mixed = Rules._make(float(total) if np.ndim(total) == 0 else total for total in sums)
    return mixed._replace(ceiling=1.0 / sum(share / rules[name].ceiling for name, share in shares.items()))


def shares_at(schedule: list[Phase], tick: int) -> dict[str, float]:
    """Say which environments the world is between at a tick, and how much of each."""
    shares: dict[str, float] = {}
    for phase in schedule:
        if phase.start > tick:
            break
        done = min(1.0, (tick - phase.start) / phase.over) if phase.over else 1.0
        before = {name: share * (1.0 - done) for name, share in shares.items()}
        for name, share in phase.shares().items():
            before[name] = before.get(name, 0.0) + done * share
        shares = {name: share for name, share in before.items() if share > 0.0}
    return shares


def shown(shares: dict[str, float]) -> str:
    """Write where the world is in a few words."""
    return " + ".join(name if len(shares) == 1 else f"{share:.3g} {name}" for name, share in shares.items())


def _ecologies(scenario: Scenario) -> list[EcologyWorld]:
    return [world for world in (scenario.world, *scenario.environments.values()) if isinstance(world, EcologyWorld)]
