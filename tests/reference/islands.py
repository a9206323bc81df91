"""A plain twin of migration between islands: who stands where, as pairs of island and row."""

from collections.abc import Sequence

from reference.random import below, fold, key_of

ISLANDS, MIGRATION = 20, 21  # streams


def island_key(seed: int, island: int) -> int:
    return key_of(seed, ISLANDS, island)


def migrated(
    merits: Sequence[Sequence[float]], seed: int, generation: int, *, migrants: int, ring: bool, best: bool, worst: bool
) -> list[list[tuple[int, int]]]:
    """Give for each island, place by place, the island and the row of whom it breeds."""
    count, leaving = len(merits), []
    keys = [key_of(island_key(seed, i), MIGRATION, generation) for i in range(count)]
    for i, merit in enumerate(merits):
        falling = sorted(range(len(merit)), key=lambda row: (-merit[row], row))
        leaving.append([(i, row) for row in (falling if best else shuffled(len(merit), fold(keys[i], 0)))[:migrants]])
    found = []
    for i, merit in enumerate(merits):
        rising = sorted(range(len(merit)), key=lambda row: (merit[row], -row))
        free = rising if worst else shuffled(len(merit), fold(keys[i], 1))
        origins = {(i - 1) % count} - {i} if ring else set(range(count)) - {i}
        arriving = [who for origin in sorted(origins) for who in leaving[origin]]
        place_of = dict(zip(free, arriving, strict=False))
        found.append([place_of.get(row, (i, row)) for row in range(len(merit))])
    return found


def shuffled(size: int, key: int) -> list[int]:
    rows = list(range(size))
    for j in range(size - 1):
        other = j + below(key, j, size - j)
        rows[j], rows[other] = rows[other], rows[j]
    return rows
