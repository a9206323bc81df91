"""Plugins from a notebook or a program: classes and functions that are used without a package.

evosim.use(worlds={"orchard": Orchard})
run(load_scenario("my_orchard.toml"))
"""

import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evosim.mind.kinds import kind_named
from evosim.scenario import Scenario, ScenarioError
from evosim.scenario.errors.messages import without_text
from evosim.scenario.loading.load import check
from evosim.scenario.loading.plugin_files import DIGITS, use_table
from evosim.scenario.schema.entry_points import MEASURES, MINDS, OPTIMIZERS, PROCESSES, WORLDS, PluginError


def use(
    *,
    optimizers: Mapping[str, Any] | None = None,
    worlds: Mapping[str, Any] | None = None,
    minds: Mapping[str, Any] | None = None,
    processes: Mapping[str, Any] | None = None,
    measures: Mapping[str, Any] | None = None,
) -> None:
    """Use classes or functions of one's own, by the names that scenarios call them, in this process; again to replace.

    They obey the contracts of `docs/extending.md`. The name of a class and a digest of its source stand where the name
    and version of a package would; so a run says if it was made by another version.

    Raises:
        PluginError: a name is one of evosim's own, or a class can't be called.
    """
    groups = {OPTIMIZERS: optimizers, WORLDS: worlds, MINDS: minds, PROCESSES: processes, MEASURES: measures}
    for group, table in groups.items():
        for name, made in (table or {}).items():
            use_table(group, {name: made}, f"{getattr(made, '__name__', name)} {digest_of(made)}")
    kind_named.cache_clear()


def digest_of(made: Any) -> str:
    """Return a digest of the source of a class; `unknown` where there is none, as at a prompt."""
    try:
        source = inspect.getsource(made)
    except (OSError, TypeError):
        return "unknown"
    return hashlib.sha256(source.encode()).hexdigest()[:DIGITS]


def with_measures(scenario: Scenario, measures: Iterable[Callable[[Any], Any]]) -> Scenario:
    """Return a scenario that is measured by functions too, each in a column that has its name.

    Raises:
        PluginError: one can't be called, or two have the same name.
        ScenarioError: one is no measure, or stands in a table that runs of the scenario don't have.
    """
    named: dict[str, Any] = {}
    for function in measures:
        name = getattr(function, "__name__", type(function).__name__)
        if named.setdefault(name, function) is not function:
            raise PluginError(f"two measures are called {name!r}; another name is needed")
    if not named:
        return scenario
    use(measures=named)
    whole = scenario.model_dump(mode="json")
    given = {name: own for name, own in whole["measure"].get("own", {}).items() if name not in named}
    whole["measure"]["own"] = {**given, **{name: {} for name in named}}
    measured, found = check(whole)
    if measured is None or found:
        raise ScenarioError(without_text(found, scenario.name))
    return measured
