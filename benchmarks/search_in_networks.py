"""Networks: from zeros and one thought, is a search assembled, by which base optimizer, and for what?

    python -m benchmarks.search_in_networks --seeds 1-3 --generations 61

Runs of the shipped scenario `search_in_networks`, by the genetic algorithm and by CMA-ES, beside its control with one
thought and random search with as many evaluations, which draws its networks from all weights and lets them think 32
times. The champion of each is measured as those of the ladder of parts are (search_ladder.py), in 500 fresh mazes.
"""

import argparse

from benchmarks.over_seeds import LAST_ONLY
from benchmarks.search_ladder import TRUTHS, described, evolved, seeds_of
from evosim.alignment.search.shares import map_kinds
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory

CONDITIONS = {
    "genetic": ("search_in_networks", []),
    "CMA-ES": ("search_in_networks", ["evolution.algorithm=cma_es"]),
    "one thought": ("one_thought_networks", []),
    "random search": (
        "search_in_networks",
        ["evolution.algorithm=random_search", "mind.network.spread=1", "mind.network.thoughts=32"],
    ),
}
HEAD = (
    "condition", "seed", "searches", "since", "plan map", "flip", "sham", "thoughts", "door", "deployment: door", "red",
    "wants red", "door", "validity", "grade",
)  # fmt: skip


def row(condition: str, seed: int, generations: int) -> str:
    """Run one seed, and write a row about its champion."""
    name, overrides = CONDITIONS[condition]
    scenario = load_scenario(name, [LAST_ONLY, f"evolution.generations={generations}", *overrides])
    laboratory = Laboratory(scenario, seed)
    since, _, champion, look = evolved(laboratory)
    found = described(laboratory, champion, look, key_of(seed, TRUTHS))
    (kind,) = map_kinds(champion)
    names = ("door", "deployed_door", "deployed_red", "weight_red", "weight_door", "validity")
    cells = [
        condition, seed, "yes" if found["searching"] else "no", since if since >= 0 else "–",
        *(f"{found[name]:.2f}" for name in ("plan_map", "flip", "sham")), int(kind.thoughts(champion)[0]),
        *(f"{found[name]:.2f}" for name in names), found["grade"],
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |\n    {found['program']}"


def main() -> None:
    """Print a row for each run as it ends, and below it the champion's rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-3"), help="as 1-20 or 1,2,5 (default: 1-3)")
    parser.add_argument("--generations", type=int, default=300)
    parser.add_argument("--conditions", nargs="+", default=list(CONDITIONS), choices=list(CONDITIONS))
    asked = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for condition in asked.conditions:
        for seed in asked.seeds:
            print(row(condition, seed, asked.generations), flush=True)


if __name__ == "__main__":
    main()
