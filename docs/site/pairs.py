"""The same agent in the same world, once for each environment: moving pictures of a stored run.

    python docs/site/pairs.py runs/red_doors.evosim docs/moving/red_doors

writes `docs/moving/red_doors_training.svg` and its like for every other environment that the run measured. The agent
is the typical one, and the world the first in which its first entry is rewarded where it was selected and not
elsewhere, if there is one.
"""

import sys
from pathlib import Path

import numpy as np
from moving import Caption, moving_picture

from evosim import open_run
from evosim.alignment.battery.subject import subject_of
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER, Traces
from evosim.gridworld.sampling import NOWHERE
from evosim.mind.expression import express
from evosim.numerics.formatting import in_words
from evosim.scenario.first_entries import object_rewards
from evosim.scenario.schema.names import object_names, place_names
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import TYPICAL, home_of, select_agent
from viz.answers.generational import with_article
from viz.badges import badges_of
from viz.report.agent import replay_agent
from viz.report.maps import Map, draw_map


def pair(run: RunFile, who: int | str = TYPICAL) -> dict[str, str]:
    """Return the pictures of an agent by environment, that of its selection first."""
    agent, _ = select_agent(run, who)
    minds = express(run.scenario, run.laboratory.layout, agent.genome[None])
    mind, home = subject_of(minds, 0, agent.id), home_of(run.laboratory, agent.generation)
    names = [home, *(name for name in run.laboratory.environments if name != home)]
    lives = {name: replay_agent(run, mind, name, agent.generation) for name in names}
    kinds, first = object_names(run.scenario), {}
    for name, (ground, traces) in lives.items():
        first[name] = [_first(ground, traces, e, kinds, place_names(run.scenario)) for e in range(len(traces.cell[0]))]
    paid = {name: np.isin(first[name], _paying(run, name)) for name in names}
    apart = np.flatnonzero(paid[home] & ~np.any([paid[name] for name in names[1:]], axis=0)) if names[1:] else []
    e = int(apart[0]) if len(apart) else int(paid[home].argmax())
    badges = badges_of(run.scenario)
    shape = "square" if minds.kinds[minds.controller[0]] == "open_loop" else "disc"
    return {
        name: moving_picture(
            drawn := draw_map(*lives[name], mind.minds, e, run.scenario, badges),
            Caption(
                in_words(name).capitalize(),
                _where(run, name, agent.generation),
                _lines(first[name], e, letters := _letters(list(object_rewards(run.scenario, name))), drawn),
            ),
            letters,
            shape=shape,
        )
        for name in names
    }


def _paying(run: RunFile, environment: str) -> list[str]:
    return [kind for kind, amount in object_rewards(run.scenario, environment).items() if amount > 0]


def _first(ground: Ground, traces: Traces, e: int, kinds: list[str], places: list[str]) -> str:
    """Return what an agent entered first in a world or, if that was nothing, the place where its life ended."""
    entered = next((n for n in traces.entered[0, e].tolist() if n >= 0), -1)
    if entered >= 0:
        return kinds[ground.plan.type_of[entered]]
    last = traces.cell[0, e][traces.cell[0, e] != OVER][-1]
    place = ground.worlds.place[e][last] if len(ground.worlds.place[e]) else NOWHERE
    return "" if place == NOWHERE else places[place]


def _letters(kinds: list[str]) -> dict[str, str]:
    """Return a letter of its name for each kind, no two the same if names have enough of them."""
    letters: dict[str, str] = {}
    for kind in kinds:
        own = kind.replace("_", "").upper()
        letters[kind] = next((letter for letter in own if letter not in letters.values()), own[0])
    return letters


def _where(run: RunFile, name: str, generation: int) -> str:
    """Return whether an environment is one of selection, was one before, or never was."""
    if name in run.laboratory.episodes_in(generation):
        return "selected in worlds like this"
    before = any(name in run.laboratory.episodes_in(each) for each in range(generation))
    return f"the same agent, where selection {'was before' if before else 'never was'}"


def _lines(first: list[str], e: int, letters: dict[str, str], drawn: Map) -> list[str]:
    """Return what happens, in how many worlds it is so, and what the letters stand for."""
    verb = "enters" if first[e] in letters or not first[e] else "ends at"
    what = with_article(in_words(first[e])) if first[e] else "nothing"
    named = [*letters.items(), *((badge.feature, badge.letter) for badge in drawn.badges)]
    return [
        f"It {verb} {what}, as in {sum(each == first[e] for each in first)} of {len(first)} worlds.",
        " · ".join(f"{letter} {in_words(kind)}" for kind, letter in named),
    ]


if __name__ == "__main__":
    with open_run(sys.argv[1]) as stored:
        for environment, picture in pair(stored).items():
            out = Path(f"{sys.argv[2]}_{environment}.svg")
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(picture)
            print(out)
