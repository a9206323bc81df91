"""The answer of an ecology to its scenario's question, in sentences built from measured numbers."""

import numpy as np

from evosim.numerics.formatting import in_words, percent, signed_number
from viz.answers.ecology_reading import Course, child_features, select_populated, wanted_weights

SAME = 0.005  # share by which what changes less is said to stay as it is


def answer_ecology(course: Course) -> str:
    """Compare births and utility before the world's change, right after it and at the end, in sentences."""
    said = [_comparison(course), _ending(course), describe_child_weights(course)]
    return " ".join(sentence for sentence in said if sentence)


def _comparison(course: Course) -> str:
    rate = course.mean("births_per_capita", course.before)
    if not course.changes:
        still = _planned_change(course)
        whole = f"{still}. In {course.last:,} ticks there are {_per_thousand(rate)} births per 1,000 agent-ticks"
        if not (~course.in_the_end).any():
            return f"{whole}."
        last = _compared(course, course.in_the_end)
        ticks = f"{course.ticks_in(course.in_the_end):,} ticks"
        return f"{whole}; compared with that, in the last {ticks} {last}." if last else f"{whole}."
    change = course.changes[0]
    after = course.ticks_in(course.at_once)
    at_once = _compared(course, course.at_once)
    where = f"In the {after:,} ticks after the change"
    if not change.is_real:
        where = f"At tick {change.start:,} nothing changes: in the {after:,} ticks after that"
    elif change.end > change.start:
        where = f"In the {after:,} ticks after the change is complete, at tick {change.end:,},"
    since = " it began" if change.is_real and change.end > change.start else " it"
    if not at_once:
        return f"The change that begins at tick {change.start:,} is not complete."
    return f"{where} {at_once}, compared with the {course.ticks_in(course.before):,} ticks before{since}."


def _compared(course: Course, chosen: np.ndarray) -> str:
    """Describe how far births and utility differ from what they were before the change."""
    births = rate_ratio(course, "births_per_capita", chosen)
    got = rate_ratio(course, "mesa_utility_frozen_per_capita", chosen)
    parts = [] if np.isnan(births) else [f"births per agent and tick {describe_ratio(births)}"]
    if not np.isnan(got):
        same = "the same weights" if course.changes else "weights of the same length"
        parts.append(f"agents get {format_times(got)} as much of what they want, by {same}")
    elif not course.loci:
        felt = {name: rate_ratio(course, f"felt.{name}", chosen) for name in encountered_features(course)}
        known = [
            f"{format_times(value)} as much {in_words(name)}" for name, value in felt.items() if not np.isnan(value)
        ]
        parts += [f"agents, who want nothing, get {' and '.join(known)}"] if known else []
    return " and ".join(parts)


def _ending(course: Course) -> str:
    """Describe who is left at the end."""
    population = course.frame["population"]
    if course.extinct:
        return f"At tick {course.last:,} nobody is left."
    was = float(population[course.before][-1]) if course.before.any() else float(population[0])
    if not course.changes:
        return f"{population[-1]:,} live."
    late = _compared(course, course.in_the_end) if is_end_apart(course) else ""
    if not late:
        return f"{population[-1]:,} live, of {was:,.0f} before."
    births = rate_ratio(course, "births_per_capita", course.in_the_end)
    got = rate_ratio(course, "mesa_utility_frozen_per_capita", course.in_the_end)
    known = {"births are": births, "what they get is": got}
    words = " and ".join(f"{name} at {format_ratio(ratio)}" for name, ratio in known.items() if not np.isnan(ratio))
    ticks = f"{course.ticks_in(course.in_the_end):,} ticks"
    return f"In the last {ticks} {words}; {population[-1]:,} live, of {was:,.0f} before."


def is_end_apart(course: Course) -> bool:
    """Whether the end of the run is clearly later than the change of the world."""
    return not bool((course.in_the_end & (course.at_once | course.before)).any())


def describe_child_weights(course: Course) -> str:
    """Describe how much agents want a child, before the change and at the end."""
    said = []
    for feature in child_features(course.scenario):
        frame = wanted_weights(course, feature)
        if frame is None or not course.changes:
            continue
        before = np.flatnonzero((frame["generation"] + 1) * course.interval <= course.changes[0].start)
        last = int(select_populated(course, frame)[-1])
        if len(before) and before[-1] < last:
            weights = [signed_number(float(frame["mean"][row])) for row in (before[-1], last)]
            interval = int(frame["generation"][last])
            left = f"{course.frame['population'][interval]:,} of them are left"
            when = f"when {left}, at tick {(interval + 1) * course.interval:,}" if course.extinct else "in the end"
            was = f"{weights[0]} before {reference_moment(course)}"
            said.append(f"The mean weight of {in_words(feature)} is {was} and {weights[1]} {when}.")
    return " ".join(said)


def reference_moment(course: Course) -> str:
    """Return the moment that the page compares with: the first change, or its tick if nothing changed then."""
    change = course.changes[0]
    return "the change" if change.is_real else f"tick {change.start:,}"


def _planned_change(course: Course) -> str:
    later = [phase for phase in course.scenario.evolution.schedule[1:] if phase.start >= course.last]
    if later:
        return f"The world has not changed yet; it does at tick {later[0].start:,}"
    return "The world does not change"


def rate_ratio(course: Course, name: str, chosen: np.ndarray) -> float:
    """Return the mean rate of `chosen` intervals `[K]` relative to that before the change; NaN if that is 0."""
    before, after = course.mean(name, course.before), course.mean(name, chosen)
    return after / before if before > 0 else float("nan")


def encountered_features(course: Course) -> list[str]:
    """Return the features that agents met before the change, excluding those of a child."""
    left_out = child_features(course.scenario)
    names = [name for name in course.scenario.world.features if name not in left_out]
    return [name for name in names if course.mean(f"felt.{name}", course.before) > 0]


def describe_ratio(ratio: float) -> str:
    """Describe in words how a quantity changed, from the ratio of its new value to its old one."""
    if abs(ratio - 1) < SAME:
        return "stay as they are"
    return f"{'fall' if ratio < 1 else 'rise'} by {percent(abs(ratio - 1))}"


def format_times(ratio: float) -> str:
    """Format a multiple in words, such as 3.1 times."""
    return f"{ratio:.1f} times" if ratio >= 1.95 else f"{ratio:.2f} times"


def format_ratio(ratio: float) -> str:
    """Format a multiple as briefly as possible, such as ×3.1."""
    return f"×{ratio:.0f}" if ratio >= 9.95 or ratio == 0 else f"×{ratio:.1f}" if ratio >= 1.95 else f"×{ratio:.2f}"


def format_signed_percent(value: float) -> str:
    """Format a share as a percentage with its sign."""
    return f"{signed_number(100.0 * value, 0)}%"


def _per_thousand(rate: float) -> str:
    return "no" if not rate > 0 else f"{1000 * rate:.1f}"
