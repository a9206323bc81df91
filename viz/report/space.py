"""Objective space: each planner as a point by its mesa-objective, marked by its class.

The same minds appear once for each environment: only the worlds differ, and with them the classes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.mind.kinds import horizon_in
from evosim.numerics.formatting import in_words, number
from evosim.simulation.runs import RunFile
from viz.answers.classes import are_classes_known
from viz.answers.objectives.plane import Plane, choose_plane, describe_axes
from viz.answers.reading import Frame, Reading, select_planners
from viz.answers.wants import describe_weights, place_features, rank_weights
from viz.marks import shorten
from viz.palette import CLASS_STYLES

SIDE = 1000  # of the square that points lie in
MOST_POINTS, MOST_FRAMES = 400, 40
NO_CLASS = len(CLASS_STYLES)  # the number of a planner without a class
LONGEST = 24  # characters of a feature beside the square
MOST_WANTED = 2  # and disliked, that a point tells when pointed at


class PlannerMark(NamedTuple):
    """A planner at its position in the square."""

    x: int
    y: int
    kind: int
    words: str


class PlaneAxis(NamedTuple):
    """One side of the square: its weight, its range and its tick labels."""

    name: str
    ticks: list[tuple[int, str]]
    low: float
    high: float

    def place(self, values: np.ndarray) -> np.ndarray:
        """Map values `[N]` to positions on the side, from 0 to SIDE."""
        return np.rint(SIDE * (values - self.low) / (self.high - self.low)).astype(int)


class ObjectiveSpace(NamedTuple):
    """Objective space in the generation measured last, and the path of its mean so far."""

    across: PlaneAxis
    up: PlaneAxis
    views: dict[str, list[PlannerMark]]  # by environment
    frames: list[tuple[int, list[list[int]]]]  # generation; x, y and the class in each view of each point
    arrow: tuple[int, int, int, int] | None  # where the base objective points
    shown: int
    planners: int
    unclassified: bool  # whether some points have no class
    why: str  # these axes


def objective_space(run: RunFile, reading: Reading, weights: Sequence[str] = ()) -> ObjectiveSpace | None:
    """Lay out planners by what they want, or by `weights` of it; None without planners or with a fixed objective.

    Raises:
        ValueError: there are no such weights.
    """
    minds, final = reading.scenario.mind, select_planners(reading.final)
    if not minds.objective.evolves or not len(final["id"]):
        return None
    chosen = choose_plane(reading, weights)
    across, up = _axes(reading, chosen)
    views = [name for name in reading.environments if are_classes_known(reading, name)] or reading.environments[:1]
    some = _some(final)
    points = {name: _points(reading, some, chosen, (across, up), name) for name in views}
    frames = []
    for generation in _thinned(reading.measured.tolist()):
        frame = _some(select_planners(run.frame("individuals", "generation = ?", (generation,))))
        x, y = _places(frame, chosen, (across, up))
        kinds = [_kinds(frame, name) for name in views]
        frames.append((generation, np.stack([x, y, *kinds], axis=1).tolist()))
    arrow = _arrow(chosen, across) if chosen.direction and chosen.up else None
    unclassified = any(point.kind == NO_CLASS for view in points.values() for point in view)
    why = describe_axes(reading, weights)
    return ObjectiveSpace(across, up, points, frames, arrow, len(some["id"]), len(final["id"]), unclassified, why)


def _axes(reading: Reading, chosen: Plane) -> tuple[PlaneAxis, PlaneAxis]:
    low, high = reading.scenario.mind.objective.range
    weights = [_axis(f"weight of {_named(name)}", low, high) for name in (chosen.across, chosen.up) if name]
    if len(weights) == 2:
        return weights[0], weights[1]
    horizon = horizon_in(reading.scenario)
    most = horizon.range[1] if horizon.range else 2 * (horizon.initial or 1)
    return weights[0], _axis("planning horizon, steps", 0.0, float(most))


def _axis(name: str, low: float, high: float) -> PlaneAxis:
    ticks = np.linspace(low, high, 5)
    axis = PlaneAxis(name, [], low, high)
    written = [f"{tick:g}".replace("-", "−") for tick in ticks]
    return axis._replace(ticks=list(zip(axis.place(ticks).tolist(), written, strict=True)))


def _named(weight: str) -> str:
    feature, _, drive = weight.partition(".")
    return f"{shorten(feature, LONGEST)} × {in_words(drive)}" if drive else shorten(feature, LONGEST)


def _some(frame: Frame) -> Frame:
    """Select at most as many rows as are drawn, evenly spaced."""
    count = len(frame["id"])
    rows = np.arange(count) if count <= MOST_POINTS else np.arange(MOST_POINTS) * count // MOST_POINTS
    return {name: column[rows] for name, column in frame.items()}


def _thinned(measured: list[int]) -> list[int]:
    if len(measured) <= MOST_FRAMES:
        return measured
    return [measured[at] for at in np.linspace(0, len(measured) - 1, MOST_FRAMES).astype(int)]


def _places(frame: Frame, chosen: Plane, axes: tuple[PlaneAxis, PlaneAxis]) -> tuple[np.ndarray, np.ndarray]:
    across, up = axes
    vertical = frame[f"objective.{chosen.up}"] if chosen.up else frame["horizon"]
    x, y = across.place(frame[f"objective.{chosen.across}"]), up.place(vertical)
    return np.clip(x, 0, SIDE), np.clip(SIDE - y, 0, SIDE)


def _kinds(frame: Frame, environment: str) -> np.ndarray:
    """Return the number of each planner's class in an environment."""
    order, count = list(CLASS_STYLES), len(frame["id"])
    named = frame.get(f"class.{environment}", np.full(count, ""))
    return np.array([order.index(name) if name in order else NO_CLASS for name in named.tolist()], int)


def _points(
    reading: Reading, frame: Frame, chosen: Plane, axes: tuple[PlaneAxis, PlaneAxis], environment: str
) -> list[PlannerMark]:
    x, y = _places(frame, chosen, axes)
    weights = [name for name in frame if name.startswith("objective.")]
    points, of_places = [], place_features(reading.scenario)
    for row, kind in enumerate(_kinds(frame, environment).tolist()):
        own = {name.removeprefix("objective."): float(frame[name][row]) for name in weights}
        wanted, disliked = rank_weights(own, of_places)
        listed = [*wanted[:MOST_WANTED], *disliked[:MOST_WANTED]]
        said = describe_weights({name: own[name] for name in listed}, of_places)
        kinds = list(CLASS_STYLES)
        about = f", {in_words(kinds[kind])} in {in_words(environment)}" if kind < NO_CLASS else ""
        base = "; ".join(
            f"{in_words(name)} {number(float(frame[f'base_mean.{name}'][row]))}" for name in reading.environments
        )
        words = f"agent {frame['id'][row]}{about}. {said[0].upper()}{said[1:]}. Base objective: {base}"
        points.append(PlannerMark(int(x[row]), int(y[row]), kind, words))
    return points


def _arrow(chosen: Plane, axis: PlaneAxis) -> tuple[int, int, int, int]:
    """Return the start and the end of the base objective's arrow, from the origin if that is in view."""
    assert chosen.direction is not None
    start = 0.0 if axis.low < 0 < axis.high else (axis.low + axis.high) / 2
    reach = 0.94 * min(axis.high - start, start - axis.low)
    middle = int(axis.place(np.array([start]))[0])
    tip = axis.place(start + reach * np.array(chosen.direction))
    return middle, SIDE - middle, int(tip[0]), SIDE - int(tip[1])
