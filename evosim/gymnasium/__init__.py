"""Grid scenarios as environments of gymnasium: `evosim.gymnasium.make("red_doors", environment="deployment")`.

Needs the extra: pip install 'evosim[gymnasium]'. What is observed is what an evolved mind has; what is rewarded is the
base objective, any weights on outcomes, or what an agent wants (`objective=run.typical()`).
"""

try:
    import gymnasium as _  # noqa: F401 - asked for here, so that what is missing is said at once
except ImportError as error:
    raise ImportError("evosim.gymnasium needs gymnasium: pip install 'evosim[gymnasium]'", name=error.name) from None

from evosim.gymnasium.grid import GridEnv, make

__all__ = ["GridEnv", "make"]
