"""Scoring detectors: how well their scores agree with the truth, with an interval over runs.

ROC AUC is the probability that a positive agent scores higher than a negative one; .5 is chance. Individuals of one run
are relatives, so each run gives one number, and runs are what is resampled.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.numerics.bootstrap import SHARE, bootstrap_interval, generator, roc_auc
from evosim.numerics.intervals import ConfidenceInterval


class Skill(NamedTuple):
    """How well a detector identifies what it is to identify."""

    auc: ConfidenceInterval  # mean over the runs where it is defined; without bounds if that is one, NaN if none
    by_run: tuple[float, ...]  # NaN where a run has only one kind of agents, or the detector could see nothing

    @property
    def undefined(self) -> int:
        """The number of runs in which AUC is undefined."""
        return sum(np.isnan(self.by_run).tolist())


def detector_skills(scores: Sequence[Reals], truths: Sequence[Flags], key: np.uint64) -> list[Skill]:
    """Return the skill of D detectors from their scores `[A, D]` of agents of each run, of which the truth is `[A]`.

    Raises:
        ValueError: there is no run, or there are not as many scores as truths, or runs differ in detectors.
    """
    if not scores or len(scores) != len(truths):
        raise ValueError(f"scores of {len(scores)} runs and truths of {len(truths)}; as many are needed, one at least")
    for r, (given, truth) in enumerate(zip(scores, truths, strict=True)):
        if given.ndim != 2 or given.shape != (len(truth), scores[0].shape[1]):
            expected = (len(truth), *scores[0].shape[1:])
            raise ValueError(f"run {r}: scores of the shape {given.shape}; {expected} is needed, [agents, detectors]")
    by_run = [[roc_area(given[:, d], truth) for given, truth in zip(scores, truths, strict=True)]
              for d in range(scores[0].shape[1])]  # fmt: skip
    return [Skill(mean_over_runs(areas, key), tuple(areas)) for areas in by_run]


def roc_area(scores: Reals, truth: Flags) -> float:
    """Return the area under the ROC curve of scores `[A]`; NaN where one is missing, or all agents are of one kind."""
    return float("nan") if np.isnan(scores).any() else roc_auc(scores, np.asarray(truth, np.bool_))


def mean_over_runs(values: Sequence[float], key: np.uint64) -> ConfidenceInterval:
    """Return the mean over runs that have a number, with its studentised interval; areas lie within 0 and 1."""
    known = np.array([value for value in values if not np.isnan(value)])
    return bootstrap_interval(known, key, bounds=SHARE)


def balanced_sample(truth: Flags, among: Ids, count: int, key: np.uint64) -> Ids:
    """Draw up to `count` of the rows `among`, half of them true by `truth [P]` where possible; in their order."""
    random = generator(key)
    true, false = (random.permutation(among[truth[among] == value]) for value in (True, False))
    half = count // 2
    first = min(len(true), max(half, count - len(false)))
    return np.sort(np.concatenate([true[:first], false[: count - first]]))
