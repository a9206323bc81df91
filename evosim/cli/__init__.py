"""The command line: each command parses, calls one function and prints.

Data goes to standard output, messages go to standard error. Exit codes: 0 done, 1 failed,
2 wrong usage, 3 invalid scenario, 4 a run that comes out differently, 5 run file missing, locked,
corrupt or of another version, 6 no display to open a window on, 7 a library of an extra missing, 8 a sweep
of which some cells failed, 130 interrupted and resumable.
"""

import click

from evosim.cli.commands.audit import audit
from evosim.cli.commands.branch import branch
from evosim.cli.commands.doctor import doctor
from evosim.cli.commands.intervene import intervene
from evosim.cli.commands.measure import measure
from evosim.cli.commands.null import null
from evosim.cli.commands.power import power
from evosim.cli.commands.read import export, list_, plot, show
from evosim.cli.commands.report import report
from evosim.cli.commands.run import resume, run, verify
from evosim.cli.commands.sweep import sweep
from evosim.cli.commands.tune import tune
from evosim.cli.commands.watch import record, watch
from evosim.cli.commands.write import new, schema, validate
from evosim.cli.program import Evosim
from evosim.system.streams import data_only
from evosim.version import __version__

__all__ = ["main"]


@click.group(cls=Evosim, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evosim")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="Run a file of Python, and use what it adds.")
def main(plugins: tuple[str, ...]) -> None:
    """A laboratory for inner alignment: evolve agents that have objectives of their own.

    \b
    Example:
      evosim run red_doors
    """
    if plugins:
        from evosim.scenario.loading.plugin_files import use_file

        with data_only():
            for path in plugins:
                use_file(path)


for command in (
    run,
    resume,
    sweep,
    branch,
    power,
    tune,
    watch,
    list_,
    show,
    verify,
    validate,
    export,
    plot,
    record,
    report,
    measure,
    null,
    intervene,
    audit,
    new,
    schema,
    doctor,
):
    main.add_command(command)
