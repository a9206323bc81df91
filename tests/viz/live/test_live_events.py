"""Events in the field: what happens in a tick is that of the run, and has a mark that is told by shape."""

import os
from collections import OrderedDict

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
import pytest
from test_live_panels import THEMES

from evosim.scenario import load_scenario
from evosim.scenario.schema.ecologies import CAUSES
from evosim.simulation.ecology.checkpoint import checkpoint_at
from evosim.simulation.runs import RunFile
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import MIND_SHAPES
from viz.live.drawing.theme import SHAPES as OBJECT_SHAPES
from viz.live.field.event_marks import mark_names, marked_ticks
from viz.live.scenes.replay import Replay


def test_matings_are_read_off_the_state_with_the_contraception_that_was_drawn(paths):
    """None is made up: only those are missing in which one of both died in the same tick."""
    with RunFile.open(paths["contraception"]) as run:
        replay = Replay(run.scenario, run.seed, checkpoint_at(run, 4))
    ticks = [replay.step() for _ in range(30)]
    matings, protected = (sum(each.counts[at] for each in ticks) for at in (3, 4))
    deaths = sum(len(each.events.died) for each in ticks)
    assert 0 < protected < matings
    assert 0 <= matings - sum(len(each.events.mated) for each in ticks) <= deaths
    assert 0 <= protected - sum(int(each.events.protected.sum()) for each in ticks) <= deaths
    assert all(len(each.events.mated) <= each.counts[3] for each in ticks)
    assert all(each.events.protected.sum() <= each.counts[4] for each in ticks)


@THEMES
def test_every_event_has_a_mark_of_its_own_shape(theme):
    pen, names = Pen(theme), mark_names(load_scenario("contraception"))
    assert set(names) == {"birth", "mating", "contraception", *CAUSES[:3]}
    assert not set(names) & {*OBJECT_SHAPES, *MIND_SHAPES.values()}
    drawn = []
    for name in names:
        surface = pygame.Surface((40, 40))
        pen.shape(surface, name, (20, 20), 6.0, (255, 255, 255))
        drawn.append(pygame.image.tobytes(surface, "RGB"))
    assert len(set(drawn)) == len(names)
    kept = OrderedDict((tick, None) for tick in range(30))
    assert [age for _, age in marked_ticks(kept, 10.0, 8.0).ticks] == pytest.approx(
        [0.833, 0.556, 0.278, 0.0], abs=0.01
    )
