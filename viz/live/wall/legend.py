"""The wall's legend: shapes of objects and minds, and the lens that is on."""

import pygame

from evosim.scenario import Scenario
from evosim.scenario.schema.minds import CONTROLLERS
from evosim.scenario.schema.names import object_names
from viz.live.drawing.pen import SMALL, Pen
from viz.live.drawing.theme import MIND_SHAPES, looks_like, object_colour, object_shape
from viz.live.scenes.scene import Scene
from viz.live.wall.grid_picture import LENS_WORDS


def draw_wall_legend(
    pen: Pen, surface: pygame.Surface, box: pygame.Rect, scenario: Scenario, scene: Scene, lens: str
) -> None:
    """Draw in one line what stands there, who lives there, and what is looked through."""
    theme = pen.theme
    at, middle = box.left, box.centery
    words = LENS_WORDS[lens] if lens != "none" else "L: lens"
    if lens == "wanted" and scene.minds.detectors.shape[1]:
        words += ", as it sees things"
    looks = [
        looks_like(dict(zip(scene.features, each, strict=True))) for each in scene.ground.worlds.features[0].tolist()
    ]
    for kind, name in enumerate(object_names(scenario)):
        if not (scene.ground.plan.type_of == kind).any():
            continue
        colour = theme.faint if any(looks) else object_colour(kind, theme)  # what has no colour of its own
        pen.shape(surface, object_shape(kind), (at + pen.px(6), middle), pen.px(5), colour)
        at = pen.text(surface, name, (at + pen.px(15), middle), SMALL, theme.faint, anchor="midleft").right + pen.px(12)
        if at > box.right - pen.px(300):
            break
    for kind in sorted({int(each) for each in scene.minds.controller}):
        name = CONTROLLERS[kind]
        pen.shape(surface, MIND_SHAPES[name], (at + pen.px(6), middle), pen.px(5), theme.ink)
        at = pen.text(
            surface, name.replace("_", " "), (at + pen.px(15), middle), SMALL, theme.faint, anchor="midleft"
        ).right
        at += pen.px(12)
    pen.text(
        surface, words, (box.right, middle), SMALL, theme.accent, bold=True, anchor="midright",
        most=max(box.right - at, 1),
    )  # fmt: skip
