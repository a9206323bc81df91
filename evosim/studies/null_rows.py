"""What a run file says of nulls: for each, what share of its planners is of which class, beside the evolved planners.

It is read without a compiler.
"""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import NamedTuple, Protocol

from evosim.alignment.class_names import OF_PLANNERS
from evosim.mind.kinds import wanting_kinds
from evosim.scenario import Scenario
from evosim.simulation.process import kind_of
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError

VERSION_SPACE, NEUTRAL_DRIFT = "version_space", "neutral_drift"
NULLS = {VERSION_SPACE: "version space", NEUTRAL_DRIFT: "neutral drift"}
MEANS = ("base_performance", "capability", "inner_gap")
MATCHED, AS_GOOD, BASE_MEAN = "matched_performance", "as_good_in_training", "base_mean"
QUANTITIES = (MATCHED, AS_GOOD, BASE_MEAN, *OF_PLANNERS, *MEANS)
WEIGHT, ENTRIES = "objective.", ("entered.", "entered_first.")
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


def stored_nulls(run: RunFile) -> list[NullRow]:
    """Read the nulls of a run, of the last generation that has any; none if `evosim null` was never asked.

    Raises:
        RunFileError: they make no sense.
    """
    if run.process.offers.no_nulls:
        return []
    with run.trouble():
        rows = run.connection.execute(
            "select generation, kind, environment, quantity, evolved, expected, evolved_agents, null_agents, tried, "
            "method from nulls where generation = (select max(generation) from nulls) order by rowid limit 10000"
        ).fetchall()
    return [_believed(run, row) for row in rows]


def _believed(run: RunFile, row: tuple[object, ...]) -> NullRow:
    sound = all(isinstance(value, kind) for value, kind in zip(row, KINDS, strict=True))
    if sound:
        told = NullRow(*row)  # type: ignore[arg-type]
        words = told.null in NULLS and is_quantity(told.quantity) and told.environment.isprintable()
        numbers = all(isfinite(value) for value in (told.evolved, told.expected) if value is not None)
        counts = min(told.generation, told.evolved_agents, told.null_agents, told.tried) >= 0
        if words and numbers and counts and told.method.isprintable():
            return told
    raise RunFileError(f"{run.path}: damaged: what it says of nulls makes no sense")


def is_entry(quantity: str) -> bool:
    """Whether a number says how often something was entered in an episode, or how often it came first."""
    return quantity.startswith(ENTRIES)


def is_weight(quantity: str) -> bool:
    """Whether a number is the mean of a weight of mesa-objectives."""
    return quantity.startswith(WEIGHT)


def is_quantity(quantity: str) -> bool:
    """Whether a number can be told of a null."""
    return quantity.isprintable() and (quantity in QUANTITIES or is_entry(quantity) or is_weight(quantity))


def matched_in(rows: Sequence[NullRow]) -> str:
    """Return the environment in which the nulls are as good as the evolved planners: that of selection then."""
    return next((row.environment for row in rows if row.quantity == MATCHED), "training")


def why_undefined(scenario: Scenario) -> str:
    """Say why runs of a scenario have no null; nothing if they have."""
    mind = scenario.mind
    if why := kind_of(scenario).offers.no_nulls:
        return why
    if not wanting_kinds(scenario):
        return "no mind of this scenario plans, so none has an objective"
    drawn = mind.objective.evolves and (mind.objective.initial is None or mind.objective.spread > 0.0)
    if not drawn and not (mind.perception.evolves and mind.perception.spread > 0.0):
        return "all founders want the same, so there is nothing to be drawn at random"
    return ""


class Told(Protocol):
    """A number told of a null somewhere: of one run, or over several."""

    @property
    def environment(self) -> str:
        """Name the environment."""

    @property
    def quantity(self) -> str:
        """Name the number."""


def told_in(rows: Sequence[Told]) -> list[str]:
    """Name the environments in which planners are told of; of several only those in which they weren't matched.

    In training evolved planners and nulls do equally well, for that is how the nulls were found.
    """
    matched = {row.environment for row in rows if row.quantity == MATCHED}
    told = list(dict.fromkeys(row.environment for row in rows if row.quantity == BASE_MEAN))
    return [name for name in told if name not in matched] or told


def shares_told(rows: Iterable[NullRow], environment: str) -> dict[str, dict[str, NullRow]]:
    """Arrange the shares of classes in an environment, by null and class; of classes that anybody is of."""
    return arranged(row for row in rows if row.environment == environment and row.quantity in OF_PLANNERS)


def behaviour_told(rows: Iterable[NullRow], environment: str) -> dict[str, dict[str, NullRow]]:
    """Arrange what planners do in an environment, by null and number: the base objective, and what they enter."""
    return arranged(
        row
        for row in rows
        if row.environment == environment and (row.quantity == BASE_MEAN or row.quantity.startswith(ENTRIES[0]))
    )


def weights_told(rows: Iterable[NullRow]) -> dict[str, dict[str, NullRow]]:
    """Arrange the mean weights of mesa-objectives, by null and weight."""
    return arranged(row for row in rows if is_weight(row.quantity))


def arranged(rows: Iterable[NullRow]) -> dict[str, dict[str, NullRow]]:
    """Arrange numbers by null and name, without those that are nothing everywhere."""
    found: dict[str, dict[str, NullRow]] = {}
    for row in rows:
        if row.evolved or row.expected:
            found.setdefault(row.null, {})[row.quantity] = row
    return found
