"""The savanna of `contraception` in Mesa 3, as a user of Mesa would write it: a grid, creatures, a model.

The same rules as evosim's, on a torus without walls: all look around and decide, then act in random order, are born,
age and die, and fruit grows. Chance is Mesa's own; `decide` draws only which way is looked first, and where to wander.
"""

from collections.abc import Callable
from typing import Any

import mesa
from mesa.discrete_space import CellAgent, OrthogonalVonNeumannGrid

from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.evolution import GaussianMutation

NORTH, EAST, SOUTH, WEST = (-1, 0), (0, 1), (1, 0), (0, -1)
WAYS = (NORTH, EAST, SOUTH, WEST)
MATE = "mate"


class Creature(CellAgent):  # type: ignore[misc]
    """A planner with a genome: three weights, the same three for when it is hungry, and a horizon."""

    model: "Meadow"

    def __init__(self, model: "Meadow", cell: Any, genome: list[float], energy: float, born: int) -> None:
        super().__init__(model)
        self.cell = cell
        self.genome, self.energy, self.born = genome, energy, born
        self.ready = born
        life = model.life
        own = life.lifespan * (1 + life.spread * (2 * self.random.random() - 1))
        self.due = born + max(int(own), 1)
        self.last: tuple[int, int] | None = None
        self.action: tuple[int, int] | None = None
        self.able = self.courts = self.plans = False
        self.thoughts = 0.0

    def utility(self, features: dict[str, float], hunger: float) -> float:
        """Return what features are worth to it."""
        names, weights = self.model.features, self.genome
        return sum(
            (weights[f] + hunger * weights[len(names) + f]) * features.get(name, 0.0) for f, name in enumerate(names)
        )

    def decide(self) -> None:
        """Choose the first step of the best plan."""
        model = self.model
        hunger = max(round(10 * (1 - self.energy / model.energy.most)) / 10, 0.0)
        worth: dict[Any, float] = {name: self.utility(food.features, hunger) for name, food in model.foods.items()}
        worth[MATE] = self.utility(model.mating.features, hunger)
        self.courts = self.able and worth[MATE] > 0
        if not self.able:
            worth[MATE] = 0.0
        horizon = round(self.genome[-1])
        self.thoughts = horizon * (2 * model.vision + 1) ** 2
        first = model.looks_first(self)
        self.action = self.plan(worth, horizon, [*WAYS[first:], *WAYS[:first]])
        self.plans = self.action is not None
        if not self.plans:
            self.action = self.wander(worth)

    def lies_at(self, cell: Any) -> Any:
        """Return what it sees in a cell: a kind of food, a mate, None, or False where nobody can go."""
        if not cell.agents:
            return self.model.food.get(cell.coordinate)
        (other,) = cell.agents
        return None if other is self else MATE if other.able else False

    def plan(self, worth: dict[Any, float], horizon: int, ways: list[tuple[int, int]]) -> tuple[int, int] | None:
        """Search in breadth for the best thing to go to; return the first step, or None if nothing is wanted."""
        discount, vision = self.model.discount, self.model.vision
        best, chosen, ahead = 0.0, None, max(*worth.values(), 0.0) * discount
        reached, edge = {(0, 0)}, [((0, 0), self.cell, None)]
        steps = 0
        while edge and steps < horizon and ahead > best:
            steps += 1
            further: list[Any] = []
            for (down, across), cell, came in edge:
                for way in ways:
                    to = down + way[0], across + way[1]
                    if to in reached or abs(to[0]) > vision or abs(to[1]) > vision:
                        continue
                    reached.add(to)
                    other = cell.connections[way]
                    what, first = self.lies_at(other), came or way
                    if what is None:
                        further.append((to, other, first))
                    elif what and worth[what] > 0:
                        value = worth[what] * discount**steps
                        if value > best:
                            best, chosen = value, first
            edge = further
            ahead *= discount
        return chosen

    def wander(self, worth: dict[Any, float]) -> tuple[int, int] | None:
        """Go anywhere that is not unwanted, back only if there is no other way."""
        ways = []
        for way in WAYS:
            what = self.lies_at(self.cell.connections[way])
            if what is None or (what and what != MATE and worth[what] >= 0):
                ways.append(way)
        if self.last and len(ways) > 1:
            back = -self.last[0], -self.last[1]
            ways = [way for way in ways if way != back]
        return self.random.choice(ways) if ways else None

    def act(self) -> None:
        """Do what was decided, if it still can be done."""
        self.last = self.action
        if self.action is None:
            return
        model, target = self.model, self.cell.connections[self.action]
        if target.agents or target.coordinate in model.cradles:
            self.last = None
            if target.agents:
                self.meet(target.agents[0])
            return
        self.cell = target
        self.energy -= model.energy.per_move
        food = model.food.pop(target.coordinate, None)
        if food is not None:
            self.energy = min(self.energy + model.foods[food].energy, model.energy.most)
            model.eaten += 1

    def meet(self, other: "Creature") -> None:
        """Mate, if both can and want to; perhaps have a child."""
        model, mating = self.model, self.model.mating
        if not (self.able and other.able and self.courts and other.courts):
            return
        model.matings += 1
        for each in (self, other):
            each.able = False
            each.ready = model.tick + mating.refractory
        half = mating.child_energy / 2
        if self.random.random() >= mating.fertility or self.energy <= half or other.energy <= half:
            return
        beside = [*self.cell.connections.values(), *other.cell.connections.values()]
        free = [cell for cell in beside if model.is_free(cell)]
        if not free:
            return
        for each in (self, other):
            each.energy -= half
            each.ready = model.tick + max(mating.refractory, mating.recovery)
        cell = self.random.choice(free)
        model.cradles[cell.coordinate] = (cell, model.child_of(self.genome, other.genome))

    def age(self) -> None:
        """Spend the energy of a tick; die of hunger, of age or by accident."""
        model = self.model
        self.energy = min(self.energy, model.energy.most)
        self.energy -= model.energy.per_tick + model.energy.per_thought * self.thoughts
        if self.energy <= 0 or model.tick + 1 >= self.due or self.random.random() < model.life.accident:
            self.remove()

    def mature(self) -> None:
        """Find out whether it can mate at the next tick."""
        model, now = self.model, self.model.tick + 1
        old, ready = now - self.born >= model.life.adult_at, self.ready <= now
        self.able = old and ready and self.energy >= model.mating.energy


class Meadow(mesa.Model):  # type: ignore[misc]
    """The world of an environment, with nobody in it yet."""

    def __init__(self, scenario: Scenario, world: EcologyWorld, low: list[float], high: list[float], seed: int) -> None:
        super().__init__(rng=seed)
        self.grid = OrthogonalVonNeumannGrid(tuple(world.size), torus=True, capacity=1, random=self.random)
        self.features, self.vision = list(scenario.world.features), world.vision
        self.energy, self.life, self.mating, self.foods = world.energy, world.life, world.mating, world.objects
        self.discount = 0.9
        mutation = scenario.evolution.mutation
        assert isinstance(mutation, GaussianMutation)
        self.mutation, self.low, self.high = mutation, low, high
        self.food: dict[Any, str] = {}
        self.cradles: dict[Any, tuple[Any, list[float]]] = {}
        self.tick = self.lived = self.matings = self.eaten = 0
        self.cells = list(self.grid)
        self.looks_first: Callable[[Creature], int] = lambda _: self.random.randrange(4)  # which of the WAYS

    def is_free(self, cell: Any) -> bool:
        """Whether nothing is or will be in a cell."""
        return not (cell.agents or cell.coordinate in self.food or cell.coordinate in self.cradles)

    def child_of(self, one: list[float], other: list[float]) -> list[float]:
        """Return a genome by uniform crossover and Gaussian mutation, reflected at the ends of its ranges."""
        genome = []
        for mine, its, low, high in zip(one, other, self.low, self.high, strict=True):
            allele = mine if self.random.random() < 0.5 else its
            if self.random.random() < self.mutation.rate:
                allele += self.random.gauss(0.0, self.mutation.scale * (high - low) / 2)
                allele = 2 * high - allele if allele > high else 2 * low - allele if allele < low else allele
            genome.append(allele)
        return genome

    def step(self) -> None:
        """Go through one tick."""
        self.lived += len(self.agents)
        self.agents.do("decide")
        self.agents.shuffle_do("act")
        there = list(self.agents)
        for cell, genome in self.cradles.values():
            Creature(self, cell, genome, self.mating.child_energy, self.tick)
        self.cradles.clear()
        for each in there:
            each.age()
        for name, food in self.foods.items():
            some = int(food.grows) + (self.random.random() < food.grows % 1)
            for cell in self.random.choices(self.cells, k=some):
                if self.is_free(cell):
                    self.food[cell.coordinate] = name
        self.agents.do("mature")
        self.tick += 1
