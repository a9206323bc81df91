"""evosim's own kinds of mind, a line each: what a scenario can say of them stands with the kinds.

Scenarios lie below minds, so the modules of a kind are found by name, as those of other packages are by entry points:
`settings` (SETTINGS, a `KindSettings`), `rules` (RULES, about scenarios) and `kind` (KIND, the descriptor).
"""

from importlib import import_module
from typing import Any, ClassVar, NamedTuple

from evosim.scenario.schema.base import Part


class KindSettings(Part):
    """The settings of one of evosim's own kinds of mind: its table under `[mind]`."""

    KIND: ClassVar[str]  # its name


class OwnKind(NamedTuple):
    """One of evosim's own kinds of mind.

    A younger one came after the first runs were stored: its table is left out of the stored form while it says nothing
    but its defaults, and it has a number only where founders have it.
    """

    name: str
    folder: str
    younger: bool = False

    def settings(self) -> type[KindSettings]:
        """Return the model of its settings."""
        model: type[KindSettings] = import_module(f"{self.folder}.settings").SETTINGS
        return model

    def rules(self) -> Any:
        """Return its rules about scenarios."""
        return import_module(f"{self.folder}.rules").RULES

    def descriptor(self) -> Any:
        """Return its descriptor, a `Kind` (evosim/mind/kind.py)."""
        return import_module(f"{self.folder}.kind").KIND()


OWN_KINDS = (
    OwnKind("open_loop", "evosim.mind.open_loop"),
    OwnKind("heuristic", "evosim.mind.heuristic"),
    OwnKind("planner", "evosim.mind.planner"),
    OwnKind("program", "evosim.mind.program", younger=True),
    OwnKind("network", "evosim.mind.network", younger=True),
)
OWN_NAMES = tuple(kind.name for kind in OWN_KINDS)
NUMBERED = tuple(kind.name for kind in OWN_KINDS if not kind.younger)  # whether or not founders have them
