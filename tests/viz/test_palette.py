"""The palette: roles differ in colour, and in more than colour."""

from itertools import combinations

import numpy as np
import pytest

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


# Machado, Oliveira and Fernandes 2009, severity 1: how linear red, green and blue look to people without one kind of cone
MACHADO = {
    "all cones": np.eye(3),
    "no red cones": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                              [-0.003882, -0.048116, 1.051998]]),
    "no green cones": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                                [-0.011820, 0.042940, 0.968881]]),
}  # fmt: skip
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
TYPES = 4  # of things; of more only their hatches are all apart
JUST_APART = 8.0  # CIE 1976 units of colour difference; about 2 are just seen side by side


def _lab(colour: str, eyes: str) -> np.ndarray:
    """Return a colour in CIELAB, as somebody with these eyes sees it."""
    srgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    x, y, z = XYZ @ np.clip(MACHADO[eyes] @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("page", palette.PAGES)
def test_no_colour_has_two_roles_on_one_page(page: str) -> None:
    colours = [colour for role in palette.PAGES[page] for colour in set(palette.ROLES[role])]
    assert len(set(colours)) == len(colours)


@pytest.mark.parametrize("eyes", MACHADO)
@pytest.mark.parametrize("role", palette.ROLES)
def test_colours_of_one_role_can_be_told_apart_by_all_eyes(role: str, eyes: str) -> None:
    colours = palette.ROLES[role][:TYPES] if role == "things" else palette.ROLES[role]
    seen = [_lab(colour, eyes) for colour in colours]
    least = min((float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)), default=np.inf)
    assert least >= JUST_APART
