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
    {  # by name: the file in commands/, and what `evosim --help` says of it, the first sentence of its own help
        "run": ("run", "Run SCENARIO, a file or the name of a shipped one, and store the run."),
        "resume": ("run", "Continue RUN from the last stored generation."),
        "sweep": ("sweep", "Run SOURCE, a sweep file or a scenario, with every combination of values and every seed."),
        "branch": (
            "branch",
            "Run several futures of RUN from its state after generation G, each with another seed, as a sweep.",
        ),
        "power": (
            "power",
            "Print how many seeds it takes to see an effect, in each of two conditions or, for a correlation, in all.",
        ),
        "tune": ("tune", "Search keys of SOURCE, a tune file or a scenario, for what its runs come to."),
        "watch": (
            "watch",
            "Open a window on a run: evolve SCENARIO and show it, or show RUN, stored or still being written.",
        ),
        "list": ("read", "List the scenarios and sweeps that are shipped, and the runs in ./runs."),
        "show": (
            "read",
            "Show the scenario, progress and last measurements of RUN, or what several runs or a sweep say together.",
        ),
        "verify": ("run", "Run RUN again from its seed, and compare the digest of every generation."),
        "validate": ("write", "Check SCENARIO without running it, and draw worlds of each environment."),
        "export": (
            "read",
            "Export a table of RUN, or of several runs or a sweep, with what they differ in as columns.",
        ),
        "plot": (
            "read",
            "Draw the figure that answers the scenario's question, and print its path; of several runs or a sweep, "
            "one of all.",
        ),
        "record": ("watch", "Film RUN without a display; the same run and options make the same film."),
        "report": (
            "report",
            "Write a self-contained page about RUN, about several runs or a sweep, and print its path.",
        ),
        "measure": ("measure", "Write the report cards of agents of RUN into its file, and print them."),
        "null": (
            "null",
            "Compare evolved planners with random ones that do as well in training, "
            "and store the result with each RUN.",
        ),
        "intervene": ("intervene", "Change an agent of RUN, and replay its episodes with the same random streams."),
        "audit": ("audit", "Score detectors that observe behaviour alone against what the genomes of each RUN say."),
        "new": ("write", "Write NAME.toml, a commented scenario to start from, and print its path."),
        "schema": ("write", "Print the JSON Schema of scenario files, for editors that check while you type."),
        "doctor": ("doctor", "Check this installation: versions, pygame, threads, cache, display."),
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
