"""Table `selection`: the Price equation, one row for each locus of each cohort that has died out."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.storage.columns import Column, Table

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.ecology.cohorts import Closed


class Cohort:
    """The agents born in an interval, after the last of them has died; L loci (Price 1970, eq. 4)."""

    def __init__(self, loci: tuple[str, ...], closed: int, sums: "Closed") -> None:
        self.loci = loci
        self.closed = closed  # the interval in which the last of them died
        self.sums = sums
        self.reproduction = sums.children / sums.members
        self.mean: Reals = sums.loci / sums.members  # [L]

    @cached_property
    def covariance(self) -> Reals:
        """The covariance `[L]` of reproduction and allele."""
        return np.asarray(self.sums.products / self.sums.members - self.reproduction * self.mean)

    def per_child(self, values: Reals) -> Reals | None:
        """Return values `[L]` divided by mean reproduction; None if the cohort has no children."""
        return values / self.reproduction if self.reproduction else None


COLUMNS = (
    Column(
        "generation",
        "integer",
        "intervals",
        "The interval in which a cohort was born.",
        lambda cohort: cohort.sums.interval,
    ),
    Column("locus", "text", "name", "The locus.", lambda cohort: [*cohort.loci]),
    Column(
        "closed",
        "integer",
        "intervals",
        "The interval in which the last of the cohort died.",
        lambda cohort: cohort.closed,
    ),
    Column(
        "members",
        "integer",
        "agents",
        "Number born; founders are in no cohort.",
        lambda cohort: cohort.sums.members,
    ),
    Column(
        "children_mean",
        "real",
        "children",
        "Their mean realised reproduction w̄: children in their whole lives, each counted half for each parent.",
        lambda cohort: cohort.reproduction,
    ),
    Column("mean", "real", "allele", "Mean allele z̄ of the cohort.", lambda cohort: cohort.mean),
    Column(
        "std",
        "real",
        "allele",
        "Standard deviation of the allele over the cohort.",
        lambda cohort: np.sqrt(np.maximum(cohort.sums.squares / cohort.sums.members - cohort.mean**2, 0.0)),
    ),
    Column(
        "covariance",
        "real",
        "allele × children",
        "Cov(w, z) of realised reproduction and allele over the cohort.",
        lambda cohort: cohort.covariance,
    ),
    Column(
        "selection",
        "real",
        "allele",
        "Selection term of the Price equation: Cov(w, z) / w̄; empty if the cohort has no children.",
        lambda cohort: cohort.per_child(cohort.covariance),
        may_be_empty=True,
    ),
    Column(
        "transmission",
        "real",
        "allele",
        "Transmission term: the mean over the cohort of w times the difference between the mean allele "
        "of a member's children and its own, divided by w̄: mutation, and the other parent. Empty if the cohort has no "
        "children.",
        lambda cohort: cohort.per_child(cohort.sums.changes / cohort.sums.members),
        may_be_empty=True,
    ),
)

TABLE = Table(
    "selection",
    COLUMNS,
    lambda snapshot: [
        Cohort(snapshot.laboratory.layout.loci, snapshot.number, sums) for sums in snapshot.interval.closed
    ],
)
