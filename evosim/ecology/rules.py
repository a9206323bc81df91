"""The rules of an ecology as numbers: those of each environment, and those in between."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import HUNGER, EcologyWorld
from evosim.scenario.schema.evolution import Phase

UNLIMITED = 1e9
DIGITS = 9  # of a mean that is a limit, or of which only the whole part counts: of 3 and 3 it must not be less than 3


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
    unplanned: float  # share of matings for which those would use it who have no objective
    ceiling: float  # agents above it die
    energy: Reals  # [T]
    grows: Reals  # [T] each tick
    features: Reals  # [T + 2, F] of food, of mating, of having a child
    rises: Reals  # [D] each tick
    sates: Reals  # [D, F]


def rules_of(scenario: Scenario) -> dict[str, Rules]:
    """Return the rules of each environment by itself.

    What an environment doesn't have is not a number: energy and features of a food that is not in it, and the
    fertility of protected matings where there is no contraception. `mixed` and `completed` know what stands in for it.
    """
    foods = list(dict.fromkeys(name for world in _ecologies(scenario) for name in world.objects))
    return {
        name: _rules(scenario, world, foods)
        for name, world in scenario.environments.items()
        if isinstance(world, EcologyWorld)
    }


def _rules(scenario: Scenario, world: EcologyWorld, foods: list[str]) -> Rules:
    kinds = [world.objects.get(name) for name in foods]
    life, mating, energy, features = world.life, world.mating, world.energy, scenario.world.features
    drives = [None if name == HUNGER else world.drives[name] for name in scenario.mind.objective.drives]

    def vector(named: dict[str, float] | None) -> list[float]:
        return [np.nan if named is None else named.get(feature, 0.0) for feature in features]

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
        protected_fertility=mating.contraception.fertility if mating.contraception else np.nan,
        unplanned=1.0 if mating.contraception and mating.contraception.used_by == "everybody" else 0.0,
        ceiling=float(world.ceiling or UNLIMITED),
        energy=np.array([food.energy if food else np.nan for food in kinds]),
        grows=np.array([food.grows if food else 0.0 for food in kinds]),
        features=np.array(
            [vector(each) for each in (*(f.features if f else None for f in kinds), mating.features, mating.child)]
        ),
        rises=np.array([drive.rises if drive else 0.0 for drive in drives]),
        sates=np.array([vector(drive.sated_by if drive else {}) for drive in drives]).reshape(-1, len(features)),
    )


def mixed(rules: dict[str, Rules], shares: dict[str, float]) -> Rules:
    """Return the rules between environments: each number is the mean, weighted by their shares, which add up to 1.

    Energy and features of a food are means over the environments that have it, and it grows in their share of the
    world; so is the fertility of protected matings, for the share of matings for which there is contraception. Of
    ceilings it is the harmonic mean: half way from none to 300 it is 600.
    """
    if len(shares) == 1:
        return rules[next(iter(shares))]
    weights = np.array(list(shares.values()))
    parts = [_filled(numbers, weights) for numbers in zip(*(rules[name] for name in shares), strict=True)]
    sums = [sum(share * each for share, each in zip(weights.tolist(), part, strict=True)) for part in parts]
    numbers = Rules._make(float(total) if np.ndim(total) == 0 else total for total in sums)
    ceiling = 1.0 / sum(share / rules[name].ceiling for name, share in shares.items())
    return numbers._replace(
        adult_at=round(numbers.adult_at, DIGITS),
        lifespan=round(numbers.lifespan, DIGITS),
        refractory=round(numbers.refractory, DIGITS),
        recovery=round(numbers.recovery, DIGITS),
        most=round(numbers.most, DIGITS),
        mating_energy=round(numbers.mating_energy, DIGITS),
        child_energy=round(numbers.child_energy, DIGITS),
        ceiling=round(ceiling, DIGITS),
    )


def _filled(numbers: tuple[float | np.ndarray, ...], weights: Reals) -> list[np.ndarray]:
    """Return one number of several environments; where some don't have it, the mean of those that do."""
    stacked = np.stack([np.asarray(number, np.float64) for number in numbers])
    known = ~np.isnan(stacked)
    shares = known * weights.reshape(-1, *[1] * (stacked.ndim - 1))
    there = np.where(known, stacked, 0.0)
    with np.errstate(invalid="ignore"):
        mean = (shares * there).sum(axis=0) / shares.sum(axis=0)
    mean = np.where(known.sum(axis=0) == 1, there.sum(axis=0), mean)  # of one it is that, to the last digit
    return list(np.where(known, stacked, mean))


def completed(rules: Rules, *others: Rules) -> Rules:
    """Return rules in which what is not there is as in the first of `others` that has it, and if none has, 0.

    Food that no environment of now has may still stand where it grew before.
    """

    def of_first(name: str) -> Reals:
        number = np.asarray(getattr(rules, name), np.float64)
        for other in others:
            number = np.where(np.isnan(number), getattr(other, name), number)
        return np.nan_to_num(number)

    return rules._replace(
        protected_fertility=float(of_first("protected_fertility")),
        energy=of_first("energy"),
        features=of_first("features"),
    )


def rules_at(scenario: Scenario, rules: dict[str, Rules], tick: int) -> Rules:
    """Return the rules that hold from a tick on until its interval ends, by the schedule.

    Food that no environment of then has is as it was when it last was there.
    """
    schedule, interval = scenario.evolution.schedule, scenario.evolution.interval
    now = mixed(rules, shares_at(schedule, tick))
    ends = sorted({end for phase in schedule for end in (phase.start, phase.start + phase.over)}, reverse=True)
    before = [(end - 1) // interval * interval for end in ends if 0 < end <= tick]
    earlier = (mixed(rules, shares_at(schedule, start)) for start in before)
    return completed(now, *earlier, *rules.values()) if is_incomplete(now) else now


def is_incomplete(rules: Rules) -> bool:
    """Whether anything is not a number, since no environment has it."""
    return any(bool(np.isnan(number).any()) for number in (rules.protected_fertility, rules.energy, rules.features))


def shares_at(schedule: list[Phase], tick: int) -> dict[str, float]:
    """Return the share of each environment at a tick."""
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


def describe_shares(shares: dict[str, float]) -> str:
    """Return shares of environments in words."""
    return " + ".join(name if len(shares) == 1 else f"{share:.3g} {name}" for name, share in shares.items())


def _ecologies(scenario: Scenario) -> list[EcologyWorld]:
    return [world for world in (scenario.world, *scenario.environments.values()) if isinstance(world, EcologyWorld)]
