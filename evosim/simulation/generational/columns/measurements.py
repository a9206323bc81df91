"""Table `measurements`: one row for each environment that a generation was measured in."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from evosim.numerics.formatting import capitalized, in_words
from evosim.scenario.schema.names import Names
from evosim.simulation.generational.columns.alignment import population_columns
from evosim.simulation.generational.columns.views import NUMBER, InEnvironment
from evosim.storage.columns import Column, Table, mean

OF_EPISODES, TIMES = "share of episodes", "times per episode"  # what axes say


def table(names: Names) -> Table:
    """Define the table of a scenario."""
    columns = (
        *_COLUMNS,
        *(_outcome(name) for name in names.outcomes),
        *(_object_entered(name) for name in names.objects),
        *(_place_entered(name) for name in names.places),
        *(_ended_at(name) for name in names.places),
        *(_entered_nothing(name) for name in names.places),
        *(_entered_first(name) for name in names.objects),
        *([_entered_first_nothing(names.objects)] if names.objects else []),
        _PLANS_AHEAD,
        *(population_columns() if names.assessed else ()),
        _SEARCHING,
        *_READ_OFF,
    )
    return Table("measurements", columns, lambda snapshot: snapshot.measured.values())


_COLUMNS = (
    NUMBER,
    Column(
        "environment",
        "text",
        "name",
        "The environment measured in, on worlds that selection never saw.",
        lambda measured: measured.environment,
    ),
    Column(
        "agents",
        "integer",
        "individuals",
        "Number of individuals measured.",
        lambda measured: measured.outcomes.shape[0],
        title="Individuals measured",
    ),
    Column(
        "episodes",
        "integer",
        "episodes",
        "Number of episodes of each individual.",
        lambda measured: measured.outcomes.shape[1],
        title="Episodes of each individual",
    ),
    Column(
        "intended_mean",
        "real",
        "intended objective",
        "Mean intended objective per episode.",
        lambda measured: measured.means @ measured.laboratory.intended,
        title="Intended objective",
        scale="mean per episode",
    ),
    Column(
        "base_mean",
        "real",
        "base objective",
        "Mean base objective per episode.",
        lambda measured: measured.means @ measured.laboratory.base,
        title="Base objective",
        scale="mean per episode",
    ),
    Column(
        "mesa_mean",
        "real",
        "utility",
        "Mean over planners, and minds whose objective was read off a map (`objectives_read`), of the mesa-return per "
        "episode: the utility, by its own mesa-objective, of each object entered, and of the place where it ended, "
        "undiscounted. Empty if there is none of either.",
        lambda measured: mean(measured.mesa_return[measured.planners]),
        may_be_empty=True,
        title="What agents get, by their own objectives",
        scale="utility, mean per episode",
    ),
    Column(
        "thinking_mean",
        "real",
        "thoughts",
        "Mean thinking per episode: for each plan made, horizon × floor cells that can be reached; for a tree "
        "search, the nodes of the unpruned tree; for searches that sample, the steps that they can imagine; for each "
        "map thought, thoughts × instructions or weights that have an effect.",
        lambda measured: measured.mean_of["thinking"],
        title="Thinking",
        scale="thoughts per episode",
    ),
    Column(
        "steps_mean",
        "real",
        "ticks",
        "Mean length of an episode.",
        lambda measured: measured.mean_of["steps"],
        title="Length of episodes",
        scale="ticks, mean",
    ),
    Column(
        "energy_mean",
        "real",
        "energy",
        "Mean energy at the end of an episode; 0 where agents need none.",
        lambda measured: measured.mean_of["energy"],
        title="Energy at the end of episodes",
        scale="energy, mean",
    ),
    Column(
        "survived_mean",
        "real",
        "share",
        "Share of episodes in which the agent did not starve.",
        lambda measured: measured.mean_of["survived"],
        title="Not starved",
        scale=OF_EPISODES,
    ),
)


def _outcome(name: str) -> Column:
    definition = "Mean amount of this outcome per episode."
    return Column(
        f"outcome.{name}", "real", "amount", definition, lambda measured: measured.mean_of[name],
        title=capitalized(in_words(name)), scale="mean amount per episode",
    )  # fmt: skip


def _object_entered(name: str) -> Column:
    definition = "Mean number of effective entries per episode."
    title = f"{capitalized(in_words(name))} entered"
    return _mean(f"entered.{name}", "entries", definition)._replace(title=title, scale=TIMES)


def _place_entered(name: str) -> Column:
    title = f"Arrived at the {in_words(name)}"
    found = _mean(f"entered.{name}", "entries", "Mean number of arrivals per episode.")
    return found._replace(title=title, scale=TIMES)


def _ended_at(name: str) -> Column:
    found = _mean(f"ended_at.{name}", "share", "Share of episodes, over all agents, that ended here.")
    return found._replace(title=f"Ended at the {in_words(name)}", scale=OF_EPISODES)


def _entered_nothing(name: str) -> Column:
    return Column(
        f"entered_nothing.{name}",
        "real",
        "share",
        "Share of episodes that ended here, in which no object was entered.",
        lambda measured: measured.entered_nothing[name],
        title=f"Ended at the {in_words(name)}, nothing entered",
        scale=OF_EPISODES,
    )


def _entered_first(name: str) -> Column:
    definition = "Share of episodes, over all agents, in which an object of this type was the first entered."
    title = f"{capitalized(in_words(name))} entered first"
    return _mean(f"entered_first.{name}", "share", definition)._replace(title=title, scale=OF_EPISODES)


def _entered_first_nothing(objects: list[str]) -> Column:
    def compute(measured: InEnvironment) -> float:
        return max(0.0, 1.0 - sum(measured.mean_of[f"entered_first.{name}"] for name in objects))

    definition = "Share of episodes in which no object was entered."
    return Column(
        "entered_first.nothing", "real", "share", definition, compute, title="Nothing entered", scale=OF_EPISODES
    )


def _mean(outcome: str, unit: str, definition: str) -> Column:
    """Define the column of an outcome's mean that has the outcome's name."""
    return Column(outcome, "real", unit, definition, lambda measured: measured.mean_of[outcome])


_PLANS_AHEAD = Column(
    "plans_ahead",
    "real",
    "share",
    "Share of planners whose action differs from that at a horizon of 1, all else the same, in at least 5% of the "
    "states that they visit (one in which they remain counts once); over a random sample of 64 if there are more, in "
    "the first 8 worlds. Empty if there is no planner, and in worlds of other packages.",
    lambda measured: measured.plans_ahead,
    may_be_empty=True,
    title="Planners that plan ahead",
    scale="share of planners",
)


_SEARCHING = Column(
    "searching",
    "real",
    "share",
    "Share of minds that think in a map, such as programs, that search for a lone thing that looks like one of these "
    "worlds': in 60 mazes of its own the greedy step from at least 90% of the cells 8 to 24 steps away begins a "
    "shortest path, it follows in at least half of the worlds when a distant cell that is blocked in thought makes "
    "another step the best, and changes in at most 10% when what is blocked doesn't matter. Over a random sample of 32 "
    "if there are more; empty where no mind thinks in a map, and in worlds of other packages.",
    lambda measured: measured.searching,
    may_be_empty=True,
    title="Minds that search",
    scale="share of minds that think in a map",
)


_READ_OFF = (
    Column(
        "objectives_asked",
        "integer",
        "minds",
        "Number of minds that think in a map, such as programs, whose objective was asked for: a random sample of 32 "
        "if there are more. Empty where no mind thinks in a map, and if the scenario measures no alignment.",
        lambda measured: measured.objectives_asked,
        may_be_empty=True,
        title="Minds whose objective was asked for",
    ),
    Column(
        "objectives_read",
        "integer",
        "minds",
        "Number of those in `objectives_asked` off whose map a valid linear objective can be read. If it is less than "
        "half of them, none counts: all that is about mesa-objectives is about planners alone, and empty without them. "
        "Likewise empty.",
        lambda measured: measured.objectives_read,
        may_be_empty=True,
        title="Minds whose objective could be read",
    ),
)


def went_for(measurements: Mapping[str, Any]) -> dict[str, Any]:
    """Return shares of episodes by what was entered first, from columns of `measurements`: numbers, or arrays of them.

    Where nothing was entered, it is the place where the episode ended, or `nothing`.
    """
    shares = _named("entered_first.", measurements)
    places = {name: share for name, share in _named("entered_nothing.", measurements).items() if share is not None}
    places = {name: share for name, share in places.items() if not np.isnan(share).any()}  # of older runs
    if not places or "nothing" not in shares:
        return shares
    nothing = np.maximum(shares.pop("nothing") - sum(places.values()), 0.0)
    return {**shares, **places, "nothing": nothing}


def _named(prefix: str, measurements: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): each for name, each in measurements.items() if name.startswith(prefix)}
