"""The layout of outcomes: which number of a row `[K]` stands for what.

The names define which outcomes there are, and their order (`outcome_segments`); where each segment begins is derived
here and nowhere else. Kernels get the offsets as numbers, so that they are not recompiled for other names.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from evosim.gridworld.spec import Blueprint
from evosim.scenario import Scenario
from evosim.scenario.schema.names import OutcomeSegment, outcome_segments, segments_of

__all__ = ["OutcomeLayout", "OutcomeOffsets", "numbered_layout", "outcome_layout"]


class OutcomeOffsets(NamedTuple):
    """Where the segments of the outcomes of an episode begin, for kernels."""

    own: int  # amounts of the scenario's own outcomes
    steps: int  # ticks lived
    moves: int  # of them, those in which it came to another cell
    thinking: int
    energy: int  # that was left
    survived: int  # whether it did not starve
    entered: int  # entries of each type of object that did anything
    entered_first: int  # whether it was the first type that was entered
    entered_place: int  # comings to each place
    ended_at: int  # whether the life ended at each place
    size: int  # K


class OutcomeLayout(NamedTuple):
    """Names and numbers of all outcomes `[K]`."""

    names: tuple[str, ...]
    segments: Mapping[str, slice]
    own: Mapping[str, int]  # by the scenario's own names
    entered: Mapping[str, int]  # by type of object
    entered_first: Mapping[str, int]
    entered_place: Mapping[str, int]  # by place
    ended_at: Mapping[str, int]

    def slice_of(self, segment: str) -> slice:
        """Return the columns of a segment.

        Raises:
            KeyError: these outcomes have no such segment.
        """
        return self.segments[segment]

    @property
    def offsets(self) -> OutcomeOffsets:
        """Return where all segments of an episode's outcomes begin."""
        return OutcomeOffsets(**{name: each.start for name, each in self.segments.items()}, size=len(self.names))


def outcome_layout(scenario: Scenario) -> OutcomeLayout:
    """Return the layout of the outcomes of a scenario: of an episode, or in an ecology of a life."""
    return _lay_out(segments_of(scenario))


def numbered_layout(plan: Blueprint) -> OutcomeLayout:
    """Return the layout of an episode's outcomes in a blueprint's worlds; objects and places are named by numbers."""
    return _numbered(plan.outcomes.shape[1], plan.types, plan.places)


@cache
def _numbered(own: int, types: int, places: int) -> OutcomeLayout:
    return _lay_out(outcome_segments(*(tuple(map(str, range(count))) for count in (own, types, places))))


def _lay_out(segments: Iterable[OutcomeSegment]) -> OutcomeLayout:
    names: list[str] = []
    columns: dict[str, slice] = {}
    numbers: dict[str, dict[str, int]] = {}
    for segment in segments:
        first = len(names)
        names += segment.outcomes
        columns[segment.name] = slice(first, len(names))
        numbers[segment.name] = {thing: first + n for n, thing in enumerate(segment.things)}
    return OutcomeLayout(
        tuple(names),
        columns,
        own=numbers["own"],
        entered=numbers.get("entered", {}),
        entered_first=numbers.get("entered_first", {}),
        entered_place=numbers.get("entered_place", {}),
        ended_at=numbers.get("ended_at", {}),
    )
