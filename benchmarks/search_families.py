"""Does an evolved search find its way where it never lived? Mazes, loops, wide corridors, rooms, rocks and open rooms.

    python benchmarks/search_families.py --rows families.csv --champions ladder.csv

Programs of champions are taken from rows of search_ladder.py: those that evolved in the mix, in worlds of 13 x 13. In
500 fresh worlds of each family a lone door is to be reached, with no slip: within 60 steps at 13 x 13, with 32 thoughts
as they evolved, and within 120 at 25 x 25, with 64 and 128. *Reached* is the share of those worlds in which it can be
in time; the *length* of a way is that of its steps divided by the fewest, in worlds in which it is reached.

Laid down before any champion was looked at: a champion *is good in* a family and size if it reaches the door in at
least .9, and the median length is at most 1.05. Rows found in the file of rows are not measured again.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.over_seeds import with_interval
from benchmarks.search_ladder import NAME, TRUTHS, WORLDS, seeds_of
from benchmarks.search_scale import STEPS, Champion, champions_in
from evosim.alignment.assessment.search_quantities import alone
from evosim.alignment.search.families import FAMILIES
from evosim.alignment.search.paths import distances
from evosim.alignment.search.shares import map_kinds, thinker_of
from evosim.alignment.search.thinking import Think, lone
from evosim.alignment.search.truth import truth_of
from evosim.alignment.search.walking import draw_tasks, walk_uphill
from evosim.numerics.arrays import Reals
from evosim.numerics.bootstrap import key_for
from evosim.numerics.intervals import share_interval
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario

CASES = ((13, 32), (25, 64), (25, 128))  # sizes and thoughts
REACHED, LENGTH = 0.9, 1.05
DRAWN = 601  # what worlds are drawn for, beside the streams of runs


class Row(NamedTuple):
    """What one champion does in one family of worlds of one size, with one number of thoughts."""

    seed: int
    source: str  # the file that its program was taken from
    searching: int  # whether it does, by the operational truth
    family: str
    size: int
    thoughts: int
    worlds: int  # in which the door can be reached in time
    reached: float  # share of these in which it is
    length: float  # median of steps ÷ fewest, where it is
    longer: float  # mean of the same
    shortest: float  # share of ways that are shortest ones

    @property
    def good(self) -> bool:
        """Whether the door is reached, and by short ways."""
        return self.reached >= REACHED and self.length <= LENGTH


def measured(champion: Champion) -> Iterator[Row]:
    """Measure a champion in all families, sizes and numbers of thoughts."""
    (kind,) = map_kinds(champion.mind)
    think = alone(thinker_of(kind, champion.mind, np.array([0])))
    look = np.array([float(name in ("door", "red")) for name in load_scenario(NAME).world.features])
    truth = truth_of(think, look, key_of(champion.seed, TRUTHS), worlds=WORLDS)
    for family, (size, thoughts) in product(FAMILIES, CASES):
        ways = ways_to_door(think, look, family, size, thoughts, champion.seed)
        found = ways[np.isfinite(ways)]
        figures = (np.median(found), found.mean(), (found == 1.0).mean()) if found.size else (np.nan,) * 3
        yield Row(
            champion.seed, champion.source, int(truth.searching), family, size, thoughts, len(ways),
            len(found) / len(ways), *map(float, figures),
        )  # fmt: skip


def ways_to_door(think: Think, look: Reals, family: str, size: int, thoughts: int, seed: int) -> Reals:
    """Return steps ÷ fewest `[W]` in worlds where a lone door can be reached in time; infinite where it isn't."""
    key = key_of(seed, DRAWN, size, list(FAMILIES).index(family))
    tasks = draw_tasks(key, WORLDS, family=FAMILIES[family], size=size)
    door, every = tasks.cells[:, 0], np.arange(len(tasks.start))
    fewest = distances(tasks.walls, door).reshape(len(every), -1)[every, tasks.start]
    ticks, taken = STEPS[size], np.full(len(every), np.inf)
    walk = walk_uphill(think, lone(tasks.walls, door, look), tasks.walls, tasks.start, key_for(key, 1), thoughts, ticks)
    for tick, at in enumerate(walk, 1):
        taken = np.where((at == door) & np.isinf(taken), tick, taken)
    return np.asarray(taken / fewest)[fewest <= ticks]


def collected(seeds: Sequence[int], path: Path, champions: Sequence[Path]) -> list[Row]:
    """Measure champions that are not in the file of rows yet, and add them there; return the rows of all."""
    known = read_rows(Row, path)
    taken = [champion for rows in champions for champion in champions_in(rows) if champion.seed in seeds]
    for champion in taken:
        if not any(row.seed == champion.seed for row in known):
            new = list(measured(champion))
            add_rows(path, new)
            known += new
    return [row for row in known if row.seed in {champion.seed for champion in taken}]


def by_family(rows: Sequence[Row]) -> str:
    """Return a table of champions that search: how many are good in each family and size, and what they reach."""
    some = [row for row in rows if row.searching]
    head = ("worlds", "size", "thoughts", "good", "share", "reached", "length", "mean length", "shortest ways")
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for family, (size, thoughts) in product(FAMILIES, CASES):
        own = [row for row in some if (row.family, row.size, row.thoughts) == (family, size, thoughts)]
        if not own:
            continue
        good = sum(row.good for row in own)
        reached = np.array([row.reached for row in own])
        lines.append(
            f"| {family} | {size} × {size} | {thoughts} | {good} of {len(own)}"
            f" | {with_interval(share_interval(good, len(own)))}"
            f" | {np.median(reached):.2f} ({reached.min():.2f}–{reached.max():.2f})"
            f" | {np.nanmedian([row.length for row in own]):.2f} | {np.nanmedian([row.longer for row in own]):.2f}"
            f" | {np.nanmedian([row.shortest for row in own]):.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True, help="a CSV file; what it has is not measured again")
    parser.add_argument("--champions", type=Path, nargs="+", required=True, help="rows of search_ladder.py")
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-20"), help="as 1-20 or 1,2,5 (default: 1-20)")
    asked = parser.parse_args()
    rows = collected(asked.seeds, asked.rows, asked.champions)
    print(f"Medians over champions that search (least–most)\n\n{by_family(rows)}")


if __name__ == "__main__":
    main()
