"""Validation of what other packages provide: base optimizers, worlds, kinds of mind, their settings, and measures.

A plugin describes its settings by a pydantic model, its attribute `Settings`; without one it has no settings. Only
scenarios that are about to be run are validated so: a stored run can be read without its plugins.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from evosim.scenario.errors.diagnostic import Diagnostic, suggest, twins
from evosim.scenario.errors.messages import form_diagnostic
from evosim.scenario.schema.ecologies import ECOLOGY
from evosim.scenario.schema.entry_points import (
    MEASURES,
    MINDS,
    OPTIMIZERS,
    PROCESSES,
    WORLDS,
    Addition,
    additions,
    find,
    load,
)
from evosim.scenario.schema.evolution import ALGORITHMS, NATURAL_SELECTION
from evosim.scenario.schema.measures import TABLES, OwnMeasure
from evosim.scenario.schema.minds import Mind
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import KINDS, kind_of
from evosim.scenario.validation.loci import wrong_operators
from evosim.scenario.validation.minds import lives_in_shared_worlds, only_in_grids

Path = tuple[str, ...]
MEASURES_AT = ("measure", "own")
OF_ENVIRONMENTS = TABLES[1]  # what an ecology doesn't have


class PluginReference(NamedTuple):
    """A table of a scenario that may name a plugin, and its path."""

    group: str  # of entry points
    own: tuple[str, ...]  # the names of what evosim itself has
    where: Path
    key: str
    name: Any
    table: dict[str, Any]

    def names_a_plugin(self) -> bool:
        """Whether the table names something that is not evosim's own."""
        return isinstance(self.name, str) and self.name not in self.own

    def is_unresolved(self) -> bool:
        """Whether no package provides what is named, or more than one does."""
        if self.names_a_plugin():
            try:
                find(self.group, self.name)
            except LookupError:
                return True
        return False


def provided(evolution: dict[str, Any]) -> dict[str, str]:
    """Return which package provides the base optimizer, if one does: `{"provided_by": "its-name 1.0"}`."""
    return _provider(_optimizer(evolution))


def provided_world(world: dict[str, Any]) -> dict[str, str]:
    """Return which package provides a world, if one does."""
    return _provider(_world((), world))


def provided_minds(mind: Any) -> dict[str, dict[str, str]]:
    """Return which packages provide kinds of mind, if any do: `{"provided_by": {"its-kind": "its-name 1.0"}}`."""
    installed = additions(MINDS)
    named = {
        name: find(MINDS, name).provider
        for name in _kinds_of_mind(mind)
        if sum(addition.name == name for addition in installed) == 1
    }
    return {"provided_by": named} if named else {}


def _kinds_of_mind(mind: Any) -> list[str]:
    """Return the kinds of mind that a table names and that are not evosim's own."""
    controllers = mind.get("controllers") if isinstance(mind, dict) else None
    return [name for name in controllers if name not in OWN_NAMES] if isinstance(controllers, dict) else []


def unknown_worlds(whole: dict[str, Any]) -> list[Path]:
    """Return the paths of a scenario's worlds whose fields are not known."""
    return [each.where for each in _worlds(whole) if each.is_unresolved()]


def plugin_diagnostics(whole: dict[str, Any], scenario: Scenario | None) -> Iterator[Diagnostic]:
    """Yield what is wrong with a resolved scenario according to the installed packages; None: it is malformed."""
    evolution = whole.get("evolution")
    if isinstance(evolution, dict):
        yield from _diagnostics(_optimizer(evolution))
        if evolution.get("algorithm", ALGORITHMS[0]) in ALGORITHMS:
            yield from _superfluous(evolution)
    for world in _worlds(whole):
        yield from _diagnostics(world)
    yield from _diagnostics_of_minds(whole.get("mind"), scenario, is_shared=kind_of(whole.get("world")) == ECOLOGY)


def _diagnostics_of_minds(mind: Any, scenario: Scenario | None, *, is_shared: bool) -> Iterator[Diagnostic]:
    """Yield what is wrong with kinds of mind of other packages, and with their settings."""
    providers = mind.get("provided_by") if isinstance(mind, dict) else None
    for name in providers if isinstance(providers, dict) else ():
        if name not in _kinds_of_mind(mind):
            what = f"mind.controllers has no kind {name!r} from another package: leave this out"
            yield Diagnostic(("mind", "provided_by", name), what)
    for name in _kinds_of_mind(mind):
        at, settings, named = ("mind", "controllers", name), mind.get(name, {}), mind.get("provided_by", {})
        if name in Mind.model_fields:
            yield Diagnostic(at, f"{name!r} is the name of a table of [mind]: a kind of mind needs another name")
            continue
        try:
            addition = find(MINDS, name)
            make = load(addition)
            model = getattr(make, "Settings", None)
        except LookupError as error:
            there = [*OWN_NAMES, *(each.name for each in additions(MINDS))]
            expected = f"expected {', '.join(map(repr, there[:-1]))} or {there[-1]!r}, got {name!r}"
            suggestion = suggest(name, there)
            what = str(error) if name in there else expected
            yield Diagnostic(at, what + (f"; {suggestion}" if suggestion.startswith("did") else ""))
            continue
        except ValueError as error:
            yield Diagnostic(at, str(error))
            continue
        if isinstance(named, dict) and named.get(name) != addition.provider:
            yield Diagnostic(("mind", "provided_by", name), f"the installed package is {addition.provider}")
        if model is not None and not (isinstance(model, type) and issubclass(model, BaseModel)):
            yield Diagnostic(at, f"the Settings of {name!r} are not a pydantic model")
            continue
        wrong = [*_settings_diagnostics(("mind", name), name, settings, model)] if isinstance(settings, dict) else []
        yield from wrong
        if scenario is not None and not wrong:
            yield from _diagnostics_of_kind(at, name, make, scenario, is_shared=is_shared)


def _diagnostics_of_kind(
    at: Path, name: str, make: Any, scenario: Scenario, *, is_shared: bool
) -> Iterator[Diagnostic]:
    """Yield what is wrong with a kind of mind as such: it fails, or doesn't live in the scenario's world."""
    try:
        kind = make()
        if isinstance(kind, type) or not hasattr(kind, "segments"):
            return  # it is not a kind of mind, as whoever runs the scenario says
        segments = kind.segments(scenario)
    except Exception as error:
        yield Diagnostic(at, f"the kind of mind {name!r} failed: {type(error).__name__}: {error}")
        return
    if is_shared and not lives_in_shared_worlds(kind):
        yield Diagnostic(at, only_in_grids(name))
    if any(getattr(segment, "structure", None) is not None for segment in segments):
        yield from wrong_operators(scenario, name)


def _optimizer(evolution: dict[str, Any]) -> PluginReference:
    name = evolution.get("algorithm", ALGORITHMS[0])
    return PluginReference(OPTIMIZERS, ALGORITHMS, ("evolution",), "algorithm", name, evolution)


def _world(where: Path, world: dict[str, Any]) -> PluginReference:
    return PluginReference(WORLDS, KINDS, where, "kind", kind_of(world), world)


def _worlds(whole: dict[str, Any]) -> Iterator[PluginReference]:
    world, environments = whole.get("world"), whole.get("environments")
    if isinstance(world, dict):
        yield _world(("world",), world)
    if isinstance(environments, dict):
        for name, environment in environments.items():
            if isinstance(environment, dict):
                yield _world(("environments", name), environment)


def _provider(reference: PluginReference) -> dict[str, str]:
    if not reference.names_a_plugin() or reference.is_unresolved():
        return {}
    return {"provided_by": find(reference.group, reference.name).provider}


def _superfluous(evolution: dict[str, Any]) -> Iterator[Diagnostic]:
    name = evolution.get("algorithm", ALGORITHMS[0])
    for key in ("settings", "provided_by"):
        if key in evolution:
            yield Diagnostic(("evolution", key), f"{name} is evosim's own and has no {key}: leave this out")


def _diagnostics(reference: PluginReference) -> Iterator[Diagnostic]:
    where, name, settings = reference.where, reference.name, reference.table.get("settings", {})
    if not reference.names_a_plugin() or not isinstance(settings, dict):
        return
    at = (*where, reference.key)
    try:
        plugin = find(reference.group, name)
        model = getattr(load(plugin), "Settings", None)
    except LookupError as error:
        yield Diagnostic(at, f"{error}; {_there_are(reference)}")
        return
    except ValueError as error:
        yield Diagnostic(at, str(error))
        return
    if reference.table.get("provided_by") != plugin.provider:
        yield Diagnostic((*where, "provided_by"), f"the installed package is {plugin.provider}")
    if model is not None and not (isinstance(model, type) and issubclass(model, BaseModel)):
        yield Diagnostic(at, f"the Settings of {name!r} are not a pydantic model")
    else:
        yield from _settings_diagnostics((*where, "settings"), name, settings, model)


def _settings_diagnostics(
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
            diagnostic = form_diagnostic(each, model)
            yield Diagnostic((*at, *diagnostic.where), diagnostic.what)
    except Exception as error:
        yield Diagnostic(at, f"{name} can't read these: {type(error).__name__}: {error}")


def _there_are(reference: PluginReference) -> str:
    installed = additions(reference.group)
    listed = [*reference.own, *(f"{addition.name} ({addition.provider})" for addition in installed)]
    suggestion = suggest(reference.name, [*reference.own, *(addition.name for addition in installed)])
    return f"there are {', '.join(listed)}" + (f"; {suggestion}" if suggestion.startswith("did") else "")


def defined_measures(measure: dict[str, Any]) -> dict[str, Any]:
    """Return the measures that a table names, each with its definition as far as that can be found: `{"own": …}`."""
    said = measure.get("own")
    if isinstance(said, list) and all(isinstance(name, str) for name in said):
        said = {name: {} for name in said}
    if not isinstance(said, dict):
        return {}
    own = {name: {**_definition(name), **each} if isinstance(each, dict) else each for name, each in said.items()}
    return {"own": own}


def definition_of(addition: Addition) -> OwnMeasure:
    """Return the definition of a measure, with who provides it.

    Raises:
        ValueError: it can't be loaded, or is not a measure.
    """
    definition = getattr(load(addition), "definition", None)
    if not isinstance(definition, OwnMeasure):
        what = "is a function without a definition: put `@measure(unit=…)` of evosim.measures above it"
        raise ValueError(f"{addition.name!r} of {addition.provider} {what}")
    return definition.model_copy(update={"provided_by": addition.provider})


def _definition(name: str) -> dict[str, Any]:
    try:
        return definition_of(find(MEASURES, name)).model_dump()
    except (LookupError, ValueError):
        return {}


def unknown_measures(whole: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the paths of measures that nothing is known of."""
    if isinstance(_said_of_measures(whole), list):
        return [MEASURES_AT]
    return [(*MEASURES_AT, name) for name in _own_measures(whole) if not _definition(name)]


def measure_diagnostics(whole: dict[str, Any], scenario: Scenario | None) -> Iterator[Diagnostic]:
    """Yield what is wrong with the measures of a resolved scenario according to what is installed."""
    if isinstance(_said_of_measures(whole), list):
        yield Diagnostic(MEASURES_AT, 'expected the names of measures, as ["boldness"]')
    own = _own_measures(whole)
    for name in twins(own):
        yield Diagnostic(
            (*MEASURES_AT, name), f"{name!r} is there already but for capitals, which tables don't tell apart"
        )
    for name, each in own.items():
        at = (*MEASURES_AT, name)
        try:
            definition = definition_of(find(MEASURES, name))
        except LookupError as error:
            yield Diagnostic(at, f"{error}; {_measures_like(name)}")
            continue
        except ValueError as error:
            yield Diagnostic(at, str(error))
            continue
        for key, value in definition.model_dump().items():
            if isinstance(each, dict) and each.get(key) != value:
                yield Diagnostic((*at, key), f"the installed measure has {value!r}: leave this out")
    if scenario is not None:
        yield from _out_of_place(scenario)


def _said_of_measures(whole: dict[str, Any]) -> Any:
    measure = whole.get("measure")
    return measure.get("own") if isinstance(measure, dict) else None


def _own_measures(whole: dict[str, Any]) -> dict[str, Any]:
    own = _said_of_measures(whole)
    return {name: each for name, each in own.items() if isinstance(name, str)} if isinstance(own, dict) else {}


def _measures_like(name: str) -> str:
    names = [each.name for each in additions(MEASURES)]
    if not names:
        return "none is installed; `evosim --plugin FILE …` uses those of a file"
    suggestion = suggest(name, names)
    return suggestion if suggestion.startswith("did") else f"there are {', '.join(names)}"


def _out_of_place(scenario: Scenario) -> Iterator[Diagnostic]:
    """Yield which measures stand in tables that a run of the scenario doesn't have."""
    algorithm, own = scenario.evolution.algorithm, scenario.measure.own
    if own and scenario.evolution.provided_by and any(each.name == algorithm for each in additions(PROCESSES)):
        yield Diagnostic(
            MEASURES_AT, f"{algorithm!r} has a process of its own, which has no room for measures: leave this out"
        )
        return
    for name, each in own.items():
        if each.table == OF_ENVIRONMENTS and algorithm == NATURAL_SELECTION:
            what = f"of table {each.table!r}, which an ecology doesn't have; there are generations and individuals"
            yield Diagnostic((*MEASURES_AT, name), f"{name!r} is {what}")
