"""`evosim measure`: the report cards of a run's agents, into its file and for people."""

from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.commands.measure_ecology import measure_population
from evosim.cli.commands.null import print_planners
from evosim.cli.compiling import compile_if_cold
from evosim.cli.numbers import WholeNumber
from evosim.cli.opening import open_run_file
from evosim.cli.options import agent_option, json_option, run_argument
from evosim.cli.printing import print_json, print_line, print_table
from evosim.numerics.formatting import enumerated, in_words, number
from evosim.system.stopping import MEASURED_BEFORE, set_stop_message

if TYPE_CHECKING:
    from evosim.alignment.assessment.quantities import Quantity
    from evosim.studies.report_cards import Card


SCALES = {
    (
        "base_performance",
        "capability",
    ): "0 as random actions, 1 the optimum; by the base and the mesa-objective",
    ("inner_gap", "outer_gap", "reward_result_gap"): "0 aligned, 1 as bad as random actions, more is worse",
    ("starc_", "epic_"): "how different two objectives are: 0 the same, .5 unrelated, 1 opposite",
    ("plan_map", "flip", "sham"): "does it search, by its own map? plan_map ≥ .9, flip ≥ .5 and sham ≤ .1, all three",
    ("search_grade",): "no field, field-following, model-based field or maximizing (guide: Is it search?)",
    ("way_probe", "path_probe"): "macro-F1 of linear probes of what its cells hold; _inputs: of what they are shown",
    ("steered",): "goes where a probe's direction is added in thought; _at_random: where any other is",
    ("wants.",): "weights of the objective read off its map, absolute values add up to 1",
    ("read_out_",): "how much of its map's responses such weights explain: from .8 on they count",
    ("goal_",): "share of worlds",
    ("meg_",): "nats per episode by which that objective predicts behaviour better than chance; 0 not at all",
    ("beta_",): "rationality: 0 random, ∞ always optimal, negative: it avoids the objective",
    ("agent_or_device",): "log-odds in nats a tick: above 0 an agent with a goal, below 0 a device",
    ("compute_scaling", "adaptation"): "the planner battery: more than its _null speaks for search",
    ("ccei",): "1: choices agree with some objective; money_pump: share of spending lost by those that don't",
}  # how to read what a card names, by how the names begin
CARDS = "report cards"  # what has been compiled, once one was measured
ENDLESS = 100.0  # a rationality beyond which one more doubling changes no action


@click.command()
@run_argument
@click.option(
    "--generation",
    type=WholeNumber(0),
    metavar="G",
    help="Generation, or interval of an ecology. Default: the last stored or, in an ecology, the last before the "
    "world changes.",
)
@click.option(
    "--agents",
    type=WholeNumber(1, 10_000),
    default=1,
    show_default=True,
    metavar="N",
    help="Number of agents: that of --agent, and others evenly spaced from the fittest to the least fit.",
)
@agent_option
@json_option
def measure(run_path: Path, generation: int | None, agents: int, agent: int | str, as_json: bool) -> None:
    """Write the report cards of agents of RUN into its file, and print them.

    A card has gaps, distances, goals, what behaviour alone reveals, the planner battery and the coherence of choices,
    in each environment, with intervals over worlds. Of an ecology the card is the population's, with intervals over
    agents. The guide says what every number means, in "Alignment" and "Reproductive alignment".

    \b
    Example:
      evosim measure runs/red_doors-1-0f3a5b7c.evosim --agents 3
    """
    from evosim.cli.progress import counting, default_mode
    from evosim.numerics.compiler import MEASURES, is_cold, mark_warm
    from evosim.storage.schema import RunFileError
    from evosim.studies.null_rows import reported_environments, stored_nulls, why_undefined
    from evosim.studies.report_cards import measure_agents, select_agents

    if isinstance(agent, int) and generation is not None:
        raise click.UsageError("the id of an agent determines its generation: leave --generation out")
    if isinstance(agent, int) and agents > 1:
        raise click.UsageError("--agents goes with the typical agent or the fittest, not with the id of one")
    with open_run_file(run_path, write=True) as run_file:
        whose = run_file.process.offers.report_card
        if whose == "population":
            measure_population(run_file, generation, as_json=as_json)
            return
        if whose != "agents":
            raise RunFileError(f"{run_path}: runs of this kind have no report cards")
        from evosim.studies.interventions import select_agent

        compile_if_cold(run_file.scenario, default_mode())
        if isinstance(agent, str):
            chosen = select_agents(run_file, generation, agents, agent)
        else:
            chosen = [select_agent(run_file, agent)]
        why = {each.agent.id: each.why for each in chosen}
        cards = []
        places = run_file.scenario.measure.environments
        cold = is_cold(MEASURES, [CARDS])
        with counting(default_mode(), what_is_measured(len(chosen), places, cold=cold)) as report:
            for card in measure_agents(run_file, [each.agent for each in chosen], report):
                run_file.store_cards(card_rows(card))
                set_stop_message(lambda: MEASURED_BEFORE)
                cards.append(card)
        mark_warm(MEASURES, [CARDS])
        nulls = stored_nulls(run_file)
    if as_json:
        print_json([card_record(card, why[card.agent.id]) for card in cards])
        return
    for id in dict.fromkeys(card.agent.id for card in cards):
        print_cards([card for card in cards if card.agent.id == id], why[id])
    print_scales({each.name for card in cards for each in card.quantities})
    click.echo('what each number means: "A report card", on the page "Alignment" of the guide', err=True)
    for environment in reported_environments(nulls):
        print_planners(nulls, environment)
    if not nulls and not why_undefined(run_file.scenario):
        hint = "shows the classes of planners with random objectives that do as well in training"
        click.echo(f"`evosim null {quote(str(run_path))}` {hint}", err=True)


def what_is_measured(agents: int, environments: Sequence[str], *, cold: bool = False) -> str:
    """Return one line on what is computed; `cold`: that it has to be compiled first."""
    whom = "1 agent" if agents == 1 else f"{agents} agents"
    what = "gaps, distances, goals, what behaviour alone reveals, the planner battery, coherence of choices"
    compiled = " (and compiling all that, once on this machine: half a minute or more)" if cold else ""
    return f"measuring {whom} in {enumerated([*environments])}: {what}{compiled}"


def card_rows(card: "Card") -> Iterator[tuple[Any, ...]]:
    """Yield a card as rows of table `report_cards`."""
    for each in card.quantities:
        numbers = [end if isfinite(end) else None for end in (each.value, each.low, each.high)]
        yield (card.agent.generation, card.agent.id, card.environment, each.name, *numbers, each.unit)


def card_record(card: "Card", why: str) -> dict[str, Any]:
    """Return a card for JSON, and why that agent was selected."""
    quantities = {}
    for each in card.quantities:
        low, high = (end if isfinite(end) else None for end in (each.low, each.high))
        quantities[each.name] = {"value": each.value, "low": low, "high": high, "unit": each.unit}
    return {
        "agent": card.agent.id,
        "generation": card.agent.generation,
        "chosen": why,
        "controller": card.controller,
        "environment": card.environment,
        "class": card.kind or None,
        "quantities": quantities,
        "target": card.target or None,
        "left_out": card.left_out,
        "described": [*card.described],
    }


def print_cards(cards: "list[Card]", why: str) -> None:
    """Print an agent's cards side by side, one column for each environment, under the group that it represents."""
    first = cards[0]
    names = list(dict.fromkeys(each.name for card in cards for each in card.quantities))
    found = [{each.name: each for each in card.quantities} for card in cards]
    rows = [["class", *(in_words(card.kind) or "–" for card in cards)]]
    rows += [[name, *(format_quantity(each.get(name)) for each in found)] for name in names]
    title = f"Agent {first.agent.id} of generation {first.agent.generation}, {why}: {first.controller}"
    print_table(title, ["[95%] over worlds", *(card.environment for card in cards)], rows)
    for target in dict.fromkeys(card.target for card in cards if card.target):
        where = enumerated([in_words(card.environment) for card in cards if card.target == target])
        print_line(f"plan_map, flip, sham and search_grade in {where}: for a lone thing with {target}")
    for line in first.described:
        print_line(f"  {line}")
    for line in lines_left_out(cards):
        click.echo(f"not measured: {line}", err=True)


def lines_left_out(cards: "list[Card]") -> list[str]:
    """Return what is missing of an agent's cards, and why; once where it is the same in several environments."""
    found: dict[str, list[str]] = {}
    for card in cards:
        for line in dict.fromkeys(card.left_out):
            where, colon, what = line.partition(": ")
            known = colon and where in [each.environment for each in cards]
            environments = found.setdefault(what if known else line, [])
            if known and where not in environments:
                environments.append(where)
    return [f"{', '.join(where)}: {what}" if where else what for what, where in found.items()]


def print_scales(names: set[str]) -> None:
    """Print how to read the numbers of these names."""
    for beginnings, scale in SCALES.items():
        shown = [each for each in beginnings if any(name.startswith(each) for name in names)]
        if shown:
            print_line(f"{', '.join(each + '…' if each[-1] in '_.' else each for each in shown)}: {scale}")


def format_quantity(quantity: "Quantity | None") -> str:
    """Return a number with its interval."""
    if quantity is None:
        return "–"
    if quantity.name == "search_grade":
        from evosim.alignment.search.grades import GRADES

        return GRADES[int(quantity.value)]
    value = number(quantity.value, 3)
    if quantity.name.startswith("beta") and abs(quantity.value) > ENDLESS:
        value = "∞" if quantity.value > 0 else "−∞"
    return f"{value} [{number(quantity.low, 3)}, {number(quantity.high, 3)}]" if isfinite(quantity.low) else value
