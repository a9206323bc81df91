"""What other packages add to evosim: found by their entry points, loaded only when a scenario names one."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

OPTIMIZERS, WORLDS, PROCESSES, MINDS = "evosim.optimizers", "evosim.worlds", "evosim.processes", "evosim.minds"


class PluginError(ValueError):
    """Something of another package that is missing, fails, or breaks the contract."""


class Addition(NamedTuple):
    """Something that a package adds, under the name by which scenarios call it."""

    name: str
    provider: str  # the package and its version
    entry: EntryPoint


def additions(group: str) -> list[Addition]:
    """Return what installed packages add to a group, by name; nothing is loaded."""
    found = [Addition(entry.name, _provider(entry), entry) for entry in entry_points(group=group)]
    return sorted(found, key=lambda addition: addition[:2])


def find(group: str, name: str) -> Addition:
    """Return what a scenario calls by a name.

    Raises:
        LookupError: no package provides it, or several do.
    """
    found = [addition for addition in additions(group) if addition.name == name]
    if len(found) != 1:
        providers = " and ".join(addition.provider for addition in found)
        raise LookupError(f"{providers} both provide {name!r}" if found else f"no installed package provides {name!r}")
    return found[0]


def load(addition: Addition) -> Any:
    """Return what a package adds, imported.

    Raises:
        ValueError: it fails, or is nothing that can be called.
    """
    try:
        made = addition.entry.load()
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise ValueError(f"{addition.name!r} of {addition.provider} can't be loaded: {what}") from error
    if not callable(made):
        raise ValueError(f"{addition.name!r} of {addition.provider} can't be called: {addition.entry.value}")
    return made


def summon(group: str, name: str, provider: str, what: str) -> Any:
    """Return what a scenario that runs names, and a package once provided, imported.

    Raises:
        PluginError: it is not installed, or can't be loaded; `what` says what it would be.
    """
    try:
        return load(find(group, name))
    except (LookupError, ValueError) as error:
        was = f"; it was provided by {provider}" if provider else ""
        raise PluginError(f"{what}: {error}{was}") from error


def _provider(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without metadata"
