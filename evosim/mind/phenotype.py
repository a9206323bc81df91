"""Phenotypes: the minds of a population, as its genomes express them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from evosim.numerics.arrays import Bytes, Flags, Ids, Reals


class Phenotypes(NamedTuple):
    """The minds of P individuals; what a mind does not use is silent.

    What kinds of mind share stands here: a mesa-objective, beliefs, perception. What only one kind has is its `own`.
    """

    kinds: tuple[str, ...]  # names, by the numbers in `controller`
    controller: Bytes  # [P] number of the kind that is expressed
    objective: Reals  # [P, F · (1 + D)] mesa-objective: utility per feature, then per feature times each of D drives
    discount: Reals  # [P] worth of a utility one step later
    slip: Reals  # [P] believed chance that a move goes astray; NaN: as it is
    persistence: Reals  # [P] believed chance that what is there is still there a step later
    detectors: Reals  # [P, F, F + 1] weights of what is perceived on what can be observed, and bias; [P, 0, 0]: true
    sharpness: float  # of the detectors
    drives: int  # D
    own: Mapping[str, Any]  # by the name of a kind: a NamedTuple of arrays [P, ...] and of what holds for all
    bits: Reals | None = None  # [P] lengths of the descriptions; None where they cost nothing, or there is no genome
    read_off: Flags | None = None  # [P] whose objective isn't in its genome, but was read off its behaviour in thought

    def is_of(self, kind: str) -> Flags:
        """Return which individuals `[P]` express a kind of mind."""
        if kind not in self.kinds:
            return np.zeros(len(self.controller), np.bool_)
        return np.asarray(self.controller == self.kinds.index(kind))

    def with_own(self, kind: str, **parts: Any) -> "Phenotypes":
        """Return these minds with other parts of what only one kind has."""
        return self._replace(own={**self.own, kind: self.own[kind]._replace(**parts)})


def select_minds(minds: Phenotypes, rows: Ids | slice) -> Phenotypes:
    """Return the minds of some individuals, by their `rows` `[M]`."""
    own = {name: _rows_of(each, rows) for name, each in minds.own.items()}
    selected: Phenotypes = _rows_of(minds._replace(own={}), rows)
    return selected._replace(own=own)


def _rows_of(parts: Any, rows: Ids | slice) -> Any:
    return type(parts)._make(part[rows] if isinstance(part, np.ndarray) else part for part in parts)


def minds_of_one_kind(kind: str, own: Any, **shared: Any) -> Phenotypes:
    """Return minds that all are of one kind; of what kinds share, they have what is said.

    The others want nothing, believe what is true, and perceive what is there.
    """
    population = next(len(part) for part in (*own, *shared.values()) if isinstance(part, np.ndarray))
    nothing = Phenotypes(
        kinds=(kind,),
        controller=np.zeros(population, np.uint8),
        objective=np.zeros((population, 0)),
        discount=np.full(population, np.nan),
        slip=np.full(population, np.nan),
        persistence=np.ones(population),
        detectors=np.zeros((population, 0, 0)),
        sharpness=1.0,
        drives=0,
        own={kind: own},
    )
    return nothing._replace(**shared)
