"""Evolution and humans: what `contraception` claims, over many seeds, with its controls, as tables with intervals.

    python benchmarks/contraception.py --seeds 20

Every row is one seed. *Before* are the 500 ticks before tick 6,000, when the world changes, *after* the 300 ticks from
then on. Then: does the value of a child before the change tell who dies out? Over seeds, and over replicates that go on
from one and the same state with other luck. Is rescue what stood there already, or new mutation? And when does the
value of a child come under selection?
"""

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import inf
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import interval, table, written
from evosim.ecology.genealogy import Closed
from evosim.ecology.habitat import Habitat
from evosim.ecology.history import Interval, Kept, intervals
from evosim.ecology.state import BIRTHS
from evosim.jit import threads
from evosim.scenario import Scenario, load_scenario
from evosim.types import Reals

CHANGE, BEFORE, AFTER = 60, 5, 3  # intervals of 100 ticks
UNTIL = 100  # interval, up to which replicates are followed
CHILD = "objective.child"
SCENARIOS = ("contraception", "sugar", "ancestral", "culling", "slow_change", "heuristics_only")
NAMES = ("births fall by", "utility ×", "at fixed weights ×", "living before", "fewest after", "extinct at tick")
REPLICATES = 12


class Result(NamedTuple):
    """What one seed came to."""

    fall: float  # share of births per agent and tick that is gone after the change
    utility: float  # mesa-utility per planner and tick after the change, as a multiple of before
    frozen: float  # the same by one objective: the planners' mean at the change
    before: float  # agents when the world changes
    fewest: float  # agents at the worst end of an interval after it
    extinct: float  # tick; infinite if they live
    child: float  # mean weight of a child when the world changes
    valued: float  # share of planners then by whom a child is valued
    child_end: float  # mean weight in the end, or when the last interval with anybody alive ended
    late: float  # births per agent and tick in the last 500 ticks, as a multiple of before; 0 if they are extinct
    late_frozen: float  # utility at fixed weights in the last 500 ticks, likewise; NaN if they are extinct
    under_before: float  # selection on the weight of a child: mean covariance with reproduction, of cohorts before
    under_after: float  # and after the change, of those born within a thousand ticks of it


class Told(NamedTuple):
    """What is kept of an interval."""

    births: int
    lived: int
    planned: int
    utility: float
    felt: Reals
    alive: int
    closed: list[Closed]


def alleles(genomes: np.ndarray, habitat_loci: Sequence[str], locus: str) -> Reals:
    """Give the alleles of a locus; NaN if nobody lives or there is no such locus."""
    if not len(genomes) or locus not in habitat_loci:
        return np.full(1, np.nan)
    return genomes[:, list(habitat_loci).index(locus)].astype(np.float64)


def measure(name: str, seed: int, overrides: Sequence[str] = ()) -> Result:
    """Run a scenario and compare before and after."""
    scenario = load_scenario(name, list(overrides))
    loci = Habitat(scenario, seed).layout.loci
    told: list[Told] = []
    frozen, then, last = np.zeros(1), np.zeros((0, 1), np.float32), np.zeros((0, 1), np.float32)
    for each in intervals(scenario, seed):
        told.append(kept_of(each))
        if each.number <= CHANGE:
            frozen = each.frozen
        if each.number == CHANGE - 1:
            then = each.genomes
        last = each.genomes if each.alive else last
    before, after = told[CHANGE - BEFORE : CHANGE], told[CHANGE : CHANGE + AFTER]
    child = alleles(then, loci, CHILD)
    base = rate(before, lambda t: t.births)
    is_extinct = told[-1].alive == 0

    def felt(part: list[Told]) -> float:
        return rate(part, lambda t: float(t.felt @ frozen))

    return Result(
        fall=1 - rate(after, lambda t: t.births) / base,
        utility=over(rate(after, lambda t: t.utility), rate(before, lambda t: t.utility)),
        frozen=over(felt(after), felt(before)),
        before=told[CHANGE - 1].alive,
        fewest=min(t.alive for t in told[CHANGE:]),
        extinct=100.0 * len(told) if is_extinct else inf,
        child=float(child.mean()),
        valued=float((child > 0).mean()) if not np.isnan(child).any() else float("nan"),
        child_end=float(alleles(last, loci, CHILD).mean()),
        late_frozen=float("nan") if is_extinct else over(felt(told[-BEFORE:]), felt(before)),
        late=0.0 if is_extinct else rate(told[-BEFORE:], lambda t: t.births) / base,
        under_before=selection_on(told, loci, lambda born, closed: born >= 10 and closed < CHANGE),
        under_after=selection_on(told, loci, lambda born, closed: CHANGE <= born < CHANGE + 10),
    )


def kept_of(each: Interval) -> Told:
    """Keep of an interval what is compared."""
    from evosim.ecology.state import LIVED, PLANNED

    counts, tally = each.tally.counts, each.tally
    numbers = int(counts[BIRTHS]), int(counts[LIVED]), int(counts[PLANNED])
    return Told(*numbers, float(tally.utility[0]), tally.felt, each.alive, each.closed)


def rate(told: Iterable[Told], what: Callable[[Told], float]) -> float:
    """Give how much of something there was for each agent and tick."""
    told = list(told)
    lived = sum(t.lived for t in told)
    return sum(what(t) for t in told) / lived if lived else 0.0


def over(after: float, before: float) -> float:
    """Divide, if there is anything to compare with."""
    return after / before if before else float("nan")


def selection_on(told: list[Told], loci: Sequence[str], of: Callable[[int, int], bool]) -> float:
    """Give the mean covariance of the weight of a child with realised reproduction, over members of cohorts.

    `of` chooses cohorts by the intervals in which they were born and in which the last of them died.
    """
    if CHILD not in loci:
        return float("nan")
    at = list(loci).index(CHILD)
    members, total = 0, 0.0
    for number, each in enumerate(told):
        for cohort in each.closed:
            if of(cohort.interval, number):
                mean, children = cohort.loci[at] / cohort.members, cohort.children / cohort.members
                total += cohort.members * (cohort.products[at] / cohort.members - children * mean)
                members += cohort.members
    return total / members if members else float("nan")


# ---------------------------------------------------------------- the same state, other luck


def state_at_change(seed: int) -> tuple[Scenario, Kept]:
    """Run up to the change."""
    scenario = load_scenario("contraception")
    lineage = []
    for each in intervals(scenario, seed):
        lineage.append(each.births[:, :2])
        if each.number == CHANGE - 1:
            return scenario, Kept(each.number, each.genomes, each.memory, np.concatenate(lineage), each.digest)
    raise ValueError(f"seed {seed} is extinct before the change")


def replicate(scenario: Scenario, state: Kept, luck: int, *, mutates: bool = True) -> tuple[int, float]:
    """Go on from a state with other luck; give how many live in the end, and their mean weight of a child.

    If it no longer `mutates`, the weight of a child is inherited as it is, whatever the drive.
    """
    habitat = Habitat(scenario, luck)
    habitat.restore(state.genomes, state.memory, state.parents)
    if not mutates:
        for locus, name in enumerate(habitat.layout.loci):
            if name.startswith(CHILD):
                habitat.nature.by.rate[locus] = 0.0
    mean = float("nan")
    for number in range(CHANGE, UNTIL):
        habitat.begin_interval()
        habitat.live(100 * number, 100, habitat.rules_at(100 * number))
        habitat.closed(number)
        if habitat.alive == 0:
            return 0, mean
        mean = float(alleles(habitat.genomes, habitat.layout.loci, CHILD).mean())
    return habitat.alive, mean


def fates(seed: int) -> tuple[float, list[int], list[int]]:
    """Give the mean weight of a child at the change, and how many live in each replicate: as it is, and unmutated."""
    scenario, state = state_at_change(seed)
    loci = Habitat(scenario, seed).layout.loci
    lives = [replicate(scenario, state, 10_000 * seed + r)[0] for r in range(REPLICATES)]
    fixed = [replicate(scenario, state, 10_000 * seed + r, mutates=False)[0] for r in range(REPLICATES)]
    return float(alleles(state.genomes, loci, CHILD).mean()), lives, fixed


def auc(values: Sequence[float], positive: Sequence[bool]) -> float:
    """Give the chance that a positive case has the larger value than a negative one, ties halved; 0.5 is chance."""
    yes = [v for v, p in zip(values, positive, strict=True) if p]
    no = [v for v, p in zip(values, positive, strict=True) if not p]
    if not yes or not no:
        return float("nan")
    return float(np.mean([(a > b) + 0.5 * (a == b) for a in yes for b in no]))


def auc_interval(values: Sequence[float], positive: Sequence[bool]) -> tuple[float, float, float]:
    """Give the AUC with its 95% bootstrap interval over seeds."""
    rng, pairs = np.random.default_rng(0), list(zip(values, positive, strict=True))
    drawn = [[pairs[i] for i in rng.integers(len(pairs), size=len(pairs))] for _ in range(2_000)]
    found = [auc(*zip(*sample, strict=True)) for sample in drawn]
    low, high = np.nanquantile(found, [0.025, 0.975])
    return auc(values, positive), float(low), float(high)


# ---------------------------------------------------------------- tables


def one_thread() -> None:
    """Let each process work on its own."""
    threads.choose(1)


def shown(middle: tuple[float, float, float]) -> str:
    """Write a number with its interval."""
    return f"{written(middle[0])} [{written(middle[1])}, {written(middle[2])}]"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds, from 1 (default: 20)")
    parser.add_argument("--states", type=int, default=8, help="from how many seeds' states to replicate (default: 8)")
    arguments = parser.parse_args()
    seeds = range(1, arguments.seeds + 1)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"), initializer=one_thread) as pool:
        results: dict[str, list[Result]] = {}
        for name in SCENARIOS:
            results[name] = list(pool.map(partial(measure, name), seeds))
            rows = [(seed, result[: len(NAMES)]) for seed, result in zip(seeds, results[name], strict=True)]
            print(f"\n## {name}\n\n{table(('seed', *NAMES), rows)}", flush=True)
        print_summary(results)
        print_fate(results["contraception"])
        print_replicates(list(pool.map(fates, range(1, arguments.states + 1))))


def print_summary(results: dict[str, list[Result]]) -> None:
    """Print a line for each scenario, with means over seeds."""
    print("\n## All scenarios: means over seeds [95%]\n")
    print(
        "| scenario | births fall by | utility × | at fixed weights × | late births × | late at fixed weights × "
        "| extinct | child: before, end |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, found in results.items():
        numbers = [
            shown(interval([getattr(r, each) for r in found], np.mean))
            for each in ("fall", "utility", "frozen", "late", "late_frozen")
        ]
        died = sum(r.extinct < inf for r in found)
        child = ", ".join(written(float(np.nanmean([getattr(r, k) for r in found]))) for k in ("child", "child_end"))
        print(f"| `{name}` | {' | '.join(numbers)} | {died} of {len(found)} | {child} |")
    print("\n## Selection on the weight of a child: covariance with reproduction, means over seeds [95%]\n")
    print("| scenario | cohorts that were born and died before the change | born in the 1,000 ticks after it |")
    print("|---|---:|---:|")
    for name in ("contraception", "sugar", "ancestral", "slow_change"):
        found = results[name]
        cells = [interval([1000 * getattr(r, k) for r in found], np.mean) for k in ("under_before", "under_after")]
        print(f"| `{name}` | {shown(cells[0])} ‰ | {shown(cells[1])} ‰ |")


def print_fate(found: list[Result]) -> None:
    """Print whether the value of a child before the change tells who lives."""
    lives = [r.extinct == inf for r in found]
    enough = sum(r.fall >= 0.6 and r.utility >= 2 for r in found)
    print(f"\nIn {enough} of {len(found)} seeds births fall by at least 60% and utility at least doubles.")
    print("\n## Who lives? AUC of what there was before the change, over seeds [95%]; 0.5 is chance\n")
    for key, words in (("child", "mean weight of a child"), ("valued", "share who value a child")):
        print(f"- {words}: {shown(auc_interval([getattr(r, key) for r in found], lives))}")
    extinct = [r.child for r in found if r.extinct < inf]
    print(f"- mean weight where they die out: {', '.join(map(written, sorted(extinct)))}")
    print(
        f"- mean weight where they live: {', '.join(map(written, sorted(r.child for r in found if r.extinct == inf)))}"
    )


def print_replicates(found: list[tuple[float, list[int], list[int]]]) -> None:
    """Print the fates of replicates from one and the same state."""
    print(f"\n## From the state before the change, with other luck: how many of {REPLICATES} live at tick 10,000\n")
    print("| seed | mean weight of a child | live | live without mutation of that weight |")
    print("|---:|---:|---:|---:|")
    for seed, (child, lives, fixed) in enumerate(found, 1):
        print(f"| {seed} | {written(child)} | {sum(n > 0 for n in lives)} | {sum(n > 0 for n in fixed)} |")
    differences = [(sum(n > 0 for n in lives) - sum(n > 0 for n in fixed)) / REPLICATES for _, lives, fixed in found]
    print(f"\nDifference in the share that lives: {shown(interval(differences, np.mean))}, over states.")


if __name__ == "__main__":
    main()
