"""Films: frames into a file, or a folder of pictures. They appear whole, or not at all.

with film_to(Path("film.mp4"), size=(1280, 720), rate=30) as film:
    film.add(surface)

The same frames make the same bytes: encoders run on one thread, and no dates are written.
"""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from PIL import Image

from evosim.export import MissingExtraError, appearing

SMALLEST, LARGEST = 16, 7680  # pixels
FASTEST = 60.0  # frames a second
FASTEST_GIF = 50.0  # whose frames last whole hundredths of a second
QUALITY = "26"  # of x264, where less is better
ONE_THREAD = "threads=1:lookahead-threads=1:sliced-threads=0"  # else the bytes depend on the machine
WEBP_QUALITY, WEBP_EFFORT = 80, 3
GIF_COLOURS = 255
SUFFIXES = (".mp4", ".gif", ".webp")


class Film(ABC):
    """A film that is being made."""

    def __init__(self, size: tuple[int, int], rate: float) -> None:
        self.size, self.rate = size, rate
        self.frames = 0

    def add(self, surface: pygame.Surface) -> None:
        """Add a frame.

        Raises:
            ValueError: it is of another size.
            OSError: it can't be written.
        """
        if surface.get_size() != self.size:
            raise ValueError(f"a frame of {surface.get_size()} in a film of {self.size}")
        self.write(surface)
        self.frames += 1

    @abstractmethod
    def write(self, surface: pygame.Surface) -> None:
        """Write a frame."""

    @abstractmethod
    def finish(self) -> None:
        """Write what is left, and close the file."""

    def give_up(self) -> None:
        """Close the file, whatever is missing in it."""
        with suppress(Exception):
            self.finish()


@contextmanager
def film_to(out: Path, *, size: tuple[int, int], rate: float) -> Iterator[Film]:
    """Make a film of frames of a size; its kind is that of its name, and a name without one is a folder of pictures.

    Raises:
        ValueError: there are no such films; the sentence says which there are.
        MissingExtraError: mp4 needs PyAV.
        OSError: it can't be written. What stood there before is kept.
    """
    _refuse(out, size, rate)
    if not out.suffix or out.is_dir():
        with _folder(out) as folder:
            film: Film = Pictures(folder, size, rate)
            yield film
        return
    try:
        with appearing(out) as new:
            kinds: dict[str, type[Video | Gif | WebP]] = {".mp4": Video, ".gif": Gif, ".webp": WebP}
            film = kinds[out.suffix.lower()](new, size, rate)
            try:
                yield film
            except BaseException:
                film.give_up()
                raise
            film.finish()
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(out)) from error


def _refuse(out: Path, size: tuple[int, int], rate: float) -> None:
    suffix = out.suffix.lower()
    if suffix and suffix not in SUFFIXES and not out.is_dir():
        raise ValueError(f"{out}: no film can be {suffix}; it can be {', '.join(SUFFIXES)}, or a folder of pictures")
    if not all(SMALLEST <= side <= LARGEST for side in size):
        raise ValueError(f"a film of {size[0]} × {size[1]}; each side is from {SMALLEST} to {LARGEST} pixels")
    fastest = FASTEST_GIF if suffix == ".gif" else FASTEST
    if not 1.0 <= rate <= fastest:
        raise ValueError(f"{rate:g} frames a second; from 1 to {fastest:g} are possible in {suffix or 'pictures'}")
    if suffix == ".mp4" and not out.is_dir():
        _av()


def _av() -> Any:
    try:
        import av
    except ImportError:
        told = "mp4 needs PyAV: pip install 'evosim[film]'; .gif, .webp and a folder of pictures need nothing more"
        raise MissingExtraError(told) from None
    return av


class Video(Film):
    """An mp4, by H.264 where PyAV has it."""

    def __init__(self, path: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(size, rate)
        av = _av()
        self.av = av
        self.container = av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})
        self.container.flags |= av.container.core.Flags.bitexact.value  # no version and date in the file
        x264 = "libx264" in av.codec.codecs_available
        exact = Fraction(rate).limit_denominator(1000)
        self.time_base = 1 / exact
        self.stream = self.container.add_stream("libx264" if x264 else "mpeg4", rate=exact)
        self.stream.width, self.stream.height = (side + side % 2 for side in size)
        self.stream.pix_fmt = "yuv420p"
        self.stream.codec_context.thread_count = 1
        self.stream.options = (
            {"crf": QUALITY, "preset": "medium", "x264-params": ONE_THREAD} if x264 else {"qscale": "3"}
        )

    def write(self, surface: pygame.Surface) -> None:
        """Encode a frame; one of odd size is padded."""
        wide, high = self.stream.width, self.stream.height
        if (wide, high) != self.size:
            padded = pygame.Surface((wide, high))
            padded.blit(surface, (0, 0))
            surface = padded
        pixels = np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(high, wide, 3)
        frame = self.av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts = self.frames
        frame.time_base = self.time_base
        for packet in self.stream.encode(frame):
            self.container.mux(packet)

    def finish(self) -> None:
        """Encode what is held back."""
        if self.frames:
            for packet in self.stream.encode():
                self.container.mux(packet)
        self.container.close()


class Gif(Film):
    """A gif with one palette for all, chosen from its first frame and those unlike it; frames alike are one."""

    def __init__(self, path: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(size, rate)
        self.path = path
        self.folder = path.with_name(f"{path.name}.frames")
        self.folder.mkdir()
        self.shown: list[int] = []  # how many frames each picture is shown
        self.last = b""

    def write(self, surface: pygame.Surface) -> None:
        """Keep a frame on the disk, until all are there to choose a palette from."""
        pixels = pygame.image.tobytes(surface, "RGB")
        if pixels == self.last:
            self.shown[-1] += 1
            return
        pygame.image.save(surface, self.folder / f"{len(self.shown):06}.png")
        self.shown.append(1)
        self.last = pixels

    def finish(self) -> None:
        """Write the file, picture by picture."""
        try:
            if self.shown:
                palette = self._palette()
                pictures = (self._picture(number, palette) for number in range(len(self.shown)))
                first = next(pictures)
                first.save(
                    self.path,
                    format="GIF",
                    save_all=True,
                    append_images=pictures,
                    duration=self._durations(),
                    loop=0,
                    optimize=False,
                )
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def give_up(self) -> None:
        """Remove the frames."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _picture(self, number: int, palette: Image.Image) -> Image.Image:
        with Image.open(self.folder / f"{number:06}.png") as picture:
            return picture.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)

    def _palette(self) -> Image.Image:
        """Choose colours by a sheet of pictures at even distances."""
        some = sorted({len(self.shown) * i // 8 for i in range(8)} | {len(self.shown) - 1})
        width, height = (min(side, 480) for side in self.size)
        sheet = Image.new("RGB", (width, height * len(some)))
        for at, number in enumerate(some):
            with Image.open(self.folder / f"{number:06}.png") as picture:
                sheet.paste(picture.convert("RGB").resize((width, height), Image.Resampling.NEAREST), (0, at * height))
        return sheet.quantize(GIF_COLOURS, method=Image.Quantize.MEDIANCUT)

    def _durations(self) -> list[int]:
        """Give milliseconds, in whole hundredths of a second, that add up to the right time."""
        ends = [round(100 * sum(self.shown[: i + 1]) / self.rate) for i in range(len(self.shown))]
        return [10 * max(end - start, 1) for start, end in zip([0, *ends], ends, strict=False)]


class WebP(Film):
    """An animated WebP. Pillow's encoder holds what it has encoded, which is small, and one frame."""

    def __init__(self, path: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(size, rate)
        self.path = path
        self.folder = path.with_name(f"{path.name}.frames")
        self.folder.mkdir()

    def write(self, surface: pygame.Surface) -> None:
        """Keep a frame on the disk: Pillow takes them all in one call."""
        pygame.image.save(surface, self.folder / f"{self.frames:06}.png")

    def finish(self) -> None:
        """Encode all frames, one after the other."""
        try:
            if self.frames:
                pictures = (self._picture(number) for number in range(self.frames))
                ends = [round(1000 * (i + 1) / self.rate) for i in range(self.frames)]
                durations = [end - start for start, end in zip([0, *ends], ends, strict=False)]
                first = next(pictures)
                first.save(
                    self.path, format="WEBP", save_all=True, append_images=pictures, duration=durations, loop=0,
                    quality=WEBP_QUALITY, method=WEBP_EFFORT,
                )  # fmt: skip
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def give_up(self) -> None:
        """Remove the frames."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _picture(self, number: int) -> Image.Image:
        with Image.open(self.folder / f"{number:06}.png") as picture:
            return picture.convert("RGB")


class Pictures(Film):
    """A folder of numbered pictures."""

    def __init__(self, folder: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(size, rate)
        self.folder = folder

    def write(self, surface: pygame.Surface) -> None:
        """Save a picture."""
        pygame.image.save(surface, self.folder / f"frame_{self.frames + 1:05}.png")

    def finish(self) -> None:
        """Do nothing: every picture is complete."""


@contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """Make a folder that takes its place when it is complete.

    Raises:
        ValueError: there is something in it already.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out}: holds something already; name a new folder, or an empty one")
    new = out.with_name(f".{out.name}.new")
    try:
        new.mkdir()
        yield new
        if out.is_dir():
            out.rmdir()
        new.replace(out)
    finally:
        shutil.rmtree(new, ignore_errors=True)
