"""GIF and WebP films, which are encoded at the end; until then their frames wait on the disk."""

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
LONGEST_FRAME = 65_535  # hundredths of a second that a picture of a gif can last
SAMPLES, SAMPLE_SIDE = 8, 480  # pictures that a palette is chosen from, and their pixels


class FrameSpool:
    """Frames in an unnamed temporary file, which disappears even if the process is killed."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self.size = size
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it outlives this call
        self.ends = [0]

    def keep(self, pixels: bytes) -> None:
        """Append a frame of RGB bytes."""
        self.file.write(zlib.compress(pixels, 1))
        self.ends.append(self.file.tell())

    def picture(self, number: int) -> Image.Image:
        """Return a frame by its number."""
        self.file.seek(self.ends[number])
        kept = self.file.read(self.ends[number + 1] - self.ends[number])
        return Image.frombytes("RGB", self.size, zlib.decompress(kept))


class FrameDelta(NamedTuple):
    """The rectangle in which a GIF frame differs from the one before."""

    at: tuple[int, int]  # x and y
    now: NDArray[np.uint8]  # [H, W] numbers of colours
    differs: NDArray[np.bool_]  # [H, W]
    hundredths: int = 0  # of a second that it lasts

    def written(self) -> list[bytes]:
        """Return it encoded, either whole or with unchanged pixels transparent, whichever is shorter."""
        more = {"duration": 10 * self.hundredths, "transparency": UNCHANGED, "disposal": 1}
        ways = self.now, np.where(self.differs, self.now, UNCHANGED).astype(np.uint8)
        written = [GifImagePlugin.getdata(Image.fromarray(way), self.at, **more) for way in ways]
        return min(written, key=lambda parts: sum(map(len, parts)))

    def lasting(self, hundredths: int) -> "Iterator[FrameDelta]":
        """Yield it as often as a duration in hundredths of a second requires, later copies reduced to a corner."""
        change = self
        while hundredths > LONGEST_FRAME:
            yield change._replace(hundredths=LONGEST_FRAME)
            hundredths -= LONGEST_FRAME
            change = FrameDelta(self.at, self.now[:1, :1], self.differs[:1, :1])
        yield change._replace(hundredths=hundredths)


class Gif(Film):
    """A GIF with one palette, written frame by frame; identical frames are merged into a longer one."""

    def __init__(self, out: Path, new: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(out, new, size, rate)
        self.waiting = FrameSpool(new.parent, size)
        self.until: list[int] = []  # the frame with which each picture ends
        self.last = b""

    def write(self, surface: pygame.Surface) -> None:
        """Spool a frame until the palette can be chosen."""
        pixels = pygame.image.tobytes(surface, "RGB")
        if pixels == self.last:
            self.until[-1] += 1
            return
        self.waiting.keep(pixels)
        self.until.append(self.frames + 1)
        self.last = pixels

    def finish(self) -> None:
        """Write the file, one frame in memory at a time, with Pillow's encoder of headers and frames."""
        palette = self._palette()
        with self.new.open("wb") as file:
            file.writelines(GifImagePlugin.getheader(_of_256(palette, self.size), info={"loop": 0})[0])
            for change in self._changes(palette):
                file.writelines(change.written())
            file.write(b";")

    def close(self) -> None:
        """Discard the frames."""
        self.waiting.file.close()

    def _changes(self, palette: Image.Image) -> Iterator[FrameDelta]:
        """Yield the difference of each frame from the one before; the first is complete."""
        before = np.full(self.size[::-1], UNCHANGED, np.uint8)
        begun = 0
        change: FrameDelta | None = None
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
            change = FrameDelta((int(columns[0]), int(rows[0])), now[there], differs[there])
            before = now
        assert change is not None
        yield from change.lasting(round(100 * self.frames / self.rate) - begun)

    def _palette(self) -> Image.Image:
        """Choose colours from evenly spaced frames, so that small marks in strong colours keep theirs."""
        count = len(self.until)
        some = sorted({count * i // SAMPLES for i in range(SAMPLES)} | {count - 1})
        width, height = (min(side, SAMPLE_SIDE) for side in self.size)
        sheet = Image.new("RGB", (width, height * len(some)))
        for at, number in enumerate(some):
            part = self.waiting.picture(number).resize((width, height), Image.Resampling.NEAREST)
            sheet.paste(part, (0, at * height))
        return sheet.quantize(GIF_COLOURS, method=Image.Quantize.FASTOCTREE)


def _of_256(palette: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a blank image of a size with a palette, padded to 256 colours."""
    colours = palette.getpalette() or []
    full = Image.new("P", size)
    full.putpalette((colours + colours[:3] * 256)[: 3 * 256])
    return full


class FrameSequence:
    """Frames as Pillow expects those of an animation, loaded one at a time rather than as a list."""

    def __init__(self, waiting: FrameSpool) -> None:
        self.waiting = waiting
        self.n_frames = len(waiting.ends) - 2  # after the first

    def seek(self, number: int) -> None:
        """Load a frame."""
        self.picture = self.waiting.picture(number + 1)

    def __getattr__(self, name: str) -> Any:
        """Delegate all other attributes to the current frame."""
        if name == "picture":
            raise AttributeError(name)
        return getattr(self.picture, name)


class WebP(Film):
    """An animated WebP. The encoder keeps its output in memory until the end: small, but it grows with the film."""

    def __init__(self, out: Path, new: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(out, new, size, rate)
        self.waiting = FrameSpool(new.parent, size)

    def write(self, surface: pygame.Surface) -> None:
        """Spool a frame, since Pillow takes them all in one call."""
        self.waiting.keep(pygame.image.tobytes(surface, "RGB"))

    def finish(self) -> None:
        """Encode all frames."""
        ends = [round(1000 * i / self.rate) for i in range(self.frames + 1)]
        lasting = np.diff(ends).tolist()
        first, others = self.waiting.picture(0), [FrameSequence(self.waiting)] if self.frames > 1 else []
        first.save(self.new, format="WEBP", save_all=True, append_images=others, duration=lasting, loop=0, **WEBP)

    def close(self) -> None:
        """Discard the frames."""
        self.waiting.file.close()
