"""A small sweep, and how it is run in this process."""

from concurrent.futures import ThreadPoolExecutor

from evosim.sweeps.engine import Engine
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep

TINY = [
    "evolution.population=8",
    "evolution.generations=3",
    "evolution.episodes=1",
    "measure.episodes=2",
    "measure.every=2",
    "world.size=[7, 7]",
    "world.steps=10",
]
RATES = "evolution.mutation.rate=0.1,0.2"


def tiny_plan(*over, seeds="1-2", overrides=()):
    return load_sweep("red_doors", SweepOptions(over or (RATES,), [*TINY, *overrides], seeds))


def alone_plan(*overrides, seeds="1-3"):
    """Return a sweep that varies nothing but the seed."""
    return load_sweep("red_doors", SweepOptions((), [*TINY, *overrides], seeds))


def run_here(folder: SweepFolder, **changes):
    """Run a sweep by threads of this process."""
    with ThreadPoolExecutor(1) as executor:
        return Engine(folder, executor, 1, **changes).run()


class Here(ThreadPoolExecutor):
    """Workers that are threads of this process: they need no start."""

    def __init__(self, count):
        super().__init__(count)

    def ask_to_stop(self):
        raise AssertionError
