"""Several runs on the command line: the folder of a sweep, or run files that are named one by one."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from evosim.cli.opening import open_run_file
from evosim.cli.sweep_printing import check_baseline, is_sweep

if TYPE_CHECKING:
    from evosim.sweeps.results import SweepResult

runs_argument = click.argument("run_paths", metavar="RUN...", type=click.Path(path_type=Path), nargs=-1, required=True)
baseline_option = click.option(
    "--against", metavar="RUN|N",
    help="Of several runs: the run whose scenario others are compared with; of a sweep: the number of the condition. "
    "Default: the first.",
)  # fmt: skip


class ManyRuns(NamedTuple):
    """Several runs, read as one, and what others are compared with if that was asked for."""

    result: "SweepResult"
    baseline: int | None  # the number of a condition


def open_many(paths: tuple[Path, ...], against: str | None = None) -> ManyRuns | None:
    """Open what is named as several runs; None where it is one run, and no other to compare it with.

    Raises:
        RunFileError: a run or the folder can't be opened, or runs can't be read together.
        BadParameter: there is no such baseline, or nothing beside it.
    """
    in_folder = len(paths) == 1 and is_sweep(paths[0])
    if len(paths) == 1 and against is None and not in_folder:
        return None
    from evosim.sweeps.comparing.loose_runs import LooseRuns
    from evosim.sweeps.results import SweepResult, open_sweep

    if in_folder:
        return ManyRuns(result := open_sweep(paths[0]), check_baseline(result, against))
    if against is not None:
        paths = baseline_first(paths, against)
    source = LooseRuns(paths, open_run_file)
    if against is not None and len(source.conditions()) == 1:
        raise click.BadParameter(
            f"{against} is of the scenario of all the others, so there is nothing to compare", param_hint="'--against'"
        )
    return ManyRuns(SweepResult(source), None if against is None else 1)


def baseline_first(paths: tuple[Path, ...], against: str) -> tuple[Path, ...]:
    """Return runs with the one that others are compared with as the first, whether or not it was among them.

    Raises:
        RunFileError: a run can't be opened.
        BadParameter: it is the number of a condition, as sweeps have them.
    """
    baseline = Path(against)
    if against.isdecimal() and not baseline.exists():
        for path in paths:  # what is wrong with these is said first
            open_run_file(path).close()
        raise click.BadParameter(
            f"{against} is the number of a sweep's condition; of runs it is a run file", param_hint="'--against'"
        )
    return baseline, *(path for path in paths if path.resolve() != baseline.resolve())


def page_of_many(paths: tuple[Path, ...], suffix: str) -> Path:
    """Return the default path of a page about several runs: beside the folder of a sweep, or beside the first run."""
    first = paths[0].resolve() if is_sweep(paths[0]) else paths[0]
    if is_sweep(first):
        return first.with_name(f"{first.name}{suffix}")
    more = f"-and-{len(paths) - 1}-more" if len(paths) > 1 else "-compared"
    return first.with_name(f"{first.stem}{more}{suffix}")
