"""Plain twins of ecologies: slow, obviously right, and written differently.

An ecology is a list of beings and a dictionary of what stands in cells, and the rules are read off the scenario.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import reference
from reference import STAY, Cell, below, bits, fold, moved, uniform
from reference.nearby import MATE, WALL, Seen
from reference.rules import NOTHING, world_at
from reference.shared_minds import KINDS, TwinKind


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
    thoughts: float = 0
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
    born: list[tuple[int, int, int, Cell]] = field(default_factory=list)
    died: list[tuple[int, int, str, Cell]] = field(default_factory=list)
    genomes: list[dict[str, float]] = field(default_factory=list)  # at birth
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

    def mind_of(self, being: Being) -> TwinKind:
        """Return the twin of the kind that a genome expresses: the first of those with the largest propensity."""
        order = [name for name in KINDS if name in self.scenario.mind.controllers]
        return KINDS[max(order, key=lambda name: being.genome.get(f"controller.{name}", 1.0))]

    def decide(self, being: Being, tick: int) -> None:
        world = self.environment_at(tick)
        if "hunger" in self.drives:
            being.levels["hunger"] = max(0.0, round(10 * (1 - being.energy / world.energy.most)) / 10)
        amounts = {kind: self.amounts(world, kind) for kind in (*range(len(self.names)), MATE, "child")}
        key = fold(fold(self.keys["acts"], tick), being.id)
        self.mind_of(being).decide(self, being, self.seen_by(being), amounts, key)
        being.courts = being.courts and being.able

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
        self.felt["utility"] += self.mind_of(being).value(self, being, amounts)
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
            if not all(each.wants_child or not (by_all or self.mind_of(each).wants) for each in pair):
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
        self.born.append((*parents, tick, cell))
        self.genomes.append(genome)
        if self.bank:
            self.bank[below(fold(self.keys["migrants"], id), 0, len(self.bank))] = genome
        return being

    def grow_older(self, being: Being, tick: int, world: Any) -> None:
        spent = world.energy.per_tick
        self.told["thinking"] += being.thoughts
        self.told["planned"] += self.mind_of(being).wants
        spent += world.energy.per_thought * being.thoughts
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
        self.died.append((being.id, tick, cause, being.cell))
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
