"""Pooling: intervals and cohorts put together until enough lives are in them for their rates to mean something."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.intervals import student
from viz.answers.ecology_reading import Course, weighted_mean
from viz.answers.reading import Frame

ENOUGH = 0.1  # of the agent-ticks of the founders in one interval: enough for a point of a curve


class Curve(NamedTuple):
    """A quantity over ticks, each point pooled of one interval or several."""

    ticks: Reals  # [B]
    values: Reals  # [B]


def pooled(weights: Reals, breaks: list[int], least: float) -> list[np.ndarray]:
    """Put consecutive rows together until their weights add up to the least, never across a break.

    What is left over before a break belongs to the last ones.
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


def enough(course: Course) -> float:
    """Say how many agent-ticks are enough for a point of a curve."""
    return ENOUGH * course.scenario.evolution.population * course.interval


def breaks_of(course: Course) -> list[int]:
    """Number the intervals with which a change begins or is complete."""
    ticks = {tick for change in course.changes for tick in (change.start, change.end)}
    return sorted({tick // course.interval for tick in ticks if 0 < tick < course.last})


def curve(course: Course, name: str) -> Curve:
    """Pool a rate: its mean over agent-ticks. Points at which it is empty are left out."""
    weights = course.lived
    if name == "mesa_utility_per_capita":
        weights = course.planned
    elif name == "contraception_share":
        weights = course.lived * np.nan_to_num(course.rate("matings_per_capita"))
    values = course.rate(name)
    groups = pooled(course.lived, breaks_of(course), enough(course))
    points = [(weighted_mean(course.middles[g], course.lived[g]), weighted_mean(values[g], weights[g])) for g in groups]
    known = np.array([point for point in points if not np.isnan(point).any()]).reshape(-1, 2)
    return Curve(known[:, 0], known[:, 1])


def times_before(course: Course, name: str) -> Curve | None:
    """Pool a rate as a multiple of what it was before the first change; none, if it was nothing then."""
    before = course.mean(name, course.before)
    if not before > 0:
        return None
    drawn = curve(course, name)
    return Curve(drawn.ticks, drawn.values / before)


def by_chance(course: Course, cohorts: Frame, width: float) -> Reals:
    """Say within what 95% of such numbers lie by chance, pooled as they are: Student's t at each cohort.

    How much they vary is taken from cohorts who died before the first change, whom nothing of it touched.
    """
    members, born = cohorts["members"].astype(np.float64), (cohorts["generation"] + 0.5) * course.interval
    each = intensities(course, cohorts, 0)
    start = course.changes[0].start if course.changes else course.last
    at = np.searchsorted(born, each.ticks)
    untouched = (cohorts["closed"][at] + 1) * course.interval <= start
    scaled = each.values[untouched] * np.sqrt(members[at][untouched])
    error = float(np.sqrt((scaled**2).mean())) if len(scaled) > 1 else np.nan
    pools = [members[np.abs(born - tick) <= width / 2].sum() for tick in intensities(course, cohorts, width).ticks]
    wide: Reals = student(max(len(scaled), 1)) * error / np.sqrt(np.array(pools))
    return wide


def intensities(course: Course, cohorts: Frame, width: float) -> Curve:
    """Say how many more children go with one sd more of a weight, as a share of their mean number, by tick of birth.

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
    return Curve(np.array(ticks), np.array(values))
