"""The live pair: worlds of two environments in which the reported agent lives in the page, and can be changed.

The page replays the measured lives: the same worlds, and the same random draws. A reader may change the agent's
weights, its horizon and discount, and how things look, and sees what it then does.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER, Traces
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner.settings import EFFORTS, PlannerMind
from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import in_words
from evosim.numerics.random import Stream, key_of, subkey
from evosim.scenario import Scenario
from evosim.scenario.first_entries import is_first_entry_sufficient, object_rewards, rewarded_types
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.names import object_names, objective_names, place_names
from evosim.simulation.runs import RunFile
from viz.answers.objectives.plane import LOSS, find_indication, plane_of
from viz.answers.reading import Frame
from viz.answers.replayed import median_world
from viz.badges import badges_of
from viz.looks import type_area_style
from viz.names import thing_names, with_article
from viz.palette import NAMED_COLOURS
from viz.report.live_numbers import Shared, mind_numbers, plan_numbers, world_numbers
from viz.report.maps import assign_letters

MOST_WORLDS, MOST_BYTES = 64, 150_000  # of all environments together
MOST_CELLS, MOST_STEPS = 2500, 500  # of a world that is played
DEEPEST_IN_PAGE = 10  # moves, that a page can search
MOST_IMAGINED = 1_000_000  # steps that a page can imagine in one life of a planner that samples
FARTHEST, LEAST_DISCOUNT, LARGEST_DISCOUNT = 40, 0.05, 0.999  # of sliders, where a scenario says nothing
MORE_SAMPLES = 4  # times its own number, that a planner can be made to sample
MORE_THOUGHTS = 2  # times its own number, that a mind that climbs a map can be made to think
WHOLE = ("horizon", "thoughts", *EFFORTS.values())
BEYOND = 3.0  # times the range of evolution, that weights can be moved to
AT_FIRST = 6  # weights that are shown at once; the others on request
FEW, SOME = 0.5, 0.1  # an agent has gone astray below this share of its score at home; a score worth asking about


class Slider(NamedTuple):
    """A slider for one number of a mind."""

    name: str  # of the number in the page's data
    label: str
    low: float
    high: float
    value: float

    @property
    def position(self) -> float:
        """The position of the evolved value on the slider, from 0 to 1."""
        return (self.value - self.low) / (self.high - self.low)

    @property
    def is_whole(self) -> bool:
        """Whether it is moved by whole numbers."""
        return self.name in WHOLE


class LivePair(NamedTuple):
    """Two worlds that are played in the page, and what can be changed of the mind."""

    data: dict[str, Any]
    question: str
    weights: list[Slider]
    others: list[Slider]  # horizon and discount
    environments: list[str]
    types: list[str]
    features: list[str]


def live_pair(
    run: RunFile,
    minds: Phenotypes,
    id: int,
    generation: int,
    individuals: Frame,
    seen: Mapping[str, tuple[Ground, Traces]],
) -> LivePair | None:
    """Return the pair for an agent in the only row of `minds`, with its lives `seen` by environment, at home first.

    None where the page can't play it: for another package's minds and worlds, and for worlds that are too large.
    """
    mind = mind_numbers(minds)
    grounds = {name: ground for name, (ground, _) in seen.items()}
    if mind is None or any(_is_too_large(ground) for ground in grounds.values()):
        return None
    if mind["kind"] == "tree_search" and mind["horizon"] > DEEPEST_IN_PAGE:
        return None
    if any(_imagined(mind, ground) > MOST_IMAGINED for ground in grounds.values()):
        return None
    scenario, names = run.scenario, list(seen)
    scores = {name: _scores(run, name, *each) for name, each in seen.items()}
    home, away = names[0], min(names[1:] or names, key=lambda name: scores[name].mean())
    question, asked = _question(run, mind, individuals, scores[home], scores[away], away)
    world = example_world(scores[home], scores[away], _ticks(seen[home][1], seen[away][1]))
    count, shared = _how_many(grounds), Shared()
    numbers = [*range(count - 1), max(world, count - 1)]  # the example is among those that are played
    types = object_names(scenario)
    environments = [_environment(run, name, generation, ground, numbers, shared) for name, ground in grounds.items()]
    data = {
        "mind": mind,
        "key": str(int(subkey(key_of(run.seed, Stream.MEASURED_LIVES, generation), id))),
        "features": scenario.world.features,
        "types": (named := thing_names(scenario)).types,
        "said": named.said,
        "usual": named.usual,
        "places": place_names(scenario),
        "letters": list(assign_letters(scenario).values()),
        "badges": [
            {
                "feature": scenario.world.features.index(each.feature),
                "letter": each.letter,
                "at": [each.across, each.down],
            }
            for each in badges_of(scenario)
        ],
        "colours": {name: NAMED_COLOURS[name] for name in scenario.world.features if name in NAMED_COLOURS},
        "typeColours": [type_area_style(n).colour for n in range(len(types))],
        "environments": environments,
        "shared": shared.all,
        "numbers": numbers,
        "sides": [names.index(name) for name in dict.fromkeys([home, away])],
        "world": numbers.index(world),
        "firstDecides": is_first_entry_sufficient(scenario),
        "asked": asked,
    }
    weights, others = _weights(run, mind, asked), _others(run, mind)
    return LivePair(data, question, weights, others, names, types, scenario.world.features)


def _is_too_large(ground: Ground) -> bool:
    plan = ground.plan
    return plan.rows * plan.columns > MOST_CELLS or plan.steps > MOST_STEPS


def _imagined(mind: dict[str, Any], ground: Ground) -> int:
    """Return how many steps a planner that samples may imagine in a life, if it searches at every step; else 0."""
    if mind["kind"] not in EFFORTS:
        return 0
    plans = int(mind[EFFORTS[mind["kind"]]]) * int(mind.get("candidates", 1))
    return plans * int(mind["horizon"]) * ground.plan.steps


def _how_many(grounds: Mapping[str, Ground]) -> int:
    """Return how many worlds of each environment are played: as many as there is room for."""
    most = min(MOST_WORLDS, *(len(ground.worlds.start) for ground in grounds.values()))
    shared = Shared()
    first = [world_numbers(ground.worlds, 0, shared) for ground in grounds.values()]
    return int(np.clip(MOST_BYTES // len(json.dumps([first, shared.all])), 1, most))


def _scores(run: RunFile, environment: str, ground: Ground, traces: Traces) -> Reals:
    """Return the score of each life `[E]`: its payments, or where the first entry decides, whether that is rewarded."""
    pays, kinds = object_rewards(run.scenario, environment), object_names(run.scenario)
    paid = [[pays[kinds[ground.plan.type_of[n]]] for n in row if n >= 0] for row in traces.entered[0].tolist()]
    if is_first_entry_sufficient(run.scenario):
        return np.array([float(any(each > 0 for each in life[:1])) for life in paid])
    return np.array([sum(life, 0.0) for life in paid])


def example_world(home: Reals, away: Reals, ticks: list[int]) -> int:
    """Choose a world `[E]` in which the agent is paid at home and less elsewhere, else one in which it is at home.

    Of these worlds it is the median by the `ticks` of the shorter life: what a reader sees first is no exception.
    """
    worlds = next((each for each in (home > away, home > 0) if each.any()), np.ones(len(home), np.bool_))
    return median_world(np.flatnonzero(worlds).tolist(), ticks)


def _ticks(*traces: Traces) -> list[int]:
    """Return how long the shortest of an agent's lives is in each world `[E]`."""
    lengths = [(each.action[0] != OVER).sum(axis=-1) for each in traces]
    return [int(each) for each in np.min(lengths, axis=0)]


def _question(
    run: RunFile, mind: dict[str, Any], individuals: Frame, home: Reals, away: Reals, environment: str
) -> tuple[str, dict[str, Any] | None]:
    """Return the question that the pair is there for, with the weight that it is about and what counts as an answer."""
    scenario = run.scenario
    wanted = rewarded_types(scenario, environment)
    if "thoughts" in mind:
        return "Let it think less often: with how many thoughts does it still find its way?", None
    if "objective" not in mind:
        thing = with_article(wanted[0]) if wanted else "a thing"
        return f"It wants nothing. Change how {thing} looks: does it still go there?", None
    plane = plane_of(scenario, individuals)
    if not wanted or home.mean() < SOME or plane.up is None:
        return "Change what it wants: what does it do then?", None
    if away.mean() < FEW * home.mean():
        words = f"How far must {_moved(scenario, plane.across)} before it comes back?"
        return words, {"weight": objective_names(scenario).index(plane.across), "about": "back"}
    words = f"How far must {_moved(scenario, plane.up)} before it goes astray?"
    return words, {"weight": objective_names(scenario).index(plane.up), "about": "astray"}


def _moved(scenario: Scenario, weight: str) -> str:
    """Say that a weight is to be raised or, where its feature indicates loss, lowered."""
    disliked = weight in scenario.world.features and find_indication(scenario, weight).of == LOSS
    return f"its weight on {_weight_in_words(weight)} be {'lowered' if disliked else 'raised'}"


def _weight_in_words(weight: str) -> str:
    """Return the name of a weight in words: of a feature, or of a feature and a drive."""
    return in_words(weight).replace(".", " × ")


def _environment(
    run: RunFile, name: str, generation: int, ground: Ground, numbers: list[int], shared: Shared
) -> dict[str, Any]:
    """Return an environment with its worlds."""
    pays = object_rewards(run.scenario, name)
    selected = name in run.laboratory.episodes_in(generation)
    return {
        "name": in_words(name),
        "selected": selected,
        "plan": plan_numbers(ground.plan),
        "pays": [pays.get(kind, 0.0) for kind in object_names(run.scenario)],
        "worlds": [world_numbers(ground.worlds, e, shared) for e in numbers],
    }


def _weights(run: RunFile, mind: dict[str, Any], asked: dict[str, Any] | None) -> list[Slider]:
    """Return a slider for each weight, the one that is asked for first, then the strongest."""
    if "objective" not in mind:
        return []
    low, high = (BEYOND * end for end in run.scenario.mind.objective.range)
    names, values = objective_names(run.scenario), mind["objective"]
    first = -1 if asked is None else asked["weight"]
    order = sorted(range(len(names)), key=lambda n: (n != first, -abs(values[n])))
    return [
        Slider(
            f"objective.{n}",
            _weight_in_words(names[n]),
            min(low, values[n]),
            max(high, values[n]),
            values[n],
        )
        for n in order
    ]


def _others(run: RunFile, mind: dict[str, Any]) -> list[Slider]:
    """Return sliders for the horizon and the discount, and how much is sampled; or for the thoughts of a map."""
    if "thoughts" in mind:
        own = int(mind["thoughts"])
        return [Slider("thoughts", "thoughts of its map", 0, max(MORE_THOUGHTS * own, 1), own)]
    if "objective" not in mind:
        return []
    planner, tree = run.scenario.mind.of(PlannerMind), mind["kind"] == "tree_search"
    far = DEEPEST_IN_PAGE if tree else FARTHEST
    horizon, discount = mind["horizon"], mind["discount"]
    low, high = _range(planner.horizon, 1, far)
    least, most = _range(planner.discount, LEAST_DISCOUNT, LARGEST_DISCOUNT)
    return [
        Slider("horizon", "horizon, steps", min(low, horizon), max(min(high, far), horizon, 2), horizon),
        Slider("discount", "discount", min(least, discount), max(most, discount), discount),
        *_efforts(planner, mind),
    ]


def _efforts(planner: PlannerMind, mind: dict[str, Any]) -> list[Slider]:
    """Return a slider for the simulations or iterations of a planner that samples, up to some times as many."""
    name = EFFORTS.get(mind["kind"])
    if name is None:
        return []
    own = int(mind[name])
    low, high = _range(planner.effort, 1, MORE_SAMPLES * own)
    return [Slider(name, name, min(low, own), max(min(high, MORE_SAMPLES * own), own + 1), own)]


def _range(locus: Locus | None, low: float, high: float) -> tuple[float, float]:
    """Return the range in which a number evolves, or another where it doesn't."""
    return locus.range if locus is not None and locus.range is not None else (low, high)
