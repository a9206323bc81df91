"""One agent: what it wants, what it was selected for, what it appears to want, and its paths."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.read_objectives import with_known_objectives
from evosim.alignment.assessment.search_quantities import search_card
from evosim.alignment.battery.subject import PhenotypeSubject, subject_of
from evosim.alignment.search.shares import map_kinds
from evosim.episode.grid_environment import Grid, Ground
from evosim.episode.rollout import Traces
from evosim.mind.expression import describe_mind, express, have_objective, traits_of
from evosim.numerics.formatting import in_words
from evosim.numerics.random import Stream, key_of
from evosim.scenario.first_entries import object_rewards
from evosim.scenario.schema.names import object_names, objective_names
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import TYPICAL, home_of, select_agent
from viz.answers.objectives.base_weights import fit_base_weights
from viz.answers.objectives.search import describe_search
from viz.answers.reading import Reading
from viz.badges import badges_of
from viz.names import with_article
from viz.report.behaviour import InferredBehaviour, infer_behaviour
from viz.report.live_pair import LivePair, live_pair
from viz.report.maps import Map, draw_map

MOST_SHOWN = 3  # environments, on maps


class WeightRow(NamedTuple):
    """One weight in three objectives, None where undefined; bars are shares of each objective's largest weight."""

    name: str
    mesa: float | None
    base: float | None
    behavioural: float | None
    bars: tuple[float, float, float]


class Journey(NamedTuple):
    """The agent's behaviour in one environment: an example world, and how typical that is."""

    environment: str
    world: int  # its number, from 0
    worlds: int
    alike: int  # worlds in which what is entered first is of the same kind, rewarded or not
    to_reward: bool
    map: Map
    pays: dict[str, float]  # by object type


class ReportedAgent(NamedTuple):
    """The agent that the report describes."""

    id: int
    why: str  # it is this one: whom it stands for
    generation: int
    controller: str
    horizon: int | None
    discount: float | None
    weights: list[WeightRow]
    base_fits: bool  # whether weights on features can say what the base objective pays
    behaviour: InferredBehaviour
    journeys: list[Journey]
    classes: dict[str, str]  # by environment, where they were measured
    live: LivePair | None  # None where the page can't play its lives
    wants: bool  # it has a mesa-objective, in its genome or read off its map
    described: tuple[str, ...] = ()  # lines that say how it decides, where its kind of mind has such
    climbs: str = ""  # the name of the number that it climbs, if it thinks in a map
    search: tuple[str, ...] = ()  # sentences on whether it searches, and for what, where it thinks in a map

    @property
    def called(self) -> str:
        """What kind of agent it is, with an article."""
        return with_article({"open_loop": "open-loop agent"}.get(self.controller, in_words(self.controller)))

    @property
    def places_of_class(self) -> dict[str, list[str]]:
        """Return the environments in which the agent is of each class."""
        found: dict[str, list[str]] = {}
        for environment, kind in self.classes.items():
            found.setdefault(kind, []).append(environment)
        return found


def describe_agent(run: RunFile, reading: Reading, who: int | str = TYPICAL) -> ReportedAgent:
    """Describe an agent of a run: the typical one, the fittest, or one by its id.

    Raises:
        ValueError: its genome is not stored.
    """
    agent, why = select_agent(run, who)
    features = run.scenario.world.features
    minds = with_known_objectives(
        express(run.scenario, run.laboratory.layout, agent.genome[None]),
        len(features),
        run.laboratory.aims.discount,
        key_of(run.seed, Stream.ASSESSED, agent.generation),
    ).minds
    mind = subject_of(minds, 0, agent.id)
    plans, traits = bool(have_objective(minds)[0]), traits_of(minds)
    replayed = {
        name: replay_agent(run, mind, name, agent.generation) for name in _shown(run, reading, agent.generation)
    }
    seen = {name: each for name, each in replayed.items() if each is not None}
    home = home_of(run.laboratory, agent.generation)
    behaviour = InferredBehaviour(None, 0, f"its lives in {home} are not measured, or its worlds are another package's")
    if (at_home := seen.get(home)) is not None:
        behaviour = infer_behaviour(*at_home, _discount(mind, run))
    search = describe_search(search_card(at_home[0], minds, features)) if at_home is not None else []
    weights, fits = _weights(run, mind, behaviour)
    journeys = [
        journey for name, each in seen.items() if (journey := _journey(run, mind, name, *each, home=name == home))
    ]
    return ReportedAgent(
        agent.id,
        why,
        agent.generation,
        minds.kinds[minds.controller[0]],
        int(traits["horizon"][0]) if plans and "horizon" in traits else None,
        float(minds.discount[0]) if plans else None,
        weights,
        fits,
        behaviour,
        journeys,
        _classes(run, reading, agent.generation, agent.id),
        live_pair(run, minds, agent.id, agent.generation, reading.final, seen) if home in seen else None,
        plans,
        tuple(describe_mind(minds, 0)),
        next((kind.climbs for kind in map_kinds(minds)), ""),
        tuple(search),
    )


def _classes(run: RunFile, reading: Reading, generation: int, id: int) -> dict[str, str]:
    """Return the classes of an agent by environment, where its generation was measured."""
    if not reading.scenario.measure.alignment:
        return {}
    frame = run.frame("individuals", "generation = ? and id = ?", (generation, id))
    if not len(frame["id"]):
        return {}
    found = {name: frame[f"class.{name}"][0] for name in reading.environments}
    return {name: str(kind) for name, kind in found.items() if isinstance(kind, str) and kind}


def replay_agent(
    run: RunFile, mind: PhenotypeSubject, environment: str, generation: int
) -> tuple[Ground, Traces] | None:
    """Replay an agent in the worlds of its generation's measurement; None for worlds of a plugin."""
    place = run.laboratory.environments[environment]
    if not isinstance(place, Grid):
        return None
    ground = place.draw(key_of(run.seed, Stream.MEASURED_WORLDS, generation), run.scenario.measure.episodes)
    return ground, mind.live(ground, np.uint64(key_of(run.seed, Stream.MEASURED_LIVES, generation)))


def _shown(run: RunFile, reading: Reading, generation: int) -> list[str]:
    """Return the environments to show: those under the agent's selection, then the other measured ones."""
    home = home_of(run.laboratory, generation)
    others = [name for name in reading.environments if name not in run.laboratory.shares_in(generation)]
    return [home, *others]


def _discount(mind: PhenotypeSubject, run: RunFile) -> float:
    own = float(mind.minds.discount[0])
    return run.laboratory.aims.discount if np.isnan(own) else own


def _journey(
    run: RunFile, mind: PhenotypeSubject, environment: str, ground: Ground, traces: Traces, *, home: bool
) -> Journey | None:
    """Choose the example world: at home the first in which the first entry is rewarded, elsewhere in which it isn't."""
    pays, kinds = object_rewards(run.scenario, environment), object_names(run.scenario)
    first = [next((n for n in row if n >= 0), -1) for row in traces.entered[0].tolist()]
    paid = np.array([n >= 0 and pays[kinds[ground.plan.type_of[n]]] > 0 for n in first])
    wanted = paid if home else ~paid
    to_reward = home if wanted.any() else not home
    e = int(wanted.argmax()) if wanted.any() else 0
    drawn = draw_map(ground, traces, mind.minds, e, run.scenario, badges_of(run.scenario))
    return Journey(environment, e, len(first), int((paid == to_reward).sum()), to_reward, drawn, pays)


def _weights(run: RunFile, mind: PhenotypeSubject, behaviour: InferredBehaviour) -> tuple[list[WeightRow], bool]:
    """Align the three objectives, weight by weight."""
    names, features = objective_names(run.scenario), run.scenario.world.features
    nothing = np.full(len(names), np.nan)
    mesa, base, behavioural = nothing.copy(), nothing.copy(), nothing.copy()
    if have_objective(mind.minds)[0]:
        mesa[:] = mind.minds.objective[0]
    found, fits = fit_base_weights(run.scenario)
    if found is not None:
        base[: len(features)] = found
    if behaviour.found is not None:
        behavioural[: len(features)] = behaviour.found.weights
    columns = np.array([mesa, base, behavioural])
    largest = np.nanmax(np.abs(np.nan_to_num(columns)), axis=1, keepdims=True)
    bars = np.nan_to_num(columns) / np.where(largest > 0, largest, 1.0)
    rows = []
    for name, stated, bar in zip(names, columns.T.tolist(), bars.T.tolist(), strict=True):
        mesa_weight, base_weight, behavioural_weight = (None if np.isnan(value) else float(value) for value in stated)
        rows.append(WeightRow(name, mesa_weight, base_weight, behavioural_weight, (bar[0], bar[1], bar[2])))
    return rows, fits
