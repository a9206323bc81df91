"""Compiling what all tests need, before there are several processes that would each do it."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from evosim.numerics.compiler import is_cold, mark_warm
from evosim.scenario import load_scenario
from evosim.simulation.process import Process, process_of

Asked = tuple[str, ...]  # a scenario, and what is changed in it

FEW: tuple[Asked, ...] = (("red_doors",), ("contraception",))  # one for each kind of process
MANY: tuple[Asked, ...] = (  # what takes longest first
    *FEW,
    ("contraception", "mind.controllers={ planner = 0.5, heuristic = 0.5 }"),
    ("heuristics_only",),
    *(
        ("red_doors", "mind.controllers={ planner = 1 }", f"mind.planner={{ algorithm = '{algorithm}', horizon = 3 }}")
        for algorithm in ("tree_search", "mcts", "plan_optimization")
    ),
    ("search_from_parts",),
    ("search_in_networks",),
    ("bottle_cap",),
)  # all kinds of mind, and the mixtures of them in ecologies that several files of tests have


def warm_all(asked: tuple[Asked, ...]) -> None:
    """Compile the kernels that processes need, as many beside each other as there are processors."""
    cold = [each for each in asked if is_cold((process := process_for(each)).kernels, process.kinds)]
    if cold:
        count = min(len(cold), os.cpu_count() or 1)
        with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_warm, cold))


def process_for(asked: Asked) -> Process:
    """Return the process of a scenario with its changes."""
    name, *changes = asked
    return process_of(load_scenario(name, changes), 0)


def _warm(asked: Asked) -> None:
    process = process_for(asked)
    process.warm()
    mark_warm(process.kernels, process.kinds)
