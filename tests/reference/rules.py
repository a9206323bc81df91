"""Plain twins of the world between environments: a scenario's rules mixed in exact fractions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

NOTHING = SimpleNamespace(energy=0.0, features={}, grows=0.0)


def shares_of(phases: Sequence[Any], tick: int) -> dict[str, Fraction]:
    """Say how much of which environment there is: what the last change has brought so far, and what is left before it."""
    *before, last = [phase for phase in phases if phase.start <= tick]
    said = {last.environment: 1} if isinstance(last.environment, str) else last.environment
    done = min(Fraction(1), Fraction(tick - last.start, last.over)) if last.over else Fraction(1)
    shares: Counter[str] = Counter({name: done * Fraction(share) for name, share in said.items()})
    if done < 1:
        for name, share in shares_of(before, tick).items():
            shares[name] += (1 - done) * share
    return {name: share for name, share in shares.items() if share}


def mean(parts: Iterable[tuple[Fraction, float]]) -> float | None:
    """Average numbers by weights that need not add up to 1; None where there are none."""
    known = [(share, Fraction(number)) for share, number in parts]
    return float(sum(s * n for s, n in known) / sum(s for s, _ in known)) if known else None


def mean_of_tables(parts: Sequence[tuple[Fraction, dict[str, float]]]) -> dict[str, float]:
    return {key: mean([(s, table.get(key, 0.0)) for s, table in parts]) or 0.0 for _, each in parts for key in each}


def foods_between(worlds: Sequence[tuple[Fraction, Any]]) -> dict[str, Any]:
    """Mix each kind of food among the worlds that have it; it grows by how much of them there is."""
    found = {}
    for name in dict.fromkeys(name for _, world in worlds for name in world.objects):
        have = [(share, world.objects[name]) for share, world in worlds if name in world.objects]
        found[name] = SimpleNamespace(
            energy=mean([(share, food.energy) for share, food in have]),
            features=mean_of_tables([(share, food.features) for share, food in have]),
            grows=float(sum(share * Fraction(food.grows) for share, food in have)),
        )
    return found


def world_at(scenario: Any, tick: int) -> Any:
    """Mix the world of a tick in exact fractions, in the words of a scenario."""
    schedule, interval = scenario.evolution.schedule, scenario.evolution.interval
    starts = range(tick // interval * interval, -1, -interval)
    worlds = [(share, scenario.environments[name]) for name, share in shares_of(schedule, starts[0]).items()]

    def table(section: str, names: str, of: Sequence[tuple[Fraction, Any]] = worlds) -> dict[str, float | None]:
        return {name: mean([(s, getattr(getattr(w, section), name)) for s, w in of]) for name in names.split()}

    objects = foods_between(worlds)
    for start in starts[1:]:  # what grows no more may stand there still
        then = [(share, scenario.environments[name]) for name, share in shares_of(schedule, start).items()]
        for name, food in foods_between(then).items():
            objects.setdefault(name, SimpleNamespace(**{**vars(food), "grows": 0.0}))
    protected = [(share, world) for share, world in worlds if world.mating.contraception]
    contraception = None
    if protected:
        everybody = [share for share, world in protected if world.mating.contraception.used_by == "everybody"]
        contraception = SimpleNamespace(
            share=float(sum(share for share, _ in protected)),
            share_for_everybody=float(sum(everybody, Fraction(0))),
            fertility=mean([(share, world.mating.contraception.fertility) for share, world in protected]),
        )
    limits = [share / world.ceiling for share, world in worlds if world.ceiling is not None]
    return SimpleNamespace(
        energy=SimpleNamespace(**table("energy", "most per_tick per_move per_thought")),
        life=SimpleNamespace(**table("life", "adult_at lifespan spread accident")),
        mating=SimpleNamespace(
            **table("mating", "energy fertility child_energy refractory recovery"),
            features=mean_of_tables([(share, world.mating.features) for share, world in worlds]),
            child=mean_of_tables([(share, world.mating.child) for share, world in worlds]),
            contraception=contraception,
        ),
        drives={
            name: SimpleNamespace(
                rises=mean([(share, world.drives[name].rises) for share, world in worlds]),
                sated_by=mean_of_tables([(share, world.drives[name].sated_by) for share, world in worlds]),
            )
            for name in scenario.world.drives
        },
        objects=objects,
        ceiling=float(1 / sum(limits)) if limits else None,
    )
