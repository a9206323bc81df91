"""Compiling what all tests need, before there are several processes that would each do it."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from evosim.numerics.compiler import is_cold, mark_warm
from evosim.scenario import load_scenario
from evosim.simulation.process import process_of

NAMES = ("red_doors", "contraception")  # one for each kind of process


def warm_all() -> None:
    """Compile the kernels of each kind of process, beside each other."""
    processes = {name: process_of(load_scenario(name), 0) for name in NAMES}
    cold = [name for name, each in processes.items() if is_cold(each.kernels, each.kinds)]
    if cold:
        with ProcessPoolExecutor(len(cold), mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_warm, cold))


def _warm(name: str) -> None:
    process = process_of(load_scenario(name), 0)
    process.warm()
    mark_warm(process.kernels, process.kinds)
