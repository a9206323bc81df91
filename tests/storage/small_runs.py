"""A small run: its settings, what it found out, and how it is corrupt."""

import sqlite3

SMALL = [
    "evolution.population=24",
    "evolution.generations=7",
    "evolution.episodes=3",
    "measure.episodes=3",
    "measure.every=3",
    "mind.open_loop.length=5",
    "mind.controllers={open_loop=0.25, heuristic=0.25, planner=0.5}",
    "world.objects.ball={features={ball=1, blue=1}, count=2, consumed=true}",
]


def contents(path):
    """Read all that a run found out: every table but what tells of the running itself."""
    connection = sqlite3.connect(path)
    names = (
        "generations",
        "loci",
        "measurements",
        "individuals",
        "digests",
        "lineage",
        "hall_of_fame",
        "genomes",
        "memory",
    )
    found = {name: connection.execute(f"select * from {name} order by 1, 2").fetchall() for name in names}
    connection.close()
    return found


def damage(path, statement, *values):
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()
