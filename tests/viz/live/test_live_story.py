"""The story of an ecology whose world never changes: it is of the whole run."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np

from viz.live.field import story


def test_the_story_of_an_unchanging_world_goes_from_its_beginning_to_its_end(meadow, monkeypatch):
    monkeypatch.setattr(story, "first_change", lambda scenario: 0)
    chapters = story.plan_story(meadow, 20.0)
    assert [chapter.at for chapter in chapters] == sorted(chapter.at for chapter in chapters)
    ticks = []
    for chapter in chapters:
        chapter.deed(meadow)
        meadow.advance(0.1)
        ticks.append(meadow.view.tick)
    assert ticks[0] <= 12
    assert ticks[-1] >= 70
    _, mean = meadow.reader.vital.locus("sweet")
    words = next(chapter.words for chapter in chapters if chapter.words.startswith("What they want"))
    assert f"sweet from {mean[0]:.2f} to {mean[-1]:.2f}" in words
    assert np.isfinite(mean).all()
