"""Films: frames into files that are complete, the same for the same frames, or not there."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import builtins
from pathlib import Path

import pygame
import pytest
from PIL import Image

from evosim.export import MissingExtraError
from viz.live.film import film_to

SIZE = (96, 64)
KINDS = ["film.mp4", "film.gif", "film.webp", "frames"]
RED, GREEN = (200, 30, 30), (30, 160, 60)


def frame(number: int, size=SIZE) -> pygame.Surface:
    surface = pygame.Surface(size)
    surface.fill(RED)
    surface.fill(GREEN, pygame.Rect(2 * number, 8, 20, 20))
    return surface


def make(path: Path, frames: int = 12, size=SIZE, rate: float = 10.0) -> Path:
    if path.suffix == ".mp4":
        pytest.importorskip("av")
    with film_to(path, size=size, rate=rate) as film:
        for number in range(frames):
            film.add(frame(number, size))
    return path


def near(colour, wanted) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(colour, wanted, strict=False))


def decoded(path: Path):
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        return [each.to_image() for each in container.decode(video=0)], container.streams.video[0].average_rate


@pytest.mark.parametrize("name", KINDS)
def test_a_film_has_all_its_frames(name, tmp_path):
    path = make(tmp_path / name)
    if name == "frames":
        pictures = [Image.open(each).copy() for each in sorted(path.iterdir())]
        assert [each.name for each in sorted(path.iterdir())][:2] == ["frame_00001.png", "frame_00002.png"]
    elif name.endswith(".mp4"):
        pictures, rate = decoded(path)
        assert rate == 10
    else:
        with Image.open(path) as film:
            assert film.n_frames == 12
            pictures, total = [], 0
            for number in range(film.n_frames):
                film.seek(number)
                pictures.append(film.convert("RGB"))
                total += film.info["duration"]
            assert total == 1200
            assert film.info.get("loop", 0) == 0
    assert len(pictures) == 12
    for number, picture in enumerate(pictures):
        assert picture.size == SIZE
        assert near(picture.getpixel((2 * number + 10, 18)), GREEN), number
        assert near(picture.getpixel((90, 60)), RED), number


@pytest.mark.parametrize("name", KINDS[:3])
def test_the_same_frames_make_the_same_bytes(name, tmp_path):
    first, again = make(tmp_path / f"one_{name}"), make(tmp_path / f"two_{name}")
    assert first.read_bytes() == again.read_bytes()


def test_a_film_of_odd_size_is_padded(tmp_path):
    pictures, _ = decoded(make(tmp_path / "odd.mp4", size=(97, 63)))
    assert pictures[0].size == (98, 64)
    assert near(pictures[0].getpixel((60, 50)), RED)


def test_frames_that_are_alike_are_one_picture_of_a_gif(tmp_path):
    with film_to(tmp_path / "still.gif", size=SIZE, rate=10) as film:
        for number in [0] * 5 + [9] * 3:
            film.add(frame(number))
    with Image.open(tmp_path / "still.gif") as picture:
        assert picture.n_frames == 2
        assert picture.info["duration"] == 500


@pytest.mark.parametrize("name", KINDS)
def test_a_film_that_fails_leaves_nothing_behind(name, tmp_path):
    if name.endswith(".mp4"):
        pytest.importorskip("av")
    with pytest.raises(KeyboardInterrupt), film_to(tmp_path / name, size=SIZE, rate=10) as film:
        film.add(frame(0))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_fails_leaves_the_one_before(tmp_path):
    path = make(tmp_path / "film.gif")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="another|size|film of"), film_to(path, size=SIZE, rate=10) as film:
        film.add(pygame.Surface((10, 10)))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["film.gif"]


@pytest.mark.parametrize(
    ("name", "size", "rate", "words"),
    [
        ("film.avi", SIZE, 10, r"no film can be \.avi; it can be \.mp4, \.gif, \.webp, or a folder"),
        ("film.gif", SIZE, 60, "from 1 to 50"),
        ("film.webp", SIZE, 0.5, "from 1 to 60"),
        ("film.webp", (8, 64), 10, "from 16 to 7680"),
    ],
)
def test_films_that_can_not_be_are_refused(name, size, rate, words, tmp_path):
    with pytest.raises(ValueError, match=words), film_to(tmp_path / name, size=size, rate=rate):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames/mine.txt").write_text("mine")
    with (
        pytest.raises(ValueError, match="holds something already"),
        film_to(tmp_path / "frames", size=SIZE, rate=10) as film,
    ):
        film.add(frame(0))
    assert [each.name for each in (tmp_path / "frames").iterdir()] == ["mine.txt"]


def test_where_nothing_can_be_written_the_system_says_why(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="film.gif|file"), film_to(tmp_path / "file/film.gif", size=SIZE, rate=10):
        pass


def test_mp4_without_its_library_says_how_to_get_it(tmp_path, monkeypatch):
    ordinary = builtins.__import__

    def without(name, *rest, **more):
        if name == "av":
            raise ImportError(name)
        return ordinary(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with (
        pytest.raises(MissingExtraError, match=r"pip install 'evosim\[film\]'"),
        film_to(tmp_path / "film.mp4", size=SIZE, rate=10),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
