"""What only some scenarios ask: how fast a loss is recovered, when something is wanted, and at what price.

A schedule that moves selection raises the question how fast performance recovers; drives, when something is wanted;
Pareto objectives, how the two trade off.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from evosim.evolution.pareto import fronts
from evosim.numerics.arrays import Flags, Reals
from evosim.numerics.formatting import in_words, number, percent
from evosim.scenario.first_entries import is_first_entry_sufficient, rewarded_types
from evosim.scenario.schema.evolution import Phase
from viz.answers.generational import join_alternatives, rewarded_first_share
from viz.answers.reading import Reading, select_planners
from viz.answers.replayed import ReplayedPopulation

REGAINED = 0.9  # of the level before selection moved
SAME = 1e-9  # by which rounding may put a level below what it is
LEAST = 0.05  # weights smaller than this are neither wants nor dislikes, and smaller changes are none
MOST_FEATURES = 3
UNITS = {"thinking": "thoughts"}  # of outcomes that an objective charges for
NEARLY_ALL = 0.95  # of the range of a front
WHEN = {"hunger": ("sated", "starving")}  # what agents are of whom a drive has least, and most


class Recovery(NamedTuple):
    """How fast performance recovers after selection moves to another environment."""

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
    """The position of each individual by two objectives, and the non-dominated ones."""

    environment: str
    names: tuple[str, str]
    values: Reals  # [P, 2]
    best: Flags  # [P]
    controller: np.ndarray  # [P] names
    cost: str  # what the second objective is the price of, where it is nothing else
    note: str  # whether the price of thinking is in it


def specific_answers(reading: Reading, front: Front | None) -> list[str]:
    """Answer the questions raised by the schedule, the drives and the Pareto objectives."""
    said = [_describe_recovery(reading, each) for each in find_recoveries(reading)]
    said += [
        sentence for drive in reading.scenario.mind.objective.drives if (sentence := describe_drive(reading, drive))
    ]
    return [*said, describe_exchange(front)] if front is not None else said


# ------------------------------------------------------------------ how fast


def find_recoveries(reading: Reading) -> list[Recovery]:
    """Return, for each move of selection, how long the lost performance takes to recover."""
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
    levels = performance_level(reading, home), performance_level(reading, there)
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
    """Return the measured environment with the largest share of a phase's episodes."""
    shares = {name: share for name, share in phase.shares().items() if name in reading.environments}
    return max(shares, key=lambda name: shares[name]) if shares else None


def performance_level(reading: Reading, environment: str) -> Reals | None:
    """Return the performance by what selection measures, `[M]` from 0 to 1; None where unknown."""
    if is_first_entry_sufficient(reading.scenario) and rewarded_types(reading.scenario, environment):
        return rewarded_first_share(reading, environment)
    performance = reading.measurements[environment].get("base_performance")
    return None if performance is None or np.isnan(performance).any() else performance


def _describe_recovery(reading: Reading, found: Recovery) -> str:
    home, there = in_words(found.home), in_words(found.there)
    wanted = rewarded_types(reading.scenario, found.there)
    by_share = is_first_entry_sufficient(reading.scenario) and bool(wanted)
    what = (
        f"{join_alternatives(wanted)} was entered first in {{}} of episodes" if by_share else "base performance was {}"
    )
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
    """Describe how the objective follows, where it is measured."""
    gaps = reading.measurements[found.there].get("inner_gap")
    at = [found.measured, found.last if found.regained is None else found.regained]
    rows = [int(np.flatnonzero(reading.measured == generation)[0]) for generation in at]
    if gaps is None or np.isnan(gaps[rows]).any():
        return ""
    before, after = (number(float(gaps[row])) for row in rows)
    return f", the inner alignment gap there going from {before} to {after}"


# ------------------------------------------------------------------ when


def describe_drive(reading: Reading, drive: str) -> str:
    """Describe whether planners want things always or with a drive, by mean weights at its extremes."""
    final = select_planners(reading.final)
    if not len(final["id"]):
        return ""
    weak, strong = WHEN.get(drive, (f"without {drive}", f"at full {drive}"))
    by_drive = weights_by_drive(reading, drive)
    order = sorted(by_drive, key=lambda name: -max(abs(each) for each in by_drive[name]))[:MOST_FEATURES]
    named = [f"{in_words(name)} {describe_want(*by_drive[name], weak, strong)}" for name in order]
    of = f"mean weights of the {len(final['id'])} planners of generation {int(reading.measured[-1])}"
    return f"When it is wanted ({of}, {weak} → {strong}): {'; '.join(named)}."


def weights_by_drive(reading: Reading, drive: str) -> dict[str, tuple[float, float]]:
    """Return the mean weight of each feature at the minimum and the maximum of a drive."""
    final = select_planners(reading.final)
    plain = {name: float(final[f"objective.{name}"].mean()) for name in reading.scenario.world.features}
    return {name: (each, each + float(final[f"objective.{name}.{drive}"].mean())) for name, each in plain.items()}


def describe_want(least: float, most: float, weak: str, strong: str) -> str:
    """Describe when something is wanted, from its weights at the two ends of a drive."""
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


def find_front(reading: Reading, again: ReplayedPopulation, pareto: list[Reals]) -> Front | None:
    """Place the population by its first two Pareto objectives `[K]`, in the lives in which it was measured."""
    objectives = reading.scenario.objectives.pareto
    environment = next((name for name in again.lives), None)
    if len(objectives) < 2 or environment is None:
        return None
    outcomes = again.lives[environment].outcomes.mean(axis=1)
    values = np.stack([outcomes @ weights for weights in pareto[:2]], axis=1)
    return Front(
        environment, (format_objective(objectives[0]), format_objective(objectives[1])), values, fronts(values) == 0,
        np.array(again.minds.kinds)[again.minds.controller], price_outcome(objectives[1]), describe_price(reading),
    )  # fmt: skip


def describe_exchange(front: Front) -> str:
    """Describe how the two objectives trade off along the front."""
    along = front.values[front.best]
    along = along[np.argsort(along[:, 0], kind="stable")]
    low, high = along[0], along[-1]
    nearly = along[along[:, 0] >= low[0] + NEARLY_ALL * (high[0] - low[0])][0]

    def at(point: Reals) -> str:
        second = (
            format_amount(front.cost, -float(point[1]))
            if front.cost
            else f"“{front.names[1]}” {number(float(point[1]))}"
        )
        return f"{number(float(point[0]))} at {second}"

    points = [at(low)] if np.array_equal(low, high) else [at(low), at(nearly), f"{at(high)}, the most"]
    count = f"{int(front.best.sum())} of {len(front.best)} individuals are non-dominated"
    return (
        f"In {in_words(front.environment)} {count}; along them “{front.names[0]}” is {', '.join(points)}{front.note}."
    )


def format_amount(name: str, value: float) -> str:
    """Format an amount of a costly outcome."""
    return f"no {name}" if value == 0 else f"{value:,.0f} {name}" if value >= 10 else f"{number(value)} {name}"


def price_outcome(objective: dict[str, float]) -> str:
    """Return the outcome that an objective only charges for, or an empty string."""
    (name, weight), *others = objective.items()
    return UNITS.get(name, in_words(name)) if weight == -1.0 and not others else ""


def format_objective(objective: dict[str, float]) -> str:
    """Format an objective as a sum of terms."""
    words = ""
    for name, weight in objective.items():
        sign = "−" if weight < 0 else "+" if words else ""
        size = "" if abs(weight) == 1 else f"{abs(weight):g} "
        words += f" {sign} {size}{in_words(name)}" if words else f"{sign}{size}{in_words(name)}"
    return words


def describe_price(reading: Reading) -> str:
    """Describe whether the first Pareto objective includes the base objective's price of thinking."""
    price = reading.scenario.objectives.base.get("thinking", 0.0)
    own = reading.scenario.objectives.pareto[0].get("thinking", 0.0)
    if own:
        return f" (net of a price of thinking of {-own:g})"
    return " (gross: without the price of thinking)" if price else ""
