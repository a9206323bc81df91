"""Environments whose worlds other packages provide, by the entry point `evosim.worlds` (docs/extending.md).

A plugin is not trusted: whatever it returns is checked, and a violation is reported with its name.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from evosim.episode.outcomes import outcome_layout
from evosim.episode.rollout import Lives
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.random import key_of
from evosim.scenario import Scenario
from evosim.scenario.schema.entry_points import WORLDS, PluginError, summon
from evosim.scenario.schema.names import ALWAYS
from evosim.scenario.schema.worlds import PluginWorld

MESA_RETURN = "mesa_return"
NUMBERS = "biuf"  # kinds of numpy's dtypes


class ProvidedWorld(Protocol):
    """The interface of an environment that a plugin makes."""

    def live(
        self, minds: Phenotypes, ids: Ids, worlds_key: np.uint64, key: np.uint64, episodes: int
    ) -> Mapping[str, Any]:
        """Simulate E episodes of individuals `ids [P]`; return arrays `[P, E]` of outcomes by name."""


class PluginEnvironment:
    """An environment whose worlds a plugin provides; what it returns is checked."""

    def __init__(self, make: Callable[..., ProvidedWorld], scenario: Scenario, name: str, world: PluginWorld) -> None:
        provider = f" of {world.provided_by}" if world.provided_by else ""
        self.name = f"the world {world.kind!r}{provider}, environment {name!r},"
        self.own = world.outcomes
        self.layout = outcome_layout(scenario)
        lists = {"features": [*world.features], "outcomes": [*world.outcomes]}
        self.inner: ProvidedWorld = self._try(make, dict(world.settings), **lists, steps=world.steps)

    def live(self, minds: Phenotypes, ids: Ids, worlds_key: np.uint64, key: np.uint64, episodes: int) -> Lives:
        """Simulate one episode of individuals `ids [P]` in each of E worlds; an outcome that is left out is 0.

        But `survived` is 1 if it is left out.

        Raises:
            PluginError: the plugin fails, or breaks the contract.
        """
        copies = select_minds(minds, np.arange(len(ids))), ids.copy()
        given = self._try(self.inner.live, *copies, np.uint64(worlds_key), np.uint64(key), episodes)
        self._expect(isinstance(given, Mapping), "returned no dictionary of arrays")
        shape = (len(ids), episodes)
        outcomes, mesa_return = np.zeros((*shape, len(self.layout.names))), np.zeros(shape)
        outcomes[:, :, self.layout.slice_of("survived")] = 1.0
        allowed = (*self.own, *ALWAYS, MESA_RETURN)
        for name, value in given.items():
            self._expect(name in allowed, f"returned {name!r}, which is none of {', '.join(allowed)}")
            amounts = self._amounts(name, value, shape)
            if name == MESA_RETURN:
                mesa_return = np.where(np.isnan(amounts), 0.0, amounts)
            else:
                outcomes[:, :, self.layout.names.index(name)] = amounts
        return Lives(outcomes, mesa_return)

    def check(self, minds: Phenotypes, ids: Ids, episodes: int) -> None:
        """Check that individuals `ids [P]` get the same results twice.

        Raises:
            PluginError: the plugin fails, breaks the contract, or gives other results the second time.
        """
        first, second = (self.live(minds, ids, key_of(0), key_of(1), episodes) for _ in range(2))
        same = all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
        self._expect(same, "gives other results when it is replayed: all its randomness must come from its keys")

    def check_plainly(self, minds: Phenotypes, ids: Ids, episodes: int) -> bool:
        """Check as `check` does, with individuals `ids [P]`; return True, since no kernel of evosim is called.

        Raises:
            PluginError: as `check` does.
        """
        self.check(minds, ids, episodes)
        return True

    def _amounts(self, name: str, value: Any, shape: tuple[int, int]) -> Reals:
        """Return amounts `[P, E]` if they are finite numbers; an undefined mesa-return may be NaN."""
        found = self._try(np.asarray, value)
        self._expect(found.shape == shape, f"returned {name!r} of shape {found.shape}, where {shape} was expected")
        self._expect(found.dtype.kind in NUMBERS, f"returned {name!r} of {found.dtype}, where numbers were expected")
        amounts: Reals = found.astype(np.float64)
        wrong = ~np.isfinite(amounts) & ~(np.isnan(amounts) if name == MESA_RETURN else False)
        if wrong.any():
            row, episode = (int(n) for n in np.argwhere(wrong)[0])
            self._expect(False, f"returned {amounts[row, episode]} as {name!r} of row {row} in episode {episode}")
        return amounts

    def _try(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception as error:
            raise PluginError(f"{self.name} failed: {type(error).__name__}: {error}") from error

    def _expect(self, right: bool, what: str) -> None:
        if not right:
            raise PluginError(f"{self.name} {what}")


def make_plugin_environment(scenario: Scenario, name: str, world: PluginWorld) -> PluginEnvironment:
    """Return an environment whose worlds another package provides.

    Raises:
        PluginError: it is not installed, can't be loaded, or fails.
    """
    make = summon(WORLDS, world.kind, world.provided_by, f"world of environment {name!r}")
    return PluginEnvironment(make, scenario, name, world)
