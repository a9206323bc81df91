"""How long a thought takes, a cell: networks of some sizes beside a program, by the processor time of one thread.

    python -m benchmarks.thoughts

Each thinks 32 times of 16 maps of 13 × 13 cells side by side; weights are drawn, so that none is 0 and no network comes
to rest early. The program is one that was evolved, of seven instructions.
"""

import time
from typing import Any

import numpy as np

from benchmarks.speed_rows import SEEKER
from evosim.mind.maps.thinking import maps_of
from evosim.mind.network import machine  # noqa: F401 - its kernels
from evosim.mind.network.settings import NetworkMind
from evosim.mind.network.weights import network_weights, weight_names
from evosim.mind.program.code import operand_names, parse
from evosim.mind.program.machine import Programs
from evosim.mind.program.operations import NAMES
from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import threads

MINDS, WORLDS, SIZE, THOUGHTS, ROUNDS = 32, 16, 13, 32, 9
FEATURES = ("red", "door")


def nanoseconds(thinks: Any, layers: Reals) -> float:
    """Return the median time of a thought, a cell."""
    rows, thoughts = np.zeros(MINDS, np.int64), np.full(MINDS, THOUGHTS, np.int32)
    found = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        maps_of(thinks, rows, thoughts, layers)
        found.append(time.process_time() - began)
    return float(np.median(found[1:])) / (MINDS * WORLDS * SIZE * SIZE * THOUGHTS) * 1e9


def main() -> None:
    """Print the time of each."""
    rng = np.random.default_rng(1)
    layers = (rng.random((WORLDS, 4, SIZE, SIZE)) < 0.2).astype(float)
    code = parse(SEEKER, operand_names(3, ("wall", *FEATURES, "thing")), 3, NAMES)
    with threads.using(1):
        print(f"program, {len(SEEKER)} instructions: {nanoseconds(Programs(*code, 3), layers):.2f} ns")
        for channels in (1, 2, 4):
            mind = NetworkMind(channels=channels)
            drawn = 0.3 * rng.normal(size=(1, len(weight_names(mind, FEATURES))))
            taken = nanoseconds(network_weights(drawn, mind, FEATURES), layers)
            print(f"network, {channels} channels, {drawn.size} weights: {taken:.2f} ns")


if __name__ == "__main__":
    main()
