"""Films: frames into files that are complete, the same for the same frames, or not there."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import builtins
import subprocess
import sys
from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image

from evosim.storage.export import MissingExtraError
from viz.live.film import formats
from viz.live.film.film import open_film

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
    with open_film(path, size=size, rate=rate) as film:
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


def test_equal_signs_that_move_are_found_and_make_a_film_smaller(tmp_path, monkeypatch):
    pytest.importorskip("av")
    rng, size = np.random.default_rng(1), (320, 240)
    places, sizes = rng.integers(0, 240, (300, 2)), []
    for searched in (formats.EQUAL_SIGNS, "me=hex"):
        monkeypatch.setattr(formats, "EQUAL_SIGNS", searched)
        steps, path = np.random.default_rng(2), tmp_path / f"{len(sizes)}.mp4"
        with open_film(path, size=size, rate=10.0) as film:
            for number in range(15):
                surface = pygame.Surface(size)
                for x, y in places + steps.integers(-4, 5, (300, 2)) * number:
                    pygame.draw.aacircle(surface, GREEN, (int(x), int(y)), 3)
                film.add(surface)
        sizes.append(path.stat().st_size)
    assert sizes[0] < 0.95 * sizes[1]


@pytest.mark.parametrize("name", KINDS[:3])
@pytest.mark.parametrize("size", [SIZE, (192, 128), (97, 63)])
def test_the_same_frames_make_the_same_bytes_every_time(name, size, tmp_path):
    films = {make(tmp_path / name, size=size).read_bytes() for _ in range(12)}  # x264 differs in one of three or ten
    assert len(films) == 1


def test_a_film_of_odd_size_is_padded(tmp_path):
    pictures, _ = decoded(make(tmp_path / "odd.mp4", size=(97, 63)))
    assert pictures[0].size == (98, 64)
    assert near(pictures[0].getpixel((60, 50)), RED)


def test_frames_that_are_alike_are_one_picture_of_a_gif(tmp_path):
    with open_film(tmp_path / "still.gif", size=SIZE, rate=10) as film:
        for number in [0] * 5 + [9] * 3:
            film.add(frame(number))
    with Image.open(tmp_path / "still.gif") as picture:
        assert picture.n_frames == 2
        assert picture.info["duration"] == 500


@pytest.mark.parametrize("name", KINDS)
def test_a_film_that_fails_leaves_nothing_behind(name, tmp_path):
    if name.endswith(".mp4"):
        pytest.importorskip("av")

    def interrupted() -> None:
        with open_film(tmp_path / name, size=SIZE, rate=10) as film:
            film.add(frame(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_fails_leaves_the_one_before(tmp_path):
    path = make(tmp_path / "film.gif")
    before = path.read_bytes()
    with (
        pytest.raises(ValueError, match=r"a frame of \(10, 10\) in a film of \(96, 64\)"),
        open_film(path, size=SIZE, rate=10) as film,
    ):
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
    with pytest.raises(ValueError, match=words), open_film(tmp_path / name, size=size, rate=rate):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames/mine.txt").write_text("mine")
    with (
        pytest.raises(ValueError, match="isn't empty"),
        open_film(tmp_path / "frames", size=SIZE, rate=10) as film,
    ):
        film.add(frame(0))
    assert [each.name for each in (tmp_path / "frames").iterdir()] == ["mine.txt"]


def test_where_nothing_can_be_written_the_system_says_why(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"film\.gif|file"), open_film(tmp_path / "file/film.gif", size=SIZE, rate=10):
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
        open_film(tmp_path / "film.mp4", size=SIZE, rate=10),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", KINDS)
def test_the_folders_a_film_is_to_be_in_are_made(name, tmp_path):
    path = make(tmp_path / "films/of june" / name)
    assert [each.name for each in path.parent.iterdir()] == [name]


@pytest.mark.parametrize("name", KINDS)
def test_a_film_without_frames_is_none(name, tmp_path):
    with pytest.raises(OSError, match="no frame was added"):
        make(tmp_path / name, frames=0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", KINDS)
def test_what_else_goes_wrong_meanwhile_is_not_blamed_on_the_film(name, tmp_path):
    if name.endswith(".mp4"):
        pytest.importorskip("av")
    other = tmp_path / "run/of/somebody"

    def fail_elsewhere() -> None:
        with open_film(tmp_path / name, size=SIZE, rate=10) as film:
            film.add(frame(0))
            other.read_bytes()

    with pytest.raises(FileNotFoundError) as told:
        fail_elsewhere()
    assert told.value.filename == str(other)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there files can't be limited")
@pytest.mark.parametrize("name", KINDS)
def test_on_a_full_disk_a_film_fails_by_its_name_and_leaves_nothing(name, tmp_path):
    if name.endswith(".mp4"):
        pytest.importorskip("av")
    told = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path / name)], capture_output=True, text=True)
    assert told.stdout.splitlines() == [str(tmp_path / name)], told.stderr
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import os, random, resource, signal, sys
os.environ.update(SDL_VIDEODRIVER="dummy", PYGAME_HIDE_SUPPORT_PROMPT="1")
from pathlib import Path
import pygame
from viz.live.film.film import open_film
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    with open_film(Path(sys.argv[1]), size=(320, 200), rate=10) as film:
        for number in range(4):
            film.add(pygame.image.frombytes(random.Random(number).randbytes(320 * 200 * 3), (320, 200), "RGB"))
except OSError as error:
    print(error.filename)
"""


def test_a_folder_that_is_being_filmed_into_is_left_to_its_film(tmp_path):
    with open_film(tmp_path / "frames", size=SIZE, rate=10) as film:
        film.add(frame(0))
        with pytest.raises(OSError, match="no frame was added"), open_film(tmp_path / "frames", size=SIZE, rate=10):
            pass
        film.add(frame(1))
    assert len(list((tmp_path / "frames").iterdir())) == 2


def test_a_link_to_an_empty_folder_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "frames").symlink_to(tmp_path / "real", target_is_directory=True)
    make(tmp_path / "frames", frames=2)
    assert len(list((tmp_path / "real").iterdir())) == 2


def test_where_there_is_no_x264_another_encoder_makes_the_mp4(tmp_path, monkeypatch):
    codec = pytest.importorskip("av.codec")
    monkeypatch.setattr(codec, "codecs_available", codec.codecs_available - {"libx264"})
    pictures, _ = decoded(make(tmp_path / "film.mp4"))
    assert len(pictures) == 12
    assert near(pictures[3].getpixel((16, 18)), GREEN)
    assert (tmp_path / "film.mp4").read_bytes() == make(tmp_path / "again.mp4").read_bytes()


def test_an_mp4_says_by_which_rule_its_colours_are_read(tmp_path):
    av = pytest.importorskip("av")
    with av.open(str(make(tmp_path / "film.mp4"))) as container:
        assert next(container.decode(video=0)).colorspace == av.video.reformatter.Colorspace.ITU709


@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
def test_a_film_lasts_as_long_as_its_frames_at_any_rate(name, tmp_path):
    with Image.open(make(tmp_path / name, frames=24, rate=24)) as film:
        lasting = []
        for number in range(film.n_frames):
            film.seek(number)
            film.load()  # without it webp doesn't know
            lasting.append(film.info["duration"])
    assert sum(lasting) == 1000
    assert max(lasting) - min(lasting) <= 10


def test_a_picture_of_a_gif_can_last_longer_than_the_format_can_say(tmp_path):
    with open_film(tmp_path / "still.gif", size=SIZE, rate=1) as film:
        for number in [0] * 700 + [9]:
            film.add(frame(number))
    with Image.open(tmp_path / "still.gif") as picture:
        lasting = []
        for number in range(picture.n_frames):
            picture.seek(number)
            lasting.append(picture.info["duration"])
    assert sum(lasting) == 701_000


def test_a_gif_keeps_small_marks_in_their_colour_whatever_is_black(tmp_path):
    marks = [(255, 154, 60), (90, 169, 245), (240, 106, 192), (255, 255, 255), (0, 0, 0)]
    with open_film(tmp_path / "film.gif", size=(640, 360), rate=10) as film:
        for number in range(6):
            surface = pygame.Surface((640, 360))
            surface.fill((20, 22, 27))
            for at, colour in enumerate(marks):
                surface.fill(colour, pygame.Rect(40 + 100 * at + 7 * number, 100, 6, 6))
            film.add(surface)
    with Image.open(tmp_path / "film.gif") as film:
        for number in range(6):
            film.seek(number)
            picture = film.convert("RGB")
            for at, colour in enumerate(marks):
                seen = picture.getpixel((42 + 100 * at + 7 * number, 103))
                assert all(abs(a - b) <= 16 for a, b in zip(seen, colour, strict=True)), (number, seen, colour)


@pytest.mark.skipif(sys.platform == "win32", reason="there memory is not told")
@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
def test_memory_does_not_grow_with_the_frames_of_a_film(name, tmp_path):
    def peak(frames: int) -> int:
        command = [sys.executable, "-c", MEMORY, str(tmp_path / f"{frames}-{name}"), str(frames)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    frames_more = 240
    held = frames_more * 640 * 360 // 1024  # kB, if a byte of each pixel were kept
    assert peak(60 + frames_more) - peak(60) < held / 3


MEMORY = """
import os, resource, sys
os.environ.update(SDL_VIDEODRIVER="dummy", PYGAME_HIDE_SUPPORT_PROMPT="1")
from pathlib import Path
import pygame
from viz.live.film.film import open_film
surface = pygame.Surface((640, 360))
with open_film(Path(sys.argv[1]), size=(640, 360), rate=30) as film:
    for number in range(int(sys.argv[2])):
        surface.fill((20, 22, 27))
        surface.fill((255, 154, 60), pygame.Rect(2 * number, 100, 20, 20))
        film.add(surface)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1))
"""
