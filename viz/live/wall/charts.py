"""The charts of a generational run."""

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS
from evosim.mind.kinds import wanting_kinds
from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from viz.live.drawing.chart import Chart, Curve
from viz.live.panels.plots import mark_changes
from viz.live.wall.history import WallHistory
from viz.palette import CLASS_STYLES


def make_charts(history: WallHistory, scenario: Scenario) -> list[Chart]:
    """Return the charts of a run, most informative first."""
    return mark_changes(_all(history, scenario), scenario, 1.0, "generation")


def _all(history: WallHistory, scenario: Scenario) -> list[Chart]:
    places = list(enumerate(history.environments))

    def in_each(name: str) -> list[Curve]:
        return [Curve(place, *history.measured(place, name), "environment", i, i > 0) for i, place in places]

    charts = [Chart("Base objective", "mean per episode, on worlds selection never saw", in_each("base_mean"))]
    selected = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    away = [name for name in history.environments if name not in selected] or history.environments[-1:]
    if scenario.measure.alignment and wanting_kinds(scenario):
        order = [name for name in CLASS_STYLES if name in OF_PLANNERS]
        classes = [Curve(in_words(name), *history.measured(away[0], name), "class") for name in order]
        _, classified = history.measured(away[0], "classified")
        known = classified[-1:][~np.isnan(classified[-1:])]
        whom = f"share of {known[0]:.0f} planners" if known.size else "share"
        charts.append(Chart("Classes of planners", f"{whom}, in {away[0]}", classes, 0.0, 1.0, stacked=True))
        charts.append(Chart("Inner alignment gap", "0 aligned, 1 as bad as random", in_each("inner_gap")))
    charts.append(_searching(history) if _thinks_in_maps(history) else _optimizers(history))
    if wanting_kinds(scenario):
        horizon = [Curve("horizon", *history.generation("planning_mean"), "planner")]
        charts.append(Chart("Planning horizon", "mean of planners, steps", horizon))
    return charts


def _thinks_in_maps(history: WallHistory) -> bool:
    """Whether the share that searches was measured, and no planner ever lived."""
    measured = any(not np.isnan(history.measured(name, "searching")[1]).all() for name in history.environments)
    return measured and not (history.generation("optimizer_fraction")[1] > 0.0).any()


def _searching(history: WallHistory) -> Chart:
    """Return the chart of the share of minds that search, for things as they look in each environment."""
    curves = [
        Curve(name, *history.measured(name, "searching"), "environment", i, i > 0)
        for i, name in enumerate(history.environments)
    ]
    return Chart("Searching", "share of the minds that think in a map", curves, 0.0, 1.0)


def _optimizers(history: WallHistory) -> Chart:
    """Return the chart of the share of planners and, in the first environment, of those that plan ahead."""
    generations, share = history.generation("optimizer_fraction")
    curves = [Curve("planners", generations, share, "planner")]
    measured, ahead = history.measured(history.environments[0], "plans_ahead")
    if not np.isnan(ahead).all():
        of_all = ahead * share[np.searchsorted(generations, measured)]
        curves.append(Curve("plan ahead", measured, of_all, "planner", dashed=True))
    return Chart("Optimizers", "shares of the population", curves, 0.0, 1.0)
