"""The instruments, calibrated on known minds, pointed at unknown ones: who of the evolved is found to search?

    python -m benchmarks.evolved_searchers --rows searchers.csv --seeds 1-3

Of each run of search_from_parts and search_in_networks, and of their controls, the best distinct agents of the last
generation are taken, whoever they are. Whether they search is the operational truth (docs/is_it_search.md). Detectors,
which see behaviour alone, and the planner battery, which intervenes, are scored against it as they are in
benchmarks/audit.py and benchmarks/battery.py, with no change; so are planted programs, and searchers beside look-up
policies distilled from them. Linear probes and steering look at what these minds think. Seeds are the units; runs end
by generations. Runs are noted in the file of rows, and those found there are not done again.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import LAST_ONLY, interval, with_interval
from benchmarks.search_ladder import best_of, seeds_of
from evosim.alignment.assessment.search_quantities import alone
from evosim.alignment.battery.battery import TESTS, battery_report, passes_battery, untestable
from evosim.alignment.battery.lookup_policies import distil
from evosim.alignment.battery.subject import PhenotypeSubject, Subject, subject_of
from evosim.alignment.detectors.optimizer import OF_OPTIMIZERS, score_agent
from evosim.alignment.detectors.probe_worlds import NOVEL, ProbeWorlds
from evosim.alignment.detectors.scoring import Skill, detector_skills
from evosim.alignment.planted import planted_programs
from evosim.alignment.search.figures import draw_swaps
from evosim.alignment.search.linear_probes import draw_probe_cases, linear_probes
from evosim.alignment.search.shares import holder_of, map_kinds, thinker_of
from evosim.alignment.search.steering import steered
from evosim.alignment.search.truth import truth_of
from evosim.mind.expression import describe_mind, express
from evosim.mind.founders import draw_founders
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Reals
from evosim.numerics.bootstrap import SHARE, key_for
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import evolve
from evosim.simulation.laboratory import Laboratory
from evosim.studies.detector_audit import GenerationSample, probe_worlds_of

HOME = "search_from_parts"  # in whose worlds all are observed
EVOLVED = {  # generations of each scenario
    "search_from_parts": 41, "one_thought": 41, "no_propagation": 41, "search_in_networks": 61,
    "one_thought_networks": 61,
}  # fmt: skip
PLANTED, RANDOM = "planted programs", "random programs"
CONDITIONS = (*EVOLVED, PLANTED, RANDOM)
LOOK_UP = "look-up"  # beside `evolved` and `planted`, what the agents of a row are compared as
CANDIDATES, BEST, COPIED, KNOWN = 16, 2, 1, 16  # asked, taken and distilled of a run; worlds that copies know by heart
TRUTH, PROBES, BATTERY = 301, 302, 303  # what is drawn for, beside the streams of runs
THOUGHTS = (0, 1, 2, 4, 8, 16, 32)  # after which probes are asked
DOSES = (1.0, 4.0, 16.0)
WORLDS, SWAP_WORLDS = 120, 40
NAMES = tuple(f"{detector.name} in {', '.join(detector.worlds)}" for detector in OF_OPTIMIZERS)
Row = dict[str, str]


class Bench(NamedTuple):
    """Where all agents of a seed are observed."""

    laboratory: Laboratory  # of HOME
    probe: ProbeWorlds
    known: ProbeWorlds  # of few worlds, which look-up policies know
    look: Reals  # [F] of a door in training


def bench_of(seed: int) -> Bench:
    """Draw the worlds of a seed."""
    laboratory = Laboratory(load_scenario(HOME, [LAST_ONLY]), seed)
    nobody = GenerationSample(laboratory, 0, founders(laboratory, 1), np.zeros(1, np.int64))
    probes = [
        probe_worlds_of(nobody, (), key_of(seed, PROBES, number), marked=False, worlds=worlds)
        for number, worlds in enumerate((64, KNOWN))
    ]
    look = np.array([float(name in ("door", "red")) for name in laboratory.scenario.world.features])
    return Bench(laboratory, probes[0], probes[1], look)


def founders(laboratory: Laboratory, count: int) -> Phenotypes:
    """Express the first founders of a run."""
    scenario, layout = laboratory.scenario, laboratory.layout
    return express(scenario, layout, draw_founders(scenario, layout, laboratory.seed)[:count])


def agents_of(condition: str, seed: int, overrides: Sequence[str]) -> list[Phenotypes]:
    """Return the agents of one condition, one row each: evolved ones, the best first, planted ones, or random ones."""
    if condition == RANDOM:
        laboratory = Laboratory(load_scenario(HOME, [LAST_ONLY, *overrides]), seed)
        some = founders(laboratory, BEST)
        return [select_minds(some, slice(row, row + 1)) for row in range(BEST)]
    if condition == PLANTED:
        found = []
        for lines in (*planted_programs.SEARCHING.values(), *planted_programs.LOOKING_LIKE_IT.values()):
            written = [line.format(target="door") for line in lines]
            scenario = load_scenario(HOME, [f"mind.program.initial={written}", "mind.program.rung=1"])
            found.append(founders(Laboratory(scenario, seed), 1))
        return found
    settings = [LAST_ONLY, f"evolution.generations={EVOLVED[condition]}", *overrides]
    laboratory, last = Laboratory(load_scenario(condition, settings), seed), None
    for last in evolve(laboratory):  # noqa: B007 - the last of them
        pass
    assert last is not None
    best = best_of(laboratory, last, CANDIDATES)
    each = [select_minds(best, slice(row, row + 1)) for row in range(CANDIDATES)]
    distinct = {"\n".join(describe_mind(mind, 0)): mind for mind in reversed(each)}
    return list(distinct.values())[::-1][:BEST]


def measured(condition: str, seed: int, bench: Bench, overrides: Sequence[str] = ()) -> Iterator[Row]:
    """Run one condition of one seed, and yield a row for each of its agents, and for look-up policies of those."""
    compared = {PLANTED: "planted", RANDOM: "random"}.get(condition, "evolved")
    copied = 0
    for number, mind in enumerate(agents_of(condition, seed, overrides)):
        subject = subject_of(mind, 0, number)
        said = {"compared as": compared, "condition": condition, "seed": str(seed), "agent": str(number)}
        row = said | search_of(mind, bench, seed) | detected(subject, bench.probe)
        yield row | tested(subject, bench, seed) | probed(mind, bench, seed)
        if compared == "evolved" and row["searching"] == "1" and copied < COPIED:
            copied += 1
            copy = distil(subject, bench.known.training, key_of(seed, PROBES), samples=24)
            for who, searches in ((subject, "1"), (copy, "0")):
                known = {"compared as": LOOK_UP, "searching": searches}
                yield said | known | detected(who, bench.known)


def search_of(mind: Phenotypes, bench: Bench, seed: int) -> Row:
    """Say whether a mind searches for a red door, and its program."""
    (kind,) = map_kinds(mind)
    truth = truth_of(alone(thinker_of(kind, mind, np.array([0]))), bench.look, key_of(seed, TRUTH))
    shares = {"plan map": truth.plan_map, "flip": truth.flip, "sham": truth.sham}
    lines = {"program": "; ".join(describe_mind(mind, 0))}
    return {"searching": str(int(truth.searching))} | {name: f"{float(x):.3f}" for name, x in shares.items()} | lines


def detected(subject: Subject, probe: ProbeWorlds) -> Row:
    """Score one agent by all detectors of optimizers."""
    scores = score_agent(subject.live, OF_OPTIMIZERS, probe).tolist()
    return {name: repr(score) for name, score in zip(NAMES, scores, strict=True)}


def tested(subject: PhenotypeSubject, bench: Bench, seed: int) -> Row:
    """Put one agent to the battery; empty where a test can say nothing."""
    familiar, novel = bench.probe.training, bench.probe.sample(NOVEL).ground
    report = battery_report(subject, familiar, novel, bench.probe.knowledge.weights, key_of(seed, BATTERY))
    found = {"said to plan": str(int(passes_battery(report)))}
    for name, result in report.items():
        score = result.null if np.isnan(result.score.middle) else result.score.middle
        found[name] = "" if name in untestable(subject) else repr(float(score))
    return found


def probed(mind: Phenotypes, bench: Bench, seed: int) -> Row:
    """Read a plan off what one mind thinks, and steer it."""
    (kind,) = map_kinds(mind)
    hold, key = holder_of(kind, mind, 0), key_of(seed, TRUTH)
    cases, swaps = draw_probe_cases(key, WORLDS), draw_swaps(key, SWAP_WORLDS)
    own = linear_probes(hold, bench.look, cases)
    found = {f"{name} inputs": probe.inputs.middle for name, probe in own._asdict().items()}
    found |= {f"{name} own": probe.f1.middle for name, probe in own._asdict().items()}
    for thoughts in THOUGHTS:
        probes = linear_probes(hold, bench.look, cases, thoughts)
        found |= {f"{name} {thoughts}": probe.f1.middle for name, probe in probes._asdict().items()}
    for dose in DOSES:
        effect = steered(hold, bench.look, cases, swaps, key_for(key, 1), dose)
        found[f"steered {dose:g}"] = effect.pushed.middle if effect else float("nan")
        found[f"at random {dose:g}"] = effect.at_random if effect else float("nan")
    return {name: f"{value:.4f}" for name, value in found.items()}


def collected(cells: Sequence[tuple[int, str]], rows: Path, overrides: Sequence[str]) -> Iterator[Row]:
    """Run what is not in the file of rows yet, and note it there; yield all, in the order of the cells."""
    known: dict[tuple[int, str], list[Row]] = {}
    for row in read(rows):
        known.setdefault((int(row["seed"]), row["condition"]), []).append(row)
    bench: Bench | None = None
    for cell in cells:
        if cell not in known:
            if bench is None or bench.laboratory.seed != cell[0]:
                bench = bench_of(cell[0])
            known[cell] = list(measured(cell[1], cell[0], bench, overrides))
            note(rows, known[cell])
        yield from known[cell]


COLUMNS = (
    "compared as", "condition", "seed", "agent", "searching", "plan map", "flip", "sham", *NAMES,
    "said to plan", *TESTS,
    *(f"{probe} {when}" for probe in ("way", "path") for when in ("inputs", *map(str, THOUGHTS), "own")),
    *(f"{how} {dose:g}" for dose in DOSES for how in ("steered", "at random")), "program",
)  # fmt: skip


def read(rows: Path) -> list[Row]:
    """Read rows from a file, if there is one."""
    if not rows.exists():
        return []
    with rows.open(newline="") as file:
        return list(csv.DictReader(file))


def note(rows: Path, some: Sequence[Row]) -> None:
    """Add rows to a file."""
    new = not rows.exists()
    with rows.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        if new:
            writer.writeheader()
        writer.writerows(some)


def numbers(rows: Sequence[Row], name: str) -> Reals:
    """Return a column of rows `[N]`; NaN where there is nothing."""
    return np.array([float(row.get(name) or "nan") for row in rows])


def skills(rows: Sequence[Row], names: Sequence[str]) -> list[Skill]:
    """Return how well each of some scores identifies who searches, over seeds."""
    by_seed = [[row for row in rows if row["seed"] == seed] for seed in dict.fromkeys(row["seed"] for row in rows)]
    scores = [np.stack([numbers(some, name) for name in names], axis=1) for some in by_seed]
    truths = [numbers(some, "searching") > 0.0 for some in by_seed]
    return detector_skills(scores, truths, key_of(0, TRUTH))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---", *["---:"] * (len(head) - 1)], *rows))


def auc_table(rows: Sequence[Row], names: Sequence[str], compared: Sequence[str]) -> str:
    """Write the AUC of some scores, for agents of each comparison."""
    columns = {}
    for each in compared:
        some = [row for row in rows if row["compared as"] == each]
        found = skills(some, names) if some else []
        columns[each] = [with_interval(skill.auc, "{:.2f}".format) if skill.auc.middle == skill.auc.middle else "–"
                         for skill in found] or ["–"] * len(names)  # fmt: skip
    lines = [[name, *(columns[each][n] for each in compared)] for n, name in enumerate(names)]
    return table(["score", *compared], lines)


def agents_table(rows: Sequence[Row]) -> str:
    """Write how many agents of each condition search and are said to plan, and their mean return in training."""
    head, lines = ("agents", "of them", "said to plan", "return"), []
    for label, some in groups(rows):
        said = int(numbers(some, "said to plan").sum())
        lines.append([label, str(len(some)), f"{said} of {len(some)}", f"{np.mean(numbers(some, NAMES[0])):.2f}"])
    return table(head, lines)


def probes_table(rows: Sequence[Row], probe: str) -> str:
    """Write the means over seeds of a probe's macro-F1, by what the agents are."""
    names = ["inputs", *map(str, THOUGHTS), "own"]
    found = [[label, *(over_seeds(some, f"{probe} {name}") for name in names)] for label, some in groups(rows)]
    return table(["agents", *names], found)


def steering_table(rows: Sequence[Row]) -> str:
    """Write the means over seeds of the shares that are steered, by what the agents are."""
    names = [f"{how} {dose:g}" for dose in DOSES for how in ("steered", "at random")]
    found = [[label, *(over_seeds(some, name) for name in names)] for label, some in groups(rows)]
    return table(["agents", *names], found)


def groups(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Yield the agents of each condition, those who search apart."""
    for condition, searches in product(dict.fromkeys(row["condition"] for row in rows), ("1", "0")):
        some = [row for row in rows if row["condition"] == condition and row["compared as"] != LOOK_UP]
        some = [row for row in some if row["searching"] == searches]
        if some:
            yield f"{condition}, {'searching' if searches == '1' else 'not searching'}", some


def over_seeds(rows: Sequence[Row], name: str) -> str:
    """Write the mean over seeds of a number, each seed's being that of its agents, with its interval."""
    seeds = sorted({row["seed"] for row in rows})
    by_seed = [numbers([row for row in rows if row["seed"] == seed], name) for seed in seeds]
    known = [float(each[~np.isnan(each)].mean()) for each in by_seed if not np.isnan(each).all()]
    if not known:
        return "–"
    return f"{known[0]:.2f}" if len(known) == 1 else with_interval(interval(known, np.mean, SHARE), "{:.2f}".format)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True, help="a CSV file; what it has is not run again")
    parser.add_argument("--conditions", nargs="+", default=list(CONDITIONS), choices=list(CONDITIONS))
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-3"), help="as 1-20 or 1,2,5 (default: 1-3)")
    parser.add_argument("--set", action="append", default=[], help="another change of the scenarios, as for evosim run")
    asked = parser.parse_args()
    rows = list(collected(list(product(asked.seeds, asked.conditions)), asked.rows, asked.set))
    print(f"## Agents, {len(asked.seeds)} seeds\n\n{agents_table(rows)}\n")
    print(f"## AUC of detectors; chance is .5\n\n{auc_table(rows, NAMES, ('evolved', 'planted', LOOK_UP))}\n")
    tests = [test for test in TESTS if not np.isnan(numbers(rows, test)).all()]
    print(f"## AUC of the battery's tests\n\n{auc_table(rows, tests, ('evolved', 'planted'))}\n")
    for probe in ("way", "path"):
        print(f"## Macro-F1 of the probe of the {probe}, by thoughts\n\n{probes_table(rows, probe)}\n")
    print(f"## Steered, by the length of what is added\n\n{steering_table(rows)}")


if __name__ == "__main__":
    main()
