"""Reproductive alignment of a stored run: before the world changes, and after, in both worlds.

The same state under the rules of both environments differs in the world alone; two states under the same rules differ
in who lives there, and how many.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.quantities import Quantity
from evosim.alignment.reproductive.counterfactual_lives import STANDARD, Design, draw_planners, simulate_alternatives
from evosim.alignment.reproductive.quantities import reproductive_quantities
from evosim.ecology.simulation import EcologySimulation
from evosim.numerics.random import Stream, key_of
from evosim.scenario import Scenario
from evosim.simulation.ecology.checkpoint import checkpoint_at
from evosim.simulation.runs import RunFile
from evosim.studies.report_cards import check_stored

POPULATION = -1  # in the place of an agent's id
FEWEST = 16  # planners, for a state to be measured


class Moment(NamedTuple):
    """A state of a run that is measured, and the environment by whose rules."""

    name: str  # before or after the first change of the schedule
    interval: int
    tick: int  # at which it ends
    environment: str


class PopulationCard(NamedTuple):
    """The report card of the population of a moment."""

    moment: Moment
    population: int
    agents: int  # of them, who were sampled
    quantities: list[Quantity]


def select_moments(run: RunFile, generation: int | None = None) -> tuple[list[Moment], list[str]]:
    """Select the last stored states before the first change of the schedule, and of all, or the one that is named.

    States in which fewer than 16 planners live are skipped. Returned also is what is left out, and why.

    Raises:
        ValueError: no state qualifies; the message says why.
    """
    interval, environments = run.scenario.evolution.interval, first_and_last(run.scenario)
    schedule = run.scenario.evolution.schedule
    change = schedule[1].start if len(schedule) > 1 else np.inf
    if generation is not None:
        check_stored(run, generation)
        tick = (generation + 1) * interval
        chosen = {"before" if tick <= change else "after": generation}
    else:
        table, stored = run.frame("generations"), set(run.stored_generations())
        planners = table["population"] * np.nan_to_num(table["optimizer_fraction"])
        able = [int(n) for n, many in zip(table["generation"], planners, strict=True) if n in stored and many >= FEWEST]
        before = [n for n in able if (n + 1) * interval <= change]
        after = [n for n in able if (n + 1) * interval > change]
        chosen = {name: found[-1] for name, found in (("before", before), ("after", after)) if found}
    if not chosen:
        raise ValueError(f"{run.path}: no stored state has {FEWEST} planners or more")
    left_out = [
        f"{name} the change: no stored state has {FEWEST} planners or more"
        for name in ("before", "after")
        if generation is None and name not in chosen and np.isfinite(change)
    ]
    moments = [
        Moment(name, number, (number + 1) * interval, environment)
        for name, number in chosen.items()
        for environment in environments
    ]
    return moments, left_out


def measure_moment(run: RunFile, moment: Moment, design: Design = STANDARD) -> PopulationCard:
    """Simulate agents of a moment repeatedly by the rules of its environment, and return their card.

    The random streams are the same in each environment.

    Raises:
        ValueError: nobody plans, or mesa-objectives don't evolve.
    """
    key = key_of(run.seed, Stream.MEASURED_LIVES, moment.interval)
    state = checkpoint_at(run, moment.interval)
    chosen = draw_planners(run.scenario, state, design, key)
    rules = EcologySimulation(run.scenario, run.seed).rules_in(moment.environment, moment.tick)
    lives = simulate_alternatives(run.scenario, state, rules, chosen, design, key)
    defined = [each for each in reproductive_quantities(lives, key) if np.isfinite(each.value)]
    return PopulationCard(moment, len(state.genomes), len(chosen.rows), defined)


def first_and_last(scenario: Scenario) -> list[str]:
    """Return the environments with which the schedule begins and ends."""
    schedule = scenario.evolution.schedule
    return list(dict.fromkeys([*schedule[0].shares(), *schedule[-1].shares()]))
