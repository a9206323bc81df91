"""Expression: from the numbers as inherited to the minds they make."""

from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS
from evosim.mind.genome import GenomeLayout, fixed_reflex, objective_of, senses_of
from evosim.numerics.arrays import Acts, Bytes, Cells, Genes, Ids, Reals
from evosim.scenario.schema.minds import CONTROLLERS, Locus
from evosim.scenario.schema.scenario import Scenario

OPEN_LOOP, HEURISTIC, PLANNER = range(3)
VALUE_ITERATION, TREE_SEARCH = range(2)


class Phenotypes(NamedTuple):
    """The minds of P individuals; what a mind does not use is silent."""

    controller: Bytes  # [P] OPEN_LOOP, HEURISTIC or PLANNER
    objective: Reals  # [P, F · (1 + D)] mesa-objective: utility per feature, then per feature times each of D drives
    horizon: Cells  # [P] steps that a planner looks ahead
    discount: Reals  # [P] worth of a utility one step later
    temperature: Reals  # [P] of a planner's choice among actions; 0: always the best
    slip: Reals  # [P] believed chance that a move goes astray; NaN: as it is
    persistence: Reals  # [P] believed chance that what is there is still there a step later
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    algorithm: int  # VALUE_ITERATION or TREE_SEARCH
    drives: int  # how many
    weights: Reals  # [P, I, max(H, 1)] of a heuristic's senses
    out: Reals  # [P, H] of its hidden units; H = 0: linear
    stay: Reals  # [P] a heuristic's inclination to stay
    noise: Reals  # [P] temperature of a heuristic's choice
    sequence: Acts  # [P, T] actions of an open-loop mind


def chosen(minds: Phenotypes, rows: Ids | slice) -> Phenotypes:
    """Give the minds of some individuals, by their rows."""
    parts: list[Any] = [part[rows] if isinstance(part, np.ndarray) else part for part in minds]
    return Phenotypes._make(parts)


def express(scenario: Scenario, layout: GenomeLayout, genomes: Genes) -> Phenotypes:
    """Express genomes `[P, L]`."""
    population, mind = len(genomes), scenario.mind
    hidden = mind.heuristic.hidden

    def loci(segment: str) -> Reals:
        return np.ascontiguousarray(genomes[:, layout.slice_of(segment)], np.float64)

    def value(name: str, locus: Locus | None) -> Reals:
        """Give an evolved number, or the one that is pinned; where no founder is of that kind, one of its range."""
        evolved = loci(name)
        return evolved[:, 0] if evolved.size else np.full(population, np.nan if locus is None else pinned_at(locus))

    features = len(scenario.world.features)
    inputs = len(senses_of(scenario)) if "heuristic" in mind.controllers else 0
    senses = inputs * max(hidden, 1)
    weights = loci("heuristic.weights")
    if inputs and not mind.heuristic.evolves:
        weights = np.tile(np.array(fixed_reflex(scenario)), (population, 1))
    objective = loci("objective")
    if "planner" in mind.controllers and not mind.objective.evolves:
        objective = np.tile(np.array(objective_of(scenario)), (population, 1))
    sees = loci("perception")
    return Phenotypes(
        controller=controllers(scenario, layout, genomes),
        objective=objective,
        horizon=np.rint(value("planner.horizon", mind.planner.horizon)).astype(np.int32),
        discount=value("planner.discount", mind.planner.discount),
        temperature=value("planner.temperature", mind.planner.temperature),
        slip=value("beliefs.slip", mind.beliefs.slip),
        persistence=value("beliefs.persistence", mind.beliefs.persistence),
        detectors=sees.reshape(population, features, features + 1) if sees.size else np.zeros((population, 0, 0)),
        sharpness=mind.perception.sharpness,
        algorithm=TREE_SEARCH if mind.planner.algorithm == "tree_search" else VALUE_ITERATION,
        drives=len(mind.objective.drives),
        weights=np.ascontiguousarray(weights[:, :senses]).reshape(population, inputs, max(hidden, 1)),
        out=np.ascontiguousarray(weights[:, senses : senses + hidden]) if inputs else np.zeros((population, 0)),
        stay=np.ascontiguousarray(weights[:, -1]) if inputs else np.zeros(population),
        noise=value("heuristic.temperature", mind.heuristic.temperature),
        sequence=np.minimum(loci("open_loop"), ACTIONS - 1).astype(np.int8),
    )


def pinned_at(locus: Locus) -> float:
    """Return what a locus stands at that no genome has: its initial number, or the least of its range."""
    return float(locus.initial if locus.initial is not None else locus.range[0] if locus.range else np.nan)


def controllers(scenario: Scenario, layout: GenomeLayout, genomes: Genes) -> Bytes:
    """Tell `[P]` which controller each genome expresses: the one with the largest propensity, the first in a tie."""
    present = [i for i, name in enumerate(CONTROLLERS) if name in scenario.mind.controllers]
    if len(present) == 1:
        return np.full(len(genomes), present[0], np.uint8)
    expressed: Bytes = np.array(present, np.uint8)[genomes[:, layout.slice_of("controller")].argmax(axis=1)]
    return expressed
