"""Stopping: a program that is asked to stop ends with exit code 130 and one sentence, wherever it is.

Python tells of a signal in the main thread alone, between two of its instructions: a kernel keeps it waiting, and an
exception raised where the compiler has called back is lost. So a thread of its own hears of each signal, through a pipe
to which Python's handler in C writes at once, and nothing is raised. What is unfinished is put away, the sentence is
said, and the process ends: within two seconds.

This module imports nothing heavy: it is at work before anything else is imported.
"""

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from evosim.system.streams import make_sound

EXIT_CODE = 130
PATIENCE = 1.0  # seconds that a generation under way has to end
TOGETHER = 0.2  # seconds within which two signals are one: a terminal and a program around us may both send it
CLEARING = 0.6  # seconds for putting away what is unfinished
SOON = 1e-5  # seconds after which a thread makes room for another
NOTHING_CHANGED = "stopped; nothing was changed"
MEASURED_BEFORE = "stopped; what was measured before is stored"
NOTHING_DONE = "stopped before a generation was done; nothing was changed"

Act = Callable[[], None]


class Stop:
    """A wish to stop after the generation that is under way."""

    def __init__(self) -> None:
        self.wanted = False


class Program:
    """What a program does when it is asked to stop."""

    def __init__(self) -> None:
        self.begun = False
        self.number = 0  # of the signal that was heard last
        self.sentence: Callable[[], str] = lambda: NOTHING_CHANGED
        self.unfinished: list[Act] = []
        self.clearing = CLEARING
        self.stop: Stop | None = None  # of a loop that ends by itself when it is asked to
        self.heard = float("-inf")  # when the first signal was
        self.leaves, self.says, self.waits = threading.Lock(), threading.Lock(), threading.Lock()
        self.waits.acquire()

    def begin(self) -> None:
        """Take signals from now on, if this is the main thread of a program; make its streams sound.

        What ignores the end of its terminal (`nohup`) goes on ignoring it.
        """
        if self.begun or threading.current_thread() is not threading.main_thread():
            return
        self.begun = True
        make_sound()
        if sys.argv[1:2] in (["run"], ["resume"]):
            self.sentence = lambda: NOTHING_DONE
        heard_here = True
        with contextlib.suppress(OSError, RuntimeError, ValueError, AttributeError):  # no pipe, no thread: see below
            ear, mouth = os.pipe()
            os.set_blocking(mouth, False)
            threading.Thread(target=self._guard, name="evosim-guard", daemon=True).start()
            threading.Thread(target=self._listen, args=(ear,), name="evosim-stop", daemon=True).start()
            signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
            heard_here = False
        numbers = [signal.SIGINT, signal.SIGTERM]
        hung_up = getattr(signal, "SIGHUP", None)
        if hung_up is not None and signal.getsignal(hung_up) is not signal.SIG_IGN:
            numbers.append(hung_up)
        self.numbers = set(numbers)
        for number in numbers:
            signal.signal(number, self._hear_in_main_thread if heard_here else _ignored)

    def _listen(self, ear: int) -> None:
        while heard := os.read(ear, 1):
            if heard[0] in self.numbers:
                self.hear(heard[0])

    def _hear_in_main_thread(self, number: int, _: FrameType | None) -> None:
        self.hear(number)

    def hear(self, number: int) -> None:
        """Stop: at once, or where a loop ends by itself after a short while, or when asked again."""
        now, again = time.monotonic(), self.number != 0
        if again and now - self.heard <= TOGETHER:
            return
        self.number = number
        if again or self.stop is None:
            self.leave()
            return
        self.heard, self.stop.wanted = now, True
        timer = threading.Timer(PATIENCE, self._lose_patience, (self.stop,))
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # no more threads can be had
            self.leave()

    def _lose_patience(self, stop: Stop) -> None:
        if self.stop is stop:
            self.leave()

    def leave(self) -> None:
        """End the process, whatever its other threads do, and however long it takes to put things away."""
        if not self.leaves.acquire(blocking=False):
            return
        sys.setswitchinterval(SOON)  # a compiler at work makes room at once
        self.waits.release()
        self._put_away()
        self._say()
        self._put_away()  # what was made meanwhile
        os._exit(EXIT_CODE)

    def _guard(self) -> None:
        """Wait until the process is to end, and see to it that it does."""
        self.waits.acquire()
        time.sleep(self.clearing)
        self._say()
        os._exit(EXIT_CODE)

    def _put_away(self) -> None:
        for act in list(reversed(self.unfinished)):
            with contextlib.suppress(Exception):
                act()

    def _say(self) -> None:
        """Say the sentence once, unless whoever reads has stopped reading."""
        if not self.says.acquire(blocking=False):
            return
        with contextlib.suppress(Exception):
            said = self.sentence()
            before = "\x1b[?25h\n" if os.isatty(2) else ""  # the bar hides the cursor
            if said and (os.name == "nt" or select.select([], [2], [], 0.0)[1]):
                os.write(2, f"{before}{said}\n".encode(errors="surrogateescape"))

    def rest(self) -> None:
        """Do nothing more if the process is about to end: what fails now fails because of that."""
        if self.leaves.locked():
            time.sleep(10 * self.clearing)


program = Program()


def _ignored(_: int, __: FrameType | None) -> None:
    """Leave a signal to the thread that listens."""


def says(sentence: Callable[[], str]) -> None:
    """Say this when the program is asked to stop."""
    program.sentence = sentence


@contextlib.contextmanager
def gently() -> Iterator[Stop]:
    """Give the wish to stop to a loop that ends by itself; if it doesn't within a second, the process ends."""
    program.stop = stop = Stop()
    try:
        yield stop
    finally:
        program.stop = None


def put_away_by(act: Act) -> None:
    """Do something before the process ends because it is asked to."""
    if program.begun:
        program.unfinished.append(act)


def is_put_away(act: Act) -> None:
    """Forget what was to be done: it is finished, or was done."""
    with contextlib.suppress(ValueError):
        program.unfinished.remove(act)


@contextlib.contextmanager
def unfinished(act: Act) -> Iterator[None]:
    """Do something before the process ends because it is asked to in this block."""
    put_away_by(act)
    try:
        yield
    finally:
        is_put_away(act)
