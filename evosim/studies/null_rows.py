"""What a run file says of nulls: for each, what share of its planners is of which class, beside the evolved planners.

It is read without a compiler.
"""

from collections.abc import Iterable
from math import isfinite
from typing import NamedTuple

from evosim.alignment.names import OF_PLANNERS
from evosim.format import RunFileError
from evosim.reading import StoredRun

VERSION_SPACE, NEUTRAL_DRIFT = "version_space", "neutral_drift"
NULLS = {VERSION_SPACE: "version space", NEUTRAL_DRIFT: "neutral drift"}
MEANS = ("base_performance", "capability", "inner_gap")
MATCHED, AS_GOOD = "matched_performance", "as_good_in_training"
QUANTITIES = (MATCHED, AS_GOOD, *OF_PLANNERS, *MEANS)
REAL = (float, type(None))
KINDS: tuple[type | tuple[type, ...], ...] = (int, str, str, str, REAL, REAL, int, int, int, str)


class NullRow(NamedTuple):
    """A number of evolved planners, and of a null that is as good as they are in training."""

    generation: int
    null: str  # version_space or neutral_drift
    environment: str  # where it was measured; of what was matched, where selection measured
    quantity: str
    evolved: float | None
    expected: float | None  # of the null
    evolved_agents: int
    null_agents: int
    tried: int  # candidates
    method: str

    @property
    def difference(self) -> float | None:
        """Evolved minus null, where both are known."""
        return None if self.evolved is None or self.expected is None else self.evolved - self.expected


def stored_nulls(run: StoredRun) -> list[NullRow]:
    """Read the nulls of a run, of the last generation that has any; none if `evosim null` was never asked.

    Raises:
        RunFileError: they make no sense.
    """
    if run.shared:
        return []
    with run.trouble():
        rows = run.connection.execute(
            "select generation, kind, environment, quantity, evolved, expected, evolved_agents, null_agents, tried, "
            "method from nulls where generation = (select max(generation) from nulls) order by rowid limit 10000"
        ).fetchall()
    return [_believed(run, row) for row in rows]


def _believed(run: StoredRun, row: tuple[object, ...]) -> NullRow:
    sound = all(isinstance(value, kind) for value, kind in zip(row, KINDS, strict=True))
    if sound:
        told = NullRow(*row)  # type: ignore[arg-type]
        words = told.null in NULLS and told.quantity in QUANTITIES and told.environment.isprintable()
        numbers = all(isfinite(value) for value in (told.evolved, told.expected) if value is not None)
        counts = min(told.generation, told.evolved_agents, told.null_agents, told.tried) >= 0
        if words and numbers and counts and told.method.isprintable():
            return told
    raise RunFileError(f"{run.path}: damaged: what it says of nulls makes no sense")


def shares_told(rows: Iterable[NullRow], environment: str) -> dict[str, dict[str, NullRow]]:
    """Arrange the shares of classes in an environment, by null and class; of classes that anybody is of."""
    arranged: dict[str, dict[str, NullRow]] = {}
    for row in rows:
        if row.environment == environment and row.quantity in OF_PLANNERS and (row.evolved or row.expected):
            arranged.setdefault(row.null, {})[row.quantity] = row
    return arranged
