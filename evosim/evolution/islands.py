"""Islands: parts of a population that breed apart, and now and then take in copies of each other's individuals.

All islands are evaluated together, in the same worlds, so an immigrant's fitness can be compared with that of those
it joins. It breeds there, and only there is it a copy: who is stored as the generation stays what was evaluated.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.evolution.population import best_rows
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.numerics.random import Stream, below, key_of, subkey
from evosim.scenario.schema.evolution import Islands

EMIGRANTS, REPLACED = range(2)  # words of keys


class Breeders(NamedTuple):
    """Those of whom the next generation is bred."""

    ids: Ids  # [N]
    genomes: Genes  # [N, L]
    fitness: Reals  # [N]
    seen: Reals  # [N] or [N, W] what selection uses

    def at(self, rows: Ids | slice) -> "Breeders":
        """Return those at some rows `[M]`."""
        return Breeders(self.ids[rows], self.genomes[rows], self.fitness[rows], self.seen[rows])


def island_seed(seed: int, island: int) -> int:
    """Return the seed of an island's own streams: of its founders, and of what is drawn where it breeds."""
    return int(key_of(seed, Stream.ISLANDS, island))


def islands_of(ids: Ids, population: int, count: int) -> Ids:
    """Return the islands `[N]` on which individuals with `ids [N]` were born: consecutive rows of a population."""
    return np.asarray(ids % population // (population // count))


def split(whole: Breeders, count: int) -> list[Breeders]:
    """Return the breeders of each of `count` islands."""
    size = len(whole.ids) // count
    return [whole.at(slice(first, first + size)) for first in range(0, count * size, size)]


def migrate(
    parts: Sequence[Breeders], merits: Sequence[Reals], settings: Islands, seed: int, generation: int
) -> list[Breeders]:
    """Return the breeders of each island once copies of migrants have arrived everywhere at once.

    `merits` order those of each island `[N]`, larger is better; `generation` is the one that will be bred.
    """
    keys = [key_of(island_seed(seed, i), Stream.MIGRATION, generation) for i in range(len(parts))]
    leaving = [emigrants(merit, settings, subkey(key, EMIGRANTS)) for merit, key in zip(merits, keys, strict=True)]
    found = []
    for i, part in enumerate(parts):
        arriving = [parts[j].at(leaving[j]) for j in sources(i, len(parts), settings)]
        count = sum(len(each.ids) for each in arriving)
        rows = replaced(merits[i], count, settings, subkey(keys[i], REPLACED))
        found.append(part if not count else _with_arrivals(part, arriving, rows))
    return found


def sources(island: int, count: int, settings: Islands) -> list[int]:
    """Return the islands from which one of `count` takes in migrants: the one before it in the ring, or all others."""
    if count == 1:
        return []
    return [(island - 1) % count] if settings.topology == "ring" else [i for i in range(count) if i != island]


def emigrants(merit: Reals, settings: Islands, key: np.uint64) -> Ids:
    """Return the rows `[M]` of an island whose copies leave; by merit `[N]`, best first, or drawn."""
    if settings.emigrants == "best":
        return best_rows(merit, settings.migrants)
    return draw_rows(len(merit), settings.migrants, key)


def replaced(merit: Reals, count: int, settings: Islands, key: np.uint64) -> Ids:
    """Return the `count` rows of an island that arrivals replace; by merit `[N]`, worst first, or drawn."""
    if settings.replaced == "worst":
        return best_rows(merit, len(merit))[::-1][:count]
    return draw_rows(len(merit), count, key)


def draw_rows(size: int, count: int, key: np.uint64) -> Ids:
    """Return `count` of `size` rows `[count]`, none of them twice: the beginning of a shuffle (Fisher and Yates)."""
    rows = np.arange(size, dtype=np.int64)
    for n in range(count):
        other = n + below(key, n, size - n)
        rows[n], rows[other] = rows[other], rows[n]
    return rows[:count]


def _with_arrivals(part: Breeders, arriving: list[Breeders], rows: Ids) -> Breeders:
    """Return breeders with those at `rows` `[M]` replaced by arrivals, in their order."""
    found = part.at(np.arange(len(part.ids)))  # a copy
    found.ids[rows] = np.concatenate([each.ids for each in arriving])
    found.genomes[rows] = np.concatenate([each.genomes for each in arriving])
    found.fitness[rows] = np.concatenate([each.fitness for each in arriving])
    found.seen[rows] = np.concatenate([each.seen for each in arriving])
    return found
