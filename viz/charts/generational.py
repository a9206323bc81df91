"""The panels of a run's figure: each draws one thing that a reading says onto axes it is given."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from evosim.numerics.formatting import number, percent
from evosim.scenario import Scenario
from evosim.scenario.schema.names import object_names, place_names
from evosim.simulation.generational.columns.measurements import went_for
from viz.answers.generational import Plane, first_entered, outcomes, rewarded
from viz.answers.reading import Frame, Reading, planners, selection_in
from viz.answers.wants import axis_words, features_of_places
from viz.looks import area_of
from viz.marks import (
    HALO,
    SMALL,
    Name,
    base_arrow,
    heading,
    level_lines,
    mean_line,
    names_beside,
    short,
    spread_bands,
    time_axis,
    widened,
)
from viz.palette import (
    CONTROLLERS,
    FAINT_INK,
    FOUNDER,
    INK,
    NOTHING,
    OBJECTS,
    OTHERS,
    PAPER,
    RULE,
    Area,
    Line,
    environment_line,
    outcome_line,
)

STRONGEST = {"hunger": "starving"}  # what agents are of whom a drive has most


def first_entered_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Stack the shares of what is entered first, or of the place where who entered nothing ended.

    What is rewarded lies at the bottom, nothing on top.
    """
    shares = went_for(reading.measurements[environment])
    bands = bands_of(reading, environment)
    heights = np.array([np.sum([shares[name] for name in names], axis=0) for names, _ in bands.values()])
    x, heights = widened(reading.measured, heights)
    edges = np.vstack([np.zeros(len(x)), np.cumsum(heights, axis=0)])
    middles = {}
    for (label, (_, area)), low, high in zip(bands.items(), edges, edges[1:], strict=False):
        axes.fill_between(
            x, low, high, facecolor=area.colour, edgecolor=PAPER, hatch=area.hatch, linewidth=0.6, label=label
        )
        middles[label] = float(low[-1] + high[-1]) / 2
    final = first_entered(reading, environment)
    wanted = _ever_rewarded(reading)
    axes.set_ylim(0, 1)
    names = []
    for label, (types, area) in bands.items():
        words = f"{short(label)} {percent(sum(final[name] for name in types))}"
        ever = any((shares[name] > 0).any() for name in types)
        names.append(Name(middles[label], words, area.colour if ever else None, label in wanted))
    names_beside(axes, names)
    chance = reading.scenario.chance_level
    if chance is not None and wanted and set(wanted) == set(rewarded(reading.scenario, environment)):
        axes.axhline(chance, color=INK, linewidth=1.1, dashes=(3, 2), path_effects=HALO, label="chance")
        axes.annotate(
            f"chance for {short(' or '.join(wanted))}",
            (1, chance), (-3, 2), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="bottom", fontsize=SMALL, path_effects=HALO,
        )  # fmt: skip
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    what = (
        "Entered first, or ended at"
        if any(name in bands for name in place_names(reading.scenario))
        else "Entered first"
    )
    heading(axes, f"{what} · {short(environment)}", f"share of episodes; {selection_in(reading, environment)}")


def entered_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Stack how often what is entered in an episode, on one scale for all environments; what is rewarded lowest.

    Places agents come to lie on top.
    """
    bands = bands_of(reading, environment, first=False)

    def stacked(place: str) -> np.ndarray:
        frame = reading.measurements[place]
        return np.array([np.sum([frame[f"entered.{name}"] for name in types], axis=0) for types, _ in bands.values()])

    x, heights = widened(reading.measured, stacked(environment))
    edges = np.vstack([np.zeros(len(x)), np.cumsum(heights, axis=0)])
    names = []
    for (label, (_, area)), low, high in zip(bands.items(), edges, edges[1:], strict=False):
        axes.fill_between(
            x, low, high, facecolor=area.colour, edgecolor=PAPER, hatch=area.hatch, linewidth=0.6, label=label
        )
        words, middle = f"{short(label)} {number(high[-1] - low[-1])}", float(low[-1] + high[-1]) / 2
        colour = area.colour if (high > low).any() else None
        names.append(Name(middle, words, colour, label in _ever_rewarded(reading)))
    most = max(float(stacked(place).sum(axis=0).max()) for place in reading.environments)
    axes.set_ylim(0, 1.05 * most or 1)
    names_beside(axes, names)
    time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    heading(axes, f"Entered · {short(environment)}", f"times an episode; {selection_in(reading, environment)}")


def outcomes_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Draw the mean amounts of what comes about in worlds without objects, on one scale for all of them."""
    names = []
    guests = [name for name in reading.environments if not reading.scenario.environments[name].objects]
    drawn = [amounts for name in guests for amounts in [*outcomes(reading, name).values()][: len(OBJECTS)]]
    if drawn:
        low, high = float(np.min(drawn)), float(np.max(drawn))
        margin = 0.05 * (high - low) or 0.05
        axes.set_ylim(low - margin, high + margin)
    for place, (name, amounts) in enumerate([*outcomes(reading, environment).items()][: len(OBJECTS)]):
        line = outcome_line(place)
        mean_line(axes, *widened(reading.measured, amounts), line, name)
        names.append(Name(float(amounts[-1]), f"{short(name)} {number(amounts[-1])}", line.colour))
    names_beside(axes, names)
    time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    level_lines(axes)
    note = f"mean amounts; {selection_in(reading, environment)}"
    heading(axes, f"Outcomes · {short(environment)}", note)


def base_chart(axes: Axes, reading: Reading) -> None:
    """Draw the mean base objective in each environment, with its spread over individuals."""
    names = []
    for place, environment in enumerate(reading.environments):
        line = environment_line(place)
        mean = reading.measurements[environment]["base_mean"]
        spread_bands(axes, reading.measured, reading.base[environment], line)
        mean_line(axes, *widened(reading.measured, mean), line, environment)
        names.append(Name(float(mean[-1]), f"{short(environment)} {number(mean[-1])}", line.colour))
    names_beside(axes, names)
    time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule)
    level_lines(axes)
    heading(axes, "Base objective", f"mean{net_of(reading)}; bands: middle half and 90% of individuals")


def optimizer_chart(axes: Axes, reading: Reading) -> None:
    """Draw the share of optimizers, in every generation; of those who plan ahead, where and when it was measured."""
    share = reading.generations["optimizer_fraction"]
    line = Line(CONTROLLERS["planner"].colour, "-")
    mean_line(axes, reading.generations["generation"], share, line, "optimizers")
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    level_lines(axes)
    names = [Name(float(share[-1]), percent(float(share[-1])), line.colour)]
    ahead = share[reading.measured] * next(iter(reading.measurements.values()))["plans_ahead"]
    known = ~np.isnan(ahead)
    if known.any():
        mean_line(axes, reading.measured[known], ahead[known], Line(line.colour, (0, (4, 2))), "plan ahead")
        names.append(Name(float(ahead[known][-1]), f"{percent(float(ahead[known][-1]))} ahead", line.colour))
    names_beside(axes, names)
    time_axis(axes, reading.last, reading.scenario.evolution.schedule)
    note = f"planners; dashed: who plan ahead, {short(reading.environments[0])}" if known.any() else "planners"
    heading(axes, "Share of optimizers", note)


def horizon_chart(axes: Axes, reading: Reading) -> None:
    """Draw how far planners look ahead, with the spread over them."""
    frame = reading.generations
    line = Line(CONTROLLERS["planner"].colour, "-")
    spread_bands(axes, reading.measured, reading.horizon, line)
    mean_line(axes, frame["generation"], frame["planning_mean"], line, "horizon")
    locus = reading.scenario.mind.planner.horizon
    low, high = locus.range or (0, 2 * (locus.initial or 0))
    axes.set_ylim(0, high + 0.06 * (high - low))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    last = float(frame["planning_mean"][-1])
    if not np.isnan(last):
        names_beside(axes, [Name(last, f"{last:.0f} steps", line.colour)])
    level_lines(axes)
    time_axis(axes, reading.last, reading.scenario.evolution.schedule)
    heading(axes, "Planning horizon", "mean; bands: middle half and 90%")


def objective_chart(axes: Axes, reading: Reading, plane: Plane) -> None:
    """Draw the planners' mesa-objectives in a plane of two features, and the base objective's direction."""
    low, high = reading.scenario.mind.objective.range
    mark = CONTROLLERS["planner"]
    if len(reading.measured) > 1:
        axes.scatter(
            *_wants(planners(reading.founders), plane), s=9, marker=mark.shape, facecolor="none", edgecolor=FOUNDER,
            linewidth=0.6, label="founders",
        )  # fmt: skip
    axes.scatter(
        *_wants(planners(reading.final), plane), s=14, marker=mark.shape, facecolor=mark.colour, edgecolor=PAPER,
        linewidth=0.35, alpha=0.75, label=f"generation {reading.measured[-1]}",
    )  # fmt: skip
    margin, ticks = 0.06 * (high - low), np.linspace(low, high, 5)
    axes.set_xlim(low - margin, high + margin)
    axes.set_xticks(ticks)
    axes.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    axes.set_xlabel(_wish(plane.across, plane, reading.scenario))
    if plane.up:
        axes.set_ylim(low - margin, high + margin)
        axes.set_yticks(ticks)
        axes.axhline(0, color=RULE, linewidth=0.8, zorder=0)
        axes.set_ylabel(_wish(plane.up, plane, reading.scenario), labelpad=1)
    else:
        axes.set_ylabel("planning horizon, steps")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    if plane.direction and plane.up:
        base_arrow(axes, plane.direction, low, high)
    legend_above(axes)
    heading(axes, "What planners want")
    others = float(np.mean(reading.final["controller"] != "planner"))
    if others:
        axes.annotate(
            f"not shown: {percent(others)} who don't plan", (0.5, 0), (0, -41), xycoords="axes fraction",
            textcoords="offset points", fontsize=SMALL, color=FAINT_INK, ha="center", va="bottom",
        )  # fmt: skip


def individuals_chart(axes: Axes, reading: Reading) -> None:
    """Draw, where nobody has a mesa-objective, how each individual does in two environments."""
    first, *rest = reading.environments
    second = rest[0] if rest else first
    final = reading.final
    for controller, mark in CONTROLLERS.items():
        rows = final["controller"] == controller
        if rows.any():
            x = final[f"base_mean.{first}"] if rest else final["fitness"]
            axes.scatter(
                x[rows], final[f"base_mean.{second}"][rows], s=14, marker=mark.shape, facecolor=mark.colour,
                edgecolor=PAPER, linewidth=0.35, alpha=0.75, label=controller.replace("_", " "),
            )  # fmt: skip
    low = min(axes.get_xlim()[0], axes.get_ylim()[0])
    high = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.plot([low, high], [low, high], color=FAINT_INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0)
    axes.set_xlabel(f"base objective · {short(first)}" if rest else "fitness")
    axes.set_ylabel(f"base objective · {short(second)}")
    axes.legend(loc="upper left", frameon=False, fontsize=SMALL, handletextpad=0.1, borderpad=0)
    heading(axes, "Individuals", "no planners, so no mesa-objective")


def foresight_chart(axes: Axes, reading: Reading) -> None:
    """Draw, where what planners want is given, how well individuals do that look ahead so far; 0 are who don't plan."""
    final, environment = reading.final, reading.environments[0]
    for controller, mark in CONTROLLERS.items():
        rows = final["controller"] == controller
        if rows.any():
            x = final["horizon"][rows] if controller == "planner" else np.zeros(rows.sum())
            axes.scatter(
                x, final[f"base_mean.{environment}"][rows], s=14, marker=mark.shape, facecolor=mark.colour,
                edgecolor=PAPER, linewidth=0.35, alpha=0.75, label=controller.replace("_", " "),
            )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel("planning horizon; 0: no planner" if axes.get_xlim()[0] <= 0 else "planning horizon")
    axes.set_ylabel(f"base objective{net_of(reading)} · {short(environment)}", labelpad=3)
    kinds = np.unique(final["controller"])
    if len(kinds) > 1:
        legend_above(axes)
    note = f"each a {kinds[0].replace('_', ' ')} of generation {reading.measured[-1]}" if len(kinds) == 1 else ""
    heading(axes, "Who looks how far ahead", note)


def net_of(reading: Reading) -> str:
    """Say that the base objective is net of the price of thinking, where it has one."""
    return ", net of thinking" if reading.scenario.objectives.base.get("thinking", 0.0) < 0.0 else ""


def legend_above(axes: Axes) -> None:
    """Tell points apart between the title and the chart, where no sample can be taken for one of them."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.03, 0.985), ncols=3, frameon=False, fontsize=SMALL, labelcolor=FAINT_INK,
        handletextpad=0.1, columnspacing=0.9, borderpad=0, scatterpoints=1,
    )  # fmt: skip


def _wish(weight: str, plane: Plane, scenario: Scenario) -> str:
    """Say in words what a weight wants or dislikes, and when."""
    low = scenario.mind.objective.range[0]
    feature, _, drive = weight.partition(".")
    if drive:
        return axis_words(short(feature), low, STRONGEST.get(drive, f"full of {drive}"))
    always = ", always" if plane.up and plane.up.startswith(f"{feature}.") else ""
    return axis_words(f"{short(feature)}{always}", low, of_place=feature in features_of_places(scenario))


def _wants(individuals: Frame, plane: Plane) -> tuple[np.ndarray, np.ndarray]:
    across = individuals[f"objective.{plane.across}"]
    return across, individuals[f"objective.{plane.up}"] if plane.up else individuals["horizon"]


def bands_of(reading: Reading, environment: str, *, first: bool = True) -> dict[str, tuple[list[str], Area]]:
    """Name what is stacked, from the bottom: what is rewarded, other types, the rest together.

    Each is coloured as it looks in the environment, and hatched as its type is everywhere. After the objects come
    places: those that agents come to; or if it is about what is entered first, those where who entered nothing ended,
    and on top lies nothing.
    """
    frames = [
        went_for(frame) if first else {name.removeprefix("entered."): column for name, column in frame.items()}
        for frame in reading.measurements.values()
    ]
    things = [*object_names(reading.scenario), *place_names(reading.scenario)]
    shares = {name: float(sum(frame[name].sum() for frame in frames)) for name in things if name in frames[0]}
    wanted = _ever_rewarded(reading)
    order = [*wanted, *(name for name in shares if name not in wanted)]
    if len(order) > len(OBJECTS):
        kept = sorted(order, key=lambda name: (name not in wanted, -shares[name]))[: len(OBJECTS)]
        order = [name for name in order if name in kept]
    bands = {name: ([name], area_of(reading.scenario, environment, name)) for name in order}
    rest = [name for name in shares if name not in order]
    if rest:
        bands[f"{len(rest)} others"] = (rest, OTHERS)
    return bands | {"nothing": (["nothing"], NOTHING)} if first else bands


def _ever_rewarded(reading: Reading) -> list[str]:
    return list(dict.fromkeys(n for name in reading.environments for n in rewarded(reading.scenario, name)))
