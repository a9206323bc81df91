"""The search: batches of trials, each a sweep of its own, and winners measured again with fresh seeds.

The folder of a search has a sweep for each batch, so all that is said of sweeps holds for trials: they are resumed,
run once, and come out the same whatever the number of workers. Nothing else is remembered: a search that is started
again asks its samplers from the beginning, and finds what came of each batch in its folder.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evosim.numerics.intervals import ConfidenceInterval
from evosim.scenario import Scenario, ScenarioError
from evosim.storage.schema import RunFileError
from evosim.sweeps.folder import SweepFolder, SweepFolderError, write_whole
from evosim.sweeps.plan import Axis, Condition, Plan
from evosim.sweeps.results import SweepResult
from evosim.sweeps.run import check_conditions
from evosim.sweeps.summary import choose_quantities, condition_means
from evosim.sweeps.toml_values import shown_value
from evosim.sweeps.tuning.samplers import METHODS, TPE, Values, sampler_of
from evosim.sweeps.tuning.schema import TuneFile
from evosim.sweeps.tuning.space import Point, Space

MOST_WINNERS = 3  # of a method, if there are several objectives
AS_IT_IS = "as it is"
Run = Callable[[SweepFolder], bool]  # runs a sweep; False: it was interrupted


class Trial(NamedTuple):
    """A point that was tried."""

    method: str
    number: int  # from 1
    point: Point
    values: Values  # the mean of each objective over seeds; None: it is invalid, or a seed has no such number


class Winner(NamedTuple):
    """A trial that is measured again, or the scenario as it is."""

    label: str
    trial: Trial | None  # None: the scenario as it is
    scenario: Scenario
    fresh: tuple[ConfidenceInterval, ...]  # of each objective, over fresh seeds
    seeds: tuple[tuple[float, ...], ...]  # of each objective, the values of these seeds


class Search(NamedTuple):
    """What a search came to."""

    file: TuneFile
    trials: list[Trial]
    winners: list[Winner]


class InterruptedSearchError(Exception):
    """A search that was asked to stop."""


def search(path: Path, file: TuneFile, space: Space, run: Run) -> Search:
    """Run a search in a folder, or go on with it.

    Raises:
        SweepFolderError: the folder holds another search.
        RunFileError: an objective is not a statistic of these runs.
        MissingExtraError: Optuna is not installed.
        InterruptedSearchError: a sweep was interrupted.
    """
    claim(path, file)
    trials: list[Trial] = []
    for method in METHODS:
        sampler = sampler_of(method, space, file.objectives, file.trials, file.seed, path / "study.journal")
        size = batch_size(file, method)
        for first in range(0, file.trials, size):
            points = sampler.ask(min(size, file.trials - first))
            values = try_batch(path / method / f"{first // size + 1:04}", file, space, points, run)
            sampler.tell(values)
            trials += [
                Trial(method, first + i, point, found)
                for i, (point, found) in enumerate(zip(points, values, strict=True), 1)
            ]
    return Search(file, trials, measure_again(path / "winners", file, space, winners_of(file, trials), run))


def batch_size(file: TuneFile, method: str) -> int:
    """Return how many points a method asks for at once: one that learns nothing asks for all."""
    return file.batch if method == TPE else file.trials


def sweeps_in(file: TuneFile) -> int:
    """Return how many sweeps a search makes, each with workers of its own: its batches, and the one of the winners."""
    return sum(-(-file.trials // batch_size(file, method)) for method in METHODS) + 1


def claim(path: Path, file: TuneFile) -> None:
    """Make the folder of a search, or check that it is this one's.

    Raises:
        SweepFolderError: it holds something else.
    """
    text = json.dumps(file.model_dump(mode="json"), indent=1)
    plan = path / "tune.json"
    if plan.exists():
        if plan.read_text(encoding="utf-8") != text:
            raise SweepFolderError(f"{path}: holds another search; choose another folder by --out")
    elif path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise SweepFolderError(f"{path}: holds something else; choose another folder by --out")
    else:
        write_whole(plan, text)


def try_batch(path: Path, file: TuneFile, space: Space, points: Sequence[Point], run: Run) -> list[Values]:
    """Run points as a sweep, and return what came of each.

    Raises:
        RunFileError: an objective is not a statistic of these runs.
        InterruptedSearchError: the sweep was interrupted.
    """
    valid = list(_valid(space, points))
    found: list[Values] = [None] * len(points)
    if not valid:
        return found
    axis = Axis("zip", space.keys, tuple(tuple(points[at][key] for key in space.keys) for at, _ in valid))
    conditions = [Condition(n, points[at], scenario) for n, (at, scenario) in enumerate(valid, 1)]
    result = _run(path, _plan(file, axis, conditions, file.seeds), list(file.objectives), run)
    frame = result.frame()
    means = [condition_means(result, name, frame) for name in file.objectives]
    for n, (at, _) in enumerate(valid):
        if all(len(column[n].values) == len(file.seeds) for column in means):
            found[at] = tuple(column[n].mean.middle for column in means)
    return found


def _valid(space: Space, points: Sequence[Point]) -> Iterator[tuple[int, Scenario]]:
    """Yield those points whose values don't contradict each other, and whose runs can be made."""
    for at, point in enumerate(points):
        try:
            scenario = space.scenario_at(point)
            check_conditions([Condition(1, point, scenario)])
        except (ScenarioError, ValueError):
            continue
        yield at, scenario


def _plan(file: TuneFile, axis: Axis, conditions: Sequence[Condition], seeds: Sequence[int]) -> Plan:
    first = conditions[0].scenario
    return Plan(
        file.title or first.title, file.question or first.question, first.name, (axis,), tuple(seeds), tuple(conditions)
    )


def _run(path: Path, plan: Plan, objectives: Sequence[str], run: Run) -> SweepResult:
    """Run a sweep to its end."""
    folder = SweepFolder.create(path, plan)
    choose_quantities(SweepResult(folder), objectives)
    if not run(folder):
        raise InterruptedSearchError
    return SweepResult(folder)


def winners_of(file: TuneFile, trials: Sequence[Trial]) -> list[Trial]:
    """Return the best trial of each method; with several objectives the first of those that no other dominates."""
    signs = np.array([1.0 if each == "maximize" else -1.0 for each in file.objectives.values()])
    found = []
    for method in METHODS:
        own = [each for each in trials if each.method == method and each.values is not None]
        scores = {each.number: signs * np.array(each.values) for each in own}
        front = [
            each for each in own
            if not any((other >= scores[each.number]).all() and (other > scores[each.number]).any()
                       for other in scores.values())
        ]  # fmt: skip
        ordered = sorted(front, key=lambda each: (-scores[each.number][0], each.number))
        found += ordered[: 1 if len(signs) == 1 else MOST_WINNERS]
    return found


def measure_again(path: Path, file: TuneFile, space: Space, winners: Sequence[Trial], run: Run) -> list[Winner]:
    """Run winners and the scenario as it is with fresh seeds: the best of many trials was also the luckiest.

    Raises:
        InterruptedSearchError: the sweep was interrupted.
    """
    labels = [AS_IT_IS, *(f"{each.method} {each.number}" for each in winners)]
    scenarios = [space.scenario_at({}), *(space.scenario_at(each.point) for each in winners)]
    conditions = [
        Condition(n, {"tuned": label}, scenario)
        for n, (label, scenario) in enumerate(zip(labels, scenarios, strict=True), 1)
    ]
    axis = Axis("grid", ("tuned",), tuple((label,) for label in labels))
    result = _run(path, _plan(file, axis, conditions, file.fresh_seeds), list(file.objectives), run)
    frame = result.frame()
    means = [condition_means(result, name, frame) for name in file.objectives]
    return [
        Winner(
            label, trial, scenario, tuple(each[n].mean for each in means), tuple(each[n].values for each in means)
        )
        for n, (label, trial, scenario) in enumerate(zip(labels, [None, *winners], scenarios, strict=True))
    ]  # fmt: skip


def best_of(found: Search) -> Winner:
    """Return the winner with the best first objective over fresh seeds; the scenario as it is may be that.

    Raises:
        RunFileError: none has a value.
    """
    maximize = next(iter(found.file.objectives.values())) == "maximize"
    known = [each for each in found.winners if not np.isnan(each.fresh[0].middle)]
    if not known:
        raise RunFileError("no winner has a value over fresh seeds")
    return (max if maximize else min)(known, key=lambda each: each.fresh[0].middle)


def describe_point(point: Point) -> str:
    """Return the values of a point in a line."""
    return ", ".join(f"{key} = {shown_value(value)}" for key, value in point.items())
