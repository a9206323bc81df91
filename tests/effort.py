"""How many random cases there is time for, and which files of tests take longest."""

from evosim.numerics.compiler import DISABLED

LONGEST = ("test_claims.py", "test_every_command.py", "test_live_minds.py", "test_report.py")  # those begin first


def cases(compiled: int, plain: int) -> int:
    """Say how many random cases to try: with the compiler, or under NUMBA_DISABLE_JIT=1, a hundred times slower."""
    return plain if DISABLED else compiled
