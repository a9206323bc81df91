"""Heuristics: a reactive policy on egocentric senses, linear or with one hidden layer of tanh units."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.heuristic.senses import choice_names, senses_of
from evosim.mind.heuristic.settings import HeuristicMind
from evosim.mind.kind import Genotypes, Look, SharedKind
from evosim.mind.phenotype import Phenotypes
from evosim.mind.segments import GenomeLayout, Segment, evolving, perception_segments
from evosim.numerics.arrays import Reals
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld

RATE, RATE_OF_TANH = 13e6, 12e6  # steps of linear ones, and hidden units, a second and thread (benchmarks/lifetime.py)
OF_WAYS, OF_NEW_WAYS = 30e6, 1e6  # steps that also sense ways, where these remain and where they change


class Reflexes(NamedTuple):
    """What heuristics of P individuals react with; I senses, H hidden units."""

    weights: Reals  # [P, I, max(H, 1)] of senses
    out: Reals  # [P, H] of hidden units; H = 0: linear
    stay: Reals  # [P] inclination to stay
    noise: Reals  # [P] temperature of the choice
    knows_ways: bool = False  # whether they sense how far it is to what, by the ways on their map


class Heuristic(SharedKind):
    """The kind of mind that reacts to what it senses: optimized, but no optimizer."""

    name = "heuristic"
    look = Look(
        "heuristic", "heuristics", "#aa4466", "triangle",
        "Reacts to what it senses: it searches for nothing, so nothing is its goal.",
    )  # fmt: skip

    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return perception, the weights of senses, those of choices among others, and the temperature."""
        mind = scenario.mind.of(HeuristicMind)
        found = perception_segments(scenario)
        if mind.evolves:
            loci = _reflex_loci(scenario)
            initial = reflex_of(scenario, loci)
            found.append(Segment("heuristic.weights", loci, *mind.range, initial, mind.spread, mind.mutation))
        if choices := choice_names(scenario):
            loci = tuple(f"heuristic.{name}" for name in choices)
            initial = reflex_of(scenario, loci)
            found.append(Segment("heuristic.choices", loci, *mind.range, initial, mind.spread, mind.mutation))
        return found + evolving("heuristic.temperature", mind.temperature)

    def express(self, scenario: Scenario, genotypes: Genotypes) -> Reflexes:
        """Return the weights of all individuals."""
        mind = scenario.mind.of(HeuristicMind)
        inputs, hidden = len(senses_of(scenario)), mind.hidden
        senses = inputs * max(hidden, 1)
        weights = genotypes.loci("heuristic.weights")
        if not mind.evolves:
            weights = np.tile(np.array(fixed_reflex(scenario)), (genotypes.population, 1))
        return Reflexes(
            weights=np.ascontiguousarray(weights[:, :senses]).reshape(genotypes.population, inputs, max(hidden, 1)),
            out=np.ascontiguousarray(weights[:, senses : senses + hidden]),
            stay=np.ascontiguousarray(weights[:, -1]),
            noise=genotypes.value("heuristic.temperature", mind.temperature),
            knows_ways=mind.distances,
        )

    def minds(self, phenotypes: Phenotypes) -> Any:
        """Return the minds of all individuals, as kernels know them."""
        from evosim.mind.heuristic.policy import Heuristics

        own: Reflexes = phenotypes.own[self.name]
        reacts = own.weights, own.weights.reshape(len(own.weights), -1), own.out, own.stay, own.noise
        return Heuristics(*reacts, phenotypes.detectors, phenotypes.sharpness, phenotypes.drives, own.knows_ways)

    def shared_minds(self, scenario: Scenario, layout: GenomeLayout, vision: int) -> Any:
        """Return what heuristics need in a shared world."""
        from evosim.mind.heuristic.shared_world import shared_heuristics

        return shared_heuristics(scenario, layout, fixed_reflex(scenario))

    def rate(self, scenario: Scenario) -> float:
        """Estimate how many steps of agents a thread does in a second."""
        mind = scenario.mind.of(HeuristicMind)
        seconds = 1 / RATE + mind.hidden / RATE_OF_TANH
        if mind.distances:
            seconds += 1 / (OF_NEW_WAYS if scenario.mind.perception.evolves or _maps_change(scenario) else OF_WAYS)
        return 1 / seconds


def _maps_change(scenario: Scenario) -> bool:
    worlds = [world for world in scenario.environments.values() if isinstance(world, GridWorld)]
    changing = any(k.consumed or k.carried or k.needs for world in worlds for k in world.objects.values())
    return changing or any(world.vision for world in worlds)


def _reflex_loci(scenario: Scenario) -> tuple[str, ...]:
    senses, hidden = senses_of(scenario), scenario.mind.of(HeuristicMind).hidden
    weights = tuple(f"heuristic.{s}" for s in senses)
    if hidden:
        weights = tuple(f"heuristic.{s}.{h}" for s in senses for h in range(hidden))
        weights += tuple(f"heuristic.out.{h}" for h in range(hidden))
    return (*weights, "heuristic.stay")


def fixed_reflex(scenario: Scenario) -> tuple[float, ...]:
    """Return the weights of heuristics that do not evolve."""
    loci = _reflex_loci(scenario)
    return reflex_of(scenario, loci) or (0.0,) * len(loci)


def reflex_of(scenario: Scenario, loci: Sequence[str]) -> tuple[float, ...] | None:
    """Return the weights of heuristics that a scenario says, by the names of their loci; None if it says none."""
    initial = scenario.mind.of(HeuristicMind).initial
    if isinstance(initial, dict):
        return tuple(initial.get(locus.removeprefix("heuristic."), 0.0) for locus in loci)
    return None if initial is None else (initial,) * len(loci)


KIND = Heuristic
