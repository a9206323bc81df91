"""The story of an ecology: a film in chapters around its first change, with captions written from measurements."""

import numpy as np

from evosim.ecology.rules import shares_at
from evosim.numerics.formatting import enumerated, in_words, number, percent
from evosim.scenario import Scenario
from viz.answers.ecology import describe_child_weights, rate_ratio
from viz.answers.ecology_reading import read_course
from viz.live.field.colouring import COLOURINGS, WORDS
from viz.live.scenes.cues import Chapter, CueAction, Filmable, all_of, nearest_rate, press_keys

BEFORE, AFTER = 5, 5  # intervals that a run without a change is compared over
LOOKED_AT, QUICKLY = 6.0, 60.0  # ticks a second, while one agent is looked at, and all


def plan_story(filmed: Filmable, seconds: float) -> list[Chapter]:
    """Return the chapters: the question, the world, one agent, the change, and what became of births and wishes."""
    scenario: Scenario = filmed.view.scenario
    evolution, stored = scenario.evolution, filmed.seen.stored
    change = first_change(scenario)
    now = change // evolution.interval
    before = [each for each in stored if each < now] if change else stored[:1]
    first = before[-2] if len(before) > 1 else stored[0]
    chapters = [
        Chapter(0.0, scenario.question or scenario.title, _begin(first, 15.0)),
        Chapter(0.1, _world(filmed, first), _slowly),
        Chapter(0.2, *_agent(filmed, first)),
    ]
    if not change:
        return [*chapters, *_unchanging(filmed, scenario)]
    there = in_words(max(shares := shares_at(evolution.schedule, change), key=lambda name: shares[name]))
    end = _begin(stored[max(len(stored) - 2, 0)], 15.0)
    chapters += [
        Chapter(0.36, f"At tick {change:,} the world becomes {there}. Colours: {WORDS[COLOURINGS[1]]}.",
                all_of(_begin(before[-1] if before else first, QUICKLY), press_keys("whole", "escape", "colours"))),
        Chapter(0.58, _rates(filmed), _quickly),
        Chapter(0.76, _wishes(filmed), all_of(end, press_keys("space"))),
        Chapter(0.93, _end(filmed), press_keys()),
    ]  # fmt: skip
    return chapters


def _unchanging(filmed: Filmable, scenario: Scenario) -> list[Chapter]:
    """Return the chapters of a run whose world stays as it is: its middle and its end, beside its beginning."""
    stored, per = filmed.seen.stored, scenario.evolution.interval
    middle, last = stored[len(stored) // 2], stored[max(len(stored) - 2, 0)]
    words = f"The world stays as it is; who lives in it changes. Tick {(middle + 1) * per:,}"
    return [
        Chapter(0.38, f"{words}. Colours: {WORDS[COLOURINGS[1]]}.",
                all_of(_begin(middle, QUICKLY), press_keys("whole", "escape", "colours"))),
        Chapter(0.58, _births_over_all(filmed), all_of(_begin(last, QUICKLY), press_keys("plots"))),
        Chapter(0.76, _wishes_over_all(filmed, scenario), press_keys("plots", "space")),
        Chapter(0.93, _end(filmed), press_keys()),
    ]  # fmt: skip


def _births_over_all(filmed: Filmable) -> str:
    """Return how births were in the first and the last intervals of a run, in words."""
    births, per = filmed.seen.births, filmed.view.per
    ends = [each[~np.isnan(each)] for each in (births[:BEFORE], births[-AFTER:])]
    if len(births) < BEFORE + AFTER or not all(each.size for each in ends):
        return "The whole run, in its numbers."
    first, last = (number(1000.0 * float(each.mean()), 1) for each in ends)
    return (
        f"Births per thousand agent-ticks: {first} in the first {BEFORE * per:,} ticks, {last} in the last "
        f"{AFTER * per:,}."
    )


def _wishes_over_all(filmed: Filmable, scenario: Scenario) -> str:
    """Return from what to what the mean weights of features went from the first to the last interval, in words."""
    parts = []
    for name in scenario.world.features:
        _, mean = filmed.reader.vital.locus(name)
        known = mean[~np.isnan(mean)]
        if len(known) > 1:
            parts.append(f"{in_words(name)} from {number(float(known[0]))} to {number(float(known[-1]))}")
    if not parts:
        return "The end of the run: what they want was given, and stayed as it was."
    return f"What they want on average, from the beginning to the end of the run: {enumerated(parts)}."


def first_change(scenario: Scenario) -> int:
    """Return the tick at which the schedule first changes the environment; 0 if it never does."""
    schedule = scenario.evolution.schedule
    starts = (
        phase.start
        for phase in schedule[1:]
        if shares_at(schedule, phase.start) != shares_at(schedule, phase.start - 1) or phase.over
    )
    return next(starts, 0)


def _world(filmed: Filmable, first: int) -> str:
    per = filmed.view.scenario.evolution.interval
    return (
        f"One world that all share, here from tick {(first + 1) * per:,} on. Nobody is rewarded: selection is birth "
        "and death."
    )


def _agent(filmed: Filmable, first: int) -> tuple[str, CueAction]:
    """Return what an agent that has just grown up wants, in words, and the action of looking at it."""
    view = filmed.view
    view.show(first)
    filmed.advance(0.0)
    filmed.perform("agent")
    portrait = view.portrait
    view.escape()
    if portrait is None:
        return "", _slowly

    def look(filmed: Filmable) -> None:
        _begin(first, LOOKED_AT)(filmed)
        filmed.advance(0.0)
        filmed.view.go_to(portrait.id)
        press_keys(*["zoom_in"] * 6)(filmed)

    wants = [each.words for each in portrait.statements if each.words.startswith(("Wants", "Dislikes"))]
    return " ".join([f"Agent {portrait.id}, just grown up.", *wants]), look


def _rates(filmed: Filmable) -> str:
    """Return what births and utility are after the change, as multiples of what they were before, in words."""
    course = read_course(filmed.reader.run)
    births = rate_ratio(course, "births_per_capita", course.at_once)
    utility = rate_ratio(course, "mesa_utility_frozen_per_capita", course.at_once)
    parts = []
    if not np.isnan(births):
        parts.append(f"births are {percent(births)} of what they were")
    if not np.isnan(utility):
        parts.append(f"they get {number(utility, 1)} times as much of what they want")
    ticks = course.ticks_in(course.at_once)
    return f"In the {ticks:,} ticks after the change {', and '.join(parts)}." if parts else "The world has changed."


def _wishes(filmed: Filmable) -> str:
    """Return how births, and the mean weight of a child in what is wanted, are at the end, in words."""
    course = read_course(filmed.reader.run)
    births = rate_ratio(course, "births_per_capita", course.in_the_end) if course.changes else float("nan")
    said = [] if np.isnan(births) else [f"At the end of the run births are {percent(births)} of what they were."]
    said.append(describe_child_weights(course))
    return " ".join(sentence for sentence in said if sentence) or "The end of the run."


def _end(filmed: Filmable) -> str:
    return f"One run is one seed, here seed {filmed.reader.run.seed}: another may end otherwise."


def _begin(interval: int, ticks: float) -> CueAction:
    """Return the action of showing a stored state, going on at so many ticks a second."""

    def begin(filmed: Filmable) -> None:
        filmed.playing = True
        filmed.view.show(interval)
        filmed.rate = nearest_rate(ticks)

    return begin


def _slowly(filmed: Filmable) -> None:
    filmed.rate = nearest_rate(LOOKED_AT)


def _quickly(filmed: Filmable) -> None:
    filmed.rate = nearest_rate(QUICKLY)
