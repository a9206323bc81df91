"""Pooling: merge intervals and cohorts until enough lives stand behind each rate."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import student
from viz.answers.ecology_reading import Course, weighted_mean
from viz.answers.reading import Frame

LEAST_SHARE = 0.1  # of the agent-ticks of the founders in one interval: enough for a point of a curve


class PooledCurve(NamedTuple):
    """A quantity over ticks, each of B points pooled from one interval or several."""

    ticks: Reals  # [B]
    values: Reals  # [B]


def pool_rows(weights: Reals, breaks: list[int], least: float) -> list[np.ndarray]:
    """Group consecutive rows until their weights `[K]` add up to `least`, never across a break.

    A remainder before a break joins the last group before it.
    """
    found: list[np.ndarray] = []
    edges = [0, *breaks, len(weights)]
    for low, high in pairwise(edges):
        begin, of_this = low, len(found)
        for row in range(low, high):
            if weights[begin : row + 1].sum() >= least:
                found.append(np.arange(begin, row + 1))
                begin = row + 1
        if begin < high:
            rest = np.arange(begin, high)
            if len(found) > of_this:
                found[-1] = np.concatenate([found[-1], rest])
            else:
                found.append(rest)
    return found


def least_agent_ticks(course: Course) -> float:
    """Return the number of agent-ticks required for a point of a curve."""
    return LEAST_SHARE * course.scenario.evolution.population * course.interval


def change_breaks(course: Course) -> list[int]:
    """Return the intervals in which a change of the world begins or is complete."""
    ticks = {tick for change in course.changes for tick in (change.start, change.end)}
    return sorted({tick // course.interval for tick in ticks if 0 < tick < course.last})


def pool_rate(course: Course, name: str) -> PooledCurve:
    """Pool a rate by its mean over agent-ticks, leaving out empty points."""
    weights = course.lived
    if name == "mesa_utility_per_capita":
        weights = course.planned
    elif name == "contraception_share":
        weights = course.lived * np.nan_to_num(course.rate("matings_per_capita"))
    values = course.rate(name)
    groups = pool_rows(course.lived, change_breaks(course), least_agent_ticks(course))
    points = [(weighted_mean(course.middles[g], course.lived[g]), weighted_mean(values[g], weights[g])) for g in groups]
    known = np.array([point for point in points if not np.isnan(point).any()]).reshape(-1, 2)
    return PooledCurve(known[:, 0], known[:, 1])


def pool_relative_rate(course: Course, name: str) -> PooledCurve | None:
    """Pool a rate as a multiple of its mean before the first change; None if that is 0."""
    before = course.mean(name, course.before)
    if not before > 0:
        return None
    drawn = pool_rate(course, name)
    return PooledCurve(drawn.ticks, drawn.values / before)


def null_band(course: Course, cohorts: Frame, width: float) -> Reals:
    """Return the half-width `[B]` of the 95% range of pooled intensities without selection, by Student's t.

    The variance is estimated from cohorts that died before the first change, which it couldn't affect.
    """
    members, born = cohorts["members"].astype(np.float64), (cohorts["generation"] + 0.5) * course.interval
    each = selection_intensities(course, cohorts, 0)
    start = course.changes[0].start if course.changes else course.last
    at = np.searchsorted(born, each.ticks)
    untouched = (cohorts["closed"][at] + 1) * course.interval <= start
    scaled = each.values[untouched] * np.sqrt(members[at][untouched])
    error = float(np.sqrt((scaled**2).mean())) if len(scaled) > 1 else np.nan
    pools = [
        members[np.abs(born - tick) <= width / 2].sum() for tick in selection_intensities(course, cohorts, width).ticks
    ]
    wide: Reals = student(max(len(scaled), 1)) * error / np.sqrt(np.array(pools))
    return wide


def selection_intensities(course: Course, cohorts: Frame, width: float) -> PooledCurve:
    """Return the selection intensity by tick of birth: the relative gain in children per sd of a weight.

    That is Cov(w, z) / (w̄ sd(z)), in each cohort pooled with those born within half a width of ticks.
    """
    members, born = cohorts["members"].astype(np.float64), (cohorts["generation"] + 0.5) * course.interval
    ticks, values = [], []
    for tick in born.tolist():
        near = np.abs(born - tick) <= width / 2
        n = members[near]
        children = float((n * cohorts["children_mean"][near]).sum())
        spread = float(np.sqrt((n * cohorts["std"][near] ** 2).sum() / n.sum()))
        if children > 0 and spread > 0:
            ticks.append(tick)
            values.append(float((n * cohorts["covariance"][near]).sum()) / children / spread)
    return PooledCurve(np.array(ticks), np.array(values))
