"""Reach: whether what an override sets makes a difference to any environment, or to the algorithm in use."""

from typing import Any

from evosim.numerics.formatting import enumerated
from evosim.scenario.loading.resolve import OF_ALL_KINDS, resolve
from evosim.scenario.schema.ecologies import ECOLOGY
from evosim.scenario.schema.evolution import ALGORITHMS
from evosim.scenario.schema.worlds import kind_of
from evosim.scenario.validation.ecologies import SAME
from evosim.scenario.validation.evolution import LACKING

COMPARED = ("kind", OF_ALL_KINDS[0])  # of a world, with its environments: more than what these inherit
COMPARED_IN_ECOLOGIES = (*SAME, "drives")


def refuse_idle_world(before: dict[str, Any], after: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Check that some environment inherits what an override changes in the world.

    None does of a stored run, which says everything of each environment.

    Raises:
        ValueError: none does.
    """
    world, changed = before.get("world"), after.get("world")
    if keys[0] != "world" or len(keys) == 1 or not isinstance(world, dict) or changed == world:
        return
    if keys[1] in COMPARED or (kind_of(world) == ECOLOGY and keys[1] in COMPARED_IN_ECOLOGIES):
        return
    environments = resolve(before).get("environments")
    if isinstance(environments, dict) and environments and resolve(after).get("environments") == environments:
        key, whose = ".".join(keys[1:]), "every environment" if len(environments) > 1 else "the environment"
        instead = enumerated([f"environments.{name}.{key}" for name in environments])
        raise ValueError(f"world.{key}: changes nothing, for {whose} says this itself; set {instead}")


def refuse_operator_without_use(asked: dict[str, Any], algorithm: Any, keys: tuple[str, ...], value: Any) -> None:
    """Check that the algorithm has a use for an operator that an override chooses, be it the one that stands there.

    Raises:
        ValueError: it has none.
    """
    section, part, *rest = *keys, ""
    if section != "evolution" or not (rest[:1] == ["operator"] or isinstance(value, dict)):
        return
    evolution = asked.get("evolution")
    said = evolution.get("algorithm") if isinstance(evolution, dict) else None
    used = algorithm or said or ALGORITHMS[0]
    if isinstance(used, str) and part in LACKING.get(used, {}):
        raise ValueError(f"evolution.{part}: {used} has no {part}: leave this out")
