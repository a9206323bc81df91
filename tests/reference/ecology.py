"""Plain twins of ecologies: slow, obviously right, and written differently.

An ecology is a list of beings and a dictionary of what stands in cells, and the rules are read off the scenario.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

import reference
from reference import MOVES, NO_PLAN, STAY, Cell, below, bits, choose, fold, moved, uniform
from reference.nearby import MATE, WALL, Seen, Thing, best_plan, sensed, wandered, weighed
from reference.rules import NOTHING, world_at


@dataclass
class Being:
    id: int
    cell: Cell
    born: int
    due: int
    energy: float
    genome: dict[str, float]
    depth: float
    levels: dict[str, float]
    ready: int
    last: int = STAY
    children: int = 0
    able: bool = False
    courts: bool = False
    wants_child: bool = False
    action: int = STAY
    parents: tuple[int, int] = (-1, -1)


@dataclass
class Child:
    parents: tuple[Being, Being]
    cell: Cell


@dataclass
class Ecology:
    """A whole ecology: `tick` after `tick`, in the words of its scenario."""

    scenario: Any
    low: dict[str, float]  # of loci
    high: dict[str, float]
    keys: dict[str, int]
    beings: list[Being]
    food: dict[Cell, int]
    walls: set[Cell]
    bank: list[dict[str, float]]
    next_id: int
    told: Counter[str] = field(default_factory=Counter)
    born: list[tuple[int, int, int]] = field(default_factory=list)
    died: list[tuple[int, int, str]] = field(default_factory=list)
    felt: Counter[str] = field(default_factory=Counter)
    worlds: dict[int, Any] = field(default_factory=dict)  # by the tick at which they begin

    def __post_init__(self) -> None:
        self.size = self.scenario.world.size
        self.names = list(dict.fromkeys(k for world in self.scenario.environments.values() for k in world.objects))
        self.drives = list(self.scenario.mind.objective.drives)
        self.features = list(self.scenario.world.features)

    # ------------------------------------------------------------ the world

    def environment_at(self, tick: int) -> Any:
        began = tick // self.scenario.evolution.interval * self.scenario.evolution.interval
        if began not in self.worlds:
            self.worlds[began] = world_at(self.scenario, began)
        return self.worlds[began]

    def neighbour(self, cell: Cell, way: int) -> Cell:
        row, column = moved(cell, way)
        return row % self.size[0], column % self.size[1]

    def someone_at(self, cell: Cell) -> Being | None:
        return next((being for being in self.beings if being.cell == cell), None)

    def is_free(self, cell: Cell, taken: Iterable[Cell] = ()) -> bool:
        return cell not in self.walls and cell not in self.food and self.someone_at(cell) is None and cell not in taken

    def kind_of(self, kind: int, world: Any) -> Any:
        """Say what a kind of food is like in a world; one that never was anywhere is nothing to anybody."""
        return world.objects.get(self.names[kind], NOTHING)

    def amounts(self, world: Any, kind: int | str) -> list[float]:
        """Give the features of a kind of food, of mating, or of a child."""
        if kind == MATE:
            said = world.mating.features
        elif kind == "child":
            said = world.mating.child
        else:
            said = self.kind_of(kind, world).features
        return [said.get(feature, 0.0) for feature in self.features]

    def seen_by(self, being: Being) -> Seen:
        span = range(-self.scenario.world.vision, self.scenario.world.vision + 1)
        torus = self.scenario.world.edges == "torus"
        bodies = {other.cell: other for other in self.beings if other is not being}
        seen: Seen = {}
        for down in span:
            for across in span:
                row, column = being.cell[0] + down, being.cell[1] + across
                if not torus and not (0 <= row < self.size[0] and 0 <= column < self.size[1]):
                    seen[down, across] = WALL
                    continue
                cell = row % self.size[0], column % self.size[1]
                if cell in self.walls:
                    seen[down, across] = WALL
                elif cell in bodies:
                    seen[down, across] = MATE if bodies[cell].able else WALL
                elif cell in self.food:
                    seen[down, across] = self.food[cell]
        return seen

    # ------------------------------------------------------------ minds

    def plans(self, being: Being) -> bool:
        shares = {name: being.genome.get(f"controller.{name}", 1.0) for name in self.scenario.mind.controllers}
        order = [name for name in ("heuristic", "planner") if name in shares]
        return max(order, key=lambda name: (shares[name], -order.index(name))) == "planner"

    def value(self, being: Being, amounts: Sequence[float]) -> float:
        total = 0.0
        for feature, amount in zip(self.features, amounts, strict=True):
            weight = being.genome[f"objective.{feature}"]
            for drive in self.drives:
                weight += being.levels[drive] * being.genome[f"objective.{feature}.{drive}"]
            total += weight * amount
        return total

    def scalar(self, being: Being, name: str, locus: Any) -> float:
        return being.genome.get(name, locus.initial or 0.0)

    def decide(self, being: Being, tick: int) -> None:
        world, mind = self.environment_at(tick), self.scenario.mind
        key = fold(fold(self.keys["acts"], tick), being.id)
        if "hunger" in self.drives:
            being.levels["hunger"] = max(0.0, round(10 * (1 - being.energy / world.energy.most)) / 10)
        seen = self.seen_by(being)
        amounts: dict[Thing, list[float]] = {
            kind: self.amounts(world, kind) for kind in (*range(len(self.names)), MATE)
        }
        if not self.plans(being):
            return self.respond(being, seen, amounts, key)
        worth = {kind: self.value(being, each) for kind, each in amounts.items()}
        being.courts = being.able and worth[MATE] > 0
        being.wants_child = self.value(being, self.amounts(world, "child")) > 0
        if not being.able:
            worth[MATE] = 0.0
        vision, horizon = self.scenario.world.vision, round(self.scalar(being, "planner.horizon", mind.planner.horizon))
        discount = self.scalar(being, "planner.discount", mind.planner.discount)
        discount *= self.scalar(being, "beliefs.persistence", mind.beliefs.persistence)
        temperature = self.scalar(being, "planner.temperature", mind.planner.temperature)
        if temperature > 0:
            being.action = choose(weighed(seen, vision, horizon, discount, worth), temperature, key, 0)
            return None
        _, being.action = best_plan(seen, vision, horizon, discount, worth, below(key, 6, 4))
        if being.action == NO_PLAN:
            being.action = wandered(seen, worth, being.last, key, 0)
        return None

    def respond(self, being: Being, seen: Seen, amounts: dict[Thing, list[float]], key: int) -> None:
        genome = {name.removeprefix("heuristic."): allele for name, allele in being.genome.items()}

        def choice(name: str) -> float:
            return reduce(lambda total, d: total + being.levels[d] * genome[f"{name}.{d}"], self.drives, genome[name])

        being.courts = being.able and choice("court") > 0
        being.wants_child = choice("child") > 0
        perceived, scores = sensed(seen, self.features, amounts, being.last), {}
        for turn in MOVES:
            score = genome["bias"] + (genome["stayed"] if being.last == STAY else 0.0)
            for drive in self.drives:
                score += being.levels[drive] * genome[drive]
            for name, amount in reference.turned(perceived, turn).items():
                score += genome[name] * amount
            scores[turn] = score
        noise = self.scalar(being, "heuristic.temperature", self.scenario.mind.heuristic.temperature)
        being.action = choose({**scores, STAY: genome["stay"]}, noise, key, 0)

    # ------------------------------------------------------------ a tick

    def tick(self, tick: int) -> None:
        """Live one tick: the genomes of who is born in it are at the end of `beings`, to be looked at."""
        world, tick_key = self.environment_at(tick), fold(self.keys["acts"], tick)
        for being in self.beings:
            self.decide(being, tick)
        there = list(self.beings)
        self.told["lived"] += len(there)
        conceived: list[Child] = []
        for being in sorted(there, key=lambda each: bits(fold(tick_key, each.id), 5)):
            self.act(being, tick, world, conceived)
        children = self.born_of(conceived, tick, world)
        self.beings += children
        for being in reversed(there):
            self.grow_older(being, tick, world)
        culls = 0
        while world.ceiling is not None and len(self.beings) > world.ceiling:
            at = below(fold(tick_key, 2**40), culls, len(self.beings))
            self.die(self.beings[at], tick, "culled")
            culls += 1
        self.immigrate(tick, world)
        self.sow(tick, world)
        for being in self.beings:
            being.able = (
                tick + 1 - being.born >= world.life.adult_at
                and being.ready <= tick + 1
                and being.energy >= world.mating.energy
            )

    def act(self, being: Being, tick: int, world: Any, conceived: list[Child]) -> None:
        being.last = being.action
        if being.action == STAY:
            return
        target = self.neighbour(being.cell, being.action)
        other = self.someone_at(target)
        if other or target in self.walls or target in (child.cell for child in conceived):
            being.last = STAY
            if other:
                self.meet(being, other, tick, world, conceived)
            return
        being.cell = target
        being.energy -= world.energy.per_move
        if target in self.food:
            kind = self.food.pop(target)
            being.energy = min(being.energy + self.kind_of(kind, world).energy, world.energy.most)
            self.told[f"eaten {kind}"] += 1
            self.feel(being, world, kind)

    def feel(self, being: Being, world: Any, kind: int | str) -> None:
        amounts = self.amounts(world, kind)
        if self.plans(being):
            self.felt["utility"] += self.value(being, amounts)
        for feature, amount in zip(self.features, amounts, strict=True):
            self.felt[feature] += amount
            for drive in self.drives:
                self.felt[f"{feature}.{drive}"] += amount * being.levels[drive]
        for drive in set(self.drives) - {"hunger"}:
            for feature, amount in zip(self.features, amounts, strict=True):
                being.levels[drive] -= world.drives[drive].sated_by.get(feature, 0.0) * amount
            being.levels[drive] = max(being.levels[drive], 0.0)

    def meet(self, being: Being, other: Being, tick: int, world: Any, conceived: list[Child]) -> None:
        mating, pair = world.mating, (being, other)
        if not all(each.able and each.courts for each in pair):
            return
        key = fold(fold(self.keys["acts"], tick), being.id)
        self.told["matings"] += 1
        for each in pair:
            each.able = False
            each.ready = tick + int(mating.refractory)
            self.feel(each, world, MATE)
        fertility, available = mating.fertility, uniform(key, 1)
        if mating.contraception and available < mating.contraception.share:
            by_all = available < mating.contraception.share_for_everybody
            if not all(each.wants_child or not (by_all or self.plans(each)) for each in pair):
                self.told["protected"] += 1
                fertility = mating.contraception.fertility
        half = mating.child_energy / 2
        if uniform(key, 2) >= fertility or min(each.energy for each in pair) <= half:
            return
        self.told["conceptions"] += 1
        turn, taken = below(key, 3, 4), [child.cell for child in conceived]
        beside = [self.neighbour(each.cell, (turn + n) % 4) for each in pair for n in range(4)]
        free = [cell for cell in beside if self.is_free(cell, taken)]
        if not free:
            return
        for each in pair:
            each.energy -= half
            each.ready = tick + max(int(mating.refractory), int(mating.recovery))
            each.children += 1
            self.feel(each, world, "child")
        conceived.append(Child(pair, free[0]))

    def born_of(self, conceived: list[Child], tick: int, world: Any) -> list[Being]:
        """Make children of their parents' genes: uniform crossover and Gaussian mutation, the first of each pair."""
        evolution, loci = self.scenario.evolution, list(self.low)
        low, high = list(self.low.values()), list(self.high.values())
        both = [[list(each.genome.values()) for each in child.parents] for child in conceived]
        genomes = [genome for pair in both for genome in pair]
        crossover_key, mutation_key = (fold(self.keys[name], tick) for name in ("crossover", "mutation"))
        rate = evolution.crossover.rate
        crossed = reference.crossover(genomes, range(len(genomes)), crossover_key, rate)[0] if genomes else []
        born = []
        for n, child in enumerate(conceived):
            row_key, mutation = fold(mutation_key, 2 * n), evolution.mutation
            mutant = reference.mutated(crossed[2 * n], row_key, low, high, mutation.rate, mutation.scale)
            genes = np.array(mutant, np.float32).tolist()
            depth = 1 + sum(each.depth for each in child.parents) / 2
            energy, ids = world.mating.child_energy, tuple(each.id for each in child.parents)
            born.append(self.new(dict(zip(loci, genes, strict=True)), child.cell, energy, tick, world, depth, ids))
        self.told["births"] += len(born)
        return born

    def new(
        self, genome: dict[str, float], cell: Cell, energy: float, tick: int, world: Any, depth: float, parents: Any
    ) -> Being:
        id, life = self.next_id, world.life
        self.next_id += 1
        own = int(life.lifespan * (1 + life.spread * (2 * uniform(fold(self.keys["lives"], id), 0) - 1)))
        being = Being(
            id, cell, tick, tick + max(own, 1), min(energy, world.energy.most), genome, depth,
            dict.fromkeys(self.drives, 0.0), ready=tick, parents=parents,
        )  # fmt: skip
        self.born.append((*parents, tick))
        if self.bank:
            self.bank[below(fold(self.keys["migrants"], id), 0, len(self.bank))] = genome
        return being

    def grow_older(self, being: Being, tick: int, world: Any) -> None:
        spent = world.energy.per_tick
        if self.plans(being):
            horizon = round(self.scalar(being, "planner.horizon", self.scenario.mind.planner.horizon))
            thoughts = horizon * (2 * self.scenario.world.vision + 1) ** 2
            self.told["thinking"] += thoughts
            self.told["planned"] += 1
            spent += world.energy.per_thought * thoughts
        being.energy = min(being.energy, world.energy.most) - spent
        for drive in self.drives:
            rises = 0.0 if drive == "hunger" else world.drives[drive].rises
            being.levels[drive] = min(being.levels[drive] + rises, 1.0)
        key = fold(fold(self.keys["acts"], tick), being.id)
        if being.energy <= 0:
            self.die(being, tick, "hunger")
        elif tick + 1 >= being.due:
            self.die(being, tick, "age")
        elif uniform(key, 4) < world.life.accident:
            self.die(being, tick, "accident")

    def die(self, being: Being, tick: int, cause: str) -> None:
        """Take somebody away; the last takes its place in the list."""
        self.died.append((being.id, tick, cause))
        self.told["children"] += being.children
        last = self.beings.pop()
        if last is not being:
            self.beings[self.beings.index(being)] = last

    def immigrate(self, tick: int, world: Any) -> None:
        rows, columns = self.size
        while len(self.beings) < self.scenario.evolution.floor:
            key = fold(fold(self.keys["migrants"], 2**40 + 1), self.next_id)
            cells = [reference.cell_of(below(key, 1 + n, rows * columns), columns) for n in range(64)]
            free = [cell for cell in cells if self.is_free(cell)]
            if not free:
                return
            seed = dict(self.bank[below(key, 0, len(self.bank))])
            self.beings.append(self.new(seed, free[0], world.mating.child_energy, tick, world, 0.0, (-1, -1)))
            self.told["migrants"] += 1

    def sow(self, tick: int, world: Any) -> None:
        rows, columns = self.size
        for kind, name in enumerate(self.names):
            grows = world.objects[name].grows if name in world.objects else 0.0
            key = fold(fold(self.keys["food"], tick), kind)
            for n in range(int(grows) + (uniform(key, 0) < grows - int(grows))):
                cell = reference.cell_of(below(key, 1 + n, rows * columns), columns)
                if self.is_free(cell):
                    self.food[cell] = kind
