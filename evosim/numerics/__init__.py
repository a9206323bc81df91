"""Numerics: methods of statistics and of computing that know nothing of agents, worlds or evolution."""
