"""Standard streams: a message that can't be written is dropped; data that can't be written is an error."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO


class Messages(io.FileIO):
    """Standard error that drops what can't be written: a full disk or a closed pipe ends no run."""

    def write(self, text: Any) -> int:
        """Write a text, or drop it if that fails; return its length."""
        try:
            return super().write(text) or 0
        except OSError:
            return len(text)


DATA: list[TextIO] = []  # where the data of the commands that are being carried out go, the innermost last


def output() -> TextIO:
    """Return the stream that data go to: standard output, also within `data_only`."""
    return DATA[-1] if DATA else sys.stdout


@contextmanager
def data_only() -> Iterator[None]:
    """Keep standard output for data meanwhile: what else is printed, by another package say, goes to standard error.

    That is what Python prints; a library in C that writes to file descriptor 1 is not held up.
    """
    DATA.append(output())
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        DATA.pop()


@contextmanager
def libraries_silenced() -> Iterator[None]:
    """Drop meanwhile what libraries in C write to standard error, past Python."""
    kept = os.dup(2)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def repair_streams() -> None:
    """Make standard streams such as can be written to, also where they are closed.

    The next file opened would get the number of a closed stream, and messages would be written into it.
    """
    for number, way in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):  # to write to 1 is to fail
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, way), True)
    if isinstance(getattr(getattr(sys.stderr, "buffer", None), "raw", None), Messages):
        return
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8")
    encoding = sys.stderr.encoding if sys.stderr is not None else "utf-8"
    raw = io.BufferedWriter(Messages(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(raw, encoding, errors="backslashreplace", line_buffering=True, write_through=True)
