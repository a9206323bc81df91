"""What other packages add to evosim: found by their entry points, loaded only when a scenario names one."""

import os
import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

OPTIMIZERS, WORLDS, PROCESSES, MINDS = "evosim.optimizers", "evosim.worlds", "evosim.processes", "evosim.minds"
MEASURES = "evosim.measures"


class PluginError(ValueError):
    """Something of another package that is missing, fails, or breaks the contract."""


class LocalEntry(NamedTuple):
    """Something that is there already, of a file or a notebook: what stands in the place of an entry point."""

    made: Any
    value: str

    def load(self) -> Any:
        """Return it."""
        return self.made


class Addition(NamedTuple):
    """Something that a package adds, or a file, under the name by which scenarios call it."""

    name: str
    provider: str  # the package and its version
    entry: EntryPoint | LocalEntry


LOCAL: dict[tuple[str, str], Addition] = {}  # what this process was given, by group and name


def provide(group: str, name: str, made: Any, provider: str) -> None:
    """Use something in this process as if an installed package added it, in place of what was given by that name."""
    LOCAL[group, name] = Addition(name, provider, LocalEntry(made, getattr(made, "__qualname__", repr(made))))


def local_version(name: str) -> str | None:
    """Return the version of a file or class that was given to this process; None if it wasn't."""
    providers = (addition.provider.rpartition(" ") for addition in LOCAL.values())
    return next((version for given, _, version in providers if given == name), None)


def additions(group: str) -> list[Addition]:
    """Return what installed packages and local files add to a group, by name; nothing is loaded."""
    found = [Addition(entry.name, _provider(entry), entry) for entry in _installed(group, _places())]
    found += [addition for (of, _), addition in LOCAL.items() if of == group]
    return sorted(found, key=lambda addition: (addition.name, addition.provider))


def _places() -> tuple[tuple[str, int], ...]:
    """Return where packages are installed, with the time at which one was last installed or removed there."""
    found = []
    for place in sys.path:
        try:
            found.append((place, os.stat(place or ".").st_mtime_ns))
        except OSError:
            found.append((place, 0))
    return tuple(found)


@lru_cache(maxsize=32)
def _installed(group: str, places: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group: all packages are looked through, so once for the same `places`."""
    return tuple(entry_points(group=group))


def find(group: str, name: str) -> Addition:
    """Return what a scenario calls by a name.

    Raises:
        LookupError: no package provides it, or several do.
    """
    found = [addition for addition in additions(group) if addition.name == name]
    if len(found) != 1:
        providers = " and ".join(addition.provider for addition in found)
        raise LookupError(f"{providers} both provide {name!r}" if found else f"{_nobody(group)} provides {name!r}")
    return found[0]


def _nobody(group: str) -> str:
    """Return who was asked in vain: what is installed, and the plugin files that add something to the group."""
    providers = [
        addition.provider for (of, _), addition in LOCAL.items() if of == group and _is_file(addition.provider)
    ]
    files = dict.fromkeys(provider.rpartition(" ")[0] for provider in providers)
    return f"neither {', '.join(files)} nor an installed package" if files else "no installed package"


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
        was += ", a file: name it before the command, `evosim --plugin FILE …`" if _is_file(provider) else ""
        raise PluginError(f"{what}: {error}{was}") from error


def _is_file(provider: str) -> bool:
    return provider.rpartition(" ")[0].endswith(".py")


def _provider(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without metadata"
