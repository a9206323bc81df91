"""Laws of ecologies: bodies, energy, parents, births and deaths add up, whatever happens."""

import numpy as np
import pytest
from effort import cases
from meadows import NOISY, WALLED, meadow
from observed_ecology import ObservedEcology

from evosim.ecology import state
from evosim.ecology.simulation import EcologySimulation
from evosim.mind.nearby import BODY
from evosim.simulation.ecology.intervals import intervals


def test_nobody_shares_a_cell_and_the_map_says_who_is_where():
    for changes in ([], NOISY, WALLED):
        observed = ObservedEcology(meadow(*changes), 5)
        for _ in observed.ticks(cases(200, 20)):
            ecology, alive = observed.simulation.ecology, observed.simulation.alive
            cells, what = ecology.agents.cell[:alive], ecology.map.what
            assert len(set(cells.tolist())) == alive
            assert what[cells].tolist() == [BODY + i for i in range(alive)]
            assert (what >= BODY).sum() == alive
            assert alive + len(observed.died) == len(observed.born)


def test_parents_were_alive_adult_and_ready_when_a_child_was_born_and_ids_never_come_again():
    observed = ObservedEcology(meadow(), 6)
    life, mating = observed.simulation.world.life, observed.simulation.world.mating
    ids: set[int] = set()
    last_child: dict[int, int] = {}
    for tick in observed.ticks(cases(200, 30)):
        for id in range(len(ids), len(observed.born)):
            assert id not in ids
            ids.add(id)
            first, second = observed.parents[id]
            if (first, second) == (-1, -1):
                continue
            assert first != second
            assert observed.born[id] == tick
            for parent in (first, second):
                assert observed.died.get(parent, tick) >= tick
                assert tick - observed.born[parent] >= life.adult_at
                assert tick - last_child.get(parent, -100) >= max(mating.refractory, mating.recovery)
                last_child[parent] = tick
    assert len(last_child) > cases(20, 3)


def test_energy_comes_from_food_and_migrants_alone_and_goes_by_costs_and_caps():
    """Nobody dies of age, and nobody is full: what all have is what they had, plus what was eaten, minus all costs."""
    changes = [
        "world.energy.most=1000", "environments.after.energy.most=1000", "evolution.floor=0", "world.life.accident=0",
        "world.ceiling=500", "environments.after.ceiling=500", "world.life.lifespan=100000", "world.life.spread=0",
    ]  # fmt: skip
    scenario = meadow(*changes)
    simulation = EcologySimulation(scenario, 7)
    simulation.begin_interval()
    births = 0
    for tick in range(cases(150, 20)):
        alive, energy = simulation.alive, float(simulation.ecology.agents.energy[: simulation.alive].sum())
        before = dict(
            zip(
                simulation.ecology.agents.id[:alive].tolist(),
                simulation.ecology.agents.cell[:alive].tolist(),
                strict=True,
            )
        )
        thinking, eaten = float(simulation.ecology.tally.thinking[0]), simulation.ecology.tally.eaten.copy()
        rules = simulation.rules_at(tick // 20 * 20)
        born, died = simulation.live(tick, 1, rules)
        births += len(born) - (30 if tick == 0 else 0)
        if len(died):  # what the dead had left is gone
            continue
        agents, now = simulation.ecology.agents, simulation.alive
        moves = sum(
            before.get(int(id), cell) != cell
            for id, cell in zip(agents.id[:now], agents.cell[:now].tolist(), strict=True)
        )
        gained = float((simulation.ecology.tally.eaten - eaten) @ rules.energy)
        thought = float(simulation.ecology.tally.thinking[0]) - thinking
        spent = rules.per_tick * alive + rules.per_move * moves + rules.per_thought * thought
        assert float(agents.energy[:now].sum()) == pytest.approx(energy + gained - spent)
    assert births > cases(10, 0)


def test_no_more_energy_than_can_be_and_drives_between_0_and_1_also_when_the_world_changes():
    simulation = EcologySimulation(meadow("environments.after.energy={ initial = 6, most = 6 }"), 8)
    low, high = (bound.astype(np.float32) for bound in (simulation.layout.low, simulation.layout.high))
    full = 0
    for tick in range(120):
        simulation.live(tick, 1, simulation.rules_at(tick // 20 * 20))
        memory, most = simulation.memory(), 12 if tick < 80 else 6
        full += tick == 79 and int((memory["energy"] > 6).sum())
        assert ((memory["energy"] > 0) & (memory["energy"] <= most)).all()
        assert ((memory["levels"] >= 0) & (memory["levels"] <= 1)).all()
        assert ((simulation.genomes >= low) & (simulation.genomes <= high)).all()
    assert full > 3  # who had more than there can be later


def test_births_and_migrants_minus_deaths_are_the_change_of_population():
    before, known = 30, 30
    for interval in intervals(meadow(), 9):
        counts = interval.tally.counts
        died = int(counts[state.OF_HUNGER : state.CULLED + 1].sum())
        assert interval.alive - before == counts[state.BIRTHS] + counts[state.MIGRANTS] - died
        assert len(interval.deaths) == died
        known += int(counts[state.BIRTHS] + counts[state.MIGRANTS])
        assert counts[state.NEXT_ID] == known
        before = interval.alive


def test_a_ceiling_and_a_floor_hold():
    low, migrants = [], 0
    for interval in intervals(meadow("environments.after.objects.fruit.grows=0.2"), 10):
        assert interval.alive <= (50 if interval.number < 4 else 35)
        low.append(interval.alive)
        migrants += int(interval.tally.counts[state.MIGRANTS])
    assert min(low) == 18
    assert migrants > 0


def test_migrants_are_counted_have_no_parents_and_descend_from_the_bank():
    scenario = meadow("evolution.mutation.rate=0", "environments.after.objects.fruit.grows=0")
    observed = ObservedEcology(scenario, 11)
    banks: set[bytes] = set()
    for _ in observed.ticks(160):
        banks |= {seed.tobytes() for seed in observed.simulation.ecology.bank}
    migrants = [id for id in range(30, len(observed.born)) if observed.parents[id] == (-1, -1)]
    assert migrants
    for id in migrants:
        assert observed.genome[id].astype(np.float32).tobytes() in banks
