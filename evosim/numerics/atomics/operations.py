"""What threads that are inside of kernels tell each other: numbers in shared memory, written and read as a whole.

Every operation is seen by all threads in the same order, with all that was written before it. A kernel that uses them
runs on threads of Python, which it holds no lock of; starting those for each short piece of work would take longer than
the work.
"""

from evosim.numerics.arrays import Ids
from evosim.numerics.compiler import primitive


@primitive
def load_word(words: Ids, at: int) -> int:
    """Return a number of `words [*]`."""
    return int(words[at])


@primitive
def store_word(words: Ids, at: int, number: int) -> None:
    """Write a number of `words [*]`."""
    words[at] = number


@primitive
def add_to_word(words: Ids, at: int, number: int) -> None:
    """Add to a number of `words [*]`."""
    words[at] += number


@primitive
def replace_word(words: Ids, at: int, expected: int, number: int) -> bool:
    """Write a number of `words [*]` if it is the one that is expected; return whether it was."""
    as_expected = bool(words[at] == expected)
    if as_expected:
        words[at] = number
    return as_expected


@primitive
def yield_processor() -> None:
    """Yield the processor to another thread, if one waits for it."""
