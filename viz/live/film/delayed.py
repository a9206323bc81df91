"""Gifs and WebPs: films that are written when all their frames are there, which wait on the disk until then."""

import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pygame
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from viz.live.film.formats import Film

WEBP = {"quality": 80, "method": 2, "kmin": 59, "kmax": 60}  # its own are a whole frame in five, and a third larger
GIF_COLOURS, UNCHANGED = 255, 255  # as many; the number of the one that lets the picture before shine through
LONGEST = 65_535  # hundredths of a second that a picture of a gif can last
SAMPLES, SAMPLE_SIDE = 8, 480  # pictures that a palette is chosen from, and their pixels


class Waiting:
    """Frames that wait on the disk until all are there, in a file without a name: not even a kill leaves it behind."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self.size = size
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it outlives this call
        self.ends = [0]

    def keep(self, pixels: bytes) -> None:
        """Keep a frame of RGB."""
        self.file.write(zlib.compress(pixels, 1))
        self.ends.append(self.file.tell())

    def picture(self, number: int) -> Image.Image:
        """Give a frame back."""
        self.file.seek(self.ends[number])
        kept = self.file.read(self.ends[number + 1] - self.ends[number])
        return Image.frombytes("RGB", self.size, zlib.decompress(kept))


class Change(NamedTuple):
    """Where a picture of a gif differs from the one before."""

    at: tuple[int, int]  # x and y
    now: NDArray[np.uint8]  # [H, W] numbers of colours
    differs: NDArray[np.bool_]  # [H, W]
    hundredths: int = 0  # of a second that it lasts

    def written(self) -> list[bytes]:
        """Write it whole, or with holes where nothing changes, whichever is shorter."""
        more = {"duration": 10 * self.hundredths, "transparency": UNCHANGED, "disposal": 1}
        ways = self.now, np.where(self.differs, self.now, UNCHANGED).astype(np.uint8)
        written = [GifImagePlugin.getdata(Image.fromarray(way), self.at, **more) for way in ways]
        return min(written, key=lambda parts: sum(map(len, parts)))

    def lasting(self, hundredths: int) -> "Iterator[Change]":
        """Give it as often as it takes to last so long; after the first time a corner of it is enough."""
        change = self
        while hundredths > LONGEST:
            yield change._replace(hundredths=LONGEST)
            hundredths -= LONGEST
            change = Change(self.at, self.now[:1, :1], self.differs[:1, :1])
        yield change._replace(hundredths=hundredths)


class Gif(Film):
    """A gif with one palette for all, written picture by picture; frames alike are one that lasts longer."""

    def __init__(self, out: Path, new: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(out, new, size, rate)
        self.waiting = Waiting(new.parent, size)
        self.until: list[int] = []  # the frame with which each picture ends
        self.last = b""

    def write(self, surface: pygame.Surface) -> None:
        """Keep a frame until all are there to choose a palette from."""
        pixels = pygame.image.tobytes(surface, "RGB")
        if pixels == self.last:
            self.until[-1] += 1
            return
        self.waiting.keep(pixels)
        self.until.append(self.frames + 1)
        self.last = pixels

    def finish(self) -> None:
        """Write the file. Pillow's own way holds all pictures; its parts for a header and a picture hold one."""
        palette = self._palette()
        with self.new.open("wb") as file:
            file.writelines(GifImagePlugin.getheader(_of_256(palette, self.size), info={"loop": 0})[0])
            for change in self._changes(palette):
                file.writelines(change.written())
            file.write(b";")

    def close(self) -> None:
        """Drop the frames."""
        self.waiting.file.close()

    def _changes(self, palette: Image.Image) -> Iterator[Change]:
        """Give what changes from picture to picture, the first of which is all new."""
        before = np.full(self.size[::-1], UNCHANGED, np.uint8)
        begun = 0
        change: Change | None = None
        for number in range(len(self.until)):
            picture = self.waiting.picture(number).quantize(palette=palette, dither=Image.Dither.NONE)
            now = np.array(picture, np.uint8)
            now[now == UNCHANGED] = 0  # the same colour, see _of_256
            differs = now != before
            if not differs.any():  # but for colours that are one in this palette
                continue
            if change is not None:
                begins = round(100 * self.until[number - 1] / self.rate)
                yield from change.lasting(begins - begun)
                begun = begins
            rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
            there = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            change = Change((int(columns[0]), int(rows[0])), now[there], differs[there])
            before = now
        assert change is not None
        yield from change.lasting(round(100 * self.frames / self.rate) - begun)

    def _palette(self) -> Image.Image:
        """Choose colours by a sheet of pictures at even distances, so that small marks of a strong colour keep it."""
        count = len(self.until)
        some = sorted({count * i // SAMPLES for i in range(SAMPLES)} | {count - 1})
        width, height = (min(side, SAMPLE_SIDE) for side in self.size)
        sheet = Image.new("RGB", (width, height * len(some)))
        for at, number in enumerate(some):
            part = self.waiting.picture(number).resize((width, height), Image.Resampling.NEAREST)
            sheet.paste(part, (0, at * height))
        return sheet.quantize(GIF_COLOURS, method=Image.Quantize.FASTOCTREE)


def _of_256(palette: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Give a picture of a size with a palette, filled up with its first colour."""
    colours = palette.getpalette() or []
    full = Image.new("P", size)
    full.putpalette((colours + colours[:3] * 256)[: 3 * 256])
    return full


class Reel:
    """Frames as Pillow asks for those of a film, one after the other: it would hold all of a list."""

    def __init__(self, waiting: Waiting) -> None:
        self.waiting = waiting
        self.n_frames = len(waiting.ends) - 2  # after the first

    def seek(self, number: int) -> None:
        """Go to a frame."""
        self.picture = self.waiting.picture(number + 1)

    def __getattr__(self, name: str) -> Any:
        """Be that frame in all else."""
        if name == "picture":
            raise AttributeError(name)
        return getattr(self.picture, name)


class WebP(Film):
    """An animated WebP. The encoder holds what it has encoded until the end: that is small, but grows with a film."""

    def __init__(self, out: Path, new: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(out, new, size, rate)
        self.waiting = Waiting(new.parent, size)

    def write(self, surface: pygame.Surface) -> None:
        """Keep a frame: Pillow takes them all in one call."""
        self.waiting.keep(pygame.image.tobytes(surface, "RGB"))

    def finish(self) -> None:
        """Encode all frames."""
        ends = [round(1000 * i / self.rate) for i in range(self.frames + 1)]
        lasting = np.diff(ends).tolist()
        first, others = self.waiting.picture(0), [Reel(self.waiting)] if self.frames > 1 else []
        first.save(self.new, format="WEBP", save_all=True, append_images=others, duration=lasting, loop=0, **WEBP)

    def close(self) -> None:
        """Drop the frames."""
        self.waiting.file.close()
