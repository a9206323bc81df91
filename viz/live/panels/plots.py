"""Plots: which charts a run has."""

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from viz.answers.ecology_reading import child_features
from viz.live.drawing.chart import Chart, Curve
from viz.live.scenes.history import History, Line
from viz.palette import CLASSES

PER = 1000.0  # rates are shown per so many agent-ticks
BEFORE, TEN = 5, 10  # intervals


def charts_of(history: History, scenario: Scenario) -> list[Chart]:
    """Make the charts of a run, the most telling first."""
    charts = _of_ecology(history, scenario) if history.shared else _of_generations(history, scenario)
    unit, called = (float(scenario.evolution.interval), "tick") if history.shared else (1.0, "generation")
    changes = tuple(phase.start / unit for phase in scenario.evolution.schedule[1:])
    known = [chart for chart in charts if any(np.isfinite(curve.y).any() for curve in chart.curves)]
    return [chart._replace(changes=changes, unit=unit, called=called) for chart in known]


def _of_generations(history: History, scenario: Scenario) -> list[Chart]:
    places = list(enumerate(history.environments))

    def in_each(name: str) -> list[Curve]:
        return [Curve(place, *history.measured(place, name), "environment", i, i > 0) for i, place in places]

    charts = [Chart("Base objective", "mean per episode, on worlds selection never saw", in_each("base_mean"))]
    selected = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    away = [name for name in history.environments if name not in selected] or history.environments[-1:]
    if scenario.measure.alignment and "planner" in scenario.mind.controllers:
        order = [name for name in CLASSES if name in OF_PLANNERS]
        classes = [Curve(in_words(name), *history.measured(away[0], name), "class") for name in order]
        _, classified = history.measured(away[0], "classified")
        known = classified[-1:][~np.isnan(classified[-1:])]
        whom = f"share of {known[0]:.0f} planners" if known.size else "share"
        charts.append(Chart("Classes of planners", f"{whom}, in {away[0]}", classes, 0.0, 1.0, stacked=True))
        charts.append(Chart("Inner alignment gap", "0 aligned, 1 as bad as random", in_each("inner_gap")))
    charts.append(_optimizers(history))
    if "planner" in scenario.mind.controllers:
        horizon = [Curve("horizon", *history.generation("planning_mean"), "planner")]
        charts.append(Chart("Planning horizon", "mean of planners, steps", horizon))
    return charts


def _optimizers(history: History) -> Chart:
    """Show who is a planner, and in the first environment who plans ahead."""
    generations, share = history.generation("optimizer_fraction")
    curves = [Curve("planners", generations, share, "planner")]
    measured, ahead = history.measured(history.environments[0], "plans_ahead")
    if not np.isnan(ahead).all():
        of_all = ahead * share[np.searchsorted(generations, measured)]
        curves.append(Curve("plan ahead", measured, of_all, "planner", dashed=True))
    return Chart("Optimizers", "shares of the population", curves, 0.0, 1.0)


def _of_ecology(history: History, scenario: Scenario) -> list[Chart]:
    births, utility, deaths = (
        history.generation(name) for name in ("births_per_capita", "mesa_utility_per_capita", "deaths_per_capita")
    )
    children = set(child_features(scenario))
    first, end = _baseline(len(births[1]), scenario)
    per = scenario.evolution.interval
    before = f"ticks {first * per:,} to {end * per:,}"

    def _of(line: Line) -> Line:
        return line[0], _relative(line[1], first, end)

    charts = [
        Chart("Births", f"per agent and tick; {before} = 1", [Curve("births", *_of(births), "counted")], low=0.0),
        Chart(
            "What they get of what they want",
            f"utility per planner and tick; {before} = 1",
            [Curve("utility", *_of(utility), "wanted", dashed=True)],
            low=0.0,
        ),
        Chart("Population", "agents", [Curve("agents", *history.generation("population"), "ink")], low=0.0),
    ]
    wanted = [
        Curve(
            name, *history.locus(name), "counted" if name in children else "want", i, name not in children and i % 2 > 0
        )
        for i, name in enumerate(scenario.world.features)
    ]
    if scenario.mind.objective.evolves:
        charts.append(Chart("What is wanted", "mean weight; below 0: disliked", wanted))
    charts.append(
        Chart(
            "Births and deaths",
            "per thousand agent-ticks",
            [
                Curve("births", births[0], PER * births[1], "counted"),
                Curve("deaths", deaths[0], PER * deaths[1], "ink", dashed=True),
            ],
            low=0.0,
        )
    )
    protected = history.generation("contraception_share")
    charts.append(Chart("Contraception", "share of matings", [Curve("protected", *protected, "ink")], 0.0, 1.0))
    share = [Curve("planners", *history.generation("optimizer_fraction"), "planner")]
    if len(scenario.mind.controllers) > 1:
        charts.append(Chart("Optimizers", "share of the population that plans", share, 0.0, 1.0))
    return charts


def _baseline(count: int, scenario: Scenario) -> tuple[int, int]:
    """Choose the intervals that rates are compared with: the five before the first change, or before the tenth.

    While a run has not come so far, the last five that there are.
    """
    schedule, per = scenario.evolution.schedule, scenario.evolution.interval
    end = schedule[1].start // per if len(schedule) > 1 else TEN
    end = min(end, count)
    return max(end - BEFORE, 0), end


def _relative(rates: Reals, first: int, end: int) -> Reals:
    """Divide by the mean of some intervals."""
    before = rates[first:end]
    known = before[~np.isnan(before)]
    mean = float(known.mean()) if known.size else 0.0
    return rates / mean if mean > 0.0 else np.full(len(rates), np.nan)
