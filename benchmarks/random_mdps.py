"""Which distance foretells regret: STARC and EPIC, on random MDPs, against what it costs to pursue the other reward.

    python benchmarks/random_mdps.py --mdps 128

The protocol is that of Skalse et al. 2024: 32 states, 4 actions, a discount of .95, sparse random transitions, and
8 pairs of random rewards, the second approached in 16 steps. The regret of pursuing R2 is
(J1(π1) − J1(π2)) / (J1(π1) − J1(π_worst)), all by R1. A number is the mean over MDPs of Spearman's
correlation within each, with a 95% interval over MDPs. In *disguised* each R2 is shaped and
redistributed at random besides, which no policy can notice. In the control, each regret is paired with
a distance from another MDP: chance is 0.

    python benchmarks/random_mdps.py --large 2000

says instead how long each distance takes in a world with as many states and 5 actions.
"""

import argparse
from time import perf_counter
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from evosim.alignment.mdp.canonical_rewards import FORMS
from evosim.alignment.mdp.reward_distances import epic_distance, starc_distance
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.intervals import mean_interval

STATES, ACTIONS, DISCOUNT = 32, 4, 0.95
PAIRS, STEPS = 8, 16
SPARSE = 1.8  # standard deviations above which a transition is likely
UNLIKELY = -20.0  # the logit of others
CONDITIONS = ("as published", "disguised")


class Mdp(NamedTuple):
    """A random world."""

    transition: Reals  # [S, A, S]
    start: Reals  # [S]


class Found(NamedTuple):
    """Regrets and distances of all pairs of rewards in each of M worlds, X of each."""

    regret: Reals  # [M, X]
    starc: Reals  # [M, X]
    epic: Reals  # [M, X]


def draw_mdp(rng: np.random.Generator) -> Mdp:
    """Draw a world whose moves lead to few states: a softmax of normal numbers, of which only the largest count."""

    def sparse(shape: tuple[int, ...]) -> Reals:
        logits = rng.normal(size=shape)
        weights = np.exp(np.where(logits > SPARSE, logits, UNLIKELY))
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))

    return Mdp(sparse((STATES, ACTIONS, STATES)), sparse((STATES,)))


def best_policy(mdp: Mdp, reward: Reals) -> Ids:
    """Find an optimal policy `[S]` by policy iteration."""
    immediate = (mdp.transition * reward).sum(axis=2)
    policy: Ids = immediate.argmax(axis=1)
    while True:
        value = immediate + DISCOUNT * mdp.transition @ values(mdp, immediate, policy)
        gain = value.max(axis=1) - value[np.arange(STATES), policy]
        if gain.max() <= 1e-10:
            return policy
        policy = np.asarray(np.where(gain > 1e-10, value.argmax(axis=1), policy))


def values(mdp: Mdp, immediate: Reals, policy: Ids) -> Reals:
    """Give the value `[S]` of a policy, from mean rewards `[S, A]`."""
    each = np.arange(STATES)
    return np.asarray(
        np.linalg.solve(np.eye(STATES) - DISCOUNT * mdp.transition[each, policy], immediate[each, policy])
    )


def disguised(mdp: Mdp, reward: Reals, rng: np.random.Generator) -> Reals:
    """Change a reward in what no policy can notice: shape it, and move it about between where a move may lead."""
    potential, noise = rng.normal(size=STATES), rng.normal(size=reward.shape)
    noise -= (noise * mdp.transition).sum(axis=2, keepdims=True)
    shaping = DISCOUNT * potential - potential[:, None, None]
    return reward + rng.uniform(0.0, 2.0) * shaping + rng.uniform(0.0, 2.0) * noise


def measure(mdps: int, *, disguise: bool, seed: int = 0) -> Found:
    """Draw worlds and pairs of rewards, and measure regret and distances."""
    found = []
    for m in range(mdps):
        rng = np.random.default_rng([seed, m])
        mdp = draw_mdp(rng)
        rows = []
        for _ in range(PAIRS):
            first, second = rng.normal(size=(2, *mdp.transition.shape))
            immediate = (mdp.transition * first).sum(axis=2)
            best, worst = (mdp.start @ values(mdp, immediate, best_policy(mdp, sign * first)) for sign in (1, -1))
            for step in range(1, STEPS + 1):
                other = first + (second - first) * step / STEPS
                pursued = mdp.start @ values(mdp, immediate, best_policy(mdp, other))
                seen = disguised(mdp, other, rng) if disguise else other
                starc = starc_distance(first, seen, transition=mdp.transition, discount=DISCOUNT)
                rows.append(((best - pursued) / (best - worst), starc, epic_distance(first, seen, discount=DISCOUNT)))
        found.append(np.array(rows).T)
    return Found(*np.array(found).transpose(1, 0, 2))


def spearman(one: Reals, other: Reals) -> Reals:
    """Correlate the ranks of each row `[M, X]` with those of the other's."""
    ranks = (rankdata(each, axis=1) for each in (one, other))
    first, second = (each - each.mean(axis=1, keepdims=True) for each in ranks)
    return np.asarray((first * second).sum(axis=1) / np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1)))


def from_elsewhere(distances: Reals, seed: int) -> Reals:
    """Exchange distances `[M, X]` at random: each for one of another world."""
    rng = np.random.default_rng(seed)
    worlds, count = distances.shape
    others = (np.arange(worlds)[:, None] + rng.integers(1, worlds, (worlds, count))) % worlds
    return np.asarray(distances[others, rng.integers(count, size=(worlds, count))])


def comparison(found: Found, seed: int = 0) -> dict[str, Reals]:
    """Correlate each distance with regret, world by world `[M]`, and with regret elsewhere."""
    starc, epic = spearman(found.starc, found.regret), spearman(found.epic, found.regret)
    return {
        "STARC": starc,
        "EPIC": epic,
        "STARC − EPIC": starc - epic,
        "STARC, control": spearman(from_elsewhere(found.starc, seed), found.regret),
        "EPIC, control": spearman(from_elsewhere(found.epic, seed), found.regret),
    }


def seconds_by_form(states: int, actions: int = 5) -> dict[str, float]:
    """Time every distance once, between random rewards where each action leads to one state."""
    rng = np.random.default_rng(0)
    transition = np.zeros((states, actions, states))
    np.put_along_axis(transition, rng.integers(states, size=(states, actions, 1)), 1.0, axis=2)
    first, second = (rng.normal(size=transition.shape) for _ in range(2))
    began = perf_counter()
    epic_distance(first, second, discount=DISCOUNT)
    seconds = {"EPIC": perf_counter() - began}
    for canonical in FORMS:
        began = perf_counter()
        starc_distance(first, second, transition=transition, discount=DISCOUNT, canonical=canonical)
        seconds[canonical] = perf_counter() - began
    return seconds


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mdps", type=int, default=128, help="how many random worlds (default: 128)")
    parser.add_argument("--seed", type=int, default=0, help="of everything (default: 0)")
    parser.add_argument("--large", type=int, metavar="STATES", help="time each distance with as many states")
    arguments = parser.parse_args()
    if arguments.large:
        for name, seconds in seconds_by_form(arguments.large).items():
            print(f"| {name} | {seconds:.1f} s |")
        return
    print("| Spearman with regret | " + " | ".join(CONDITIONS) + " |\n|---|---:|---:|")
    results = [
        comparison(measure(arguments.mdps, disguise=name == "disguised", seed=arguments.seed)) for name in CONDITIONS
    ]
    for row in results[0]:
        cells = (mean_interval(result[row]) for result in results)
        print(f"| {row} | " + " | ".join(f"**{mean:.3f}** [{low:.3f}, {high:.3f}]" for mean, low, high in cells) + " |")


if __name__ == "__main__":
    main()
