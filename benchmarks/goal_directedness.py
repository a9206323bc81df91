"""Goal-directedness in CliffWorld, and agents weighed against devices in mazes.

    python benchmarks/goal_directedness.py

CliffWorld (seals; MacDermott and others 2024) is solved exactly, so its tables have no intervals. Minds of
five kinds live once in each of 8 mazes of red_doors; log-odds are means over groups of mazes with 95%
intervals.
"""

import argparse
from collections.abc import Callable

import numpy as np

from benchmarks.inference import Maze, best_agent, draw_mazes, live, soft_agent
from benchmarks.over_seeds import interval, with_interval, written
from evosim.alignment.inference.agents_and_devices import Behaviour, agent_or_device
from evosim.alignment.inference.goal_directedness import goal_directedness, unknown_goal_directedness
from evosim.alignment.inference.irl import Demonstration
from evosim.alignment.mdp.solvers import finite_optimum
from evosim.gridworld.actions import ACTIONS, MOVES
from evosim.numerics.arrays import Flags, Reals

EPSILONS = (0.0, 0.01, 0.1, 0.3, 0.6, 0.9, 1.0)
HORIZON = 20
WANTED = np.array([0, 0, 10.0, -2, 0, -2])  # doors, no keys, no balls
CLOCK = (0, 0, 1, 1, 1, 2, 2, 3)
MAZES = 8


def cliff_world(width: int = 10, height: int = 4, goal: int = 1) -> tuple[Reals, Reals, Reals]:
    """Build transition, reward and start of CliffWorld (seals, `diagnostics/cliff_world.py`), its goal as long."""
    transition = np.zeros((width * height, 4, width * height))
    reward = np.full(width * height, -1.0)
    reward[1 : width - goal] = -10
    reward[width - goal : width] = 10
    for row, col in np.ndindex(height, width):
        for action, (down, right) in enumerate([(-1, -1), (-1, 1), (1, -1), (1, 1)]):
            for blown, chance in ((0, 0.7), (1, 0.3)):
                to_row = min(max(row + down - blown, 0), height - 1)
                to_col = min(max(col + right, 0), width - 1)
                transition[row * width + col, action, to_row * width + to_col] += chance
    return transition, reward, np.eye(width * height)[0]


def noisy(policy: Reals, epsilon: float) -> Reals:
    """Act at random with probability ε."""
    return np.asarray((1 - epsilon) * policy + epsilon / policy.shape[-1])


def move_by(maze: Maze, choose: Callable[[int, Flags], int]) -> Demonstration:
    """Live once by a rule `choose(tick, ways)`, `ways [MOVES]` being whether a move leads on."""
    states, actions = np.full((1, maze.steps), -1), np.full((1, maze.steps), -1)
    state, successor = maze.start, maze.transition.successor[:, :, 0]
    for t in range(maze.steps):
        if successor[state, 0] == len(maze.features) - 1:
            break
        states[0, t], actions[0, t] = state, choose(t, successor[state, :MOVES] != state)
        state = int(successor[state, actions[0, t]])
    return Demonstration(states, actions, maze.transition, maze.features)


def follow_the_wall(maze: Maze) -> Demonstration:
    """Keep a hand on the right wall."""
    heading = 0

    def choose(_: int, ways: Flags) -> int:
        nonlocal heading
        heading = next((heading + turn) % MOVES for turn in (1, 0, 3, 2) if ways[(heading + turn) % MOVES])
        return heading

    return move_by(maze, choose)


KINDS: dict[str, Callable[[Maze, np.random.Generator], Demonstration]] = {
    "planner": lambda maze, chance: live(maze, best_agent(maze, WANTED), 1, chance),
    "soft planner": lambda maze, chance: live(maze, soft_agent(maze, WANTED), 1, chance),
    "wall-follower": lambda maze, _: follow_the_wall(maze),
    "clockwork": lambda maze, _: move_by(maze, lambda t, _: CLOCK[t % len(CLOCK)]),
    "random": lambda maze, chance: live(
        maze, np.full((maze.steps, len(maze.features), ACTIONS), 1 / ACTIONS), 1, chance
    ),
}


def log_odds_of(kind: str, groups: int) -> list[float]:
    """Weigh one kind of mind in groups of mazes, each new."""
    chance, found = np.random.default_rng(0), []
    for group in range(groups):
        mazes = draw_mazes(100 + group, MAZES)
        shown = [Behaviour(*KINDS[kind](maze, chance), maze.position) for maze in mazes]
        found.append(agent_or_device(shown, discount=0.95).log_odds)
    return found


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=20, help="how many groups of mazes, from 1 (default: 20)")
    arguments = parser.parse_args()
    print("| ε | MEG (nats) | β |\n|---:|---:|---:|")
    transition, reward, start = cliff_world()
    best, _ = finite_optimum(transition, reward, horizon=HORIZON)
    for epsilon in EPSILONS:
        found = goal_directedness(
            noisy(best, epsilon), transition=transition, reward=reward, start=start, horizon=HORIZON
        )
        print(f"| {epsilon} | {found.meg:.4f} | {found.beta:.3f} |")
    print("\n| goal, cells | known | unknown |\n|---:|---:|---:|")
    for length in range(1, 8):
        transition, reward, start = cliff_world(goal=length)
        policy = noisy(finite_optimum(transition, reward, horizon=HORIZON)[0], 0.1)
        known = goal_directedness(policy, transition=transition, reward=reward, start=start, horizon=HORIZON)
        unknown = unknown_goal_directedness(
            policy, transition=transition, features=np.eye(len(reward)), start=start, horizon=HORIZON
        )
        print(f"| {length} | {known.meg:.4f} | {unknown.meg:.4f} |")
    print("\n| mind | log-odds (nats) | least | most |\n|---|---:|---:|---:|")
    for kind in KINDS:
        odds = log_odds_of(kind, arguments.groups)
        middle = with_interval(interval(odds, np.mean), written)
        print(f"| {kind} | {middle} | {written(min(odds))} | {written(max(odds))} |", flush=True)


if __name__ == "__main__":
    main()
