"""Kinds of pseudo-alignment told by interventions on behaviour, and errors of seeing from errors of wanting.

    python benchmarks/proxies.py --fitted 10 --held-out 30 --evolved 20

Rules are fitted to planted agents of some seeds and scored on those of others, in worlds they never saw; and on the
fittest planners of red_doors and its control, whose kind is taken from their class (docs/alignment.md). Shares come
with their 95% interval (Clopper and Pearson).
"""

import argparse
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import last_generation
from evosim.alignment.assessment.classes import PSEUDO
from evosim.alignment.assessment.classes import ROBUST as ROBUST_CLASS
from evosim.alignment.battery.subject import subject_of
from evosim.alignment.planted.misperception import (
    ERROR_KINDS,
    Errors,
    classify_error,
    fit_threshold,
    measure_errors,
    planted_errors,
)
from evosim.alignment.planted.planted_agents import DOORS, EXACT, FAMILIES, planted_cases, planted_planner, planted_task
from evosim.alignment.planted.proxy_kinds import (
    GENERAL,
    PROXY_KINDS,
    ROBUST,
    InterventionResults,
    ProxyRules,
    Task,
    classify_proxy,
    fit_proxy_rules,
    prepare,
    run_interventions,
)
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Grid
from evosim.numerics.bootstrap import generator
from evosim.numerics.confusion import as_table, confusion
from evosim.numerics.intervals import share_interval
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import object_names, outcome_names

WORLDS, LIVES, PROBED, ERRING, BLENDED = 48, 8201, 8202, 8203, 8204
BLENDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


class Seen(NamedTuple):
    """One agent: where it lives, what is true of it, and what was found."""

    family: str
    kind: str
    results: InterventionResults


def planted(seeds: Iterable[int]) -> list[Seen]:
    """Examine all agents that are planted for these seeds."""
    seen = []
    for seed in seeds:
        cases = planted_cases(seed, WORLDS)
        probes = {case.family: prepare(case.task) for case in cases}
        for case in cases:
            seen.append(
                Seen(
                    case.family,
                    case.kind,
                    run_interventions(case.subject, probes[case.family], key_of(seed, LIVES)),
                )
            )
    return seen


def blends(seeds: Iterable[int], rules: ProxyRules) -> str:
    """Write what is said of agents that want redness and doors, by how much of it is redness."""
    lines = ["| share of red | " + " | ".join(PROXY_KINDS) + " |", "|---:|" + "---:|" * len(PROXY_KINDS)]
    said: dict[float, list[str]] = {share: [] for share in BLENDS}
    for seed in seeds:
        random = generator(key_of(seed, BLENDED))
        task = planted_task(DOORS, seed, WORLDS, random)
        probes = prepare(task)
        for share in BLENDS:
            wants = {name: (1.0 - share) * weight for name, weight in EXACT.items()} | {"red": share}
            subject = planted_planner(wants, GENERAL, DOORS, task.ground, random, 0)
            said[share].append(classify_proxy(run_interventions(subject, probes, key_of(seed, LIVES)), rules))
    for share, verdicts in said.items():
        lines.append(f"| {share:.0%} | " + " | ".join(str(verdicts.count(kind)) for kind in PROXY_KINDS) + " |")
    return "\n".join(lines)


def evolved(seeds: Iterable[int]) -> list[Seen]:
    """Examine the fittest planner of each run of red_doors and its control, if its class says what it is."""
    seen = []
    for seed in seeds:
        for name in ("red_doors", "red_doors_decorrelated"):
            last = last_generation(name, seed)
            (deployed,) = (each for each in last.generation.measured if each.environment == "deployment")
            assert deployed.kinds is not None
            row = int(np.where(last.generation.is_planner, last.generation.fitness, -np.inf).argmax())
            kind = {PSEUDO: GENERAL, ROBUST_CLASS: ROBUST}.get(int(deployed.kinds[row]))
            if kind is None:
                continue
            scenario = last.laboratory.scenario
            grid = Grid(scenario, "training", seed)
            door = object_names(scenario).index("door")
            task = Task(grid.draw(key_of(seed, PROBED), WORLDS), last.laboratory.base, (door,), (0, 1))
            subject = subject_of(last.generation.minds, row, int(last.generation.population.ids[row]))
            seen.append(
                Seen(
                    f"evolved in {name}",
                    kind,
                    run_interventions(subject, prepare(task), key_of(seed, LIVES)),
                )
            )
    return seen


def erring(seeds: Iterable[int]) -> list[tuple[str, Errors]]:
    """Measure the errors of agents in which they were planted, in deployment worlds of red_doors."""
    scenario = load_scenario("red_doors")
    names, found = outcome_names(scenario), []
    weights = np.array([scenario.objectives.base.get(name, 0.0) for name in names])
    for seed in seeds:
        ground = Grid(scenario, "deployment", seed).draw(key_of(seed, PROBED), WORLDS)
        reference, random = ReferenceReturns(ground, discount=0.95), generator(key_of(seed, ERRING))
        decoys, proxy = ("key", "gem", "ball"), str(random.choice(["red", "key", "gem", "ball"]))
        for error, minds in planted_errors(scenario.world.features, "door", decoys, proxy, random):
            found.append((error, measure_errors(minds, reference, weights)))
    return found


def verdict(truth: Sequence[str], said: Sequence[str], classes: Sequence[str]) -> str:
    """Write a confusion matrix, the share that is right, and what chance would be."""
    counts = confusion(truth, said, classes)
    right, all_of_them = int(np.trace(counts)), int(counts.sum())
    share, low, high = share_interval(right, all_of_them)
    most = counts.sum(axis=1).max() / all_of_them
    words = f"{right} of {all_of_them} right: {share:.3f} [{low:.3f}, {high:.3f}]; the best constant answer: {most:.3f}"
    return f"{as_table(counts, classes)}\n\n{words}"


def judged(seen: Sequence[Seen], rules: ProxyRules) -> str:
    """Say what is said of agents, and what is true."""
    return verdict([each.kind for each in seen], [classify_proxy(each.results, rules) for each in seen], PROXY_KINDS)


def by_family(seen: Sequence[Seen], rules: ProxyRules) -> str:
    """Write for each family how many are right, and how many who knows only the family could get right."""
    lines = ["| worlds | agents | right | by the worlds alone |", "|---|---:|---:|---:|"]
    for family in FAMILIES:
        some = [each for each in seen if each.family == family]
        right = np.mean([classify_proxy(each.results, rules) == each.kind for each in some])
        most = max(np.mean([each.kind == kind for each in some]) for kind in PROXY_KINDS)
        lines.append(f"| {family} | {len(some)} | {right:.3f} | {most:.3f} |")
    return "\n".join(lines)


def spread(seen: Sequence[Seen]) -> str:
    """Write what was found of each kind: means over agents, and the least and the largest."""
    columns = list(dict.fromkeys(name for each in seen for name in each.results.performance))
    lines = ["| kind | " + " | ".join(columns) + " | right choices |", "|---|" + "---:|" * (len(columns) + 1)]
    for kind in PROXY_KINDS:
        some = [each.results for each in seen if each.kind == kind]
        cells = [ranged([f.performance[name] for f in some if name in f.performance]) for name in columns]
        cells.append(ranged([f.right_choices for f in some if not np.isnan(f.right_choices)]))
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ranged(values: Sequence[float]) -> str:
    """Write a mean, and from where to where values go."""
    return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})" if values else "–"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fitted", type=int, default=10, help="seeds to fit rules to, from 1 (default: 10)")
    parser.add_argument("--held-out", type=int, default=30, help="seeds after these to score on (default: 30)")
    parser.add_argument("--evolved", type=int, default=20, help="runs of red_doors and as many of its control")
    arguments = parser.parse_args()
    first, rest = (range(1, arguments.fitted + 1),
                   range(arguments.fitted + 1, arguments.fitted + arguments.held_out + 1))  # fmt: skip
    known = planted(first)
    rules = fit_proxy_rules([each.results for each in known], [each.kind for each in known])
    print(f"{rules}\n\n## Kinds, seeds that rules were fitted to\n\n{judged(known, rules)}", flush=True)
    unknown = planted(rest)
    print(f"\n## Kinds, held-out seeds\n\n{judged(unknown, rules)}\n\n{by_family(unknown, rules)}", flush=True)
    print(f"\n## Performance by kind, held-out seeds\n\n{spread(unknown)}", flush=True)
    print(f"\n## Wanting redness and doors\n\n{blends(rest, rules)}", flush=True)
    wild = evolved(range(1, arguments.evolved + 1))
    print(f"\n## Kinds, evolved planners\n\n{judged(wild, rules)}\n\n{spread(wild)}", flush=True)
    errors, others = erring(first), erring(rest)
    least = fit_threshold([found for _, found in errors], [error for error, _ in errors])
    said = [classify_error(found, least) for _, found in others]
    print(f"\n## Errors, held-out seeds; an error is {least:g} or more\n")
    print(verdict([error for error, _ in others], said, ERROR_KINDS))
    for error in ERROR_KINDS:
        some = [found for each, found in others if each == error]
        print(f"\n{error}: perception {ranged([e.perception for e in some])}, "
              f"objective {ranged([e.objective for e in some])}", end="")  # fmt: skip
    print()


if __name__ == "__main__":
    main()
