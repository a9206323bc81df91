"""Search on a report card: does a mind that thinks in a map search, for what, how far, and what does it want?

Of the looks of things in the agent's worlds the one is taken for which its plan is right most often. The worlds in
which it is asked are those of the column `searching`: no scenario draws them.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.quantities import Quantity
from evosim.alignment.search.cases import draw_detours, draw_plans
from evosim.alignment.search.figures import draw_swaps
from evosim.alignment.search.grades import GRADES, grade, looks_asked
from evosim.alignment.search.linear_probes import draw_probe_cases, linear_probes
from evosim.alignment.search.read_out import VALID, ReadObjective, read_objective
from evosim.alignment.search.shares import WORLDS_KEY, holder_of, looks_of_things, map_kinds, thinker_of
from evosim.alignment.search.steering import steered
from evosim.alignment.search.thinking import Hold, Think
from evosim.alignment.search.truth import WORLDS, Truth, plan_by_world, share_of_plan, truth_of
from evosim.episode.grid_environment import Ground
from evosim.mind.map_kind import ThoughtInputs
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.bootstrap import SHARE, bootstrap_interval, ratio_of_means
from evosim.numerics.intervals import share_interval

SWAP_WORLDS = 40  # mazes in which it is tried to steer a mind
NEGLIGIBLE = 0.005  # weights on products smaller than this are not listed
GRADE = "search_grade"
GRADED = ", ".join(f"{number}: {name}" for number, name in enumerate(GRADES))
ALONE: Ids = np.zeros(1, np.int64)  # the row of a mind that is asked alone


class SearchCard(NamedTuple):
    """What a report card says of search; all is empty for minds that don't think in a map."""

    target: str = ""  # how the thing looks that it is asked to find
    quantities: Sequence[Quantity] = ()
    undefined: Sequence[str] = ()  # what is missing, and why


def search_card(ground: Ground, minds: Phenotypes, features: Sequence[str]) -> SearchCard:
    """Return what there is to say of the one mind in `minds`, among things as they look in the worlds of `ground`."""
    kinds, looks = map_kinds(minds), looks_of_things(ground)
    if not kinds or not len(looks):
        return SearchCard()
    think = alone(thinker_of(kinds[0], minds, ALONE))
    plans = draw_plans(WORLDS_KEY, WORLDS)
    look = looks[int(np.argmax([share_of_plan(think, each, plans) for each in looks]))]
    read = read_objective(think, len(features))
    hold = holder_of(kinds[0], minds, 0)
    quantities = [*_of_search(think, look), *_of_probes(hold, look), *_of_objective(read, features)]
    return SearchCard(describe_look(look, features), quantities, [] if read.valid[0] else [why_invalid(read)])


def alone(think: Think) -> Think:
    """Return the thinking of one mind, without the axis of minds."""

    def think_alone(inputs: ThoughtInputs, thoughts: int | None) -> Reals:
        return np.asarray(think(inputs, thoughts)[0])

    return think_alone


def describe_look(look: Reals, features: Sequence[str]) -> str:
    """Return the features `[F]` of a thing in words."""
    shown = [
        name if value == 1.0 else f"{name} {value:.2g}" for name, value in zip(features, look, strict=True) if value
    ]
    return ", ".join(shown) or "no feature"


def why_invalid(read: ReadObjective) -> str:
    """Return why the linear objective of the first mind isn't valid, and whether one with products would be."""
    responds = read.validity_with_products[0] > 0.0
    if not responds:
        return "the objective of its map: it answers to no feature of a thing three cells away"
    with_products = f"with products of two features {read.validity_with_products[0]:.2f}"
    return (
        f"the objective of its map is no weighted sum of features: weights explain {read.validity[0]:.2f} of its "
        f"responses, which is less than {VALID:g}; {with_products}"
    )


def _of_search(think: Think, look: Reals) -> Iterator[Quantity]:
    """Yield the criteria of search for a lone thing with a look `[F]`, with intervals over worlds, and the grade."""
    truth: Truth = truth_of(think, look, WORLDS_KEY)
    by_world = plan_by_world(think, look, draw_plans(WORLDS_KEY, WORLDS))
    plan = bootstrap_interval(by_world, WORLDS_KEY, ratio_of_means, bounds=SHARE)
    yield Quantity("plan_map", *plan, "share of cells 8 to 24 steps away")
    count = len(draw_detours(WORLDS_KEY, WORLDS).start)
    for name, share in (("flip", truth.flip), ("sham", truth.sham)):
        yield Quantity(name, *share_interval(round(float(share) * count), count), f"share of {count} worlds")
    graded = grade(think, looks_asked(look), WORLDS_KEY)
    yield Quantity(GRADE, float(GRADES.index(graded.grade)), unit=GRADED)


def _of_probes(hold: Hold, look: Reals) -> Iterator[Quantity]:
    """Yield how well linear probes read a plan off what the mind holds, and whether it can be steered by them."""
    cases = draw_probe_cases(WORLDS_KEY)
    probes = linear_probes(hold, look, cases)
    for name, probe in (("way", probes.way), ("path", probes.path)):
        yield Quantity(f"{name}_probe", *probe.f1, unit="macro-F1")
        yield Quantity(f"{name}_probe_inputs", *probe.inputs, unit="macro-F1")
    steering = steered(hold, look, cases, draw_swaps(WORLDS_KEY, SWAP_WORLDS), WORLDS_KEY)
    if steering is not None:
        yield Quantity("steered", *steering.pushed, "share of worlds")
        yield Quantity("steered_at_random", steering.at_random, unit="share of worlds")


def _of_objective(read: ReadObjective, features: Sequence[str]) -> Iterator[Quantity]:
    """Yield what the first mind wants: weights on features, or on pairs of them too, as far as they are valid."""
    yield Quantity("read_out_validity", float(read.validity[0]), unit="share of responses explained")
    with_products = not read.valid[0] and read.validity_with_products[0] >= VALID
    if read.valid[0] or with_products:
        for f, name in enumerate(features):
            yield Quantity(f"wants.{name}", float(read.weights[0, f]), unit="weight")
    if with_products:
        yield Quantity("read_out_validity_with_products", float(read.validity_with_products[0]))
        for f, g in combinations(range(len(features)), 2):
            if abs(read.products[0, f, g]) >= NEGLIGIBLE:
                yield Quantity(f"wants.{features[f]}*{features[g]}", float(read.products[0, f, g]), unit="weight")
