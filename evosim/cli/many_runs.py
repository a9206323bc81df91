"""Several runs on the command line: the folder of a sweep, several of them, or run files that are named one by one."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from evosim.cli.opening import open_run_file
from evosim.cli.sweep_printing import check_baseline, is_sweep

if TYPE_CHECKING:
    from evosim.sweeps.results import SweepResult

runs_argument = click.argument("run_paths", metavar="RUN...", type=click.Path(path_type=Path), nargs=-1, required=True)
baseline_option = click.option(
    "--against", metavar="RUN|FOLDER|N",
    help="Of several runs or sweeps: the run or sweep whose scenario others are compared with; of one sweep also the "
    "number of a condition. Default: the first.",
)  # fmt: skip


class ManyRuns(NamedTuple):
    """Several runs, read as one, and what others are compared with if that was asked for."""

    result: "SweepResult"
    baseline: int | None  # the number of a condition


def open_many(paths: tuple[Path, ...], against: str | None = None, columns: Sequence[str] = ()) -> ManyRuns | None:
    """Open what is named as several runs; None where it is one run, with no other to compare and no columns asked for.

    Raises:
        RunFileError: a run or the folder can't be opened, or runs can't be read together.
        BadParameter: there is no such baseline, or nothing beside it.
    """
    is_other = against is not None and not against.isdecimal() and os.path.lexists(against)
    in_folder = len(paths) == 1 and is_sweep(paths[0]) and not is_other
    is_table = paths[0].suffix.lower() == ".csv"  # a phylogeny, which has no numbers to choose from
    if len(paths) == 1 and against is None and not in_folder and (is_table or not columns):
        return None
    from evosim.sweeps.comparing.loose_runs import LooseRuns, count_missing
    from evosim.sweeps.results import SweepResult, open_sweep

    if in_folder:
        return ManyRuns(result := open_sweep(paths[0]), check_baseline(result, against))
    if against is None:
        return ManyRuns(SweepResult(LooseRuns(paths, open_run_file)), None)
    source = LooseRuns(baseline_first(paths, against), open_run_file)
    source.missing = count_missing({path.resolve() for path in (*paths, Path(against))})
    if (several := source.conditions_of(against)) > 1:
        raise click.BadParameter(
            f"{against} holds {several} conditions; name a run of the one that is meant", param_hint="'--against'"
        )
    if len(source.conditions()) == 1:
        raise click.BadParameter(
            f"{against} is of the scenario of all the others, so there is nothing to compare", param_hint="'--against'"
        )
    return ManyRuns(SweepResult(source), 1)


def baseline_first(paths: tuple[Path, ...], against: str) -> tuple[Path, ...]:
    """Return runs with those that others are compared with as the first, whether or not they were among them.

    Of folders of sweeps their runs are returned.

    Raises:
        RunFileError: a run can't be opened.
        BadParameter: it is the number of a condition, as sweeps have them.
    """
    from evosim.sweeps.comparing.loose_runs import run_paths_in

    baseline = Path(against)
    if against.isdecimal() and not baseline.exists():
        for path in run_paths_in(paths):  # what is wrong with these is said first
            open_run_file(path).close()
        raise click.BadParameter(
            f"{against} is the number of a sweep's condition; of runs it is a run file, or the folder of a sweep",
            param_hint="'--against'",
        )
    first = list(run_paths_in([baseline]))
    among = {path.resolve() for path in first}
    return *first, *(path for path in run_paths_in(paths) if path.resolve() not in among)


def page_of_many(paths: tuple[Path, ...], result: "SweepResult", suffix: str) -> Path:
    """Return the default path of a page about several runs: beside the folder of a sweep, or beside the first run."""
    first = paths[0].resolve() if is_sweep(paths[0]) else paths[0]
    name = first.name if is_sweep(first) else first.stem
    alone = "" if result.source.noun == "cell" else "-columns" if len(result.source.cells) == 1 else "-compared"
    more = f"-and-{len(paths) - 1}-more" if len(paths) > 1 else alone
    return first.with_name(f"{name}{more}{suffix}")
