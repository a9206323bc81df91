"""The genome: which number of a row stands for what.

A genome is a row of L numbers, divided into named segments. The layout is computed from the
scenario; what does not evolve is not in the genome. Whether a mind plans is itself inherited:
one propensity locus for each controller, and the largest is expressed.
"""

from typing import NamedTuple

import numpy as np

from evosim.chance import Stream, fold, key_of, uniform
from evosim.jit import kernel
from evosim.scenario.schema import CONTROLLERS, Locus, Scenario
from evosim.types import Genes, Reals
from evosim.world.actions import ACTIONS


class Segment(NamedTuple):
    """A run of loci that belong together; founders start at `initial`, or anywhere in the range if that is None."""

    name: str
    loci: tuple[str, ...]
    low: float
    high: float
    initial: float | None = None


class GenomeLayout(NamedTuple):
    """Names, bounds and places of all loci `[L]`."""

    segments: tuple[Segment, ...]
    loci: tuple[str, ...]
    low: Reals  # [L]
    high: Reals  # [L]
    rate: Reals  # [L] of mutation, and its scale: NaN where `evolution.mutation` holds
    scale: Reals  # [L]

    def slice_of(self, segment: str) -> slice:
        """Give the columns of a segment; an empty slice if the genome has no such segment."""
        at = 0
        for part in self.segments:
            if part.name == segment:
                return slice(at, at + len(part.loci))
            at += len(part.loci)
        return slice(0, 0)


def sense_names(features: list[str]) -> list[str]:
    """Name the senses of a heuristic, in the order in which its kernel reads them."""
    sides = ("ahead", "right", "behind", "left")
    names = [f"wall.{side}" for side in sides]
    for source in ("seen", "remembered"):
        names += [f"{source}.{side}.{what}" for side in sides for what in ("nearness", *features)]
    return [*names, *(f"moved.{side}" for side in sides), "stayed", "bias"]


def genome_layout(scenario: Scenario) -> GenomeLayout:
    """Compute the layout of a scenario's genomes."""
    mind, features = scenario.mind, scenario.world.features
    segments = []
    controllers = [name for name in CONTROLLERS if name in mind.controllers]
    if len(controllers) > 1:
        loci = tuple(f"controller.{name}" for name in controllers)
        segments.append(Segment("controller", loci, 0.0, 1.0))
    if "planner" in controllers:
        loci = tuple(f"objective.{feature}" for feature in features)
        segments.append(Segment("objective", loci, *mind.objective.range))
        for name in ("horizon", "discount", "temperature"):
            segments += _evolving(f"planner.{name}", getattr(mind.planner, name))
    if "heuristic" in controllers:
        senses, hidden = sense_names(features), mind.heuristic.hidden
        weights = tuple(f"heuristic.{s}" for s in senses)
        if hidden:
            weights = tuple(f"heuristic.{s}.{h}" for s in senses for h in range(hidden))
            weights += tuple(f"heuristic.out.{h}" for h in range(hidden))
        segments.append(Segment("heuristic.weights", (*weights, "heuristic.stay"), *mind.heuristic.range))
        segments += _evolving("heuristic.temperature", mind.heuristic.temperature)
    if "open_loop" in controllers:
        loci = tuple(f"open_loop.{tick}" for tick in range(mind.open_loop.length))
        segments.append(Segment("open_loop", loci, 0.0, float(ACTIONS)))
    loci = tuple(locus for segment in segments for locus in segment.loci)
    return GenomeLayout(
        segments=tuple(segments),
        loci=loci,
        low=np.array([segment.low for segment in segments for _ in segment.loci]),
        high=np.array([segment.high for segment in segments for _ in segment.loci]),
        rate=np.full(len(loci), np.nan),
        scale=np.full(len(loci), np.nan),
    )


def _evolving(name: str, locus: Locus) -> list[Segment]:
    return [] if locus.range is None else [Segment(name, (name,), *locus.range, locus.initial)]


def found(scenario: Scenario, layout: GenomeLayout, seed: int) -> Genes:
    """Draw the founders `[P, L]`: controllers in the scenario's shares, every other locus as its segment says."""
    key = key_of(seed, Stream.FOUNDERS)
    genomes = np.empty((scenario.evolution.population, len(layout.loci)))
    draw_uniform(key, layout.low, layout.high, genomes)
    for segment in layout.segments:
        if segment.initial is not None:
            genomes[:, layout.slice_of(segment.name)] = segment.initial
    columns = layout.slice_of("controller")
    if columns.stop > columns.start:
        shares = [scenario.mind.controllers[name] for name in CONTROLLERS if name in scenario.mind.controllers]
        genomes[:, columns] = _propensities(genomes[:, columns], shares)
    return genomes.astype(np.float32)


def _propensities(drawn: Reals, shares: list[float]) -> Reals:
    """Give exact shares of the population the largest propensity for each controller: above 1/2, all others below."""
    population = len(drawn)
    borders = np.round(np.cumsum(shares) * population).astype(int)
    chosen = np.searchsorted(borders, np.arange(population), side="right")
    is_chosen = chosen[:, None] == np.arange(len(shares))
    return np.where(is_chosen, 0.5 + drawn / 2, drawn / 2)


@kernel
def draw_uniform(key: np.uint64, low: Reals, high: Reals, out_values: Reals) -> None:
    """Draw each row's loci uniformly between their bounds."""
    rows, columns = out_values.shape
    for row in range(rows):
        row_key = fold(key, row)
        for column in range(columns):
            out_values[row, column] = low[column] + uniform(row_key, column) * (high[column] - low[column])
