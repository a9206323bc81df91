"""Measuring a stored run: the report cards of some of its agents, in every environment it measures in.

They live in the worlds, and with the luck, in which their generation was measured, so that the numbers are
about the same lives as those in the run's tables.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.assess import Assessment, kinds, planners
from evosim.alignment.assessment.quantities import Quantity
from evosim.alignment.assessment.report_card import Lived, assessed, report_card
from evosim.alignment.assessment.sampled_returns import SampledYardstick
from evosim.alignment.assessment.undefined import OF_MESA, reasons_of
from evosim.alignment.battery.battery import Settings, examine
from evosim.alignment.battery.subject import Mind
from evosim.alignment.class_names import name_of
from evosim.alignment.mdp.objectives import mesa_objective
from evosim.alignment.rationality.bronars import bronars_power
from evosim.alignment.rationality.budget_mazes import budget_mazes, collect, crossing_prices
from evosim.alignment.rationality.garp import critical_cost_efficiency
from evosim.alignment.rationality.money_pump import money_pump_index
from evosim.alignment.returns.exact import Yardstick
from evosim.episode.grid_environment import Grid, Ground
from evosim.episode.rollout import live, new_traces
from evosim.mind.expression import express, largest_budget
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Ids
from evosim.numerics.bootstrap import key_for
from evosim.numerics.random import subkey
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import FITTEST, TYPICAL, Agent, Selected, draws_of, home_of, member, select_agent

MOST_MEASURED = 20_000  # states of a world that are solved exactly; it takes a second for each agent
MAZES, BUDGET, DEAREST = 30, 30, 16  # to shop in, steps for it, and the highest price
SAMPLED = 2**41  # beyond any id: chance of sampling is apart from that of lives


class Card(NamedTuple):
    """The report card of one agent in one environment."""

    agent: Agent
    controller: str
    environment: str
    kind: str  # its class; empty where training was not measured
    quantities: list[Quantity]
    left_out: list[str]  # what could not be measured, and why


def choose_agents(run: RunFile, generation: int | None = None, count: int = 1, first: str = TYPICAL) -> list[Selected]:
    """Choose the typical agent of a generation, or the fittest, and others at even distances from fittest to least fit.

    Raises:
        ValueError: no genomes of that generation are stored; the sentence says of which they are.
    """
    refuse_not_stored(run, generation)
    chosen = select_agent(run, first, generation)
    population = run.population(chosen.agent.generation)
    assert population.fitness is not None
    order = np.argsort(-population.fitness, kind="stable")
    ranks = np.flatnonzero(population.ids[order] != chosen.agent.id)
    if first == FITTEST:  # it is the first of those at even distances
        at = np.linspace(0, len(order) - 1, min(count, len(order)))[1:] - 1
    else:
        at = np.linspace(0, len(ranks) - 1, min(count - 1, len(ranks)))
    others = ranks[np.unique(np.rint(at).astype(int))]
    return [
        chosen,
        *(Selected(member(population, int(order[rank])), f"{rank + 1} of {len(order)} by fitness") for rank in others),
    ]


def refuse_not_stored(run: RunFile, generation: int | None) -> list[int]:
    """Check that genomes of a generation are stored, or of any if it is None; give all of which they are.

    Raises:
        ValueError: they are not; the sentence says of which they are.
    """
    stored = run.stored_generations()
    if not stored:
        raise ValueError(f"{run.path}: no generation is stored yet, so there is nobody to measure")
    if generation is not None and generation not in stored:
        listed = ", ".join(map(str, stored if len(stored) < 9 else [*stored[:4], "…", *stored[-4:]]))
        raise ValueError(f"the genomes of generation {generation} are not stored; generations that are: {listed}")
    return stored


def measure(run: RunFile, agents: list[Agent]) -> Iterator[Card]:
    """Measure agents, one after the other, in each environment.

    Raises:
        ValueError: no environment has worlds that can be listed as states; the sentence says why.
    """
    laboratory = run.laboratory
    generations = sorted({agent.generation for agent in agents})
    for generation in generations:
        some = [agent for agent in agents if agent.generation == generation]
        yardsticks, left_out = yardsticks_of(run, some[0])
        if not yardsticks:
            raise ValueError("alignment can't be measured: " + "; ".join(left_out))
        for agent in some:
            yield from _measured(run, laboratory, agent, yardsticks, left_out)


def yardsticks_of(run: RunFile, agent: Agent) -> tuple[dict[str, Yardstick | SampledYardstick], list[str]]:
    """Make ready the worlds in which a generation was measured; say which environments can't be, or not exactly."""
    found: dict[str, Yardstick | SampledYardstick] = {}
    left_out, draws = [], draws_of(run, agent, None)
    for name in run.scenario.measure.environments:
        environment = run.laboratory.environments[name]
        if not isinstance(environment, Grid):
            left_out.append(f"{name}: its worlds are another package's")
            continue
        ground = environment.draw(draws.worlds, draws.episodes)
        discount = run.laboratory.aims.discount
        try:
            found[name] = Yardstick(ground, discount=discount, most=MOST_MEASURED)
        except ValueError as error:
            found[name] = SampledYardstick(ground, discount=discount, key=subkey(draws.lives, SAMPLED))
            left_out.append(f"{name}: distances, and what behaviour alone tells; returns are sampled ({error})")
    return found, left_out


def _measured(
    run: RunFile,
    laboratory: Laboratory,
    agent: Agent,
    yardsticks: dict[str, Yardstick | SampledYardstick],
    left_out: list[str],
) -> Iterator[Card]:
    minds = express(run.scenario, laboratory.layout, agent.genome[None])
    ids: Ids = np.array([agent.id], np.int64)
    draws = draws_of(run, agent, None)
    lived, found = {}, {}
    for name, yardstick in yardsticks.items():
        traces = new_traces(1, yardstick.count, yardstick.steps)
        lives = live(*yardstick.ground, minds, ids, draws.lives, traces=traces)
        lived[name] = Lived(minds, lives, traces)
        found[name] = assessed(yardstick, lived[name], laboratory.aims)
    shares = laboratory.shares_in(agent.generation)
    controller = minds.kinds[minds.controller[0]]
    for name, yardstick in yardsticks.items():
        quantities = list(report_card(yardstick, lived[name], laboratory.aims, found[name]))
        more, missing = _probed(laboratory, yardstick.ground, minds, agent, draws.lives)
        told = [each for each in (*quantities, *more) if np.isfinite(each.value)]
        undefined = [each.name for each in (*quantities, *more) if not np.isfinite(each.value)]
        reasons = _reasons(yardstick, minds, undefined)
        why = [*left_out, *(f"{name}: {each}" for each in (*reasons, *missing))]
        yield Card(agent, controller, name, _kind(found, name, shares, minds), told, why)


def _reasons(yardstick: Yardstick | SampledYardstick, minds: Phenotypes, undefined: list[str]) -> list[str]:
    """Say why numbers about an agent are undefined."""
    if not isinstance(yardstick, SampledYardstick) or not planners(minds).any():
        return reasons_of(undefined, minds)
    of_wants = [name for name in undefined if name in OF_MESA]
    if not of_wants or not yardstick.depends_on_hunger(mesa_objective(yardstick.ground, minds)).any():
        return reasons_of(undefined, minds)
    why = "what it wants depends on hunger, and these worlds can't be listed as states"
    others = [name for name in undefined if name not in OF_MESA]
    return [f"{', '.join(of_wants)}: {why}", *reasons_of(others, minds)]


def _kind(found: dict[str, Assessment], name: str, shares: dict[str, float], minds: Phenotypes) -> str:
    """Name the class of one agent."""
    given = kinds(found, name, shares, planners(minds))
    return "" if given is None else name_of(int(given[0]))


def settings_for(minds: Phenotypes) -> Settings:
    """Ask of a tree search no depth that nobody could wait for."""
    most = largest_budget(minds)
    return Settings() if most is None else Settings(budgets=[each for each in Settings().budgets if each <= most])


def _probed(
    laboratory: Laboratory, ground: Ground, minds: Phenotypes, agent: Agent, key: np.uint64
) -> tuple[list[Quantity], list[str]]:
    """Put an agent to the tests of the battery, and to budgets; say which could not be."""
    found: list[Quantity] = []
    missing = []
    home = laboratory.environments[home_of(laboratory, agent.generation)]
    try:
        if not isinstance(home, Grid):
            raise ValueError("where it was selected, worlds are another package's")
        familiar = home.draw(subkey(key, 1), len(ground.worlds.start))
        report = examine(Mind(minds, agent.id), familiar, ground, laboratory.base, key_for(key, 2), settings_for(minds))
    except ValueError as error:
        missing.append(f"the planner battery: {error}")
    else:
        for each in report.values():
            found.append(Quantity(each.test, *each.score))
            found.append(Quantity(f"{each.test}_null", each.null))
    features = ground.worlds.features[0, : len(ground.plan.type_of)]
    _, first = np.unique(ground.plan.type_of, return_index=True)
    if len(first) < 2:
        missing.append("coherence: there are not two kinds of objects to choose among")
        return found, missing
    prices = crossing_prices(MAZES, DEAREST).astype(float)
    bundles = collect(budget_mazes(prices, BUDGET, features[first[:2]]), minds)[0]
    if not bundles.any():
        missing.append("coherence: it buys nothing in budget mazes, so there is nothing to contradict")
        return found, missing
    found.append(Quantity("ccei", critical_cost_efficiency(prices, bundles)))
    found.append(Quantity("money_pump", money_pump_index(prices, bundles), unit="share of spending"))
    found.append(
        Quantity("bronars_power", bronars_power(prices, np.full(MAZES, float(BUDGET))), unit="share of random choosers")
    )
    return found, missing
