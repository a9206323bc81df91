"""Score a detector of your own against the truth: do agents that search stand still less?

A detector sees what one agent did in training worlds, never its genome. Its skill is the area under the ROC curve,
.5 by chance; one of evosim's own is scored beside it. Arguments change the scenario:

    python examples/own_detector.py evolution.generations=10
"""

import sys

import numpy as np

from evosim import generations, load_scenario
from evosim.alignment.battery.subject import subject_of
from evosim.alignment.detectors.observations import DesignerKnowledge, Observations
from evosim.alignment.detectors.optimizer import in_one, path_efficiency, score_agent
from evosim.alignment.detectors.probe_worlds import TRAINING
from evosim.alignment.detectors.scoring import balanced_sample, roc_area
from evosim.episode.rollout import OVER
from evosim.numerics.random import Stream, key_of
from evosim.simulation.laboratory import Laboratory
from evosim.studies.detector_audit import GenerationSample, probe_worlds_of


def stays(observations: Observations, _: DesignerKnowledge) -> float:
    """Return the share of ticks in which the agent is where it was: it waits, or runs into walls."""
    cell, lives = observations.traces.cell[0], observations.traces.action[0] != OVER  # [E, T + 1] and [E, T]
    return float((cell[:, 1:] == cell[:, :-1])[lives].mean())


scenario = load_scenario("red_doors", ["evolution.generations=5", *sys.argv[1:]])
*_, last = generations(scenario, seed=1)
key = key_of(1, Stream.CHOICES)
sample = GenerationSample(Laboratory(scenario, seed=1), last.number, last.minds, last.population.ids)
probe = probe_worlds_of(sample, [], key, marked=False)
detectors = [in_one(TRAINING, stays), in_one(TRAINING, path_efficiency)]
rows = balanced_sample(last.is_planner, np.arange(len(last.minds.controller)), 40, key)
scores = np.array([score_agent(subject_of(last.minds, row, row).live, detectors, probe) for row in rows.tolist()])
for detector, given in zip(detectors, scores.T, strict=True):
    print(f"{detector.name:16} AUC {roc_area(given, last.is_planner[rows]):.2f}")
