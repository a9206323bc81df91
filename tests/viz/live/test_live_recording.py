"""Films of runs: the same run and options, the same film; and what the commands say when something is wrong."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import hashlib
import re
from pathlib import Path

import pygame
import pytest
from forked import evosim
from PIL import Image

from evosim.cli.commands.watch import LENS_NAMES
from evosim.numerics.formatting import percent
from evosim.scenario import load_scenario
from evosim.simulation.runs import open_run
from evosim.studies.typical_agent import ClassMedoid, Typical
from viz.answers.ecology import answer_ecology, rate_ratio
from viz.answers.ecology_reading import read_course
from viz.live.drawing.pen import Pen
from viz.live.pair.picture import pair_boxes
from viz.live.pair.story import _costs
from viz.live.recording.recording import Shot, plan_cues, prepare_session, record_film
from viz.live.scenes.scene import read_cast
from viz.live.wall.grid_picture import LENSES
from viz.live.wall.reader import WallReader
from viz.live.window.layout import lay_out_session
from viz.live.window.screen import render

SHOT = Shot(size=(480, 320), seconds=3.0, rate=10.0, scale=0.75)


def digest(folder) -> str:
    whole = hashlib.sha256()
    for picture in sorted(folder.iterdir()):
        whole.update(picture.name.encode())
        with Image.open(picture) as opened:
            whole.update(opened.convert("RGB").tobytes())
    return whole.hexdigest()


@pytest.mark.parametrize(("name", "story"), [("red_doors", False), ("red_doors", True), ("contraception", True)])
def test_the_same_run_makes_the_same_film(paths, name, story, tmp_path):
    told, shot = [], SHOT._replace(story=story)
    for number in range(2):
        record_film(paths[name], tmp_path / f"film{number}", shot, lambda done, of: told.append((done, of)))
    assert len(list((tmp_path / "film0").iterdir())) == 30
    assert told[-1] == (30, 30)
    assert digest(tmp_path / "film0") == digest(tmp_path / "film1")


def test_a_tour_goes_on_from_picture_to_picture(paths, tmp_path):
    record_film(paths["red_doors"], tmp_path / "film", SHOT)
    pictures = [picture.read_bytes() for picture in sorted((tmp_path / "film").iterdir())]
    assert len(set(pictures)) > 20


def test_a_tour_begins_with_one_agent_in_two_environments(paths):
    session = prepare_session(paths["red_doors"], SHOT)
    cues, opened = plan_cues(session, SHOT), []
    for frame in range(100):
        while cues and cues[0].at * 100 <= frame:
            cues.pop(0).deed(session)
        session.advance(SHOT.seconds / 100)
        opened.append(session.view.is_open)
    assert opened[:20] == [True] * 20
    assert not any(opened[40:])
    session.close()


def story_of(path, *, seconds=3.0):
    """Go through the chapters of a story; give its captions, each with what is then shown."""
    shot = SHOT._replace(story=True, seconds=seconds)
    session, found = prepare_session(path, shot), []
    for cue in plan_cues(session, shot):
        cue.deed(session)
        session.advance(0.1)
        found.append((session.caption, getattr(session.view, "pair", None), session.view.now))
    assert [words for words, *_ in found] == list(session.captions)
    session.close()
    return found


def test_a_story_asks_shows_one_agent_says_why_and_shows_all_others(paths):
    chapters = story_of(paths["red_doors"])
    words = [each[0] for each in chapters]
    assert words[0] == load_scenario("red_doors").question
    here, there = chapters[0][1].sides
    assert here.does in words[1]
    assert there.does in words[2]
    assert chapters[0][1].explains.removesuffix(".") in words[3]
    assert chapters[-1][2] == 8
    assert "seed 2" in words[-1]


def test_where_no_class_has_a_majority_the_story_shows_one_agent_of_each_of_the_two_largest(paths, monkeypatch):
    kinds = [(5, "robustly_aligned", 0.43), (9, "pseudo_aligned", 0.4), (2, "mixed", 0.17)]
    found = [ClassMedoid(row, kind, share, "planners", "deployment") for row, kind, share in kinds]
    monkeypatch.setattr(WallReader, "class_medoids", lambda reader, cast: found)
    monkeypatch.setattr(WallReader, "typical", lambda reader, cast: Typical(5, found[0].words))
    chapters = story_of(paths["red_doors"])
    assert [pair.row for _, pair, _ in chapters[:5]] == [5, 5, 5, 9, 9]
    for (row, _, share), (words, pair, _) in zip(kinds, chapters[1:5:2], strict=False):
        here, there = pair.sides
        assert pair.row == row
        assert words.startswith(f"{percent(share)} of planners are like this")
        assert here.does in words
        assert there.does in words
        assert "one of the" in pair.who
    assert chapters[4][1].explains.removesuffix(".") in chapters[4][0]
    assert not any("typical" in words for words, *_ in chapters)


def test_a_story_says_what_all_get_where_a_sample_is_counted_and_what_costs_something(paths):
    words = [each[0] for each in story_of(paths["red_doors"])]
    session = prepare_session(paths["red_doors"], SHOT)
    for generation, begins in ((0, "How it came about. The founders get"), (8, "Not only these, but all 24 agents")):
        cast = read_cast(session.reader.run, generation)
        here, there = map(percent, session.reader.shares_paid(cast, ("training", "deployment")))
        said = next(each for each in words if each.startswith(begins))
        assert here in said
        assert there in said
    session.close()
    assert not [each for each in words if re.fullmatch(r"Generation \d+\.", each)]
    scenario = load_scenario("red_doors", ['objectives.base={ door_reached = 1, "entered.gem" = -1 }'])
    assert _costs(scenario, "deployment") == ", since a gem counts −1"
    assert _costs(load_scenario("red_doors"), "deployment") == ""


def test_a_story_of_an_ecology_says_what_became_of_births(paths):
    words = [each[0] for each in story_of(paths["contraception"])]
    assert words[0] == load_scenario("contraception").question
    assert any("tick 50 the world becomes modern" in each for each in words)
    assert any("births are" in each for each in words)
    with open_run(paths["contraception"]) as stored:
        course, answer = read_course(stored), answer_ecology(read_course(stored))
    births = rate_ratio(course, "births_per_capita", course.at_once)
    assert any(f"births are {percent(births)} of what they were" in each for each in words)
    said = re.search(r"The mean weight of child is .*\.", answer)  # as the page and the figure say it
    assert said is not None
    assert any(said[0] in each for each in words)


CONTROLS = re.compile(
    r"\?|^[A-Z]:|\b[A-Z]: |\bD moves|\bP (turns|enlarges)|\bM\b.*(shows|goes)|Ctrl|Shift|Esc|wheel|[Cc]lick|\bdrag\b|press|Tab|ticks/s"
)  # fmt: skip


def words_filmed(path, monkeypatch, **changes) -> list[str]:
    """Return all that is written in a film, a picture of each of its cues."""
    found, write = set(), Pen.text

    def text(pen, surface, words, *given, **more):
        found.add(words)
        return write(pen, surface, words, *given, **more)

    monkeypatch.setattr(Pen, "text", text)
    shot = SHOT._replace(size=(960, 540), **changes)
    session, surface = prepare_session(path, shot), pygame.Surface((960, 540))
    for cue in [None, *plan_cues(session, shot)]:
        if cue is not None:
            cue.deed(session)
        session.advance(0.1)
        render(session, surface)
    assert session.trouble == ""
    session.close()
    monkeypatch.undo()
    return sorted(found)


@pytest.mark.parametrize("name", ["red_doors", "contraception", "search_from_parts"])
@pytest.mark.parametrize("changes", [{}, {"story": True}, {"lens": "wanted"}], ids=["tour", "story", "lens"])
def test_a_film_says_nothing_of_keys_and_buttons(paths, searching, name, changes, monkeypatch):
    path, question = {**paths, "search_from_parts": searching}[name], load_scenario(name).question
    said = [words for words in words_filmed(path, monkeypatch, **changes) if words not in question]
    assert len(said) > 20
    assert [words for words in said if CONTROLS.search(words)] == []


def test_the_thoughts_of_a_film_fill_a_bar_that_has_no_knob(searching):
    shot = SHOT._replace(size=(960, 540), seconds=30.0, story=True)
    session, surface = prepare_session(searching, shot), pygame.Surface((960, 540))
    plan_cues(session, shot)[0].deed(session)
    session.advance(0.1)
    session.playing = False
    session.view.step(session.view.pair.thoughts)
    render(session, surface)
    bar = pair_boxes(session.pen, lay_out_session(session).main, session.view._frame(session.pen)).slider
    wanted, card = session.pen.theme.wanted, session.pen.theme.card
    middle = [surface.get_at((x, bar.centery))[:3] for x in range(bar.left + 4, bar.right - 4)]
    above = [surface.get_at((x, bar.top - 2))[:3] for x in range(bar.left, bar.right)]
    assert (set(middle), set(above)) == ({tuple(wanted)}, {tuple(card)})
    session.close()


def test_a_film_of_training_only_shows_two_agents_and_then_many_and_nothing_that_would_tell(paths, monkeypatch):
    shot = SHOT._replace(training_only=True)
    session, shown = prepare_session(paths["red_doors"], shot), []
    for cue in plan_cues(session, shot):
        cue.deed(session)
        session.advance(0.1)
        shown.append((session.view.is_open, session.view.pair.row, session.view.environments()))
    session.close()
    assert [each[0] for each in shown] == [True, True, True, True, False]
    assert shown[0][1] != shown[3][1]
    assert {each[2] for each in shown} == {("training",)}
    said = " ".join(words_filmed(paths["red_doors"], monkeypatch, training_only=True))
    assert "training" in said
    assert not re.search("deployment|aligned|redness|blue door|wants|worth", said)


def test_a_card_in_a_film_is_whole_or_ends_with_a_sentence(paths):
    session = prepare_session(paths["red_doors"], SHOT._replace(size=(1280, 720), scale=1.0))
    view = session.view
    view.choose(int(view.stage.rows[0]))
    session.advance(0.0)
    words, write = [], session.pen.text
    session.pen.text = lambda surface, said, *rest, **more: words.append(said) or write(surface, said, *rest, **more)
    render(session, pygame.Surface((1280, 720)))
    said = " ".join(words)
    for statement in view.portrait.statements:
        assert statement.words in said
    assert "parents" not in said
    session.close()


def test_the_films_of_the_guide_are_small():
    films = sorted((Path(__file__).parents[3] / "docs").glob("*.mp4"))
    assert [film.stem for film in films] == ["cheese_corner", "contraception", "red_doors", "search_from_parts"]
    assert max(film.stat().st_size for film in films) < 1_500_000


def test_a_tour_of_an_ecology_goes_through_its_change_and_looks_at_somebody(paths):
    """The world of this one changes at tick 50, and its run ends with tick 80."""
    session = prepare_session(paths["contraception"], SHOT)
    cues, ticks, looked = plan_cues(session, SHOT), [], set()
    frames = 200
    for frame in range(frames):
        while cues and cues[0].at * frames <= frame:
            cues.pop(0).deed(session)
        session.advance(SHOT.seconds / frames)
        ticks.append(session.view.tick)
        looked.add((session.view.lens, session.view.selection.id is not None))
    assert ticks == sorted(ticks)
    assert ticks[0] < 50 < ticks[frames // 2]
    assert ticks[-1] == 80
    assert {(1, True), (2, True), (3, True)} <= looked
    session.close()


def test_a_lens_looks_at_somebody_who_lives_in_the_state_that_is_filmed(paths):
    """Who lived in the first state that is stored is dead long before the last."""
    with open_run(paths["contraception"]) as stored:
        last = stored.stored_generations()[-1]
    shot = SHOT._replace(generation=last, lens="wanted")
    session = prepare_session(paths["contraception"], shot)
    for cue in plan_cues(session, shot):
        cue.deed(session)
    session.advance(0.0)
    view = session.view
    assert view.snapshot.tick == (last + 1) * view.per
    assert view.selection.id in view.snapshot.id
    assert view.portrait is not None
    assert "has died" not in view.portrait.where
    session.close()


def test_a_tour_of_generations_ends_with_the_last_moved_away(paths):
    session = prepare_session(paths["red_doors"], SHOT)
    cues = plan_cues(session, SHOT)
    assert [cue.at for cue in cues] == sorted(cue.at for cue in cues)
    frames, shown = 120, []
    for frame in range(frames):
        while cues and cues[0].at * frames <= frame:
            cues.pop(0).deed(session)
        session.advance(0.1)
        shown.append(session.view.portrait is not None)
    assert session.view.now == session.seen.stored[-1]
    assert session.view.retention().moved
    assert shown[100]  # an agent, moved away too; at the end objective space, in the room of its card
    assert session.space
    session.close()


def test_one_generation_can_be_filmed_through_a_lens(paths, tmp_path):
    shot = SHOT._replace(seconds=1.0, generation=4, lens="wanted", speed=30.0)
    session = prepare_session(paths["red_doors"], shot)
    for cue in plan_cues(session, shot):
        cue.deed(session)
    session.advance(0.1)
    for _ in range(60):
        session.advance(0.5)
    assert session.view.now == 4
    assert session.view.lens == 1
    session.close()
    with pytest.raises(ValueError, match=r"generation 3 are not stored; the nearest that are: (2|4)"):
        record_film(paths["red_doors"], tmp_path / "film", shot._replace(generation=3))
    assert list(tmp_path.iterdir()) == []


def test_the_command_films_and_prints_where(paths, tmp_path):
    run_path = paths["red_doors"]
    before = run_path.read_bytes()
    done = evosim(
        "record", run_path, "-o", "film.gif", "--seconds", "0.5", "--size", "320x240", "--rate", "10", cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, "film.gif\n"), done.stderr
    with Image.open(tmp_path / "film.gif") as film:
        assert film.size == (320, 240)
    assert run_path.read_bytes() == before


def test_the_command_knows_the_lenses_that_there_are():
    assert LENS_NAMES == LENSES


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["record", "missing.evosim", "-o", "film.gif"], 5, "missing.evosim: no such file"),
        (["record", "RUN", "-o", "film.avi"], 1, "no film can be .avi; it can be .mp4, .gif, .webp, or a folder"),
        (["record", "RUN", "-o", "film.gif", "--size", "12x9"], 2, "is not a size; write it as 1280x720"),
        (["record", "RUN", "-o", "film.gif", "--rate", "60"], 1, "from 1 to 50"),
        (["record", "RUN", "-o", "film.gif", "--lens", "rose"], 2, "'wanted'"),
        (["record", "RUN"], 2, "Missing option"),
        (["record", "RUN", "-o", "film.gif", "--story", "--lens", "wanted"], 2, "--story is of the whole run"),
        (["record", "RUN", "-o", "film.gif", "--story", "--training-only"], 2, "leave --story and --lens out"),
        (["record", "ECOLOGY", "-o", "film.gif", "--training-only"], 2, "--training-only: an ecology is in"),
        (["record", "RUN", "-o", "film.gif", "--generation", "1"], 1, "the agents of generation 1 are not stored"),
        (["record", "RUN", "-o", "film.gif", "--environment", "nowhere"], 2, "'nowhere'; there are: deployment"),
        (["watch", "red_doors", "--environment", "training"], 2, "'training'; there are: deployment"),
        (["watch", "RUN", "--set", "world.steps=3"], 2, "not for an existing run"),
        (["watch", "missing.evosim"], 5, "missing.evosim: no such file"),
        (["watch", "red_dors"], 3, "red_doors"),
        (["watch", "-"], 2, "standard input"),
        (["watch", "red_doors", "--set", "world.step=3"], 3, "did you mean"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(paths, words, code, said, tmp_path):
    runs = {"RUN": "red_doors", "ECOLOGY": "contraception"}
    named = [str(paths[runs[word]]) if word in runs else word for word in words]
    done = evosim(*named, cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_film_chooses_the_agent_that_is_asked_for(paths):
    chosen = {}
    for who in ("typical", "fittest", 8 * 24 + 5):
        session = prepare_session(paths["red_doors"], SHOT._replace(who=who))
        cues = plan_cues(session, SHOT._replace(who=who))
        for frame in range(200):
            while cues and cues[0].at * 200 <= frame:
                cues.pop(0).deed(session)
                session.advance(0.0)
            if frame == 170:
                chosen[who] = session.view.selected
                cast = session.view.stage.cast
                wanted = {"typical": session.reader.typical(cast).row, "fittest": int(cast.fitness.argmax())}
                assert session.view.selected == wanted.get(who, 5)
                assert cast.generation == 8
        session.close()
    shot = SHOT._replace(who=2 * 24 + 3, lens="wanted")
    session = prepare_session(paths["red_doors"], shot)
    for cue in plan_cues(session, shot):
        cue.deed(session)
        session.advance(0.0)
    assert (session.view.now, session.view.selected) == (2, 3)
    session.close()


@pytest.mark.parametrize(
    ("name", "agent", "more", "said"),
    [
        ("red_doors", 10**6, [], "the genome of agent 1000000 is not stored"),
        ("red_doors", 50, ["--generation", 2], "leave --generation out"),
        ("contraception", "fittest", [], "in an ecology agents are chosen in the window"),
    ],
)
def test_an_agent_that_can_not_be_filmed_is_reported(paths, name, agent, more, said, tmp_path):
    refused = evosim("record", paths[name], "-o", tmp_path / "film.gif", "--agent", agent, *more, cwd=tmp_path)
    assert refused.returncode != 0
    assert said in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
