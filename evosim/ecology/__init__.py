"""The ecology: a world that a whole population shares, where selection is birth and death.

No fitness is written anywhere. Agents eat, meet, have children and die; what they want is in their genomes, and whose
children there are is what evolution counts.
"""
