"""Plain twins of kinds of mind in ecologies, by name: tests of other packages add their own to `KINDS`."""

from collections.abc import Sequence
from functools import reduce
from typing import Any, Protocol

import reference
from reference import MOVES, NO_PLAN, STAY, below, choose
from reference.nearby import MATE, Seen, Thing, best_plan, sensed, wandered, weighed


class TwinKind(Protocol):
    """A kind of mind: `being` is a Being of reference/ecology.py, in the Ecology that is there."""

    wants: bool

    def value(self, ecology: Any, being: Any, amounts: Sequence[float]) -> float:
        """Return what features are worth to a being by its own objective."""

    def decide(self, ecology: Any, being: Any, seen: Seen, amounts: dict[Thing, list[float]], key: int) -> None:
        """Say on the being what it does: its action, whether it courts and wants a child, and what it thought."""


def scalar(being: Any, name: str, locus: Any) -> float:
    return being.genome.get(name, locus.initial or 0.0)


class TwinPlanner:
    wants = True

    def value(self, ecology: Any, being: Any, amounts: Sequence[float]) -> float:
        total = 0.0
        for feature, amount in zip(ecology.features, amounts, strict=True):
            weight = being.genome[f"objective.{feature}"]
            for drive in ecology.drives:
                weight += being.levels[drive] * being.genome[f"objective.{feature}.{drive}"]
            total += weight * amount
        return total

    def decide(self, ecology: Any, being: Any, seen: Seen, amounts: dict[Thing, list[float]], key: int) -> None:
        mind, vision = ecology.scenario.mind, ecology.scenario.world.vision
        worth = {thing: self.value(ecology, being, each) for thing, each in amounts.items()}
        being.courts = worth[MATE] > 0
        being.wants_child = worth.pop("child") > 0
        if not being.able:
            worth[MATE] = 0.0
        horizon = round(scalar(being, "planner.horizon", mind.planner.horizon))
        discount = scalar(being, "planner.discount", mind.planner.discount)
        discount *= scalar(being, "beliefs.persistence", mind.beliefs.persistence)
        temperature = scalar(being, "planner.temperature", mind.planner.temperature)
        being.thoughts = horizon * (2 * vision + 1) ** 2
        if temperature > 0:
            being.action = choose(weighed(seen, vision, horizon, discount, worth), temperature, key, 0)
            return
        _, being.action = best_plan(seen, vision, horizon, discount, worth, below(key, 6, 4))
        if being.action == NO_PLAN:
            being.action = wandered(seen, worth, being.last, key, 0)


class TwinHeuristic:
    wants = False

    def value(self, ecology: Any, being: Any, amounts: Sequence[float]) -> float:
        return 0.0

    def decide(self, ecology: Any, being: Any, seen: Seen, amounts: dict[Thing, list[float]], key: int) -> None:
        genome = {name.removeprefix("heuristic."): allele for name, allele in being.genome.items()}

        def choice(name: str) -> float:
            return reduce(
                lambda total, d: total + being.levels[d] * genome[f"{name}.{d}"], ecology.drives, genome[name]
            )

        being.courts, being.wants_child, being.thoughts = choice("court") > 0, choice("child") > 0, 0
        things = {thing: each for thing, each in amounts.items() if thing != "child"}
        perceived, scores = sensed(seen, ecology.features, things, being.last), {}
        for turn in MOVES:
            score = genome["bias"] + (genome["stayed"] if being.last == STAY else 0.0)
            for drive in ecology.drives:
                score += being.levels[drive] * genome[drive]
            for name, amount in reference.turned(perceived, turn).items():
                score += genome[name] * amount
            scores[turn] = score
        noise = scalar(being, "heuristic.temperature", ecology.scenario.mind.heuristic.temperature)
        being.action = choose({**scores, STAY: genome["stay"]}, noise, key, 0)


KINDS: dict[str, TwinKind] = {"heuristic": TwinHeuristic(), "planner": TwinPlanner()}  # in the order of their numbers
