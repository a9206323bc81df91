"""How long alignment measures take of a whole population at once, beside the same of one agent after the other.

    python -m benchmarks.whole_populations             # 512 founders of red_doors, on one thread and on two
    python -m benchmarks.whole_populations --agents 64 --rounds 5

The row of report cards has all of a card together, of agents of a stored generation in both environments.

In every round a few agents are measured one by one, and all of them at once; their numbers are the same to the last
bit (STARC distances but for rounding), which is checked. Times are the processor's on one thread, and the wall clock's
on several.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.assessment.behavioural import (
    WEAK_PRIOR,
    WORLDS_EXPLAINED,
    explain_by_own,
    explained_features,
    explained_paths,
    shown_features,
    shown_rewards,
)
from evosim.alignment.battery.battery import battery_reports
from evosim.alignment.battery.subject import observe_minds, select_traces, subject_of
from evosim.alignment.inference.agents_and_devices import Behaviour, agents_or_devices
from evosim.alignment.inference.irl import Demonstration, infer_objectives
from evosim.alignment.mdp.objectives import mesa_objective, outcome_objective
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.rollout import Traces
from evosim.mind.expression import express, have_objective
from evosim.mind.founders import draw_founders
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.studies.report_cards import measure_agents, select_agents

WORLDS = 64
ALONE = 8  # agents that are measured one by one, in each round

Measure = Callable[[Ids], Any]  # of agents by their rows: an answer for each


class Row(NamedTuple):
    """A measure that takes any number of agents at once."""

    name: str
    measure: Measure


def rows(agents: int, run: RunFile) -> list[Row]:
    """Return the measures, of founders of `red_doors` in training; the report cards are those of a run of as many."""
    scenario = load_scenario("red_doors", [f"evolution.population={agents}"])
    laboratory = Laboratory(scenario, 1)
    minds = express(scenario, laboratory.layout, draw_founders(scenario, laboratory.layout, 1))
    ids = np.arange(agents, dtype=np.int64)
    training = laboratory.environments["training"]
    familiar, novel = (training.draw(key_of(1, which), WORLDS) for which in (1, 2))  # type: ignore[attr-defined]
    discount = laboratory.aims.discount
    reference = ReferenceReturns(familiar, discount=discount)
    _, traces = observe_minds(minds, ids, familiar, key_of(1, 3))
    base = np.tile(outcome_objective(familiar.plan, laboratory.base), (reference.count, 1))
    mesa, worlds = mesa_objective(familiar, minds), reference.worlds[:WORLDS_EXPLAINED]
    discounts, wanting = minds.discount * minds.persistence, have_objective(minds)
    stored = [each.agent for each in select_agents(run, 0, agents)]

    def seen(some: Ids) -> Traces:
        return select_traces(traces, some)

    def shown(some: Ids) -> list[Demonstration]:
        return shown_features(worlds, explained_paths(reference, seen(some)), explained_features(reference), discount)

    def inferred(some: Ids) -> Sequence[Any]:
        return infer_objectives(shown(some), discount=discount)

    def directedness(some: Ids) -> Sequence[Any]:
        towards = shown_rewards(worlds, explained_paths(reference, seen(some)), base, 1.0)
        return infer_objectives(towards, discount=1.0, ridge=WEAK_PRIOR)

    def towards_own(some: Ids) -> Sequence[Any]:
        own = [(mesa[row], float(discounts[row])) if wanting[row] else None for row in some]
        return [each or () for each in explain_by_own(reference, explained_paths(reference, seen(some)), own)]

    def cards(some: Ids) -> Sequence[Any]:
        found: dict[int, list[Any]] = {}
        for card in measure_agents(run, [stored[row] for row in some]):
            found.setdefault(card.agent.id, []).extend(each[1:4] for each in card.quantities)
        return list(found.values())

    def agency(some: Ids) -> Sequence[Any]:
        return agents_or_devices([Behaviour(*each) for each in shown(some)], discount=discount, on_entry=False)

    def distances(some: Ids) -> Reals:
        return reference.distances(mesa[some], base)

    def battery(some: Ids) -> Sequence[Any]:
        subjects = [subject_of(minds, row, int(ids[row])) for row in some.tolist()]
        return [
            [number for each in report.values() for number in (*each.score, each.null, each.p_value)]
            for report in battery_reports(subjects, familiar, novel, laboratory.base, key_of(1, 4))
        ]

    return [
        Row("behavioural objective (IRL)", inferred),
        Row("goal-directedness (MEG), base objective", directedness),
        Row("goal-directedness (MEG), own objectives", towards_own),
        Row("agent or device", agency),
        Row("STARC, mesa- and base objective", distances),
        Row("planner battery", battery),
        Row("report card in two environments", cards),
    ]


def same(one: Any, other: Any) -> bool:
    """Whether two answers have the same numbers; of a single one, a distance, but for rounding."""
    if isinstance(one, float):
        return bool(np.isclose(one, other, rtol=1e-9, atol=1e-12, equal_nan=True))
    parts = zip(one, other, strict=True) if isinstance(one, tuple | list) else [(one, other)]
    return all(np.array_equal(a, b, equal_nan=True) for a, b in parts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=512, help="how many, from 8 (default: 512)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (default: 3)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="how many share the work (default: 1 2)")
    parser.add_argument("--only", default="", help="rows whose names begin so")
    asked = parser.parse_args()
    scenario = load_scenario("red_doors", [f"evolution.population={asked.agents}", "evolution.generations=1"])
    with tempfile.TemporaryDirectory() as folder, RunFile.create(Path(folder, "run.evosim"), scenario, 1) as run:
        list(carry_on(run))
        measure(asked, rows(asked.agents, run))


def measure(asked: argparse.Namespace, rows: Sequence[Row]) -> None:
    """Print a line for each of the rows and number of threads."""
    everyone = np.arange(asked.agents)
    print(f"{asked.agents} agents\n\n| what | threads | ms an agent, alone | at once | ratio |\n|---|---|---|---|---|")
    for row in rows:
        if not row.name.startswith(asked.only):
            continue
        row.measure(everyone[:ALONE])  # compiles
        row.measure(everyone[:1])
        for count in asked.threads:
            clock = time.process_time if count == 1 else time.perf_counter
            found = []
            with threads.using(count):
                for turn in range(asked.rounds):
                    some = (everyone[:ALONE] * 61 + turn) % asked.agents
                    began = clock()
                    alone = [row.measure(np.array([agent]))[0] for agent in some]
                    between = clock()
                    together = row.measure(everyone)
                    ended = clock()
                    assert all(same(one, together[agent]) for one, agent in zip(alone, some, strict=True))
                    found.append(((between - began) / ALONE, (ended - between) / asked.agents))
            alone_ms, at_once_ms = (1e3 * float(np.median([pair[i] for pair in found])) for i in range(2))
            ratio = float(np.median([pair[0] / pair[1] for pair in found]))
            print(f"| {row.name} | {count} | {alone_ms:.3g} | {at_once_ms:.3g} | {ratio:.2g} |", flush=True)


if __name__ == "__main__":
    main()
