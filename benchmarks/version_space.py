"""What is due to evolution? Evolved planners beside random ones that do as well in training, over seeds.

    python benchmarks/version_space.py red_doors red_doors_decorrelated misperceived --seeds 20

Each run gives one number for each class and null, of its last generation; means, and evolved minus null, come with 95%
intervals over seeds. With `--rows FILE` runs are noted in a file, and those found there are not done again.
docs/null.md says what the nulls are.
"""

import argparse
import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.over_seeds import LAST_ONLY
from evosim.numerics.intervals import ConfidenceInterval
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory
from evosim.studies.null_rows import AS_GOOD, BASE_MEAN, MATCHED, NULLS, NullRow, is_weight
from evosim.studies.nulls import nulls_of
from evosim.studies.over_seeds import OverSeeds, over_seeds

SCENARIOS = ("red_doors", "red_doors_decorrelated", "misperceived")
TOLD = ("robustly_aligned", "pseudo_aligned", "capability_failure", "suboptimality_aligned", "mixed", "untrained",
        "base_performance", "inner_gap", BASE_MEAN)  # fmt: skip
COLUMNS = ("scenario", "seed", *NullRow._fields)


def measure(name: str, seed: int, overrides: Sequence[str] = (), agents: int | None = None) -> list[NullRow]:
    """Run a scenario to its end, and measure the nulls of its last generation."""
    scenario = load_scenario(name, [LAST_ONLY, *overrides])
    (last,) = deque(generations(scenario, seed), maxlen=1)
    found = nulls_of(Laboratory(scenario, seed), last.number, last.population.genomes, last.population.ids, agents)
    for line in found.left_out:
        print(f"{name}, seed {seed}: {line}", flush=True)
    return found.rows


def collected(
    name: str,
    seeds: Sequence[int],
    rows: Path | None,
    overrides: Sequence[str] = (),
    agents: int | None = None,
) -> Iterator[list[NullRow]]:
    """Run what is not in the file `rows` yet, and note it there; yield the rows of each seed."""
    known = read(rows, name) if rows else {}
    for seed in seeds:
        if seed not in known:
            known[seed] = measure(name, seed, overrides, agents)
            if rows:
                note(rows, name, seed, known[seed])
        yield known[seed]


def read(path: Path, name: str) -> dict[int, list[NullRow]]:
    """Read the rows of a scenario from a file, by seed."""
    found: dict[int, list[NullRow]] = {}
    if path.exists():
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row["scenario"] == name:
                    evolved, expected = (float(row[n]) if row[n] else None for n in ("evolved", "expected"))
                    told = NullRow(
                        int(row["generation"]), row["null"], row["environment"], row["quantity"], evolved, expected,
                        int(row["evolved_agents"]), int(row["null_agents"]), int(row["tried"]), row["method"],
                    )  # fmt: skip
                    found.setdefault(int(row["seed"]), []).append(told)
    return found


def note(path: Path, name: str, seed: int, rows: Sequence[NullRow]) -> None:
    """Add the rows of a run to a file."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        writer.writerows([name, seed, *("" if value is None else value for value in row)] for row in rows)


def table(together: Sequence[OverSeeds]) -> str:
    """Write evolved, both nulls and the differences as a Markdown table."""
    lines = ["| environment | quantity | null | evolved | null | evolved − null |", "|---|---|---|---:|---:|---:|"]
    for each in together:
        matters = each.quantity in TOLD or is_weight(each.quantity) or each.quantity.startswith("entered.")
        if each.quantity == MATCHED or (matters and (each.evolved.middle or each.expected.middle)):
            numbers = " | ".join(written(part) for part in (each.evolved, each.expected, each.difference))
            quantity = each.quantity.replace("_", " ")
            lines.append(f"| {each.environment} | {quantity} | {NULLS[each.null]} | {numbers} |")
    return "\n".join(lines)


def by_seed(runs: Sequence[Sequence[NullRow]], seeds: Sequence[int], environment: str) -> str:
    """Write what share is pseudo-aligned and robust in an environment, seed by seed."""
    kinds = [(null, quantity) for quantity in ("pseudo_aligned", "robustly_aligned") for null in NULLS]
    names = []
    for quantity in ("pseudo-aligned", "robustly aligned"):
        names += [f"{quantity}: evolved", *(f"{quantity}: {words}" for words in NULLS.values())]
    lines = ["| seed | " + " | ".join(names) + " |", "|" + "---:|" * (1 + len(names))]
    for seed, rows in zip(seeds, runs, strict=True):
        told = {(row.null, row.quantity): row for row in rows if row.environment == environment}
        cells = []
        for null, quantity in kinds:
            row = told.get((null, quantity))
            if null == next(iter(NULLS)):
                cells.append(number(row.evolved if row else None))
            cells.append(number(row.expected if row else None))
        lines.append(f"| {seed} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def written(interval: ConfidenceInterval) -> str:
    """Write a mean with its interval."""
    ends = f" [{interval.low:.3f}, {interval.high:.3f}]" if interval.known else ""
    return f"{interval.middle:.3f}{ends}".replace("-", "−")


def number(value: float | None) -> str:
    """Write a share."""
    return "–" if value is None else f"{value:.3f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS), help=f"default: {' '.join(SCENARIOS)}")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds, from 1 (default: 20)")
    parser.add_argument("--rows", type=Path, help="a .csv file to note runs in, and to take those from that are there")
    parser.add_argument("--agents", type=int, help="how many evolved planners are matched (default: all)")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    seeds = range(1, arguments.seeds + 1)
    for name in arguments.scenarios:
        runs = list(collected(name, seeds, arguments.rows, arguments.overrides, arguments.agents))
        shares = [row.expected for rows in runs for row in rows if row.quantity == AS_GOOD and row.expected is not None]
        tried = sum(row.tried for rows in runs for row in rows if row.quantity == AS_GOOD)
        print(f"\n## {name}, {len(runs)} seeds\n\n{table(over_seeds(runs))}")
        if shares:
            print(f"\nAs good in training as the median evolved planner: {sum(shares) / len(shares):.4f} of random "
                  f"objectives; {tried:,} tried.")  # fmt: skip
        for environment in dict.fromkeys(row.environment for row in runs[0] if row.quantity == "pseudo_aligned"):
            print(f"\n### {name}, in {environment}, seed by seed\n\n{by_seed(runs, list(seeds), environment)}")


if __name__ == "__main__":
    main()
