"""Rows of table `nulls`: for each null, the share of its planners in each class, beside the evolved planners.

Reading them takes no compiler.
"""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import NamedTuple, Protocol

from evosim.alignment.class_names import OF_PLANNERS
from evosim.mind.kinds import kinds_found, wanting_kinds
from evosim.mind.map_kind import MapKind
from evosim.scenario import Scenario
from evosim.simulation.process import process_class
from evosim.simulation.runs import RunFile
from evosim.storage.schema import CorruptRunError

VERSION_SPACE, NEUTRAL_DRIFT = "version_space", "neutral_drift"
NULLS = {VERSION_SPACE: "version space", NEUTRAL_DRIFT: "neutral drift"}
MEANS = ("base_performance", "capability", "inner_gap")
MATCHED, AS_GOOD, BASE_MEAN = "matched_performance", "as_good_in_training", "base_mean"
QUANTITIES = (MATCHED, AS_GOOD, BASE_MEAN, *OF_PLANNERS, *MEANS)
WEIGHT, ENTRIES = "objective.", ("entered.", "entered_first.")
REAL = (float, type(None))
COLUMN_TYPES: tuple[type | tuple[type, ...], ...] = (int, str, str, str, REAL, REAL, int, int, int, str)


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
    """Return the nulls of a run, of the last generation that has any; none if `evosim null` never ran.

    Raises:
        RunFileError: the table holds values that no null has.
    """
    if run.process.offers.no_nulls:
        return []
    with run.explain_errors():
        rows = run.connection.execute(
            "select generation, kind, environment, quantity, evolved, expected, evolved_agents, null_agents, tried, "
            "method from nulls where generation = (select max(generation) from nulls) order by rowid limit 10000"
        ).fetchall()
    return [_checked(run, row) for row in rows]


def _checked(run: RunFile, row: tuple[object, ...]) -> NullRow:
    sound = all(isinstance(value, kind) for value, kind in zip(row, COLUMN_TYPES, strict=True))
    if sound:
        found = NullRow(*row)  # type: ignore[arg-type]
        words = found.null in NULLS and is_quantity(found.quantity) and found.environment.isprintable()
        numbers = all(isfinite(value) for value in (found.evolved, found.expected) if value is not None)
        counts = min(found.generation, found.evolved_agents, found.null_agents, found.tried) >= 0
        if words and numbers and counts and found.method.isprintable():
            return found
    raise CorruptRunError(run.path, "its table `nulls` has an invalid row")


def is_entry(quantity: str) -> bool:
    """Whether a number counts how often something was entered in an episode, or how often it came first."""
    return quantity.startswith(ENTRIES)


def is_weight(quantity: str) -> bool:
    """Whether a number is the mean of a weight of mesa-objectives."""
    return quantity.startswith(WEIGHT)


def is_quantity(quantity: str) -> bool:
    """Whether a null has a number of this name."""
    return quantity.isprintable() and (quantity in QUANTITIES or is_entry(quantity) or is_weight(quantity))


def matched_in(rows: Sequence[NullRow]) -> str:
    """Return the environment in which the nulls are as good as the evolved planners: that of selection then."""
    return next((row.environment for row in rows if row.quantity == MATCHED), "training")


def why_undefined(scenario: Scenario) -> str:
    """Return why runs of a scenario have no null; empty if they have."""
    mind = scenario.mind
    if why := process_class(scenario).offers.no_nulls:
        return why
    if not wanting_kinds(scenario):
        if any(isinstance(kind, MapKind) for kind in kinds_found(scenario)):
            return (
                "objectives of minds that think in a map stand in no genome, so there are none to be drawn from the "
                "founders' prior; the control is random search with as many evaluations: "
                "`evosim run … --set evolution.algorithm=random_search`"
            )
        return "no mind of this scenario plans, so none has an objective"
    drawn = mind.objective.evolves and (mind.objective.initial is None or mind.objective.spread > 0.0)
    if not drawn and not (mind.perception.evolves and mind.perception.spread > 0.0):
        return "all founders have the same objective, so there is nothing to draw"
    return ""


class Reported(Protocol):
    """A number reported of a null: of one run, or over several."""

    @property
    def environment(self) -> str:
        """The name of the environment."""

    @property
    def quantity(self) -> str:
        """The name of the number."""


def reported_environments(rows: Sequence[Reported]) -> list[str]:
    """Return the environments to report; of several only those in which planners weren't matched.

    In training evolved planners and nulls do equally well, for that is how the nulls were matched.
    """
    matched = {row.environment for row in rows if row.quantity == MATCHED}
    found = list(dict.fromkeys(row.environment for row in rows if row.quantity == BASE_MEAN))
    return [name for name in found if name not in matched] or found


def class_share_rows(rows: Iterable[NullRow], environment: str) -> dict[str, dict[str, NullRow]]:
    """Return the shares of classes in an environment, by null and class; of classes that have any members."""
    return group_rows(row for row in rows if row.environment == environment and row.quantity in OF_PLANNERS)


def behaviour_rows(rows: Iterable[NullRow], environment: str) -> dict[str, dict[str, NullRow]]:
    """Return what planners do in an environment, by null and number: the base objective, and what they enter."""
    return group_rows(
        row
        for row in rows
        if row.environment == environment and (row.quantity == BASE_MEAN or row.quantity.startswith(ENTRIES[0]))
    )


def weight_rows(rows: Iterable[NullRow]) -> dict[str, dict[str, NullRow]]:
    """Return the mean weights of mesa-objectives, by null and weight."""
    return group_rows(row for row in rows if is_weight(row.quantity))


def group_rows(rows: Iterable[NullRow]) -> dict[str, dict[str, NullRow]]:
    """Return numbers by null and name, without those that are zero or unknown everywhere."""
    found: dict[str, dict[str, NullRow]] = {}
    for row in rows:
        if row.evolved or row.expected:
            found.setdefault(row.null, {})[row.quantity] = row
    return found
