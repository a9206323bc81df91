"""Report cards of agents of a stored run, in every environment that the run measures in.

They live in the worlds, and with the random streams, in which their generation was measured, so that the numbers are
about the same lives as those in the run's tables.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.assess import Assessment, agent_classes
from evosim.alignment.assessment.quantities import Quantity
from evosim.alignment.assessment.read_objectives import with_known_objectives, with_own_returns
from evosim.alignment.assessment.report_card import AgentLives, assess_agent, epic_distances, explain_lives, report_card
from evosim.alignment.assessment.sampled_returns import SampledReferenceReturns
from evosim.alignment.assessment.search_quantities import search_card
from evosim.alignment.assessment.undefined import OF_MESA, reasons_of
from evosim.alignment.battery.battery import Report, Settings, battery_reports, untestable
from evosim.alignment.battery.subject import PhenotypeSubject
from evosim.alignment.class_names import name_of
from evosim.alignment.mdp.objectives import mesa_objective
from evosim.alignment.rationality.bronars import bronars_power
from evosim.alignment.rationality.budget_mazes import budget_mazes, collect_bundles, crossing_prices
from evosim.alignment.rationality.garp import critical_cost_efficiency
from evosim.alignment.rationality.money_pump import money_pump_index
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Grid, Ground
from evosim.episode.rollout import live, new_traces
from evosim.mind.expression import describe_mind, express, have_objective, largest_budget
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.bootstrap import key_for
from evosim.numerics.random import subkey
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runs import RunFile
from evosim.studies.detector_audit import ReportProgress, report_nothing
from evosim.studies.interventions import (
    FITTEST,
    TYPICAL,
    Selected,
    StoredAgent,
    draws_of,
    home_of,
    member,
    select_agent,
)

MOST_MEASURED = 20_000  # states of a world that are solved exactly; it takes a second for each agent
MAZES, BUDGET, DEAREST = 30, 30, 16  # to shop in, steps for it, and the highest price
TOGETHER = 32  # agents who are measured at once
LIVED, EXPLAINED, TESTED = 0.1, 0.6, 0.9  # about what share of measuring is done then
SAMPLED = 2**41  # beyond any id: chance of sampling is apart from that of lives


Tested = tuple[list[Quantity], list[str]]  # results of an agent, and which are missing, and why


class Card(NamedTuple):
    """The report card of one agent in one environment."""

    agent: StoredAgent
    controller: str
    environment: str
    kind: str  # its class; empty where training was not measured
    quantities: list[Quantity]
    left_out: list[str]  # what could not be measured, and why
    described: Sequence[str] = ()  # lines that say how it decides, where its kind of mind has such
    target: str = ""  # the look of the thing that it is asked to find, where it thinks in a map


def select_agents(run: RunFile, generation: int | None = None, count: int = 1, first: str = TYPICAL) -> list[Selected]:
    """Select the typical agent of a generation, or the fittest, and others evenly spaced from fittest to least fit.

    Raises:
        ValueError: no genomes of that generation are stored; the message says of which they are.
    """
    check_stored(run, generation)
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


def check_stored(run: RunFile, generation: int | None) -> list[int]:
    """Check that genomes of a generation are stored, or of any if it is None; return all of which they are.

    Raises:
        ValueError: they are not; the message says of which they are.
    """
    stored = run.stored_generations()
    if not stored:
        raise ValueError(f"{run.path}: no generation is stored yet, so there are no agents to measure")
    if generation is not None and generation not in stored:
        listed = ", ".join(map(str, stored if len(stored) < 9 else [*stored[:4], "…", *stored[-4:]]))
        raise ValueError(f"the genomes of generation {generation} are not stored; generations that are: {listed}")
    return stored


def measure_agents(run: RunFile, agents: list[StoredAgent], report: ReportProgress = report_nothing) -> Iterator[Card]:
    """Yield the card of each agent in each environment.

    Agents are measured TOGETHER at a time, on all threads; each card is that of one who is measured alone.

    Raises:
        ValueError: no environment has worlds that can be listed as states; the message says why.
    """
    laboratory = run.laboratory
    generations = sorted({agent.generation for agent in agents})
    done, whole = 0, len(agents) * len(run.scenario.measure.environments)
    for generation in generations:
        some = [agent for agent in agents if agent.generation == generation]
        references, left_out = references_of(run, some[0])
        if not references:
            raise ValueError("alignment can't be measured: " + "; ".join(left_out))
        for first in range(0, len(some), TOGETHER):
            these = some[first : first + TOGETHER]
            cards = len(these) * len(references)

            def tell(what: str, share: float, before: int = done, cards: int = cards) -> None:
                report(what, before + int(share * cards), whole)

            for number, card in enumerate(_measured(run, laboratory, these, references, left_out, tell)):
                yield card
                tell(f"agent {card.agent.id}, {card.environment}", TESTED + (1 - TESTED) * (number + 1) / cards)
            done += cards


def references_of(
    run: RunFile, agent: StoredAgent
) -> tuple[dict[str, ReferenceReturns | SampledReferenceReturns], list[str]]:
    """Return the reference returns of a generation's environments, and which are missing or inexact, and why."""
    found: dict[str, ReferenceReturns | SampledReferenceReturns] = {}
    left_out, draws = [], draws_of(run, agent, None)
    for name in run.scenario.measure.environments:
        environment = run.laboratory.environments[name]
        if not isinstance(environment, Grid):
            left_out.append(f"{name}: its worlds are another package's")
            continue
        ground = environment.draw(draws.worlds, draws.episodes)
        discount = run.laboratory.aims.discount
        try:
            found[name] = ReferenceReturns(ground, discount=discount, most=MOST_MEASURED)
        except ValueError as error:
            found[name] = SampledReferenceReturns(ground, discount=discount, key=subkey(draws.lives, SAMPLED))
            left_out.append(f"{name}: distances, and behavioural quantities; returns are sampled ({error})")
    return found, left_out


def _measured(
    run: RunFile,
    laboratory: Laboratory,
    agents: Sequence[StoredAgent],
    references: dict[str, ReferenceReturns | SampledReferenceReturns],
    left_out: list[str],
    tell: Callable[[str, float], None],
) -> Iterator[Card]:
    """Yield the cards of agents of one generation; `tell` is called with what is done and what share of all that is."""
    features, draws = list(run.scenario.world.features), draws_of(run, agents[0], None)
    lived: dict[str, list[AgentLives]] = {name: [] for name in references}
    found: dict[str, list[Assessment]] = {name: [] for name in references}
    for number, agent in enumerate(agents):
        tell(f"agent {agent.id}", LIVED * number / len(agents))
        wanting = with_known_objectives(
            express(run.scenario, laboratory.layout, agent.genome[None]),
            len(features),
            laboratory.aims.discount,
            draws.lives,
        )
        ids = np.array([agent.id], np.int64)
        for name, reference in references.items():
            traces = new_traces(1, reference.count, reference.steps)
            lives = live(*reference.ground, wanting.minds, ids, draws.lives, traces=traces)
            lives = with_own_returns(lives, reference.ground, wanting, ids, draws.lives)
            lived[name].append(AgentLives(wanting.minds, lives, traces))
            found[name].append(assess_agent(reference, lived[name][-1], laboratory.aims))
    who = f"agent {agents[0].id}" if len(agents) == 1 else f"{len(agents)} agents"
    explained, apart, tested = {}, {}, {}
    for number, (name, reference) in enumerate(references.items()):
        tell(f"what behaviour reveals of {who} in {name}", LIVED + (EXPLAINED - LIVED) * number / len(references))
        explained[name] = explain_lives(reference, lived[name], laboratory.aims)
        apart[name] = epic_distances(reference, lived[name], laboratory.aims)
    for number, (name, reference) in enumerate(references.items()):
        tell(f"the planner battery of {who} in {name}", EXPLAINED + (TESTED - EXPLAINED) * number / len(references))
        subjects = [PhenotypeSubject(lives.minds, agent.id) for lives, agent in zip(lived[name], agents, strict=True)]
        tested[name] = _tested(laboratory, reference.ground, subjects, agents[0].generation, draws.lives)
    shares = laboratory.shares_in(agents[0].generation)
    for p, agent in enumerate(agents):
        assessed = {name: each[p] for name, each in found.items()}
        for name, reference in references.items():
            mine, minds = lived[name][p], lived[name][p].minds
            worked_out = explained[name][p], float(apart[name][p])
            quantities = list(report_card(reference, mine, laboratory.aims, assessed[name], *worked_out))
            of_choices, incoherent = _coherence(reference.ground, minds)
            more, missing = [*tested[name][p][0], *of_choices], [*tested[name][p][1], *incoherent]
            search = search_card(reference.ground, minds, features)
            defined = [each for each in (*search.quantities, *quantities, *more) if np.isfinite(each.value)]
            undefined = [each.name for each in (*quantities, *more) if not np.isfinite(each.value)]
            reasons = _reasons(reference, minds, undefined)
            why = [*left_out, *(f"{name}: {each}" for each in (*search.undefined, *reasons, *missing))]
            kind, lines = _kind(assessed, name, shares, minds), describe_mind(minds, 0)
            yield Card(agent, minds.kinds[minds.controller[0]], name, kind, defined, why, lines, search.target)


def _reasons(
    reference: ReferenceReturns | SampledReferenceReturns, minds: Phenotypes, undefined: list[str]
) -> list[str]:
    """Return why numbers about an agent are undefined."""
    if not isinstance(reference, SampledReferenceReturns) or not have_objective(minds).any():
        return reasons_of(undefined, minds)
    of_wants = [name for name in undefined if name in OF_MESA]
    if not of_wants or not reference.depends_on_hunger(mesa_objective(reference.ground, minds)).any():
        return reasons_of(undefined, minds)
    why = "what it wants depends on hunger, and these worlds can't be listed as states"
    others = [name for name in undefined if name not in OF_MESA]
    return [f"{', '.join(of_wants)}: {why}", *reasons_of(others, minds)]


def _kind(found: dict[str, Assessment], name: str, shares: dict[str, float], minds: Phenotypes) -> str:
    """Return the class of one agent."""
    given = agent_classes(found, name, shares, have_objective(minds))
    return "" if given is None else name_of(int(given[0]))


def battery_settings(minds: Phenotypes) -> Settings:
    """Return settings of the battery with no tree search deeper than is affordable."""
    most = largest_budget(minds)
    return Settings() if most is None else Settings(budgets=[each for each in Settings().budgets if each <= most])


def _tested(
    laboratory: Laboratory, ground: Ground, subjects: Sequence[PhenotypeSubject], generation: int, key: np.uint64
) -> list[Tested]:
    """Return the results of each of several agents of a generation in the battery, and which are missing, and why."""
    home = laboratory.environments[home_of(laboratory, generation)]
    if not isinstance(home, Grid):
        return [([], ["the planner battery: where it was selected, worlds are another package's"])] * len(subjects)
    familiar = home.draw(subkey(key, 1), len(ground.worlds.start))
    found: dict[int, Tested] = {}
    by_settings: dict[tuple[int, ...], list[int]] = {}
    for p, subject in enumerate(subjects):
        by_settings.setdefault(tuple(battery_settings(subject.minds).budgets), []).append(p)
    for budgets, rows in by_settings.items():
        some = [subjects[p] for p in rows]
        try:
            reports = battery_reports(
                some, familiar, ground, laboratory.base, key_for(key, 2), Settings(budgets=budgets)
            )
        except ValueError as error:
            found |= dict.fromkeys(rows, ([], [f"the planner battery: {error}"]))
        else:
            found |= {p: _of_battery(subjects[p], report) for p, report in zip(rows, reports, strict=True)}
    return [found[p] for p in range(len(subjects))]


def _of_battery(subject: PhenotypeSubject, report: Report) -> Tested:
    """Return what the battery says of an agent, and what it can't."""
    unread, found = untestable(subject), []
    for each in report.values():
        if each.test not in unread:
            found += [Quantity(each.test, *each.score), Quantity(f"{each.test}_null", each.null)]
    reasons = dict.fromkeys(unread.values())
    return found, [f"{', '.join(test for test in unread if unread[test] == why)}: {why}" for why in reasons]


def _coherence(ground: Ground, minds: Phenotypes) -> Tested:
    """Return how coherent an agent's choices with budgets are, and what is missing, and why."""
    features = ground.worlds.features[0, : len(ground.plan.type_of)]
    _, first = np.unique(ground.plan.type_of, return_index=True)
    if len(first) < 2:
        return [], ["coherence: there are fewer than two types of object to choose between"]
    prices = crossing_prices(MAZES, DEAREST).astype(float)
    bundles = collect_bundles(budget_mazes(prices, BUDGET, features[first[:2]]), minds)[0]
    if not bundles.any():
        return [], ["coherence: it buys nothing in budget mazes, so its choices reveal no preference"]
    return [
        Quantity("ccei", critical_cost_efficiency(prices, bundles)),
        Quantity("money_pump", money_pump_index(prices, bundles), unit="share of spending"),
        Quantity("bronars_power", power_of_prices(), unit="share of random choosers"),
    ], []


@cache
def power_of_prices() -> float:
    """Return how often random choosers are found to be incoherent at the prices in the mazes."""
    return bronars_power(crossing_prices(MAZES, DEAREST).astype(float), np.full(MAZES, float(BUDGET)))
