"""Measures of a person's own over a run: for each a line, or one for each environment, and the spread over agents."""

from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.scenario.schema.measures import OWN
from evosim.storage.reader import StoredRun

EDGES = (0.05, 0.25, 0.75, 0.95)  # quantiles over agents
WHOLE = ""  # the name of a line that is of no environment in particular


class OwnLine(NamedTuple):
    """A number over a run."""

    steps: Reals  # [M] generations, or ticks in an ecology
    values: Reals  # [M] NaN where it is empty


class OwnCurve(NamedTuple):
    """A measure of one's own over a run."""

    name: str
    unit: str
    definition: str
    lines: dict[str, OwnLine]  # by environment; one without a name where it is not taken environment by environment
    kind: str = "real"
    spread: Reals | None = None  # [4, M] quantiles EDGES over agents, where each has a number; the line is their mean


def read_own(run: StoredRun, last: int) -> list[OwnCurve]:
    """Read all measures of one's own that are numbers, up to a step; those that are empty all the time are left out.

    Raises:
        RunFileError: the file can't be read.
    """
    curves = []
    for name, own in run.scenario.measure.own.items():
        if own.kind == "text":
            continue
        lines, spread = {}, None
        if own.table == "individuals":
            lines[WHOLE], spread = _over_agents(run, OWN + name, last)
        else:
            frame = run.frame(own.table, "generation <= ?", (last,))
            places = np.array(
                frame["environment"] if own.table == "measurements" else [WHOLE] * len(frame["generation"])
            )
            steps = np.asarray(frame.get("tick", frame["generation"]), np.float64)
            values = _numbers(frame[OWN + name])
            lines = {str(place): OwnLine(steps[at], values[at]) for place in dict.fromkeys(places.tolist())
                     for at in [places == place]}  # fmt: skip
        if any(np.isfinite(line.values).any() for line in lines.values()):
            curves.append(OwnCurve(name, own.unit, own.definition, lines, own.kind, spread))
    return curves


def _over_agents(run: StoredRun, column: str, last: int) -> tuple[OwnLine, Reals]:
    """Return the mean over agents and its spread `[4, M]`, in each step that has individuals."""
    counted = run.rows("select distinct generation from individuals where generation <= ? order by 1", (int,), (last,))
    steps = [step for (step,) in counted]
    means, edges = np.full(len(steps), np.nan), np.full((len(EDGES), len(steps)), np.nan)
    for place, step in enumerate(steps):  # one at a time: all together may not fit into memory
        values = _numbers(run.frame("individuals", "generation = ?", (step,))[column])
        known = values[~np.isnan(values)]
        if known.size:
            means[place], edges[:, place] = known.mean(), np.quantile(known, EDGES)
    columns = {each.name for each in run.tables()["generations"]}
    at = np.array(steps, np.float64)
    if "tick" in columns and steps:
        frame = run.frame("generations")
        at = np.interp(at, frame["generation"], frame["tick"])
    return OwnLine(at, means), edges


def _numbers(values: np.ndarray) -> Reals:
    """Return a column `[rows]` as numbers; where all entries are empty it is none."""
    return np.asarray(values, np.float64) if values.dtype.kind in "if" else np.full(len(values), np.nan)
