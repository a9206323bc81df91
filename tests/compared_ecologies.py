"""An ecology compared with its plain twin, agent by agent and tick by tick."""

from collections import Counter

import numpy as np
import pytest
import reference
from reference import ecology as twin

from evosim.ecology import state
from evosim.ecology.births import living, vital_records
from evosim.ecology.simulation import EcologySimulation
from evosim.mind.nearby import BODY, WALL
from evosim.numerics.random import Stream
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import CAUSES


def twin_of(simulation: EcologySimulation) -> twin.Ecology:
    """Write an ecology at tick 0 as twins see it."""
    ecology, columns, layout = simulation.ecology, simulation.world.size[1], simulation.layout
    what = {reference.cell_of(cell, columns): int(what) for cell, what in enumerate(ecology.map.what)}
    names = ("acts", "food", "crossover", "mutation", "lives", "migrants")
    streams = (Stream.TICKS, Stream.FOOD, Stream.CROSSOVER, Stream.MUTATION, Stream.LIFESPANS, Stream.MIGRANTS)
    return twin.Ecology(
        scenario=simulation.scenario,
        low=dict(zip(layout.loci, layout.low.tolist(), strict=True)),
        high=dict(zip(layout.loci, layout.high.tolist(), strict=True)),
        keys={
            name: reference.key_of(simulation.seed, int(stream)) for name, stream in zip(names, streams, strict=True)
        },
        beings=beings_of(simulation),
        food={cell: kind for cell, kind in what.items() if 0 <= kind < BODY},
        walls={cell for cell, kind in what.items() if kind == WALL},
        bank=[dict(zip(layout.loci, genome, strict=True)) for genome in ecology.bank.tolist()],
        next_id=simulation.scenario.evolution.population,
    )


def beings_of(simulation: EcologySimulation) -> list[twin.Being]:
    """Write agents as twins see them."""
    agents, registry = simulation.ecology.agents, simulation.ecology.registry
    columns, loci, drives = simulation.world.size[1], simulation.layout.loci, simulation.scenario.mind.objective.drives
    return [
        twin.Being(
            id=int(agents.id[i]),
            cell=reference.cell_of(agents.cell[i], columns),
            born=int(agents.born[i]),
            due=int(agents.due[i]),
            energy=float(agents.energy[i]),
            genome=dict(zip(loci, agents.genome[i].tolist(), strict=True)),
            depth=float(agents.depth[i]),
            levels=dict(zip(drives, agents.levels[i].tolist(), strict=True)),
            ready=int(agents.ready[i]),
            last=int(agents.last[i]),
            children=int(agents.children[i]),
            able=bool(agents.able[i]),
            parents=tuple(registry.parents[agents.id[i]].tolist()),
        )
        for i in range(simulation.alive)
    ]


def lived_through(being: twin.Being) -> dict[str, object]:
    """Give all of a being but its genome, and what it decides anew at every tick."""
    return {
        name: value
        for name, value in vars(being).items()
        if name not in ("genome", "courts", "wants_child", "action", "thoughts")
    }


def twin_after(scenario: Scenario, seed: int, ticks: int) -> twin.Ecology:
    """Live some ticks beside the twin, and return it: at each tick all that is known of everybody is the same."""
    simulation, interval = EcologySimulation(scenario, seed), scenario.evolution.interval
    other = twin_of(simulation)
    simulation.begin_interval()
    births, deaths = [], []
    for tick in range(ticks):
        before = living(simulation.ecology, simulation.alive)
        born, died = simulation.live(tick, 1, simulation.rules_at(tick // interval * interval))
        founders = scenario.evolution.population if tick == 0 else 0
        births += born.tolist()[founders:]
        deaths += died.tolist()
        other.tick(tick)
        records = vital_records(simulation.static, before, simulation.ecology, born, died)
        others_genomes = other.genomes[len(other.genomes) - len(born) + founders :]
        assert records.genomes[founders:].tolist() == [[*genome.values()] for genome in others_genomes]
        theirs = beings_of(simulation)
        assert [lived_through(being) for being in other.beings] == [lived_through(being) for being in theirs], tick
        for mine, its in zip(other.beings, theirs, strict=True):
            assert mine.genome == its.genome
        what = simulation.ecology.map.what.reshape(scenario.world.size)
        food = {(int(r), int(c)): int(what[r, c]) for r, c in np.argwhere((what >= 0) & (what < BODY))}
        assert other.food == food
        assert [[*seed.values()] for seed in other.bank] == simulation.ecology.bank.tolist()
    columns = scenario.world.size[1]
    assert births == [[*birth, reference.index_of(cell, columns)] for *birth, cell in other.born]
    assert deaths == [
        [id, tick, CAUSES.index(cause), reference.index_of(cell, columns)] for id, tick, cause, cell in other.died
    ]
    tally = simulation.ecology.tally
    counts = {name.lower(): int(tally.counts[count]) for name, count in state.Count.__members__.items()}
    for name in ("lived", "planned", "matings", "protected", "conceptions", "births", "migrants", "children"):
        assert counts[name] == other.told[name], name
    causes = Counter(cause for _, _, cause, _ in other.died)
    assert [counts[name] for name in ("of_hunger", "of_age", "of_accident", "culled")] == [causes[c] for c in CAUSES]
    assert tally.eaten.tolist() == [other.told[f"eaten {kind}"] for kind in range(len(tally.eaten))]
    assert tally.thinking[0] == pytest.approx(other.told["thinking"])
    assert tally.utility[0] == pytest.approx(other.felt["utility"])
    names = [*other.features, *(f"{f}.{d}" for d in other.drives for f in other.features)]
    assert tally.felt.tolist() == pytest.approx([other.felt[name] for name in names])
    return other
