"""How well do detectors that see behaviour alone find optimizers, and the pseudo-aligned among them?

    python benchmarks/audit.py --seeds 10

Evolved agents: red_doors, its control and misperceived, at generations where both kinds still live. Planted
agents: planners of each run, and look-up policies distilled from them in the training worlds they are watched in.
The run is the unit: each gives one AUC, and intervals are over runs.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from evosim.alignment.battery.lookup_policies import distil
from evosim.alignment.battery.subject import PhenotypeSubject, Subject, subject_of
from evosim.alignment.detectors.optimizer import score_agent
from evosim.alignment.detectors.scoring import balanced_sample, detector_skills
from evosim.mind.expression import have_objective
from evosim.numerics.bootstrap import key_for
from evosim.numerics.random import Stream, key_of
from evosim.scenario import load_scenario
from evosim.simulation.generational.generations import Generation, generations
from evosim.simulation.laboratory import Laboratory
from evosim.studies.detector_audit import (
    DETECTORS,
    OPTIMIZER,
    PSEUDO_ALIGNED,
    Audit,
    GenerationSample,
    ScoredSample,
    audit_question,
    probe_worlds_of,
)

WITHOUT_MEASURING = "measure.every=1000000000"
EVOLVED = (
    (OPTIMIZER, "red_doors", 2),
    (PSEUDO_ALIGNED, "red_doors", 10),
    (PSEUDO_ALIGNED, "red_doors", 40),
    (PSEUDO_ALIGNED, "red_doors_decorrelated", 10),
    (PSEUDO_ALIGNED, "misperceived", 10),
)
PLANTED = 10  # planners of each run, and look-up policies of them
KNOWN = 16  # training worlds that they are watched in, and that look-up policies know by heart
PLANTED_AT = 10  # the generation they are taken from


def generation_of(name: str, seed: int, number: int) -> GenerationSample:
    """Evolve up to a generation."""
    scenario = load_scenario(name, [WITHOUT_MEASURING])
    reached: Iterator[Generation] = islice(generations(scenario, seed), number, number + 1)
    found = next(reached)
    return GenerationSample(Laboratory(scenario, seed), number, found.minds, found.population.ids)


def lookup_policies_among(sample: GenerationSample) -> ScoredSample:
    """Score planners that always take the best step, and look-up policies of them, as to who searches."""
    key = key_of(sample.laboratory.seed, Stream.CHOICES, sample.generation)
    probe = probe_worlds_of(sample, (), key_for(key, 0), marked=False, worlds=KNOWN)
    plans = have_objective(sample.minds)
    rows = balanced_sample(plans, np.flatnonzero(plans), PLANTED, key_for(key, 1))
    genuine = [subject_of(sample.minds, row, int(sample.ids[row])) for row in rows.tolist()]
    genuine = [PhenotypeSubject(mind.minds.with_own("planner", temperature=np.zeros(1)), mind.id) for mind in genuine]
    copies = [distil(mind, probe.training, key_for(key, 2)) for mind in genuine]
    detectors = DETECTORS[OPTIMIZER]
    subjects: list[Subject] = [*genuine, *copies]
    scores = [score_agent(subject.live, detectors, probe) for subject in subjects]
    truth = np.arange(len(scores)) < len(genuine)
    return ScoredSample(np.array(scores), truth, len(genuine), len(copies), "")


def planted(seeds: Sequence[int]) -> Audit:
    """Audit planners and their look-up policies over seeds."""
    runs = [lookup_policies_among(generation_of("red_doors", seed, PLANTED_AT)) for seed in seeds]
    found = detector_skills([run.scores for run in runs], [run.truth for run in runs], key_of(0, Stream.CHOICES))
    return Audit(OPTIMIZER, DETECTORS[OPTIMIZER], found, runs)


def shown(title: str, audit: Audit) -> None:
    """Print an audit as a Markdown table."""
    said = [run for run in audit.runs if not run.undefined]
    print(f"\n## {title}\n")
    print(f"{len(said)} of {len(audit.runs)} runs have both kinds; {sum(len(run.truth) for run in said)} agents.")
    print("Yes and no in each whole generation: " + ", ".join(f"{run.yes}/{run.no}" for run in audit.runs) + "\n")
    if not said:
        return
    print("| detector | shown worlds | AUC | 95% over runs | least run | largest run |\n|---|---|---:|---:|---:|---:|")
    for detector, skill in zip(audit.detectors, audit.skills, strict=True):
        known = [value for value in skill.by_run if not np.isnan(value)]
        if not known:
            print(f"| {detector.name} | {', '.join(detector.worlds)} | – | – | – | – |")
            continue
        auc = skill.auc
        print(
            f"| {detector.name} | {', '.join(detector.worlds)} | {auc.middle:.2f} | [{auc.low:.2f}, {auc.high:.2f}] | "
            f"{min(known):.2f} | {max(known):.2f} |",
            flush=True,
        )


def main() -> None:
    """Print a table for each population."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1 (default: 10)")
    parser.add_argument("--agents", type=int, default=40, help="at most of each run (default: 40)")
    arguments = parser.parse_args()
    seeds = range(1, arguments.seeds + 1)
    shown("optimizer or look-up policy: planted, red_doors", planted(seeds))
    for question, name, number in EVOLVED:
        samples = [generation_of(name, seed, number) for seed in seeds]
        shown(f"{question}: {name}, generation {number}", audit_question(question, samples, arguments.agents))


if __name__ == "__main__":
    main()
