"""Alignment: how far what agents want is from what selection measured, and who can tell without the genome.

    from evosim.alignment import starc_distance

    starc_distance(wanted, selected, transition=transition, discount=0.95)

What is named here works on plain arrays, whatever world they are of; docs/alignment.md defines every number.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evosim.alignment.inference.agents_and_devices import Behaviour, Evidence, agent_or_device, agents_or_devices
    from evosim.alignment.inference.goal_directedness import (
        GoalDirectedness,
        UnknownGoal,
        goal_directedness,
        unknown_goal_directedness,
    )
    from evosim.alignment.inference.irl import Demonstration, InferredObjective, infer_objective, infer_objectives
    from evosim.alignment.mdp.bellman import Transition
    from evosim.alignment.mdp.reward_distances import epic_distance, starc_distance
    from evosim.alignment.mdp.solvers import finite_optimum, occupancy, optimal_values, policy_values, soft_optimum
    from evosim.alignment.mdp.transition_model import expected_reward, transition_of
    from evosim.alignment.rationality.bronars import bronars_power
    from evosim.alignment.rationality.garp import critical_cost_efficiency, houtman_maks_index, satisfies_garp
    from evosim.alignment.rationality.money_pump import mean_money_pump, money_pump_index

__all__ = [
    "Behaviour",
    "Demonstration",
    "Evidence",
    "GoalDirectedness",
    "InferredObjective",
    "Transition",
    "UnknownGoal",
    "agent_or_device",
    "agents_or_devices",
    "bronars_power",
    "critical_cost_efficiency",
    "epic_distance",
    "expected_reward",
    "finite_optimum",
    "goal_directedness",
    "houtman_maks_index",
    "infer_objective",
    "infer_objectives",
    "mean_money_pump",
    "money_pump_index",
    "occupancy",
    "optimal_values",
    "policy_values",
    "satisfies_garp",
    "soft_optimum",
    "starc_distance",
    "transition_of",
    "unknown_goal_directedness",
]

EXPORTS = {
    "inference.agents_and_devices": ("Behaviour", "Evidence", "agent_or_device", "agents_or_devices"),
    "inference.goal_directedness": (
        "GoalDirectedness",
        "UnknownGoal",
        "goal_directedness",
        "unknown_goal_directedness",
    ),
    "inference.irl": ("Demonstration", "InferredObjective", "infer_objective", "infer_objectives"),
    "mdp.bellman": ("Transition",),
    "mdp.reward_distances": ("epic_distance", "starc_distance"),
    "mdp.solvers": ("finite_optimum", "occupancy", "optimal_values", "policy_values", "soft_optimum"),
    "mdp.transition_model": ("expected_reward", "transition_of"),
    "rationality.bronars": ("bronars_power",),
    "rationality.garp": ("critical_cost_efficiency", "houtman_maks_index", "satisfies_garp"),
    "rationality.money_pump": ("mean_money_pump", "money_pump_index"),
}


def __getattr__(name: str) -> Any:
    """Fetch a name when it is first asked for, so that names of classes can be read without a compiler."""
    for room, names in EXPORTS.items():
        if name in names:
            return getattr(import_module(f"evosim.alignment.{room}"), name)
    raise AttributeError(f"module 'evosim.alignment' has no attribute {name!r}")
