"""Plugins from a file of one's own: base optimizers, worlds, kinds of mind, processes and measures without a package.

A file says what it adds in tables of its own, by the names that scenarios use:

    WORLDS = {"orchard": Orchard}

It is run only if a person names it; a scenario can't. Its name and a digest of its text stand where the name and
version of a package would.
"""

import hashlib
import sys
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from evosim.scenario.schema.entry_points import (
    MEASURES,
    MINDS,
    OPTIMIZERS,
    PROCESSES,
    WORLDS,
    PluginError,
    provide,
)
from evosim.scenario.schema.evolution import ALGORITHMS
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.scenario.schema.worlds import KINDS
from evosim.system.near_paths import suggest_path

TABLES = {
    "OPTIMIZERS": OPTIMIZERS,
    "WORLDS": WORLDS,
    "MINDS": MINDS,
    "PROCESSES": PROCESSES,
    "MEASURES": MEASURES,
}
OWN = {OPTIMIZERS: ALGORITHMS, WORLDS: KINDS, MINDS: tuple(OWN_NAMES), PROCESSES: ALGORITHMS, MEASURES: ()}
DIGITS = 12  # of a digest
FILES: list[str] = []  # that were run, for processes that this one starts


def use_file(path: str | Path) -> None:
    """Run a file of Python, and use what it adds.

    Raises:
        PluginError: it can't be read or run, or adds nothing.
    """
    file = Path(path).resolve()
    if file.suffix != ".py" or not file.is_file():
        what = "not a file of Python, whose name ends in .py" if file.exists() else "no such file"
        near = "" if file.exists() else suggest_path(Path(path), lambda each: each.suffix == ".py")
        raise PluginError(f"{path}: {what}{near and f'; {near}'}")
    name = f"evosim_plugin_{file.stem}"
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # by this name numba finds its source
    try:
        version = hashlib.sha256(file.read_bytes()).hexdigest()[:DIGITS]
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise PluginError(f"{path} failed: {type(error).__name__}: {error}") from error
    tables = {group: getattr(module, table, {}) for table, group in TABLES.items()}
    if not any(tables.values()):
        listed = " or ".join(TABLES)
        raise PluginError(f'{path}: adds nothing: a table {listed} is needed, as WORLDS = {{"orchard": Orchard}}')
    for name, group in TABLES.items():
        if not isinstance(tables[group], Mapping):
            raise PluginError(f"{path}: {name} is not a table of what it adds, by name: {tables[group]!r:.80}")
    for group, table in tables.items():
        use_table(group, table, f"{file.name} {version}")
    FILES.append(str(file))


def use_table(group: str, table: Mapping[str, Any], provider: str) -> None:
    """Use what a table adds to a group of entry points, by name; `provider` is where it is from, and its version.

    Raises:
        PluginError: a name is no text, or evosim's own, or what it stands for can't be called.
    """
    for name, made in table.items():
        if not isinstance(name, str):
            raise PluginError(f"{provider}: {name!r} is not a name: a text is needed")
        if name in OWN[group]:
            raise PluginError(f"{provider}: {name!r} is one of evosim's own; another name is needed")
        if not callable(made):
            raise PluginError(f"{provider}: {name!r} can't be called: {made!r}")
        provide(group, name, made, provider)
