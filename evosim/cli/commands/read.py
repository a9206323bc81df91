"""`evosim list`, `show`, `export` and `plot`: read what runs hold."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.many_runs import baseline_option, open_many, page_of_many, runs_argument
from evosim.cli.opening import open_run_file
from evosim.cli.options import columns_option, json_option, weights_option
from evosim.cli.own_measures import last_own, print_own
from evosim.cli.printing import print_json, print_line, print_summary, print_table, run_record
from evosim.cli.sweep_printing import print_sweep, refuse_for_runs, sweep_record

if TYPE_CHECKING:
    from evosim.simulation.runs import RunFile
    from evosim.sweeps.results import SweepResult

INFERRED = "inferred_objectives"  # as studies/inferred_objectives.py calls its table


@click.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the scenarios and sweeps that are shipped, and the runs in ./runs.

    \b
    Example:
      evosim list
    """
    import scenarios

    shipped, sweeps = scenarios.summaries(), scenarios.sweep_summaries()
    stored = sorted(Path("runs").glob("*.evosim"))
    runs = list(runs_at(stored)) if stored else []
    if as_json:
        named = [{"name": each.name, "title": each.title, "question": each.question} for each in sweeps]
        print_json({"scenarios": [each._asdict() for each in shipped], "sweeps": named, "runs": runs})
        return
    print_table("Scenarios", ["name", "question"], [[s.name, s.question] for s in shipped])
    print_table("Sweeps", ["name", "question"], [[s.name, s.question] for s in sweeps])
    if runs:
        rows = [[r["path"], str(r["seed"]), r["state"], f"{r['done']}/{r['generations']}"] for r in runs]
        print_table("Runs", ["file", "seed", "state", "generations"], rows)


def runs_at(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield summaries of the runs at some paths, and report those that can't be read."""
    from evosim.simulation.runs import RunFile
    from evosim.storage.schema import RunFileError

    for path in paths:
        try:
            with RunFile.open(path) as run_file:
                yield {**run_file.summary()._asdict(), "path": str(path)}
        except RunFileError as error:
            click.echo(f"evosim: {error}", err=True)


@click.command()
@runs_argument
@columns_option
@baseline_option
@json_option
def show(run_paths: tuple[Path, ...], columns: tuple[str, ...], against: str | None, as_json: bool) -> None:
    """Show the scenario, progress and last measurements of RUN, or what several runs or a sweep say together.

    With --column it is these numbers alone, of a single run too.

    That are means over seeds, the question answered run by run, and how conditions compare. A sweep is a folder. Of
    runs, those of one scenario are a condition, each seed is one run of it, and the axes are the keys in which
    scenarios differ.

    \b
    Example:
      evosim show runs/red_doors-1-0f3a5b7c.evosim
      evosim show runs/red_doors-*.evosim
      evosim show runs/red_doors-*.evosim --column objective.red
    """
    if (many := open_many(run_paths, against, columns)) is not None:
        if as_json:
            print_json(sweep_record(many.result, columns, many.baseline))
        else:
            print_sweep(many.result, columns, many.baseline)
        return
    with open_run_file(run_paths[0]) as run_file, run_file.snapshot():
        if as_json:
            print_json(run_record(run_file) | {"own": last_own(run_file)})
        else:
            print_summary(run_file)
            print_own(run_file)


@click.command()
@runs_argument
@click.option(
    "--table",
    metavar="NAME",
    help="What to export: a table of statistics, lineage, genomes or inferred_objectives. Default: generations; of "
    "several runs or a sweep cells, a row for each.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "parquet", "alife", "tskit"]),
    default="csv",
    show_default=True,
    help="Format of the output.",
)
@click.option("-o", "--out", default="-", metavar="FILE", help="Output file. Default: -, standard output.")
@click.option("--one-parent", is_flag=True, help="With alife: only the first parent, for tools that need trees.")
@click.option(
    "--generation", type=int, help="With genomes or inferred_objectives: of which generation. Default: the last."
)
@click.option("--environment", metavar="NAME", help="With inferred_objectives: in which one. Default: all measured.")
@click.option("--best", is_flag=True, help="With genomes: the hall of fame, best first.")
def export(
    run_paths: tuple[Path, ...],
    table: str | None,
    form: str,
    out: str,
    one_parent: bool,
    generation: int | None,
    environment: str | None,
    best: bool,
) -> None:
    """Export a table of RUN, or of several runs or a sweep, with what they differ in as columns.

    The guide defines the columns, in "Statistics" and "Vital statistics".

    The format alife is the lineage in the ALife phylogeny standard, whatever the table; tskit is the genealogy of all
    loci as a tree sequence, of an ecology that ran with measure.births=true. Genomes as CSV can be the
    founders of another run: evolution.founders = "founders.csv". inferred_objectives, which is worked out when it is
    asked for, has what the behaviour of each agent of a generation appears to maximise.

    \b
    Example:
      evosim export runs/red_doors-1-0f3a5b7c.evosim --table measurements -o measurements.csv
    """
    from evosim.storage.columns import explain_missing_table
    from evosim.storage.export import export as export_table
    from evosim.storage.export import export_trees

    if one_parent and form != "alife":
        raise click.UsageError("--one-parent is for --format alife")
    if table not in ("genomes", INFERRED) and generation is not None:
        raise click.UsageError(f"--generation is for --table genomes or {INFERRED}")
    if table != "genomes" and best:
        raise click.UsageError("--best is for --table genomes")
    if table != INFERRED and environment is not None:
        raise click.UsageError(f"--environment is for --table {INFERRED}")
    if best and generation is not None:
        raise click.UsageError("the hall of fame is of all generations: leave out --generation or --best")
    if (many := open_many(run_paths)) is not None:
        export_many(many.result, table, form, out)
        return
    run_path = run_paths[0]
    if form == "tskit":
        with open_run_file(run_path) as run_file:
            count = export_trees(run_file, lambda: run_file.process.tree_sequence(run_file), out)
        click.echo(f"{out}: {count} trees along the loci", err=True)
        return
    table = table or "generations"
    with open_run_file(run_path) as run_file:
        tables = [*run_file.tables(), *(["lineage"] if run_file.lineage_columns else [])]
        derived = run_file.process.derived(run_file)
        further = ["genomes"] if run_file.process.offers.no_agents else ["genomes", INFERRED]
        if form != "alife" and table not in [*tables, *derived, *further]:
            raise click.BadParameter(
                explain_missing_table(table, [*tables, *derived, *further]), param_hint="'--table'"
            )
        if table == "genomes" and form != "alife":
            from evosim.simulation.genome_tables import GenomeTable

            count = export_table(GenomeTable(run_file, generation, best=best), table, form, out)
        elif table == INFERRED and form != "alife":
            count = export_inferred(run_file, generation, environment, form, out)
        else:
            source = derived.get(table, run_file) if form != "alife" else run_file
            count = export_table(source, table, form, out, one_parent=one_parent)
    if out != "-":
        click.echo(f"{out}: {count} rows of {'lineage' if form == 'alife' else table}", err=True)


def export_inferred(run_file: "RunFile", generation: int | None, environment: str | None, form: str, out: str) -> int:
    """Work out the objectives of a generation and export them; return the number of rows."""
    from evosim.cli.progress import counting, default_mode
    from evosim.storage.export import export as export_table
    from evosim.studies.inferred_objectives import InferredObjectives

    compile_if_cold(run_file.scenario, default_mode())
    with counting(default_mode(), "inferring what the behaviour of each agent appears to maximise") as report:
        source = InferredObjectives(run_file, generation, environment, report=report)
        return export_table(source, INFERRED, form, out)


def export_many(result: "SweepResult", table: str | None, form: str, out: str) -> None:
    """Export a table of several runs.

    Raises:
        BadParameter: there is no such table.
        UsageError: a lineage is asked for, which is one run's.
    """
    from evosim.storage.export import export as export_table
    from evosim.sweeps.results import CELLS

    table = table or CELLS
    if form in ("alife", "tskit") or table == "lineage":
        one = result.source.run_path(result.source.cells[0])
        raise click.UsageError(f"a lineage is one run's: name one, such as {one}")
    if table not in result.tables():
        raise click.BadParameter(result.explain_missing(table), param_hint="'--table'")
    count = export_table(result, table, form, out)
    if out != "-":
        click.echo(f"{out}: {count} rows of {table}", err=True)


@click.command()
@runs_argument
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="The picture (.png, .svg, .pdf). Default: beside RUN."
)
@columns_option
@baseline_option
@click.option("--where", multiple=True, metavar="KEY=VALUE", help="Of a sweep: hold an axis at a value; repeatable.")
@click.option(
    "--kind",
    type=click.Choice(["curves", "dose", "heat", "decided"]),
    help="Of several runs or a sweep: how. Default: of a few runs, and where nothing is varied, curves; dose for one "
    "axis, heat for two; of futures of several states how much is decided.",
)
@weights_option
def plot(
    run_paths: tuple[Path, ...],
    out: Path | None,
    columns: tuple[str, ...],
    weights: tuple[str, ...],
    against: str | None,
    where: tuple[str, ...],
    kind: str | None,
) -> None:
    """Draw the figure that answers the scenario's question, and print its path; of several runs or a sweep, one of all.

    Of a phylogeny in the ALife standard, a .csv file of any program: who lives when, by family.

    \b
    Example:
      evosim plot runs/red_doors-1-0f3a5b7c.evosim -o red_doors.png
      evosim plot runs/red_doors-1-0f3a5b7c.evosim --weights red,door
      evosim plot runs/red_doors-*.evosim --against runs/red_doors_decorrelated-1-4a5c1e09.evosim
    """
    if (many := open_many(run_paths, against, columns)) is not None:
        from viz.figures.sweep import save_sweep_figure

        if weights:
            raise click.UsageError(
                "--weights is for the figure of one run; of several, --column objective.red draws one"
            )
        held = {}
        for each in where:
            key, equals, value = each.partition("=")
            if not equals:
                raise click.BadParameter(f"expected KEY=VALUE, got {each!r}", param_hint="'--where'")
            held[key.strip()] = value.strip()
        page = out or page_of_many(run_paths, many.result, ".png")
        figure = save_sweep_figure(many.result, page, columns, kind=kind, where=held, baseline=many.baseline)
        print_line(figure)
        return
    run_path = run_paths[0]
    refuse_for_runs(run_path, columns=columns, where=where, kind=kind)
    if weights and run_path.suffix.lower() == ".csv":
        raise click.UsageError("--weights is for a run: a phylogeny has no objectives")
    if run_path.suffix.lower() == ".csv":
        from viz.figures.phylogeny import save_phylogeny_figure

        print_line(save_phylogeny_figure(run_path, out or run_path.with_suffix(".png")))
        return
    from evosim.storage.schema import CorruptRunError
    from viz.figures.figure import save_figure
    from viz.letters import describe_replacements

    with open_run_file(run_path) as run_file:
        try:
            print_line(save_figure(run_file, out or run_path.with_suffix(".png"), weights))
            lacking = describe_replacements(run_file.scenario.question or run_file.scenario.title)
            if lacking:
                click.echo(lacking, err=True)
        except (KeyError, IndexError, TypeError, StopIteration) as error:
            raise CorruptRunError(run_path, f"its tables contradict each other ({error!r})") from error
