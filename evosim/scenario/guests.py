"""Guests: what is wrong with a base optimizer that another package provides, and with its settings.

A guest tells of its settings by a pydantic model, its attribute `Settings`; a guest without one has none. Only
scenarios that are about to be run are checked so: a stored run is read without what it was made with.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from evosim.scenario.complaints import form_mistake
from evosim.scenario.evolving import ALGORITHMS
from evosim.scenario.installed import OPTIMIZERS, additions, find, load
from evosim.scenario.mistakes import Mistake, suggest

ALGORITHM, SETTINGS, PROVIDED_BY = (("evolution", key) for key in ("algorithm", "settings", "provided_by"))


def provided(evolution: dict[str, Any]) -> dict[str, Any]:
    """Say which package provides the base optimizer, if one does: `{"provided_by": "its-name 1.0"}`."""
    name = evolution.get("algorithm")
    if not isinstance(name, str) or name in ALGORITHMS:
        return {}
    try:
        return {"provided_by": find(OPTIMIZERS, name).provider}
    except LookupError:
        return {}


def guest_mistakes(evolution: Any) -> Iterator[Mistake]:
    """Find the mistakes of a complete table of evolution that only the installed packages can tell."""
    if not isinstance(evolution, dict):
        return
    name, settings = evolution.get("algorithm", ALGORITHMS[0]), evolution.get("settings", {})
    if name in ALGORITHMS:
        for key in ("settings", "provided_by"):
            if key in evolution:
                yield Mistake(("evolution", key), f"{name} is evosim's own and has no {key}: leave this out")
        return
    if not isinstance(name, str) or not isinstance(settings, dict):
        return
    try:
        guest = find(OPTIMIZERS, name)
        model = getattr(load(guest), "Settings", None)
    except LookupError as error:
        yield Mistake(ALGORITHM, f"{error}; {_there_are(name)}")
        return
    except ValueError as error:
        yield Mistake(ALGORITHM, str(error))
        return
    if evolution.get("provided_by") != guest.provider:
        yield Mistake(PROVIDED_BY, f"what is installed is {guest.provider}")
    yield from _settings_mistakes(name, settings, model)


def _settings_mistakes(name: str, settings: dict[str, Any], model: Any) -> Iterator[Mistake]:
    if model is None:
        for key in settings:
            yield Mistake((*SETTINGS, key), f"{name} has no settings: leave this out")
    elif not (isinstance(model, type) and issubclass(model, BaseModel)):
        yield Mistake(ALGORITHM, f"the Settings of {name!r} are no pydantic model")
    else:
        try:
            model.model_validate(settings)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                where, what = form_mistake(each, model)
                yield Mistake((*SETTINGS, *where), what)
        except Exception as error:
            yield Mistake(SETTINGS, f"{name} can't read these: {type(error).__name__}: {error}")


def _there_are(name: str) -> str:
    installed = additions(OPTIMIZERS)
    listed = [*ALGORITHMS, *(f"{addition.name} ({addition.provider})" for addition in installed)]
    meant = suggest(name, [*ALGORITHMS, *(addition.name for addition in installed)])
    return f"there are {', '.join(listed)}" + (f"; {meant}" if meant.startswith("did") else "")
