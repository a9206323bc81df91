"""The kinds of mind that there are: evosim's own, and those of other packages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np

from evosim.mind.kind import Kind, Look
from evosim.numerics.arrays import Bytes, Flags
from evosim.scenario.schema.entry_points import MINDS, PluginError, summon
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.names import controller_names
from evosim.scenario.schema.own_kinds import OWN_KINDS
from evosim.scenario.schema.scenario import Scenario

OWN: dict[str, Kind] = {kind.name: kind.descriptor() for kind in OWN_KINDS}
PROVIDED: dict[str, Kind] = {}  # instead of those, or of a package's, while they are being checked


@cache
def kind_named(name: str) -> Kind:
    """Return a kind of mind by its name.

    Raises:
        PluginError: it is of another package that is not installed, or fails.
    """
    if name in PROVIDED or name in OWN:
        return PROVIDED.get(name) or OWN[name]
    what = f"the kind of mind {name!r}"
    make = summon(MINDS, name, "", what)
    try:
        made = make()
    except Exception as error:
        raise PluginError(f"{what} failed: {type(error).__name__}: {error}") from error
    if not isinstance(made, Kind) or made.name != name:
        raise PluginError(f"{what} must be a subclass of evosim.mind.kind.Kind with that name")
    return made


@contextmanager
def providing(kind: Kind) -> Iterator[None]:
    """Use this kind of mind for its name meanwhile, whether or not a package that has it is installed."""
    before = PROVIDED.get(kind.name)
    PROVIDED[kind.name] = kind
    kind_named.cache_clear()
    try:
        yield
    finally:
        del PROVIDED[kind.name]
        if before is not None:
            PROVIDED[kind.name] = before
        kind_named.cache_clear()


STRANGE = Look(
    "another kind of mind",
    "of another kind of mind",
    "#44aa99",
    "diamond",
    "Does what only the package that it is of can say.",
)


def look_of(name: str) -> Look:
    """Return how a kind of mind is shown; one whose package is not installed, or fails, as what it is: unknown."""
    try:
        return kind_named(name).look
    except PluginError:
        return STRANGE


def express_wants(scenario: Scenario, controller: Bytes) -> Flags:
    """Return which agents `[N]`, by the numbers of the kinds that they express, act on a mesa-objective."""
    wanting = wanting_kinds(scenario)
    return np.array([name in wanting for name in controller_names(scenario)], np.bool_)[controller]


def wanting_kinds(scenario: Scenario) -> list[str]:
    """Return the names of the kinds in a scenario that act on a mesa-objective, as far as they are installed."""
    return [name for name in controller_names(scenario) if name in scenario.mind.controllers and _wants(name)]


def which_want(names: np.ndarray) -> Flags:
    """Return which agents `[N]`, by the names of their kinds of mind, act on a mesa-objective."""
    return np.isin(names, [name for name in np.unique(names) if _wants(str(name))])


def _wants(name: str) -> bool:
    kind = _find(name)
    return kind is not None and kind.wants


def kinds_in(scenario: Scenario) -> list[Kind]:
    """Return the kinds of mind that founders of a scenario have, in the order of their numbers."""
    return [kind_named(name) for name in controller_names(scenario) if name in scenario.mind.controllers]


def kinds_found(scenario: Scenario) -> list[Kind]:
    """Return the kinds of mind that founders of a scenario have, as far as they are installed."""
    return [kind for kind in map(_find, scenario.mind.controllers) if kind is not None]


def discount_in(scenario: Scenario) -> tuple[str, Locus]:
    """Return the segment and the locus of what minds discount by: of the first kind that has one, founders' first."""
    return _first("discount", lambda kind: kind.discount(scenario), scenario)


def horizon_in(scenario: Scenario) -> Locus:
    """Return the locus of how many steps minds look ahead: of the first kind that has one, founders' first."""
    return _first("horizon", lambda kind: kind.horizon(scenario), scenario)[1]


def _first(what: str, of: Callable[[Kind], Locus | None], scenario: Scenario) -> tuple[str, Locus]:
    found = [
        (f"{kind.name}.{what}", locus)
        for kind in (*kinds_found(scenario), *OWN.values())
        if (locus := of(kind)) is not None
    ]
    return found[0]


def _find(name: str) -> Kind | None:
    try:
        return kind_named(name)
    except PluginError:
        return None
