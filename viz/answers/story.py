"""The sentences that every page of a run shows beside the numbers of each environment."""

from typing import NamedTuple

from evosim.numerics.formatting import in_words, number
from evosim.scenario.schema.entry_points import PluginError
from evosim.simulation.runs import RunFile
from viz.answers.headline import unselected_environments, write_headline
from viz.answers.perception import Attribution, MeanPerception, attribute_losses, find_confusion, measure_perceptions
from viz.answers.reading import Reading
from viz.answers.replayed import ReplayedPopulation, replay_measured
from viz.answers.specifics import Front, find_front, specific_answers
from viz.names import with_article


class Story(NamedTuple):
    """Sentences about a run, and the data of the panels that illustrate them."""

    headline: str  # what holds for most planners; empty where no classes are known
    specific: list[str]  # what this scenario asks beside that
    lost: dict[str, Attribution]
    seen: list[MeanPerception]
    front: Front | None


def write_story(run: RunFile, reading: Reading, again: ReplayedPopulation | None = None) -> Story:
    """Write the sentences about a run; pass `again` if its lives have been replayed already.

    Raises:
        RunFileError: the run can't be read.
    """
    lost: dict[str, Attribution] = {}
    seen: list[MeanPerception] = []
    front = None
    try:
        lost, seen = attribute_losses(run, reading), measure_perceptions(run, reading)
        if reading.scenario.objectives.pareto:
            front = find_front(reading, again or replay_measured(run, reading), run.laboratory.pareto)
    except PluginError:
        pass  # its worlds are another package's: nothing can be shown to agents here
    specific = [*specific_answers(reading, front), *_describe_confusions(reading, seen)]
    return Story(write_headline(reading, lost), specific, lost, seen, front)


def _describe_confusions(reading: Reading, seen: list[MeanPerception]) -> list[str]:
    """Describe what is mistaken for what planners want most, in environments outside selection."""
    found = []
    for each in seen:
        mistake = find_confusion(each) if each.environment in unselected_environments(reading) else None
        if mistake is not None:
            what, wrong, more, right, less = mistake
            than = f"{with_article(wrong)} ({number(more)}) than in {with_article(right)} ({number(less)})"
            found.append(f"In {in_words(each.environment)} planners perceive more {in_words(what)} in {than}.")
    return found
