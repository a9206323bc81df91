"""`evosim intervene`: change an agent of a run, or where it lives, and measure the effects."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.numbers import WholeNumber
from evosim.cli.opening import open_run_file
from evosim.cli.options import LARGEST_ID, agent_option, json_option, run_argument
from evosim.cli.printing import print_json, print_line, print_table
from evosim.numerics.formatting import number, short_number

if TYPE_CHECKING:
    from evosim.numerics.intervals import ConfidenceInterval
    from evosim.studies.interventions import Intervention, InterventionStep


UNSAID = 10.0  # seconds


def read_alleles(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    """Return alleles by locus from LOCUS=VALUE, as often as it was given.

    Raises:
        BadParameter: one has another form, or a locus is set twice.
    """
    alleles = {}
    for each in given:
        locus, equals, value = (part.strip() for part in each.partition("="))
        if not equals or not locus:
            raise click.BadParameter(f"{each!r}: write LOCUS=VALUE, as in objective.red=0")
        if locus in alleles:
            raise click.BadParameter(f"{locus} is set twice")
        try:
            alleles[locus] = float(value)
        except ValueError:
            raise click.BadParameter(f"{each!r}: {value!r} is not a number") from None
    return alleles


@click.command()
@run_argument
@agent_option
@click.option(
    "--set", "alleles", multiple=True, metavar="LOCUS=VALUE", callback=read_alleles, help="Change a locus; repeatable."
)
@click.option(
    "--transplant",
    type=WholeNumber(0, LARGEST_ID),
    metavar="ID",
    help="Replace its mesa-objective by that of this agent.",
)
@click.option("--environment", metavar="NAME", help="Replay in another environment than where it was selected.")
@click.option(
    "--episodes",
    type=WholeNumber(1, 100_000),
    help="Number of worlds. Default: as many as the scenario measures in.",
)
@json_option
def intervene(
    run_path: Path,
    agent: int | str,
    alleles: dict[str, float],
    transplant: int | None,
    environment: str | None,
    episodes: int | None,
    as_json: bool,
) -> None:
    """Change an agent of RUN, and replay its episodes with the same random streams.

    So every difference is caused by the change. The id of an agent is generation × population + row, as in the exported
    table `individuals`; genomes are stored for measured generations, the last one and the hall of fame. If environment
    and genome are both changed, the effect of the genome is that in the environment, and is printed first; below it is
    the effect of the environment on the agent as it evolved. Intervals are over worlds; --json has all of them.

    \b
    Example:
      evosim intervene runs/red_doors-1.evosim --set objective.red=0 --set objective.blue=0 --environment deployment
    """
    with open_run_file(run_path, episodes=True) as run_file:
        from evosim.cli.progress import default_mode
        from evosim.studies.interventions import intervene as change
        from evosim.studies.interventions import intervention_record

        compile_if_cold(run_file.scenario, default_mode())
        found = change(
            run_file, agent=agent, alleles=alleles, transplant=transplant, environment=environment, episodes=episodes,
            announce=announce_duration,
        )  # fmt: skip
    if as_json:
        print_json(intervention_record(found))
        return
    turns = f" → {found.controller_after}" if found.controller_after != found.controller else ""
    print_line(f"agent {found.agent.id} of generation {found.agent.generation}, {found.why}: {found.controller}{turns}")
    for note in found.notes:
        print_line(note)
    for step in reversed(found.steps):  # first the effect of what was edited, then what that is to be compared with
        print_step(found, step, asked=step is found.steps[-1])


def announce_duration(seconds: float) -> None:
    """Print how long an intervention takes at most, if somebody would wonder."""
    from evosim.simulation.resources import format_duration

    if seconds > UNSAID:
        what = "if every episode lasts all its steps; fewer --episodes take less"
        click.echo(f"the agent lives for up to about {format_duration(seconds)}, {what}", err=True)


def print_step(found: "Intervention", step: "InterventionStep", *, asked: bool) -> None:
    """Print the effects of one change, as a table and a sentence; `asked`: it is what the command is about."""
    changed = f"{step.before} → {step.after}" + ("" if asked else ", the agent as it evolved")
    if step.changed == "genome":
        alleles = ", ".join(
            f"{locus} {short_number(old, 3)} → {short_number(new, 3)}"
            for locus, (old, new) in list(found.alleles.items())[:6]
        )
        more = f" and {len(found.alleles) - 6} more" if len(found.alleles) > 6 else ""
        changed = f"{alleles or 'no difference'}{more}, in {step.after}"
    rows = [
        [name, number(effect.before.middle, 3), number(effect.after.middle, 3), format_interval(effect.difference)]
        for name, effect in step.effects.items()
        if any(part.middle for part in effect)  # all that ever happened
    ]
    print_table(changed, ["mean per world", "before", "after", "difference [95%]"], rows)
    base = step.effects["base"].difference
    exactly_the_same = step.otherwise == 0 and all(is_unchanged(effect.difference) for effect in step.effects.values())
    if base.low > 0.0 or base.high < 0.0:
        said = f"the base objective {'rose' if base.middle > 0 else 'fell'} by {number(abs(base.middle), 3)}"
    elif exactly_the_same:
        said = "nothing changed, exactly"
    elif is_unchanged(base):
        said = "the base objective is the same in each"
    elif not base.known and found.episodes > 1:
        said = f"the base objective {'rose' if base.middle > 0 else 'fell'} by {number(abs(base.middle), 3)} in each"
    else:
        said = "the data leave open whether the base objective changed"
    print_line(f"In {step.otherwise} of {found.episodes} worlds it acted otherwise; {said}.\n")


def is_unchanged(difference: "ConfidenceInterval") -> bool:
    """Whether nothing differs in any world."""
    return difference.middle == 0.0 and not difference.known


def format_interval(part: "ConfidenceInterval") -> str:
    """Return a number with its interval; there is none where it is the same in each world."""
    if not part.known:
        return f"{number(part.middle, 3)} in each"
    return f"{number(part.middle, 3)} [{number(part.low, 3)}, {number(part.high, 3)}]"
