"""What some scenarios ask beside where most go: how fast, when, and at what price; whichever scenario it is.

A schedule that moves selection asks how fast what was lost is regained; drives ask when a thing is wanted; Pareto
objectives ask how much of the one the other buys.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from evosim.evolution.pareto import fronts
from evosim.numerics.arrays import Flags, Reals
from evosim.numerics.formatting import in_words, number, percent
from evosim.scenario.schema.evolution import Phase
from evosim.scenario.schema.minds import CONTROLLERS
from viz.answers.generational import either, first_entered_share, first_says_all, rewarded
from viz.answers.reading import Reading, planners
from viz.answers.replayed import Again

REGAINED = 0.9  # of the level before selection moved
SAME = 1e-9  # by which rounding may put a level below what it is
LEAST = 0.05  # weights smaller than this are neither wants nor dislikes, and smaller changes are none
MOST_FEATURES = 3
NEARLY_ALL = 0.95  # of the range of a front
WHEN = {"hunger": ("sated", "starving")}  # what agents are of whom a drive has least, and most


class Recovery(NamedTuple):
    """How fast what selection measures is regained after it has moved."""

    start: int  # the generation from which on selection is elsewhere
    home: str  # where it was
    there: str  # where it is
    before: float  # level in `home` when it moved
    lost: float  # level in `there` when it moved
    measured: int  # in which generation both were measured
    regained: int | None  # the first generation measured since with REGAINED of `before` in `there`
    last: int  # the last one measured before selection moves again
    now: float  # level in `there` in `regained`, else in `last`


class Front(NamedTuple):
    """Where a population stands by two objectives, and who is beaten by nobody in both."""

    environment: str
    names: tuple[str, str]
    values: Reals  # [P, 2]
    best: Flags  # [P]
    controller: np.ndarray  # [P] names
    cost: str  # what the second objective is the price of, where it is nothing else
    note: str  # whether the price of thinking is in it


def specific_answers(reading: Reading, front: Front | None) -> list[str]:
    """Answer what the scenario asks by its schedule, its drives and its Pareto objectives."""
    said = [_told(reading, each) for each in recoveries(reading)]
    said += [sentence for drive in reading.scenario.mind.objective.drives if (sentence := driven(reading, drive))]
    return [*said, exchanged(front)] if front is not None else said


# ------------------------------------------------------------------ how fast


def recoveries(reading: Reading) -> list[Recovery]:
    """Find for each move of selection how long it takes to regain what was lost."""
    schedule = reading.scenario.evolution.schedule
    ends = [*(phase.start for phase in schedule[1:]), reading.last + 1]
    found = [_recovery(reading, old, new, ends[at + 1]) for at, (old, new) in enumerate(pairwise(schedule))]
    return [each for each in found if each is not None]


def _recovery(reading: Reading, old: Phase, new: Phase, end: int) -> Recovery | None:
    home, there = (_main(reading, phase) for phase in (old, new))
    measured = reading.measured
    before = np.flatnonzero(measured <= new.start)
    since = np.flatnonzero((measured > new.start) & (measured <= end))
    if home is None or there is None or home == there or not len(before) or not len(since):
        return None
    levels = level(reading, home), level(reading, there)
    if levels[0] is None or levels[1] is None:
        return None
    was, lost = float(levels[0][before[-1]]), float(levels[1][before[-1]])
    enough = since[levels[1][since] >= REGAINED * was - SAME]
    at = enough[0] if len(enough) else since[-1]
    return Recovery(
        new.start, home, there, was, lost, int(measured[before[-1]]), int(measured[at]) if len(enough) else None,
        int(measured[since[-1]]), float(levels[1][at]),
    )  # fmt: skip


def _main(reading: Reading, phase: Phase) -> str | None:
    """Name the measured environment in which a phase has most of its episodes."""
    shares = {name: share for name, share in phase.shares().items() if name in reading.environments}
    return max(shares, key=lambda name: shares[name]) if shares else None


def level(reading: Reading, environment: str) -> Reals | None:
    """Give how well a population does by what selection measures `[M]`, from 0 to 1; None where that is not known."""
    if first_says_all(reading.scenario) and rewarded(reading.scenario, environment):
        return first_entered_share(reading, environment)
    performance = reading.measurements[environment].get("base_performance")
    return None if performance is None or np.isnan(performance).any() else performance


def _told(reading: Reading, found: Recovery) -> str:
    home, there = in_words(found.home), in_words(found.there)
    wanted = rewarded(reading.scenario, found.there)
    by_share = first_says_all(reading.scenario) and bool(wanted)
    what = f"{either(wanted)} was entered first in {{}} of episodes" if by_share else "base performance was {}"
    write = percent if by_share else number
    moves = f"Selection moves from {home} to {there} at generation {found.start}"
    then = f"{what.format(write(found.lost))} there then, and in {home} {write(found.before)}"
    if found.lost >= REGAINED * found.before:
        return f"{moves}: {then}, so there was nothing to regain."
    every = reading.scenario.measure.every
    if found.regained is None:
        took = f"in the {found.last - found.start} generations since, {percent(REGAINED)} of that is not regained"
    else:
        later = found.regained - found.start
        within = f"within {later} generations (measured every {every})" if every > 1 else _generations(later)
        took = f"{percent(REGAINED)} of that is regained there {within}"
    return f"{moves}: {then}; {took} ({write(found.now)}){_gaps(reading, found)}."


def _generations(count: int) -> str:
    return "after 1 generation" if count == 1 else f"after {count} generations"


def _gaps(reading: Reading, found: Recovery) -> str:
    """Say how the objective follows, where that is measured."""
    gaps = reading.measurements[found.there].get("inner_gap")
    at = [found.measured, found.last if found.regained is None else found.regained]
    rows = [int(np.flatnonzero(reading.measured == generation)[0]) for generation in at]
    if gaps is None or np.isnan(gaps[rows]).any():
        return ""
    before, after = (number(float(gaps[row])) for row in rows)
    return f", the inner alignment gap there going from {before} to {after}"


# ------------------------------------------------------------------ when


def driven(reading: Reading, drive: str) -> str:
    """Say whether planners want things always, or by a drive: mean weights where there is none of it, and all of it."""
    final = planners(reading.final)
    if not len(final["id"]):
        return ""
    weak, strong = WHEN.get(drive, (f"without {drive}", f"at full {drive}"))
    told = weights_by_drive(reading, drive)
    order = sorted(told, key=lambda name: -max(abs(each) for each in told[name]))[:MOST_FEATURES]
    named = [f"{in_words(name)} {wanted_when(*told[name], weak, strong)}" for name in order]
    of = f"mean weights of the {len(final['id'])} planners of generation {int(reading.measured[-1])}"
    return f"When it is wanted ({of}, {weak} → {strong}): {'; '.join(named)}."


def weights_by_drive(reading: Reading, drive: str) -> dict[str, tuple[float, float]]:
    """Give the mean weight of each feature without a drive, and at its full."""
    final = planners(reading.final)
    plain = {name: float(final[f"objective.{name}"].mean()) for name in reading.scenario.world.features}
    return {name: (each, each + float(final[f"objective.{name}.{drive}"].mean())) for name, each in plain.items()}


def wanted_when(least: float, most: float, weak: str, strong: str) -> str:
    """Say when something is wanted, by its weight without a drive and at its full."""
    numbers = f"({number(least)} → {number(most)})"
    first, last = _attitude(least), _attitude(most)
    if first != last:
        return f"{first} when {weak}, {last} when {strong} {numbers}"
    if first == "ignored":
        return f"ignored {numbers}"
    grown = abs(most) - abs(least)
    more = f", and more when {strong}" if grown >= LEAST else f", but less when {strong}" if grown <= -LEAST else ""
    return f"{first} always{more} {numbers}"


def _attitude(weight: float) -> str:
    return "wanted" if weight >= LEAST else "disliked" if weight <= -LEAST else "ignored"


# ------------------------------------------------------------------ at what price


def front_of(reading: Reading, again: Again, pareto: list[Reals]) -> Front | None:
    """Place a population by the first two of its Pareto objectives `[K]`, in the lives in which it was measured."""
    objectives = reading.scenario.objectives.pareto
    environment = next((name for name in again.lives), None)
    if len(objectives) < 2 or environment is None:
        return None
    outcomes = again.lives[environment].outcomes.mean(axis=1)
    values = np.stack([outcomes @ weights for weights in pareto[:2]], axis=1)
    return Front(
        environment, (formula(objectives[0]), formula(objectives[1])), values, fronts(values) == 0,
        np.array(CONTROLLERS)[again.minds.controller], cost_of(objectives[1]), price_note(reading),
    )  # fmt: skip


def exchanged(front: Front) -> str:
    """Say how much of the first objective how much of the second buys, along the front."""
    along = front.values[front.best]
    along = along[np.argsort(along[:, 0], kind="stable")]
    low, high = along[0], along[-1]
    nearly = along[along[:, 0] >= low[0] + NEARLY_ALL * (high[0] - low[0])][0]

    def at(point: Reals) -> str:
        second = (
            amount_of(front.cost, -float(point[1])) if front.cost else f"{front.names[1]} {number(float(point[1]))}"
        )
        return f"{number(float(point[0]))} at {second}"

    points = [at(low)] if np.array_equal(low, high) else [at(low), at(nearly), f"{at(high)}, the most"]
    count = f"{int(front.best.sum())} of {len(front.best)} individuals are beaten by nobody in both"
    return f"In {in_words(front.environment)} {count}; along them {front.names[0]} is {', '.join(points)}{front.note}."


def amount_of(name: str, value: float) -> str:
    """Write how much there is of what costs."""
    return f"no {name}" if value == 0 else f"{value:,.0f} {name}" if value >= 10 else f"{number(value)} {name}"


def cost_of(objective: dict[str, float]) -> str:
    """Name the outcome that an objective is the price of, if it is nothing else."""
    (name, weight), *others = objective.items()
    return in_words(name) if weight == -1.0 and not others else ""


def formula(objective: dict[str, float]) -> str:
    """Write an objective as a sum."""
    words = ""
    for name, weight in objective.items():
        sign = "−" if weight < 0 else "+" if words else ""
        size = "" if abs(weight) == 1 else f"{abs(weight):g} "
        words += f" {sign} {size}{in_words(name)}" if words else f"{sign}{size}{in_words(name)}"
    return words


def price_note(reading: Reading) -> str:
    """Say whether the price that the base objective has for thinking is in the first Pareto objective."""
    price = reading.scenario.objectives.base.get("thinking", 0.0)
    own = reading.scenario.objectives.pareto[0].get("thinking", 0.0)
    if own:
        return f" (net of a price of thinking of {-own:g})"
    return " (gross: without the price of thinking)" if price else ""
