"""Conformance: what all checks share, whatever is checked."""

import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from contextvars import copy_context
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from evosim.scenario.schema.entry_points import PluginError

T = TypeVar("T")
UNKNOWN = "no_such_setting"
AT_ONCE = 4  # threads


class ConformanceError(AssertionError):
    """A plugin breaks its contract; the message says what it does, where, and what would be right."""


@contextmanager
def without_side_effects(who: str) -> Iterator[None]:
    """Check meanwhile that a plugin leaves alone what it may not touch: standard output and the global generators.

    What a library in C prints is not seen.

    Raises:
        ConformanceError: it printed, drew from a global generator, or failed.
    """
    printed, before, plain = io.StringIO(), np.random.get_state(legacy=False), random.getstate()  # noqa: NPY002
    try:
        with redirect_stdout(printed):
            yield
    except PluginError as error:
        raise ConformanceError(str(error)) from error
    if said := printed.getvalue():
        raise ConformanceError(
            f"{who} prints {said.splitlines()[0]!r} to standard output, which is for the data of commands; "
            "print to sys.stderr, or use `logging`"
        )
    if not is_same(before["state"], np.random.get_state(legacy=False)["state"]):  # noqa: NPY002
        raise ConformanceError(
            f"{who} uses the global generator of numpy; make one of its own, with `np.random.default_rng`"
        )
    if random.getstate() != plain:
        raise ConformanceError(f"{who} uses the global generator of `random`; make one of its own, `random.Random`")


def is_same(one: Any, other: Any) -> bool:
    """Whether two results are the same: arrays to the last bit, NaN like NaN, and tables and lists of them."""
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and [*one] == [*other] and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        same = isinstance(other, list | tuple) and len(one) == len(other)
        return same and all(is_same(*each) for each in zip(one, other, strict=True))
    one, other = np.asarray(one), np.asarray(other)
    is_real = one.dtype.kind == "f" and other.dtype.kind == "f"
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=is_real)


def expect_same(one: Mapping[str, Any], other: Mapping[str, Any], what: str) -> None:
    """Compare results by name.

    Raises:
        ConformanceError: one of them differs; `what` says of what and why it mustn't.
    """
    for name in one:
        if not is_same(one[name], other.get(name)):
            raise ConformanceError(f"{name} {what}")


def expect_unwritten(given: Mapping[str, Any], copies: Mapping[str, Any], who: str) -> None:
    """Compare what a plugin was given with copies made before.

    Raises:
        ConformanceError: it wrote to one of them.
    """
    for name, array in given.items():
        if not is_same(array, copies[name]):
            raise ConformanceError(f"{who} writes to `{name}`, which it was given; copy an array before you change it")


def check_settings(make: Any, settings: Mapping[str, Any], who: str) -> None:
    """Check that a plugin's settings are distinguished from mistakes.

    Raises:
        ConformanceError: they can't be, or these are refused.
    """
    model = getattr(make, "Settings", None)
    if model is None:
        if settings:
            raise ConformanceError(f"{who} has no attribute `Settings`, so no scenario can say {', '.join(settings)}")
        return
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ConformanceError(f"the `Settings` of {who} are not a pydantic model")
    try:
        model.model_validate(dict(settings))
    except ValidationError as error:
        raise ConformanceError(f"{who} refuses the settings it is checked with: {error.errors()[0]['msg']}") from error
    try:
        model.model_validate({**settings, UNKNOWN: 1})
    except ValidationError:
        return
    raise ConformanceError(
        f"the `Settings` of {who} take a field they don't have: what is misspelt in a scenario would be passed over; "
        'derive them from evosim.scenario.schema.base.Part, or forbid it (`model_config = {"extra": "forbid"}`)'
    )


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Return what tasks come to that begin at the same time, each on a thread of its own."""
    barrier = Barrier(len(tasks))

    def begun(task: Callable[[], T]) -> T:
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        waiting = [pool.submit(copy_context().run, begun, task) for task in tasks]
        return [each.result() for each in waiting]


def elsewhere(task: Callable[[], T]) -> T:
    """Return what a task comes to on a thread that has done nothing before."""
    return at_once([task])[0]


@contextmanager
def other_global_seeds() -> Iterator[None]:
    """Set the global generators to another state meanwhile."""
    before, plain = np.random.get_state(), random.getstate()  # noqa: NPY002
    np.random.seed(271_828)  # noqa: NPY002
    random.seed(314_159)
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
        random.setstate(plain)
