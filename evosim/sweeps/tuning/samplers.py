"""Samplers: what is tried next, by Optuna's tree-structured Parzen estimator, at random, or evenly.

A sampler is asked for a batch and told what came of it. What it is asked is a function of its seed and of what it was
told before, in order; so a search that is started again goes through the same points.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from evosim.numerics.statistics.designs import halton_points
from evosim.storage.export import MissingExtraError
from evosim.sweeps.tuning.schema import Direction
from evosim.sweeps.tuning.space import Point, Space

Values = tuple[float, ...] | None  # one for each objective; None: the trial failed
TPE, RANDOM, HALTON = "tpe", "random", "halton"
METHODS = (TPE, RANDOM, HALTON)


class Sampler(Protocol):
    """A method of search."""

    def ask(self, count: int) -> list[Point]:
        """Return the points to try next."""

    def tell(self, values: Sequence[Values]) -> None:
        """Record what came of the points last asked for, in their order."""


class PointDesign:
    """Points that don't depend on what came of others: uniformly random ones, or a scrambled Halton sequence."""

    def __init__(self, space: Space, method: str, trials: int, seed: int) -> None:
        count = len(space.keys)
        random = np.random.Generator(np.random.Philox(key=seed))
        cube = halton_points(trials, count, seed) if method == HALTON else random.random((trials, count))
        self.points = [space.at(each) for each in cube]
        self.asked = 0

    def ask(self, count: int) -> list[Point]:
        """Return the next points."""
        self.asked += count
        return self.points[self.asked - count : self.asked]

    def tell(self, values: Sequence[Values]) -> None:
        """Learn nothing."""


class Parzen:
    """Optuna's tree-structured Parzen estimator (Bergstra et al. 2011), with the study as a journal beside the trials.

    The journal is for Optuna's own tools; what was tried is read from the runs, and the journal written anew.

    Raises:
        MissingExtraError: Optuna is not installed.
    """

    def __init__(self, space: Space, directions: Mapping[str, Direction], seed: int, journal: Path) -> None:
        try:
            import optuna
        except ImportError:
            raise MissingExtraError("evosim tune needs Optuna: pip install 'evosim[tune]'") from None
        from optuna.storages.journal import JournalFileBackend

        self.optuna: Any = optuna
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with suppress(FileNotFoundError):
            journal.unlink()
        journal.parent.mkdir(parents=True, exist_ok=True)
        self.space, self.seed = space, seed
        self.study = optuna.create_study(
            storage=optuna.storages.JournalStorage(JournalFileBackend(str(journal))),
            study_name="tune",
            directions=list(directions.values()),
        )
        self.asked: list[Any] = []
        self.count = 0

    def ask(self, count: int) -> list[Point]:
        """Return the next points, each drawn with random numbers of its own."""
        self.asked, points = [], []
        for _ in range(count):
            key = int(np.random.SeedSequence((self.seed, self.count)).generate_state(1)[0])
            self.study.sampler = self.optuna.samplers.TPESampler(seed=key)
            trial = self.study.ask()
            points.append(self._point(trial))
            self.asked.append(trial)
            self.count += 1
        return points

    def _point(self, trial: Any) -> Point:
        """Return the values that a trial suggests: shares of ranges, and numbers of choices."""
        ranges, options = self.space.ranges, self.space.choices
        cube = [trial.suggest_float(key, 0.0, 1.0) for key in ranges]
        chosen = [trial.suggest_categorical(key, list(range(len(options[key])))) for key in options]
        shares = [(each + 0.5) / len(options[key]) for key, each in zip(options, chosen, strict=True)]
        return self.space.at(np.array([*cube, *shares]))

    def tell(self, values: Sequence[Values]) -> None:
        """Record what came of the last batch in the study."""
        failed = self.optuna.trial.TrialState.FAIL
        for trial, each in zip(self.asked, values, strict=True):
            if each is None:
                self.study.tell(trial, state=failed)
            else:
                self.study.tell(trial, list(each))


def sampler_of(
    method: str, space: Space, directions: Mapping[str, Direction], trials: int, seed: int, journal: Path
) -> Sampler:
    """Return the sampler of a method.

    Raises:
        MissingExtraError: it needs Optuna, which is not installed.
    """
    if method == TPE:
        return Parzen(space, directions, seed, journal)
    return PointDesign(space, method, trials, seed)
