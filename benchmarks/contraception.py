"""Candy, contraception and scarcity: what each causes, alone and together, from the same states, over many seeds.

    python benchmarks/contraception.py --seeds 20 --rows contraception.jsonl

Each seed lives 6,000 ticks in the ancestral world. From that one state it goes on in every world of the 2 × 2 × 2 and
in the controls, with the same random streams, for 3,000 ticks: the runs of the shipped scenarios until then. What is
compared is always what the same agents come to in `ancestral`, where nothing changes.

What counts was said before the seeds reported here were run (worlds and ceilings were chosen on seeds 101 to 104):

- *children*: those of the agents that live at the change, in the rest of their lives, ÷ in `ancestral`. That is what
  the same agents had a chance of in their own world.
- *births a head*: births per agent and tick in the 300 ticks from the change on, likewise; *utility*: what planners
  get in these ticks by their mean objective at the change. Something falls or rises if the 95% interval over seeds
  leaves out 1.
- *fewest*, *late*: how many live at the worst end of an interval, and on average in the last 500 ticks.
- *back after*: ticks from the change to the first end of an interval, after those with less than nine tenths of those
  who live in `ancestral` then, with no fewer. 0 if there were never less, never if there always are.
- *lineages*: agents that live at the change and have living descendants at tick 9,000, ÷ in `ancestral`; *ancestors*:
  their effective number 1 / Σ c², c the share of the last genomes that comes from each by its pedigree, likewise.
- *extinct*: a share of seeds, with its Clopper-Pearson interval.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import inf, nan
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import written
from evosim.ecology.checkpoint import EcologyCheckpoint
from evosim.ecology.cohorts import Closed
from evosim.ecology.state import BIRTHS, LIVED, MATINGS, PROTECTED
from evosim.mind.genome import genome_layout
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.compiler import threads
from evosim.numerics.intervals import ConfidenceInterval, mean_interval, median_interval, share_interval
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.ecology.intervals import intervals

CHANGE, AFTER, LATE, UNTIL = 60, 3, 5, 90  # intervals of 100 ticks
SOON = 10  # intervals after the change, of whose cohorts selection is told
ENOUGH = 0.9  # of those who live in `ancestral`: the population is back
CHILD = "objective.child"


class Case(NamedTuple):
    """A world to go on in."""

    scenario: str
    overrides: tuple[str, ...] = ()
    reference: str = "ancestral"  # the case with which it is compared
    until: int = UNTIL  # interval with which it ends
    before: tuple[str, ...] = ()  # overrides that hold before the change, too

    @property
    def founders(self) -> tuple[str, tuple[str, ...]]:
        """Name the scenario and overrides that hold before the change."""
        return "heuristics_only" if self.scenario == "heuristics_only" else "ancestral", self.before


Cases = Mapping[str, Case]
UNCHANGED = "heuristics, nothing changes"
NOTHING = 'evolution.schedule.1.environment="ancestral"'
LESS_FRUIT, NO_CANDY = "environments.modern.objects.fruit.grows=11", "environments.modern.objects.candy.grows=0"
CELLS = (
    "ancestral", "candy_alone", "contraception_alone", "contraception",
    "scarcity", "scarcity_with_candy", "scarcity_with_contraception", "scarcity_with_both",
)  # fmt: skip
CASES: Cases = {
    **{name: Case(name) for name in (*CELLS, "culling", "slow_change")},
    "objectives no longer mutate": Case("contraception", ("mind.objective.mutation={ rate = 0 }",)),
    UNCHANGED: Case("heuristics_only", (NOTHING,), UNCHANGED),
    "heuristics_only": Case("heuristics_only", (), UNCHANGED),
    "heuristics, scarcity": Case("heuristics_only", (LESS_FRUIT, NO_CANDY), UNCHANGED),
    "heuristics, scarcity with candy": Case("heuristics_only", (LESS_FRUIT,), UNCHANGED),
}


class Course(NamedTuple):
    """What became of a state in a world; K intervals after the change, fewer if it died out."""

    alive: list[int]  # [K] at the ends of intervals
    births: list[int]  # [K]
    lived: list[int]  # [K] agent-ticks
    utility: list[float]  # [K] of planners by their mean objective at the change
    matings: list[int]  # [K]
    protected: list[int]  # [K] of them with contraception
    children: float  # in the rest of the lives of those alive at the change; each counts half for each parent
    lineages: float  # share of those alive at the change who have living descendants in the end
    ancestors: float  # effective number of them
    child: tuple[float, float]  # mean weight of a child at the change, and in the end
    selection: tuple[float, float]  # covariance of that weight with reproduction: cohorts before, and soon after


Found = dict[int, dict[str, Course]]  # by seed and case


class Effect(NamedTuple):
    """A course beside the one where nothing changes: ratios, unless something else is said."""

    children: float
    births: float
    utility: float
    fewest: float
    back: float  # ticks
    late: float
    lineages: float
    ancestors: float
    extinct: float  # tick; infinite if they live


# ---------------------------------------------------------------- one seed


class Start(NamedTuple):
    """The state at the change."""

    state: EcologyCheckpoint
    child: float  # mean weight of a child
    selection: float  # on it, until then


def start_of(scenario_name: str, overrides: Sequence[str], seed: int) -> Start:
    """Live up to the change.

    Raises:
        ValueError: they are extinct before it.
    """
    scenario = load_scenario(scenario_name, list(overrides))
    births: list[Ids] = []
    closed: list[Closed] = []
    for each in intervals(scenario, seed):
        births.append(each.births[:, :2])
        closed += [cohort for cohort in each.closed if cohort.interval >= SOON]
        if each.number == CHANGE - 1:
            state = EcologyCheckpoint(each.number, each.genomes, each.memory, np.concatenate(births), each.digest)
            at = locus_of(scenario)
            return Start(state, weight(each.genomes, at), covariance(closed, at))
    raise ValueError(f"seed {seed} is extinct before the change")


def course(case: Case, seed: int, start: Start) -> Course:
    """Go on from the state at the change."""
    length = f"evolution.generations={case.until}"
    scenario = load_scenario(case.scenario, [*case.before, *case.overrides, length])
    told = list(intervals(scenario, seed, after=start.state))
    parents = np.concatenate([start.state.parents, *(each.births[:, :2] for each in told)])
    then, last = start.state.memory["id"], told[-1].memory["id"]
    shares = contributions(parents, last, len(start.state.parents))[then]
    at, living = locus_of(scenario), [each for each in told if each.alive]
    soon = [cohort for each in told for cohort in each.closed if CHANGE <= cohort.interval < CHANGE + SOON]

    def counts(which: int) -> list[int]:
        return [int(each.tally.counts[which]) for each in told]

    return Course(
        alive=[each.alive for each in told],
        births=counts(BIRTHS),
        lived=counts(LIVED),
        utility=[float(each.tally.felt @ each.frozen) for each in told],
        matings=counts(MATINGS),
        protected=counts(PROTECTED),
        children=float(np.isin(parents[len(start.state.parents) :], then).sum()) / 2,
        lineages=float((shares > 0).mean()),
        ancestors=float(1 / (shares**2).sum()) if shares.any() else 0.0,
        child=(start.child, weight(living[-1].genomes, at) if living else nan),
        selection=(start.selection, covariance(soon, at)),
    )


def locus_of(scenario: Scenario) -> int:
    """Find the locus of the weight of a child; -1 if there is none."""
    loci = list(genome_layout(scenario).loci)
    return loci.index(CHILD) if CHILD in loci else -1


def weight(genomes: np.ndarray, at: int) -> float:
    """Give the mean allele of a locus; NaN without one."""
    return float(genomes[:, at].mean(dtype=np.float64)) if at >= 0 else nan


def covariance(cohorts: Sequence[Closed], at: int) -> float:
    """Give the mean covariance of an allele with realised reproduction, over members of cohorts; NaN without any."""
    members = sum(each.members for each in cohorts)
    if at < 0 or not members:
        return nan
    return sum(float(c.products[at] - c.children * c.loci[at] / c.members) for c in cohorts) / members


def contributions(parents: Ids, living: Ids, born_before: int) -> Reals:
    """Give each agent's share `[M]` of the genomes of the living by pedigree: half of a child's from each parent.

    It is followed back to those who were born before: their own ancestors get nothing.
    """
    shares = np.zeros(len(parents))
    shares[living] = 1 / max(len(living), 1)
    for agent in range(len(parents) - 1, born_before - 1, -1):
        if shares[agent]:
            for parent in parents[agent]:
                shares[parent] += shares[agent] / 2
    return shares


def effect(found: Course, same: Course) -> Effect:
    """Compare a course with that of the same state where nothing changes."""
    is_extinct = found.alive[-1] == 0
    length = len(same.alive) if is_extinct else min(len(same.alive), len(found.alive))
    alive, of_same = np.zeros(length), np.array(same.alive[:length], float)
    alive[: len(found.alive)] = found.alive[:length]

    def at_once(values: Sequence[float], lived: Sequence[int]) -> float:
        return sum(values[:AFTER]) / sum(lived[:AFTER])

    utility = at_once(same.utility, same.lived)
    return Effect(
        children=found.children / same.children,
        births=at_once(found.births, found.lived) / at_once(same.births, same.lived),
        utility=at_once(found.utility, found.lived) / utility if utility else nan,
        fewest=float((alive / of_same).min()),
        back=back_after(alive >= ENOUGH * of_same),
        late=float(alive[-LATE:].sum() / of_same[-LATE:].sum()),
        lineages=found.lineages / same.lineages,
        ancestors=found.ancestors / same.ancestors,
        extinct=100.0 * (CHANGE + len(found.alive)) if is_extinct else inf,
    )


def back_after(enough: np.ndarray) -> float:
    """Give after how many ticks there are enough again, 0 if there always were, infinity if never."""
    if enough.all():
        return 0.0
    first = int(np.flatnonzero(~enough)[0])
    again = np.flatnonzero(enough[first:])
    return 100.0 * (1 + first + int(again[0])) if len(again) else inf


def measure(cases: Cases, seed: int) -> dict[str, Course]:
    """Live up to the change once for each kind of founders, and go on in every case."""
    starts: dict[tuple[str, tuple[str, ...]], Start] = {}
    found: dict[str, Course] = {}
    for name, case in cases.items():
        if case.founders not in starts:
            starts[case.founders] = start_of(*case.founders, seed)
        found[name] = course(case, seed, starts[case.founders])
    return found


def effects(cases: Cases, found: Mapping[str, Course]) -> dict[str, Effect]:
    """Compare every case with its reference."""
    return {name: effect(found[name], found[case.reference]) for name, case in cases.items()}


# ---------------------------------------------------------------- many seeds


def one_thread() -> None:
    """Let each process work on its own."""
    threads.choose(1)


def kept(rows: Path) -> Found:
    """Read the courses in a file of rows."""
    found: Found = {}
    for row in map(json.loads, rows.read_text().splitlines()):
        found.setdefault(row["seed"], {})[row["case"]] = Course(**row["course"])
    return found


def collected(cases: Cases, seeds: Sequence[int], rows: Path | None, processes: int | None) -> Found:
    """Measure every seed, and give courses by seed and case; what the file of rows has is not run again."""
    known: Found = {seed: {} for seed in seeds} | (kept(rows) if rows and rows.exists() else {})
    missing = {seed: {name: case for name, case in cases.items() if name not in known[seed]} for seed in seeds}
    to_do = {seed: some for seed, some in missing.items() if some}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        for seed, found in zip(to_do, pool.map(measure, to_do.values(), to_do), strict=True):
            known[seed] |= found
            if rows:
                with rows.open("a") as file:
                    for name, each in found.items():
                        file.write(json.dumps({"seed": seed, "case": name, "course": each._asdict()}) + "\n")
    return {seed: known[seed] for seed in seeds}


def arguments_of(description: str, seeds: int) -> argparse.Namespace:
    """Parse how many seeds, where rows are kept, and how many processes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=seeds, help=f"how many seeds, from 1 (default: {seeds})")
    parser.add_argument("--rows", type=Path, help="a file for a line a course; what it has is not run again")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many (default: one a processor)")
    return parser.parse_args()


# ---------------------------------------------------------------- tables


COLUMNS = {
    "children": "children ×", "births": "births a head ×", "utility": "utility ×", "fewest": "fewest ×",
    "back": "back after, ticks", "late": "late ×", "lineages": "lineages ×", "ancestors": "ancestors ×",
}  # fmt: skip


def shown(middle: ConfidenceInterval) -> str:
    """Write a number with its interval, where there is one."""
    ends = f" [{written(middle.low)}, {written(middle.high)}]" if middle.known else ""
    return f"{written(middle.middle)}{ends}"


def over_seeds(key: str, some: Sequence[Effect]) -> ConfidenceInterval:
    """Give the mean of a ratio over seeds, or the median of ticks, with its interval."""
    values = [float(getattr(each, key)) for each in some]
    return median_interval(values) if key == "back" else mean_interval(values, bounds=(0.0, inf))


def table_of_effects(cases: Cases, found: Found) -> str:
    """Write a line for each case: means over seeds, the median of ticks, and the share of seeds that are extinct."""
    lines = [f"| case | {' | '.join(COLUMNS.values())} | extinct |", "|---|" + "---:|" * (len(COLUMNS) + 1)]
    by_seed = [effects(cases, each) for each in found.values()]
    for name in cases:
        some = [each[name] for each in by_seed]
        cells = [shown(over_seeds(key, some)) for key in COLUMNS]
        died = sum(each.extinct < inf for each in some)
        _, low, high = share_interval(died, len(some))
        lines.append(f"| {name} | {' | '.join(cells)} | {died} of {len(some)} [{low:.2f}, {high:.2f}] |")
    return "\n".join(lines)


def table_of_inside(cases: Cases, found: Found) -> str:
    """Write what a child is worth, how it is selected, and who uses contraception, means over seeds."""
    lines = [
        "| case | weight of a child before | in the end | selection on it before, ‰ | soon after, ‰ "
        "| matings with contraception at once | in the end |",
        "|---|" + "---:|" * 6,
    ]
    for name in cases:
        some = [each[name] for each in found.values()]
        cells = [mean_interval([s.child[k] for s in some]) for k in (0, 1)]
        cells += [mean_interval([1000 * s.selection[k] for s in some]) for k in (0, 1)]
        cells += [mean_interval([protected(s, part) for s in some]) for part in (slice(AFTER), slice(-LATE, None))]
        lines.append(f"| {name} | {' | '.join(map(shown, cells))} |")
    return "\n".join(lines)


def protected(found: Course, part: slice) -> float:
    """Give the share of matings with contraception; NaN without matings."""
    matings = sum(found.matings[part])
    return sum(found.protected[part]) / matings if matings else nan


def table_of_seeds(cases: Cases, found: Found) -> str:
    """Write children × and utility × of every seed."""
    lines = [f"| seed | {' | '.join(cases)} |", "|---:|" + "---:|" * len(cases)]
    for seed, each in found.items():
        told = effects(cases, each).values()
        cells = [
            f"{e.children:.2f}, {e.utility:.2f}{'' if e.extinct == inf else f', † {e.extinct:,.0f}'}" for e in told
        ]
        lines.append(f"| {seed} | {' | '.join(cells)} |")
    return "\n".join(lines)


def table_of_causes(found: Found) -> str:
    """Write the effect of each cause, alone and beside the others, and whether two of them act independently."""
    by_seed = [effects(CASES, each) for each in found.values()]
    lines = ["| cause | beside | children × | utility × |", "|---|---|---:|---:|"]
    for words, pairs in CAUSES.items():
        for with_it, without in pairs:
            cells = [
                shown(mean_interval([getattr(e[with_it], key) / getattr(e[without], key) for e in by_seed]))
                for key in ("children", "utility")
            ]
            lines.append(f"| {words} | {without} | {' | '.join(cells)} |")
    return "\n".join(lines)


CAUSES = {
    "candy": [(CELLS[1], CELLS[0]), (CELLS[3], CELLS[2]), (CELLS[5], CELLS[4]), (CELLS[7], CELLS[6])],
    "contraception": [(CELLS[2], CELLS[0]), (CELLS[3], CELLS[1]), (CELLS[6], CELLS[4]), (CELLS[7], CELLS[5])],
    "scarcity": [(CELLS[4 + n], CELLS[n]) for n in range(4)],
}


def main() -> None:
    """Print the tables."""
    arguments = arguments_of(__doc__, 20)
    found = collected(CASES, range(1, arguments.seeds + 1), arguments.rows, arguments.processes)
    print(f"## All cases: means over {len(found)} seeds [95%], medians of ticks\n\n{table_of_effects(CASES, found)}")
    print(f"\n## What each cause does beside the others\n\n{table_of_causes(found)}")
    print(f"\n## Inside\n\n{table_of_inside(CASES, found)}")
    print(f"\n## Each seed: children ×, utility ×, † tick at which it died out\n\n{table_of_seeds(CASES, found)}")


if __name__ == "__main__":
    main()
