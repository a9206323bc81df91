"""The staircase to a search: what does each partial planner earn, and does selection see the step to the next?

    python benchmarks/staircase.py --rows staircase.csv --figure docs/staircase.png

From a program that does nothing to one that backs up values as Bellman's equation says, at rung 2 of the ladder of
parts (reads along an axis), each program has one or two instructions more than the one before. Each lives in 500 fresh
worlds of each kind and seed, all in the same ones, as the individuals of a generation do. A step is *visible* if its
gain exceeds one standard error of the difference of two evaluations, in as many episodes as the scenario selects by.
That was laid down before anything was measured. Rows found in the file of rows are not measured again.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.search_ladder import NAME, TRUTHS, WORLDS, seeds_of
from evosim.alignment.search.shares import map_kinds, thinker_of
from evosim.alignment.search.truth import truth_of
from evosim.mind.phenotype import Phenotypes, minds_of_one_kind
from evosim.mind.program.code import Code, effective, operand_names, parse
from evosim.mind.program.kind import OwnCode
from evosim.mind.program.operations import LADDER
from evosim.numerics.arrays import Reals
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario
from evosim.simulation.laboratory import Laboratory
from viz.charts.page import STYLE
from viz.palette import FAINT_INK, INK, PAPER, RULE

REGISTERS, THOUGHTS, EPISODES, RUNG = 3, 32, 48, 2  # as the scenario has them
BUILT = (  # instructions in their order, each with the step that adds it
    (3, "r1 = hmax r0"),
    (5, "r2 = vmax r0"),
    (5, "r1 = max r1 r2"),
    (4, "r1 = scale r1 0.9"),
    (3, "r0 = max r0 r1"),
    (6, "r0 = mask r0 thing"),
    (1, "r0 = max r0 door"),
    (2, "r0 = sub r0 wall"),
)
STEPS = (
    "nothing: a random walk",
    "a door in the next cell",
    "no steps into walls",
    "spreads along rows",
    "fades by the step",
    "spreads along columns, too",
    "around other things",
)
KINDS = ("maze", "rocks", "room")  # environments
TRAINING = {  # shares of episodes, by how search_ladder.py trains
    "mazes": (1.0, 0.0, 0.0),
    "mix": (0.334, 0.333, 0.333),
    "open": (0.0, 0.0, 1.0),
}


class Row(NamedTuple):
    """What one program earned in the fresh worlds of one kind and seed."""

    step: int
    seed: int
    kind: str
    worlds: int
    mean: float  # base return
    deviation: float  # of it, over worlds
    gain: float  # mean difference from the step before, world by world
    gain_deviation: float
    plan_map: float
    flip: float
    sham: float
    searching: int  # by the operational truth
    program: str


class Seen(NamedTuple):
    """A step as selection sees it."""

    mean: float
    error: float  # standard, of the mean of one evaluation
    gain: float
    gain_error: float  # standard, of the difference of two evaluations in the same worlds
    gain_margin: float  # standard error of the gain itself, as measured here

    @property
    def is_visible(self) -> bool:
        """Whether the gain exceeds the standard error of the difference."""
        return self.gain > self.gain_error


def program_of(step: int) -> list[str]:
    """Return the instructions that are there at a step."""
    return [line for since, line in BUILT if since <= step]


def programs_of(features: Sequence[str]) -> Phenotypes:
    """Return the minds of all steps."""
    inputs = ("wall", "features", "thing")
    names, most = operand_names(REGISTERS, ["wall", *features, "thing"]), len(BUILT)
    codes = [parse(program_of(step), names, REGISTERS, LADDER[RUNG - 1]) for step in range(len(STEPS))]
    fields, constants = np.zeros((len(codes), most, 4), np.int16), np.zeros((len(codes), most))
    for p, code in enumerate(codes):
        fields[p, : code.length[0]], constants[p, : code.length[0]] = code.fields[0], code.constants[0]
    length = np.array([code.length[0] for code in codes], np.int32)
    thoughts = np.full(len(codes), THOUGHTS, np.int32)
    code = effective(Code(fields, constants, length), REGISTERS)
    return minds_of_one_kind("program", OwnCode(*code, thoughts, REGISTERS, inputs, tuple(features)))


def measured(seed: int, worlds: int = WORLDS) -> Iterator[Row]:
    """Measure all programs in the fresh worlds of a seed."""
    scenario = load_scenario(NAME)
    laboratory, minds = Laboratory(scenario, seed), programs_of(scenario.world.features)
    (kind,), ids = map_kinds(minds), np.arange(len(STEPS))
    look = np.array([float(name in ("door", "red")) for name in scenario.world.features])
    truth = truth_of(thinker_of(kind, minds, ids), look, key_of(seed, TRUTHS), worlds=worlds)
    worlds_key, key = key_of(seed, Stream.MEASURED_WORLDS), key_of(seed, Stream.MEASURED_LIVES)
    for name in KINDS:
        earned = laboratory.live(name, minds, ids, worlds_key, key, worlds).outcomes @ laboratory.base
        gained = np.diff(earned, axis=0, prepend=earned[:1])
        for step in range(len(STEPS)):
            yield Row(
                step, seed, name, worlds, *_moments(earned[step]), *_moments(gained[step]),
                float(truth.plan_map[step]), float(truth.flip[step]), float(truth.sham[step]),
                int(truth.searching[step]), "; ".join(program_of(step)),
            )  # fmt: skip


def _moments(values: Reals) -> tuple[float, float]:
    return float(values.mean()), float(values.std())


def collected(seeds: Sequence[int], rows: Path, worlds: int = WORLDS) -> list[Row]:
    """Measure seeds that are not in the file of rows yet, and note them there; give the rows of all."""
    known = read_rows(Row, rows)
    for seed in seeds:
        if all(row.seed != seed for row in known):
            new = list(measured(seed, worlds))
            add_rows(rows, new)
            known += new
    return [row for row in known if row.seed in seeds]


def seen(rows: Sequence[Row], step: int, training: str, episodes: int = EPISODES) -> Seen:
    """Say what selection sees of a step, where it trains in kinds of worlds by their shares.

    An episode is in a world of a kind that is drawn by its share, so its variance has that between kinds, too.
    """
    mean = variance = gain = gained = margin = 0.0
    for kind, share in zip(KINDS, TRAINING[training], strict=True):
        some = [row for row in rows if row.step == step and row.kind == kind]
        count = sum(row.worlds for row in some)
        for row in some:
            weight = share * row.worlds / count
            mean += weight * row.mean
            variance += weight * (row.deviation**2 + row.mean**2)
            gain += weight * row.gain
            gained += weight * (row.gain_deviation**2 + row.gain**2)
            margin += (weight * row.gain_deviation) ** 2 / row.worlds
    error, gain_error = (np.sqrt(max(each, 0.0) / episodes) for each in (variance - mean**2, gained - gain**2))
    return Seen(mean, float(error), gain, float(gain_error), float(np.sqrt(margin)))


def table(rows: Sequence[Row]) -> str:
    """Write a row for each step."""
    head = ["step", "adds", "plan map", "searches"]
    for training in TRAINING:
        head += [training, "gain ± its error", "noise of a comparison", "visible"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for step, words in enumerate(STEPS):
        some = [row for row in rows if row.step == step]
        added = ", ".join(f"`{line}`" for since, line in BUILT if since == step)
        searching = {row.searching for row in some}
        cells = [f"{step}", f"{words} {added}".strip(), f"{np.mean([row.plan_map for row in some]):.2f}"]
        cells.append("by seed" if len(searching) > 1 else "yes" if 1 in searching else "no")
        for training in TRAINING:
            found = seen(rows, step, training)
            told = [f"{found.gain:+.3f} ± {found.gain_margin:.3f}", f"{found.gain_error:.3f}"]
            visible = "yes" if found.is_visible else "no"
            cells += [f"{found.mean:.2f}", *(told if step else ("–", "–")), visible if step else "–"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(rows: Sequence[Row]) -> Figure:
    """Draw what each program earns, one panel for each way to train, with steps that selection doesn't see hollow."""
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(7.0, 4.1), dpi=180, facecolor=PAPER)
        for number, training in enumerate(TRAINING):
            axes = figure.add_axes((0.355 + 0.215 * number, 0.185, 0.2, 0.74))
            draw_steps(axes, rows, training)
            if number == 0:
                name_steps(axes)
        episodes = f"in {EPISODES} episodes, as selection has them"
        notes = (
            f"● mean base return of each program; bars: standard error of one evaluation {episodes}",
            "○ a step that selection doesn't see: its gain is within the standard error of a comparison",
        )
        for line, words in enumerate(notes):
            figure.text(0.015, 0.052 - 0.037 * line, words, fontsize=7.5, color=FAINT_INK)
    return figure


def draw_steps(axes: Axes, rows: Sequence[Row], training: str) -> None:
    """Draw the staircase of one way to train."""
    found = [seen(rows, step, training) for step in range(len(STEPS))]
    means = [each.mean for each in found]
    axes.errorbar(means, range(len(STEPS)), xerr=[each.error for each in found], color=INK, elinewidth=1, linewidth=0.8)
    for step, each in enumerate(found):
        hidden = step > 0 and not each.is_visible
        axes.plot(each.mean, step, "o", color=INK, markerfacecolor=PAPER if hidden else INK, markersize=6)
        if step:
            left, away = each.mean > 0.6, 11 + 60 * each.error
            axes.annotate(
                f"{each.gain:+.2f}", (each.mean, step), (-away if left else away, 0), textcoords="offset points",
                ha="right" if left else "left", va="center", fontsize=8, color=FAINT_INK if hidden else INK,
                weight="normal" if hidden else "bold",
            )  # fmt: skip
    axes.set_xlim(0, 1.05)
    axes.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
    axes.set_ylim(len(STEPS) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_title(training, loc="left", fontsize=10, weight="bold")
    axes.set_xlabel("base return", fontsize=8)


def name_steps(axes: Axes) -> None:
    """Write what each step adds beside the first panel."""
    across = axes.get_yaxis_transform()
    for step, words in enumerate(STEPS):
        added = "; ".join(line for since, line in BUILT if since == step)
        up = 0.16 if added else 0.0
        axes.text(-1.74, step - up, words, transform=across, va="center", fontsize=8.5, color=INK)
        axes.text(
            -1.74, step + 0.22, added, transform=across, va="center", fontsize=7, color=FAINT_INK, family="monospace"
        )


def main() -> None:
    """Print the table and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True, help="a CSV file; seeds that it has are not measured again")
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-4"), help="as 1-4 or 1,2,5 (default: 1-4)")
    parser.add_argument("--figure", type=Path, help="the image to draw")
    asked = parser.parse_args()
    rows = collected(asked.seeds, asked.rows)
    print(table(rows))
    if asked.figure is not None:
        draw(rows).savefig(asked.figure)


if __name__ == "__main__":
    main()
