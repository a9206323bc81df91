"""Guests: what is wrong with base optimizers and worlds that other packages provide, and with their settings.

A guest tells of its settings by a pydantic model, its attribute `Settings`; a guest without one has none. Only
scenarios that are about to be run are checked so: a stored run is read without what it was made with.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.errors.messages import form_mistake
from evosim.scenario.schema.entry_points import OPTIMIZERS, WORLDS, additions, find, load
from evosim.scenario.schema.evolution import ALGORITHMS
from evosim.scenario.schema.worlds import KINDS, kind_of

Path = tuple[str, ...]


class Invitation(NamedTuple):
    """A table of a scenario that may name a guest, and where it stands."""

    group: str  # of entry points
    own: tuple[str, ...]  # the names of what evosim itself has
    where: Path
    key: str
    name: Any
    table: dict[str, Any]

    def is_for_a_guest(self) -> bool:
        """Tell whether the table names something that evosim itself doesn't have."""
        return isinstance(self.name, str) and self.name not in self.own

    def is_for_nobody(self) -> bool:
        """Tell whether no package provides what is named, or several do."""
        if self.is_for_a_guest():
            try:
                find(self.group, self.name)
            except LookupError:
                return True
        return False


def provided(evolution: dict[str, Any]) -> dict[str, str]:
    """Say which package provides the base optimizer, if one does: `{"provided_by": "its-name 1.0"}`."""
    return _provider(_optimizer(evolution))


def provided_world(world: dict[str, Any]) -> dict[str, str]:
    """Say which package provides a world, if one does."""
    return _provider(_world((), world))


def unknown_worlds(whole: dict[str, Any]) -> list[Path]:
    """Say where a scenario has worlds of which it can't be told what they may say."""
    return [each.where for each in _worlds(whole) if each.is_for_nobody()]


def guest_mistakes(whole: dict[str, Any]) -> Iterator[Diagnostic]:
    """Find the mistakes of a complete scenario that only the installed packages can tell."""
    evolution = whole.get("evolution")
    if isinstance(evolution, dict):
        yield from _mistakes(_optimizer(evolution))
        if evolution.get("algorithm", ALGORITHMS[0]) in ALGORITHMS:
            yield from _superfluous(evolution)
    for world in _worlds(whole):
        yield from _mistakes(world)


def _optimizer(evolution: dict[str, Any]) -> Invitation:
    name = evolution.get("algorithm", ALGORITHMS[0])
    return Invitation(OPTIMIZERS, ALGORITHMS, ("evolution",), "algorithm", name, evolution)


def _world(where: Path, world: dict[str, Any]) -> Invitation:
    return Invitation(WORLDS, KINDS, where, "kind", kind_of(world), world)


def _worlds(whole: dict[str, Any]) -> Iterator[Invitation]:
    world, environments = whole.get("world"), whole.get("environments")
    if isinstance(world, dict):
        yield _world(("world",), world)
    if isinstance(environments, dict):
        for name, environment in environments.items():
            if isinstance(environment, dict):
                yield _world(("environments", name), environment)


def _provider(invitation: Invitation) -> dict[str, str]:
    if not invitation.is_for_a_guest() or invitation.is_for_nobody():
        return {}
    return {"provided_by": find(invitation.group, invitation.name).provider}


def _superfluous(evolution: dict[str, Any]) -> Iterator[Diagnostic]:
    name = evolution.get("algorithm", ALGORITHMS[0])
    for key in ("settings", "provided_by"):
        if key in evolution:
            yield Diagnostic(("evolution", key), f"{name} is evosim's own and has no {key}: leave this out")


def _mistakes(invitation: Invitation) -> Iterator[Diagnostic]:
    where, name, settings = invitation.where, invitation.name, invitation.table.get("settings", {})
    if not invitation.is_for_a_guest() or not isinstance(settings, dict):
        return
    at = (*where, invitation.key)
    try:
        guest = find(invitation.group, name)
        model = getattr(load(guest), "Settings", None)
    except LookupError as error:
        yield Diagnostic(at, f"{error}; {_there_are(invitation)}")
        return
    except ValueError as error:
        yield Diagnostic(at, str(error))
        return
    if invitation.table.get("provided_by") != guest.provider:
        yield Diagnostic((*where, "provided_by"), f"what is installed is {guest.provider}")
    if model is not None and not (isinstance(model, type) and issubclass(model, BaseModel)):
        yield Diagnostic(at, f"the Settings of {name!r} are no pydantic model")
    else:
        yield from _settings_mistakes((*where, "settings"), name, settings, model)


def _settings_mistakes(
    at: Path, name: str, settings: dict[str, Any], model: type[BaseModel] | None
) -> Iterator[Diagnostic]:
    if model is None:
        for key in settings:
            yield Diagnostic((*at, key), f"{name} has no settings: leave this out")
        return
    try:
        model.model_validate(settings)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            mistake = form_mistake(each, model)
            yield Diagnostic((*at, *mistake.where), mistake.what)
    except Exception as error:
        yield Diagnostic(at, f"{name} can't read these: {type(error).__name__}: {error}")


def _there_are(invitation: Invitation) -> str:
    installed = additions(invitation.group)
    listed = [*invitation.own, *(f"{addition.name} ({addition.provider})" for addition in installed)]
    meant = suggest(invitation.name, [*invitation.own, *(addition.name for addition in installed)])
    return f"there are {', '.join(listed)}" + (f"; {meant}" if meant.startswith("did") else "")
