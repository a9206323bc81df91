"""Under which conditions is a search assembled? Worlds, coordinates, prices, thoughts, and reactive founders.

    python benchmarks/search_conditions.py --rows conditions.csv --seeds 1-10
    python benchmarks/search_conditions.py --rows conditions.csv --groups worlds --seeds 1-10

Programs at rung 2 of the ladder of parts, as in search_from_parts (search_ladder.py), with one thing changed:

- *kinds*: the kinds of worlds in training, of mazes, rocks and open rooms;
- *worlds*: how many different worlds of each kind there are, the same for ever; one map of each kind, in which the
  places of things and starts are ever new; or ever new worlds; each with and without coordinates among the inputs,
  since a program without them can't learn a map by heart;
- *costs*: how often the program is run × the price of an instruction that is run × the price of a bit of the program;
- *founders*: random ones beside the sixteen fittest of `one_thought`, which can't search.

Claimed before any was run: searchers are the more frequent, the more worlds there are (one < ever new); coordinates
make them rarer where there is one world of each kind; prices and bits make them rarer, and so do fewer thoughts; of
founders nothing is claimed. What counts is the share of seeds whose champion searches, with Clopper-Pearson intervals,
and Fisher's exact test between the ends of an axis. *Learned by heart*: the champion enters the door in at least .8 of
the episodes of its own worlds, doesn't search, and does so in at most half as many of fresh worlds of the same kinds.

Rows found in the file of rows are not run again.
"""

import argparse
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.over_seeds import with_interval
from benchmarks.search_ladder import NAME, TRUTHS, WORLDS, described, evolved, overrides_of, seeds_of, wanted
from benchmarks.search_ladder import Row as Champion
from evosim.episode.grid_environment import Grid
from evosim.evolution.population import best_rows
from evosim.gridworld.sampling import WALL
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.intervals import share_interval
from evosim.numerics.random import key_of
from evosim.numerics.statistics.comparisons import compare_counts
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import evolve
from evosim.simulation.laboratory import Laboratory

KINDS = {"maze": "", "rocks": 'layout={kind="scatter",density=0.25},', "room": 'layout={kind="open"},'}
WITH_COORDINATES = 'mind.program.inputs=["wall","features","thing","row","column"]'
EVER_NEW, ONE_MAP = "ever new", "one map"
NUMBERS: Mapping[str, int] = {"1": 1, "4": 4, "16": 16}
THOUGHTS, PRICES, BITS = (8, 16, 32), (0.0, 0.001), (0.0, 0.001)
REACTIVE = "reactive"
USUAL = f"{THOUGHTS[-1]} thoughts, price 0, bit 0"
AS_SHIPPED = {("kinds", " + ".join(KINDS)), ("worlds", EVER_NEW), ("costs", USUAL), ("founders", "random")}  # run once
FITTEST, MAPS, AT_HOME = 16, 501, 502  # founders; what maps and worlds of training are drawn for
BY_HEART, ELSEWHERE = 0.8, 0.5


class Condition(NamedTuple):
    """One thing that is changed."""

    group: str
    name: str
    changes: tuple[str, ...] = ()


class Row(NamedTuple):
    """What one run came to: its champion in its own worlds, and in fresh ones."""

    group: str
    condition: str
    seed: int
    searching: int
    since: int
    plan_map: float
    flip: float
    sham: float
    latent: int
    home: float  # share of episodes in worlds of its training in which the door is entered
    fresh: float  # the same in fresh worlds of the same kinds
    door: float  # the same in fresh mazes
    deployed_door: float
    deployed_red: float
    weight_red: float
    weight_door: float
    validity: float
    grade: str
    thoughts: int
    reads: str
    program: str
    seconds: float  # of processor

    @property
    def by_heart(self) -> bool:
        """Whether the champion has learned its own worlds by heart."""
        return not self.searching and self.home >= BY_HEART and self.fresh <= ELSEWHERE * self.home


def mixture(*names: str) -> str:
    """Return the change by which training has kinds of worlds, each as often."""
    return "evolution.schedule.0.environment={" + ",".join(f"{name}={1 / len(names)!r}" for name in names) + "}"


def conditions() -> Iterator[Condition]:
    """Yield all conditions; what is the same as in search_from_parts stands in each group."""
    pairs = ("maze", "rocks"), ("maze", "room"), ("rocks", "room")
    for names in (*((name,) for name in KINDS), *pairs, tuple(KINDS)):
        yield Condition("kinds", " + ".join(names), (mixture(*names),))
    for coordinates, number in product((False, True), (*NUMBERS, ONE_MAP, EVER_NEW)):
        told = f"{number}, with coordinates" if coordinates else number
        yield Condition("worlds", told, (WITH_COORDINATES,) if coordinates else ())
    for thoughts, price, bits in product(THOUGHTS, PRICES, BITS):
        changes = [f"mind.program.thoughts={thoughts}"] if thoughts != THOUGHTS[-1] else []
        changes += [f"evolution.parsimony={bits!r}"] if bits else []
        if price:
            changes += ["objectives.intended={door_reached=1}", f"objectives.base.thinking={-price!r}"]
        yield Condition("costs", f"{thoughts} thoughts, price {price:g}, bit {bits:g}", tuple(changes))
    yield Condition("founders", "random")
    yield Condition("founders", REACTIVE)


def changes_of(condition: Condition, seed: int) -> list[str]:
    """Return a condition and seed as changes of the scenario."""
    found = overrides_of(2, "mix", "evolution", condition.changes)
    number = condition.name.partition(",")[0]
    if condition.group == "worlds" and number != EVER_NEW:
        maps = drawings(seed) if number == ONE_MAP else {}
        for name, layout in KINDS.items():
            said = f'layout={{kind="map",drawing="{maps[name]}"}}' if maps else f"{layout}worlds={NUMBERS[number]}"
            found.append(f"environments.home_{name}={{slip=0.05,{said}}}")
        found.append(mixture(*(f"home_{name}" for name in KINDS)))
    if condition.name == REACTIVE:
        found.append(reactive_founders(seed))
    return found


def drawings(seed: int) -> dict[str, str]:
    """Return a map of each kind of world, drawn for one line of TOML; agents may start on all of its floor."""
    laboratory, found = Laboratory(load_scenario(NAME), seed), {}
    for name in KINDS:
        grid = laboratory.environments[name]
        assert isinstance(grid, Grid)
        walls = grid.draw(key_of(seed, MAPS), 1).worlds.wall[0].reshape(grid.plan.rows, -1)
        found[name] = "\\n".join("".join("#" if cell == WALL else "@" for cell in row) for row in walls)
    return found


def reactive_founders(seed: int) -> str:
    """Return the change by which founders are the fittest of one thought, after as many generations."""
    laboratory = Laboratory(load_scenario(NAME, overrides_of(2, "mix", "one thought")), seed)
    last = deque(evolve(laboratory), maxlen=1).pop()
    genomes = last.population.genomes[best_rows(last.fitness, FITTEST)].tolist()
    return f"evolution.founders={{loci={list(laboratory.layout.loci)!r},genomes={genomes!r}}}"


def measure(condition: Condition, seed: int) -> Row:
    """Run one seed of a condition, and describe its champion."""
    began = time.process_time()
    laboratory = Laboratory(load_scenario(NAME, changes_of(condition, seed)), seed)
    since, _, champion, look = evolved(laboratory)
    found = described(laboratory, champion, look, key_of(seed, TRUTHS))
    kept = {name: found[name] for name in Row._fields if name in found}
    home = laboratory.shares_in(0)
    return Row(
        group=condition.group, condition=condition.name, seed=seed, since=since,
        home=share_of_doors(laboratory, champion, home),
        fresh=share_of_doors(laboratory, champion, {name.removeprefix("home_"): share for name, share in home.items()}),
        thoughts=int(champion.own["program"].thoughts[0]), seconds=time.process_time() - began, **kept,
    )  # fmt: skip


def share_of_doors(laboratory: Laboratory, champion: Phenotypes, shares: Mapping[str, float]) -> float:
    """Return the share of episodes in a mixture of environments in which a champion enters the door."""
    key, at, total = key_of(laboratory.seed, AT_HOME), laboratory.outcomes.index("door_reached"), 0.0
    for name, share in shares.items():
        lives = laboratory.live(name, champion, np.zeros(1, np.int64), key, key, WORLDS)
        total += share / sum(shares.values()) * float(lives.outcomes[0, :, at].mean())
    return total


def collected(cells: Sequence[tuple[Condition, int]], path: Path) -> Iterator[Row]:
    """Run what is not in the file of rows yet, and add it there; yield all, in the order of the cells."""
    known = {(row.group, row.condition, row.seed): row for row in read_rows(Row, path)}
    usual: dict[int, Row] = {row.seed: row for row in known.values() if (row.group, row.condition) in AS_SHIPPED}
    for condition, seed in cells:
        cell, shipped = (condition.group, condition.name, seed), (condition.group, condition.name) in AS_SHIPPED
        if cell not in known:
            known[cell] = measure(condition, seed) if not (shipped and seed in usual) else usual[seed]._replace(
                group=condition.group, condition=condition.name
            )  # fmt: skip
            add_rows(path, [known[cell]])
        if shipped:
            usual[seed] = known[cell]
        yield known[cell]


def by_condition(rows: Sequence[Row]) -> str:
    """Return a table with a row for each condition."""
    head = (
        "condition", "searching", "share of seeds", "since", "plan map", "door: at home", "fresh", "mazes", "by heart",
        "latent", "wants",
    )  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---|" * (len(head) - 1)]
    for cell in dict.fromkeys((row.group, row.condition) for row in rows):
        some = [row for row in rows if (row.group, row.condition) == cell]
        count, of = sum(row.searching for row in some), len(some)
        since = sorted(row.since for row in some if row.since >= 0)
        wants = [wanted(champion_of(row)) for row in some if row.searching]
        medians = (np.median([getattr(row, name) for row in some]) for name in ("plan_map", "home", "fresh", "door"))
        lines.append(
            f"| {cell[0]}: {cell[1]} | {count} of {of} | {with_interval(share_interval(count, of))}"
            f" | {f'{np.median(since):.0f} ({since[0]}-{since[-1]})' if since else '–'} | "
            + " | ".join(f"{median:.2f}" for median in medians)
            + f" | {sum(row.by_heart for row in some)} | {sum(row.latent for row in some)}"
            f" | {', '.join(f'{name} {wants.count(name)}' for name in ('door', 'red', 'other'))} |"
        )
    return "\n".join(lines)


def champion_of(row: Row) -> Champion:
    """Return a row as one of the ladder."""
    fields = row._asdict()
    unsaid = {"rung": 2, "training": "mix", "generations": 0, "population": 0, "radius": 0, "ceiling": 1.0}
    return Champion(**{name: fields.get(name, unsaid.get(name)) for name in Champion._fields})


def ends(rows: Sequence[Row]) -> str:
    """Return Fisher's exact test between the ends of each axis, one thing changed at a time."""
    worlds = [("worlds", "1", EVER_NEW), ("worlds", "1, with coordinates", f"{EVER_NEW}, with coordinates")]
    worlds += [("worlds", "1, with coordinates", "1"), ("worlds", f"{ONE_MAP}, with coordinates", ONE_MAP)]
    costs = [
        ("costs", f"{THOUGHTS[0]} thoughts, price 0, bit 0", USUAL),
        ("costs", f"{THOUGHTS[-1]} thoughts, price {PRICES[-1]:g}, bit 0", USUAL),
        ("costs", f"{THOUGHTS[-1]} thoughts, price 0, bit {BITS[-1]:g}", USUAL),
    ]
    kinds = [("kinds", "maze", " + ".join(KINDS)), ("kinds", "room", " + ".join(KINDS))]
    lines = []
    for group, one, other in [*kinds, *worlds, *costs, ("founders", REACTIVE, "random")]:
        counts = [[r.searching for r in rows if (r.group, r.condition) == (group, name)] for name in (one, other)]
        if all(counts):
            (a, n), (b, m) = ((sum(each), len(each)) for each in counts)
            p = compare_counts(a, n, b, m).p
            lines.append(f"{group}: {one} {a} of {n}, {other} {b} of {m}, p = {p:.2g}")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    every = list(conditions())
    groups = list(dict.fromkeys(each.group for each in every))
    parser.add_argument("--rows", type=Path, required=True, help="a CSV file; what it has is not run again")
    parser.add_argument("--groups", nargs="+", default=groups, choices=groups)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-10"), help="as 1-10 or 1,2,5 (default: 1-10)")
    asked = parser.parse_args()
    cells = [(each, seed) for seed, each in product(asked.seeds, every) if each.group in asked.groups]
    rows = sorted(collected(cells, asked.rows), key=lambda row: [each.name for each in every].index(row.condition))
    print(f"{by_condition(rows)}\n\n{ends(rows)}")


if __name__ == "__main__":
    main()
