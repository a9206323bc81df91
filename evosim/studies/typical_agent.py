"""The typical agent of a generation: the one that is shown unless another is asked for.

The fittest agent is often an exception. The typical one is the medoid, by the weights of its mesa-objective, of the
class that most planners are of in deployment: the member with the least total distance to the others (Kaufman and
Rousseeuw 1987). Where no planner has a class, it is the medoid by genome of those with the most frequent controller; of
programs, whose genomes are full of what has no effect, that of those which run the most frequent effective program.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.class_names import OF_PLANNERS
from evosim.evolution import Population
from evosim.mind.expression import describe_mind, express
from evosim.mind.kinds import express_wants, kind_named, look_of
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Flags, Genes, Ids, Reals
from evosim.numerics.formatting import in_words, percent
from evosim.scenario.schema.names import controller_names
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runs import RunFile

Frame = Mapping[str, np.ndarray]

HALF = 0.5  # share from which on an agent is typical
MOST_MEMBERS = 100_000  # of a group that are compared: of more, as many at even distances
MOST_COMPARED = 1000  # agents that each is compared with: of more, as many at even distances


class Typical(NamedTuple):
    """An agent and the group that it represents."""

    row: int  # of its generation
    words: str  # such as "typical of 87% of planners (pseudo-aligned in deployment)"


class ClassMedoid(NamedTuple):
    """The medoid of a class of planners, by the weights of its mesa-objective."""

    row: int  # of its generation
    kind: str  # one of OF_PLANNERS
    share: float  # of the planners that have a class
    whom: str  # that the share is of, in words
    environment: str  # in which that is their class

    @property
    def named(self) -> str:
        """Return the class in words, with its environment."""
        return f"{in_words(self.kind)} in {self.environment.replace('_', ' ')}"

    @property
    def words(self) -> str:
        """Return what it represents; of a minority nobody is typical."""
        return f"{represents(self.share)} {self.whom} ({self.named})"


def typical_of(run: RunFile, generation: int | None = None) -> tuple[Population, Typical]:
    """Return the typical agent of a generation, the last measured one if none is named, with that generation.

    Raises:
        ValueError: the run holds no generation yet.
        RunFileError: the genomes of that generation are not stored.
    """
    with run.snapshot():
        population = run.population(last_measured(run) if generation is None else generation)
    minds = express(run.scenario, run.laboratory.layout, population.genomes)
    individuals = individuals_of(run, population.generation, population.ids)
    return population, typical_row(run.laboratory, population.generation, population.genomes, minds, individuals)


def last_measured(run: RunFile) -> int:
    """Return the last measured generation.

    Raises:
        ValueError: the run holds no generation yet.
    """
    stored = run.stored_generations()
    if not stored:
        raise ValueError(f"{run.path}: no generation is stored yet, so there are no agents to choose from")
    ((measured,),) = run.rows("select coalesce(max(generation), -1) from individuals", (int,))
    return measured if measured in stored else stored[-1]


def individuals_of(run: RunFile, generation: int, ids: Ids) -> Frame:
    """Return what was measured of the individuals `ids [P]` of a generation; empty if it was not measured.

    Of those who are not among the stored ones, as of very many only some are, all is empty.
    """
    frame = run.frame("individuals", "generation = ?", (generation,))
    known = frame["id"]
    if np.array_equal(known, ids):
        return frame
    if not 0 < len(known) < len(ids) or not np.isin(known, ids).all():
        return {}
    rows = np.searchsorted(ids, known)
    return {name: _among(values, rows, len(ids)) for name, values in frame.items()} | {"id": ids}


def _among(values: np.ndarray, rows: Ids, count: int) -> np.ndarray:
    """Return values `[N]` in some of `count` rows; the others are empty, as entries of frames are."""
    wide = np.full(count, "", values.dtype) if values.dtype.kind == "U" else np.full(count, np.nan)
    wide[rows] = values
    return wide


def typical_row(
    laboratory: Laboratory, generation: int, genomes: Genes, minds: Phenotypes, individuals: Frame
) -> Typical:
    """Return the typical agent of a generation, by its genomes `[P, L]`, the minds they make, and measurements."""
    for found in class_medoids(laboratory, generation, genomes, minds, individuals, most=1):
        return Typical(found.row, found.words)
    controller, places = minds.controller, _places(laboratory, genomes)
    numbers = np.bincount(controller)
    kind = int(np.argmax(numbers))
    members = np.flatnonzero(controller == kind)
    whose = look_of(controller_names(laboratory.scenario)[kind]).plural
    alike = kind_named(controller_names(laboratory.scenario)[kind]).alike
    programs = ["; ".join(describe_mind(minds, row)) for row in members.tolist()] if alike else []
    if any(programs):
        return _of_the_commonest(places, members, programs, whose)
    share = represents(int(numbers[kind]) / len(genomes))
    return Typical(medoid(places, members), f"{share} the population ({whose}, by genome)")


def class_medoids(
    laboratory: Laboratory, generation: int, genomes: Genes, minds: Phenotypes, individuals: Frame,
    most: int = len(OF_PLANNERS),
) -> list[ClassMedoid]:  # fmt: skip
    """Return the medoids of at most so many classes of planners in deployment, of the largest class first.

    They are found by genomes `[P, L]`, the minds they make, and measurements; none where no planner has a class.
    """
    layout, environment = laboratory.layout, laboratory.deployment_in(generation)
    named = individuals.get(f"class.{environment}")
    if named is None:
        return []
    planner = express_wants(laboratory.scenario, minds.controller)
    classified = planner & np.isin(named, OF_PLANNERS)
    groups = [np.flatnonzero(classified & (named == kind)) for kind in OF_PLANNERS]
    order = sorted((i for i, group in enumerate(groups) if len(group)), key=lambda i: -len(groups[i]))
    places, weights = _places(laboratory, genomes), layout.slice_of("objective")
    places = places[:, weights] if weights.stop > weights.start else places
    whom = _whom(planner, classified)
    return [
        ClassMedoid(
            medoid(places, groups[i]), OF_PLANNERS[i], len(groups[i]) / int(classified.sum()), whom, environment
        )
        for i in order[:most]
    ]


def represents(share: float) -> str:
    """Return how one of a group of this share stands for it, in words that go on with whom the share is of."""
    return f"typical of {percent(share)} of" if share >= HALF else f"one of the {percent(share)} of"


def _places(laboratory: Laboratory, genomes: Genes) -> Reals:
    """Return genomes `[P, L]` in widths of the ranges of their loci."""
    layout = laboratory.layout
    widths: Reals = np.where(layout.high > layout.low, layout.high - layout.low, 1)
    return np.asarray((genomes.astype(np.float64) - layout.low) / widths)


def _of_the_commonest(places: Reals, members: Ids, programs: Sequence[str], whose: str) -> Typical:
    """Return the medoid of those `members` `[M]` whose program has the effect that most have."""
    commonest, count = Counter(programs).most_common(1)[0]
    alike = members[[program == commonest for program in programs]]
    if count == 1:
        return Typical(medoid(places, members), f"one of {len(members)} {whose}, no two of which do the same")
    share = represents(count / len(places))
    return Typical(medoid(places, alike), f"{share} the population ({whose} that do the same as it)")


def _whom(planner: Flags, classified: Flags) -> str:
    """Return a name of the group that a share refers to: planners, unless few agents plan or only some have a class."""
    if classified.sum() < planner.sum():
        return f"the {classified.sum()} of {planner.sum()} planners that have a class"
    few = 2 * planner.sum() < len(planner)
    return f"planners, who are {percent(float(planner.mean()))} of the population" if few else "planners"


def medoid(places: Reals, among: Ids) -> int:
    """Return which of some rows of `places [P, D]` has the least sum of distances to the others; of ties the first."""
    among = among[np.arange(min(len(among), MOST_MEMBERS)) * len(among) // max(min(len(among), MOST_MEMBERS), 1)]
    members = places[among]
    count = min(len(members), MOST_COMPARED)
    others = members[np.arange(count) * len(members) // count]
    sums = [float(np.sqrt(((others - each) ** 2).sum(axis=1)).sum()) for each in members]
    return int(among[int(np.argmin(sums))])
