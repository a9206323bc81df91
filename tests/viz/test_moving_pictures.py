"""The moving pictures of the guide: the same agent in the same world, once for each environment."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from evosim import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile

SITE = Path(__file__).parents[2] / "docs/site"
SVG = "{http://www.w3.org/2000/svg}"
SMALL = ["evolution.population=24", "evolution.generations=2", "evolution.episodes=4", "measure.episodes=8"]


@pytest.mark.compiled
def test_a_pair_shows_one_agent_in_one_maze_with_other_colours(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SITE))
    from pairs import pair

    with RunFile.create(tmp_path / "small.evosim", load_scenario("red_doors", SMALL), 1) as run:
        list(carry_on(run))
        pictures = pair(run)
    assert list(pictures) == ["training", "deployment"]
    trees = [ElementTree.fromstring(picture) for picture in pictures.values()]
    floors = [next(each.get("d") for each in tree.iter(f"{SVG}path")) for tree in trees]
    assert floors[0] == floors[1]
    doors = [_tile(tree, "D") for tree in trees]
    assert doors[0] != doors[1]
    words = [" ".join(each.text or "" for each in tree.iter(f"{SVG}text")) for tree in trees]
    assert "selected in worlds like this" in words[0]
    assert "where selection never was" in words[1]
    assert all("of 8 worlds." in each for each in words)
    assert all("prefers-reduced-motion: no-preference" in picture for picture in pictures.values())


def _tile(tree: ElementTree.Element, letter: str) -> str | None:
    """Return the colour of the tile before a letter."""
    every = list(tree.iter())
    (at,) = (n for n, each in enumerate(every) if each.text == letter)
    return every[at - 1].get("fill")
