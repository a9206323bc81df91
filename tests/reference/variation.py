"""Plain twins of crossover and mutation."""

from collections.abc import Callable, Sequence
from typing import Any

from reference.random import below, fold, normal, uniform


def crossover(genomes: Any, rows: Sequence[int], key: int, rate: float) -> tuple[list[list[float]], list[bool]]:
    """Mate pair after pair; who has no mate is copied."""
    loci = len(genomes[0])
    children, mated = [], []
    for pair in range(len(rows) // 2):
        first, second = genomes[rows[2 * pair]], genomes[rows[2 * pair + 1]]
        pair_key = fold(key, pair)
        mates = uniform(pair_key, loci) < rate
        mated.append(mates)
        swapped = {locus for locus in range(loci) if mates and uniform(pair_key, locus) < 0.5}
        for mine, theirs in ((first, second), (second, first)):
            children.append([theirs[i] if i in swapped else mine[i] for i in range(loci)])
    if len(rows) % 2:
        children.append(list(genomes[rows[-1]]))
    return children, mated


def point_crossover(
    genomes: Any, rows: Sequence[int], key: int, rate: float, points: int
) -> tuple[list[list[float]], list[bool]]:
    """Cut two genomes to pieces, and put them together again crosswise."""
    children, mated = [list(genomes[row]) for row in rows], []
    loci = len(genomes[0])
    for pair in range(len(rows) // 2):
        pair_key = fold(key, pair)
        mated.append(uniform(pair_key, loci) < rate)
        if not mated[-1]:
            continue
        if points == 1:
            cuts = [1 + below(pair_key, 0, loci - 1), loci]
        else:
            first = 1 + below(pair_key, 0, loci)
            others = [cut for cut in range(1, loci + 1) if cut != first]
            cuts = sorted([first, others[below(pair_key, 1, loci - 1)]] if others else [1, 1])
        one, other = children[2 * pair], children[2 * pair + 1]
        children[2 * pair] = one[: cuts[0]] + other[cuts[0] : cuts[1]] + one[cuts[1] :]
        children[2 * pair + 1] = other[: cuts[0]] + one[cuts[0] : cuts[1]] + other[cuts[1] :]
    return children, mated


def mixed(
    genomes: Any, rows: Sequence[int], key: int, low: Any, high: Any, rate: float, spread: Callable[[float], float]
) -> tuple[list[list[float]], list[bool]]:
    """Set each pair's children symmetrically about the parents' mean, at `spread` times the parents' distance."""
    children, mated = [list(genomes[row]) for row in rows], []
    loci = len(genomes[0])
    for pair in range(len(rows) // 2):
        pair_key = fold(key, pair)
        mated.append(uniform(pair_key, loci) < rate)
        if not mated[-1]:
            continue
        one, other = children[2 * pair], children[2 * pair + 1]
        for i in range(loci):
            mean, half = (one[i] + other[i]) / 2, (one[i] - other[i]) / 2 * spread(uniform(pair_key, i))
            one[i], other[i] = (reflect(value, low[i], high[i]) for value in (mean + half, mean - half))
    return children, mated


def blend_spread(alpha: float) -> Callable[[float], float]:
    """Scale a distance by 1 - 2·gamma, gamma uniform from -alpha to 1 + alpha."""
    return lambda drawn: 1 - 2 * (drawn * (1 + 2 * alpha) - alpha)


def binary_spread(eta: float) -> Callable[[float], float]:
    """Invert the distribution of Deb and Agrawal 1995, equations 10 to 12."""
    return lambda drawn: (2 * drawn if drawn <= 0.5 else 1 / (2 * (1 - drawn))) ** (1 / (eta + 1))


def reflect(value: float, low: float, high: float) -> float:
    """Bounce between two mirrors until within them."""
    while not low <= value <= high:
        value = 2 * low - value if value < low else 2 * high - value
    return value


def mutated(genome: Sequence[float], row_key: int, low: Any, high: Any, rate: float, scale: float) -> list[float]:
    return [
        reflect(allele + scale * (high[i] - low[i]) / 2 * normal(fold(row_key, i), 0), low[i], high[i])
        if uniform(row_key, i) < rate
        else allele
        for i, allele in enumerate(genome)
    ]


def polynomially_mutated(
    genome: Sequence[float], row_key: int, low: Any, high: Any, rate: float, eta: float
) -> list[float]:
    def step(drawn: float) -> float:
        power = 1 / (eta + 1)
        return (2 * drawn) ** power - 1 if drawn < 0.5 else 1 - (2 * (1 - drawn)) ** power

    return [
        reflect(allele + step(uniform(fold(row_key, i), 0)) * (high[i] - low[i]), low[i], high[i])
        if uniform(row_key, i) < rate
        else allele
        for i, allele in enumerate(genome)
    ]


def reset(genome: Sequence[float], row_key: int, low: Any, high: Any, rate: float) -> list[float]:
    return [
        (1 - share) * low[i] + share * high[i] if uniform(row_key, i) < rate else allele
        for i, allele in enumerate(genome)
        for share in [uniform(fold(row_key, i), 0)]
    ]
