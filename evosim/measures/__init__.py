"""Measures of one's own: a function whose numbers are stored with a run, in a column that has its definition.

    from evosim import load_scenario, run
    from evosim.measures import GenerationView, measure

    @measure(unit="share", definition="Share of the population that shuns doors.")
    def shuns_doors(seen: GenerationView) -> float:
        return float((seen.objectives["door"] < 0).mean())

    result = run(load_scenario("red_doors"), seed=7, measures=[shuns_doors])
    result.frame("generations")["own.shuns_doors"]

The contract is docs/extending.md; `evosim.testing.check_measure` checks it.
"""

from evosim.measures.definition import measure
from evosim.measures.views import AgentsView, GenerationView, IntervalView, LivesView

__all__ = ["AgentsView", "GenerationView", "IntervalView", "LivesView", "measure"]
