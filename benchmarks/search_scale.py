"""Does an evolved search carry over to four times the area? Champions in mazes of 25 x 25, with 64 and 128 thoughts.

    python benchmarks/search_scale.py --rows scale.csv --seeds 1-20
    python benchmarks/search_scale.py --rows scale.csv --champions ladder.csv

Champions evolve in the mix, in worlds of 13 x 13 cells and with 32 thoughts, as in search_ladder.py; or their programs
are taken from its rows, where constants have four digits. A program has no coordinates, so it runs on any map. In 500
fresh mazes of each size the share in which the door is entered is divided by that of exact planning (value iteration
that knows the slip) in the same mazes with the same step limit: 60 at 13 x 13, 120 at 25 x 25.

Laid down before any champion was looked at: a search *carries over* if this ratio at 25 x 25, with 128 thoughts, is at
least .9 of that at 13 x 13 with 32. Otherwise it has *collapsed*, and the collapse is named after what is the most
frequent among the cells, up to the step limit from a lone door, whose greedy step isn't a shortest one:

- *fading*: the floor around holds the same to the last bit as without a door, though news had time to come so far;
- *saturating*: it isn't the same, but the best steps tie;
- *too few thoughts*: it is the same, and the door is more steps away than there were thoughts;
- *astray*: one step is best, and it is a wrong one.

Rows found in the file of rows are not measured again.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.over_seeds import with_interval
from benchmarks.search_ladder import NAME as SCENARIO
from benchmarks.search_ladder import TRUTHS, WORLDS, evolved, overrides_of, seeds_of
from benchmarks.search_ladder import Row as LadderRow
from evosim.alignment.assessment.search_quantities import alone
from evosim.alignment.search.families import draw_walls, maze
from evosim.alignment.search.paths import UNREACHED, cells_beside, distances, shortest_steps
from evosim.alignment.search.shares import map_kinds, thinker_of
from evosim.alignment.search.thinking import ABSENT, PerceivedWorlds, Think, greedy_steps, lone
from evosim.alignment.search.truth import truth_of
from evosim.mind.expression import describe_mind, express
from evosim.mind.founders import draw_founders
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.mind.planner.kind import planners
from evosim.numerics.arrays import Reals
from evosim.numerics.bootstrap import generator, key_for
from evosim.numerics.intervals import share_interval
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory

RUNG, TRAINING, CONDITION = 2, "mix", "evolution"
STEPS = {13: 60, 25: 120}  # of an episode, by the size of worlds
CASES = ((13, 32), (13, 64), (13, 128), (25, 64), (25, 128))  # sizes and thoughts; the first is as it evolved
LAST_CASE, CARRIES_OVER = (25, 128), 0.9
DISCOUNT = 0.99  # of exact planning
ASKED, DRAWN = 100, 401  # worlds in which it is asked why, and what they are drawn for
WRONG = ("fading", "saturating", "too few thoughts", "astray")


class Row(NamedTuple):
    """What one champion does in worlds of one size with one number of thoughts."""

    seed: int
    source: str  # evolved, or the file that its program was taken from
    size: int
    thoughts: int
    steps: int
    success: float  # share of fresh mazes in which the door is entered
    exact: float  # the same of exact planning
    right: float  # share of cells whose greedy step is a shortest one
    fading: float  # shares of cells where it isn't, by why
    saturating: float
    too_few_thoughts: float
    astray: float
    searching: int  # whether it does where and as it evolved, by the operational truth
    program: str

    @property
    def ratio(self) -> float:
        """Its success as a share of that of exact planning."""
        return self.success / self.exact

    @property
    def why(self) -> str:
        """What is most frequent where its step is wrong."""
        shares = (self.fading, self.saturating, self.too_few_thoughts, self.astray)
        return WRONG[int(np.argmax(shares))]


class Steps(NamedTuple):
    """In what shares of cells a greedy step is right, and is wrong in each way of WRONG."""

    right: float
    fading: float
    saturating: float
    too_few_thoughts: float
    astray: float


class Champion(NamedTuple):
    """A program, and where it is from."""

    seed: int
    source: str
    mind: Phenotypes  # in the only row


def evolve_champion(seed: int, overrides: Sequence[str]) -> Champion:
    """Evolve a champion as the ladder of parts does."""
    laboratory = Laboratory(load_scenario(SCENARIO, overrides_of(RUNG, TRAINING, CONDITION, overrides)), seed)
    return Champion(seed, "evolved", evolved(laboratory)[2])


def champions_in(rows: Path) -> Iterator[Champion]:
    """Take champions from rows of the ladder: those that evolved where this benchmark lets them evolve."""
    for row in read_rows(LadderRow, rows):
        if (row.rung, row.training, row.condition) == (RUNG, TRAINING, CONDITION):
            yield Champion(row.seed, rows.name, program_in(row.program, row.seed))


def program_in(program: str, seed: int) -> Phenotypes:
    """Return the mind that runs a program, as rows have it: its lines, with semicolons between."""
    lines = program.split("; ")
    changes = [f"mind.program.initial={lines}", f"mind.program.instructions={max(len(lines), 1)}"]
    scenario = load_scenario(SCENARIO, [*changes, "evolution.population=2", "evolution.elites=1"])
    laboratory = Laboratory(scenario, seed)
    return select_minds(
        express(scenario, laboratory.layout, draw_founders(scenario, laboratory.layout, seed)), slice(0, 1)
    )


def measured(champion: Champion) -> Iterator[Row]:
    """Measure a champion in all cases."""
    (kind,) = map_kinds(champion.mind)
    think = thinker_of(kind, champion.mind, np.array([0]))
    look = np.array([float(name in ("door", "red")) for name in load_scenario(SCENARIO).world.features])
    searching = int(truth_of(think, look, key_of(champion.seed, TRUTHS), worlds=WORLDS).searching[0])
    exact = {size: share_of_doors(size, champion.seed, exact_planner(size)) for size in STEPS}
    for size, thoughts in CASES:
        thinking = champion.mind.with_own(kind.name, thoughts=np.array([thoughts], np.int32))
        success = share_of_doors(size, champion.seed, thinking)
        steps = steps_by_kind(alone(think), look, size, thoughts, champion.seed)
        yield Row(
            champion.seed, champion.source, size, thoughts, STEPS[size], success, exact[size],
            **steps._asdict(), searching=searching, program="; ".join(describe_mind(champion.mind, 0)),
        )  # fmt: skip


def exact_planner(size: int) -> Phenotypes:
    """Return a planner that wants doors alone, and looks ahead to the end of the episode."""
    objective = np.array([[float(name == "door") for name in load_scenario(SCENARIO).world.features]])
    return planners(objective, np.array([STEPS[size]], np.int32), np.array([DISCOUNT]))


def share_of_doors(size: int, seed: int, mind: Phenotypes) -> float:
    """Return the share of fresh mazes of a size in which a mind enters the door."""
    scenario = load_scenario(SCENARIO, [f"world.size=[{size},{size}]", f"world.steps={STEPS[size]}"])
    laboratory, key = Laboratory(scenario, seed), key_of(seed, Stream.MEASURED_WORLDS)
    outcomes = laboratory.live("maze", mind, np.zeros(1, np.int64), key, key, WORLDS).outcomes[0]
    return float((outcomes @ laboratory.base).mean())


def steps_by_kind(think: Think, look: Reals, size: int, thoughts: int, seed: int) -> Steps:
    """Tell the steps that a mind takes from the cells up to the step limit from a lone thing with a look `[F]`."""
    random = generator(key_for(key_of(seed, DRAWN, size), 0))
    walls = draw_walls(maze, ASKED, random, size)
    target = np.array([random.choice(np.flatnonzero(~each)) for each in walls], np.int64)
    distance = distances(walls, target)
    world, cell = np.nonzero(((distance > 0) & (distance <= STEPS[size]) & (distance < UNREACHED)).reshape(ASKED, -1))
    scene = lone(walls, target, look)
    nothing = PerceivedWorlds(walls, np.full_like(scene.cells, ABSENT), scene.looks)
    with_door, without = (think(each.inputs(target), thoughts) for each in (scene, nothing))
    steps = greedy_steps(with_door, walls, world, cell)
    right = ~(steps & ~shortest_steps(distance, world, cell)).any(axis=1)
    beside = cells_beside(cell, size)
    around, before, wall = (each.reshape(ASKED, -1)[world[:, None], beside] for each in (with_door, without, walls))
    untold = ((around == before) | wall).all(axis=1)
    far = distance.reshape(ASKED, -1)[world, cell] > thoughts
    tied = steps.sum(axis=1) > 1
    wrong = (untold & ~far, ~untold & tied, untold & far, ~untold & ~tied)
    return Steps(float(right.mean()), *(float((each & ~right).mean()) for each in wrong))


def collected(seeds: Sequence[int], rows: Path, champions: Path | None, overrides: Sequence[str]) -> list[Row]:
    """Measure champions that are not in the file of rows yet, and note them there; give the rows of all."""
    known = read_rows(Row, rows)
    if champions is None:
        asked = [("evolved", seed) for seed in seeds]
    else:
        taken = {champion.seed: champion for champion in champions_in(champions) if champion.seed in seeds}
        asked = [(champions.name, seed) for seed in taken]
    for source, seed in asked:
        if not any((row.source, row.seed) == (source, seed) for row in known):
            new = list(measured(taken[seed] if champions else evolve_champion(seed, overrides)))
            add_rows(rows, new)
            known += new
    return [row for row in known if (row.source, row.seed) in asked]


def by_seed(rows: Sequence[Row]) -> str:
    """Write a row for each champion: its success by that of exact planning, and whether it carries over."""
    head = [
        "seed",
        "searches",
        *(f"{size} × {size}, {thoughts}" for size, thoughts in CASES),
        "right at the last",
        "carries over",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for each in champions_of(rows):
        last = each[LAST_CASE]
        ratios = [f"{each[case].ratio:.2f}" for case in CASES]
        verdict = "yes" if kept(each) >= CARRIES_OVER else f"no: {last.why}"
        cells = [str(last.seed), "yes" if last.searching else "no", *ratios, f"{last.right:.2f}", verdict]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def champions_of(rows: Sequence[Row]) -> list[dict[tuple[int, int], Row]]:
    """Put the rows of each champion together, by size and thoughts."""
    found: dict[tuple[int, str], dict[tuple[int, int], Row]] = {}
    for row in rows:
        found.setdefault((row.seed, row.source), {})[row.size, row.thoughts] = row
    return [found[who] for who in sorted(found)]


def kept(champion: dict[tuple[int, int], Row]) -> float:
    """Return what is left, in the large worlds with the most thoughts, of its ratio as it evolved."""
    before = champion[CASES[0]].ratio
    return champion[LAST_CASE].ratio / before if before > 0.0 else 0.0


def summary(rows: Sequence[Row]) -> str:
    """Say of all champions, and of those that search, how many carry over, and how the others collapse."""
    lines = []
    for words, every in (("all", True), ("that search", False)):
        some = [each for each in champions_of(rows) if every or each[LAST_CASE].searching]
        if not some:
            continue
        good = sum(kept(each) >= CARRIES_OVER for each in some)
        whys = [each[LAST_CASE].why for each in some if kept(each) < CARRIES_OVER]
        medians = ", ".join(
            f"{np.median([each[case].ratio for each in some]):.2f} at {case[0]} × {case[0]} with {case[1]}"
            for case in CASES
        )
        named = ", ".join(f"{whys.count(why)} {why}" for why in WRONG if why in whys) or "none"
        share = with_interval(share_interval(good, len(some)))
        lines.append(f"{words}: {good} of {len(some)} carry over, {share}; collapses: {named}; medians: {medians}")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", type=Path, required=True, help="a CSV file; champions that it has are not measured again"
    )
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-20"), help="as 1-20 or 1,2,5 (default: 1-20)")
    parser.add_argument("--champions", type=Path, help="rows of search_ladder.py, whose champions are taken")
    parser.add_argument("--set", action="append", default=[], help="another change of the scenario, as for evosim run")
    asked = parser.parse_args()
    rows = collected(asked.seeds, asked.rows, asked.champions, asked.set)
    print(f"{summary(rows)}\n\n{by_seed(rows)}")


if __name__ == "__main__":
    main()
