"""Futures of one stored state, as a sweep: the tape of life, played again from one step on with other seeds.

All futures share the steps up to the branching, their digests included. What follows is a function of that state, the
scenario and the seed. With the seed and the scenario of the run itself it is what the run went on with.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from evosim.scenario import Scenario, ScenarioError
from evosim.scenario.errors.messages import Layer, locate, without_text
from evosim.scenario.loading.load import check
from evosim.scenario.loading.overrides import overridden
from evosim.simulation.process import process_of
from evosim.simulation.runs import RunFile
from evosim.simulation.seeds import SEED
from evosim.storage.branching import copy_past
from evosim.storage.connection import remove
from evosim.storage.schema import RunFileError
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.plan import Condition, Plan

PAST = "past.evosim"  # in the folder of the futures


def plan_futures(
    run: RunFile, step: int, seeds: Sequence[int], overrides: Sequence[str] = (), varies: str = SEED
) -> Plan:
    """Return the plan of futures of a run's state after a step: one condition, with a cell for each seed.

    `overrides` change the scenario from the next step on. `varies` says of which random streams the seeds are: all, or
    those of mutation or of the environment, while the others go on with the run's own seed.

    Raises:
        RunFileError: the run doesn't have this step, or nothing follows it; or what is changed doesn't fit its state.
        ScenarioError: an override is wrong.
    """
    summary, unit = run.summary(), run.process.unit
    if not 1 <= step < summary.done:
        what = f"{run.path}: has {unit.many} 0 to {summary.done - 1}, so futures can be of {unit.one} 1 to"
        raise RunFileError(f"{what} {summary.done - 1} (those of {unit.one} 0 are other runs)")
    scenario = changed(run.scenario, overrides)
    if scenario.evolution.generations <= step + 1:
        last = f"{unit.one} {scenario.evolution.generations - 1}"
        what = f"{run.path}: ends with {last}, so nothing follows {unit.one} {step}"
        raise RunFileError(f"{what}; --generations makes futures longer")
    if varies not in run.process.varies:
        raise RunFileError(f"{run.path}: futures of a run of this kind can't vary by {varies} alone")
    refuse_other_state(run, scenario)
    by = "" if varies == SEED else f", by {varies}"
    return Plan(
        f"Futures of {summary.name}, seed {run.seed}, {unit.one} {step}{by}", scenario.question, scenario.name, (),
        tuple(seeds), (Condition(1, {}, scenario),), "futures", varies,
    )  # fmt: skip


def changed(scenario: Scenario, overrides: Sequence[str]) -> Scenario:
    """Return a resolved scenario with overrides.

    Raises:
        ScenarioError: one is wrong.
    """
    if not overrides:
        return scenario
    asked, options, misplaced, _ = overridden(scenario.model_dump(mode="json"), overrides)
    found_scenario, found = check(asked)
    if misplaced or found or found_scenario is None:
        layers = [Layer("stored scenario", ""), *options]
        raise ScenarioError(
            [*misplaced, *(locate(found, layers) if options else without_text(found, "stored scenario"))]
        )
    return found_scenario


def refuse_other_state(run: RunFile, scenario: Scenario) -> None:
    """Check that the state of a run fits a changed scenario: same genomes, population, tables and process.

    Raises:
        RunFileError: it doesn't.
    """
    own, other = run.process, process_of(scenario, run.seed)
    fits = (
        type(own) is type(other)
        and own.contents(run.scenario).tables.keys() == other.contents(scenario).tables.keys()
        and _columns(own, run.scenario) == _columns(other, scenario)
        and list(own.laboratory.layout.loci) == list(other.laboratory.layout.loci)
        and run.scenario.evolution.population == scenario.evolution.population
    )
    if not fits:
        raise RunFileError(
            f"{run.path}: its state doesn't fit what is changed: futures have the genomes, the population, the objects "
            "and the environments that the run has"
        )


def _columns(process: object, scenario: Scenario) -> dict[str, list[str]]:
    tables = process.contents(scenario).tables  # type: ignore[attr-defined]
    return {name: [column.name for column in columns] for name, columns in tables.items()}


def make_futures(path: Path, plan: Plan, run: RunFile, step: int) -> SweepFolder:
    """Make the folder of futures with the past that they share: the run is played again up to the step.

    Raises:
        RunFileError: it comes out differently than it is stored, or a file can't be written.
    """
    folder = SweepFolder.create(path, plan)
    past = folder.path / PAST
    if past.exists():
        return folder
    new = folder.path / f".{PAST}.{os.getpid()}"
    digests = run.digests()
    try:
        with RunFile.create(new, run.scenario, run.seed) as file:
            copy_past(run.path, file, step)
            process = file.process
            for found in process.steps(None):
                if found.digest != digests[found.number]:
                    raise RunFileError(
                        f"{run.path}: {process.unit.one} {found.number} comes out differently than it is stored "
                        f"({run.versions_changed() or 'with the same versions'}); its futures would be those of another"
                    )
                if found.number == step:
                    file.append(process.record(process.measure(found)))
                    break
        new.replace(past)
    finally:
        remove(new)
    return folder
