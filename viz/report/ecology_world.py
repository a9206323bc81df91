"""The world of an ecology in the page, at its stored states.

Food is square and agents are round, at any size: dots of a path whose ends are square or round.
"""

from base64 import b64encode
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.kinds import look_of
from evosim.numerics.arrays import Cells
from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from evosim.scenario.schema.names import object_names
from viz.answers.ecology_families import Families
from viz.answers.ecology_states import States, TickState
from viz.looks import type_area_style
from viz.palette import AVOIDED, CHILD, FAMILIES, FOUNDER
from viz.report.maps import outline_cells


class ColourGroup(NamedTuple):
    """Agents, or food, of one colour."""

    label: str
    colour: str


class Field(NamedTuple):
    """A world, and what its colours mean."""

    rows: int
    columns: int
    walls: str  # outlines
    foods: list[ColourGroup]
    wants: list[ColourGroup]  # by the numbers of groups; only those that occur are named
    named: list[int]
    families: list[ColourGroup]
    states: list[TickState]

    @property
    def stills(self) -> list[TickState]:
        """The states that are drawn without JavaScript: the first, one in the middle, and the last."""
        count = len(self.states)
        return [self.states[n] for n in sorted({0, count // 2, count - 1})]


def colour_states(scenario: Scenario, read: States, families: Families) -> Field:
    """Assign colours to what stands in a world."""
    weight, heuristic = in_words(read.weight), look_of("heuristic")
    wants = [
        ColourGroup(f"wants {weight}", CHILD.colour),
        ColourGroup(f"is indifferent to {weight}", FOUNDER),
        ColourGroup(f"dislikes {weight}", AVOIDED),
        ColourGroup("doesn't plan", heuristic.colour),
    ]
    lines = [
        ColourGroup(f"line of agent {founder}", FAMILIES[n % len(FAMILIES)]) for n, founder in enumerate(families.named)
    ]
    foods = [ColourGroup(in_words(name), type_area_style(n).colour) for n, name in enumerate(object_names(scenario))]
    return Field(
        read.rows,
        read.columns,
        outline_cells(read.walls.tolist(), read.columns),
        foods,
        wants,
        sorted({int(n) for state in read.states for n in np.unique(state.want)}),
        [*lines, ColourGroup("other lines", FOUNDER)],
        read.states,
    )


def field_data(field: Field) -> dict[str, Any]:
    """Return a field as the page's JavaScript reads it: cells as base64 of 32-bit numbers, groups as digits."""
    return {
        "columns": field.columns,
        "states": [
            {
                "tick": state.tick,
                "environment": in_words(state.environment),
                "food": [_packed(cells) for cells in state.food],
                "cell": _packed(state.cell),
                "want": "".join(map(str, state.want.tolist())),
                "family": "".join(map(str, state.family.tolist())),
            }
            for state in field.states
        ],
    }


def draw_dots(cells: Cells, columns: int) -> str:
    """Draw cells `[N]` as an SVG path of dots, whose shape is that of its line's ends."""
    return "".join(f"M{cell % columns}.5 {cell // columns}.5h0" for cell in cells.tolist())


def _packed(cells: Cells) -> str:
    return b64encode(np.ascontiguousarray(cells, "<u4").tobytes()).decode()
