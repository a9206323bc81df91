"""Writing scenarios: begin one, check it, have an editor check it."""

from pathlib import Path

import click

from evosim.cli.options import json_option, overrides_option
from evosim.cli.printing import print_json
from evosim.cli.running import compile_if_cold


@click.command()
@click.argument("scenario")
@overrides_option
@json_option
def validate(scenario: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Check SCENARIO without running it, and draw worlds of each environment. --json prints its explicit form.

    SCENARIO is a file, the name of a shipped one, or - for standard input.

    \b
    Example:
      evosim validate red_doors --set world.layout.opened=0.5
    """
    from evosim.scenario import load_scenario

    checked = load_scenario(scenario, overrides)
    from evosim.ecology.habitat import try_terrains
    from evosim.estimate import duration, estimate, refuse_what_cannot_fit, size
    from evosim.experiment import Laboratory
    from evosim.progress import default_mode
    from evosim.scenario.names import is_shared

    refuse_what_cannot_fit(checked)
    compile_if_cold(checked, default_mode())
    shared = is_shared(checked)
    if shared:
        try_terrains(checked)
    else:
        laboratory = Laboratory(checked, 0)
        laboratory.try_environments()
        laboratory.try_optimizer()
    if as_json:
        print_json(checked.model_dump(mode="json"))
        return
    evolution, needs = checked.evolution, estimate(checked)
    size_of_it = (
        f"{evolution.population} individuals, {evolution.generations} generations, {evolution.episodes} episodes"
    )
    size_of_it += " each"
    at_most = "if every episode lasts all its steps"
    if shared:
        size_of_it = f"{evolution.population} founders, {evolution.generations * evolution.interval:,} ticks"
        at_most = "if there are always as many as founders"
    click.echo(f"{checked.name}: valid; {size_of_it}; environments {', '.join(checked.environments)}")
    unknown = "nobody knows how long (its worlds are another package's)"
    time = unknown if needs.seconds is None else f"about {duration(needs.seconds)} {at_most}"
    click.echo(f"{time}; {size(needs.memory)} of memory, {size(needs.disk)} of disk")


@click.command()
@click.argument("name")
def new(name: str) -> None:
    """Write NAME.toml, a commented scenario to start from, and print where it is.

    \b
    Example:
      evosim new my_question
    """
    from evosim.scenario.editors import new_scenario

    try:
        click.echo(new_scenario(name, Path()))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'NAME'") from None


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that check while you type.

    \b
    Example:
      evosim schema
    """
    from evosim.scenario.editors import json_schema

    print_json(json_schema())
