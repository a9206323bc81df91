"""A crew: threads that decide for agents together, tick by tick, without returning from their kernels in between.

One of them does all the rest of a tick alone. It posts how many agents are to decide; all take shares of them, from the
last agent to the first, and when none is left it waits for the shares that others have taken. Whoever comes late finds
less to do, or nothing; nobody is waited for who has taken nothing.
"""

from typing import Any

import numpy as np

from evosim.ecology.policies import decide
from evosim.ecology.rules import Rules
from evosim.ecology.state import ALIVE, Ecology, StaticParameters
from evosim.numerics.arrays import Ids
from evosim.numerics.atomics.operations import add_to_word, load_word, replace_word, store_word, yield_processor
from evosim.numerics.compiler import inlined_kernel, kernel

POSTED, DONE = 0, 8  # places in `Board`: 2**32 times the tick, plus the agents that nobody has taken; agents decided
SIZE = 16  # places are apart, since a processor hands on eight at once
DISMISSED = -1  # instead of what is posted
SHARE = 32  # agents
TICK, LEFT = 32, 2**32 - 1


def new_notice_board() -> Ids:
    """Return the numbers `[SIZE]` by which the threads of a crew agree."""
    return np.zeros(SIZE, np.int64)


@kernel
def decide_together(
    tick: int, static: StaticParameters, ecology: Ecology, rules: Rules, minds: Any, board: Ids
) -> None:
    """Have all agents decide, each by whoever takes it; `board` is `[SIZE]`, or `[0]` of who is alone."""
    alive = ecology.tally.counts[ALIVE]
    if board.shape[0] == 0:
        decide(0, alive, tick, ecology, rules, static.loci.hunger, static.keys.acts, minds)
        return
    store_word(board, DONE, 0)
    store_word(board, POSTED, (tick << TICK) + alive)
    while take_share(static, ecology, rules, minds, board) > 0:
        pass
    while load_word(board, DONE) < alive:
        yield_processor()


@kernel
def help_to_decide(static: StaticParameters, ecology: Ecology, rules: Rules, minds: Any, board: Ids) -> None:
    """Take shares of all that is posted on the board `[SIZE]`, until dismissed."""
    taken = 0
    while taken >= 0:
        taken = take_share(static, ecology, rules, minds, board)
        if taken == 0:
            yield_processor()


@inlined_kernel
def take_share(static: StaticParameters, ecology: Ecology, rules: Rules, minds: Any, board: Ids) -> int:
    """Decide for a share of agents on the board `[SIZE]`; return how many they were, under 0 if dismissed."""
    posted = load_word(board, POSTED)
    if posted < 0:
        return DISMISSED
    left = posted & LEFT
    share = min(left, SHARE)
    if share > 0 and replace_word(board, POSTED, posted, posted - share):
        decide(left - share, left, posted >> TICK, ecology, rules, static.loci.hunger, static.keys.acts, minds)
        add_to_word(board, DONE, share)
    return share
