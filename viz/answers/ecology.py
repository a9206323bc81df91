"""The answer that an ecology gives to its scenario's question, in sentences made of measured numbers."""

import numpy as np

from evosim.numerics.formatting import percent
from viz.answers.ecology_reading import AT_ONCE, BEFORE, IN_THE_END, Course, child_features, many_enough

SAME = 0.005  # share by which what changes less is said to stay as it is


def answer(course: Course) -> str:
    """Say how births, and what agents get, compare before the change, right after it, and in the end."""
    said = [_comparison(course), _ending(course), _worth(course)]
    return " ".join(sentence for sentence in said if sentence)


def _comparison(course: Course) -> str:
    rate = course.mean("births_per_capita", course.before)
    if not course.changes:
        still = _planned_change(course)
        whole = f"{still}. In {course.last:,} ticks there are {_per_thousand(rate)} births per 1,000 agent-ticks"
        if not (~course.in_the_end).any():
            return f"{whole}."
        last = _compared(course, course.in_the_end)
        ticks = f"{course.stretch(IN_THE_END):,} ticks"
        return f"{whole}; compared with that, in the last {ticks} {last}." if last else f"{whole}."
    change = course.changes[0]
    after = course.stretch(AT_ONCE)
    at_once = _compared(course, course.at_once)
    where = f"In the {after:,} ticks after the change"
    if not change.is_real:
        where = f"At tick {change.start:,} nothing changes: in the {after:,} ticks after that"
    elif change.end > change.start:
        where = f"In the {after:,} ticks after the change is complete, at tick {change.end:,},"
    since = " it began" if change.is_real and change.end > change.start else " it"
    if not at_once:
        return f"The change that begins at tick {change.start:,} is not complete."
    return f"{where} {at_once}, compared with the {course.stretch(BEFORE):,} ticks before{since}."


def _compared(course: Course, chosen: np.ndarray) -> str:
    """Say by how much births, and what agents get, differ from before."""
    births = ratio_of(course, "births_per_capita", chosen)
    got = ratio_of(course, "mesa_utility_frozen_per_capita", chosen)
    parts = [] if np.isnan(births) else [f"births per agent and tick {moved(births)}"]
    if not np.isnan(got):
        same = "the same weights" if course.changes else "weights of the same length"
        parts.append(f"agents get {times(got)} as much of what they want, by {same}")
    elif not course.loci:
        felt = {name: ratio_of(course, f"felt.{name}", chosen) for name in met(course)}
        known = [f"{times(value)} as much {name}" for name, value in felt.items() if not np.isnan(value)]
        parts += [f"agents, who want nothing, get {' and '.join(known)}"] if known else []
    return " and ".join(parts)


def _ending(course: Course) -> str:
    """Say who is left."""
    population = course.frame["population"]
    if course.extinct:
        return f"At tick {course.last:,} nobody is left."
    was = float(population[course.before][-1]) if course.before.any() else float(population[0])
    if not course.changes:
        return f"{population[-1]:,} live."
    late = _compared(course, course.in_the_end) if is_later(course) else ""
    if not late:
        return f"{population[-1]:,} live, of {was:,.0f} before."
    births = ratio_of(course, "births_per_capita", course.in_the_end)
    got = ratio_of(course, "mesa_utility_frozen_per_capita", course.in_the_end)
    known = {"births are": births, "what they get is": got}
    words = " and ".join(f"{name} at {times_sign(ratio)}" for name, ratio in known.items() if not np.isnan(ratio))
    return f"In the last {course.stretch(IN_THE_END):,} ticks {words}; {population[-1]:,} live, of {was:,.0f} before."


def is_later(course: Course) -> bool:
    """Whether the end of a run lies apart from its change."""
    return not bool((course.in_the_end & (course.at_once | course.before)).any())


def _worth(course: Course) -> str:
    """Say what a child is worth to them, before the change and in the end."""
    said = []
    for feature in child_features(course.scenario):
        frame = course.loci.get(f"objective.{feature}")
        if frame is None or not course.changes:
            continue
        before = np.flatnonzero((frame["generation"] + 1) * course.interval <= course.changes[0].start)
        last = int(many_enough(course, frame)[-1])
        if len(before) and before[-1] < last:
            weights = [signed(float(frame["mean"][row])) for row in (before[-1], last)]
            interval = int(frame["generation"][last])
            left = f"{course.frame['population'][interval]:,} of them are left"
            when = f"when {left}, at tick {(interval + 1) * course.interval:,}" if course.extinct else "in the end"
            said.append(f"The mean weight of {feature} is {weights[0]} before {began(course)} and {weights[1]} {when}.")
    return " ".join(said)


def began(course: Course) -> str:
    """Name what all is compared with the time before: the first change, or its tick, if nothing changed then."""
    change = course.changes[0]
    return "the change" if change.is_real else f"tick {change.start:,}"


def _planned_change(course: Course) -> str:
    later = [phase for phase in course.scenario.evolution.schedule[1:] if phase.start >= course.last]
    if later:
        return f"The world has not changed yet; it does at tick {later[0].start:,}"
    return "The world does not change"


def ratio_of(course: Course, name: str, chosen: np.ndarray) -> float:
    """Return the mean of a rate in some intervals as a multiple of that before the change; NaN if that is 0."""
    before, after = course.mean(name, course.before), course.mean(name, chosen)
    return after / before if before > 0 else float("nan")


def met(course: Course) -> list[str]:
    """Name the features that agents met with before the change, those of a child left out."""
    left_out = child_features(course.scenario)
    names = [name for name in course.scenario.world.features if name not in left_out]
    return [name for name in names if course.mean(f"felt.{name}", course.before) > 0]


def moved(ratio: float) -> str:
    """Say how something that is a multiple of what it was has moved."""
    if abs(ratio - 1) < SAME:
        return "stay as they are"
    return f"{'fall' if ratio < 1 else 'rise'} by {percent(abs(ratio - 1))}"


def times(ratio: float) -> str:
    """Write a multiple in words: 3.1 times."""
    return f"{ratio:.1f} times" if ratio >= 1.95 else f"{ratio:.2f} times"


def times_sign(ratio: float) -> str:
    """Write a multiple as short as it can be: ×3.1."""
    return f"×{ratio:.0f}" if ratio >= 9.95 or ratio == 0 else f"×{ratio:.1f}" if ratio >= 1.95 else f"×{ratio:.2f}"


def signed(value: float) -> str:
    """Write a weight with its sign, the minus one that can be told from a hyphen."""
    written = f"{value:+.2f}"
    return "0.00" if written in ("-0.00", "+0.00") else written.replace("-", "−")


def signed_percent(value: float) -> str:
    """Write a share with its sign."""
    written = f"{100 * value:+.0f}%"
    return "0%" if written in ("-0%", "+0%") else written.replace("-", "−")


def _per_thousand(rate: float) -> str:
    return "no" if not rate > 0 else f"{1000 * rate:.1f}"
