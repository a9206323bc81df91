"""Badges: a feature that no colour tells is seen on things of one type that differ by it, and named in the legend."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import json
import re
from pathlib import Path

import numpy as np
import pygame
import pytest
from browsers import chromium, needs_chromium

import scenarios
from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.simulation.runs import open_run
from viz.badges import CORNERS, badges_of, badges_on, describe_unmarked
from viz.live.drawing.badges import draw_badges
from viz.live.drawing.flow import draw_flow
from viz.live.drawing.pen import Pen
from viz.live.drawing.theme import DARK
from viz.live.scenes.scene import read_cast, replay_episodes, world_state_at
from viz.live.wall import grid_picture
from viz.live.wall.grid_picture import draw_life, fit_grid, render_ground
from viz.live.wall.legend import find_looks, list_legend
from viz.report.page import render_report

SWEET = Path(scenarios.__file__).parent / "_new.toml"  # food is sweet in training, stones are in deployment
SMALL = ["evolution.population=8", "evolution.generations=1", "evolution.episodes=2", "measure.episodes=4",
         "measure.every=1", "world.size=[7,7]", "world.steps=12", "evolution.selection.size=2"]  # fmt: skip
ALIKE = ["environments.deployment.objects.food.features={food=1,sweet=1}",
         "environments.deployment.objects.stone.features={stone=1}"]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("badges") / "sweet.evosim"
    run(load_scenario(SWEET, SMALL), seed=1, out=path).close()
    return path


@pytest.mark.parametrize(
    ("changes", "features"),
    [
        ([], ["sweet"]),  # food is always food, and stone stone
        (ALIKE, []),
        ([*ALIKE, "world.objects.food.features={food=1,sweet={probability=0.5}}"], ["sweet"]),
        ([*ALIKE, "world.objects.food.features={food=1,sweet={probability=1}}"], []),
        ([*ALIKE, "world.objects.stone.features={one_of={food=0.5,stone=0.5}}"], ["food", "stone"]),
        ([*ALIKE, "world.objects.food.features={food=1,sweet=0.8}"], []),  # as sure as 1
    ],
)
def test_a_feature_has_a_badge_where_things_of_one_type_differ_by_it(changes, features):
    assert [badge.feature for badge in badges_of(load_scenario(SWEET, changes))] == features


@pytest.mark.parametrize("name", ["red_doors", "red_doors_decorrelated", "misperceived", "search_from_parts"])
def test_what_names_a_colour_has_none(name):
    assert badges_of(load_scenario(name)) == []


def test_there_are_as_many_badges_as_corners_and_the_rest_is_named():
    names = ["sweet", "soft", "stale", "sour", "salty"]
    drawn = ",".join(f"{name}={{probability=0.5}}" for name in names)
    changes = [f"world.features={[*names, 'food', 'stone']}", f"world.objects.food.features={{food=1,{drawn}}}"]
    scenario = load_scenario(SWEET, changes)
    badges = badges_of(scenario)
    assert [badge.feature for badge in badges] == names[:4]
    assert [badge.letter for badge in badges] == ["s", "o", "t", "u"]
    assert [badge.corner for badge in badges] == [*CORNERS]
    assert describe_unmarked(scenario) == "salty"
    assert [each.letter for each in badges_on(badges, [*names, "food"], [1.0, 0.0, 0.4, 1.0, 1.0, 1.0])] == ["s", "u"]


def deployed(path):
    with open_run(path) as stored:
        scene = replay_episodes(stored.laboratory, read_cast(stored, 0), "deployment", np.arange(4))
        return scene, stored.scenario


@pytest.mark.parametrize("lens", ["none", "perception"])
@pytest.mark.parametrize("cell", [8, 40])
def test_in_the_window_a_thing_that_has_it_differs_in_its_corner_alone(path, lens, cell):
    scene, _ = deployed(path)
    pen, size = Pen(DARK), (7 * cell, 7 * cell)
    with_badges, without = (
        pygame.surfarray.array3d(render_ground(pen, each, 0, world_state_at(each, 0, 0), lens, size)).astype(int)
        for each in (scene, scene._replace(badges=[]))
    )
    changed = np.argwhere((with_badges != without).any(axis=2))
    (stone,) = np.flatnonzero(scene.ground.plan.type_of == 1)
    row, column = divmod(int(scene.ground.worlds.cell[0, stone]), 7)
    x, y = (column + 0.5) * cell, (row + 0.5) * cell
    assert len(changed) > 5
    assert changed[:, 0].min() >= x - 1
    assert changed[:, 0].max() <= x + 0.7 * cell
    assert changed[:, 1].min() >= y - 0.7 * cell
    assert changed[:, 1].max() <= y + 1


def test_a_badge_too_small_for_its_letter_is_like_no_mind_and_none_is_under_a_ring(path):
    scene, _ = deployed(path)
    pen, badge = Pen(DARK), scene.badges[0]
    for cell, filled in ((8, False), (12, False), (40, True)):
        surface = pygame.Surface((cell, cell))
        draw_badges(pen, surface, (cell / 2, cell / 2), cell, [badge])
        x, y = cell / 2 + 0.3 * cell * badge.across, cell / 2 + 0.3 * cell * badge.down
        painted = (pygame.surfarray.array3d(surface) != 0).any(axis=2)
        assert painted[: cell // 2, cell // 2 :].sum() == 0  # in its own corner alone
        assert painted.any()
        assert bool(painted[int(x - 0.1 * cell), int(y + 0.1 * cell)]) is filled


def test_a_badge_lies_on_the_ring_around_what_an_agent_goes_for(path, monkeypatch):
    scene, _ = deployed(path)
    pen, frame, moment = Pen(DARK), fit_grid(pygame.Rect(0, 0, 280, 280), 7, 7), world_state_at(scene, 0, 0)
    features = scene.ground.worlds.features[0]
    badged = next(n for n in range(len(features)) if badges_on(scene.badges, scene.features, features[n]))
    goal = int(scene.ground.worlds.cell[0, badged])
    monkeypatch.setattr(grid_picture, "find_planned_path", lambda *given: [int(scene.cell[0, 0]), goal])
    surface, badge = pygame.Surface((280, 280)), scene.badges[0]
    draw_life(pen, surface, frame, scene, 0, 0.0, "none", moment)
    x, y = frame.centre(goal)
    corner = round(x + 0.5 * frame.cell * 0.7071 * badge.across), round(y + 0.5 * frame.cell * 0.7071 * badge.down)
    across = round(x - 0.5 * frame.cell * 0.7071 * badge.across), round(y - 0.5 * frame.cell * 0.7071 * badge.down)
    near = [surface.get_at((across[0] + i, across[1] + j))[:3] for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)]
    assert DARK.wanted in near  # the ring
    assert surface.get_at(corner)[:3] != DARK.wanted  # the badge


def test_the_legend_of_the_window_names_it(path, monkeypatch):
    scene, scenario = deployed(path)
    pen, surface, written = Pen(DARK), pygame.Surface((400, 80)), []
    items = list_legend(pen, scenario, scene, [find_looks(scene)], "none")
    assert [(item.letter, item.words) for item in items if item.letter] == [("s", "sweet, upper right")]
    write = pen.text
    monkeypatch.setattr(pen, "text", lambda *given, **more: written.append((given[1], write(*given, **more))))
    draw_flow(pen, surface, surface.get_rect(), items)
    (mark,) = (box for words, box in written if words == "s")
    (words,) = (box for words, box in written if words == "sweet, upper right")
    assert mark.right < words.left


def test_maps_of_the_report_show_it_and_say_what_it_is(path):
    with open_run(path) as stored:
        page = render_report(stored)
    training, deployment = re.findall(r'<figure class="world">.*?</figure>', page, re.DOTALL)
    for each, sweet in ((training, "food"), (deployment, "stone")):
        things = re.findall(r'<g class="thing"><title>([^<]+)</title>(.*?)</g>\n', each)
        assert [name for name, drawn in things if 'class="badge"' in drawn] == [f"sweet {sweet}"]
        assert "Small s: sweet." in each
        assert re.search(rf'<sup class="badge">s</sup> {sweet}', each)
    data = json.loads(re.search(r'id="live-data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["badges"] == [{"feature": 0, "letter": "s", "at": [1, -1]}]


@needs_chromium
def test_worlds_that_are_played_in_the_report_show_it(path, tmp_path):
    with open_run(path) as stored:
        (tmp_path / "page.html").write_text(render_report(stored))
    dom = chromium(tmp_path / "page.html", "--dump-dom", "--virtual-time-budget=2000").stdout
    for played in re.findall(r'<svg class="map" data-part="map".*?</svg>', dom, re.DOTALL):
        assert len(re.findall(r'<g class="badge"><circle[^>]*></circle><text[^>]*>s</text></g>', played)) == 1
    assert len(re.findall(r'<sup class="badge">s</sup> (?:sweet stone|sweet food)', dom)) == 2
