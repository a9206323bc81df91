"""The seeds of a run's random streams: one for all, or in a future of another run one for those that vary.

Every random number is drawn from a key that begins with a seed and a stream. A future takes its own seed for streams
that vary, and the seed of the run that it branched from for all others.
"""

from typing import NamedTuple

SEED, MUTATION, ENVIRONMENT = "seed", "mutation", "environment"
VARIES = (SEED, MUTATION, ENVIRONMENT)  # what may differ between futures


class StreamSeeds(NamedTuple):
    """The seeds of the two groups of streams that a run's steps follow from."""

    environment: int  # of worlds, lives, mixtures, ticks, food, lifespans, migrants
    mutation: int  # of what the base optimizer draws: selection, crossover, mutation


def seeds_of_future(seed: int, past: int, varies: str) -> StreamSeeds:
    """Return the seeds of a future with a seed, of a run with the seed `past`."""
    return StreamSeeds(
        environment=past if varies == MUTATION else seed,
        mutation=past if varies == ENVIRONMENT else seed,
    )
