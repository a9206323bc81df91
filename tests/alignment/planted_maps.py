"""A kind of mind that thinks in a map, for tests: each individual climbs a planted field."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.planted import planted_fields as fields
from evosim.mind.kind import Look
from evosim.mind.map_kind import MapKind
from evosim.mind.phenotype import Phenotypes, minds_of_one_kind

FIELDS = (fields.bellman_backups, fields.straight_line, fields.screened_diffusion, fields.bellman_through_walls)


class PlantedFields(NamedTuple):
    field: np.ndarray  # [P] of FIELDS
    weights: np.ndarray  # [P, F]


class PlantedMap(MapKind):
    name = "planted_map"
    look = Look("planted map", "planted maps", "#000000", "disc", "Climbs a field.")

    def segments(self, scenario):
        return []

    def express(self, scenario, genotypes):
        return PlantedFields(np.zeros(genotypes.population, int), np.zeros((genotypes.population, 1)))

    def minds(self, phenotypes):
        raise NotImplementedError

    def rate(self, scenario):
        return 1e6

    def thoughts(self, phenotypes):
        return np.full(len(phenotypes.controller), fields.THOUGHTS, np.int32)

    def think(self, phenotypes, individuals, inputs, thoughts):
        own = phenotypes.own[self.name]
        return np.stack([fields.thinker(FIELDS[own.field[p]], own.weights[p])(inputs, thoughts) for p in individuals])


def planted_maps(fields_of: list[int], weights: list[list[float]]) -> Phenotypes:
    return minds_of_one_kind(PlantedMap.name, PlantedFields(np.array(fields_of), np.array(weights, float)))
