"""Perception: what planners mistake for what, and whether perception or objective loses base return.

Where detectors evolve, a planner can miss the base objective because it perceives things wrongly or because it wants
something else (docs/misperceived.md). Behaviour alone can't separate the two, so sentences don't guess.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.planted.misperception import Errors, classify_error, measure_errors
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Grid, Ground
from evosim.mind.expression import express, have_objective
from evosim.mind.kinds import wanting_kinds
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Reals
from evosim.numerics.functions import logistic
from evosim.numerics.random import Stream, key_of
from evosim.scenario import Scenario
from evosim.scenario.schema.names import object_names, place_names
from evosim.simulation.laboratory import STATES_DURING_RUNS
from evosim.simulation.runs import RunFile
from viz.answers.reading import Reading

MOST_PLANNERS, MOST_WORLDS = 16, 32  # that errors are averaged over
MOST_ROWS = 6  # features of which it is shown how they are perceived
LEAST_WEIGHT = 0.05  # mean size of a weight, from where on it is shown
LEAST_PRESENT = 0.5  # value of a feature, from where on a thing has it


class Attribution(NamedTuple):
    """Mean losses of a class of planners due to perception and to the objective, and the error they indicate."""

    perception: float
    objective: float
    error: str  # one of misperception.ERROR_KINDS
    planners: int
    worlds: int


class MeanPerception(NamedTuple):
    """What the planners of a generation perceive of each thing in an environment, on average."""

    environment: str
    features: list[str]  # that they care for, the most first
    things: list[str]  # object types and places
    perceived: Reals  # [F, T] from 0 to 1
    there: Reals  # [F, T] what can be observed
    weights: Reals  # [F] mean weight in their objectives
    planners: int


def has_detectors(reading: Reading) -> bool:
    """Whether the run has planners whose detectors evolve."""
    minds = reading.scenario.mind
    ever = bool((reading.generations["optimizer_fraction"][reading.measured[-1]] > 0.0).any())
    return ever and minds.perception.evolves and bool(wanting_kinds(reading.scenario))


def attribute_losses(run: RunFile, reading: Reading) -> dict[str, Attribution]:
    """Split what the pseudo-aligned of the generation measured last lose in each environment where they are."""
    if not has_detectors(reading):
        return {}
    found: dict[str, Attribution] = {}
    minds, reference = _minds(run, reading), None
    weights = run.laboratory.base
    for environment in reading.environments:
        rows = np.flatnonzero(reading.final.get(f"class.{environment}", np.zeros(0)) == "pseudo_aligned")
        ground = _ground(run, reading, environment)
        if ground is None or not len(rows):
            continue
        try:
            reference = ReferenceReturns(
                ground, discount=run.laboratory.aims.discount, most=STATES_DURING_RUNS, like=reference
            )
        except ValueError:
            continue
        some = rows[np.arange(min(len(rows), MOST_PLANNERS)) * len(rows) // min(len(rows), MOST_PLANNERS)]
        lost = [measure_errors(select_minds(minds, np.array([row])), reference, weights) for row in some]
        mean = Errors(*np.mean(lost, axis=0).tolist())
        found[environment] = Attribution(*mean, classify_error(mean), len(some), reference.count)
    return found


def measure_perceptions(run: RunFile, reading: Reading) -> list[MeanPerception]:
    """Show planners of the generation measured last the things of each environment; none where they see what is there.

    Raises:
        RunFileError: their genomes can't be read.
    """
    if not has_detectors(reading):
        return []
    minds = _minds(run, reading)
    minds = select_minds(minds, np.flatnonzero(have_objective(minds)))
    grounds = {name: _ground(run, reading, name) for name in reading.environments}
    seen = [
        measure_perception(minds, ground, run.scenario, name) for name, ground in grounds.items() if ground is not None
    ]
    return [each for each in seen if each is not None]


def measure_perception(
    minds: Phenotypes, ground: Ground, scenario: Scenario, environment: str
) -> MeanPerception | None:
    """Return what planners perceive of the things in an environment; None if no weight matters to them."""
    weights = minds.objective[:, : len(scenario.world.features)]
    care = np.abs(weights).mean(axis=0)
    rows = [at for at in np.argsort(-care, kind="stable").tolist() if care[at] >= LEAST_WEIGHT][:MOST_ROWS]
    if not rows:
        return None
    plan = ground.plan
    names = [
        *(object_names(scenario)[kind] for kind in plan.type_of.tolist()),
        *(place_names(scenario)[kind] for kind in plan.place_type.tolist()),
    ]
    there = ground.worlds.features  # [E, N, F]
    looks, which = np.unique(there.reshape(-1, there.shape[2]), axis=0, return_inverse=True)
    perceived = perceive_all(minds, looks)[which.reshape(there.shape[:2])].mean(axis=0)  # [N, F]
    things = list(dict.fromkeys(names))
    kinds = np.array([things.index(name) for name in names])
    by_thing = [kinds == thing for thing in range(len(things))]
    felt, observed = (
        np.array([each[some].mean(axis=0) for some in by_thing]) for each in (perceived, there.mean(axis=0))
    )
    features = [scenario.world.features[at] for at in rows]
    return MeanPerception(
        environment, features, things, felt[:, rows].T, observed[:, rows].T, weights.mean(axis=0)[rows],
        len(minds.controller),
    )  # fmt: skip


def perceive_all(minds: Phenotypes, looks: Reals) -> Reals:
    """Return the perceived features `[N, F]` of things with features `looks` `[N, F]`, averaged over `minds`."""
    count = looks.shape[1]
    on, bias = minds.detectors[:, :, :count], minds.detectors[:, :, count]
    felt = np.einsum("pij,nj->pni", on, looks) + bias[:, None, :]
    mean: Reals = logistic(minds.sharpness * felt).mean(axis=0)
    return mean


def find_confusion(seen: MeanPerception) -> tuple[str, str, float, str, float] | None:
    """Find the thing most mistaken for the most wanted feature: more of it is perceived there than where it is.

    Return that feature, the thing without it and what is perceived there, and the same for the thing with it; None if
    there is no such confusion.
    """
    wanted = next((at for at, weight in enumerate(seen.weights.tolist()) if weight > 0.0), None)
    if wanted is None:
        return None
    has = seen.there[wanted] >= LEAST_PRESENT
    if has.all() or not has.any():
        return None
    shares = seen.perceived[wanted]
    wrong = int(np.where(has, -1.0, shares).argmax())
    right = int(np.where(has, shares, -1.0).argmax())
    if shares[wrong] <= shares[right]:
        return None
    return seen.features[wanted], seen.things[wrong], float(shares[wrong]), seen.things[right], float(shares[right])


def _minds(run: RunFile, reading: Reading) -> Phenotypes:
    genomes = run.population(int(reading.measured[-1])).genomes
    return express(run.scenario, run.laboratory.layout, genomes)


def _ground(run: RunFile, reading: Reading, environment: str) -> Ground | None:
    """Draw up to `MOST_WORLDS` of the worlds measured last; None for worlds of a plugin."""
    place = run.laboratory.environments[environment]
    if not isinstance(place, Grid):
        return None
    worlds_key = key_of(run.seed, Stream.MEASURED_WORLDS, int(reading.measured[-1]))
    return place.draw(worlds_key, min(MOST_WORLDS, run.scenario.measure.episodes))
