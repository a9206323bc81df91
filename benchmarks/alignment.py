"""What it costs to measure alignment during a run: the same run with and without it, in turns.

    python benchmarks/alignment.py --scenario red_doors --rounds 5

Times are those of the processor, of all threads together, so that others at work on the machine count little; the
share is that of the median ratio over rounds.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from evosim.scenario import load_scenario
from evosim.simulation.runner import run


def cost(scenario: str, alignment: bool) -> float:
    """Give the seconds of processor time that a run takes, stored as ever."""
    asked = load_scenario(scenario, [f"measure.alignment={'true' if alignment else 'false'}"])
    with TemporaryDirectory() as folder:
        began = time.process_time()
        run(asked, seed=1, out=Path(folder) / "run.evosim")
        return time.process_time() - began


@click.command()
@click.option("--scenario", multiple=True, default=["red_doors"], show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
def main(scenario: tuple[str, ...], rounds: int) -> None:
    """Print, for each scenario, the seconds without and with alignment, and the share it adds."""
    print(f"{'scenario':<24}{'without':>9}{'with':>9}{'adds':>8}")
    for name in scenario:
        cost(name, True)  # compile
        pairs = np.array([[cost(name, False), cost(name, True)] for _ in range(rounds)])
        without, beside = np.median(pairs, axis=0)
        share = float(np.median(pairs[:, 1] / pairs[:, 0])) - 1
        print(f"{name:<24}{without:>7.2f} s{beside:>7.2f} s{share:>8.0%}", flush=True)


if __name__ == "__main__":
    main()
