"""Ecologies as environments of PettingZoo: `evosim.pettingzoo.make("contraception")`, by its parallel API.

Needs the extra: pip install 'evosim[pettingzoo]'. Agents that are given no action act as their own minds decide, so
learners and evolved agents live in one world.
"""

try:
    import pettingzoo as _  # type: ignore[import-untyped] # noqa: F401 - asked for here, so that what is missing is said at once
except ImportError as error:
    raise ImportError("evosim.pettingzoo needs PettingZoo: pip install 'evosim[pettingzoo]'", name=error.name) from None

from evosim.pettingzoo.ecology import EcologyEnv, make

__all__ = ["EcologyEnv", "make"]
