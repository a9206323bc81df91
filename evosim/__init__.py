"""evosim: a laboratory for inner alignment.

A genetic algorithm (the base optimizer) evolves agents in small worlds. Some genomes
encode planners with objectives of their own (mesa-optimizers with mesa-objectives),
after Hubinger et al. 2019, "Risks from Learned Optimization".

    from evosim import load_scenario, run

    result = run(load_scenario("red_doors"), seed=7)
    fitness = result.frame("generations")["fitness_mean"]
    returns = result.typical().lives("deployment").base_return
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from evosim.version import __version__

if TYPE_CHECKING:
    from evosim.interactive.plugins import use
    from evosim.interactive.run import open_run, run
    from evosim.scenario import load_scenario
    from evosim.simulation.ecology.intervals import intervals
    from evosim.simulation.generational.generations import generations, toolbox
    from evosim.storage.phylogeny import read_phylogeny
    from evosim.sweeps.comparing.loose_runs import open_runs
    from evosim.sweeps.results import open_sweep

__all__ = [
    "__version__",
    "generations",
    "intervals",
    "load_scenario",
    "open_run",
    "open_runs",
    "open_sweep",
    "read_phylogeny",
    "run",
    "toolbox",
    "use",
]

ROOMS = {
    "generations": "evosim.simulation.generational.generations",
    "intervals": "evosim.simulation.ecology.intervals",
    "load_scenario": "evosim.scenario",
    "open_run": "evosim.interactive.run",
    "open_runs": "evosim.sweeps.comparing.loose_runs",
    "open_sweep": "evosim.sweeps.results",
    "read_phylogeny": "evosim.storage.phylogeny",
    "run": "evosim.interactive.run",
    "toolbox": "evosim.simulation.generational.generations",
    "use": "evosim.interactive.plugins",
}
LIBRARIES = ("gymnasium", "pettingzoo")  # rooms for users of these, each an extra


def __getattr__(name: str) -> Any:
    """Fetch a name when it is first asked for, so that `import evosim` starts no compiler."""
    if name in LIBRARIES:
        return import_module(f"evosim.{name}")
    if name not in ROOMS:
        raise AttributeError(f"module 'evosim' has no attribute {name!r}")
    return getattr(import_module(ROOMS[name]), name)
