"""Plain twins of lives: one mind in one world, step after step."""

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from reference.cells import STAY, Cell, astray, moved
from reference.heuristic import choose, is_within, notice, scores, senses, ways_by
from reference.imagination import Imagination, best_plan, sampled_action
from reference.imagination import Life as Imaginary
from reference.network import Rule, rethought, weighs
from reference.planner import NO_PLAN, Dream, add, wander
from reference.program import Instruction, active, thought
from reference.random import below, fold, uniform
from reference.sampling import TwinWorld
from reference.shortest_paths import ways_to
from reference.tree_search import Tree


class TwinMind(NamedTuple):
    controller: str
    objective: Sequence[float]
    horizon: int
    discount: float
    temperature: float
    weights: dict[str, Sequence[float]]
    out: Sequence[float]
    stay: float
    noise: float
    sequence: Sequence[int]
    slip: float = math.nan
    persistence: float = 1.0
    detectors: Sequence[Sequence[float]] = ()
    sharpness: float = 1.0
    algorithm: str = "value_iteration"
    effort: int = 1
    candidates: int = 0
    drives: int = 0
    program: Sequence[Instruction] = ()
    network: Sequence[Rule] = ()
    registers: int = 0
    inputs: Sequence[str] = ()
    thoughts: int = 0
    knows_ways: bool = False


class Life:
    """One episode of one mind in one world, step after step."""

    def __init__(self, plan: Any, world: TwinWorld, mind: TwinMind, names: Sequence[str], key: int) -> None:
        self.plan, self.world, self.mind, self.names, self.key = plan, world, mind, names, key
        self.has_objective = mind.controller == "planner"
        self.at = {cell: n for n, cell in enumerate(world.cells)}
        self.features = [self.perceived(row) for row in world.features]
        self.present = set(self.at.values())
        self.known = set() if plan.vision else set(self.present)
        self.inventory = [0] * plan.types
        self.back: dict[int, int] = {}
        self.energy, self.hunger = float(plan.supply.initial), 0.0
        self.needs_energy, self.starved = plan.supply.initial > 0, False
        self.cell, self.tick, self.last = world.start, 0, STAY
        self.remembered: int | None = None
        self.dream: Dream | None = None
        self.climbed: tuple[Any, Any] | None = None
        self.aim = NO_PLAN
        self.plan_left: list[int] = []
        self.expected: Cell | None = None
        self.news = True  # whether what can be had, or hunger, is not what it was at the last decision
        self.thinking, self.moves, self.mesa_return = 0, 0, 0.0
        self.entered: list[int] = []
        self.come_to: list[int] = []
        self.over = False

    def perceived(self, observable: Sequence[float]) -> list[float]:
        """Look through the detectors: a weight for each feature, then a bias."""

        def detect(row: Sequence[float]) -> float:
            return reduce(lambda total, pair: total + pair[0] * pair[1], zip(row, observable, strict=False), row[-1])

        if not len(self.mind.detectors):
            return list(observable)
        return [1 / (1 + float(np.exp(-self.mind.sharpness * detect(row)))) for row in self.mind.detectors]

    @property
    def objects(self) -> dict[Cell, int]:
        """Say what the agent believes to be there."""
        return {cell: n for cell, n in self.at.items() if n in self.known}

    def can_have(self, n: int, there: set[int]) -> bool:
        return n in there and all(have >= need for have, need in zip(self.inventory, self.plan.needs[n], strict=True))

    def utilities(self) -> list[float]:
        """Value each object, then each place."""
        objective, count = self.mind.objective, len(self.names)
        weights = list(objective[:count])
        if self.mind.drives and len(objective):
            weights = [w + self.hunger * d for w, d in zip(weights, objective[count:], strict=True)]
        values = [add(w * x for w, x in zip(weights, row, strict=False)) for row in self.features]
        count = len(self.world.cells)
        return [*values[:count], *(max(value, 0.0) for value in values[count:])]

    def action(self) -> int:
        ways = {"open_loop": self.recite, "heuristic": self.react, "planner": self.plan_ahead}
        return ways.get(self.mind.controller, self.climb)()

    def climb(self) -> int:
        """Go where the map that was thought is highest; think when what is seen of the map has changed."""
        mind = self.mind
        seen = (frozenset(self.known), self.cell if "here" in mind.inputs else None)
        if self.climbed is None or self.climbed[0] != seen:
            parts = weighs(mind.network) if mind.network else len(active(mind.program, mind.registers))
            self.thinking += mind.thoughts * parts
            self.climbed = seen, self.thought_over()
        heights = self.climbed[1]
        around = [heights[moved(self.cell, action)] for action in range(4)]
        best = [action for action, height in enumerate(around) if height == max(around)]
        if heights[self.cell] > max(around):
            return STAY
        return best[below(self.key, 4 * self.tick, len(best)) if len(best) > 1 else 0]

    def thought_over(self) -> Any:
        """Think the map that is climbed, by a network or else by a program."""
        mind, shown = self.mind, self.shown()
        if mind.network:
            inputs = dict(zip(self.input_names(), shown, strict=True))
            return rethought(mind.network, inputs, mind.thoughts)
        return thought(mind.program, shown, mind.registers, mind.thoughts)

    def input_names(self) -> list[str]:
        return [each for name in self.mind.inputs for each in (self.names if name == "features" else [name])]

    def shown(self) -> list[Any]:
        """Draw a map for each input."""
        shape = self.plan.rows, self.plan.columns
        walls, things, here = (np.zeros(shape) for _ in range(3))
        features = [np.zeros(shape) for _ in self.features[0]]
        for row in range(shape[0]):
            for column in range(shape[1]):
                walls[row, column] = (row, column) not in self.world.floor
        whats = {cell: len(self.world.cells) + q for cell, q in self.world.places.items() if cell in self.world.floor}
        for cell, what in (whats | self.objects).items():
            things[cell] = cell in self.objects
            for layer, value in zip(features, self.features[what], strict=True):
                layer[cell] = value
        here[self.cell] = 1
        coordinates = [[place[axis] / (shape[axis] - 1) for place in np.ndindex(*shape)] for axis in (0, 1)]
        down, right = (np.reshape(each, shape) for each in coordinates)
        layers = {
            "wall": [walls],
            "features": features,
            "thing": [things],
            "here": [here],
            "row": [down],
            "column": [right],
        }
        return [layer for name in self.mind.inputs for layer in layers[name]]

    def recite(self) -> int:
        return int(self.mind.sequence[self.tick % len(self.mind.sequence)])

    def react(self) -> int:
        floor, mind = self.world.floor, self.mind
        sides, self.remembered = notice(self.cell, floor, self.objects, self.remembered, self.plan.vision)
        sensed = senses(
            self.cell, self.last, floor, self.world.cells, self.features, self.names, sides, self.remembered,
            self.ways() if mind.knows_ways else None,
        )  # fmt: skip
        scored = [*scores(sensed, self.last, mind.weights, mind.out, self.hunger), mind.stay]
        return choose(dict(enumerate(scored)), mind.noise, self.key, 4 * self.tick)

    def ways(self) -> dict[tuple[str, int, str], float]:
        usable = {cell: n for cell, n in self.at.items() if self.can_have(n, self.known)}
        places = {cell: len(self.world.cells) + q for cell, q in self.world.places.items() if cell in self.world.floor}
        return ways_by(self.cell, self.world.floor, usable, places, self.features, self.names)

    def dreamt(self) -> Dream:
        """Imagine the world as it is believed to be: what can't be had is floor, a place adds to what stands there."""
        utility, count = self.utilities(), len(self.world.cells)
        places = {cell: count + q for cell, q in self.world.places.items()}
        for cell, n in self.at.items():
            utility[n] += utility[places[cell]] if cell in places else 0.0
        mind, usable = self.mind, {cell: n for cell, n in self.at.items() if self.can_have(n, self.known)}
        slip = self.plan.slip if math.isnan(mind.slip) else mind.slip
        discount = mind.discount * mind.persistence
        return Dream(self.world.floor, usable, utility, discount, slip, self.plan.slip_kind, places)

    def plan_ahead(self) -> int:
        mind = self.mind
        others = {"tree_search": self.follow_tree, "mcts": self.sample, "plan_optimization": self.carry_out}
        if mind.algorithm in others:
            action = others[mind.algorithm]()
            self.dream = self.dream or self.dreamt()
        else:
            if self.dream is None:
                self.dream = self.dreamt()
                self.thinking += mind.horizon * len(self.world.floor)
            if mind.temperature > 0:
                weighed = self.dream.weighed(self.cell, mind.horizon)
                return choose(weighed, mind.temperature, self.key, 4 * self.tick)
            action = self.dream.best(self.cell, mind.horizon).action
        return action if action != NO_PLAN else wander(self.cell, self.last, self.dream, self.key, 4 * self.tick)

    def follow_tree(self) -> int:
        """Walk on to the first goal of the best walk; search when there, when something changed, or without a goal."""
        mind, world = self.mind, self.world
        there = self.aim < len(world.cells) and self.aim != NO_PLAN and world.cells[self.aim] == self.cell
        if self.dream is None or self.aim == NO_PLAN or there:
            self.dream = self.dreamt()
            self.thinking += sum(4**depth for depth in range(1, mind.horizon + 1))
            tree = Tree(self.plan, world, self.utilities(), mind.discount * mind.persistence)
            known, inventory = frozenset(self.known), tuple(self.inventory)
            _, _, self.aim = tree.search(self.cell, mind.horizon, known, inventory, self.energy)
        if self.aim == NO_PLAN:
            return NO_PLAN
        count = len(world.cells)
        goal = {cell for cell, q in world.places.items() if q == self.aim - count}
        target = world.cells[self.aim] if self.aim < count else goal
        return ways_to(target, world.floor, set(self.dream.objects)).get(self.cell, (0, STAY))[1]

    def imagination(self) -> tuple[Imagination, Imaginary]:
        """Imagine what may come from here on."""
        mind, plan = self.mind, self.plan
        slip = plan.slip if math.isnan(mind.slip) else mind.slip
        certain = mind.algorithm == "plan_optimization"
        mine = Imagination(
            plan, self.world, self.utilities(), mind.discount * mind.persistence, 0.0 if certain else slip, mind.horizon
        )
        return mine, Imaginary(self.cell, frozenset(self.known), tuple(self.inventory), self.energy, STAY, False)

    def sample(self) -> int:
        """Choose by a tree that is sampled anew."""
        self.thinking += self.mind.effort * self.mind.horizon
        imagination, now = self.imagination()
        if not self.wants_anything():
            return NO_PLAN
        return sampled_action(imagination, now, self.mind.effort, fold(self.key, 4 * self.tick))

    def wants_anything(self) -> bool:
        """Say whether anything is wanted, wherever it is and whether or not it can be had."""
        return any(value > 0 for value in self.dreamt().utility)

    def carry_out(self) -> int:
        """Go on with the plan, unless something isn't as it was imagined; make one where there is none."""
        mind = self.mind
        imagination, now = self.imagination()
        as_imagined = self.dream is not None and self.expected == self.cell
        if not as_imagined or (not self.plan_left and imagination.being_at(self.cell) == 0):
            self.thinking += mind.effort * mind.candidates * mind.horizon
            self.dream, self.expected, self.plan_left = self.dreamt(), self.cell, []
            value = 0.0
            if self.wants_anything():
                key = fold(self.key, 4 * self.tick)
                value, self.plan_left = best_plan(imagination, now, mind.effort, mind.candidates, key)
            if value <= 0:
                self.plan_left = []
                return NO_PLAN
        if not self.plan_left:
            return STAY
        move = self.plan_left.pop(0)
        self.expected = moved(self.cell, move)
        return move

    def wake_up(self) -> None:
        """Notice what has come back, what comes in sight, and hunger: each asks for a new plan."""
        for n in [n for n, tick in self.back.items() if self.tick >= tick]:
            self.present.add(n)
            del self.back[n]
        seen = {n for cell, n in self.at.items() if is_within(self.plan.vision, self.cell, cell)}
        known = (self.known - seen) | (self.present & seen)
        hunger = self.hunger
        if self.mind.drives and self.needs_energy:
            hunger = round(10 * (1 - self.energy / self.plan.supply.most)) / 10
        if known != self.known or hunger != self.hunger:
            self.dream = None
        self.news |= known != self.known or (hunger != self.hunger and self.mind.controller != "open_loop")
        self.known, self.hunger = known, hunger

    def step(self) -> None:
        self.wake_up()
        thought, supply = self.thinking, self.plan.supply
        self.last = action = self.action()
        if action != STAY and uniform(self.key, 4 * self.tick + 1) < self.plan.slip:
            ways = astray(action, self.plan.slip_kind)
            action = ways[below(self.key, 4 * self.tick + 2, len(ways))]
        self.tick += 1
        target = moved(self.cell, action)
        moves = target in self.world.floor and target != self.cell
        if self.needs_energy:
            self.energy -= supply.per_tick + supply.per_thought * (self.thinking - thought)
            self.energy -= supply.per_move if moves else 0.0
        if moves:
            self.moves += 1
            self.arrive(target)
        self.starved = self.needs_energy and self.energy <= 0

    def arrive(self, target: Cell) -> None:
        q = self.world.places.get(target)
        if q is not None and q != self.world.places.get(self.cell):
            self.come_to.append(q)
        self.cell = target
        n = self.at.get(target)
        if n is not None and self.can_have(n, self.present):
            self.enter(n)

    def enter(self, n: int) -> None:
        plan = self.plan
        self.entered.append(n)
        self.mesa_return += self.utilities()[n] if self.has_objective else 0.0
        self.over = bool(plan.ends[n])
        self.energy = min(self.energy + float(plan.energy[n]), plan.supply.most)
        self.inventory = [have - int(need) for have, need in zip(self.inventory, plan.needs[n], strict=True)]
        self.inventory[plan.type_of[n]] += bool(plan.carried[n])
        if plan.taken[n]:
            self.present.discard(n)
            self.known.discard(n)
            if plan.respawns[n]:
                self.back[n] = self.tick + int(plan.respawns[n])
        else:
            self.known.add(n)
        if plan.taken[n] or any(plan.needs[n]):
            self.dream = None
            self.news = True

    def live(self) -> tuple[dict[str, list[float]], float]:
        """Live to the end; give the outcomes, segment by segment, and the mesa-return."""
        plan = self.plan
        while self.tick < plan.steps and not self.over and not self.starved:
            self.step()
        at_last = self.world.places.get(self.cell)
        if at_last is not None:
            self.mesa_return += self.utilities()[len(self.world.cells) + at_last] if self.has_objective else 0.0
        kinds = [int(plan.type_of[n]) for n in self.entered]
        places = range(plan.places)
        return {
            "own": [add(plan.outcomes[n][o] for n in self.entered) for o in range(plan.outcomes.shape[1])],
            "steps": [self.tick],
            "moves": [self.moves],
            "thinking": [self.thinking],
            "energy": [max(self.energy, 0.0)],
            "survived": [float(not self.starved)],
            "entered": [kinds.count(kind) for kind in range(plan.types)],
            "entered_first": [int(kinds[:1] == [kind]) for kind in range(plan.types)],
            "entered_place": [sum(plan.place_type[q] == place for q in self.come_to) for place in places],
            "ended_at": [int(at_last is not None and plan.place_type[at_last] == place) for place in places],
        }, self.mesa_return


class AskedLife(Life):
    """A life in which another mind is asked in each state what it would do there."""

    def __init__(
        self, plan: Any, world: TwinWorld, mind: TwinMind, names: Sequence[str], key: int, other: TwinMind
    ) -> None:
        super().__init__(plan, world, mind, names, key)
        self.other = Life(plan, world, other, names, key)
        self.otherwise, self.decisions, self.stood = 0, 0, None

    def action(self) -> int:
        """Put the other mind where this one is; what it plans and aims at, it keeps until something changes."""
        visits = self.cell != self.stood or self.news
        self.stood, self.news = self.cell, False
        if self.dream is None:
            self.other.dream = None
        for part in ("cell", "tick", "last", "present", "known", "inventory", "energy", "hunger"):
            setattr(self.other, part, getattr(self, part))
        action = super().action()
        differs = self.other.action() != action
        self.decisions += visits
        self.otherwise += visits and differs
        return action
