"""What all tests share: how many random cases there is time for, and what plain Python can't do."""

import os

import pytest
from hypothesis import settings

from evosim.jit import DISABLED


def cases(compiled: int, plain: int) -> int:
    """Say how many random cases to try: with the compiler, or under NUMBA_DISABLE_JIT=1, a hundred times slower."""
    return plain if DISABLED else compiled


settings.register_profile("evosim", deadline=None, max_examples=cases(100, 8))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "evosim"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs the compiler where there is none."""
    if DISABLED:
        for item in items:
            if item.get_closest_marker("compiled"):
                item.add_marker(pytest.mark.skip(reason="needs the compiler"))
