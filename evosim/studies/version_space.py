"""The version space: planners whose objectives are drawn at random, conditioned on being as good in training.

How much of what is found of evolved objectives is due to evolution, and how much to most objectives with high training
performance being of that kind? The null population has objectives (and detectors, where they evolve)
from the founders' prior, in the bodies of evolved planners (all else: horizon, discount, beliefs), conditioned on
training performance: each evolved planner is matched by one that comes within a caliper of it in the same worlds.
Candidates are tried one after the other (rejection); what that doesn't find is looked for by multilevel splitting,
whose moves leave the prior invariant.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.alignment.version_space.matching import Matching
from evosim.alignment.version_space.priors import (
    Prior,
    alleles_of,
    draw_coordinates,
    draw_uniforms,
    founders_prior,
    propose_coordinates,
)
from evosim.alignment.version_space.splitting import multilevel_splitting
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.numerics.random import Stream, key_of, subkey
from evosim.simulation.laboratory import Laboratory
from evosim.studies.training import BATCH, Training

OBJECTIVE_SEGMENTS = ("objective", "perception")  # segments that say what a planner wants; all others are its body
CALIPER = 0.01  # of training performance, within which two planners are as good
ENOUGH = 0.95  # share of evolved planners that must find a match
PATIENCE = 100  # candidates tried for each match that is asked for, before they are looked for by splitting
MORE = 20  # rounds at the last level of splitting
REDRAWN = 0.25  # chance that a move of splitting exchanges the body
OF_DRAWS, OF_SPLITTING = 3, 4  # words of keys
REJECTION, SPLITTING = "rejection", "rejection and splitting"


class Matched(NamedTuple):
    """Genomes of a null, each with the evolved planner that it is as good as in training."""

    genomes: Genes  # [M, L]
    targets: Ids  # [M] which of the evolved planners each is the match of
    performance: Reals  # [M] in training
    method: str
    tried: int
    as_good: float  # share of what was tried at random that does as well as the median evolved planner; NaN if unknown


class Candidates:
    """Objectives from the founders' prior in bodies of evolved planners, as points with one coordinate a locus.

    The last coordinate says whose body it is.

    Raises:
        ValueError: all founders want the same.
    """

    def __init__(self, laboratory: Laboratory, bodies: Genes) -> None:
        self.prior: Prior = founders_prior(laboratory.layout, OBJECTIVE_SEGMENTS)
        if self.prior.is_a_point:
            raise ValueError("all founders have the same objective, so there is nothing to draw")
        self.bodies = bodies

    def draw(self, key: np.uint64, count: int) -> Reals:
        """Draw points `[count, D + 1]`."""
        wants, bodies = draw_coordinates(self.prior, subkey(key, 1), count), draw_uniforms(subkey(key, 2), count, 1)
        return np.concatenate([wants, bodies], axis=1)

    def move(self, points: Reals, key: np.uint64, step: float) -> Reals:
        """Propose points `[N, D + 1]` near others, by a move that is reversible with respect to their prior."""
        wants = propose_coordinates(self.prior, points[:, :-1], subkey(key, 1), step)
        chance, other = draw_uniforms(subkey(key, 2), len(points), 2).T
        bodies = np.where(chance < REDRAWN, other, points[:, -1])
        return np.concatenate([wants, bodies[:, None]], axis=1)

    def genomes(self, points: Reals) -> Genes:
        """Return the genomes `[N, L]` that points stand for."""
        genomes = self.bodies[(points[:, -1] * len(self.bodies)).astype(np.int64)]
        genomes[:, self.prior.columns] = alleles_of(self.prior, points[:, :-1])
        return genomes


def match_version_space(
    laboratory: Laboratory,
    generation: int,
    training: Training,
    evolved: Genes,
    performance: Reals,
    *,
    splitting_only: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Matched:
    """Match evolved planners `[T, L]`, with their performance in training `[T]`, by planners with random objectives.

    Raises:
        ValueError: fewer than 95% of them find a match.
    """
    candidates = Candidates(laboratory, evolved)
    matching = Matching(performance, caliper=CALIPER)
    scope, median = (laboratory.seed, Stream.NULL, generation), float(np.median(performance))
    found = Pool()
    tried = as_good = 0
    while not matching.is_done and tried < PATIENCE * len(performance) and not splitting_only:
        points = candidates.draw(key_of(*scope, OF_DRAWS, tried // BATCH), BATCH)
        genomes = candidates.genomes(points)
        scores = training.performance(genomes)
        found.add(matching, genomes, scores)
        tried, as_good = tried + BATCH, as_good + int((scores >= median).sum())
        report(f"{tried:,} random objectives tried, {found.count} of {len(performance)} planners matched")
    method, share = REJECTION, as_good / tried if tried else float("nan")
    if not matching.is_done:
        method = SPLITTING if tried else "splitting"
        goal = float(performance[matching.waiting].max()) - CALIPER
        stages = multilevel_splitting(
            candidates.draw,
            candidates.move,
            lambda points: training.performance(candidates.genomes(points)),
            goal=goal,
            key=key_of(*scope, OF_SPLITTING),
            count=max(2 * BATCH, len(performance)),
            more=MORE,
        )
        before = tried
        for stage in stages:
            found.add(matching, candidates.genomes(stage.points), stage.scores)
            tried = before + stage.tried
            report(f"splitting at {stage.level:.3f}: {found.count} of {len(performance)} planners matched")
            if matching.is_done:
                break
    check_enough_matches(found.count, len(performance), "random objectives")
    return found.matched(method, tried, share)


class Pool:
    """The matches found so far."""

    def __init__(self) -> None:
        self.parts: list[tuple[Genes, Ids, Reals]] = []

    @property
    def count(self) -> int:
        """The number of matches."""
        return sum(len(targets) for _, targets, _ in self.parts)

    def add(self, matching: Matching, genomes: Genes, scores: Reals) -> None:
        """Offer genomes `[N, L]` with their scores `[N]` to targets that are still unmatched."""
        rows, targets = matching.offer(scores)
        self.parts.append((genomes[rows], targets, scores[rows]))

    def matched(self, method: str, tried: int, as_good: float) -> Matched:
        """Return all matches, in the order of their targets."""
        genomes, targets, scores = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        order = np.argsort(targets, kind="stable")
        return Matched(genomes[order], targets[order], scores[order], method, tried, as_good)


def check_enough_matches(matched: int, asked: int, what: str) -> None:
    """Check that nearly all evolved planners found a match.

    Raises:
        ValueError: they didn't.
    """
    if matched < ENOUGH * asked:
        raise ValueError(
            f"no null: for {asked - matched} of {asked} planners no {what} that do as well in training were found"
        )
