"""`evosim new`, `validate` and `schema`: begin a scenario, check it, and look up its keys."""

from pathlib import Path
from shlex import quote

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.options import json_option, measures_option, override_measures, overrides_option
from evosim.cli.printing import print_json, print_line


@click.command()
@click.argument("scenario")
@overrides_option
@measures_option
@json_option
def validate(scenario: str, overrides: tuple[str, ...], measures: tuple[str, ...], as_json: bool) -> None:
    """Check SCENARIO without running it, and draw worlds of each environment. --json prints its explicit form.

    SCENARIO is a file, the name of a shipped one, or - for standard input.

    \b
    Example:
      evosim validate red_doors --set world.layout.opened=0.5
    """
    from evosim.scenario import load_scenario

    checked = load_scenario(scenario, override_measures(overrides, measures))
    from evosim.scenario.loading.notes import notes_on
    from evosim.simulation.process import process_of
    from evosim.simulation.resources import STARTUP, format_bytes, format_duration, format_expected

    process = process_of(checked, 0)
    process.refuse_if_too_large()
    if not process.check_plainly():  # large worlds
        from evosim.cli.progress import default_mode

        compile_if_cold(checked, default_mode())
        process.check()
    if as_json:
        print_json(checked.model_dump(mode="json"))
        return
    needs, (size_of_it, at_most) = process.resources(), process.describe()
    print_line(f"{checked.name}: valid; {size_of_it}; environments {', '.join(checked.environments)}")
    time = "unknown time (its worlds are another package's)"
    if needs.seconds is not None and needs.expected_seconds is not None:
        whole = format_expected(STARTUP + needs.expected_seconds, STARTUP + needs.seconds)
        time = f"{whole} {at_most}, the first {format_duration(STARTUP)} of it to start and load kernels"
    print_line(f"{time}; {format_bytes(needs.memory)} of memory, {format_bytes(needs.disk)} of disk")
    for note in notes_on(checked, scenario):
        print_line(f"note: {note}")


@click.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def new(name: str, force: bool) -> None:
    """Write NAME.toml, a commented scenario to start from, and print its path.

    \b
    Example:
      evosim new my_question
    """
    from evosim.scenario.loading.json_schema import new_scenario

    try:
        path = new_scenario(name, Path(), replaces=force)
    except FileExistsError as error:
        how = "choose another name, or replace it (--force)"
        raise click.ClickException(f"{error.filename}: exists already; {how}") from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'NAME'") from None
    print_line(path)
    click.echo(f"  evosim validate {quote(str(path))}      checks it: every mistake at once, with its line", err=True)
    click.echo(f"  evosim run {quote(str(path))}           evolves its agents, and stores the run", err=True)


@click.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@json_option
def schema(keys: tuple[str, ...], as_json: bool) -> None:
    """Explain each KEY of scenarios: what it means, its values and its default; of a table, all keys in it.

    Without KEY the JSON Schema of scenario files is printed, for editors that check and explain while you type. --json
    prints that of one KEY, or of several as an object by key.

    \b
    Example:
      evosim schema evolution.mutation.rate world.slip
      evosim schema evolution.islands
      evosim schema > evosim.schema.json
    """
    from evosim.scenario.loading.json_schema import json_schema

    if not keys:
        print_json(json_schema())
        return
    from evosim.cli.explained_keys import print_key
    from evosim.scenario.loading.key_search import KeySearch

    search = KeySearch()
    try:
        found = {key: search.find(key) for key in keys}
    except LookupError as error:
        raise click.BadParameter(str(error), param_hint="'KEY'") from None
    if as_json:
        parts = {key: search.schema_of(each) for key, each in found.items()}
        print_json(parts if len(parts) > 1 else parts[keys[0]])
        return
    for number, (key, each) in enumerate(found.items()):
        if number:
            print_line("")
        print_key(key, each)
