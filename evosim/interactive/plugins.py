"""Plugins from a notebook or a program: classes that are used without a package.

evosim.use(worlds={"orchard": Orchard})
run(load_scenario("my_orchard.toml"))
"""

import hashlib
import inspect
from collections.abc import Mapping
from typing import Any

from evosim.mind.kinds import kind_named
from evosim.scenario.loading.plugin_files import DIGITS, use_table
from evosim.scenario.schema.entry_points import MINDS, OPTIMIZERS, PROCESSES, WORLDS


def use(
    *,
    optimizers: Mapping[str, Any] | None = None,
    worlds: Mapping[str, Any] | None = None,
    minds: Mapping[str, Any] | None = None,
    processes: Mapping[str, Any] | None = None,
) -> None:
    """Use classes of one's own, by the names that scenarios call them, in this process; again to replace them.

    They obey the contracts of `docs/extending.md`. The name of a class and a digest of its source stand where the name
    and version of a package would; so a run says if it was made by another version.

    Raises:
        PluginError: a name is one of evosim's own, or a class can't be called.
    """
    groups = {OPTIMIZERS: optimizers, WORLDS: worlds, MINDS: minds, PROCESSES: processes}
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
