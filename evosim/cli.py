"""The command line: each command parses, calls one function and prints.

Data goes to standard output, messages go to standard error. Exit codes: 0 done, 1 failed,
2 wrong usage, 3 invalid scenario, 4 a run that comes out differently, 5 run file missing, locked,
damaged or of another version, 7 a library of an extra missing, 130 interrupted and resumable.
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import evosim

if TYPE_CHECKING:
    from evosim.records import RunFile
    from evosim.scenario import Scenario

FAILED, INVALID_SCENARIO, MISMATCH, RUN_FILE, MISSING_EXTRA, INTERRUPTED = 1, 3, 4, 5, 7, 130
LARGEST_SEED = 2**63 - 1


class Evosim(click.Group):
    """The program: what goes wrong becomes a message and an exit code, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List commands in the order in which a person meets them."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Carry out a command."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            click.echo("\nstopped before the first generation; nothing was changed", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            if os.environ.get("EVOSIM_DEBUG"):
                raise
            click.echo(describe(error), err=True)
            ctx.exit(exit_code(error))


def describe(error: Exception) -> str:
    """Say what went wrong in a sentence."""
    if isinstance(error, MemoryError):
        return f"not enough memory: {error}"
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {(error.strerror or str(error)).lower()}"
    if type(error).__name__ == "ScenarioError":
        return "\n".join(complaint.shown() for complaint in getattr(error, "complaints", []))
    known = type(error).__module__.startswith("evosim.") or isinstance(error, ValueError)
    hint = "" if known else f" ({type(error).__name__}; EVOSIM_DEBUG=1 shows where)"
    return f"{error}{hint}"


def exit_code(error: Exception) -> int:
    """Choose the exit code by the class of the error, without importing what defines it."""
    codes = {
        "ScenarioError": INVALID_SCENARIO,
        "CrowdedWorldError": INVALID_SCENARIO,
        "RunFileError": RUN_FILE,
        "MissingExtraError": MISSING_EXTRA,
    }
    return codes.get(type(error).__name__, FAILED)


overrides_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the scenario; repeatable."
)
threads_option = click.option(
    "--threads", type=click.IntRange(1, 1024), help="Threads to use. Default: all cores. Results don't depend on it."
)
progress_option = click.option(
    "--progress",
    type=click.Choice(["bar", "plain", "json", "none"]),
    help="How progress is told. Default: bar on a terminal, plain elsewhere.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
run_argument = click.argument("run_path", metavar="RUN", type=click.Path(path_type=Path))


@click.group(cls=Evosim, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(evosim.__version__, prog_name="evosim")
def main() -> None:
    """A laboratory for inner alignment: evolution of minds that have objectives of their own.

    \b
    Example:
      evosim run red_doors
    """


@main.command()
@click.argument("scenario")
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), default=1, show_default=True, help="Seed of all chance.")
@click.option("--generations", type=click.IntRange(1, 10**9), help="How many generations; the scenario says otherwise.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run file. Default: runs/<scenario>-<seed>-<digest>.evosim"
)
@overrides_option
@threads_option
@progress_option
@json_option
@click.option("--force", is_flag=True, help="Replace the run file if there is one.")
@click.pass_context
def run(
    ctx: click.Context,
    scenario: str,
    seed: int,
    generations: int | None,
    out: Path | None,
    overrides: tuple[str, ...],
    threads: int | None,
    progress: str | None,
    as_json: bool,
    force: bool,
) -> None:
    """Run SCENARIO, a file or the name of a shipped one, and store the run.

    \b
    Example:
      evosim run red_doors --seed 7 --set evolution.population=1024
    """
    from evosim.estimate import refuse_what_cannot_fit
    from evosim.records import RunFile, default_path
    from evosim.scenario import load_scenario

    if generations is not None:
        overrides = (*overrides, f"evolution.generations={generations}")
    asked = load_scenario(scenario, overrides)
    refuse_what_cannot_fit(asked)
    with RunFile.create(out or default_path(asked, seed), asked, seed, replace=force) as run_file:
        code = evolve(run_file, threads, progress, as_json)
    ctx.exit(code)


@main.command()
@run_argument
@click.option("--generations", type=click.IntRange(1, 10**9), help="Go on to so many generations in all.")
@threads_option
@progress_option
@json_option
@click.pass_context
def resume(
    ctx: click.Context,
    run_path: Path,
    generations: int | None,
    threads: int | None,
    progress: str | None,
    as_json: bool,
) -> None:
    """Go on with RUN from the last generation it holds.

    A run that was interrupted ends as if it had not been. A complete one can be made longer.

    \b
    Example:
      evosim resume runs/red_doors-1-0f3a5b7c.evosim --generations 200
    """
    from evosim.format import RunFileError
    from evosim.records import RunFile

    with RunFile.open(run_path, write=True) as run_file:
        summary = run_file.summary()
        if generations is not None:
            if generations <= summary.done:
                raise RunFileError(f"{run_path}: holds {summary.done} generations already; ask for more than that")
            run_file.extend(generations)
        elif summary.done >= summary.generations:
            click.echo(f"{run_path}: complete with {summary.done} generations; --generations makes it longer", err=True)
        ctx.exit(evolve(run_file, threads, progress, as_json))


@main.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the scenarios that are shipped, and the runs in ./runs.

    \b
    Example:
      evosim list
    """
    import scenarios
    from evosim.format import RunFileError
    from evosim.records import RunFile
    from evosim.scenario import load_scenario

    shipped = [load_scenario(path) for path in scenarios.paths().values()]
    runs = []
    for path in sorted(Path("runs").glob("*.evosim")):
        try:
            with RunFile.open(path) as run_file:
                summary = run_file.summary()
                runs.append({**summary._asdict(), "path": str(path)})
        except RunFileError as error:
            click.echo(f"evosim: {error}", err=True)
    if as_json:
        named = [{"name": s.name, "title": s.title, "question": s.question, "paper": s.paper} for s in shipped]
        print_json({"scenarios": named, "runs": runs})
        return
    print_table("Scenarios", ["name", "question"], [[s.name, s.question] for s in shipped])
    if runs:
        rows = [[r["path"], str(r["seed"]), r["state"], f"{r['done']}/{r['generations']}"] for r in runs]
        print_table("Runs", ["file", "seed", "state", "generations"], rows)


@main.command()
@run_argument
@json_option
def show(run_path: Path, as_json: bool) -> None:
    """Show what RUN is, how far it has come, and what was measured last.

    \b
    Example:
      evosim show runs/red_doors-1-0f3a5b7c.evosim
    """
    from evosim.records import RunFile

    with RunFile.open(run_path) as run_file:
        if as_json:
            print_json(run_record(run_file))
        else:
            print_summary(run_file)


@main.command()
@run_argument
@threads_option
@json_option
@click.pass_context
def verify(ctx: click.Context, run_path: Path, threads: int | None, as_json: bool) -> None:
    """Run RUN again from its seed, and compare the digest of every generation. Exit code 4 if one differs.

    \b
    Example:
      evosim verify runs/red_doors-1-0f3a5b7c.evosim
    """
    from evosim.format import versions_here
    from evosim.jit import threads as thread_pool
    from evosim.records import RunFile
    from evosim.running import verify as run_again

    if threads is not None:
        thread_pool.choose(threads)
    with RunFile.open(run_path) as run_file:
        summary = run_file.summary()
        checked = list(run_again(run_file))
    differs = next((number for number, same in checked if not same), None)
    here = versions_here(run_file.scenario)
    changed = {name: [old, here.get(name)] for name, old in summary.versions.items() if here.get(name) != old}
    if as_json:
        print_json({"path": str(run_path), "checked": len(checked), "differs": differs, "versions_changed": changed})
    elif differs is None:
        click.echo(f"{run_path}: {len(checked)} generations verified, digest {summary.digest[:16]}")
    if differs is not None:
        versions = "; ".join(f"{name} {old} then, {new} now" for name, (old, new) in changed.items())
        click.echo(f"{run_path}: generation {differs} differs ({versions or 'with the same versions'})", err=True)
        ctx.exit(MISMATCH)


@main.command()
@click.argument("scenario")
@overrides_option
@json_option
def validate(scenario: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Check SCENARIO without running it, and draw worlds of each environment. --json prints its explicit form.

    \b
    Example:
      evosim validate red_doors --set world.layout.opened=0.5
    """
    from evosim.scenario import load_scenario

    checked = load_scenario(scenario, overrides)
    from evosim.chance import key_of
    from evosim.experiment import Laboratory
    from evosim.progress import default_mode
    from evosim.world.blueprint import blueprint
    from evosim.world.grid import draw_worlds

    compile_if_cold(checked, default_mode())
    for environment in checked.environments:
        draw_worlds(blueprint(checked, environment), key_of(0), checked.evolution.episodes)
    Laboratory(checked, 0).optimizer()
    if as_json:
        print_json(checked.model_dump(mode="json"))
        return
    from evosim.estimate import duration, estimate, size

    evolution, needs = checked.evolution, estimate(checked)
    click.echo(
        f"{checked.name}: valid; {evolution.population} individuals, {evolution.generations} generations, "
        f"{evolution.episodes} episodes each; environments {', '.join(checked.environments)}"
    )
    click.echo(f"at most about {duration(needs.seconds)}, {size(needs.memory)} of memory, {size(needs.disk)} of disk")


@main.command()
@run_argument
@click.option(
    "--table",
    type=click.Choice(["generations", "loci", "measurements", "individuals", "lineage"]),
    default="generations",
    show_default=True,
    help="What to export.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "parquet", "alife"]),
    default="csv",
    show_default=True,
    help="As what.",
)
@click.option("-o", "--out", default="-", metavar="FILE", help="Where to; - is standard output, and the default.")
@click.option("--one-parent", is_flag=True, help="With alife: one parent each, for tools that need trees.")
def export(run_path: Path, table: str, form: str, out: str, one_parent: bool) -> None:
    """Export a table of RUN. docs/statistics.md defines every column.

    The format alife is the lineage by the ALife phylogeny standard, whatever the table.

    \b
    Example:
      evosim export runs/red_doors-1-0f3a5b7c.evosim --table measurements -o measurements.csv
    """
    from evosim.export import export as export_table
    from evosim.records import RunFile

    with RunFile.open(run_path) as run_file:
        count = export_table(run_file, table, form, out, one_parent=one_parent)
    if out != "-":
        click.echo(f"{out}: {count} rows of {'lineage' if form == 'alife' else table}", err=True)


@main.command()
@run_argument
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="The picture (.png, .svg, .pdf). Default: beside RUN."
)
def plot(run_path: Path, out: Path | None) -> None:
    """Draw the page that answers the scenario's question, and print where it is.

    \b
    Example:
      evosim plot runs/red_doors-1-0f3a5b7c.evosim -o red_doors.png
    """
    from evosim.format import RunFileError
    from evosim.records import RunFile
    from viz.figures import save_figure

    with RunFile.open(run_path) as run_file:
        try:
            click.echo(save_figure(run_file, out or run_path.with_suffix(".png")))
        except (KeyError, IndexError, TypeError, StopIteration) as error:
            raise RunFileError(f"{run_path}: damaged: its tables contradict each other ({error!r})") from error


@main.command()
@click.argument("name")
def new(name: str) -> None:
    """Write NAME.toml, a commented scenario to start from, and print where it is.

    \b
    Example:
      evosim new my_question
    """
    from evosim.scenario.editors import new_scenario

    click.echo(new_scenario(name, Path()))


@main.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that check while you type.

    \b
    Example:
      evosim schema
    """
    from evosim.scenario.editors import json_schema

    print_json(json_schema())


@main.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at this installation: versions, pygame, threads, cache, display. Exit code 1 if something must be mended.

    \b
    Example:
      evosim doctor
    """
    from evosim.doctor import examine, is_broken

    findings = examine()
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{finding.name:<14} {finding.found}{f'  →  {finding.advice}' if finding.advice else ''}")
    ctx.exit(FAILED if is_broken(findings) else 0)


# ---------------------------------------------------------------- what commands share


def evolve(run_file: "RunFile", thread_count: int | None, progress: str | None, as_json: bool) -> int:
    """Carry a run to its end, telling of it; return the exit code."""
    from evosim.jit import threads
    from evosim.progress import Reporter, default_mode
    from evosim.running import Stop, carry_on, interruptible

    mode = progress or default_mode()
    if thread_count is not None:
        threads.choose(thread_count)
    with interruptible():
        compile_if_cold(run_file.scenario, mode)
    reporter, stop = Reporter(run_file, mode), Stop(last_act=run_file.close)
    changed = run_file.versions_changed()
    if changed and mode != "none":
        click.echo(f"{run_file.path}: other versions than before: {changed}; the digest may differ", err=True)
    with stop.on_signals(), reporter.shown(run_file.summary().done):
        for generation in carry_on(run_file, stop):
            reporter.report(generation.number)
    summary = run_file.summary()
    interrupted = summary.done < summary.generations
    if as_json:
        print_json(run_record(run_file))
    elif mode != "none":
        print_measurements(run_file, err=True)
        click.echo(f"{run_file.path}: {summary.done} generations, digest {summary.digest[:16]}", err=True)
    if interrupted:
        click.echo(f"interrupted after generation {summary.done - 1}; to go on:", err=True)
        click.echo(f"  evosim resume {run_file.path}", err=True)
    elif mode != "none" and not as_json:
        click.echo(f"  evosim plot {run_file.path}      draws the page that answers its question", err=True)
    return INTERRUPTED if interrupted else 0


def compile_if_cold(scenario: "Scenario", mode: str) -> None:
    """Compile all kernels, telling of it, if that has not been done on this machine."""
    from evosim.jit import is_cold, now_warm
    from evosim.progress import waiting
    from evosim.running import compile_for

    if is_cold():
        with waiting(mode, "compiling, once on this machine"):
            compile_for(scenario)
        now_warm()


def run_record(run_file: "RunFile") -> dict[str, Any]:
    """Gather what a run is, for programs."""
    summary = run_file.summary()
    columns, rows = last_measurements(run_file)
    return {
        **summary._asdict(),
        "path": str(summary.path),
        "measurements": [dict(zip(columns, row, strict=True)) for row in rows],
        "scenario": run_file.scenario.model_dump(mode="json"),
    }


def last_measurements(run_file: "RunFile") -> tuple[list[str], list[Any]]:
    """Read the measurements of the last generation that was measured."""
    return run_file.table("measurements", "generation = (select max(generation) from measurements)")


def print_summary(run_file: "RunFile") -> None:
    """Print what a run is, for people."""
    summary, scenario = run_file.summary(), run_file.scenario
    for name, value in (
        ("title", summary.title),
        ("question", scenario.question),
        ("seed", summary.seed),
        ("state", f"{summary.state}, {summary.done} of {summary.generations} generations"),
        ("digest", summary.digest),
        ("versions", ", ".join(f"{name} {version}" for name, version in summary.versions.items())),
    ):
        click.echo(f"{name:<9} {value}")
    print_measurements(run_file)


def print_measurements(run_file: "RunFile", *, err: bool = False) -> None:
    """Print what the last measured generation did, environment by environment."""
    from evosim.progress import shares_of

    columns, rows = last_measurements(run_file)
    measured = [dict(zip(columns, row, strict=True)) for row in rows]
    if not measured:
        return
    types = list(shares_of(measured[0]))
    lines = []
    for each in measured:
        mesa = "–" if each["mesa_mean"] is None else f"{each['mesa_mean']:.3f}"
        shares = [f"{share:.0%}" for share in shares_of(each).values()]
        lines.append([each["environment"], f"{each['base_mean']:.3f}", mesa, *shares])
    title = f"Generation {measured[0]['generation']}: what is entered first, and the objectives"
    print_table(title, ["environment", "base", "mesa", *types], lines, err=err)


def print_table(title: str, columns: list[str], rows: list[list[str]], *, err: bool = False) -> None:
    """Print a table to a person."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(Text(column))
    for row in rows:
        table.add_row(*map(Text, row))
    Console(stderr=err).print(table)


def print_json(value: Any) -> None:
    """Print JSON that programs can read."""
    click.echo(json.dumps(value, indent=2, default=str))
