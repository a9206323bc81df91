"""`evosim measure` of an ecology: the report cards of its population, into its file and for people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.printing import print_json, print_table
from evosim.numerics.formatting import UNKNOWN, number
from evosim.system.stopping import MEASURED_BEFORE, set_stop_message

if TYPE_CHECKING:
    from evosim.alignment.assessment.quantities import Quantity
    from evosim.simulation.runs import RunFile
    from evosim.studies.reproductive_alignment import PopulationCard

SHOWN = {
    "reproductive_alignment": "alignment",
    "reproductive_gap": "gap",
    "reproductive_gap_by_chance": "gap by chance",
    "children_as_it_is": "children",
    "children_by_utility": "… by utility",
    "children_by_children": "… by children",
    "children_at_random": "… at random",
}


def measure_population(run_file: "RunFile", generation: int | None, *, as_json: bool) -> None:
    """Measure the population before and after the world changes, or at the end of one interval.

    Raises:
        UsageError: single agents were asked for, which can't be measured apart from the others in their world.
    """
    context = click.get_current_context()
    for option in ("agents", "agent"):
        if context.get_parameter_source(option) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{option}: of an ecology the population is measured, not single agents")
    from evosim.cli.progress import default_mode, waiting
    from evosim.studies.reproductive_alignment import measure_moment, select_moments

    compile_if_cold(run_file.scenario, default_mode())
    moments, left_out = select_moments(run_file, generation)
    cards = []
    for moment in moments:
        with waiting(default_mode(), f"alternative lives, interval {moment.interval}, {moment.environment}"):
            card = measure_moment(run_file, moment)
        run_file.store_cards(population_rows(card))
        set_stop_message(lambda: MEASURED_BEFORE)
        cards.append(card)
    if as_json:
        print_json([population_record(card) for card in cards])
    else:
        print_populations(cards)
        click.echo('what each number means: the page "Reproductive alignment" of the guide', err=True)
    for line in left_out:
        click.echo(f"not measured: {line}", err=True)


def population_rows(card: "PopulationCard") -> Iterator[tuple[Any, ...]]:
    """Yield a card as rows of table `report_cards`."""
    from evosim.studies.reproductive_alignment import POPULATION

    moment = card.moment
    for each in card.quantities:
        yield (moment.interval, POPULATION, moment.environment, each.name, *quantity_record(each).values(), each.unit)


def population_record(card: "PopulationCard") -> dict[str, Any]:
    """Return a card for JSON."""
    quantities = {each.name: {**quantity_record(each), "unit": each.unit} for each in card.quantities}
    return {**card.moment._asdict(), "population": card.population, "agents": card.agents, "quantities": quantities}


def quantity_record(quantity: "Quantity") -> dict[str, float | None]:
    """Return value and bounds by name; None where there is no interval."""
    from math import isfinite

    return {n: x if isfinite(x) else None for n, x in zip(("value", "low", "high"), quantity[1:4], strict=True)}


def print_populations(cards: "list[PopulationCard]") -> None:
    """Print cards side by side."""
    names = list(dict.fromkeys(each.name for card in cards for each in card.quantities))
    found = [{each.name: each for each in card.quantities} for card in cards]
    rows = [["tick", *(f"{card.moment.tick:,}" for card in cards)]]
    rows += [["living", *(f"{card.population:,}" for card in cards)]]
    rows += [[SHOWN.get(name, name), *(format_in_two_lines(each.get(name)) for each in found)] for name in names]
    columns = [f"{card.moment.name}\n{card.moment.environment}" for card in cards]
    agents = max(card.agents for card in cards)
    print_table(f"Reproductive alignment in adult lives of {agents} agents, [95%] over agents", ["", *columns], rows)


def format_in_two_lines(quantity: "Quantity | None") -> str:
    """Return a number with its interval below it."""
    if quantity is None:
        return UNKNOWN
    return f"{number(quantity.value)}\n[{number(quantity.low)}, {number(quantity.high)}]"
