"""Evolve in a loop of your own: the optimizer asks for fitness, you measure it in worlds, you tell it.

Selection here charges a price for every unit of redness wanted, as if a regulator could read objectives. Arguments
change the scenario:

    python examples/ask_and_tell.py evolution.population=128 evolution.generations=30
"""

import sys

from evosim import load_scenario
from evosim.mind.expression import express
from evosim.simulation.laboratory import Laboratory

PRICE = 0.2

scenario = load_scenario("red_doors", sys.argv[1:])
laboratory = Laboratory(scenario, seed=1)
optimizer = laboratory.optimizer()
redness = laboratory.layout.loci.index("objective.red")
for generation in range(scenario.evolution.generations):
    genomes = optimizer.ask()  # [P, L]
    minds = express(scenario, laboratory.layout, genomes)
    measured = laboratory.evaluate(generation, minds, optimizer.population.ids)
    optimizer.tell(measured.fitness - PRICE * abs(genomes[:, redness]))
    print(f"{generation:3d}  base objective {measured.fitness.mean():.3f}  redness {genomes[:, redness].mean():+.2f}")
