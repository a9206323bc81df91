"""The scenario: every question a person can ask, as frozen models that refuse nonsense.

These models are the explicit form, the only one that programs see. A file may be shorter: a
plain number where a `Locus` stands is a locus that does not evolve, an environment names only
what differs from `[world]`, and what has a default may be left out (loading/resolve.py does the rest).
"""

from typing import Annotated, Literal

from pydantic import Field

from evosim.numerics.formatting import percent
from evosim.scenario.notebook_page import page
from evosim.scenario.schema.base import Count, Name, Part, Share, Weight, Words
from evosim.scenario.schema.evolution import Evolution
from evosim.scenario.schema.measures import OwnMeasure
from evosim.scenario.schema.minds import Mind
from evosim.scenario.schema.worlds import World


class Objectives(Part):
    """Weights on outcomes: what the designers want, and what selection measures.

    `pareto` lists several base objectives, for selection that doesn't weigh them against each other.
    """

    YOUNGER = ("pareto",)

    intended: dict[str, Weight] = Field(min_length=1)
    base: dict[str, Weight] = Field(min_length=1)
    pareto: list[Annotated[dict[str, Weight], Field(min_length=1)]] = []


class Measure(Part):
    """When and where the population is measured on fresh worlds, beside selection.

    All are measured. If there are more than `individuals`, as many of them, drawn at random, have rows of their own.
    With `births`, an ecology records the genome of everybody at birth, and how each life ended.
    `own` are measures of a person's own by name; a file may just list their names.
    """

    YOUNGER = ("alignment", "individuals", "births", "own")
    every: Count = 5
    environments: list[str] = Field(min_length=1)
    episodes: Count = 64
    alignment: bool = True
    individuals: Count = 100_000
    births: bool = False
    own: dict[Name, OwnMeasure] = {}


class Scenario(Part):
    """A complete experiment in its explicit form."""

    version: Literal[1] = Field(alias="schema")
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", max_length=80)]
    title: Words
    question: Words = ""
    paper: Words = ""
    claim: Words = ""
    chance_level: Share | None = None
    world: World
    environments: dict[Name, World] = Field(min_length=1)
    objectives: Objectives
    mind: Mind
    evolution: Evolution
    measure: Measure

    def __repr__(self) -> str:
        """Return its name and title; `model_dump` returns all that it says."""
        return f"<Scenario {self.name}: {self.title}>"

    def _repr_html_(self) -> str:
        """Return its question, and the size of it, for a notebook."""
        evolution = self.evolution
        base = ", ".join(f"{name} {weight:+g}" for name, weight in self.objectives.base.items())
        said = {
            "question": self.question,
            "claim": self.claim,
            "environments": ", ".join(self.environments),
            "base objective": base,
            "kinds of mind": ", ".join(f"{name} {percent(share)}" for name, share in self.mind.controllers.items()),
            "evolution": f"{evolution.algorithm}, {evolution.population:,} founders, {evolution.generations:,} steps",
        }
        return page(f"{self.title} ({self.name})", said)

    def deployments_in(self, generation: int) -> list[str]:
        """Return the measured environments in which a generation is not selected; if there are none, the last."""
        measured, selected = self.measure.environments, self.evolution.phase_in(generation).shares()
        return [name for name in measured if name not in selected] or measured[-1:]

    def deployment_in(self, generation: int) -> str:
        """Return the first measured environment in which a generation is not selected; if there is none, the last."""
        return self.deployments_in(generation)[0]
