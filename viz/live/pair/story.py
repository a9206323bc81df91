"""The story of a generational run: a film in chapters, whose captions are written from what was measured."""

import numpy as np

from evosim.numerics.formatting import enumerated, in_words, percent, short_number
from evosim.scenario import Scenario
from evosim.scenario.first_entries import object_rewards
from evosim.studies.interventions import TYPICAL
from evosim.studies.typical_agent import HALF, ClassMedoid
from viz.live.pair.pair import Pair
from viz.live.pair.parts import OF_PROGRAMS, RUNS
from viz.live.pair.tour import leave_pair, open_pair, pace_pair
from viz.live.pair.view import PairView
from viz.live.scenes.cues import Chapter, CueAction, Filmable, all_of, nearest_rate, press_keys
from viz.live.scenes.scene import read_cast
from viz.live.wall.reader import MovedPopulation

SOME, FEWER = (0.0, 0.06, 0.2), (0.0, 0.2)  # of what is stored, that is shown before the last: after one agent, or two
ON, LATER = 0.46, 0.56  # of the film, from which on it shows the wall: after one agent, or two
ALL, ALL_LATER, MOVED, SUM, END = 0.68, 0.7, 0.79, 0.87, 0.95  # of the film, at which its last chapters begin
SECOND = 0.1  # the least share of a class, for one of it to be shown beside one of the largest
LOST = 0.02  # by which what is kept differs from what is got, for it to be said why


def plan_story(filmed: Filmable, seconds: float) -> list[Chapter]:
    """Return the chapters: the question, one agent in two environments, why, how it came about, and all others.

    Where no class has a majority, one agent of each of the two largest is shown.
    """
    stored = filmed.seen.stored
    generation = stored[-1]
    if isinstance(filmed.who, int):
        generation = filmed.who // filmed.view.scenario.evolution.population
    open_pair(generation)(filmed)
    view: PairView = filmed.view
    scenario, pair = view.scenario, view.pair
    question = scenario.question or scenario.title
    two = _two_classes(filmed)
    chapters = [Chapter(0.0, question, all_of(open_pair(generation, two[0].row if two else None), _hold))]
    if two:
        for place, found in zip((0.07, 0.31), two, strict=True):
            chapters += _class_chapters(filmed, generation, found, place, seconds)
    elif pair is not None:
        chapters += _both_lives(pair, seconds)
    on, last_wall = (LATER, ALL_LATER) if two else (ON, ALL)
    last = stored[-1]
    wished = np.unique(np.rint(np.array(FEWER if two else SOME) * (len(stored) - 1)).astype(int))
    early = [stored[at] for at in wished if stored[at] < last]
    places = np.linspace(on, last_wall, len(early) + 1)
    for place, each in zip(places, early, strict=False):
        words = f"How it came about. {_lives(filmed, each)}" if each == stored[0] else _lives(filmed, each)
        chapters.append(Chapter(float(place), words, _go(each, 0.08 * seconds)))
    everybody = all_of(_go(last, 0.12 * seconds), _choose)
    chapters.append(Chapter(last_wall if early else on, _everybody(filmed, last), everybody))
    moved, kept = _moved(filmed, last)
    if moved:
        chapters.append(Chapter(MOVED, moved, press_keys("lens", "deploy")))
    if kept:
        chapters.append(Chapter(SUM, kept, press_keys() if moved else press_keys("lens", "deploy")))
    end = f"One run is one seed, here seed {filmed.reader.run.seed}: another may end otherwise."
    chapters.append(Chapter(END, end, press_keys()))
    return chapters


def _two_classes(filmed: Filmable) -> list[ClassMedoid]:
    """Return an agent of each of the two largest classes where none has a majority, else nobody."""
    view: PairView = filmed.view
    if filmed.who != TYPICAL or view.stage is None or view.pair is None or view.pair.thoughts:
        return []
    found: list[ClassMedoid] = filmed.reader.class_medoids(view.stage.cast)[:2]
    return found if len(found) == 2 and found[0].share < HALF and found[1].share >= SECOND else []


def _class_chapters(
    filmed: Filmable, generation: int, found: ClassMedoid, place: float, seconds: float
) -> list[Chapter]:
    """Return the chapters of one agent of a class: how many are like it, what it does on each side, and why."""
    view: PairView = filmed.view
    assert view.stage is not None
    pair: Pair | None = filmed.reader.pair(view.stage.cast, found.row, view.environments())
    if pair is None:
        return []
    sides = [(in_words(side.scene.environment), side.does) for side in pair.sides]
    does = f"in {sides[0][0]} it {sides[0][1]}"
    if len(sides) > 1:
        (here, one), (there, other) = sides[0], sides[-1]
        does = f"in {here} and in {there} it {one}" if one == other else f"{does}; in {there} it {other}"
    lives = f"{percent(found.share)} of {found.whom} are like this ({found.named}): {does}."
    begin = all_of(open_pair(generation, found.row), _restart, pace_pair(0.09 * seconds))
    return [Chapter(place, lives, begin), Chapter(place + 0.13, _why(pair), press_keys())]


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
    return [*chapters, Chapter(why, _why(pair), press_keys())]


def _why(pair: Pair) -> str:
    return f"{pair.explains.removesuffix('.')} ({pair.notes[0]})." if pair.notes else pair.explains


def _lives(filmed: Filmable, generation: int) -> str:
    """Return in what share of all lives of a generation agents get what counts, in each environment, in words."""
    view: PairView = filmed.view
    who, whose = ("The founders get", "their") if generation == 0 else (f"Generation {generation} gets", "its")
    names, cast = view.environments(), read_cast(filmed.reader.run, generation)
    shares = filmed.reader.shares_paid(cast, names)
    if np.isnan(shares).any():
        return f"Generation {generation}."
    one, *others = [(percent(share), in_words(name)) for name, share in zip(names, shares, strict=True)]
    beside = "".join(f", and in {share} in {name}" for share, name in others)
    return f"{who} what evolution counts in {one[0]} of {whose} lives in {one[1]}{beside}."


def _everybody(filmed: Filmable, generation: int) -> str:
    view: PairView = filmed.view
    first = ""
    if view.stage is not None and filmed.who == TYPICAL:
        is_typical = filmed.reader.typical(view.stage.cast).words.startswith("typical")
        first = "the typical agent" if is_typical else "one of the largest class"
    first = f"{first}, then others " if first else ""
    who = f"Generation {generation}: {first}from the fittest to the least fit."
    return f"{who} Blue: got what evolution counts. Orange: went elsewhere."


def _moved(filmed: Filmable, generation: int) -> tuple[str, str]:
    """Return what the population gets where it is moved to, and what it keeps, in words; empty where not defined.

    The first is the quantity that is counted above the worlds, of all agents in all worlds.
    """
    view: PairView = filmed.view
    names = view.environments()
    if view.stage is None or len(names) < 2:
        return "", ""
    cast = view.stage.cast if view.stage.cast.generation == generation else read_cast(filmed.reader.run, generation)
    moved: MovedPopulation = filmed.reader.moved(cast, names[1])
    here, there, kept = in_words(names[0]), in_words(names[1]), moved.kept
    (home,), got = filmed.reader.shares_paid(cast, names[:1]), ""
    if not np.isnan([home, moved.paid]).any():
        agents, worlds = f"{len(cast.ids):,}", view.scenario.measure.episodes
        got = f"Not only these, but all {agents} agents, in {worlds} worlds each: they get what evolution counts in "
        got += f"{percent(moved.paid)} of their lives in {there}, and in {percent(home)} in {here}."
    parts = [
        f"{percent(share)} of {what}"
        for share, what in ((kept.capability, "the capability"), (kept.goal, "what evolution counts"))
        if not np.isnan(share)
    ]
    if not parts:
        return got, ""
    words = f"Moved to {in_words(kept.where)}, all agents together keep {' and '.join(parts)}"
    costs = _costs(view.scenario, names[1]) if abs(kept.goal - moved.paid) > LOST else ""
    return got, f"{words}{costs}."


def _costs(scenario: Scenario, environment: str) -> str:
    """Return which things cost what, so that more is lost than is missed; empty if none does."""
    pays = object_rewards(scenario, environment).items()
    parts = [f"a {in_words(name)} counts {short_number(paid, 3)}" for name, paid in pays if paid < 0.0]
    return f", since {enumerated(parts)}" if parts else ""


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
