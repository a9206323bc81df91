"""`evosim report`: one self-contained page about a run, or about several."""

from pathlib import Path

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.many_runs import baseline_option, open_many, page_of_many, runs_argument
from evosim.cli.opening import open_run_file
from evosim.cli.options import agent_option, columns_option, weights_option
from evosim.cli.printing import print_line
from evosim.cli.sweep_printing import refuse_for_runs


@click.command()
@runs_argument
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="The page (.html). Default: beside RUN, with the agent in its name if it is not the typical one.",
)
@agent_option
@columns_option
@weights_option
@baseline_option
def report(
    run_paths: tuple[Path, ...],
    out: Path | None,
    agent: int | str,
    columns: tuple[str, ...],
    weights: tuple[str, ...],
    against: str | None,
) -> None:
    """Write a self-contained page about RUN, about several runs or a sweep, and print its path.

    It holds the answer with its uncertainty, figures, classes, what planners want, an agent that lives in the page and
    can be changed, definitions, and how to reproduce the run; for an ecology, what evolution counts, what agents get
    and want, families and the world. It needs no network, and JavaScript only for what moves.

    Of several runs, and of a sweep, which is a folder, it holds the figure of `evosim plot` and the tables of `evosim
    show`.

    \b
    Example:
      evosim report runs/red_doors-1-0f3a5b7c.evosim -o red_doors.html
      evosim report runs/red_doors-*.evosim -o red_doors.html
    """
    from evosim.cli.progress import default_mode
    from evosim.storage.schema import CorruptRunError

    if (many := open_many(run_paths, against)) is not None:
        from viz.report.sweep.page import save_sweep_report

        if agent != "typical":
            raise click.UsageError("--agent is for one run")
        if weights:
            raise click.UsageError("--weights is for one run; of several, --column objective.red draws one")
        page = out or page_of_many(run_paths, many.result, ".html")
        print_line(save_sweep_report(many.result, page, columns, many.baseline))
        return
    run_path = run_paths[0]
    refuse_for_runs(run_path, columns=columns)
    with open_run_file(run_path) as run_file:
        from viz.report import check_page, save_report

        page = out or page_path(run_path, agent)
        check_page(page)
        compile_if_cold(run_file.scenario, default_mode())
        try:
            print_line(save_report(run_file, page, agent=agent, weights=weights))
        except (KeyError, IndexError, TypeError, StopIteration) as error:
            raise CorruptRunError(run_path, f"its tables contradict each other ({error!r})") from error


def page_path(run_path: Path, agent: int | str) -> Path:
    """Return the path of a run's page: beside it, with the agent in its name unless that is the typical one."""
    who = "" if agent == "typical" else f"-agent-{agent}" if isinstance(agent, int) else f"-{agent}"
    return run_path.with_name(f"{run_path.stem}{who}.html")
