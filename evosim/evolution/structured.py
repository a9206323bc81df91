"""Crossover and mutation of structured segments: lists of records whose fields are categories or real numbers.

Pairs that mate by the general operator swap the records between two cuts. A child then may get a record inserted or
left out, or a run of records doubled; a first field may be replaced by another of its group; and each field mutates:
a category is redrawn, a real number moves by a normal step, reflected at the ends of its range.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Cells, Flags, Genes, Ids, Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import below, fold, normal, reflect, uniform
from evosim.numerics.structure import Structure

Mate = Callable[[Genes, Ids, np.uint64], tuple[Genes, Flags]]
Mutate = Callable[[Genes, np.uint64], Genes]
Structures = Sequence[tuple[int, Structure]]  # the first locus of each structured segment, and its structure

APART = 2**41  # beyond any locus: what is drawn for a segment is drawn apart from its loci
SHIFT, WHICH, PLACE, BEGIN, LENGTH, NEW, DIVERGE, AT, OTHER, REGROUP, AT_GROUP, OTHER_OF_GROUP = range(12)
INSERTION, DELETION = range(2)  # or else doubling
FIELDS = 16  # draws of fields begin here


class Records(NamedTuple):
    """A structured segment, for kernels: R records of D fields, from a first locus on."""

    first: int
    records: int
    values: Cells  # [D]
    group: Cells  # [V] of each value of the first field; [0] where none is replaced by group
    low: Reals  # [R · D]
    high: Reals  # [R · D]
    field_rate: float
    step: float
    shifted: float
    diverged: float
    regrouped: float
    copy: Genes  # [R · D] working memory


def records_of(first: int, structure: Structure, low: Reals, high: Reals) -> Records:
    """Return a structured segment for kernels; `low` and `high` `[L]` bound the loci of whole genomes."""
    loci = slice(first, first + structure.records * len(structure.values))
    return Records(
        first=first,
        records=structure.records,
        values=np.array(structure.values, np.int32),
        group=np.array(structure.groups, np.int32),
        low=np.ascontiguousarray(low[loci]),
        high=np.ascontiguousarray(high[loci]),
        field_rate=structure.field_rate,
        step=structure.step,
        shifted=structure.share_shifted,
        diverged=structure.share_diverged,
        regrouped=structure.share_regrouped,
        copy=np.zeros(loci.stop - first, np.float32),
    )


def crossing_records(mate: Mate, structures: Structures, low: Reals, high: Reals) -> Mate:
    """Return a crossover like `mate`, but of segments whole records are swapped; `low` and `high` `[L]` are bounds."""
    if not structures:
        return mate
    segments = [records_of(first, structure, low, high) for first, structure in structures]

    def crossed(genomes: Genes, rows: Ids, key: np.uint64) -> tuple[Genes, Flags]:
        offspring, mated = mate(genomes, rows, key)
        for segment in segments:
            swap_records(segment, genomes, rows, np.uint64(key), mated, offspring)
        return offspring, mated

    return crossed


def mutating_records(mutate: Mutate, structures: Structures, low: Reals, high: Reals) -> Mutate:
    """Return a mutation like `mutate`, but of structured segments too; `low` and `high` `[L]` are bounds."""
    if not structures:
        return mutate
    segments = [records_of(first, structure, low, high) for first, structure in structures]

    def mutated(genomes: Genes, key: np.uint64) -> Genes:
        genomes = mutate(genomes, key)
        for segment in segments:
            mutate_records(segment, genomes, np.uint64(key))
        return genomes

    return mutated


@kernel
def swap_records(
    segment: Records, genomes: Genes, rows: Ids, key: np.uint64, mated: Flags, out_offspring: Genes
) -> None:
    """Write a segment of the offspring `[K, L]` of `rows` `[K]` of genomes `[P, L]`: whole records, two cuts.

    Cuts lie between records and differ; the second may be the end, as in crossover of loci at two points.
    """
    width, first, records = segment.values.shape[0], segment.first, segment.records
    for child in range(rows.shape[0]):
        pair, begin, end = child // 2, records, records
        if pair < mated.shape[0] and mated[pair] and records > 1:
            pair_key = fold(fold(key, pair), APART + first)
            one, other = 1 + below(pair_key, 0, records), 1 + below(pair_key, 1, records - 1)
            other += other >= one
            begin, end = min(one, other), max(one, other)
        for record in range(records):
            row = rows[child ^ 1] if begin <= record < end else rows[child]
            for locus in range(first + record * width, first + (record + 1) * width):
                out_offspring[child, locus] = genomes[row, locus]


@kernel
def mutate_records(segment: Records, genomes: Genes, key: np.uint64) -> None:
    """Mutate a segment of genomes `[P, L]` in place."""
    width, first = segment.values.shape[0], segment.first
    for row in range(genomes.shape[0]):
        row_key = fold(fold(key, row), APART + first)
        if uniform(row_key, SHIFT) < segment.shifted:
            shift_records(segment, row, row_key, genomes)
        if uniform(row_key, REGROUP) < segment.regrouped:
            record = below(row_key, AT_GROUP, segment.records)
            replace_by_group(segment, row, record, row_key, OTHER_OF_GROUP, genomes)
        for n in range(segment.records * width):
            if uniform(row_key, FIELDS + n) < segment.field_rate:
                values, locus = segment.values[n % width], first + n
                if values > 0:
                    genomes[row, locus] = below(fold(row_key, n), 0, values)
                else:
                    step = segment.step * 0.5 * (segment.high[n] - segment.low[n])
                    moved = genomes[row, locus] + step * normal(fold(row_key, n), 0)
                    genomes[row, locus] = reflect(moved, segment.low[n], segment.high[n])


@kernel
def shift_records(segment: Records, row: int, row_key: np.uint64, genomes: Genes) -> None:
    """Insert a record into a row of `[P, L]`, leave one out, or insert a copy of a run; what is pushed off is lost."""
    width, records, first = segment.values.shape[0], segment.records, segment.first
    for n in range(records * width):
        segment.copy[n] = genomes[row, first + n]
    what, place = below(row_key, WHICH, 3), below(row_key, PLACE, records)
    if what == DELETION:
        for n in range(place * width, (records - 1) * width):
            genomes[row, first + n] = segment.copy[n + width]
        draw_record(segment, row, records - 1, row_key, genomes)
        return
    length = 1 if what == INSERTION else 1 + below(row_key, LENGTH, max(1, records // 2))
    begin = below(row_key, BEGIN, records - length + 1)
    for record in range(place, records):
        source = record - length if record >= place + length else begin + record - place
        for d in range(width):
            genomes[row, first + record * width + d] = segment.copy[source * width + d]
    if what == INSERTION:
        draw_record(segment, row, place, row_key, genomes)
    elif uniform(row_key, DIVERGE) < segment.diverged:
        record = place + below(row_key, AT, min(length, records - place))
        replace_by_group(segment, row, record, row_key, OTHER, genomes)


@kernel
def draw_record(segment: Records, row: int, record: int, row_key: np.uint64, genomes: Genes) -> None:
    """Draw the fields of one record of `[P, L]` as those of founders: each uniformly from its values or its range."""
    width, new = segment.values.shape[0], fold(row_key, APART + NEW)
    for d in range(width):
        n = record * width + d
        drawn = segment.low[n] + uniform(new, d) * (segment.high[n] - segment.low[n])
        genomes[row, segment.first + n] = np.floor(drawn) if segment.values[d] > 0 else drawn


@kernel
def replace_by_group(segment: Records, row: int, record: int, row_key: np.uint64, draw: int, genomes: Genes) -> None:
    """Replace the first field of a record of `[P, L]` by another value of its group, if it has any other."""
    locus = segment.first + record * segment.values.shape[0]
    values = segment.group.shape[0]
    if values == 0:
        return
    now = min(int(genomes[row, locus]), values - 1)
    others = 0
    for value in range(values):
        others += 1 if value != now and segment.group[value] == segment.group[now] else 0
    if others == 0:
        return
    left = below(row_key, draw, others)
    for value in range(values):
        if value != now and segment.group[value] == segment.group[now]:
            if left == 0:
                genomes[row, locus] = value
                return
            left -= 1
