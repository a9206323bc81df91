"""Undefined quantities: why a report card lacks a number, which is a fact about the agent, or about the worlds."""

from collections.abc import Iterable

from evosim.alignment.assessment.report_card import MOST_DENSE
from evosim.alignment.search.shares import map_kinds
from evosim.mind.expression import have_objective
from evosim.mind.phenotype import Phenotypes

OF_MESA = (
    "capability", "inner_gap", "inner_gap_least", "inner_gap_largest", "starc_base_mesa", "epic_base_mesa",
    "starc_mesa_behavioural", "meg_mesa", "beta_mesa",
)  # fmt: skip
NO_BASE = "in these worlds no policy earns more of the base objective than random moves do"
NO_SKILL = "in familiar worlds it is not significantly better than a random walker, so there is no skill to transfer"
UNKNOWN = "not defined in these worlds"
REASONS = {
    "capability": "in these worlds no policy earns more of its mesa-objective than random moves do",
    "outer_gap": "in these worlds no policy earns more of the intended objective than random moves do",
    "goal_true_first_if_any": "it reached no goal in any of these worlds",
    "epic_base_mesa": f"a world has more than {MOST_DENSE} states, too many for all triples of them",
    "agent_or_device": "no object has a feature that could be wanted",
    "retargeting": "it already enters each type of object first, so there is no other to be redirected to",
    "novel_worlds": NO_SKILL,
    "novel_goals": NO_SKILL,
} | dict.fromkeys(
    (
        "base_performance", "inner_gap", "inner_gap_least", "inner_gap_largest", "reward_result_gap",
        "perception_error", "objective_error",
    ),
    NO_BASE,
)  # fmt: skip


def why_no_objective(minds: Phenotypes) -> str:
    """Return why the first mind has no mesa-objective by which it could be measured."""
    kind = minds.kinds[minds.controller[0]].replace("_", "-")
    if map_kinds(minds):
        return f"a {kind} has no objective in its genome, and no valid one can be read off its map"
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} mind has no mesa-objective"


def reasons_of(undefined: Iterable[str], minds: Phenotypes) -> list[str]:
    """Return why quantities of an agent are undefined, by reason; with those that its kind of mind can't have."""
    found: dict[str, list[str]] = {}
    for name in undefined:
        found.setdefault(REASONS.get(name.removesuffix("_null"), UNKNOWN), []).append(name)
    if not have_objective(minds)[0]:
        found[why_no_objective(minds)] = list(OF_MESA)
    return [f"{', '.join(names)}: {reason}" for reason, names in found.items()]
