"""Stored runs of a small ecology: what they found out, and how they are corrupt."""

import sqlite3
from contextlib import closing
from pathlib import Path

from meadows import meadow

from evosim.numerics.compiler import plainly
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile

SMALL = ["evolution.ticks=160", "measure.every=3"]
SEED = 3
SHORT = ["evolution.ticks=40", "evolution.interval=20", "evolution.schedule=[{from=0,environment='before'}]"]
DYING = ["evolution.floor=0", "world.objects.fruit.grows=0", "environments.after.objects.fruit.grows=0", "world.objects.mud.grows=0"]  # fmt: skip


def made(path: Path, *changes: str, seed: int = SEED) -> Path:
    with RunFile.create(path, meadow(*SMALL, *changes), seed) as run:
        list(carry_on(run))
    return path


def made_plainly(path: Path, *changes: str) -> Path:
    """Make a short run without a compiler."""
    with plainly(), RunFile.create(path, meadow(*SHORT, *changes), 1) as run:
        list(carry_on(run))
    return path


TABLES = ("generations", "loci", "selection", "individuals", "digests", "lineage", "deaths", "genomes", "memory")


def contents(path):
    """Read all that a run found out: every table but what tells of the running itself."""
    with closing(sqlite3.connect(path)) as connection:
        return {name: connection.execute(f"select * from {name} order by 1, 2").fetchall() for name in TABLES}


def change(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)
