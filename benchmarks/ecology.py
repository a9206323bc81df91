"""Agent-ticks per second of an ecology, from 1,000 to 20,000 agents at the same density, at 1 and 2 threads.

    python benchmarks/ecology.py
    python benchmarks/ecology.py --parts    # shares of a tick: looking, deciding, settling

All sizes take turns in every round, so that a noisy machine disturbs them alike; what counts are the ratios of medians
over rounds: the cost of an agent's tick beside that in the smallest world. The reference is the same kernels as plain
Python with few agents (`NUMBA_DISABLE_JIT=1`, in a process of its own).
"""

import argparse
import os
import subprocess
import sys
import time
from statistics import median

from evosim.ecology.policies import decide, look_everywhere
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import LIVED
from evosim.ecology.step import update_world
from evosim.numerics.compiler import threads
from evosim.scenario import load_scenario

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
CELLS = 5  # for each agent
MINDS = {
    "planners": [],
    "heuristics": [
        "mind.controllers={ heuristic = 1 }",
        'mind.heuristic={ initial = { "seen.ahead.nearness" = 0.6, court = 0.5 }, spread = 0.1 }',
    ],
}
WARM, TICKS = 20, 50


def simulate(agents: int, minds: str) -> EcologySimulation:
    """Make a world of as many agents, with as much food a head whatever its size."""
    side = round((CELLS * agents) ** 0.5)
    world = [f"world.size=[{side},{side}]", f"evolution.population={agents}"]
    food = [f"world.objects.fruit.count={agents}", f"world.objects.fruit.grows={agents / 18}"]
    made = EcologySimulation(load_scenario("contraception", [*world, *food, *MINDS[minds]]), seed=1)
    made.live(0, WARM, made.rules_at(0))
    return made


def rate(simulation: EcologySimulation, at: int, ticks: int) -> float:
    """Time some ticks, in agent-ticks per second."""
    simulation.begin_interval()
    began = time.perf_counter()
    simulation.live(at, ticks, simulation.rules_at(0))
    return float(simulation.ecology.tally.counts[LIVED]) / (time.perf_counter() - began)


def parts(simulation: EcologySimulation) -> dict[str, float]:
    """Return the shares of a tick on one thread: maps of kinds, decisions, and all else, one agent after the other."""
    ecology, rules, minds, static = (
        simulation.ecology, simulation.rules_at(WARM), simulation.minds(), simulation.static,
    )  # fmt: skip
    spent = dict.fromkeys(("looking", "deciding", "settling"), 0.0)
    for tick in range(WARM, WARM + TICKS):
        times = [time.thread_time()]
        look_everywhere(ecology, rules)
        times.append(time.thread_time())
        decide(0, simulation.alive, tick, ecology, rules, static.loci.hunger, static.keys.acts, minds)
        times.append(time.thread_time())
        update_world(tick, static, ecology, rules, simulation.scratch, minds)
        times.append(time.thread_time())
        for name, begun, ended in zip(spent, times[:-1], times[1:], strict=True):
            spent[name] += ended - begun if tick > WARM else 0.0  # kernels are loaded in the first
    return {name: seconds / sum(spent.values()) for name, seconds in spent.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="rounds in which all cases take turns (default: 9)")
    parser.add_argument("--plain", metavar="MINDS", help=argparse.SUPPRESS)
    parser.add_argument("--parts", action="store_true", help="print shares of a tick instead")
    arguments = parser.parse_args()
    if arguments.parts:
        for minds in MINDS:
            for size in SIZES:
                shares = parts(simulate(size, minds)).items()
                print(f"{minds}, {size:,}: " + ", ".join(f"{name} {share:.3f}" for name, share in shares))
        return
    if arguments.plain:
        print(rate(simulate(100, arguments.plain), WARM, 5))
        return
    for minds in MINDS:
        print(f"\n{minds}\n{'agents':>8}{'living':>8}{'1 thread':>12}{'2 threads':>12}{'ratio':>7}", end="")
        print(f"{'cost ÷ smallest':>17}{'2 threads':>11}{'÷ plain Python':>16}   agent-ticks/s")
        homes = {size: simulate(size, minds) for size in SIZES}
        rates: dict[tuple[int, int], list[float]] = {(size, count): [] for size in SIZES for count in (1, 2)}
        tick = WARM
        for _ in range(arguments.rounds):
            for count in (1, 2):
                threads.choose(count)
                for size, home in homes.items():
                    rates[size, count].append(rate(home, tick, TICKS))
                tick += TICKS
        command = [sys.executable, __file__, "--plain", minds]
        environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
        plain = float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        first = {count: median(rates[SIZES[0], count]) for count in (1, 2)}
        for size, home in homes.items():
            one, two = (median(rates[size, count]) for count in (1, 2))
            print(f"{size:>8,}{home.alive:>8,}{one / 1e6:>10.2f} M{two / 1e6:>10.2f} M{two / one:>7.2f}", end="")
            print(f"{first[1] / one:>17.2f}{first[2] / two:>11.2f}{one / plain:>16,.0f}")


if __name__ == "__main__":
    main()
