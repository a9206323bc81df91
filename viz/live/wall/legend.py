"""The wall's legend: shapes and colours of objects, shapes of minds, and the current lens."""

import numpy as np

from evosim.mind.kinds import look_of
from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from evosim.scenario.schema.names import object_names
from viz.badges import describe_unmarked
from viz.live.drawing.flow import Item
from viz.live.drawing.pen import SMALL, Pen
from viz.live.drawing.theme import Colour, feature_colour, object_colour, object_shape
from viz.live.scenes.scene import Scene
from viz.live.wall.grid_picture import LENS_WORDS

Looks = dict[int, list[Colour | None]]  # of each type of objects: the colours that its features name, or none


def find_looks(scene: Scene) -> Looks:
    """Return the distinct looks of each object type in the worlds of a scene."""
    found: Looks = {}
    for n, kind in enumerate(scene.ground.plan.type_of.tolist()):
        rows = np.unique(scene.ground.worlds.features[:, n], axis=0).tolist()
        seen = found.setdefault(int(kind), [])
        for row in rows:
            look = feature_colour(dict(zip(scene.features, row, strict=True)))
            if look not in seen:
                seen.append(look)
    return found


def list_legend(pen: Pen, scenario: Scenario, scene: Scene, looks: list[Looks], lens: str) -> list[Item]:
    """Return the legend: the objects in each of their colours, their badges, the minds, and the lens."""
    faint, items = pen.theme.faint, []
    for kind, name in enumerate(object_names(scenario)):
        colours = [look or object_colour(kind, pen.theme) for each in looks for look in each.get(kind, [])]
        marks = list(dict.fromkeys(colours))
        for at, colour in enumerate(marks):
            words = in_words(name) if at == len(marks) - 1 else ""
            items.append(Item(words, SMALL, faint, shape=object_shape(kind), tint=colour, close=at > 0))
    for badge in scene.badges:
        items.append(Item(f"{in_words(badge.feature)}, {badge.corner}", SMALL, faint, letter=badge.letter))
    if unmarked := describe_unmarked(scenario):
        items.append(Item(f"not drawn: {in_words(unmarked)}", SMALL, faint))
    for kind in sorted({int(each) for each in scene.minds.controller}):
        mind = scene.minds.kinds[kind]
        items.append(Item(mind.replace("_", " "), SMALL, faint, shape=look_of(mind).shape, tint=pen.theme.ink))
    words = LENS_WORDS[lens] if lens != "none" else "" if pen.is_film else "L: lens"
    if lens == "wanted" and scene.minds.detectors.shape[1]:
        words += ", as it sees things"
    return [*items, Item(words, SMALL, pen.theme.accent, bold=True, right=True)] if words else items
