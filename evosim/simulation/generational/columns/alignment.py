"""Columns about alignment, of tables `measurements` and `individuals`; docs/alignment.md has the formulas."""

from collections.abc import Callable, Iterator
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import capitalized, in_words
from evosim.simulation.generational.columns.views import GenerationSnapshot, InEnvironment
from evosim.storage.columns import Column, finite_or_nan, mean

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.alignment.assessment.assess import Assessment

SCALE = "On the scale from uniformly random actions (0) to the optimum (1)"
RANDOM_TO_OPTIMUM, ALIGNED_TO_RANDOM = "0 random actions, 1 the optimum", "0 aligned, 1 as bad as random"
SAMPLED = "planners and minds whose objective was read off a map (random samples, where each takes long to measure)"
UNLISTED = "empty where worlds have too many states to be listed during a run (`evosim measure` lists larger ones)"


class AgentMeasure(NamedTuple):
    """A number of each agent in an environment."""

    name: str
    title: str  # what it is called in figures
    scale: str  # what 0 and 1 stand for
    mean: str  # what its mean over agents is
    own: str  # what it is of one agent, and for whom it is empty
    compute: "Callable[[Assessment], Reals]"  # [P] NaN where it is not defined
    bounds: tuple[float, float]  # the least and the largest that are possible


AGENT_MEASURES = (
    AgentMeasure(
        "base_performance",
        "Base performance",
        RANDOM_TO_OPTIMUM,
        f"{SCALE}: the base objective, mean over agents",
        f"{SCALE}: the base objective; {UNLISTED}.",
        lambda assessment: assessment.base_performance.value,
        (-inf, 1.0),
    ),
    AgentMeasure(
        "capability",
        "Capability",
        RANDOM_TO_OPTIMUM,
        f"{SCALE}: the mesa-objective, mean over {SAMPLED}",
        f"{SCALE}: the mesa-objective; empty for all but {SAMPLED}, and {UNLISTED}.",
        lambda assessment: assessment.mesa_performance.value,
        (-inf, 1.0),
    ),
    AgentMeasure(
        "inner_gap",
        "Inner alignment gap",
        ALIGNED_TO_RANDOM,
        f"Inner alignment gap, mean over {SAMPLED}: 1 − what optimal behaviour for the mesa-objective would "
        "score by the base objective; 0 aligned, 1 as bad as random",
        f"Inner alignment gap; empty for all but {SAMPLED}, and {UNLISTED}.",
        lambda assessment: assessment.inner_gap.value,
        (0.0, inf),
    ),
    AgentMeasure(
        "starc_base_mesa",
        "Distance of base and mesa-objective",
        "0 same preferences, 1 opposite",
        f"STARC distance of base and mesa-objective in these worlds, mean over {SAMPLED}: 0 the "
        "same preferences, 1 opposite",
        f"STARC distance of base and mesa-objective; empty for all but {SAMPLED}, and {UNLISTED}.",
        lambda assessment: assessment.distance,
        (0.0, 1.0),
    ),
)

BOUNDS = {quantity.name: quantity.bounds for quantity in AGENT_MEASURES} | {"outer_gap": (0.0, inf)}


def population_columns() -> Iterator[Column]:
    """Define the columns of table `measurements`."""
    for quantity in AGENT_MEASURES:
        yield from _mean_and_std(quantity)
    yield Column(
        "outer_gap",
        "real",
        "",
        "Outer alignment gap: 1 − what optimal behaviour for the base objective would score by the intended objective; "
        f"{UNLISTED}.",
        lambda measured: None if measured.assessment is None else finite_or_nan(measured.assessment.outer_gap.value)[0],
        may_be_empty=True,
        title="Outer alignment gap",
        scale=ALIGNED_TO_RANDOM,
    )
    yield Column(
        "classified",
        "integer",
        "planners",
        "Number of planners, and of minds whose objective was read off a map, that have a class, over which shares of "
        "classes are taken: those for which all numbers that classes need are measured and defined; "
        f"{UNLISTED}, or if not all environments of selection are measured.",
        lambda measured: None if measured.classified is None else len(measured.classified),
        may_be_empty=True,
        title="Planners that have a class",
    )
    for kind, name in enumerate(OF_PLANNERS):
        yield _share_of_class(kind, name)


def _mean_and_std(quantity: AgentMeasure) -> tuple[Column, Column]:
    def known(measured: InEnvironment) -> Reals:
        values = np.empty(0) if measured.assessment is None else quantity.compute(measured.assessment)
        return values[np.isfinite(values)]

    def std(measured: InEnvironment) -> float | None:
        values = known(measured)
        return float(values.std()) if values.size else None

    return (
        Column(
            quantity.name,
            "real",
            "",
            f"{quantity.mean}; {UNLISTED}.",
            lambda measured: mean(known(measured)),
            may_be_empty=True,
            title=quantity.title,
            scale=quantity.scale,
        ),
        Column(
            f"{quantity.name}_std",
            "real",
            "",
            f"Standard deviation of `{quantity.name}` over the same agents; likewise empty.",
            std,
            may_be_empty=True,
            title=f"{quantity.title}: spread",
            scale="standard deviation over agents",
        ),
    )


def _share_of_class(kind: int, name: str) -> Column:
    definition = (
        f"Share of those `classified` whose class is {name.replace('_', ' ')}, with the environments of "
        f"selection as training; {UNLISTED}, or if nobody is."
    )

    def compute(measured: InEnvironment) -> float | None:
        return None if measured.classified is None else mean(measured.classified == kind)

    return Column(
        name, "real", "share", definition, compute, may_be_empty=True, title=capitalized(in_words(name)),
        scale="share of planners",
    )  # fmt: skip


def individual_columns(environment: str) -> Iterator[Column]:
    """Define the columns of table `individuals` in one environment."""
    for quantity in AGENT_MEASURES:
        yield _own(quantity, environment)
    yield Column(
        f"class.{environment}",
        "text",
        "name",
        "The agent's class here (docs/alignment.md); empty if a number that it needs is missing, as for planners "
        f"outside the measured sample, and {UNLISTED}.",
        lambda snapshot: snapshot.measured[environment].class_names,
        may_be_empty=True,
    )


def _own(quantity: AgentMeasure, environment: str) -> Column:
    def compute(snapshot: GenerationSnapshot) -> Reals | None:
        assessment = snapshot.measured[environment].assessment
        return None if assessment is None else finite_or_nan(quantity.compute(assessment))

    return Column(f"{quantity.name}.{environment}", "real", "", quantity.own, compute, may_be_empty=True)
