"""Interventions: change one thing and replay lives with the same random streams, so that every difference is caused.

What can be changed: alleles of a genome, the mesa-objective (for that of another genome), the environment. Worlds,
random streams and the agent's id stay; so an edit that changes nothing expressed changes nothing at all, and an edit
back restores every step (potential outcomes under common random numbers; the "do" of Pearl 2009).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evosim.episode.environment import Environment
from evosim.episode.grid_environment import Grid
from evosim.episode.rollout import Traces, live, new_traces
from evosim.mind.genome import GenomeLayout
from evosim.mind.maps.rules import MOST_THOUGHTS
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner.settings import LONGEST_HORIZON, MOST_EFFORT
from evosim.mind.segments import suggest_locus
from evosim.numerics.arrays import Flags, Genes, Ids, Reals
from evosim.numerics.bootstrap import bootstrap_interval, key_for
from evosim.numerics.intervals import ConfidenceInterval
from evosim.scenario.errors.diagnostic import suggest

LIMITS = {  # of what an edit may ask for, where that becomes a whole number
    "planner.horizon": (1, LONGEST_HORIZON),
    **{f"planner.{effort}": (1, most) for effort, most in MOST_EFFORT.items()},
    **{f"{kind}.thoughts": (0, MOST_THOUGHTS) for kind in ("program", "network")},
}
BEFORE, AFTER, DIFFERENCE = range(3)  # what an interval is drawn for
POSITIVE = ("beliefs.slip", "beliefs.persistence", "planner.discount")  # shares: they mean nothing beyond 0 and 1
TEMPERATURES = ("planner.temperature", "heuristic.temperature")


class Draws(NamedTuple):
    """The random streams of lives, which are held fixed."""

    worlds: np.uint64
    lives: np.uint64
    id: int
    episodes: int


class EpisodeResults(NamedTuple):
    """The results of one agent's lives in E worlds."""

    outcomes: Reals  # [E, K]
    mesa_return: Reals  # [E] by the objective it has then
    traces: Traces | None  # [1, E, T]; None where the worlds are another package's


class Effect(NamedTuple):
    """A number before and after, and the difference that was caused, each with its interval over worlds."""

    before: ConfidenceInterval
    after: ConfidenceInterval
    difference: ConfidenceInterval  # of the two in the same world


def edit_genome(genome: Genes, layout: GenomeLayout, alleles: Mapping[str, float]) -> Genes:
    """Return a genome `[L]` with other alleles at some loci, even outside of the range in which these evolve.

    Raises:
        ValueError: there is no such locus, or it can't have that value.
    """
    changed = genome.copy()
    for locus, allele in alleles.items():
        if locus not in layout.loci:
            raise ValueError(f"there is no locus {locus!r}; {suggest_locus(locus, layout)}")
        check_allele(locus, allele)
        changed[layout.loci.index(locus)] = allele
    return changed


def check_allele(locus: str, allele: float) -> None:
    """Check that a locus can have a value.

    Raises:
        ValueError: it can't.
    """
    low, high = -np.inf, np.inf
    if locus in POSITIVE:
        low, high = 0.0, 1.0
    elif locus in TEMPERATURES:
        low = 0.0
    elif locus in LIMITS:
        low, high = LIMITS[locus]
    elif locus.startswith("open_loop."):
        low, high = 0.0, 5.0
    finite = abs(allele) <= float(np.finfo(np.float32).max)  # NaN is not
    if not finite or not low <= allele <= high:
        allowed = f"a number from {low:g} to {high:g}" if high < np.inf else "a finite number"
        allowed += ", 0 or more," if low == 0.0 and high == np.inf else ""
        raise ValueError(f"{locus} = {allele:g}; {allowed} is needed")


def transplant_segment(genome: Genes, donor: Genes, layout: GenomeLayout, segment: str = "objective") -> Genes:
    """Return a genome `[L]` in which a segment is replaced by that of a donor `[L]`.

    Raises:
        ValueError: genomes of this scenario have no such segment.
    """
    columns = layout.slice_of(segment)
    if columns.stop == columns.start:
        names = [part.name for part in layout.segments]
        raise ValueError(f"genomes have no segment {segment!r} to transplant; {suggest(segment, names)}")
    changed = genome.copy()
    changed[columns] = donor[columns]
    return changed


def run_episodes(environment: Environment, minds: Phenotypes, draws: Draws) -> EpisodeResults:
    """Simulate one agent, `minds` of one row, in an environment, with the given random streams."""
    ids: Ids = np.array([draws.id], np.int64)
    if not isinstance(environment, Grid):
        lives = environment.live(minds, ids, draws.worlds, draws.lives, draws.episodes)
        return EpisodeResults(lives.outcomes[0], lives.mesa_return[0], None)
    ground = environment.draw(draws.worlds, draws.episodes)
    traces = new_traces(1, draws.episodes, ground.plan.steps)
    lives = live(*ground, minds, ids, draws.lives, traces=traces)
    return EpisodeResults(lives.outcomes[0], lives.mesa_return[0], traces)


def paired_effect(
    before: Reals, after: Reals, key: np.uint64, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> Effect:
    """Compare a number per world `[E]` before and after an intervention; it always lies within `bounds`.

    A difference that is the same in every world has an interval of no width.

    Raises:
        ValueError: the numbers of worlds differ.
    """
    if before.shape != after.shape or before.ndim != 1:
        raise ValueError(f"{before.shape} numbers before and {after.shape} after; one for each world is needed")
    return Effect(
        bootstrap_interval(before, key_for(key, BEFORE), bounds=bounds),
        bootstrap_interval(after, key_for(key, AFTER), bounds=bounds),
        bootstrap_interval(after - before, key_for(key, DIFFERENCE)),
    )


def acted_otherwise(before: EpisodeResults, after: EpisodeResults) -> Flags:
    """Return in which worlds `[E]` anything differs: a step, or where there are no traces an outcome.

    `thinking`, a nominal cost and no behaviour, does not count where there are traces.
    """
    if before.traces is None or after.traces is None:
        return np.asarray((before.outcomes != after.outcomes).any(axis=1))
    if before.traces.action.shape != after.traces.action.shape:
        return np.ones(len(before.outcomes), np.bool_)
    different = np.zeros(len(before.outcomes), np.bool_)
    for old, new in zip(before.traces, after.traces, strict=True):
        different |= np.any(np.asarray(old)[0] != np.asarray(new)[0], axis=1)
    return different
