"""Interventions in a stored run: which agents are stored, and what a change of one of them causes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.battery.interventions import (
    Draws,
    Effect,
    acted_otherwise,
    edit_genome,
    paired_effect,
    run_episodes,
    transplant_segment,
)
from evosim.evolution import Population
from evosim.mind.expression import express, largest_budget, traits_of
from evosim.mind.kinds import kind_named, kinds_in
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.bootstrap import SHARE, key_for
from evosim.numerics.intervals import UNBOUNDED, ConfidenceInterval
from evosim.numerics.random import Stream, key_of
from evosim.scenario.errors.diagnostic import suggest
from evosim.scenario.schema.scenario import Scenario
from evosim.simulation.generational.resources import seconds_to_replay
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runs import RunFile
from evosim.studies.absent_features import describe_absent
from evosim.studies.typical_agent import typical_of

ENVIRONMENT, GENOME = "environment", "genome"
MOST_NAMED = 3  # loci in a sentence
TYPICAL, FITTEST = "typical", "fittest"


class StoredAgent(NamedTuple):
    """An individual of a run."""

    id: int
    generation: int
    genome: Genes  # [L]


class Selected(NamedTuple):
    """A selected agent, and the reason for selecting it."""

    agent: StoredAgent
    why: str


class InterventionStep(NamedTuple):
    """One change, and its effects."""

    changed: str  # ENVIRONMENT or GENOME
    before: str  # the environment lived in
    after: str
    effects: dict[str, Effect]  # by what is measured
    otherwise: int  # worlds in which the agent acted otherwise


class Intervention(NamedTuple):
    """An intervention and its effects, one change after the other."""

    agent: StoredAgent
    why: str  # that one
    controller: str
    controller_after: str
    alleles: dict[str, tuple[float, float]]  # of the loci that changed: before and after
    notes: list[
        str
    ]  # of edits that its mind doesn't express or its worlds don't ask for, and of alleles that evolution can't reach
    episodes: int
    steps: list[InterventionStep]


def stored_agents(run: RunFile) -> dict[int, StoredAgent]:
    """Return all agents whose genomes are stored: of measured generations, of the last, and the hall of fame."""
    size = run.scenario.evolution.population
    found: dict[int, StoredAgent] = {}
    with run.snapshot():
        populations = [run.population(generation) for generation in run.stored_generations()]
        state = run.checkpoint()
    for population in populations:
        found |= {
            id: StoredAgent(id, population.generation, genome)
            for id, genome in zip(population.ids.tolist(), population.genomes, strict=True)
        }
    for famous in state.fame if state is not None else []:
        found.setdefault(famous.id, StoredAgent(famous.id, famous.id // size, famous.genome))
    return found


def select_agent(run: RunFile, who: int | str = TYPICAL, generation: int | None = None) -> Selected:
    """Select the typical agent of a generation, its fittest, or any agent by its id, with the reason.

    Unless a generation is named, the typical agent is of the last measured one, and the fittest of the last stored.

    Raises:
        ValueError: the run holds no generation yet, or the agent's genome is not stored.
        RunFileError: the genomes of that generation are not stored.
    """
    if not isinstance(who, str):
        return Selected(find_agent(run, stored_agents(run), int(who)), "selected by its id")
    if who not in (TYPICAL, FITTEST):
        raise ValueError(f"no agent {who!r}; it is {TYPICAL!r}, {FITTEST!r}, or the id of one")
    if who == TYPICAL:
        population, typical = typical_of(run, generation)
        return Selected(member(population, typical.row), typical.words)
    with run.snapshot():
        generations = run.stored_generations()
        if not generations:
            raise ValueError(f"{run.path}: no generation is stored yet, so there are no agents to choose from")
        population = run.population(generations[-1] if generation is None else generation)
    assert population.fitness is not None
    return Selected(member(population, int(population.fitness.argmax())), "the fittest of its generation")


def member(population: Population, row: int) -> StoredAgent:
    """Return an individual of a population."""
    return StoredAgent(int(population.ids[row]), population.generation, population.genomes[row])


def find_agent(run: RunFile, agents: Mapping[int, StoredAgent], id: int) -> StoredAgent:
    """Return an agent by its id.

    Raises:
        ValueError: its genome is not stored; the message says which are.
    """
    if id in agents:
        return agents[id]
    size = run.scenario.evolution.population
    spans = [f"{g * size} to {(g + 1) * size - 1} (generation {g})" for g in run.stored_generations()]
    listed = ", ".join(spans if len(spans) < 5 else [*spans[:2], "…", *spans[-2:]])
    whole = {id for g in run.stored_generations() for id in range(g * size, (g + 1) * size)}
    famous = ", ".join(str(other) for other in sorted(set(agents) - whole))
    more = f", and in the hall of fame {famous}" if famous else ""
    raise ValueError(f"the genome of agent {id} is not stored; ids that are: {listed}{more}")


def intervene(
    run: RunFile,
    *,
    agent: int | str = TYPICAL,
    alleles: Mapping[str, float] | None = None,
    transplant: int | None = None,
    environment: str | None = None,
    episodes: int | None = None,
    announce: Callable[[float], None] = lambda _: None,
) -> Intervention:
    """Change an agent of a run, and replay its lives in the worlds and with the random streams of its measurement.

    The agent is `"typical"` of the last measured generation, the `"fittest"` of the last, or the one with an id.
    It lives where it was selected; where that was a mixture, in the environment that `home_of` names. If the
    environment is changed as well as the genome, these are two steps: the edit is made in the other environment.
    Before it lives, `announce` is called with an estimate of how many seconds that takes at most, where there is one.

    Raises:
        ValueError: nothing is changed, or agent, locus, value or environment do not exist; the message says what does.
    """
    laboratory = run.laboratory
    own, why = select_agent(run, agent)
    genome = own.genome
    if transplant is not None:
        genome = transplant_segment(genome, find_agent(run, stored_agents(run), transplant).genome, laboratory.layout)
    genome = edit_genome(genome, laboratory.layout, alleles or {})
    check_tree_depth(run, laboratory, genome)
    names = list(run.scenario.environments)
    if environment is not None and environment not in names:
        raise ValueError(f"there is no environment {environment!r}; {suggest(environment, names)}")
    if not alleles and transplant is None and environment is None:
        raise ValueError("nothing to change: --set a locus, --transplant an objective, or name another --environment")
    home = home_of(laboratory, own.generation)
    there = environment or home
    changes = [(ENVIRONMENT, (home, own.genome), (there, own.genome))] if environment else []
    if alleles or transplant is not None:
        changes.append((GENOME, (there, own.genome), (there, genome)))
    draws = draws_of(run, own, episodes)
    minds = express(run.scenario, laboratory.layout, np.stack([own.genome, genome]))
    was, now = (minds.kinds[number] for number in minds.controller)
    different = {
        locus: (float(own.genome[at]), float(genome[at]))
        for at, locus in enumerate(laboratory.layout.loci)
        if own.genome[at] != genome[at]
    }
    lives = [life for _, *both in changes for life in both]
    if (seconds := _seconds_to_live(laboratory, lives, draws.episodes)) is not None:
        announce(seconds)
    steps = [_step(laboratory, changed, old, new, draws) for changed, old, new in changes]
    asked = [*(alleles or {}), *(locus for locus in different if locus not in (alleles or {}))]
    notes = [
        *describe_unexpressed(run.scenario, asked, was, now),
        *describe_absent(run.scenario, asked, there),
        *describe_out_of_range(laboratory, alleles or {}),
    ]
    return Intervention(own, why, was, now, different, notes, draws.episodes, steps)


def describe_unexpressed(scenario: Scenario, loci: Iterable[str], before: str, after: str) -> list[str]:
    """Return notes on edited loci that an agent doesn't act on, with the mind that it has before as with that after."""
    acting: dict[str, set[str]] = {}  # the kinds of mind that act on a part of the genome
    for mind in kinds_in(scenario):
        for part in mind.segments(scenario):
            acting.setdefault(part.name.partition(".")[0], set()).add(mind.name)
    silent: dict[str, list[str]] = {}
    for locus in loci:
        segment = locus.partition(".")[0]
        if segment in acting and not {before, after} & acting[segment]:
            silent.setdefault(segment, []).append(locus)
    kind = f"{'an' if before[0] in 'aeiou' else 'a'} {before.replace('_', '-')} mind"
    found = []
    for segment, each in silent.items():
        named = ", ".join(each) if len(each) <= MOST_NAMED else f"{len(each)} loci of {segment}"
        what = (
            "has no objective that it acts on" if segment == "objective" else f"does not act on its loci of {segment}"
        )
        found.append(f"{named}: {kind} {what}, so this changes nothing")
    return found


def describe_out_of_range(laboratory: Laboratory, alleles: Mapping[str, float]) -> list[str]:
    """Return notes on alleles outside of the range in which their loci evolve."""
    layout = laboratory.layout
    found = []
    for locus, allele in alleles.items():
        at = layout.loci.index(locus)
        low, high = float(layout.low[at]), float(layout.high[at])
        if not low <= allele <= high:
            found.append(
                f"{locus} = {allele:g} is outside {low:g} to {high:g}, the range in which it evolves, so no agent can "
                "evolve it; it is applied all the same"
            )
    return found


def check_tree_depth(run: RunFile, laboratory: Laboratory, genome: Genes) -> None:
    """Check that the tree search of a genome `[L]` is not too deep to be affordable.

    Raises:
        ValueError: it is.
    """
    minds = express(run.scenario, laboratory.layout, genome[None])
    most, horizon = largest_budget(minds), traits_of(minds).get("horizon", np.full(1, np.nan))[0]
    if most is not None and horizon > most:
        raise ValueError(f"a tree of {horizon:.0f} moves is too deep to search; up to {most}")


def home_of(laboratory: Laboratory, generation: int) -> str:
    """Return the environment in which a generation was selected.

    Of a mixture it is one that is measured, if there is any, with the layout of deployment, so that the two can be
    compared; of several the one with the largest share of episodes.
    """
    shares, scenario = laboratory.shares_in(generation), laboratory.scenario
    layout = getattr(scenario.environments[laboratory.deployment_in(generation)], "layout", None)

    def rank(name: str) -> tuple[bool, bool, float]:
        alike = getattr(scenario.environments[name], "layout", None) == layout
        return name in scenario.measure.environments, alike, shares[name]

    return max(shares, key=rank)


def draws_of(run: RunFile, agent: StoredAgent, episodes: int | None) -> Draws:
    """Return the random streams by which an agent is measured."""
    return Draws(
        key_of(run.seed, Stream.MEASURED_WORLDS, agent.generation),
        key_of(run.seed, Stream.MEASURED_LIVES, agent.generation),
        agent.id,
        episodes or run.scenario.measure.episodes,
    )


def _seconds_to_live(laboratory: Laboratory, lives: Sequence[tuple[str, Genes]], episodes: int) -> float | None:
    """Estimate in how many seconds an agent lives in some environments with some genomes `[L]`; None: not known."""
    scenario, layout = laboratory.scenario, laboratory.layout
    total = 0.0
    for environment, genome in lives:
        minds = express(scenario, layout, genome[None])
        kind = kind_named(minds.kinds[minds.controller[0]])
        seconds = seconds_to_replay(scenario, layout, genome, kind, environment, episodes)
        if seconds is None:
            return None
        total += seconds
    return total


def _step(
    laboratory: Laboratory, changed: str, old: tuple[str, Genes], new: tuple[str, Genes], draws: Draws
) -> InterventionStep:
    """Simulate lives before and after one change."""
    lived = []
    for environment, genome in (old, new):
        minds = express(laboratory.scenario, laboratory.layout, genome[None])
        lived.append(run_episodes(laboratory.environments[environment], minds, draws))
    measured = [world_measures(laboratory, each.outcomes) for each in lived]
    effects = {
        name: paired_effect(measured[0][name], measured[1][name], key_for(draws.lives, at), bounds_of(name))
        for at, name in enumerate(measured[0])
    }
    return InterventionStep(changed, old[0], new[0], effects, int(acted_otherwise(*lived).sum()))


def world_measures(laboratory: Laboratory, outcomes: Reals) -> dict[str, Reals]:
    """Return what is measured in each world `[E]`, by name: objectives, length, what was entered first."""
    found = {"base": outcomes @ laboratory.base, "intended": outcomes @ laboratory.intended}
    layout = laboratory.outcome_layout
    found["steps"] = outcomes[:, layout.offsets.steps]
    found |= {layout.names[at]: outcomes[:, at] for at in layout.entered_first.values()}
    if layout.entered_first:
        found["entered_first.nothing"] = 1.0 - outcomes[:, layout.slice_of("entered_first")].sum(axis=1)
    return found


def bounds_of(name: str) -> tuple[float, float]:
    """Return the bounds of a number per world."""
    return SHARE if name.startswith("entered_first.") else UNBOUNDED


def intervention_record(intervention: Intervention) -> dict[str, Any]:
    """Return an intervention for JSON."""
    agent = intervention.agent
    return {
        "agent": agent.id,
        "generation": agent.generation,
        "chosen": intervention.why,
        "controller": {"before": intervention.controller, "after": intervention.controller_after},
        "alleles": {locus: {"before": old, "after": new} for locus, (old, new) in intervention.alleles.items()},
        "notes": intervention.notes,
        "episodes": intervention.episodes,
        "steps": [
            {
                "changed": step.changed,
                "environment": {"before": step.before, "after": step.after},
                "worlds_otherwise": step.otherwise,
                "effects": {
                    name: {moment: interval_record(part) for moment, part in effect._asdict().items()}
                    for name, effect in step.effects.items()
                },
            }
            for step in intervention.steps
        ],
    }


def interval_record(part: ConfidenceInterval) -> dict[str, float | None]:
    """Return an interval for JSON; what is unknown is null."""
    return {end: None if np.isnan(value) else value for end, value in part._asdict().items()}
