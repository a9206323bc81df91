"""Options and arguments that several commands take."""

from pathlib import Path

import click

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
