"""The interface of films, and the formats that are written frame by frame: mp4 and folders of images."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from PIL import Image

from evosim.storage.export import MissingExtraError

QUALITY = "26"  # of x264, where less is better
SAME_EVERYWHERE = (
    "threads=1:lookahead-threads=1:sliced-threads=0:cpu-independent=1"  # else chance and the machine decide
)
HD_COLOURS = "colorprim=bt709:transfer=bt709:colormatrix=bt709"  # what players take a film for that doesn't say
EQUAL_SIGNS = "me=umh:merange=48:ref=5"  # far and long ago there are equal ones: a field is a quarter smaller
PNG_EFFORT = 3  # as small as with 6, in two thirds of the time


@contextmanager
def errors_name_file(out: Path) -> Iterator[None]:
    """Replace the temporary file by the film in errors of the operating system.

    Raises:
        OSError: whatever the body raised, with the name of the film.
    """
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(out)) from error


class Film(ABC):
    """A film that is being recorded."""

    def __init__(self, out: Path, new: Path, size: tuple[int, int], rate: float) -> None:
        self.out, self.new, self.size, self.rate = out, new, size, rate
        self.frames = 0

    def add(self, surface: pygame.Surface) -> None:
        """Add a frame.

        Raises:
            ValueError: it is of another size.
            OSError: it can't be written.
        """
        if surface.get_size() != self.size:
            raise ValueError(f"a frame of {surface.get_size()} in a film of {self.size}")
        with errors_name_file(self.out):
            self.write(surface)
        self.frames += 1

    @abstractmethod
    def write(self, surface: pygame.Surface) -> None:
        """Write a frame."""

    @abstractmethod
    def finish(self) -> None:
        """Write what is left."""

    @abstractmethod
    def close(self) -> None:
        """Close all files, whether the film is finished or not."""


def load_av() -> Any:
    """Import PyAV.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import av
    except ImportError:
        remedy = "mp4 needs PyAV: pip install 'evosim[film]'; .gif, .webp and a folder of pictures need nothing more"
        raise MissingExtraError(remedy) from None
    return av


class Video(Film):
    """An mp4, encoded as H.264 where PyAV offers it."""

    def __init__(self, out: Path, new: Path, size: tuple[int, int], rate: float) -> None:
        super().__init__(out, new, size, rate)
        av = self.av = load_av()
        self.container = av.open(str(new), "w", format="mp4", options={"movflags": "faststart"})
        self.container.flags |= av.container.core.Flags.bitexact.value  # no version and date in the file
        x264 = "libx264" in av.codec.codecs_available
        exact = Fraction(rate).limit_denominator(1000)
        self.time_base = 1 / exact
        self.stream = self.container.add_stream("libx264" if x264 else "mpeg4", rate=exact)
        self.stream.width, self.stream.height = (side + side % 2 for side in size)
        self.stream.pix_fmt = "yuv420p"
        self.stream.codec_context.thread_count = 1
        self.stream.options = (
            {"crf": QUALITY, "preset": "medium", "x264-params": f"{SAME_EVERYWHERE}:{HD_COLOURS}:{EQUAL_SIGNS}"}
            if x264
            else {"qscale": "3"}
        )
        self.colours = {"dst_colorspace": av.video.reformatter.Colorspace.ITU709} if x264 else {}

    def write(self, surface: pygame.Surface) -> None:
        """Encode a frame, padded to even size."""
        wide, high = self.stream.width, self.stream.height
        if (wide, high) != self.size:
            padded = pygame.Surface((wide, high))
            padded.blit(surface, (0, 0))
            surface = padded
        pixels = np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(high, wide, 3)
        frame = self.av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p", **self.colours)
        frame.pts, frame.time_base = self.frames, self.time_base
        for packet in self.stream.encode(frame):
            self.container.mux(packet)

    def finish(self) -> None:
        """Encode delayed frames."""
        for packet in self.stream.encode():
            self.container.mux(packet)
        self.container.close()

    def close(self) -> None:
        """Close the file, complete or not."""
        with suppress(Exception):
            self.container.close()


class ImageSequence(Film):
    """A folder of numbered images."""

    def write(self, surface: pygame.Surface) -> None:
        """Save an image via memory, since pygame silently truncates files on a full disk."""
        picture = BytesIO()
        pixels = pygame.image.tobytes(surface, "RGB")
        Image.frombytes("RGB", self.size, pixels).save(picture, "PNG", compress_level=PNG_EFFORT)
        (self.new / f"frame_{self.frames + 1:05}.png").write_bytes(picture.getvalue())

    def finish(self) -> None:
        """Do nothing, since every image is complete."""

    def close(self) -> None:
        """Do nothing, since no file is open."""
