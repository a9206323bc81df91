"""How many random cases there is time for."""

from evosim.numerics.compiler import DISABLED


def cases(compiled: int, plain: int) -> int:
    """Say how many random cases to try: with the compiler, or under NUMBA_DISABLE_JIT=1, a hundred times slower."""
    return plain if DISABLED else compiled
