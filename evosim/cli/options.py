"""Options and arguments that several commands take."""

import re
from pathlib import Path
from typing import Any

import click

from evosim.cli.numbers import WholeNumber

overrides_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the scenario; repeatable."
)
measures_option = click.option(
    "--measure", "measures", multiple=True, metavar="NAME",
    help="Add a measure of your own, by its name: of a --plugin file, or of an installed package; repeatable.",
)  # fmt: skip
threads_option = click.option(
    "--threads",
    type=WholeNumber(1, 1024),
    help="Threads to use. Default: EVOSIM_THREADS, or as many as this job has cores. Results don't depend on it.",
)
durability_option = click.option(
    "--durability",
    type=click.Choice(["generation", "second"]),
    default="generation",
    show_default=True,
    help="What a power cut can take: nothing that was reported, or what was stored in the last second.",
)
progress_option = click.option(
    "--progress",
    type=click.Choice(["bar", "plain", "json", "none"]),
    help="How progress is shown. Default: bar on a terminal, plain elsewhere.",
)
seeds_option = click.option(
    "--seeds", metavar="SEEDS", is_eager=True, help="Run every one of these seeds, as a sweep: 1-20, or 1-5,9."
)
workers_option = click.option(
    "--workers",
    type=WholeNumber(1, 1024),
    help="Processes that run cells, one thread each. Default: as many as this job has cores, if they fit into memory.",
)
scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS", help="Have cells run by a Dask scheduler's workers, such as tcp://10.0.0.1:8786."
)
weights_option = click.option(
    "--weights", metavar="NAME,NAME", callback=lambda ctx, option, value: tuple(value.split(",")) if value else (),
    help="Of one run: the two weights of objectives in whose plane planners are drawn, such as red,door. Default: "
    "those that tell most about their classes, or the sign of reward and its proxy.",
)  # fmt: skip
columns_option = click.option(
    "--column", "columns", multiple=True, metavar="NAME",
    help="Which number, such as deployment.inner_gap, or objective.red, the mean of a locus; repeatable. Default: of "
    "several runs or a sweep some that say most.",
)  # fmt: skip


def override_measures(overrides: tuple[str, ...], measures: tuple[str, ...]) -> tuple[str, ...]:
    """Return overrides of a scenario of which the last add measures of one's own to those that it has.

    Raises:
        BadParameter: one is not named as a measure can be.
    """
    for name in measures:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
            raise click.BadParameter(f"{name!r} is not the name of a measure", param_hint="'--measure'")
    return (*overrides, *(f"measure.own.{name}={{}}" for name in measures))


LARGEST_ID = 2**63 - 1  # and the largest seed


class SeedRange(WholeNumber):
    """One seed; where several are given, the error says which option takes them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert a word to a seed."""
        if isinstance(value, str) and re.fullmatch(r"\d+([-,]\d+)+", value):
            self.fail(f"{value} are several seeds; `evosim run SCENARIO --seeds {value}` runs each of them", param, ctx)
        return super().convert(value, param, ctx)


seed_range = SeedRange(0, LARGEST_ID)


class StepsChoice(click.ParamType):  # type: ignore[type-arg]
    """Numbers of steps, such as 40 or 0,20,40."""

    name = "generations"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        """Convert words to numbers in rising order."""
        if isinstance(value, list):
            return value
        if not re.fullmatch(r"\s*\d{1,9}\s*(,\s*\d{1,9}\s*)*", value):
            self.fail(f"{value!r}: write a generation such as 40, or several such as 0,20,40", param, ctx)
        return sorted({int(each) for each in value.split(",")})


class AgentChoice(click.ParamType):  # type: ignore[type-arg]
    """A choice of an agent: the typical one, the fittest, or one by its id."""

    name = "agent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Convert a word or a number to a choice."""
        if value in ("typical", "fittest"):
            return str(value)
        try:
            id = int(value)
        except ValueError:
            self.fail(f"{value!r}: write typical, fittest, or the id of an agent", param, ctx)
        if not 0 <= id <= LARGEST_ID:
            self.fail(f"{value} is not an id; ids go from 0 to {LARGEST_ID}", param, ctx)
        return id


agent_option = click.option(
    "--agent",
    type=AgentChoice(),
    default="typical",
    show_default=True,
    metavar="typical|fittest|ID",
    help="The agent: the typical one of the most frequent class of planners, the fittest, or any by its id.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")


def one_run(ctx: click.Context, _: click.Parameter, paths: tuple[Path, ...]) -> Path:
    """Return the run that a command is about.

    Raises:
        UsageError: there are several.
    """
    if len(paths) > 1:
        raise click.UsageError(f"{len(paths)} runs; `evosim {ctx.info_name}` takes one at a time", ctx)
    return paths[0]


run_argument = click.argument(
    "run_path", metavar="RUN", type=click.Path(path_type=Path), nargs=-1, required=True, callback=one_run
)
