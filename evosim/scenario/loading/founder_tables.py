"""Founders from a table: a file of comma-separated values with a column for each locus, as `evosim export` writes it.

The explicit form has the numbers and not the file, so a run goes on, and is verified, wherever the file is by then.
"""

import csv
import io
import math
import os
from pathlib import Path
from shlex import quote
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.evolution import MOST_ALLELES
from evosim.system.near_paths import suggest_path

WHERE = ("evolution", "founders")
NOT_LOCI = ("generation", "id", "fitness")  # what an exported table says beside genomes
LARGEST_TABLE = 50_000_000  # bytes
DATABASE = b"SQLite format 3\0"


class TableError(ValueError):
    """A table of founders that can't be used; the message says why."""


def anchored(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return what a file asks for with the path of its founders relative to no folder but the one of the file."""
    evolution = asked.get("evolution")
    if not isinstance(evolution, dict) or not isinstance(evolution.get("founders"), str):
        return asked
    return {**asked, "evolution": {**evolution, "founders": str(folder / evolution["founders"])}}


def with_founders(whole: dict[str, Any]) -> tuple[dict[str, Any], list[Diagnostic]]:
    """Return a resolved scenario with the founders of the table that it names, and what is wrong with that."""
    evolution = whole.get("evolution")
    named = evolution.get("founders") if isinstance(evolution, dict) else None
    if not isinstance(evolution, dict) or not isinstance(named, str):
        return whole, []
    rest = {key: value for key, value in evolution.items() if key != "founders"}
    try:
        loci, genomes = read_founders(named)
    except TableError as error:
        return {**whole, "evolution": rest}, [Diagnostic(WHERE, f"{named}: {error}")]
    return {**whole, "evolution": {**rest, "founders": {"loci": loci, "genomes": genomes}}}, []


def read_founders(path: str) -> tuple[list[str], list[list[float]]]:
    """Return the loci that a table names, and its genomes, row by row.

    Only what is called .csv is read: a scenario may come from a stranger, and messages quote what is wrong.

    Raises:
        TableError: it can't be read, or is not a table of numbers.
    """
    reader = csv.reader(io.StringIO(_read(path), newline=""))
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise TableError(f"line {reader.line_num}: {error}") from None
    if len(rows) < 2:
        raise TableError("a first line that names loci is needed, and a line for each founder")
    (_, head), *lines = rows
    places = [at for at, name in enumerate(head) if name not in NOT_LOCI]
    if len(lines) * len(places) > MOST_ALLELES:
        raise TableError(f"{len(lines):,} genomes of {len(places):,} loci; at most {MOST_ALLELES:,} numbers")
    genomes = []
    for number, line in lines:
        if len(line) != len(head):
            raise TableError(f"line {number} has {len(line)} entries, and the first line {len(head)}")
        genomes.append([_number(line[at], number, head[at]) for at in places])
    return [head[at] for at in places], genomes


def _number(text: str, line: int, locus: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise TableError(f"line {line} has no finite number for {locus[:100]!r}")
    return number


def _read(path: str) -> str:
    """Return the text of a table.

    Raises:
        TableError: it is called otherwise, can't be read, or is too large.
    """
    if path.endswith(".evosim"):
        advice = f"`evosim export {quote(Path(path).name)} --table genomes -o founders.csv` writes its genomes as one"
        raise TableError(f"a run, not a table; {advice}")
    if "\0" in path:
        raise TableError("not the path of a file")
    if not path.endswith(".csv") or not os.path.realpath(path).endswith(".csv"):
        raise TableError("the name of a table of founders ends in .csv")
    try:
        if not Path(path).is_file():
            near = suggest_path(Path(path), lambda each: each.suffix == ".csv")
            missing = f"no such file{near and f'; {near}'}"
            raise TableError("not a regular file" if Path(path).exists() else missing)
        with open(path, "rb") as file:
            content = file.read(LARGEST_TABLE + 1)
        if content.startswith(DATABASE):
            raise TableError("a run or another database, not a table")
        if len(content) > LARGEST_TABLE:
            raise TableError(f"larger than {LARGEST_TABLE:,} bytes")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise TableError((error.strerror or str(error)).lower()) from None
