"""The columns of measures of one's own: their functions are called, and what these return is checked."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from math import isfinite, isnan
from pathlib import Path
from traceback import extract_tb
from typing import Any

import numpy as np

from evosim.scenario.schema.entry_points import MEASURES, PluginError, summon
from evosim.scenario.schema.measures import OWN, OwnMeasure
from evosim.storage.columns import Column, Table

LONGEST_TEXT = 1000  # characters of an entry
LARGEST = 2**63  # what no integer of a run file reaches
TYPES: dict[str, Any] = {"real": (float, int), "integer": (int,), "text": (str,)}
WANTED = {"real": "a number", "integer": "a whole number", "text": "text"}


def with_own(tables: Iterable[Table], own: Mapping[str, OwnMeasure]) -> tuple[Table, ...]:
    """Return tables with the columns of measures behind their own; views have what functions see as `seen`."""
    return tuple(table._replace(columns=(*table.columns, *own_columns(own, table.name))) for table in tables)


def own_columns(own: Mapping[str, OwnMeasure], table: str) -> tuple[Column, ...]:
    """Return the columns of those measures that stand in a table; a run that began without one has it empty."""
    return tuple(
        Column(OWN + name, each.kind, each.unit, each.definition, _computed(name, each), may_be_empty=True)
        for name, each in own.items()
        if each.table == table
    )


def _computed(name: str, own: OwnMeasure) -> Callable[[Any], Any]:
    function = cache(partial(summon, MEASURES, name, own.provided_by, f"the measure {name!r}"))  # when first needed
    return lambda view: called(function(), name, own, view.seen)


def called(function: Callable[[Any], Any], name: str, own: OwnMeasure, seen: Any) -> Any:
    """Return what a measure comes to: one entry, or of table `individuals` a list with an entry for each of N agents.

    Raises:
        PluginError: it failed, or returned what it may not; the message names it and the step.
    """
    agents = getattr(seen, "agents", seen)
    where = f" in {seen.environment}" if agents is not seen else ""
    at = f"the measure {name!r}, at step {agents.number}{where}"
    try:
        returned = function(seen)
        shape = np.shape(returned)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        advice = "; copy an array before you change it" if "read-only" in what else ""
        raise PluginError(f"{at}, failed: {what}{advice}{_where(error, seen)}") from error
    if own.table != "individuals":
        return _entry(returned, own, at)
    count = len(agents.ids)
    if shape != (count,):
        raise PluginError(
            f"{at}, returned an array of shape {shape}, where ({count},) was expected: one for each agent"
        )
    return [_entry(each, own, at) for each in (returned.tolist() if isinstance(returned, np.ndarray) else returned)]


def _where(error: Exception, seen: Any) -> str:
    """Return at which line of its file a measure failed and, of a name that isn't there, those that are."""
    frames = extract_tb(error.__traceback__)[1:]  # the first is ours
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    if not own:
        return "; EVOSIM_DEBUG=1 shows where"
    said = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})"
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        for name in dir(seen):
            there = getattr(seen, name) if f".{name}[" in (own[-1].line or "") else None
            if isinstance(there, Mapping) and error.args[0] not in there:
                said += f"; {name} has {', '.join(there) or 'nothing'}"
    return said


def _entry(value: Any, own: OwnMeasure, at: str) -> Any:
    """Return one entry of a column.

    Raises:
        PluginError: it is of another kind, not finite, or empty where that isn't declared.
    """
    if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
        value = value.item()
    if value is None or (isinstance(value, float) and isnan(value)):
        if own.may_be_empty:
            return None
        raise PluginError(f"{at}, returned {value}: say `may_be_empty=True`, and in its definition when it is empty")
    if isinstance(value, np.ndarray | list | tuple):
        what = (
            f"an array of shape {np.shape(value)}, where one entry was expected; of table 'individuals' it is one each"
        )
        raise PluginError(f"{at}, returned {what}")
    plain: Any = int(value) if isinstance(value, bool) else value
    if not isinstance(plain, TYPES[own.kind]):
        raise PluginError(f"{at}, returned {value!r}, where {WANTED[own.kind]} was expected")
    if isinstance(plain, str):
        if len(plain) > LONGEST_TEXT or not plain.isprintable():
            raise PluginError(f"{at}, returned text that is longer than {LONGEST_TEXT} characters or can't be printed")
        return plain
    if (isinstance(plain, int) and abs(plain) >= LARGEST) or not isfinite(plain):
        raise PluginError(f"{at}, returned {value}, where a finite number was expected")
    return plain if own.kind == "integer" else float(plain)
