"""Conformance of worlds: lives are a function of their minds and of two keys."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from evosim.episode.outcomes import outcome_layout
from evosim.episode.plugin_environment import PluginEnvironment
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Ids
from evosim.numerics.compiler import plainly
from evosim.numerics.random import Stream, key_of
from evosim.scenario import Scenario, parse_scenario
from evosim.scenario.schema.worlds import PluginWorld
from evosim.testing.conformance import (
    AT_ONCE,
    ConformanceError,
    at_once,
    check_settings,
    expect_same,
    expect_unwritten,
    other_global_seeds,
    without_side_effects,
)

PAGE = """
schema = 1
title = "Minds for a world of another package"
[world]
size = [5, 5]
steps = 5
[environments.training]
[evolution]
"""
POPULATIONS = (  # how many, who they are, and how many episodes they live
    (9, "{ planner = 0.4, heuristic = 0.3, open_loop = 0.3 }", 3),
    (1, "{ planner = 1 }", 1),
    (4, "{ open_loop = 1 }", 2),
)
REPEATED = 3
KEYS = (11, 12)


class WorldCase(NamedTuple):
    """A world, and who is to live in it."""

    scenario: Scenario
    world: PluginWorld
    minds: Phenotypes
    ids: Ids  # [P]
    episodes: int


def check_world(
    make: Callable[..., Any],
    *,
    features: Sequence[str],
    outcomes: Sequence[str],
    steps: int = 1,
    settings: Mapping[str, Any] | None = None,
    is_random: bool = True,
) -> None:
    """Check that a kind of worlds obeys its contract (docs/extending.md).

    `make(settings, *, features, outcomes, steps)` is what the entry point names; the rest is what a scenario says in
    `[world]`. Planners, heuristics and open-loop minds live in it. Without `is_random` other keys may come to the same.

    Raises:
        ConformanceError: it doesn't; the message says what it does, where, and what would be right.
    """
    who = str(getattr(make, "__name__", None) or type(make).__name__)
    check_settings(make, settings or {}, who)
    named = {"features": [*features], "outcomes": [*outcomes], "steps": steps, "settings": dict(settings or {})}
    world = PluginWorld.model_validate({"kind": "plugin", **named}).model_copy(update={"kind": who})
    for count, controllers, episodes in POPULATIONS:
        case = _case(world, count, controllers, episodes)
        with without_side_effects(who):
            first = _lives(_made(make, case), case)
        with without_side_effects(who):
            _check(make, case, first, who)
            if is_random and count > 1:
                _check_that_keys_matter(make, case)


def _case(world: PluginWorld, count: int, controllers: str, episodes: int) -> WorldCase:
    lists = [f"world.features={world.features}", f"objectives.base={{ {world.outcomes[0]} = 1 }}"]
    amounts = ", ".join(f"{name} = 1" for name in world.outcomes)
    thing = f"world.objects.thing={{ features = {{ {world.features[0]} = 1 }}, outcomes = {{ {amounts} }} }}"
    of_all = [f"evolution.population={max(count, 2)}", "evolution.generations=1", f"mind.controllers={controllers}"]
    scenario = parse_scenario(PAGE, overrides=[*lists, thing, *of_all])
    layout = genome_layout(scenario)
    with plainly():
        minds = select_minds(express(scenario, layout, draw_founders(scenario, layout, 1)), np.arange(count))
    own = scenario.model_copy(update={"world": world, "environments": {"training": world}})
    return WorldCase(own, world, minds, 7 + 3 * np.arange(count, dtype=np.int64), episodes)


def _keys(seeds: tuple[int, int]) -> tuple[np.uint64, np.uint64]:
    with plainly():
        return key_of(seeds[0], Stream.FOREIGN), key_of(seeds[1], Stream.FOREIGN)


def _lives(
    plugin: PluginEnvironment, case: WorldCase, rows: Any = None, keys: tuple[int, int] = KEYS
) -> dict[str, Any]:
    """Return the outcomes by name, of all or of some; `[P, E]` each."""
    rows = np.arange(len(case.ids)) if rows is None else rows
    lives = plugin.live(select_minds(case.minds, rows), case.ids[rows], *_keys(keys), case.episodes)
    named = {f"{name!r}": lives.outcomes[:, :, n] for n, name in enumerate(outcome_layout(case.scenario).names)}
    return named | {"'mesa_return'": lives.mesa_return}


def _check(make: Callable[..., Any], case: WorldCase, first: dict[str, Any], who: str) -> None:
    plugin = _made(make, case)
    what = "differ when the same lives are replayed: all randomness must come from the two keys"
    for _ in range(2):
        expect_same(first, _lives(plugin, case), what)
    with other_global_seeds():
        expect_same(first, _lives(plugin, case), "depend on a global generator: draw from one made of the keys")
    later, alone = (_lives(each, case, keys=(13, 14)) for each in (plugin, _made(make, case)))
    expect_same(later, alone, "depend on what was lived before: keep nothing from one call to the next")
    _check_that_nobody_else_matters(plugin, case, first)
    _check_that_nothing_is_written_to(make, case, who)
    pairs = [(11, 12 + n) for n in range(AT_ONCE)]
    separately = [_lives(plugin, case, keys=keys) for keys in pairs]
    for _ in range(REPEATED):
        together = at_once([partial(_lives, plugin, case, keys=keys) for keys in pairs])
        for one, other in zip(separately, together, strict=True):
            expect_same(one, other, "are others when several threads ask at once: keep nothing of a call in the object")


def _made(make: Callable[..., Any], case: WorldCase) -> PluginEnvironment:
    return PluginEnvironment(make, case.scenario, "training", case.world)


def _check_that_nobody_else_matters(plugin: PluginEnvironment, case: WorldCase, first: dict[str, Any]) -> None:
    for rows in (np.arange(len(case.ids))[::-1], np.arange(len(case.ids))[::2]):
        some = {name: array[rows] for name, array in first.items()}
        what = "depend on who else lives, and in which row: draw what concerns an individual from `key` and its id"
        expect_same(some, _lives(plugin, case, rows), what)


def _check_that_nothing_is_written_to(make: Callable[..., Any], case: WorldCase, who: str) -> None:
    """Hand over minds and ids themselves, as evosim doesn't, and look at them afterwards."""
    world = case.world
    given = {"ids": case.ids, **case.minds._asdict()}
    copies = {name: deepcopy(each) for name, each in given.items()}
    lists = {"features": [*world.features], "outcomes": [*world.outcomes]}
    settings = dict(world.settings)
    inner = make(settings, **lists, steps=world.steps)
    inner.live(case.minds, case.ids, *_keys(KEYS), case.episodes)
    expect_unwritten(given, copies, who)
    if (settings, lists["features"], lists["outcomes"]) != (world.settings, world.features, world.outcomes):
        raise ConformanceError(f"{who} changes the settings or the names that it is given; copy what you change")


def _check_that_keys_matter(make: Callable[..., Any], case: WorldCase) -> None:
    plugin = _made(make, case)
    first, others = _lives(plugin, case), [_lives(plugin, case, keys=(21 + n, 31 + n)) for n in range(4)]
    if all(np.array_equal(first[name], other[name]) for other in others for name in first):
        raise ConformanceError(
            "lives are the same whatever the keys are: draw worlds from `worlds_key` and the rest from `key`, or say "
            "`is_random=False`"
        )
