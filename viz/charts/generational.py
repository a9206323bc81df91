"""The panels of a generational run's figure; each draws one aspect of a reading onto given axes."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from evosim.mind.kinds import horizon_in, which_want
from evosim.numerics.formatting import in_words, number, percent
from evosim.scenario import Scenario
from evosim.scenario.first_entries import chance_level_in, is_first_entry_sufficient, rewarded_types
from evosim.scenario.schema.names import object_names, place_names
from evosim.simulation.generational.columns.measurements import went_for
from viz.answers.generational import first_entry_shares, outcome_means
from viz.answers.objectives.minds import searching_shares
from viz.answers.objectives.plane import Plane
from viz.answers.reading import Frame, Reading, describe_selection, select_planners
from viz.answers.wants import axis_label, place_features
from viz.looks import area_style
from viz.marks import (
    HALO,
    SMALL,
    EdgeLabel,
    draw_base_arrow,
    draw_edge_labels,
    draw_grid_lines,
    draw_heading,
    draw_mean_line,
    draw_spread,
    draw_time_axis,
    shorten,
    widen_point,
)
from viz.palette import (
    FAINT_INK,
    FOUNDER,
    INK,
    MESA_OPTIMIZER,
    NO_ENTRY,
    OBJECTS,
    OTHERS,
    PAPER,
    RULE,
    AreaStyle,
    LineStyle,
    environment_style,
    mind_marks,
    outcome_style,
)

SEARCHING = "plan map ≥ .9, flip ≥ .5, sham ≤ .1"  # what is called searching: docs/is_it_search.md
STRONGEST = {"hunger": "starving"}  # what agents are of whom a drive has most


def environment_chart(reading: Reading, environment: str) -> tuple[Callable[[Axes, Reading, str], None], str]:
    """Choose the chart of an environment; return it, and what it shows in words."""
    world = reading.scenario.environments[environment]
    if world.objects and is_first_entry_sufficient(reading.scenario):
        return first_entered_chart, "Shares of what is entered first"
    if world.objects or world.places:
        return entered_chart, "Entries per episode"
    return outcomes_chart, "Mean outcomes"


def first_entered_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Stack the shares of what is entered first or, where nothing is, of the place where episodes ended.

    Rewarded types are at the bottom, no entry at the top.
    """
    shares = went_for(reading.measurements[environment])
    bands = stack_bands(reading, environment)
    heights = np.array([np.sum([shares[name] for name in names], axis=0) for names, _ in bands.values()])
    x, heights = widen_point(reading.measured, heights)
    edges = np.vstack([np.zeros(len(x)), np.cumsum(heights, axis=0)])
    middles = {}
    for (label, (_, area)), low, high in zip(bands.items(), edges, edges[1:], strict=False):
        axes.fill_between(
            x, low, high, facecolor=area.colour, edgecolor=PAPER, hatch=area.hatch, linewidth=0.6, label=label
        )
        middles[label] = float(low[-1] + high[-1]) / 2
    final = first_entry_shares(reading, environment)
    wanted = _ever_rewarded(reading)
    axes.set_ylim(0, 1)
    names = []
    for label, (types, area) in bands.items():
        words = f"{shorten(label)} {percent(sum(final[name] for name in types))}"
        ever = any((shares[name] > 0).any() for name in types)
        names.append(EdgeLabel(middles[label], words, area.colour if ever else None, label in wanted))
    draw_edge_labels(axes, names)
    chance = chance_level_in([reading.scenario], environment)
    if chance is not None and wanted and set(wanted) == set(rewarded_types(reading.scenario, environment)):
        axes.axhline(chance, color=INK, linewidth=1.1, dashes=(3, 2), path_effects=HALO, label="chance")
        axes.annotate(
            f"chance for {shorten(' or '.join(wanted))}",
            (1, chance), (-3, 2), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="bottom", fontsize=SMALL, path_effects=HALO,
        )  # fmt: skip
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    draw_time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    what = (
        "Entered first, or ended at"
        if any(name in bands for name in place_names(reading.scenario))
        else "Entered first"
    )
    draw_heading(
        axes, f"{what} · {shorten(environment)}", f"share of episodes; {describe_selection(reading, environment)}"
    )


def entered_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Stack the mean number of entries per episode by type, on one scale for all environments.

    Rewarded types are at the bottom, places at the top.
    """
    bands = stack_bands(reading, environment, first=False)

    def stacked(place: str) -> np.ndarray:
        frame = reading.measurements[place]
        return np.array([np.sum([frame[f"entered.{name}"] for name in types], axis=0) for types, _ in bands.values()])

    x, heights = widen_point(reading.measured, stacked(environment))
    edges = np.vstack([np.zeros(len(x)), np.cumsum(heights, axis=0)])
    names = []
    for (label, (_, area)), low, high in zip(bands.items(), edges, edges[1:], strict=False):
        axes.fill_between(
            x, low, high, facecolor=area.colour, edgecolor=PAPER, hatch=area.hatch, linewidth=0.6, label=label
        )
        words, middle = f"{shorten(label)} {number(high[-1] - low[-1])}", float(low[-1] + high[-1]) / 2
        colour = area.colour if (high > low).any() else None
        names.append(EdgeLabel(middle, words, colour, label in _ever_rewarded(reading)))
    most = max(float(stacked(place).sum(axis=0).max()) for place in reading.environments)
    axes.set_ylim(0, 1.05 * most or 1)
    draw_edge_labels(axes, names)
    draw_time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    draw_heading(
        axes, f"Entered · {shorten(environment)}", f"times an episode; {describe_selection(reading, environment)}"
    )


def outcomes_chart(axes: Axes, reading: Reading, environment: str) -> None:
    """Draw the mean outcomes of worlds without objects, on one scale for all of them."""
    names = []
    foreign = [name for name in reading.environments if not reading.scenario.environments[name].objects]
    drawn = [amounts for name in foreign for amounts in [*outcome_means(reading, name).values()][: len(OBJECTS)]]
    if drawn:
        low, high = float(np.min(drawn)), float(np.max(drawn))
        margin = 0.05 * (high - low) or 0.05
        axes.set_ylim(low - margin, high + margin)
    for place, (name, amounts) in enumerate([*outcome_means(reading, environment).items()][: len(OBJECTS)]):
        line = outcome_style(place)
        draw_mean_line(axes, *widen_point(reading.measured, amounts), line, name)
        names.append(EdgeLabel(float(amounts[-1]), f"{shorten(name)} {number(amounts[-1])}", line.colour))
    draw_edge_labels(axes, names)
    draw_time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule, named=True)
    draw_grid_lines(axes)
    note = f"mean amounts; {describe_selection(reading, environment)}"
    draw_heading(axes, f"Outcomes · {shorten(environment)}", note)


def base_chart(axes: Axes, reading: Reading) -> None:
    """Draw the mean base objective in each environment, with its spread over individuals."""
    names = []
    for place, environment in enumerate(reading.environments):
        line = environment_style(place)
        mean = reading.measurements[environment]["base_mean"]
        draw_spread(axes, reading.measured, reading.base[environment], line)
        draw_mean_line(axes, *widen_point(reading.measured, mean), line, environment)
        names.append(EdgeLabel(float(mean[-1]), f"{shorten(environment)} {number(mean[-1])}", line.colour))
    draw_edge_labels(axes, names)
    draw_time_axis(axes, reading.measured[-1], reading.scenario.evolution.schedule)
    draw_grid_lines(axes)
    price = price_suffix(reading)
    whose = "" if price else " of individuals"  # where there is room
    draw_heading(axes, "Base objective", f"mean{price}; bands: middle half and 90%{whose}")


def optimizer_chart(axes: Axes, reading: Reading) -> None:
    """Draw the share of planners or, where minds think in a map and none is a planner, of those that search."""
    if searching_shares(reading) and not (reading.generations["optimizer_fraction"] > 0.0).any():
        searching_chart(axes, reading)
    else:
        planner_chart(axes, reading)


def searching_chart(axes: Axes, reading: Reading) -> None:
    """Draw the share that searches of minds that think in a map, for things as they look in each environment."""
    drawn: list[np.ndarray] = []
    names = []
    for place, environment in enumerate(reading.environments):
        share = reading.measurements[environment]["searching"]
        if any(np.array_equal(share, other, equal_nan=True) for other in drawn):
            continue  # things look the same in both
        drawn.append(share)
        line = environment_style(place)
        draw_mean_line(axes, *widen_point(reading.measured, share), line, environment)
        names.append(EdgeLabel(float(share[-1]), f"{shorten(environment)} {percent(float(share[-1]))}", line.colour))
    if len(drawn) == 1:  # things look the same in all environments
        names = [EdgeLabel(float(drawn[0][-1]), percent(float(drawn[0][-1])), line.colour)]
    draw_share_axes(axes, reading, names)
    draw_heading(axes, "Share that searches", SEARCHING)


def planner_chart(axes: Axes, reading: Reading) -> None:
    """Draw the share of planners in every generation, and of those that plan ahead where measured."""
    share = reading.generations["optimizer_fraction"]
    line = LineStyle(MESA_OPTIMIZER.colour, "-")
    draw_mean_line(axes, reading.generations["generation"], share, line, "optimizers")
    names = [EdgeLabel(float(share[-1]), f"planners {percent(float(share[-1]))}", line.colour)]
    ahead = share[reading.measured] * next(iter(reading.measurements.values()))["plans_ahead"]
    known = ~np.isnan(ahead)
    if known.any():
        draw_mean_line(axes, reading.measured[known], ahead[known], LineStyle(line.colour, (0, (4, 2))), "plan ahead")
        names.append(EdgeLabel(float(ahead[known][-1]), f"plan ahead {percent(float(ahead[known][-1]))}", line.colour))
    draw_share_axes(axes, reading, names)
    note = f"of all; plan ahead: {shorten(reading.environments[0])}" if known.any() else ""
    draw_heading(axes, "Share of planners", note or "of the population")


def draw_share_axes(axes: Axes, reading: Reading, names: list[EdgeLabel]) -> None:
    """Draw what charts of shares of a population have in common: axes from 0% to 100%, and names at the edge."""
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    draw_grid_lines(axes)
    draw_edge_labels(axes, names)
    draw_time_axis(axes, reading.last, reading.scenario.evolution.schedule)


def horizon_chart(axes: Axes, reading: Reading) -> None:
    """Draw the planning horizon, with its spread over planners."""
    frame = reading.generations
    line = LineStyle(MESA_OPTIMIZER.colour, "-")
    draw_spread(axes, reading.measured, reading.horizon, line)
    draw_mean_line(axes, frame["generation"], frame["planning_mean"], line, "horizon")
    locus = horizon_in(reading.scenario)
    low, high = locus.range or (0, 2 * (locus.initial or 0))
    axes.set_ylim(0, high + 0.06 * (high - low))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    last = float(frame["planning_mean"][-1])
    if not np.isnan(last):
        draw_edge_labels(axes, [EdgeLabel(last, f"{last:.0f} steps", line.colour)])
    draw_grid_lines(axes)
    draw_time_axis(axes, reading.last, reading.scenario.evolution.schedule)
    draw_heading(axes, "Planning horizon", "mean; bands: middle half and 90%")


def objective_chart(axes: Axes, reading: Reading, plane: Plane) -> None:
    """Draw the planners' mesa-objectives in a plane of two weights, and the base objective's direction."""
    low, high = reading.scenario.mind.objective.range
    mark = MESA_OPTIMIZER
    if len(reading.measured) > 1:
        axes.scatter(
            *_wants(select_planners(reading.founders), plane), s=9, marker=mark.shape, facecolor="none",
            edgecolor=FOUNDER, linewidth=0.6, label="founders",
        )  # fmt: skip
    axes.scatter(
        *_wants(select_planners(reading.final), plane), s=14, marker=mark.shape, facecolor=mark.colour, edgecolor=PAPER,
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
        draw_base_arrow(axes, plane.direction, low, high)
    draw_legend_above(axes)
    draw_heading(axes, "What planners want")
    others = float(np.mean(~which_want(reading.final["controller"])))
    if others:
        axes.annotate(
            f"not shown: {percent(others)} who don't plan", (0.5, 0), (0, -41), xycoords="axes fraction",
            textcoords="offset points", fontsize=SMALL, color=FAINT_INK, ha="center", va="bottom",
        )  # fmt: skip


def individuals_chart(axes: Axes, reading: Reading) -> None:
    """Draw each individual's performance in two environments, for populations without mesa-objectives."""
    first, *rest = reading.environments
    away = [name for name in rest if not describe_selection(reading, name).startswith("selection happens")]
    second = (away or rest or [first])[0]
    final = reading.final
    for controller, mark in mind_marks(final["controller"]).items():
        rows = final["controller"] == controller
        if rows.any():
            x = final[f"base_mean.{first}"] if rest else final["fitness"]
            axes.scatter(
                x[rows], final[f"base_mean.{second}"][rows], s=14, marker=mark.shape, facecolor=mark.colour,
                edgecolor=PAPER, linewidth=0.35, alpha=0.75, label=in_words(controller),
            )  # fmt: skip
    low = min(axes.get_xlim()[0], axes.get_ylim()[0])
    high = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.plot([low, high], [low, high], color=FAINT_INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0)
    axes.set_xlabel(f"base objective · {shorten(first)}" if rest else "fitness")
    axes.set_ylabel(f"base objective · {shorten(second)}")
    axes.legend(loc="upper left", frameon=False, fontsize=SMALL, handletextpad=0.1, borderpad=0)
    by_map = bool(searching_shares(reading))
    draw_heading(axes, "Individuals", "no objective in any genome" if by_map else "no planners, so no mesa-objective")


def foresight_chart(axes: Axes, reading: Reading) -> None:
    """Draw performance by planning horizon, for planners with a fixed objective; 0 is not planning."""
    final, environment = reading.final, reading.environments[0]
    for controller, mark in mind_marks(final["controller"]).items():
        rows = final["controller"] == controller
        if rows.any():
            x = np.nan_to_num(final["horizon"][rows])
            axes.scatter(
                x, final[f"base_mean.{environment}"][rows], s=14, marker=mark.shape, facecolor=mark.colour,
                edgecolor=PAPER, linewidth=0.35, alpha=0.75, label=in_words(controller),
            )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel("planning horizon; 0: no planner" if axes.get_xlim()[0] <= 0 else "planning horizon")
    axes.set_ylabel(f"base objective{price_suffix(reading)} · {shorten(environment)}", labelpad=3)
    kinds = np.unique(final["controller"])
    if len(kinds) > 1:
        draw_legend_above(axes)
    note = f"each a {in_words(kinds[0])} of generation {reading.measured[-1]}" if len(kinds) == 1 else ""
    draw_heading(axes, "Performance by planning horizon", note)


def price_suffix(reading: Reading) -> str:
    """Return a suffix for labels, saying that the base objective is net of the price of thinking, if it is."""
    return ", net of thinking" if reading.scenario.objectives.base.get("thinking", 0.0) < 0.0 else ""


def draw_legend_above(axes: Axes) -> None:
    """Draw the legend between title and chart, so that no sample is mistaken for a point."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.03, 0.985), ncols=3, frameon=False, fontsize=SMALL, labelcolor=FAINT_INK,
        handletextpad=0.3, handlelength=1.4, columnspacing=0.9, borderpad=0, scatterpoints=1,
    )  # fmt: skip


def _wish(weight: str, plane: Plane, scenario: Scenario) -> str:
    """Describe what a weight wants or dislikes, and when."""
    low = scenario.mind.objective.range[0]
    feature, _, drive = weight.partition(".")
    if drive:
        return axis_label(shorten(feature), low, STRONGEST.get(drive, f"full of {in_words(drive)}"))
    always = ", always" if plane.up and plane.up.startswith(f"{feature}.") else ""
    return axis_label(f"{shorten(feature)}{always}", low, of_place=feature in place_features(scenario))


def _wants(individuals: Frame, plane: Plane) -> tuple[np.ndarray, np.ndarray]:
    across = individuals[f"objective.{plane.across}"]
    return across, individuals[f"objective.{plane.up}"] if plane.up else individuals["horizon"]


def stack_bands(reading: Reading, environment: str, *, first: bool = True) -> dict[str, tuple[list[str], AreaStyle]]:
    """Return the bands of a stacked chart from the bottom: rewarded types, other types, the rest together.

    Colours are those of the environment, hatches those of the type everywhere. Places follow objects: those that agents
    reach or, in a chart of first entries, those where episodes without an entry ended, with `nothing` on top.
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
    bands = {name: ([name], area_style(reading.scenario, environment, name)) for name in order}
    rest = [name for name in shares if name not in order]
    if rest:
        bands[f"{len(rest)} others"] = (rest, OTHERS)
    return bands | {"nothing": (["nothing"], NO_ENTRY)} if first else bands


def _ever_rewarded(reading: Reading) -> list[str]:
    return list(dict.fromkeys(n for name in reading.environments for n in rewarded_types(reading.scenario, name)))
