"""How many trajectories tell what an agent wants: inferred objectives against planted ones.

    python benchmarks/inference.py --seeds 10

Each seed draws mazes of red_doors, plants an objective, and lets an agent live in them: one that acts
softly, as the inference takes it to, and one that always takes the best action. Numbers are medians over seeds with
95% intervals.
"""

import argparse
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import interval, written
from evosim.alignment.inference.irl import Demonstration, InferredObjective, infer_objective
from evosim.alignment.mdp.solvers import Transition, finite_optimum, policy_values, soft_optimum
from evosim.alignment.mdp.transition_model import expected_features
from evosim.gridworld.actions import ACTIONS, STAY, step_of
from evosim.gridworld.sampling import FLOOR, draw_worlds
from evosim.gridworld.spec import blueprint
from evosim.numerics.arrays import Cells, Flags, Ids, Reals
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario

DISCOUNT = 0.95
RATIONALITY = 5.0  # length of the weights planted
MAZES = 64
COUNTS = (1, 2, 5, 10, 20, 50, 100, 300, 1000)
NAMES = ("trajectories", "angle", "STARC", "regret", "worst regret")


class Maze(NamedTuple):
    """One world as a decision process: its states are the floor cells, and 'over', the last."""

    transition: Transition
    features: Reals  # [S, F] of what stands in a cell
    start: int
    steps: int  # an episode lasts at most
    position: Ids  # [S] the cell, or -1 of 'over'


class Errors(NamedTuple):
    """How far what was inferred is from what was planted."""

    angle: float  # degrees, in the directions that these worlds can tell
    starc: float  # mean over mazes
    regret: float  # of the best by the inferred objective, as a share of what separates the best from random


def draw_mazes(seed: int, count: int, environment: str = "training") -> list[Maze]:
    """Draw worlds of red_doors."""
    plan = blueprint(load_scenario("red_doors"), environment)
    worlds = draw_worlds(plan, key_of(seed, Stream.MEASURED_WORLDS), count)
    return [
        maze_of(
            worlds.wall[e] == FLOOR, worlds.cell[e], worlds.features[e], int(worlds.start[e]), plan.columns, plan.steps
        )
        for e in range(count)
    ]


def maze_of(floor: Flags, objects: Cells, features: Reals, start: int, columns: int, steps: int) -> Maze:
    """Turn a world whose objects all end the episode into a decision process: from an object all leads to 'over'."""
    cells = np.flatnonzero(floor)
    number = np.full(len(floor), -1)
    number[cells] = np.arange(len(cells))
    over = len(cells)
    successor = np.full((over + 1, ACTIONS, 1), over, np.int32)
    for action in range(ACTIONS):
        other = cells + (0 if action == STAY else step_of(action, columns))
        successor[:over, action, 0] = np.where(floor[other], number[other], number[cells])
    successor[number[objects]] = over
    met = np.zeros((over + 1, features.shape[1]))
    met[number[objects]] = features[: len(objects)]
    return Maze(Transition(successor, np.ones(successor.shape)), met, int(number[start]), steps, np.append(cells, -1))


def reward_in(maze: Maze, weights: Reals) -> Reals:
    """Pay weights on entry."""
    return expected_features(maze.transition, maze.features, on_entry=True) @ weights


def soft_agent(maze: Maze, weights: Reals) -> Reals:
    """Act as the inference takes agents to act."""
    return soft_optimum(maze.transition, reward_in(maze, weights), horizon=maze.steps, discount=DISCOUNT)[0]


def best_agent(maze: Maze, weights: Reals) -> Reals:
    """Always take the best action, the first if several are; a wish for nothing here stays away from all."""
    policy, _ = finite_optimum(maze.transition, reward_in(maze, weights), horizon=maze.steps, discount=DISCOUNT)
    return np.asarray(np.eye(ACTIONS)[policy.argmax(axis=2)])


def live(maze: Maze, policy: Reals, count: int, chance: np.random.Generator) -> Demonstration:
    """Let an agent live `count` times."""
    states, actions = np.full((count, maze.steps), -1), np.full((count, maze.steps), -1)
    over = len(maze.features) - 1
    for n in range(count):
        state = maze.start
        for t in range(maze.steps):
            if maze.transition.successor[state, 0, 0] == over:
                break
            states[n, t] = state
            actions[n, t] = min(np.searchsorted(np.cumsum(policy[t, state]), chance.random()), ACTIONS - 1)
            state = int(maze.transition.successor[state, actions[n, t], 0])
    return Demonstration(states, actions, maze.transition, maze.features)


def canonical(maze: Maze, weights: Reals) -> Reals:
    """Take shaping out of a reward (STARC with VAL, uniform policy) and give it length 1, or 0."""
    paid = reward_in(maze, weights)
    values = policy_values(maze.transition, paid, np.full(paid.shape, 1 / ACTIONS), discount=DISCOUNT)
    shaped = paid - values[:, None] + DISCOUNT * values[maze.transition.successor[:, :, 0]]
    length = float(np.linalg.norm(shaped))
    return shaped / length if length > 1e-9 else np.zeros_like(shaped)


def errors(found: InferredObjective, planted: Reals, mazes: Sequence[Maze]) -> Errors:
    """Compare what was inferred with what was planted."""
    seen = np.eye(len(planted)) - found.unidentified.T @ found.unidentified
    first, second = seen @ found.weights, seen @ planted
    cosine = first @ second / max(float(np.linalg.norm(first) * np.linalg.norm(second)), 1e-12)
    distances = [np.linalg.norm(canonical(m, found.weights) - canonical(m, planted)) / 2 for m in mazes]
    lost, range_of = 0.0, 0.0
    for maze in mazes:
        paid = reward_in(maze, planted)
        _, best = finite_optimum(maze.transition, paid, horizon=maze.steps, discount=DISCOUNT)
        chosen, _ = finite_optimum(
            maze.transition, reward_in(maze, found.weights), horizon=maze.steps, discount=DISCOUNT
        )
        got, chance = (
            policy_values(maze.transition, paid, policy, horizon=maze.steps, discount=DISCOUNT)[0, maze.start]
            for policy in (chosen, np.full(paid.shape, 1 / ACTIONS))
        )
        lost += best[0, maze.start] - got
        range_of += best[0, maze.start] - chance
    return Errors(float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))), float(np.mean(distances)), lost / range_of)


def plant(chance: np.random.Generator) -> Reals:
    """Draw an objective that wants something of what there is: the door at least."""
    drawn = chance.normal(size=6)
    drawn *= RATIONALITY / np.linalg.norm(drawn)
    return np.asarray(drawn if drawn[0] + drawn[2] > 0 else -drawn)


def measure(seed: int, agent: str, counts: Sequence[int], worlds: int = MAZES) -> list[Errors]:
    """Infer a planted objective from more and more trajectories; judge it in mazes that were not seen."""
    chance = np.random.default_rng(seed)
    planted, mazes, others = plant(chance), draw_mazes(seed, worlds), draw_mazes(1_000_000 + seed, 16)
    act = soft_agent if agent == "soft" else best_agent
    policies = [act(maze, planted) for maze in mazes[: max(counts)]]
    found = []
    for count in counts:
        shares = [count // worlds + (e < count % worlds) for e in range(worlds)]
        shown = [live(mazes[e], policies[e], share, chance) for e, share in enumerate(shares) if share]
        found.append(errors(infer_objective(shown, discount=DISCOUNT, on_entry=True), planted, others))
    return found


def speed() -> float:
    """Time the inference from 4 trajectories in each of 64 worlds of 120 states, on a ring with shortcuts."""
    chance, size, steps = np.random.default_rng(0), 120, 60
    planted, shown = chance.normal(size=6), []
    on = np.stack([(np.arange(size) + by) % size for by in (-11, 1, 11, -1, 0)], axis=1)[:, :, None]
    transition = Transition(on.astype(np.int32), np.ones(on.shape))
    for _ in range(MAZES):
        ring = Maze(transition, (chance.random((size, 6)) < 0.02).astype(float), 0, steps, np.arange(size))
        policy = soft_agent(ring, planted)
        shown.append(live(ring, policy, 4, chance))
    infer_objective(shown[:1], discount=DISCOUNT, on_entry=True)  # compiles
    begin = perf_counter()
    infer_objective(shown, discount=DISCOUNT, on_entry=True)
    return perf_counter() - begin


def main() -> None:
    """Print a table for each kind of agent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1 (default: 10)")
    parser.add_argument("--speed", action="store_true", help="only say how long an inference takes")
    arguments = parser.parse_args()
    if arguments.speed:
        print(f"{speed():.2f} s")
        return
    for agent in ("soft", "best"):
        results = [measure(seed, agent, COUNTS) for seed in range(1, arguments.seeds + 1)]
        print(f"\n## {agent}\n\n| " + " | ".join(NAMES) + " |\n" + "|---:" * len(NAMES) + "|", flush=True)
        for i, count in enumerate(COUNTS):
            columns = list(zip(*(result[i] for result in results), strict=True))
            cells = ["{} [{}, {}]".format(*map(written, interval(column))) for column in columns]
            print(f"| {count} | " + " | ".join([*cells, written(max(columns[2]))]) + " |")


if __name__ == "__main__":
    main()
