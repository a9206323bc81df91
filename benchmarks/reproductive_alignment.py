"""Reproductive alignment: what candy, contraception and scarcity each do to it, over many seeds, with controls.

    python benchmarks/reproductive_alignment.py --seeds 6

The state at tick 6,000, before anything has changed, is put into each world by the same luck; the last state after the
change in which at least 16 planners live, into the ancestral and the modern one. Every cell is the mean over seeds with
its interval; in each seed 48 agents live with 8 objectives, each 4 times, unless another number is given.

Said before these seeds were run: a world takes alignment, or gives it, if the 95% interval of the difference from the
ancestral world, in the same seeds by the same luck, leaves out 0.

Control: utilities dealt out anew among behaviours, which is chance. With `--controls`, in the ancestral world and in
the one that has all three changes, also: objectives planted in the agents, the objectives of others in place of any,
fewer agents changed at once, and the end of a run whose world never changes.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

from benchmarks.over_seeds import written
from evosim.alignment.reproductive.counterfactual_lives import (
    STANDARD,
    Design,
    PlannerSample,
    draw_planners,
    simulate_alternatives,
)
from evosim.alignment.reproductive.quantities import OWN, AlternativeLives, reproductive_quantities
from evosim.ecology.checkpoint import EcologyCheckpoint
from evosim.ecology.rules import Rules
from evosim.ecology.simulation import EcologySimulation
from evosim.mind.kinds import express_wants
from evosim.numerics.compiler import threads
from evosim.numerics.intervals import mean_interval
from evosim.numerics.random import Stream, key_of
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.ecology.intervals import intervals

CHANGE = 60  # interval, in scenarios/contraception.toml
FEWEST = 16  # planners
HOME, MODERN, HARDEST = "ancestral", "modern", "scarce and modern"
WORLDS = {  # scenario and environment
    HOME: ("contraception", "ancestral"),
    "candy": ("candy_alone", "candy"),
    "contraception": ("contraception_alone", "contraception"),
    MODERN: ("contraception", "modern"),
    "scarce": ("scarcity", "scarce"),
    HARDEST: ("scarcity_with_both", "scarce"),
}
PLANTED = {"a child": "child", "company": "company", "sweets": "sweet"}
COLUMNS = {
    "reproductive_alignment": "alignment",
    "reproductive_gap": "gap",
    "reproductive_gap_by_chance": "gap by chance",
    "capability": "capability",
    "children_as_it_is": "children",
    "children_by_utility": "by utility",
    "children_by_children": "by children",
    "children_at_random": "at random",
}
BEFORE, AFTER, UNCHANGED = "before", "after", "end of `ancestral`"
Numbers = dict[str, float]
Found = dict[tuple[str, str], Numbers]  # by state and world


def states_of(name: str, seed: int) -> tuple[Scenario, EcologyCheckpoint | None, EcologyCheckpoint | None]:
    """Run a scenario; give the state at the change, and the last one with enough planners after it."""
    scenario, lineage = load_scenario(name), []
    before: EcologyCheckpoint | None = None
    last: EcologyCheckpoint | None = None
    for each in intervals(scenario, seed):
        lineage.append(each.births[:, :2])
        if each.number == CHANGE - 1:
            before = EcologyCheckpoint(each.number, each.genomes, each.memory, np.concatenate(lineage), each.digest)
        elif each.number >= CHANGE and express_wants(scenario, each.memory["controller"]).sum() >= FEWEST:
            last = EcologyCheckpoint(each.number, each.genomes, each.memory, np.concatenate(lineage), each.digest)
    return scenario, before, last


def numbers_of(lives: AlternativeLives, key: np.uint64) -> Numbers:
    """Give the numbers of lives by their names."""
    return {each.name: each.value for each in reproductive_quantities(lives, key)}


def rules_of_worlds(seed: int) -> dict[str, Rules]:
    """Give the rules of every world."""
    return {world: EcologySimulation(load_scenario(name), seed).rules[at] for world, (name, at) in WORLDS.items()}


def measure(seed: int, design: Design = STANDARD, *, controls: bool = False) -> Found:
    """Measure the state before the change in all worlds, others in the ancestral and the modern one."""
    found: Found = {}
    scenario, before, after = states_of("contraception", seed)
    rules = rules_of_worlds(seed)
    assert before is not None

    def live(
        label: str, state: EcologyCheckpoint, chosen: PlannerSample, worlds: Iterable[str], design: Design = design
    ) -> None:
        key = key_of(seed, Stream.MEASURED_LIVES, state.number)
        for world in worlds:
            lives = simulate_alternatives(scenario, state, rules[world], chosen, design, key)
            found[label, world] = numbers_of(lives, key)
            if label == BEFORE:
                found["chance", world] = numbers_of(dealt_anew(lives, seed), key)

    live(BEFORE, before, drawn(scenario, before, design, seed), WORLDS)
    if after is not None:
        live(AFTER, after, drawn(scenario, after, design, seed), (HOME, MODERN))
    if controls:
        for label, state, chosen, of_case in control_cases(scenario, before, design, seed):
            live(label, state, chosen, (HOME, HARDEST), of_case)
    return found


def drawn(scenario: Scenario, state: EcologyCheckpoint, design: Design, seed: int) -> PlannerSample:
    """Draw the agents of a state, and objectives for them."""
    return draw_planners(scenario, state, design, key_of(seed, Stream.MEASURED_LIVES, state.number))


def control_cases(
    scenario: Scenario, before: EcologyCheckpoint, design: Design, seed: int
) -> Iterator[tuple[str, EcologyCheckpoint, PlannerSample, Design]]:
    """Give the controls: label, state, agents with objectives, and design."""
    _, _, unchanged = states_of("ancestral", seed)
    chosen = drawn(scenario, before, design, seed)
    for words, feature in PLANTED.items():
        objectives = chosen.objectives.copy()
        objectives[:, OWN] = 0.0
        objectives[:, OWN, scenario.world.features.index(feature)] = 1.0
        yield f"before, who wants {words} alone", before, chosen._replace(objectives=objectives), design
    if unchanged is not None:
        yield UNCHANGED, unchanged, drawn(scenario, unchanged, design, seed), design
    yield "before, one agent in fifty changed", before, chosen, design._replace(share=0.02)
    at = EcologySimulation(scenario, seed).static.loci.objective
    width = len(scenario.world.features) * (1 + len(scenario.mind.objective.drives))
    others = among_others(scenario, before, chosen, at, width, seed)
    yield "before, among the objectives of others", before, others, design


def dealt_anew(lives: AlternativeLives, seed: int) -> AlternativeLives:
    """Deal out what was felt among the behaviours of each agent: utility has nothing to do with children any more."""
    order = np.random.default_rng(seed).random(lives.felt.shape[:2]).argsort(axis=1)
    return lives._replace(felt=np.take_along_axis(lives.felt, order[:, :, None, None], axis=1))


def among_others(
    scenario: Scenario, state: EcologyCheckpoint, chosen: PlannerSample, at: int, width: int, seed: int
) -> PlannerSample:
    """Put the objectives of other planners into agents, in place of any."""
    planners = np.flatnonzero(express_wants(scenario, state.memory["controller"]))
    drawn = np.random.default_rng(seed).choice(planners, chosen.objectives.shape[:2])
    objectives = state.genomes[drawn][:, :, at : at + width].astype(np.float64)
    objectives[:, OWN] = chosen.objectives[:, OWN]
    return chosen._replace(objectives=objectives)


# ---------------------------------------------------------------- tables


def one_thread() -> None:
    """Let each process work on its own."""
    threads.choose(1)


def shown(values: list[float]) -> str:
    """Write a mean over seeds with its interval."""
    middle, low, high = mean_interval(values)
    return f"{written(middle)} [{written(low)}, {written(high)}]"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6, help="how many seeds, from 1 (default: 6)")
    parser.add_argument("--controls", action="store_true", help="measure the controls too: three times as long")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many (default: one a processor)")
    parser.add_argument("--agents", type=int, default=STANDARD.agents, help="of a state (default: %(default)s)")
    parser.add_argument("--times", type=int, default=STANDARD.times, help="that each lives (default: %(default)s)")
    arguments = parser.parse_args()
    design = STANDARD._replace(agents=arguments.agents, times=arguments.times)
    one_seed = partial(measure, design=design, controls=arguments.controls)
    seeds = range(1, arguments.seeds + 1)
    with ProcessPoolExecutor(arguments.processes, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        results: dict[int, Found] = {}
        for seed, found in zip(seeds, pool.map(one_seed, seeds), strict=True):
            results[seed] = found
            print(f"seed {seed} is done", file=sys.stderr, flush=True)
    print_means(results)
    print_differences(results)
    print_seeds(results)


def print_means(results: dict[int, Found]) -> None:
    """Print a line for each state and world, with means over seeds."""
    print(f"\n## Means over seeds [95%]\n\n| state | world | seeds | {' | '.join(COLUMNS.values())} |")
    print("|---|---|---:|" + "---:|" * len(COLUMNS))
    for label, world in dict.fromkeys(each for found in results.values() for each in found):
        told = [found[label, world] for found in results.values() if (label, world) in found]
        cells = [shown([numbers[name] for numbers in told]) for name in COLUMNS]
        print(f"| {label} | {world} | {len(told)} | {' | '.join(cells)} |")


def print_differences(results: dict[int, Found]) -> None:
    """Print what each world makes of the same state, in the same seeds by the same luck."""
    print("\n## The same state in a world minus in the ancestral one: means over seeds [95%]\n")
    print("| state | world | seeds | alignment | gap |\n|---|---|---:|---:|---:|")
    for label, world in dict.fromkeys(each for found in results.values() for each in found if each[1] != HOME):
        told = [[found[label, at] for at in (HOME, world)] for found in results.values() if (label, world) in found]
        names = ("reproductive_alignment", "reproductive_gap")
        cells = [shown([there[name] - home[name] for home, there in told]) for name in names]
        print(f"| {label} | {world} | {len(told)} | {' | '.join(cells)} |")


def print_seeds(results: dict[int, Found]) -> None:
    """Print alignment and gap of each seed."""
    cases = [*((BEFORE, world) for world in WORLDS), (AFTER, HOME), (AFTER, MODERN)]
    print("\n## Each seed: alignment, gap\n")
    print(f"| seed | {' | '.join(f'{label}, {world}' for label, world in cases)} |")
    print("|---:|" + "---:|" * len(cases))
    for seed, found in results.items():
        told = [found.get(case, {}) for case in cases]
        names = ("reproductive_alignment", "reproductive_gap")
        cells = [", ".join(written(numbers.get(name, float("nan"))) for name in names) for numbers in told]
        print(f"| {seed} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
