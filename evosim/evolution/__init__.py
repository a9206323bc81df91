"""Base optimizers: they know genomes and fitness, never worlds."""

from typing import TYPE_CHECKING, Any

from evosim.evolution.cma_es import CovarianceAdaptation
from evosim.evolution.genetic import Genetic
from evosim.evolution.population import HallOfFameEntry, Memory, Optimizer, Population
from evosim.evolution.random_search import RandomSearch

if TYPE_CHECKING:
    from evosim.evolution.deap_toolbox import make_toolbox

__all__ = [
    "CovarianceAdaptation",
    "Genetic",
    "HallOfFameEntry",
    "Memory",
    "Optimizer",
    "Population",
    "RandomSearch",
    "make_toolbox",
]


def __getattr__(name: str) -> Any:
    """Fetch what needs all of DEAP when it is first asked for."""
    if name == "make_toolbox":
        from evosim.evolution.deap_toolbox import make_toolbox

        return make_toolbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
