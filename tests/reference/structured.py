"""Plain twin of the variation of structured segments: a genome is a list of records, and records are lists."""

from typing import Any

from reference.random import below, fold, normal, uniform
from reference.variation import reflect

Record = list[float]
APART = 2**41


def swapped(one: list[Record], other: list[Record], pair_key: int, first: int) -> tuple[list[Record], list[Record]]:
    """Swap the records between two cuts."""
    count, key = len(one), fold(pair_key, APART + first)
    if count == 1:
        return one, other
    begin = 1 + below(key, 0, count)
    end = [cut for cut in range(1, count + 1) if cut != begin][below(key, 1, count - 1)]
    begin, end = sorted((begin, end))
    return one[:begin] + other[begin:end] + one[end:], other[:begin] + one[begin:end] + other[end:]


def drawn_record(structure: Any, key: int, low: float, high: float) -> Record:
    new = fold(key, APART + 5)
    record = []
    for d, values in enumerate(structure.values):
        share = uniform(new, d)
        record.append(float(int(share * values)) if values else low + share * (high - low))
    return record


def regrouped(record: Record, structure: Any, key: int, draw: int) -> Record:
    groups = dict(enumerate(structure.groups))
    now = int(record[0])
    others = [value for value in groups if value != now and groups[value] == groups[now]]
    return [float(others[below(key, draw, len(others))]), *record[1:]] if others else record


def shifted(records: list[Record], structure: Any, key: int, low: float, high: float) -> list[Record]:
    """Insert a record, leave one out, or insert a copy of a run."""
    count = len(records)
    what, place = below(key, 1, 3), below(key, 2, count)
    if what == 1:
        return [*records[:place], *records[place + 1 :], drawn_record(structure, key, low, high)]
    length = 1 if what == 0 else 1 + below(key, 4, max(1, count // 2))
    begin = below(key, 3, count - length + 1)
    copied = [drawn_record(structure, key, low, high)] if what == 0 else records[begin : begin + length]
    found = [*records[:place], *copied, *records[place:]][:count]
    if what == 2 and uniform(key, 6) < structure.share_diverged:
        at = place + below(key, 7, min(length, count - place))
        found[at] = regrouped(found[at], structure, key, 8)
    return found


def mutated_records(
    records: list[Record], structure: Any, row_key: int, first: int, low: float, high: float
) -> list[Record]:
    """Mutate a structured segment."""
    key = fold(row_key, APART + first)
    if uniform(key, 0) < structure.share_shifted:
        records = shifted(records, structure, key, low, high)
    if uniform(key, 9) < structure.share_regrouped:
        at = below(key, 10, len(records))
        records = [regrouped(each, structure, key, 11) if i == at else each for i, each in enumerate(records)]
    found = []
    width = len(structure.values)
    for i, record in enumerate(records):
        fields = []
        for d, (field, values) in enumerate(zip(record, structure.values, strict=True)):
            n = i * width + d
            if uniform(key, 16 + n) < structure.field_rate:
                scope = fold(key, n)
                step = structure.step * (high - low) / 2
                field = below(scope, 0, values) if values else reflect(field + step * normal(scope, 0), low, high)
            fields.append(float(field))
        found.append(fields)
    return found
