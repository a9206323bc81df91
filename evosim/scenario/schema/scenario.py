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
    """Weights on outcomes: what the designers want, and what selection measures."""

    YOUNGER = ("pareto",)

    intended: dict[str, Weight] = Field(min_length=1)
    """What the designers want: weights on outcomes, by name. Default: as `base`."""
    base: dict[str, Weight] = Field(min_length=1)
    """What selection measures: weights on outcomes, by name. Fitness is their weighted sum, averaged over episodes."""
    pareto: list[Annotated[dict[str, Weight], Field(min_length=1)]] = []
    """Several base objectives, each with weights on outcomes, which `nsga2` doesn't weigh against each other."""


class Measure(Part):
    """When and where the population is measured on fresh worlds, beside selection."""

    YOUNGER = ("alignment", "individuals", "births", "own")
    every: Count = 5
    """Generations, or intervals of an ecology, from one measurement to the next; the last is always measured."""
    environments: list[str] = Field(min_length=1)
    """Names of the environments to measure in. Default: all."""
    episodes: Count = 64
    """Episodes of each individual in each environment, in worlds that selection never sees."""
    alignment: bool = True
    """Whether to measure alignment too, where worlds are small enough; `false` omits its columns."""
    individuals: Count = 100_000
    """Most individuals with rows in the table `individuals`; of more, as many are drawn. All are measured."""
    births: bool = False
    """In ecologies: whether to record each genome at birth, where its loci came from, and each death."""
    own: dict[Name, OwnMeasure] = {}
    """Measures of your own by name; a file may list just the names, such as `["boldness"]`."""


class Scenario(Part):
    """A complete experiment in its explicit form."""

    version: Literal[1] = Field(alias="schema")
    """Version of the scenario format: 1."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", max_length=80)]
    """Name of the scenario: that of its file."""
    title: Words
    """Title, in a few words."""
    question: Words = ""
    """The question that the scenario asks, as a sentence; figures carry it as their title."""
    paper: Words = ""
    """Where the question comes from."""
    claim: Words = ""
    """The hypothesis: what is claimed to happen."""
    chance_level: Share | None = None
    """Share of episodes in which an agent blind to features would first enter what is rewarded; figures show it."""
    world: World
    """The world that agents live in; each environment is this world with some values replaced."""
    environments: dict[Name, World] = Field(min_length=1)
    """Environments by name: of each, the values that differ from `[world]`. Default: one, `training`."""
    objectives: Objectives
    """Weights on outcomes: what selection measures, and what the designers want."""
    mind: Mind
    """Kinds of mind of the founders, what agents want, perceive and believe, and what of that evolves."""
    evolution: Evolution
    """The base optimizer: its algorithm, its operators, and which environments it selects in."""
    measure: Measure
    """When, where and on how many episodes the population is measured, beside selection."""

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
