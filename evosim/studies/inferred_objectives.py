"""The behavioural objectives of a whole generation as a table: what each agent's behaviour appears to maximise.

They are inferred as for a report card, from the lives in which the generation was measured, without reading genomes;
all agents at once. Beside them stands how far they are from the base objective, and from what agents that have a
mesa-objective want.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from evosim.alignment.assessment.behavioural import MOST_EXPLAINED, explain_behaviours, odds_a_tick
from evosim.alignment.battery.subject import observe_minds
from evosim.alignment.mdp.objectives import feature_objective, mesa_objective, outcome_objective
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Grid
from evosim.mind.expression import express, have_objective
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Ids
from evosim.numerics.random import Stream, key_of
from evosim.numerics.ratio_estimate import normalised
from evosim.scenario.errors.diagnostic import suggest
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Column, Row, Tables
from evosim.storage.export import TablesOnly
from evosim.studies.detector_audit import ReportProgress, report_nothing
from evosim.studies.report_cards import check_stored

INFERRED = "inferred_objectives"
TOGETHER = 64  # agents at once, before progress is reported


class InferredObjectives(TablesOnly):
    """The objectives inferred of all agents of a generation in some environments, a row for each."""

    def __init__(
        self,
        run: RunFile,
        generation: int | None = None,
        environment: str | None = None,
        *,
        report: ReportProgress = report_nothing,
    ) -> None:
        """Choose a generation, by default the last whose genomes are stored, and environments, by default all measured.

        Raises:
            ValueError: the genomes of that generation are not stored, or that environment is not measured; the message
                says which are. Or agents of this run can't be measured one by one.
        """
        if reason := run.process.offers.no_agents:
            raise ValueError(f"{run.path}: {reason}")
        measured = list(run.scenario.measure.environments)
        if environment is not None and environment not in measured:
            raise ValueError(f"no environment {environment!r} is measured; {suggest(environment, measured)}")
        stored = check_stored(run, generation)
        self.run, self.path, self.report = run, Path(run.path), report
        self.generation = stored[-1] if generation is None else generation
        self.environments = measured if environment is None else [environment]

    def tables(self) -> Tables:
        """Return the columns of the table."""
        names = list(self.run.scenario.world.features)
        spread = "Standard deviation of that weight (Laplace); 10 where nothing is known."
        return {
            INFERRED: (
                Column("generation", "integer", "generations", "Number of the generation."),
                Column("id", "integer", "", "Id of the individual."),
                Column("environment", "text", "", "Where its behaviour was observed."),
                *(Column(f"wants.{name}", "real", "nats", "Inferred weight of this feature.") for name in names),
                *(Column(f"spread.{name}", "real", "nats", spread) for name in names),
                Column("unidentified", "integer", "directions", "In how many directions weights change nothing there."),
                Column("gain", "real", "nats", "By how much the weights explain its actions better than chance."),
                Column("actions", "integer", "ticks", "Actions that were observed."),
                Column("reward_result_gap", "real", "share", "1 - the base objective of optimal behaviour for them."),
                Column("starc_base_behavioural", "real", "distance", "Distance from the base objective."),
                Column(
                    "starc_mesa_behavioural", "real", "distance", "Distance from its mesa-objective; empty without one."
                ),
                Column("meg_base", "real", "nats per episode", "Goal-directedness towards the base objective."),
                Column("beta_base", "real", "per largest reward", "Rationality at it; negative: it is avoided."),
                Column("agent_or_device", "real", "nats a tick", "Log-odds of an agent with a goal to a device."),
            )
        }

    def table(self, name: str = INFERRED) -> tuple[list[str], list[Row]]:
        """Return the names of the columns, and a row for each individual and environment.

        Raises:
            ValueError: the worlds of an environment can't be listed as states; the message says why.
        """
        with self.run.snapshot():
            population = self.run.population(self.generation)
        minds = express(self.run.scenario, self.run.laboratory.layout, population.genomes)
        rows: list[Row] = []
        for environment in self.environments:
            rows += self._rows(environment, minds, population.ids)
        return [column.name for column in self.tables()[name]], rows

    def _rows(self, environment: str, minds: Phenotypes, ids: Ids) -> Iterator[Row]:
        """Yield the rows of one environment."""
        laboratory, seed = self.run.laboratory, self.run.seed
        grid = laboratory.environments[environment]
        if not isinstance(grid, Grid):
            raise ValueError(f"{environment}: its worlds are another package's, so they can't be listed as states")
        ground = grid.draw(key_of(seed, Stream.MEASURED_WORLDS, self.generation), self.run.scenario.measure.episodes)
        lives_key, discount = key_of(seed, Stream.MEASURED_LIVES, self.generation), laboratory.aims.discount
        try:
            reference = ReferenceReturns(ground, discount=discount, most=MOST_EXPLAINED)
        except ValueError as error:
            raise ValueError(f"{environment}: no objective can be inferred, since {error}") from None
        for some in np.array_split(np.arange(len(ids)), -(-len(ids) // TOGETHER)):
            self.report(f"{len(ids)} agents in {environment}", int(some[0]), len(ids))
            these = select_minds(minds, some)
            _, traces = observe_minds(these, ids[some], ground, lives_key)
            base = np.tile(outcome_objective(ground.plan, laboratory.base), (reference.count, 1))
            found = explain_behaviours(reference, traces, base, discount)
            rewards = np.stack([feature_objective(ground, each.weights) for each in found.inferred])
            returns = reference.cross_evaluated(rewards, np.full(len(some), discount), base)
            floor, top = reference.random_returns(base[None])[0], reference.best_returns(base[None])[0]
            gap = normalised(returns, floor, top).less(1.0).value
            from_base, from_mesa = np.full((2, len(some)), np.nan)
            wanting = have_objective(these)
            for p in range(len(some)):  # one by one: sums of many are rounded otherwise than those of report cards
                from_base[p] = reference.distances(rewards[p][None], base)[0]
                if wanting[p]:
                    mesa = mesa_objective(ground, select_minds(these, slice(p, p + 1)))[0]
                    from_mesa[p] = reference.distances(rewards[p][None], mesa)[0]
            for row, id in enumerate(ids[some].tolist()):
                each, directed = found.inferred[row], found.towards_base[row]
                spread = np.sqrt(np.diagonal(each.covariance)).tolist()
                apart = gap[row], from_base[row], from_mesa[row]
                towards = directed.gain / found.worlds, directed.weights[0], odds_a_tick(found.odds[row])
                yield (
                    self.generation, id, environment, *each.weights.tolist(), *spread, len(each.unidentified),
                    each.gain, each.steps, *(_known(float(number)) for number in (*apart, *towards)),
                )  # fmt: skip


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
