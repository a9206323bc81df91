"""What all tests share: how many random cases are tried, what is compiled first, and what plain Python can't do."""

import os

import pytest
from effort import LONGEST, cases
from hypothesis import settings
from warming import FEW, MANY, warm_all

from evosim.numerics.compiler import DISABLED

settings.register_profile("evosim", deadline=None, max_examples=cases(60, 8))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "evosim"))


def pytest_configure(config: pytest.Config) -> None:
    """Compile what all tests need once, before there are several processes that would each do it.

    For some files that is what most need, for the whole suite all that several of them need. The processes have a
    thread each: they keep all processors busy, and what is to be the same on several asks for so many.
    """
    if hasattr(config, "workerinput") or config.getoption("numprocesses", 0) in (None, 0):
        return
    os.environ.update({name: os.environ.get(name, "1") for name in ("EVOSIM_THREADS", "OPENBLAS_NUM_THREADS")})
    if not DISABLED:
        warm_all(MANY if config.args_source is pytest.Config.ArgsSource.TESTPATHS else FEW)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no process waits for another's; leave out what can't be compiled."""
    items.sort(key=lambda item: item.path.name not in LONGEST)  # all others stay in their order
    if DISABLED:
        for item in items:
            if item.get_closest_marker("compiled"):
                item.add_marker(pytest.mark.skip(reason="needs the compiler"))
