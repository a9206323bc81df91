"""The kinds of mind of an ecology, one after another: kernels walk along them, each compiled for its class.

No tick asks for a kind by name. What only one kind knows is in mind/, by the contract of mind/shared_contract.py.
"""

from typing import Any, NamedTuple

from evosim.mind.genome import GenomeLayout
from evosim.mind.kind import SharedKind
from evosim.mind.kinds import kinds_in
from evosim.mind.shared_contract import perceived_in_shared_world, utility_in_shared_world
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import implements, inlined_kernel, kernel_by_class
from evosim.scenario import Scenario
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.names import controller_names


class Minds(NamedTuple):
    """The first kind of some, and the others: a list whose type says what is in it."""

    number: int  # of the kind, as in `Agents.controller`
    mind: Any  # as the kernels of that kind know it: a NamedTuple of a class of its own
    others: Any  # Minds, or Nobody


class Nobody(NamedTuple):
    """No kind of mind, after the last."""

    nothing: int


def minds_of(scenario: Scenario, layout: GenomeLayout, vision: int) -> Any:
    """Return the minds that agents of a scenario can have, with the room in which those of one thread think.

    Raises:
        PluginError: one of them fails, or does not live in shared worlds.
    """
    numbers = {name: number for number, name in enumerate(controller_names(scenario))}
    minds: Any = Nobody(0)
    for kind in reversed(kinds_in(scenario)):
        what = f"the kind of mind {kind.name!r}"
        if not isinstance(kind, SharedKind):
            raise PluginError(f"{what} does not live in shared worlds")
        try:
            mind = kind.shared_minds(scenario, layout, vision)
        except Exception as error:
            raise PluginError(f"{what} failed: {type(error).__name__}: {error}") from error
        if not (isinstance(mind, tuple) and hasattr(mind, "_fields")):
            raise PluginError(
                f"{what} gave {type(mind).__name__} as its `shared_minds`, where a NamedTuple was expected"
            )
        minds = Minds(numbers[kind.name], mind, minds)
    return minds


@kernel_by_class(inline=True)
def utility_by_kind(minds: Any, number: int, genome: Genes, levels: Reals, observed: Reals) -> float:
    """Return the utility of what has features `[F]` by the objective of a mind of kind `number`; 0 without one."""
    return 0.0


@implements(utility_by_kind, Minds)
@inlined_kernel
def utility_to_one_of(minds: Minds, number: int, genome: Genes, levels: Reals, observed: Reals) -> float:
    """Return the utility by the first kind, if it is that, or else by one of the others; of features `[F]`."""
    if minds.number == number:
        return utility_in_shared_world(minds.mind, genome, levels, observed)
    return utility_by_kind(minds.others, number, genome, levels, observed)


@kernel_by_class(inline=True)
def perceived_by_kind(minds: Any, number: int, genome: Genes, feature: int, observed: Reals) -> float:
    """Return one of the features `[F]` as a mind of kind `number` perceives it."""
    return float(observed[feature])


@implements(perceived_by_kind, Minds)
@inlined_kernel
def perceived_by_one_of(minds: Minds, number: int, genome: Genes, feature: int, observed: Reals) -> float:
    """Return one of the features `[F]` as perceived by the first kind, if it is that, or else by one of the others."""
    if minds.number == number:
        return perceived_in_shared_world(minds.mind, genome, feature, observed)
    return perceived_by_kind(minds.others, number, genome, feature, observed)
