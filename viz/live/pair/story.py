"""The story of a generational run: a film in chapters, whose captions are written from what was measured."""

import numpy as np

from evosim.numerics.formatting import in_words, percent
from viz.live.pair.pair import Pair
from viz.live.pair.parts import OF_PROGRAMS, RUNS
from viz.live.pair.tour import leave_pair, open_pair, pace_pair
from viz.live.pair.view import PairView
from viz.live.panels.gauges import Retention
from viz.live.scenes.cues import Chapter, CueAction, Filmable, all_of, nearest_rate, press_keys

SOME = (0.0, 0.06, 0.2)  # of what is stored, that is shown before the last
ON = 0.46  # of the film, from which on it shows the wall


def plan_story(filmed: Filmable, seconds: float) -> list[Chapter]:
    """Return the chapters: the question, one agent in two environments, why, how it came about, and all others."""
    stored = filmed.seen.stored
    generation = stored[-1]
    if isinstance(filmed.who, int):
        generation = filmed.who // filmed.view.scenario.evolution.population
    open_pair(generation)(filmed)
    view: PairView = filmed.view
    scenario, pair = view.scenario, view.pair
    question = scenario.question or scenario.title
    begin = all_of(open_pair(generation), _hold)
    chapters = [Chapter(0.0, question, begin)]
    if pair is not None:
        chapters += _both_lives(pair, seconds)
    last = stored[-1]
    wished = np.unique(np.rint(np.array(SOME) * (len(stored) - 1)).astype(int))
    early = [stored[at] for at in wished if stored[at] < last]
    places = np.linspace(ON, 0.68, len(early) + 1)
    for place, each in zip(places, early, strict=False):
        words = "How it came about: the founders, in the worlds in which they are selected and elsewhere."
        words = words if each == stored[0] else f"Generation {each}."
        chapters.append(Chapter(float(place), words, _go(each, 0.08 * seconds)))
    chapters.append(Chapter(0.68 if early else ON, _everybody(last), all_of(_go(last, 0.12 * seconds), _choose)))
    moved = _moved(filmed)
    if moved:
        chapters.append(Chapter(0.82, moved, press_keys("lens", "deploy")))
    end = f"One run is one seed, here seed {filmed.reader.run.seed}: another may end otherwise."
    chapters.append(Chapter(0.94, end, press_keys()))
    return chapters


def _both_lives(pair: Pair, seconds: float) -> list[Chapter]:
    """Return the chapters of the pair: how it thinks, if it thinks in a map, what it does on each side, and why."""
    here, there = pair.sides[0], pair.sides[-1]
    thinks = pair.thoughts > 0
    first, second, why = (0.1, 0.24, 0.34) if thinks else (0.1, 0.2, 0.32)
    left = f"{in_words(here.scene.environment).capitalize()}, {here.caption}: it {here.does}."
    right = f"{in_words(there.scene.environment).capitalize()}, {there.caption}: it {there.does}."
    if thinks:
        runs = RUNS.get(pair.kind, OF_PROGRAMS)
        same = f"the same {len(pair.code)} {runs.parts} {runs.are}" if pair.code else "the same is thought"
        words = f"In every cell of its map {same}, {pair.thoughts} times. The stronger its colour, "
        words += "the higher is a cell: it goes uphill."
        both = left if len(pair.sides) == 1 else f"Left, it {here.does}. Right, it {there.does}."
        chapters = [
            Chapter(first, words, all_of(_restart, pace_pair(0.22 * seconds))),
            Chapter(second, both, press_keys()),
        ]
    else:
        chapters = [Chapter(first, left, all_of(_restart, pace_pair(0.08 * seconds)))]
        if len(pair.sides) > 1:
            chapters.append(Chapter(second, right, all_of(_restart, pace_pair(0.09 * seconds))))
    because = f"{pair.explains.removesuffix('.')} ({pair.notes[0]})." if pair.notes else pair.explains
    return [*chapters, Chapter(why, because, press_keys())]


def _everybody(generation: int) -> str:
    who = f"Generation {generation}: the typical agent, then from the fittest to the least fit."
    return f"{who} Blue: got what evolution counts. Orange: went elsewhere."


def _moved(filmed: Filmable) -> str:
    """Return what the population keeps where it is moved to, in words; empty where that isn't defined."""
    view: PairView = filmed.view
    if view.stage is None or len(view.environments()) < 2:
        return ""
    kept: Retention = filmed.reader.moved(view.stage.cast, view.environments()[1]).kept
    parts = [
        f"{percent(share)} of {what}"
        for share, what in ((kept.capability, "the capability"), (kept.goal, "what evolution counts"))
        if not np.isnan(share)
    ]
    where = in_words(kept.where)
    return f"Moved to {where}, all agents together keep {' and '.join(parts)}." if parts else ""


def _hold(filmed: Filmable) -> None:
    """Stand still at the beginning of both lives; captions say what the pair would say itself."""
    filmed.playing, filmed.view.is_brief = False, True
    filmed.view.repeat()


def _restart(filmed: Filmable) -> None:
    filmed.playing = True
    filmed.view.repeat()


def _choose(filmed: Filmable) -> None:
    """Select the first agent on the wall."""
    filmed.advance(0.0)
    view: PairView = filmed.view
    if view.stage is not None and len(view.stage.rows):
        view.choose(int(view.stage.rows[0]))


def _go(generation: int, seconds: float) -> CueAction:
    """Return the action of showing a generation on the wall, at a speed at which its lives take some seconds."""

    def go(filmed: Filmable) -> None:
        leave_pair(filmed)
        filmed.playing = filmed.stay = True
        filmed.view.show(generation)
        filmed.rate = nearest_rate(40.0 / max(0.8 * seconds, 0.1))

    return go
