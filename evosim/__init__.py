"""evosim: a laboratory for inner alignment.

A genetic algorithm (the base optimizer) evolves agents in small worlds. Some genomes
encode planners with objectives of their own (mesa-optimizers with mesa-objectives),
after Hubinger et al. 2019, "Risks from Learned Optimization".
"""

__version__ = "0.1.0"
