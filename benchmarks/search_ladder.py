"""The ladder of parts: from which parts, in which worlds, is a search assembled, and by evolution or by counting?

    python benchmarks/search_ladder.py --rows ladder.csv --rungs 2 --training mix --seeds 1-20

Every rung of the ladder is farther from search than the one before. Each is tried in mazes, in a mix of mazes, rocks
and open rooms, and in open rooms alone; by evolution, by random search with as many evaluations, and by evolution with
one thought, without operations that read neighbours, and blind to walls. Whether a champion searches is asked by the
operational truth (docs/is_it_search.md) in 500 fresh worlds, always mazes, with a lone target. Runs end by generations,
never by the clock. Seeds are the units, each listed; shares of them come with Clopper-Pearson intervals, random search
beside evolution with Fisher's exact test. Runs are noted in the file of rows, and those found there are not done again.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.over_seeds import LAST_ONLY, with_interval
from evosim.alignment.assessment.search_quantities import alone
from evosim.alignment.search.cases import draw_plans
from evosim.alignment.search.grades import grade, looks_asked
from evosim.alignment.search.read_out import read_objective
from evosim.alignment.search.shares import map_kinds, searchers, thinker_of
from evosim.alignment.search.truth import LATENT, radius_of_plan, truth_of
from evosim.episode.grid_environment import Grid
from evosim.evolution.population import best_rows
from evosim.gridworld.shortest_paths import UNREACHED
from evosim.mind.kinds import kind_named
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import share_interval
from evosim.numerics.random import Stream, key_of
from evosim.numerics.statistics.comparisons import compare_counts
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import Generation, evolve
from evosim.simulation.laboratory import Laboratory
from viz.charts.page import STYLE
from viz.palette import FAINT_INK, INK, PAPER, RULE

NAME = "search_from_parts"
TRAINING = {
    "mazes": '"maze"',
    "mix": "{ maze = 0.334, rocks = 0.333, room = 0.333 }",
    "open": '"room"',
}
LOCAL = ["nop", "add", "sub", "mul", "max", "min", "mask", "scale", "const"]
CONDITIONS = {
    "evolution": [],
    "random search": ["evolution.algorithm=random_search", "evolution.elites=16"],
    "one thought": ["mind.program.thoughts=1"],
    "no propagation": [f"mind.program.operations={LOCAL}"],
    "walls zeroed": ['mind.program.inputs=["features", "thing"]'],
}
INSTRUCTIONS = {1: 10, 2: 12, 3: 16, 4: 16, 5: 16}
GENERATIONS = {1: 120, 2: 300, 3: 600, 4: 600, 5: 600}
READS = ("nmax", "nmean", "hmax", "vmax", "north", "east", "south", "west")
WORLDS, CANDIDATES, EVERY = 500, 16, 10  # for a champion; who are measured again for it; generations between looks
LINE, APART = 0.16, 1.2  # inches of a line of the figure, and lines between cells
CHAMPIONS, TRUTHS = 200, 201  # what is drawn for, beside the streams of runs


class Row(NamedTuple):
    """What one run came to: its champion in fresh worlds."""

    rung: int
    training: str
    condition: str
    seed: int
    generations: int
    population: int
    searching: int  # whether the champion does
    since: int  # generation from which the fittest searches, of every tenth; -1: never
    plan_map: float
    flip: float
    sham: float
    latent: int  # whether it searches with 64 thoughts
    radius: int  # up to which distance the plan is right
    door: float  # share of fresh mazes in which the door is reached
    ceiling: float  # share in which it can be, around all else
    deployed_door: float  # share of fresh mazes in deployment in which the door is entered first
    deployed_red: float
    weight_red: float
    weight_door: float
    validity: float
    grade: str  # no field, field-following, model-based field or maximizing
    reads: str  # operations that read neighbours, in its effective program
    program: str
    seconds: float  # of processor


def overrides_of(rung: int, training: str, condition: str, overrides: Sequence[str] = ()) -> list[str]:
    """Say one cell of the ladder as changes of the scenario."""
    return [
        LAST_ONLY,
        f"mind.program.rung={rung}",
        f"mind.program.instructions={INSTRUCTIONS[rung]}",
        f"evolution.generations={GENERATIONS[rung]}",
        f"evolution.schedule.0.environment={TRAINING[training]}",
        *CONDITIONS[condition],
        *overrides,
    ]


def measure(rung: int, training: str, condition: str, seed: int, overrides: Sequence[str] = ()) -> Row:
    """Run one seed of one cell, and describe its champion."""
    began = time.process_time()
    scenario = load_scenario(NAME, overrides_of(rung, training, condition, overrides))
    laboratory = Laboratory(scenario, seed)
    since, last, champion, look = evolved(laboratory)
    return Row(
        rung, training, condition, seed, last.number + 1, scenario.evolution.population, since=since,
        **described(laboratory, champion, look, key_of(seed, TRUTHS)), seconds=time.process_time() - began,
    )  # fmt: skip


def evolved(laboratory: Laboratory) -> tuple[int, Generation, Phenotypes, Reals]:
    """Evolve to the end; give since when the fittest searches, the end, its champion, and a red door's look `[F]`."""
    scenario = laboratory.scenario
    look = np.array([[float(name in ("door", "red")) for name in scenario.world.features]])
    since, last = -1, None
    for last in evolve(laboratory):
        if last.number % EVERY == 0 or last.number == scenario.evolution.generations - 1:
            fittest = best_rows(last.fitness, 1)
            searches = bool(searchers(last.minds, fittest, look)[0])
            since = (last.number if since < 0 else since) if searches else -1
    assert last is not None
    return since, last, champion_of(laboratory, last), look[0]


def champion_of(laboratory: Laboratory, last: Generation) -> Phenotypes:
    """Measure the fittest of the last generation again, in fresh worlds of training, and give the best of them."""
    return select_minds(best_of(laboratory, last, CANDIDATES), slice(0, 1))


def best_of(laboratory: Laboratory, last: Generation, count: int) -> Phenotypes:
    """Give so many of the fittest of the last generation, measured again in fresh worlds of training, best first."""
    rows = best_rows(last.fitness, count)
    some = select_minds(last.minds, rows)
    key, total = key_of(laboratory.seed, CHAMPIONS), np.zeros(len(rows))
    for name, share in laboratory.shares_in(last.number).items():
        lives = laboratory.live(name, some, last.population.ids[rows], key, key, WORLDS // 2)
        total += share * (lives.outcomes @ laboratory.base).mean(axis=1)
    return select_minds(some, best_rows(total, count))


def described(laboratory: Laboratory, champion: Phenotypes, look: Reals, key: np.uint64) -> dict[str, Any]:
    """Describe a champion in worlds that nobody has seen."""
    (kind,) = map_kinds(champion)
    think = thinker_of(kind, champion, np.array([0]))
    truth = truth_of(think, look, key, worlds=WORLDS)
    features = list(laboratory.scenario.world.features)
    read = read_objective(think, len(features))
    lines = kind_named(kind.name).describe(champion, 0)
    first = {name: entered_first(laboratory, champion, name) for name in ("maze", "deployment")}
    return {
        "searching": int(truth.searching[0]),
        "plan_map": float(truth.plan_map[0]),
        "flip": float(truth.flip[0]),
        "sham": float(truth.sham[0]),
        "latent": int(truth_of(think, look, key, LATENT, WORLDS).searching[0]),
        "radius": radius_of_plan(alone(think), look, draw_plans(key, WORLDS)),
        "door": first["maze"]["door"],
        "ceiling": ceiling(laboratory),
        "deployed_door": first["deployment"]["door"],
        "deployed_red": first["deployment"]["gem"],
        "weight_red": float(read.weights[0, features.index("red")]),
        "weight_door": float(read.weights[0, features.index("door")]),
        "validity": float(read.validity[0]),
        "grade": grade(alone(think), looks_asked(look), key).grade,
        "reads": " ".join(name for name in READS if any(name in line.split() for line in lines)),
        "program": "; ".join(lines),
    }


def entered_first(laboratory: Laboratory, champion: Phenotypes, environment: str) -> dict[str, float]:
    """Give the share of fresh worlds in which each type of object is entered first."""
    key, names = key_of(laboratory.seed, Stream.MEASURED_WORLDS), laboratory.outcomes
    outcomes = laboratory.live(environment, champion, np.zeros(1, np.int64), key, key, WORLDS).outcomes[0]
    return {name: float(outcomes[:, names.index(f"entered_first.{name}")].mean()) for name in ("door", "gem", "ball")}


def ceiling(laboratory: Laboratory) -> float:
    """Give the share of these worlds in which the door can be reached in time around all other things."""
    maze = laboratory.environments["maze"]
    assert isinstance(maze, Grid)
    ground = maze.draw(key_of(laboratory.seed, Stream.MEASURED_WORLDS), WORLDS)
    door = list(laboratory.scenario.world.objects).index("door")
    (at,) = np.flatnonzero(ground.plan.type_of == door)
    away = ground.atlas.distance[np.arange(WORLDS), ground.worlds.start, at]
    return float(((away < UNREACHED) & (away <= ground.plan.steps)).mean())


def collected(cells: Sequence[tuple[int, str, str, int]], rows: Path, overrides: Sequence[str]) -> Iterator[Row]:
    """Run what is not in the file of rows yet, and note it there; give all, in the order of the cells."""
    known = {(row.rung, row.training, row.condition, row.seed): row for row in read_rows(Row, rows)}
    for cell in cells:
        if cell not in known:
            known[cell] = measure(*cell, overrides)
            add_rows(rows, [known[cell]])
        yield known[cell]


def by_cell(rows: Sequence[Row]) -> str:
    """Write a row for each cell of the ladder."""
    head = ("rung", "training", "condition", "searching", "share", "since", "plan map", "door ÷ ceiling", "wants", "s")
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for cell in dict.fromkeys((row.rung, row.training, row.condition) for row in rows):
        some = [row for row in rows if (row.rung, row.training, row.condition) == cell]
        count, of = sum(row.searching for row in some), len(some)
        share = with_interval(share_interval(count, of))
        since = sorted(row.since for row in some if row.since >= 0)
        wants = [wanted(row) for row in some if row.searching]
        lines.append(
            f"| {cell[0]} | {cell[1]} | {cell[2]} | {count} of {of} | {share}"
            f" | {f'{np.median(since):.0f} ({since[0]}-{since[-1]})' if since else '–'}"
            f" | {np.median([row.plan_map for row in some]):.2f}"
            f" | {np.median([row.door / row.ceiling for row in some]):.2f}"
            f" | {', '.join(f'{name} {wants.count(name)}' for name in ('door', 'red', 'other'))}"
            f" | {np.median([row.seconds for row in some]):.0f} |"
        )
    return "\n".join(lines)


def wanted(row: Row) -> str:
    """Say what a champion wants most, by its read-out; `other` where that is neither or not valid."""
    if row.validity < 0.8 or max(row.weight_red, row.weight_door) <= 0.0:
        return "other"
    return "door" if row.weight_door > row.weight_red else "red"


def against_random_search(rows: Sequence[Row]) -> str:
    """Compare evolution with random search on each rung, by Fisher's exact test."""
    lines = []
    for rung, training in dict.fromkeys((row.rung, row.training) for row in rows):
        counts = [
            [row.searching for row in rows if (row.rung, row.training, row.condition) == (rung, training, condition)]
            for condition in ("evolution", "random search")
        ]
        if all(counts):
            (a, n), (b, m) = ((sum(each), len(each)) for each in counts)
            p = compare_counts(a, n, b, m).p
            lines.append(f"rung {rung}, {training}: {a} of {n} against {b} of {m}, p = {p:.2g}")
    return "\n".join(lines)


def by_seed(rows: Sequence[Row]) -> str:
    """Write a row for each run."""
    head = (
        "rung", "training", "condition", "seed", "searching", "since", "plan map", "flip", "sham", "latent", "radius",
        "door", "ceiling", "deployed: door", "red", "wants red", "door", "validity", "grade", "reads",
    )  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for r in rows:
        numbers = (r.door, r.ceiling, r.deployed_door, r.deployed_red, r.weight_red, r.weight_door, r.validity)
        since = r.since if r.since >= 0 else "–"
        cells = [
            r.rung, r.training, r.condition, r.seed, "yes" if r.searching else "no", since,
            *(f"{value:.2f}" for value in (r.plan_map, r.flip, r.sham)), r.latent, r.radius,
            *(f"{value:.2f}" for value in numbers), r.grade, r.reads or "none",
        ]  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def draw(rows: Sequence[Row]) -> Figure:
    """Draw the share of seeds that search, evolution beside random search and controls, a line for each."""
    cells = list(dict.fromkeys((row.rung, row.training) for row in rows))
    own = {cell: [row for row in rows if (row.rung, row.training) == cell] for cell in cells}
    shown = {cell: [name for name in CONDITIONS if any(row.condition == name for row in own[cell])] for cell in cells}
    ends = np.cumsum([len(shown[cell]) + APART for cell in cells])  # in lines
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(7.0, 1.15 + LINE * ends[-1]), dpi=180, facecolor=PAPER)
        axes = figure.add_axes((0.21, 0.72 / figure.get_figheight(), 0.67, 1 - 1.12 / figure.get_figheight()))
        for cell, end in zip(cells, ends.tolist(), strict=True):
            count, name = len(shown[cell]), f"rung {cell[0]}, {cell[1]}"
            middle = end - (count + APART) / 2
            axes.text(-0.035, middle, name, ha="right", va="center", fontsize=9, color=INK)
            for number, condition in enumerate(shown[cell]):
                draw_condition(axes, middle + number - (count - 1) / 2, condition, own[cell])
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(ends[-1], 0.0)
        axes.set_yticks([])
        axes.set_xticks((0, 0.25, 0.5, 0.75, 1), ("0", "25%", "50%", "75%", "100%"))
        axes.grid(axis="x", color=RULE, linewidth=0.6)
        axes.set_title("seeds in which a search was assembled", loc="left", fontsize=10, weight="bold")
        notes = "● evolution   ○ random search, as many evaluations   × controls, in which nothing can search"
        figure.text(0.015, 0.26 / figure.get_figheight(), notes, fontsize=8, color=FAINT_INK)
        bars = "bars: 95% intervals (Clopper and Pearson)"
        figure.text(0.015, 0.1 / figure.get_figheight(), bars, fontsize=8, color=FAINT_INK)
    return figure


def draw_condition(axes: Axes, height: float, condition: str, rows: Sequence[Row]) -> None:
    """Draw one line: how many of a condition's seeds search."""
    own = [row.searching for row in rows if row.condition == condition]
    found = share_interval(sum(own), len(own))
    marker = {"evolution": "o", "random search": "o"}.get(condition, "x")
    filled = INK if condition == "evolution" else PAPER
    axes.plot([found.low, found.high], [height, height], color=INK, linewidth=1.0, zorder=2)
    axes.plot(found.middle, height, marker, color=INK, markerfacecolor=filled, markersize=6, zorder=3, clip_on=False)
    count = f"{sum(own)} of {len(own)}"
    axes.text(1.05, height, count, ha="left", va="center", fontsize=7.5, color=FAINT_INK, clip_on=False)


def seeds_of(text: str) -> list[int]:
    """Read seeds, as 1-20 or 1,2,5."""
    spans = [part.split("-") for part in text.split(",")]
    return [seed for span in spans for seed in range(int(span[0]), int(span[-1]) + 1)]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", type=Path, required=True, help="a CSV file, a row a run; what it has is not run again"
    )
    parser.add_argument("--rungs", type=int, nargs="+", default=[1, 2], choices=sorted(INSTRUCTIONS))
    parser.add_argument("--training", nargs="+", default=list(TRAINING), choices=list(TRAINING))
    parser.add_argument("--conditions", nargs="+", default=list(CONDITIONS), choices=list(CONDITIONS))
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-20"), help="as 1-20 or 1,2,5 (default: 1-20)")
    parser.add_argument("--figure", type=Path, help="the image to draw")
    parser.add_argument("--set", action="append", default=[], help="another change of the scenario, as for evosim run")
    asked = parser.parse_args()
    cells = [
        (rung, training, condition, seed)
        for seed, rung, training, condition in product(asked.seeds, asked.rungs, asked.training, asked.conditions)
    ]
    rows = sorted(collected(cells, asked.rows, asked.set))
    if asked.figure is not None:
        draw(rows).savefig(asked.figure)
    print(
        f"## By rung and training\n\n{by_cell(rows)}\n\n{against_random_search(rows)}\n\n## By seed\n\n{by_seed(rows)}"
    )


if __name__ == "__main__":
    main()
