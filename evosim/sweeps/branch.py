"""Futures of stored states, as a sweep: the tape of life, played again from one step on with other seeds.

All futures of a state share the steps up to the branching, their digests included. What follows is a function of that
state, the scenario and the seed. With the seed and the scenario of the run itself it is what the run went on with.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from evosim.scenario import Scenario, ScenarioError
from evosim.scenario.errors.messages import Layer, locate, without_text
from evosim.scenario.loading.load import check, scenario_to_json
from evosim.scenario.loading.overrides import overridden
from evosim.scenario.schema.measures import OWN
from evosim.simulation.process import Process, process_of
from evosim.simulation.runs import RunFile
from evosim.simulation.seeds import SEED
from evosim.storage.branching import branch_of, copy_past
from evosim.storage.connection import remove
from evosim.storage.schema import RunFileError
from evosim.sweeps.folder import DONE, SweepFolder
from evosim.sweeps.plan import Axis, Condition, Plan, combinations
from evosim.sweeps.schema import MOST_SEEDS

PAST = "past.evosim"  # in the folder of the futures of one state
OF_SEED, AFTER = "branch.seed", "branch.generation"  # axes, where there are several: of which run, after which step


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
    scenario = _continued(run, [step], overrides, varies)
    title = title_of_futures(run.summary().name, run.seed, run.process.unit.one, step, varies)
    return Plan(
        title, scenario.question, scenario.name, (), tuple(seeds), (Condition(1, {}, scenario),), "futures", varies,
        changes=tuple(overrides),
    )  # fmt: skip


def plan_states(
    runs: Sequence[RunFile], steps: Sequence[int], futures: int, overrides: Sequence[str] = (), varies: str = SEED
) -> Plan:
    """Return the plan of futures of several states: those of each run after each step, a condition each.

    Every state has as many futures, with seeds of their own, so that no two share luck.

    Raises:
        RunFileError: runs are of different scenarios, or the same; or as `plan_futures` does.
        ScenarioError: an override is wrong.
    """
    steps = sorted(set(steps))
    _refuse_other_runs(runs)
    scenario, *_ = [_continued(run, steps, overrides, varies) for run in runs]
    of_runs, after = tuple((run.seed,) for run in runs), tuple((step,) for step in steps)
    axes = Axis("grid", (OF_SEED,), of_runs), Axis("grid", (AFTER,), after)
    conditions = tuple(Condition(i, values, scenario) for i, values in enumerate(combinations(axes), 1))
    unit, count = runs[0].process.unit, len(runs)
    where = f"{unit.many if len(steps) > 1 else unit.one} {', '.join(map(str, steps))}"
    title = f"Futures of {runs[0].summary().name}, {count} run{'s' * (count > 1)}, {where}{_by(varies)}"
    seeds = tuple(range(1, futures + 1))
    return Plan(
        title, scenario.question, scenario.name, axes, seeds, conditions, "futures", varies,
        apart=MOST_SEEDS, changes=tuple(overrides),
    )  # fmt: skip


def title_of_futures(name: str, seed: int, unit: str, step: int, varies: str) -> str:
    """Return the title of futures of one state: that of a run of a scenario after a step, which is called a `unit`."""
    return f"Futures of {name}, seed {seed}, {unit} {step}{_by(varies)}"


def _by(varies: str) -> str:
    return "" if varies == SEED else f", by {varies}"


def _continued(run: RunFile, steps: Sequence[int], overrides: Sequence[str], varies: str) -> Scenario:
    """Return the scenario by which a run goes on after any of some steps.

    Raises:
        RunFileError, ScenarioError: as `plan_futures` does.
    """
    done, unit = run.summary().done, run.process.unit
    if wrong := [step for step in steps if not 0 <= step < done]:
        what = f"{run.path}: has {unit.many} 0 to {done - 1}, so futures can be of these, and not of {unit.one}"
        raise RunFileError(f"{what} {wrong[0]}")
    scenario = changed(run.scenario, overrides)
    if scenario.evolution.generations <= max(steps) + 1:
        last = f"{unit.one} {scenario.evolution.generations - 1}"
        what = f"{run.path}: ends with {last}, so nothing follows {unit.one} {max(steps)}"
        raise RunFileError(f"{what}; --generations makes futures longer")
    if varies not in run.process.varies:
        raise RunFileError(f"{run.path}: futures of a run of this kind can't vary by {varies} alone")
    refuse_other_state(run, scenario)
    return scenario


def _refuse_other_runs(runs: Sequence[RunFile]) -> None:
    """Check that runs are of one scenario, each with a seed of its own.

    Raises:
        RunFileError: they aren't.
    """
    for i, run in enumerate(runs):
        if scenario_to_json(run.scenario) != scenario_to_json(runs[0].scenario):
            raise RunFileError(f"{run.path}: is of another scenario than {runs[0].path}; futures are of runs of one")
        if same := [other for other in runs[:i] if other.seed == run.seed]:
            raise RunFileError(f"{run.path}: is the run of seed {run.seed} again, as {same[0].path} is")


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


def without_effect(scenario: Scenario, overrides: Sequence[str]) -> list[str]:
    """Return those of some overrides, all of them right together, that leave a resolved scenario as it is."""
    idle = []
    for override in overrides:
        with suppress(ScenarioError):  # it needs another one beside it, so it says something
            idle += [override] if changed(scenario, [override]) == scenario else []
    return idle


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
    """Return the names of the columns of each table, but for measures of one's own, which a past may lack."""
    tables = process.contents(scenario).tables  # type: ignore[attr-defined]
    return {name: [each.name for each in found if not each.name.startswith(OWN)] for name, found in tables.items()}


def runs_of(path: Path) -> list[Path]:
    """Return the run files of a sweep of one condition, all of whose cells are done.

    Raises:
        RunFileError: it has several conditions, or a cell that isn't done.
    """
    folder = SweepFolder.open(path)
    if folder.stored.conditions > 1:
        what = f"{path}: has {folder.stored.conditions} conditions, and futures are of runs of one"
        raise RunFileError(f"{what}: name its run files, such as {path}/runs/0001-*.evosim")
    if left := [state for state in folder.states() if state.state not in DONE]:
        raise RunFileError(f"{path}: cell {left[0].cell.name} is {left[0].state}; its runs have to be done")
    return [folder.run_path(cell) for cell in folder.cells]


def futures_path(source: Path, plan: Plan, steps: Sequence[int]) -> Path:
    """Return the default folder of futures: beside the run, or the sweep, that they are of."""
    by = "" if plan.varies == SEED else f"{plan.varies}-"
    source = source.resolve() if source.is_dir() else source
    after = "-".join(map(str, steps)) if len(steps) < 4 else f"{len(steps)}-states"
    return source.with_name(f"{source.name.removesuffix('.evosim')}-branch-{after}-{by}{plan.digest[:8]}")


def past_path(folder: SweepFolder, condition: int) -> Path:
    """Return the path of the past that the futures of a condition share."""
    return folder.path / PAST if folder.stored.conditions == 1 else folder.path / "pasts" / f"{condition:04}.evosim"


def make_futures(path: Path, plan: Plan, runs: Sequence[RunFile], steps: Sequence[int]) -> SweepFolder:
    """Make the folder of futures with the pasts that they share: each run is played again up to each step.

    Raises:
        RunFileError: one comes out differently than it is stored, or a file can't be written.
    """
    folder = SweepFolder.create(path, plan)
    pairs = [(run, step) for run in runs for step in sorted(set(steps))]  # in the order of conditions
    paths = {(run.seed, step): past_path(folder, number) for number, (run, step) in enumerate(pairs, 1)}
    for run in runs:
        make_pasts(run, {step: path for (seed, step), path in paths.items() if seed == run.seed and not path.exists()})
    return folder


def make_pasts(run: RunFile, paths: Mapping[int, Path]) -> None:
    """Play a run again, from the last checkpoint before the first of some steps, and write the past up to each.

    Raises:
        RunFileError: it comes out differently than it is stored, or a file can't be written.
    """
    if not paths:
        return
    digests, process = run.digests(), process_of(run.scenario, run.seed)
    branch = branch_of(run)
    for found in process.steps(process.restore_before(run, min(paths)) if branch is None else None):
        if found.digest != digests[found.number]:
            why = run.versions_changed() or "with the same versions"
            if branch is not None:
                why = f"it is itself a future, of a run with seed {branch.seed}: branch from that run"
            raise RunFileError(
                f"{run.path}: {process.unit.one} {found.number} comes out differently than it is stored "
                f"({why}); its futures would be those of another"
            )
        if found.number in paths:
            _write_past(run, process, found, paths[found.number])
        if found.number == max(paths):
            return


def _write_past(run: RunFile, process: Process, step: Any, path: Path) -> None:
    """Write all of a run up to a step that was played again, whole or not at all."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with RunFile.create(new, run.scenario, run.seed) as file:
            copy_past(run.path, file, step.number)
            file.append(process.record(process.measure(step)))
        new.replace(path)
    finally:
        remove(new)
