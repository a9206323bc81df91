"""Stopping: a program that is asked to stop ends with exit code 130 and one sentence, wherever it is.

Python runs signal handlers in the main thread only, between two of its instructions: a compiled kernel delays them, and
an exception raised in a callback of the compiler is lost. So a thread of its own receives each signal, through a pipe
to which Python's handler in C writes at once, and nothing is raised. Registered functions clean up, a message is
written, and the process ends, within two seconds.

This module imports nothing heavy: it starts before anything else is imported.
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

from evosim.system.streams import repair_streams

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
    """A request to stop after the current step."""

    def __init__(self) -> None:
        self.wanted = False


class SignalHandling:
    """The handling of signals that ask a program to stop."""

    def __init__(self) -> None:
        self.begun = False
        self.number = 0  # of the signal that was heard last
        self.sentence: Callable[[], str] = lambda: NOTHING_CHANGED
        self.cleanups: list[Act] = []
        self.clearing = CLEARING
        self.stop: Stop | None = None  # of a loop that ends by itself when it is asked to
        self.heard = float("-inf")  # when the first signal was
        self.leaves, self.says, self.waits = threading.Lock(), threading.Lock(), threading.Lock()
        self.waits.acquire()

    def begin(self) -> None:
        """Handle signals from now on, if this is the main thread of a program; repair its standard streams.

        A program that ignores the end of its terminal (`nohup`) continues to ignore it.
        """
        if self.begun or threading.current_thread() is not threading.main_thread():
            return
        self.begun = True
        repair_streams()
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
        """Handle a signal: stop at once, or ask a loop that ends by itself; a second signal stops it at once."""
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
        """End the process, whatever its other threads do; cleaning up takes at most CLEARING seconds."""
        if not self.leaves.acquire(blocking=False):
            return
        sys.setswitchinterval(SOON)  # a compiler at work makes room at once
        self.waits.release()
        self._clean_up()
        self._say()
        self._clean_up()  # what was made meanwhile
        os._exit(EXIT_CODE)

    def _guard(self) -> None:
        """Wait until the process is to end, and end it after CLEARING seconds if nothing else has."""
        self.waits.acquire()
        time.sleep(self.clearing)
        self._say()
        os._exit(EXIT_CODE)

    def _clean_up(self) -> None:
        for act in list(reversed(self.cleanups)):
            with contextlib.suppress(Exception):
                act()

    def _say(self) -> None:
        """Write the message to standard error once, unless its reader has stopped reading."""
        if not self.says.acquire(blocking=False):
            return
        with contextlib.suppress(Exception):
            said = self.sentence()
            before = "\x1b[?25h\n" if os.isatty(2) else ""  # the bar hides the cursor
            if said and (os.name == "nt" or select.select([], [2], [], 0.0)[1]):
                os.write(2, f"{before}{said}\n".encode(errors="surrogateescape"))

    def rest(self) -> None:
        """Block if the process is about to end: what fails now fails because of that."""
        if self.leaves.locked():
            time.sleep(10 * self.clearing)


program = SignalHandling()


def _ignored(_: int, __: FrameType | None) -> None:
    """Ignore a signal here: the listening thread handles it."""


def set_stop_message(sentence: Callable[[], str]) -> None:
    """Set the message to write when the program is asked to stop."""
    program.sentence = sentence


@contextlib.contextmanager
def added_to_stop_message(words: str) -> Iterator[None]:
    """Add words to the message to write, if the program is asked to stop in this block."""
    before = program.sentence
    program.sentence = lambda: f"{before()}; {words}"
    try:
        yield
    finally:
        program.sentence = before


@contextlib.contextmanager
def stop_gracefully() -> Iterator[Stop]:
    """Yield a Stop for a loop that checks it and ends by itself; if it doesn't within PATIENCE, the process ends."""
    program.stop = stop = Stop()
    try:
        yield stop
    finally:
        program.stop = None


def register_cleanup(act: Act) -> None:
    """Register a function to call before the process ends because it was asked to stop."""
    if program.begun:
        program.cleanups.append(act)


def unregister_cleanup(act: Act) -> None:
    """Remove a function from those to call before the process ends."""
    with contextlib.suppress(ValueError):
        program.cleanups.remove(act)


@contextlib.contextmanager
def cleanup_on_stop(act: Act) -> Iterator[None]:
    """Call a function before the process ends, if it is asked to stop in this block."""
    register_cleanup(act)
    try:
        yield
    finally:
        unregister_cleanup(act)
