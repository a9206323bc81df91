"""The story of a run: what all of its pages say in words beside the numbers of each environment."""

from typing import NamedTuple

from evosim.numerics.formatting import in_words, number
from evosim.scenario.schema.entry_points import GuestError
from evosim.simulation.runs import RunFile
from viz.answers.generational import an
from viz.answers.headline import elsewhere, headline
from viz.answers.perception import Attribution, Seen, attributions, mistaken, what_is_seen
from viz.answers.reading import Reading
from viz.answers.replayed import Again, live_again
from viz.answers.specifics import Front, front_of, specific_answers


class Story(NamedTuple):
    """Sentences, and what panels show of the same."""

    headline: str  # what holds for most planners; empty where no classes are known
    specific: list[str]  # what this scenario asks beside that
    lost: dict[str, Attribution]
    seen: list[Seen]
    front: Front | None


def story_of(run: RunFile, reading: Reading, again: Again | None = None) -> Story:
    """Tell the story; `again` has the lives measured last, where they have been lived again for something else, too.

    Raises:
        RunFileError: the run can't be read.
    """
    lost: dict[str, Attribution] = {}
    seen: list[Seen] = []
    front = None
    try:
        lost, seen = attributions(run, reading), what_is_seen(run, reading)
        if reading.scenario.objectives.pareto:
            front = front_of(reading, again or live_again(run, reading), run.laboratory.pareto)
    except GuestError:
        pass  # its worlds are another package's: nothing can be shown to agents here
    specific = [*specific_answers(reading, front), *_mistakes(reading, seen)]
    return Story(headline(reading, lost), specific, lost, seen, front)


def _mistakes(reading: Reading, seen: list[Seen]) -> list[str]:
    """Say what is taken for what planners want most, in environments that selection isn't in."""
    found = []
    for each in seen:
        mistake = mistaken(each) if each.environment in elsewhere(reading) else None
        if mistake is not None:
            what, wrong, more, right, less = mistake
            than = f"{an(wrong)} ({number(more)}) than in {an(right)} ({number(less)})"
            found.append(f"In {in_words(each.environment)} planners perceive more {in_words(what)} in {than}.")
    return found
