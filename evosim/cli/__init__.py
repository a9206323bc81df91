"""The command line: each command parses, calls one function and prints.

Data goes to standard output, messages go to standard error. Exit codes: 0 done, 1 failed,
2 wrong usage, 3 invalid scenario, 4 a run that comes out differently, 5 run file missing, locked,
corrupt or of another version, 6 no display to open a window on, 7 a library of an extra missing, 8 a sweep
of which some cells failed, 130 interrupted and resumable.
"""

import click

from evosim.cli.program import Commands, Evosim
from evosim.system.streams import data_only
from evosim.version import __version__

__all__ = ["main"]

COMMANDS = Commands(
    {  # by group, then by name: the file in commands/, and what `evosim --help` says of it, in at most 65 letters
        "Run": {
            "run": ("run", "Run a scenario, a file or a shipped one, and store the run."),
            "resume": ("run", "Continue a run from the last stored generation."),
            "verify": ("run", "Repeat a run from its seed, and compare every digest."),
        },
        "Look": {
            "list": ("read", "List the shipped scenarios and sweeps, and the runs in ./runs."),
            "show": ("read", "Show progress and results of a run, of several, or of a sweep."),
            "watch": ("watch", "Open a window on a run, stored or while it evolves."),
            "plot": ("read", "Draw the figure that answers the scenario's question."),
            "report": ("report", "Write all results as one self-contained web page."),
            "record": ("watch", "Film a run, without a display."),
            "export": ("read", "Export a table: CSV, JSON, Parquet, lineages, tree sequences."),
        },
        "Measure": {
            "measure": ("measure", "Print the report cards of agents, and store them with the run."),
            "null": ("null", "Compare planners with random ones that do as well in training."),
            "intervene": ("intervene", "Change an agent, and replay its episodes."),
            "audit": ("audit", "Score detectors that observe behaviour against the genomes."),
        },
        "Many runs": {
            "sweep": ("sweep", "Run every combination of values with every seed."),
            "branch": ("branch", "Run several futures of a run from a generation of it."),
            "tune": ("tune", "Search keys of a scenario for what its runs come to."),
            "power": ("power", "Print how many seeds it takes to see an effect."),
        },
        "Write": {
            "new": ("write", "Write a commented scenario to start from."),
            "validate": ("write", "Check a scenario without running it: all mistakes at once."),
            "schema": ("write", "Explain keys of scenarios, or print all as a JSON Schema."),
        },
        "System": {
            "doctor": ("doctor", "Check this installation: versions, threads, cache, display."),
        },
    }
)


@click.group(cls=Evosim, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
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
