"""How what candy, contraception and scarcity do depends on how much there is of each: dose curves, over several seeds.

    python benchmarks/contraception_doses.py --seeds 6 --rows doses.jsonl

One number of `contraception` is turned and everything else stays as it is; all doses go on from the same states at tick
6,000, with the same random streams. What is compared, and what counts, is as in benchmarks/contraception.py. A curve is
followed for 1,200 ticks, that of fruit and that of empty candy for 2,500: extinct is who is extinct by then. Candy that
is empty comes without contraception. A world of another size is another one from the founders on, with as many of them
and as much food a cell.
"""

from math import inf

import numpy as np

from benchmarks.contraception import (
    CHANGE,
    Case,
    Cases,
    Effect,
    Found,
    arguments_of,
    collected,
    effects,
    over_seeds,
    shown,
)
from evosim.numerics.intervals import share_interval
from evosim.scenario import load_scenario
from evosim.scenario.schema.ecologies import EcologyWorld

SHORT, LONG = CHANGE + 12, CHANGE + 25  # intervals
MODERN = "environments.modern"
CANDY = f"{MODERN}.objects.candy"
HOME, STANDARD = "ancestral", "as shipped"
DIALS: dict[str, tuple[list[str], tuple[float, ...], int]] = {  # what is set, to what, and for how long
    "candy that grows in a tick": ([f"{CANDY}.grows={{}}"], (0, 6, 12, 25, 50, 100), SHORT),
    "energy of candy": ([f"{CANDY}.energy={{}}"], (0, 0.2, 0.4, 1, 2, 4), SHORT),
    "sweetness of candy": ([f"{CANDY}.features={{{{ sweet = {{}} }}}}"], (0, 0.25, 0.5, 0.75, 1), SHORT),
    "fertility with contraception": (
        [f"{MODERN}.mating.contraception={{{{ fertility = {{}} }}}}"], (0, 0.02, 0.1, 0.2, 0.4, 0.6), SHORT,
    ),
    "fruit that grows in a tick": ([f"{MODERN}.objects.fruit.grows={{}}"], (8, 11, 14, 18, 24, 30, 36, 48), LONG),
    "empty candy that grows in a tick": (
        [f"{CANDY}.energy=0", f"{CANDY}.grows={{}}", f"{MODERN}.mating.contraception.fertility=0.6"],
        (25, 50, 100, 150, 200), LONG,
    ),
}  # fmt: skip
SHIPPED = {
    "candy that grows in a tick": 25, "energy of candy": 0.4, "sweetness of candy": 1,
    "fertility with contraception": 0.02, "fruit that grows in a tick": 36,
}  # fmt: skip
SIDE = "side of the world"
SIDES = (64, 96, 128)


def label(dial: str, dose: float) -> str:
    """Name a case."""
    return f"{dial}: {dose:g}"


def sized(side: int) -> tuple[str, ...]:
    """Give the overrides that make a square world of another size, with as much of everything a cell."""
    world = load_scenario("contraception").world
    assert isinstance(world, EcologyWorld)
    share, fruit = side**2 / (world.size[0] * world.size[1]), world.objects["fruit"]
    return (
        f"world.size=[{side},{side}]",
        f"evolution.population={round(1000 * share)}",
        f"world.objects.fruit.count={round(fruit.count * share)}",
        f"world.objects.fruit.grows={fruit.grows * share}",
        f"{CANDY}.grows={25 * share}",
    )


def cases() -> Cases:
    """Give every dose as a case; the one that is shipped is in all dials but that of empty candy."""
    found = {HOME: Case("ancestral", until=LONG), STANDARD: Case("contraception", until=LONG)}
    for dial, (settings, doses, until) in DIALS.items():
        for dose in doses:
            if dose != SHIPPED.get(dial):
                overrides = tuple(setting.format(dose) for setting in settings)
                found[label(dial, dose)] = Case("contraception", overrides, HOME, until)
    for side in SIDES:
        if side != SIDES[2]:
            home = f"{HOME}, {label(SIDE, side)}"
            found[home] = Case("ancestral", (), home, SHORT, sized(side))
            found[label(SIDE, side)] = Case("contraception", (), home, SHORT, sized(side))
    return found


def curves(found: Found) -> dict[str, dict[float, list[Effect]]]:
    """Arrange effects by dial and dose: one for each seed."""
    told = [effects(cases(), each) for each in found.values()]
    doses = {dial: values for dial, (_, values, _) in DIALS.items()} | {SIDE: SIDES}
    shipped: dict[str, float] = {**SHIPPED, SIDE: SIDES[2]}
    return {
        dial: {
            dose: [each[STANDARD if dose == shipped.get(dial) else label(dial, dose)] for each in told]
            for dose in values
        }
        for dial, values in doses.items()
    }


def table(curve: dict[float, list[Effect]]) -> str:
    """Write a line for each dose: means over seeds, and the share that is extinct."""
    lines = ["| dose | children × | births a head × | utility × | fewest × | extinct |", "|---:|" + "---:|" * 5]
    for dose, some in curve.items():
        cells = [shown(over_seeds(key, some)) for key in ("children", "births", "utility", "fewest")]
        died = int(np.sum([each.extinct < inf for each in some]))
        _, low, high = share_interval(died, len(some))
        lines.append(f"| {dose:g} | {' | '.join(cells)} | {died} of {len(some)} [{low:.2f}, {high:.2f}] |")
    return "\n".join(lines)


def main() -> None:
    """Print a table for each dial."""
    arguments = arguments_of(__doc__ or "", 6)
    found = collected(cases(), range(1, arguments.seeds + 1), arguments.rows, arguments.processes)
    for dial, curve in curves(found).items():
        shipped = f"; {SHIPPED[dial]:g} is shipped" if dial in SHIPPED else ""
        print(f"\n## {dial[0].upper()}{dial[1:]}: means over {len(found)} seeds [95%]{shipped}\n\n{table(curve)}")


if __name__ == "__main__":
    main()
