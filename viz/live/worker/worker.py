"""The worker: one thread that reads run files and replays agents, so that the window never waits.

Jobs have names; a pending job is replaced by a newer one of the same name. The window takes results when it has time.
In films and tests, jobs run synchronously and in order.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Any

Job = Callable[[], Any]


class Worker:
    """Runs jobs one after another on a background thread."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.at_once = at_once
        self.waiting: OrderedDict[str, Job] = OrderedDict()
        self.done: deque[tuple[str, Any]] = deque()
        self.doing = ""
        self.changed = threading.Condition()
        self.closed = False
        self.last: Job = lambda: None
        self.thread: threading.Thread | None = None

    def ask(self, name: str, job: Job) -> None:
        """Enqueue a job; its result, or the error it raises, is returned under its name."""
        if self.at_once:
            self.done.append((name, _outcome(job)))
            return
        with self.changed:
            self.waiting[name] = job
            if self.thread is None:
                self.thread = threading.Thread(target=self._work, name="evosim-live", daemon=True)
                self.thread.start()
            self.changed.notify()

    def is_busy(self, name: str) -> bool:
        """Whether a job of this name is pending, running, or has a result that hasn't been taken."""
        with self.changed:
            return name in self.waiting or self.doing == name or any(each == name for each, _ in self.done)

    def answers(self) -> Iterator[tuple[str, Any]]:
        """Yield the results since the last call, each with its name.

        Raises:
            Exception: what a job raised.
        """
        while self.done:
            name, answer = self.done.popleft()
            if isinstance(answer, BaseException):
                raise answer
            yield name, answer

    def close(self, last: Job = lambda: None, *, timeout: float = 5.0) -> None:
        """Stop after the current job, and run a last one on the same thread; wait for that so many seconds."""
        with self.changed:
            self.closed, self.last = True, last
            self.waiting.clear()
            self.changed.notify()
        if self.thread is None:
            last()
        else:
            self.thread.join(timeout)

    def _work(self) -> None:
        while True:
            with self.changed:
                self.doing = ""
                while not self.waiting and not self.closed:
                    self.changed.wait()
                if self.closed:
                    self.last()
                    return
                self.doing, job = self.waiting.popitem(last=False)
            answer = _outcome(job)
            self.done.append((self.doing, answer))


def _outcome(job: Job) -> Any:
    try:
        return job()
    except Exception as error:
        return error
