"""Kinds of views, by the name that a process offers; each is a room beside this one and a line here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from evosim.scenario import Scenario
from evosim.simulation.process import process_class
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from viz.live.field.reader import FieldReader
from viz.live.field.story import plan_story as field_story
from viz.live.field.tour import plan_tour as field_tour
from viz.live.field.view import FieldView
from viz.live.pair.reader import PairReader
from viz.live.pair.story import plan_story as wall_story
from viz.live.pair.tour import plan_tour as wall_tour
from viz.live.pair.view import PairView
from viz.live.scenes.cues import Chapter, Cue, Filmable
from viz.live.scenes.sources import Source
from viz.live.wall.environments import find_widest_gap, list_others
from viz.live.worker.reader import Reader
from viz.live.worker.view import View
from viz.live.worker.worker import Worker


class ViewKind(NamedTuple):
    """A kind of view: its factory, and how its films are made."""

    opened: Callable[[Source, Worker, int | str, str | None, bool], tuple[Reader, View]]  # see Session
    to_be_seen: tuple[str, ...]  # what there will be, in words, a line each
    rate: int  # which of RATES is usual
    moments: Callable[[Scenario], int]  # in which a schedule counts, that a step has
    no_agent: str  # why no agent can be asked for before it is opened; empty: one can
    no_environment: str  # why no environment can be asked for; empty: one can
    others: Callable[[Scenario], list[str]]  # the environments that can be asked for
    widest_gap: Callable[[RunFile], str | None]  # the one that a film of a run shows, if none is asked for
    stays: bool  # whether a film of one generation stays with it
    tour: Callable[[Scenario, Sequence[int], float], list[Cue]]  # a film of what is stored, of so many seconds
    story: Callable[[Filmable, float], list[Chapter]]  # the same with captions
    reveals: tuple[str, ...]  # the keys that show what all agents want


def _wall(source: Source, worker: Worker, who: int | str, environment: str | None, pair: bool) -> tuple[Reader, View]:
    reader = PairReader(source)
    return reader, PairView(source.scenario, reader, worker, who, environment, begins=pair)


def _field(source: Source, worker: Worker, who: int | str, environment: str | None, pair: bool) -> tuple[Reader, View]:
    reader = FieldReader(source)
    return reader, FieldView(source.scenario, reader, worker)


VIEWS = {
    "wall": ViewKind(
        _wall,
        (
            "Left: agents in the worlds in which they are selected. Right: the same agents in other worlds.",
            "A blue rim: it got what evolution counts. An orange rim: it went elsewhere.",
            "L looks through the lens of what they want, M shows one agent large, D moves everybody, ? lists all keys.",
        ),
        rate=4,
        moments=lambda scenario: 1,
        no_agent="",
        no_environment="",
        others=list_others,
        widest_gap=find_widest_gap,
        stays=True,
        tour=wall_tour,
        story=wall_story,
        reveals=("lens",),
    ),
    "field": ViewKind(
        _field,
        (
            "One shared world: agents have no fitness, selection is birth and death.",
            "Wheel and drag zoom and pan; click an agent to see what it wants, and where it is going.",
            "L looks through the lens of what it wants, D changes the world, ? lists all keys.",
        ),
        rate=5,
        moments=lambda scenario: scenario.evolution.interval,
        no_agent="in an ecology agents are chosen in the window",
        no_environment="an ecology is in the environment of its schedule; in the window, D changes it",
        others=lambda scenario: [],
        widest_gap=lambda run: None,
        stays=False,
        tour=field_tour,
        story=field_story,
        reveals=("colours",),
    ),
}


def widest_gap_in(source: Source) -> str | None:
    """Return the environment to be shown beside that of selection, if none is asked for; None for any."""
    run = source.open()
    if run is None:
        return None
    with run:
        return view_kind(source.path, source.scenario).widest_gap(run)


def has_view(scenario: Scenario) -> bool:
    """Whether runs of a scenario can be watched."""
    return process_class(scenario).offers.view in VIEWS


def view_kind(path: Path, scenario: Scenario) -> ViewKind:
    """Return the kind of view for a run of a scenario.

    Raises:
        RunFileError: it can't be.
    """
    if not has_view(scenario):
        raise RunFileError(f"{path}: a run of a kind that has no live view; `evosim show`, `plot` and `export` show it")
    return VIEWS[process_class(scenario).offers.view]
