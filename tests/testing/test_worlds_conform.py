"""Worlds obey the contract, evosim's own too; each way to break it is found and told."""

import random
import sys
import threading

import numpy as np
import packages
import pytest
from pydantic import BaseModel

from evosim.episode.grid_environment import Grid
from evosim.episode.outcomes import outcome_layout
from evosim.numerics.compiler import plainly
from evosim.scenario import load_scenario
from evosim.testing import ConformanceError, check_world

NAMES = {"features": ["sweet", "red"], "outcomes": ["eaten"], "steps": 3}


class Lottery:
    """Everybody eats what it is lucky to find; the class that all those break who are refused."""

    def __init__(self, settings, *, features, outcomes, steps):
        self.steps = steps

    def found(self, key, each, worlds_key, episodes):
        rng = np.random.default_rng([int(key), int(each)])
        return rng.random(episodes) + np.random.default_rng(int(worlds_key)).random(episodes)

    def live(self, minds, ids, worlds_key, key, episodes):
        eaten = np.stack([self.found(key, each, worlds_key, episodes) for each in ids])
        return {"eaten": self.steps * eaten, "steps": np.full(eaten.shape, self.steps)}


def breaking(name, function):
    return type("Broken", (Lottery,), {name: function})


def giving(change):
    """Break a world by a change of what it gives."""

    def live(self, minds, ids, worlds_key, key, episodes):
        return change(self, Lottery.live(self, minds, ids, worlds_key, key, episodes), minds, ids)

    return breaking("live", live)


def with_a_generator(self, settings, *, features, outcomes, steps):
    self.steps, self.rng = steps, np.random.default_rng(1)


def draws_on(self, key, each, worlds_key, episodes):
    return self.rng.random(episodes)


def remembers(self, given, minds, ids):
    self.lived = getattr(self, "lived", None) or float(given["eaten"][0, 0])
    return given | {"energy": np.full_like(given["eaten"], self.lived)}


def reads_the_global_state(self, key, each, worlds_key, episodes):
    return np.random.default_rng([int(np.random.get_state()[1][0]), int(key)]).random(episodes)  # noqa: NPY002


def by_row(self, given, minds, ids):
    return given | {"eaten": np.arange(given["eaten"].size).reshape(given["eaten"].shape) + given["eaten"]}


def not_at_once(self, minds, ids, worlds_key, key, episodes):
    self.key = key
    threading.Event().wait(0.002)
    return Lottery.live(self, minds, ids, worlds_key, self.key, episodes)


def written(name):
    def change(self, given, minds, ids):
        (ids if name == "ids" else getattr(minds, name))[:] = 0
        return given

    return giving(change)


def made_to(change):
    def make(self, settings, *, features, outcomes, steps):
        change(settings, features)
        self.steps = steps

    return breaking("__init__", make)


def of(name, value):
    return giving(lambda self, given, *_: given | {name: value(given["eaten"])})


BROKEN = {
    "prints": (giving(lambda self, given, *_: print("lived") or given), "Broken prints 'lived' to standard output"),
    "prints when made": (made_to(lambda *_: print("made")), "Broken prints 'made' to standard output"),
    "global numpy": (
        breaking("found", lambda self, key, each, worlds_key, episodes: np.random.random(episodes)),  # noqa: NPY002
        "Broken uses the global generator of numpy",
    ),
    "global random": (giving(lambda self, given, *_: random.random() and given), "the global generator of `random`"),
    "global state": (breaking("found", reads_the_global_state), "depend on a global generator"),
    "a generator that goes on": (
        type("Broken", (Lottery,), {"__init__": with_a_generator, "found": draws_on}),
        "'eaten' differ when the same lives are replayed",
    ),
    "remembers": (giving(remembers), "'energy' depend on what was lived before"),
    "whatever the keys": (
        breaking("found", lambda self, key, each, worlds_key, episodes: np.ones(episodes)),
        "are the same whatever the keys are",
    ),
    "by row": (giving(by_row), "'eaten' depend on who else lives, and in which row"),
    "at once": (breaking("live", not_at_once), "are others when several threads ask at once"),
    "writes to ids": (written("ids"), "Broken writes to `ids`"),
    "writes to minds": (written("discount"), "Broken writes to `discount`"),
    "changes names": (made_to(lambda settings, features: features.clear()), "changes the settings or the names"),
    "no table": (giving(lambda self, given, *_: given["eaten"]), "returned no dictionary of arrays"),
    "shape": (of("eaten", lambda eaten: eaten[:, 0]), "returned 'eaten' of shape (9,), where (9, 3) was expected"),
    "type": (of("eaten", lambda eaten: eaten.astype(str)), "where numbers were expected"),
    "no number": (of("eaten", lambda eaten: eaten * np.nan), "returned nan as 'eaten' of row 0 in episode 0"),
    "unknown": (of("drunk", lambda eaten: eaten), "returned 'drunk', which is none of eaten"),
    "fails": (giving(lambda *_: 1 / 0), "failed: ZeroDivisionError"),
    "settings": (type("Broken", (Lottery,), {"Settings": 1}), "the `Settings` of Broken are not a pydantic model"),
    "loose settings": (
        type("Broken", (Lottery,), {"Settings": type("Loose", (BaseModel,), {})}),
        "take a field they don't have",
    ),
}  # fmt: skip


def test_a_world_that_obeys_passes():
    with plainly():
        check_world(Lottery, **NAMES)


@pytest.mark.parametrize("name", BROKEN)
def test_whoever_breaks_the_contract_is_told_how(name):
    broken, said = BROKEN[name]
    with plainly(), pytest.raises(ConformanceError) as refused:
        check_world(broken, **NAMES)
    assert said in str(refused.value)


def test_what_needs_no_chance_may_say_so():
    with plainly():
        check_world(BROKEN["whatever the keys"][0], **NAMES, is_random=False)


def test_the_example_of_the_guide_obeys(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(packages.install(tmp_path))
    for name in ("evosim_example", "evosim_example.orchard"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from evosim_example.orchard import Orchard

    with plainly():
        names = {"features": ["sweet", "red"], "outcomes": ["eaten", "poisoned"], "steps": 2}
        check_world(Orchard, settings={"fruits": 4, "ripe": 0.5}, **names)


def test_our_grids_obey():
    scenario = load_scenario("red_doors", ["world.size=[7, 7]", "world.steps=6"])
    environment = next(iter(scenario.environments))
    world = scenario.environments[environment]

    class OurGrid:
        """A grid of ours, as a package would provide it."""

        def __init__(self, settings, *, features, outcomes, steps):
            self.grid = Grid(scenario, environment, 1)
            self.own = outcome_layout(scenario).own

        def live(self, minds, ids, worlds_key, key, episodes):
            lives = self.grid.live(minds, ids, worlds_key, key, episodes)
            own = {name: lives.outcomes[:, :, at] for name, at in self.own.items()}
            return own | {"mesa_return": lives.mesa_return}

    own = [*outcome_layout(scenario).own]
    with plainly():
        check_world(OurGrid, features=world.features, outcomes=own, steps=world.steps)
