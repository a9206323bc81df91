"""The plane in which mesa-objectives are shown: the weights in which planners differ who are of different classes.

Where no two weights tell them apart, it is what indicates reward or loss, and its proxy in training.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.scenario import Scenario
from evosim.scenario.errors.diagnostic import suggest
from evosim.scenario.first_entries import object_rewards
from evosim.scenario.schema.names import objective_names, types_in
from viz.answers.objectives.base_weights import fit_base_weights
from viz.answers.objectives.separation import LEAST, rate_planes
from viz.answers.reading import Frame, Reading, select_planners
from viz.looks import mean_feature

REWARD, LOSS = 1, -1
MOST_WEIGHTS = 2
NO_PLANE = "no planners with objectives that evolve are drawn by their weights here, so --weights has no effect"


class Plane(NamedTuple):
    """Two weights that span a plane of mesa-objectives, and the base objective's direction in it."""

    across: str  # a feature
    up: str | None  # another, or the same times a drive; none, if there is only one
    direction: tuple[float, float] | None  # of length 1; none, if the base objective has no weight in the plane


class Indication(NamedTuple):
    """How well a feature indicates reward, or loss if it indicated that more in training; each from −1 to 1."""

    trained: float  # its mean over the environments of selection
    least: float  # in any environment
    of: int  # REWARD or LOSS


def feature_contrast(scenario: Scenario, environment: str, feature: str, sign: int = REWARD) -> float:
    """Return how much more of a feature objects that pay (or cost, for LOSS) have than others, from −1 to 1."""
    kinds = types_in(scenario.environments[environment])
    sums = {True: [0.0, 0], False: [0.0, 0]}
    for name, payment in object_rewards(scenario, environment).items():
        mine = sums[sign * payment > 0]
        mine[0] += kinds[name].count * mean_feature(kinds[name].features, feature)
        mine[1] += kinds[name].count
    yes, no = (total / max(count, 1) for total, count in (sums[True], sums[False]))
    return yes - no


def find_indication(scenario: Scenario, feature: str) -> Indication:
    """Find how well a feature indicates reward or loss, in training and at least."""
    trained = list(dict.fromkeys(name for p in scenario.evolution.schedule for name in p.shares()))

    def indication(sign: int) -> Indication:
        contrasts = {name: feature_contrast(scenario, name, feature, sign) for name in scenario.environments}
        return Indication(float(np.mean([contrasts[name] for name in trained])), min(contrasts.values()), sign)

    reward, loss = indication(REWARD), indication(LOSS)
    return loss if loss.trained > max(reward.trained, 0.0) else reward


def choose_plane(reading: Reading, weights: Sequence[str] = ()) -> Plane:
    """Choose the plane in which to show mesa-objectives, from the last generation of a run, or that of `weights`.

    Raises:
        ValueError: there are no such weights, or not one or two.
    """
    scenario, generation = reading.scenario, int(reading.measured[-1])
    if weights:
        across, up = check_weights(scenario, weights)
        return Plane(across, up, project_base(scenario, across, up) if "." not in f"{across}{up}" else None)
    return telling_plane(scenario, reading.final, scenario.deployments_in(generation))


def describe_axes(reading: Reading, weights: Sequence[str] = ()) -> str:
    """Return why the plane that `choose_plane` chooses has these axes, as the end of a sentence."""
    if weights:
        return "as they were asked for."
    if choose_plane(reading) != plane_of(reading.scenario, reading.final):
        return "the two weights that best tell apart those of different classes, or returns, in deployment."
    return (
        "the feature that indicates reward or loss in every environment, and the one that did so in training only; "
        "otherwise the two with the largest weights. No two others tell classes apart clearly better."
    )


def check_weights(scenario: Scenario, weights: Sequence[str]) -> tuple[str, str | None]:
    """Return one or two weights of objectives by name; the second is None if there is only one.

    Raises:
        ValueError: there are no such weights, or more.
    """
    names = [weight.strip().removeprefix("objective.") for weight in weights]
    for name in names:
        if name not in (allowed := objective_names(scenario)):
            raise ValueError(f"{name!r} is not a weight of objectives; {suggest(name, allowed)}")
    if len(set(names)) != len(names) or not 1 <= len(names) <= MOST_WEIGHTS:
        raise ValueError("a plane has two different weights, or one, which stands beside the planning horizon")
    return names[0], names[1] if len(names) > 1 else None


def telling_plane(scenario: Scenario, individuals: Frame, environments: Sequence[str]) -> Plane:
    """Choose the two weights that best tell apart planners of different classes, or returns, in some environments.

    The plane of reward and its proxy is kept unless another tells more; so it is where there are drives.
    """
    usual = plane_of(scenario, individuals)
    if scenario.mind.objective.drives or usual.up is None:
        return usual
    rated = rate_planes(select_planners(individuals), scenario.world.features, environments)
    best = max(rated, key=rated.__getitem__, default=None)
    kept = [rate for pair, rate in rated.items() if set(pair) == {usual.across, usual.up}]
    if best is None or rated[best] < LEAST or rated[best] - max(kept) < LEAST:
        return usual
    across, up = best if best[1] != usual.across else best[::-1]
    return Plane(across, up, project_base(scenario, across, up))


def plane_of(scenario: Scenario, individuals: Frame) -> Plane:
    """Choose the feature that indicates reward or loss everywhere and the one that did so in training only.

    If no object pays or costs anything, choose the two with the largest weights in the last generation. If objectives
    have drives, choose the largest weight apart from reward, always and times the drive.
    """
    features, drives = scenario.world.features, scenario.mind.objective.drives
    final = select_planners(individuals)
    weights = {f: [f, *(f"{f}.{drive}" for drive in drives)] for f in features}
    care = {f: sum(float(np.abs(final[f"objective.{w}"]).sum()) for w in weights[f]) for f in features}
    if any(any(object_rewards(scenario, name).values()) for name in scenario.environments):
        found = {f: find_indication(scenario, f) for f in features}
        across = max(features, key=lambda f: found[f].least)
        order = sorted(
            features, key=lambda f: (round(found[f].trained - found[f].least, 9), found[f].trained), reverse=True
        )
    else:
        order = sorted(features, key=lambda f: care[f], reverse=True)
        across = order[0]
    if drives:
        beside = max((f for f in features if f != across), key=lambda f: care[f], default=across)
        return Plane(beside, f"{beside}.{drives[0]}", None)
    up = next((f for f in order if f != across), None)
    return Plane(across, up, project_base(scenario, across, up))


def project_base(scenario: Scenario, across: str, up: str | None) -> tuple[float, float] | None:
    """Return the direction of the base objective's weights in the plane of two features."""
    fitted, _ = fit_base_weights(scenario)
    if fitted is None:
        return None
    weights = dict(zip(scenario.world.features, fitted.tolist(), strict=True))
    x, y = weights[across], weights[up] if up else 0.0
    length = float(np.hypot(x, y))
    return (x / length, y / length) if length else None
