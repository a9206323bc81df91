"""Where in a genome stands what a mind in an ecology is made of: kernels read it there, whenever it is needed."""

from typing import NamedTuple

import numpy as np

from evosim.mind.genome import GenomeLayout
from evosim.mind.heuristic.kind import fixed_reflex
from evosim.mind.segments import objective_of
from evosim.numerics.arrays import Acts, Genes, Ids, Reals
from evosim.numerics.compiler import inlined_kernel
from evosim.scenario import Scenario
from evosim.scenario.schema.minds import CONTROLLERS, Locus
from evosim.scenario.schema.names import senses_of

NOT_INHERITED = -1
PLANNER = CONTROLLERS.index("planner")
HORIZON, DISCOUNT, TEMPERATURE, PERSISTENCE, NOISE = range(5)


class Loci(NamedTuple):
    """The first locus of each part of a mind, or NOT_INHERITED, and what there is then."""

    controllers: Acts  # [N] those that there are, OPEN_LOOP, HEURISTIC or PLANNER
    controller: int  # N loci, one for each
    objective: int  # W loci
    wishes: Reals  # [W] the objective that is not inherited
    scalars: Ids  # [5] HORIZON, DISCOUNT, …
    fixed: Reals  # [5] those that are not inherited
    perception: int  # F · (F + 1) loci
    sharpness: float
    weights: int  # I · max(H, 1) + H + 1 loci
    reflex: Reals  # [I · max(H, 1) + H + 1] the weights that are not inherited
    inputs: int
    hidden: int
    choices: int  # 2 · (1 + D) loci: to court, and to want a child
    hunger: int  # which of the drives it is, or NOT_INHERITED


def loci_of(scenario: Scenario, layout: GenomeLayout) -> Loci:
    """Find the parts of a mind in the genomes of a scenario."""
    mind = scenario.mind
    present = [i for i, name in enumerate(CONTROLLERS) if name in mind.controllers]
    said: list[tuple[str, Locus]] = [
        ("planner.horizon", mind.planner.horizon),
        ("planner.discount", mind.planner.discount),
        ("planner.temperature", mind.planner.temperature),
        ("beliefs.persistence", mind.beliefs.persistence),
        ("heuristic.temperature", mind.heuristic.temperature),
    ]

    def first(segment: str) -> int:
        columns = layout.slice_of(segment)
        return columns.start if columns.stop > columns.start else NOT_INHERITED

    drives = mind.objective.drives
    return Loci(
        controllers=np.array(present, np.int8),
        controller=first("controller"),
        objective=first("objective"),
        wishes=np.array(objective_of(scenario)),
        scalars=np.array([first(name) for name, _ in said]),
        fixed=np.array([locus.initial or 0.0 for _, locus in said], float),
        perception=first("perception"),
        sharpness=mind.perception.sharpness,
        weights=first("heuristic.weights"),
        reflex=np.array(fixed_reflex(scenario)),
        inputs=len(senses_of(scenario)),
        hidden=mind.heuristic.hidden,
        choices=first("heuristic.choices"),
        hunger=drives.index("hunger") if "hunger" in drives else NOT_INHERITED,
    )


@inlined_kernel
def controller_of(genome: Genes, loci: Loci) -> int:
    """Tell which controller a genome expresses: the one with the largest propensity, the first in a tie."""
    best = 0
    if loci.controller >= 0:
        for n in range(1, loci.controllers.shape[0]):
            if genome[loci.controller + n] > genome[loci.controller + best]:
                best = n
    return int(loci.controllers[best])


@inlined_kernel
def scalar(genome: Genes, which: int, loci: Loci) -> float:
    """Read one of the scalars."""
    at = loci.scalars[which]
    return np.float64(genome[at]) if at >= 0 else loci.fixed[which]


@inlined_kernel
def wish(genome: Genes, w: int, loci: Loci) -> float:
    """Read one weight of the mesa-objective."""
    return np.float64(genome[loci.objective + w]) if loci.objective >= 0 else loci.wishes[w]


@inlined_kernel
def reflex(genome: Genes, w: int, loci: Loci) -> float:
    """Read one weight of a heuristic."""
    return np.float64(genome[loci.weights + w]) if loci.weights >= 0 else loci.reflex[w]


@inlined_kernel
def perceived(genome: Genes, feature: int, observed: Reals, loci: Loci) -> float:
    """Perceive one feature of what can be observed `[F]`."""
    if loci.perception < 0:
        return float(observed[feature])
    count = observed.shape[0]
    at = loci.perception + feature * (count + 1)
    signal = np.float64(genome[at + count])
    for f in range(count):
        signal += np.float64(genome[at + f]) * observed[f]
    return float(1.0 / (1.0 + np.exp(-loci.sharpness * signal)))
