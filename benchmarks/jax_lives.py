"""Lives of heuristics in JAX, as environments of gymnax are written: `observe`, `act` and `step` of one agent.

`vmap` puts agents beside worlds, `scan` goes through the ticks, `jit` compiles all of it for XLA. Worlds and chance are
evosim's own, in single precision; so all but a few lives in ten thousand are the same.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.speed_rows import Ground
from evosim.episode.outcomes import numbered_layout
from evosim.gridworld.actions import MOVES, STAY
from evosim.gridworld.shortest_paths import BARRIER, NOTHING

NOBODY, FAR, DRAWS = -1, 1 << 20, 4
GOLDEN = 0x9E3779B97F4A7C15
RELATIVE = (np.arange(MOVES) - np.arange(MOVES)[:, None]) & 3  # [turn, side]: which of four weights


class World(NamedTuple):
    """One world."""

    content: Any  # [C] object, NOTHING or BARRIER
    cell: Any  # [N]
    visible: Any  # [C, N]
    features: Any  # [N, F]
    start: Any


class Mind(NamedTuple):
    """A linear heuristic."""

    wall: Any  # [MOVES]
    seen: Any  # [MOVES, 1 + F]
    remembered: Any  # [MOVES, 1 + F]
    moved: Any  # [MOVES]
    stayed: Any
    bias: Any
    stay: Any
    noise: Any


class State(NamedTuple):
    """Where a life stands."""

    cell: Any
    last: Any
    remembered: Any
    entered: Any  # the object that ended it, or NOBODY
    ticks: Any
    moves: Any


def mixed(z: Any, shifts: tuple[int, int, int], factors: tuple[int, int]) -> Any:
    """Mix the bits of a number."""
    first, second, third = (jnp.uint64(each) for each in shifts)
    z = (z ^ (z >> first)) * jnp.uint64(factors[0])
    z = (z ^ (z >> second)) * jnp.uint64(factors[1])
    return z ^ (z >> third)


def folded_in(key: Any, word: Any) -> Any:
    """Return the key of a narrower scope."""
    z = key + jnp.uint64(GOLDEN) * (word.astype(jnp.uint64) + jnp.uint64(1))
    return mixed(z, (33, 33, 33), (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53))


def uniform(key: Any, draw: Any) -> Any:
    """Draw from [0, 1)."""
    z = key + jnp.uint64(GOLDEN) * (draw.astype(jnp.uint64) + jnp.uint64(1))
    z = mixed(z, (30, 27, 31), (0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
    return (z >> jnp.uint64(11)).astype(jnp.float32) * jnp.float32(2.0**-53)


def observe(world: World, columns: int, cell: Any, remembered: Any) -> tuple[Any, Any, Any, Any]:
    """Return walls `[MOVES]`, amounts `[MOVES, 1 + F]`, whether anything is in sight, and what is remembered."""
    down, across = world.cell // columns - cell // columns, world.cell % columns - cell % columns
    distance = jnp.abs(down) + jnp.abs(across)
    ahead = jnp.stack([-down, across, down, -across])
    seen = (world.visible[cell] > 0) & (distance > 0)
    far = jnp.where(seen & (ahead > 0), distance, FAR)
    nearest, there = far.argmin(axis=1), far.min(axis=1) < FAR
    remembered = jnp.where(seen.any(), jnp.where(seen, distance, FAR).argmin(), remembered)
    in_sight = there.any()
    what = jnp.where(in_sight, nearest, remembered)
    sides = jnp.arange(MOVES)
    valid = jnp.where(in_sight, there, remembered != NOBODY) & (ahead[sides, what] > 0)
    steps = jnp.maximum(distance[what], 1).astype(jnp.float32)
    share = ahead[sides, what] / steps
    amounts = jnp.concatenate([(1.0 / steps)[:, None], share[:, None] * world.features[what]], axis=1)
    walls = world.content[cell + steps_to(columns)] == BARRIER
    return walls.astype(jnp.float32), jnp.where(valid[:, None], amounts, 0.0), in_sight, remembered


def steps_to(columns: int) -> Any:
    """Return the offsets of the four moves."""
    return jnp.array([-columns, 1, columns, -1], jnp.int32)


def act(mind: Mind, walls: Any, amounts: Any, in_sight: Any, last: Any, drawn: Any) -> Any:
    """Choose an action by the softmax of what the mind says of each."""
    weights = jnp.where(in_sight, mind.seen, mind.remembered)
    scores = jnp.einsum("tsk,sk->t", weights[RELATIVE], amounts) + mind.wall[RELATIVE] @ walls
    came = jnp.where(last < MOVES, mind.moved[jnp.asarray(RELATIVE)[:, last % MOVES]], mind.stayed)
    scores = jnp.append(scores + mind.bias + came, mind.stay)
    chances = jnp.exp((scores - scores.max()) / mind.noise)
    return jnp.minimum((chances.cumsum() <= drawn * chances.sum()).sum(), STAY)


def step(world: World, mind: Mind, columns: int, state: State, drawn: Any) -> State:
    """Go through one tick of a life; of one that has ended, nothing changes."""
    walls, amounts, in_sight, remembered = observe(world, columns, state.cell, state.remembered)
    action = act(mind, walls, amounts, in_sight, state.last, drawn)
    target = state.cell + jnp.append(steps_to(columns), 0)[action]
    blocked = world.content[target] == BARRIER
    cell = jnp.where(blocked, state.cell, target)
    there = jnp.where(cell == state.cell, NOTHING, world.content[cell])
    moved = State(
        cell, action, remembered, jnp.where(there >= 0, there, NOBODY).astype(jnp.int32), state.ticks + 1,
        state.moves + (cell != state.cell),
    )  # fmt: skip
    goes_on = state.entered == NOBODY
    return State(*(jnp.where(goes_on, new, old).astype(old.dtype) for new, old in zip(moved, state, strict=True)))


def life(columns: int, ticks: int, key: Any, mind: Mind, id: Any, world: World, number: Any) -> State:
    """Live one life of at most some ticks."""
    own = folded_in(folded_in(key, id), number)
    begin = State(*(jnp.int32(each) for each in (0, STAY, NOBODY, NOBODY, 0, 0)))._replace(cell=world.start)

    def tick(state: State, now: Any) -> tuple[State, None]:
        return step(world, mind, columns, state, uniform(own, now * DRAWS)), None

    ended: State = lax.scan(tick, begin, jnp.arange(ticks))[0]
    return ended


def lives_of(on: Ground, key: np.uint64) -> Callable[[], tuple[np.ndarray, ...]]:
    """Return a function that lives all lives: the objects entered, ticks and moves, each `[P, E]`.

    It turns on 64-bit numbers in JAX, which the hash of evosim's random numbers needs.
    """
    jax.config.update("jax_enable_x64", True)
    own, plan, width = on.minds.own["heuristic"], on.plan, 1 + on.worlds.features.shape[2]
    weights, borders = own.weights[:, :, 0].astype(np.float32), np.cumsum([MOVES, MOVES * width, MOVES * width, MOVES])
    wall, seen, remembered, moved, rest = np.split(weights, borders, axis=1)
    shape = (-1, MOVES, width)
    minds = Mind(
        wall, seen.reshape(shape), remembered.reshape(shape), moved, rest[:, 0], rest[:, 1],
        own.stay.astype(np.float32), own.noise.astype(np.float32),
    )  # fmt: skip
    worlds = World(
        on.atlas.content.astype(np.int32), on.worlds.cell, on.atlas.visible, on.worlds.features.astype(np.float32),
        on.worlds.start,
    )  # fmt: skip
    each = partial(life, plan.columns, plan.steps, jnp.uint64(key))
    beside = jax.vmap(jax.vmap(each, (None, None, 0, 0)), (0, 0, None, None))
    given = jax.device_put((minds, jnp.asarray(on.ids), worlds, jnp.arange(len(on.worlds.start))))
    run = jax.jit(beside)

    def live() -> tuple[np.ndarray, ...]:
        found = run(*given)
        return np.asarray(found.entered), np.asarray(found.ticks), np.asarray(found.moves)

    return live


def summary_of(on: Ground, outcomes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the same of outcomes `[P, E, K]`: the types entered first, for each object one, ticks and moves."""
    at = numbered_layout(on.plan).offsets
    first = outcomes[:, :, at.entered_first : at.entered_first + on.plan.types]
    entered = np.where(first.any(axis=2), first.argmax(axis=2), NOBODY)
    return entered, outcomes[:, :, at.steps], outcomes[:, :, at.moves]
