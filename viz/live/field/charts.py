"""The charts of an ecology."""

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import CAUSES
from evosim.scenario.schema.names import object_names
from viz.answers.ecology_reading import child_features
from viz.live.drawing.chart import Chart, Curve
from viz.live.field.history import FieldHistory
from viz.live.panels.plots import mark_changes
from viz.live.scenes.history import Series

PER = 1000.0  # rates are shown per so many agent-ticks
BEFORE, TEN = 5, 10  # intervals


def make_charts(history: FieldHistory, scenario: Scenario, baseline: tuple[int, int] | None = None) -> list[Chart]:
    """Return the charts of an ecology, most informative first; `baseline` is which intervals rates are relative to."""
    charts = _all(history, scenario, baseline)
    return mark_changes(charts, scenario, float(scenario.evolution.interval), "tick")


def _all(history: FieldHistory, scenario: Scenario, baseline: tuple[int, int] | None) -> list[Chart]:
    births, utility, deaths = (
        history.generation(name) for name in ("births_per_capita", "mesa_utility_per_capita", "deaths_per_capita")
    )
    children = set(child_features(scenario))
    first, end = baseline or _baseline(len(births[1]), scenario)
    per = scenario.evolution.interval
    before = f"ticks {first * per:,} to {end * per:,}"

    def _of(line: Series) -> Series:
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
    charts.append(
        Chart(
            "What is eaten",
            "meals per thousand agent-ticks",
            [_per_thousand(history, f"eaten.{name}", name, "food", i) for i, name in enumerate(object_names(scenario))],
            low=0.0,
        )
    )
    charts.append(
        Chart(
            "Causes of death",
            "per thousand agent-ticks",
            [_per_thousand(history, f"deaths_{cause}", cause, "want", i) for i, cause in enumerate(CAUSES)],
            low=0.0,
        )
    )
    protected = history.generation("contraception_share")
    charts.append(Chart("Contraception", "share of matings", [Curve("protected", *protected, "ink")], 0.0, 1.0))
    share = [Curve("planners", *history.generation("optimizer_fraction"), "planner")]
    if len(scenario.mind.controllers) > 1:
        charts.append(Chart("Optimizers", "share of the population that plans", share, 0.0, 1.0))
    return charts


def _per_thousand(history: FieldHistory, column: str, name: str, role: str, number: int) -> Curve:
    """Return a curve of events per thousand agent-ticks; every second is dashed, and one without any empty."""
    x, y = history.generation(f"{column}_per_capita")
    return Curve(name, x, PER * y if np.nansum(y) > 0.0 else np.full(len(y), np.nan), role, number, number % 2 > 0)


def _baseline(count: int, scenario: Scenario) -> tuple[int, int]:
    """Return the range of intervals that rates are relative to: five before the first change, or the tenth interval.

    Before a run has come that far, these are the last five.
    """
    schedule, per = scenario.evolution.schedule, scenario.evolution.interval
    end = schedule[1].start // per if len(schedule) > 1 else TEN
    end = min(end, count)
    return max(end - BEFORE, 0), end


def _relative(rates: Reals, first: int, end: int) -> Reals:
    """Divide rates by their mean over intervals `first` to `end`."""
    before = rates[first:end]
    known = before[~np.isnan(before)]
    mean = float(known.mean()) if known.size else 0.0
    return rates / mean if mean > 0.0 else np.full(len(rates), np.nan)
