"""The palette: roles differ in colour, and in more than colour."""

import scenarios
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import is_shared
from viz import palette


def test_no_two_roles_look_alike() -> None:
    colours = [
        *(line.colour for line in palette.ENVIRONMENTS),
        *(area.colour for area in (*palette.OBJECTS, palette.OTHERS, palette.NO_ENTRY)),
        *(mark.colour for mark in palette.CONTROLLERS.values()),
    ]
    assert len(set(colours)) == len(colours)
    assert len({area.hatch for area in palette.OBJECTS}) == len(palette.OBJECTS)
    assert len({line.dashes for line in palette.ENVIRONMENTS}) == len(palette.ENVIRONMENTS)
    assert len({mark.shape for mark in palette.CONTROLLERS.values()}) == len(palette.CONTROLLERS)


def test_every_environment_of_a_shipped_scenario_has_a_line_of_its_own() -> None:
    shipped = [load_scenario(name) for name in scenarios.paths()]
    lines = [len(each.environments) for each in shipped if not is_shared(each)]
    assert max(lines) <= len(palette.ENVIRONMENTS)
