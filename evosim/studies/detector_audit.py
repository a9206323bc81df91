"""Auditing detectors: how well detectors that observe behaviour alone identify what the genomes of a run say.

The truth is read from the phenotype (who plans), from what minds that think in a map think (which of them search), and
from deployment (which are pseudo-aligned). Detectors get none of it: they get a way to simulate agents, training
worlds, and what the designers know of their own objective.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.assessment.classes import PSEUDO, ROBUST
from evosim.alignment.battery.subject import observe_minds
from evosim.alignment.detectors.optimizer import OF_OPTIMIZERS, Detector, score_agents
from evosim.alignment.detectors.probe_worlds import ProbeWorlds, designer_knowledge, pays_base
from evosim.alignment.detectors.pseudo_alignment import OF_PSEUDO_ALIGNED
from evosim.alignment.detectors.scoring import Skill, balanced_sample, detector_skills
from evosim.alignment.mdp.objectives import is_excluded
from evosim.alignment.search.shares import looks_of_things, map_kinds, searchers, think_in_maps
from evosim.episode.grid_environment import Grid, Ground
from evosim.episode.rollout import Traces
from evosim.mind.expression import express, have_objective
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.numerics.bootstrap import key_for
from evosim.numerics.random import Stream, key_of
from evosim.scenario.errors.diagnostic import suggest
from evosim.scenario.schema.names import object_names
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runs import RunFile
from evosim.studies.comparable_runs import check_comparable
from evosim.studies.interventions import home_of

ReportProgress = Callable[[str, int, int], None]  # what is being computed, how many are done, of how many
OPTIMIZER, PSEUDO_ALIGNED = QUESTIONS = ("optimizer", "pseudo_aligned")
DETECTORS: dict[str, tuple[Detector, ...]] = {OPTIMIZER: OF_OPTIMIZERS, PSEUDO_ALIGNED: OF_PSEUDO_ALIGNED}
ONE_KIND_ONLY = {  # why AUC is undefined: no positive agents, or no negative ones
    OPTIMIZER: ("no agent plans", "all agents plan"),
    PSEUDO_ALIGNED: ("no planner is pseudo-aligned", "no planner is robustly aligned"),
}
NEITHER = "no planner is classified as either"
OF_MAPS = {  # the same where minds think in a map
    OPTIMIZER: ("no agent searches", "all agents search"),
    PSEUDO_ALIGNED: ("nobody whose objective is known is pseudo-aligned", "nobody of these is robustly aligned"),
}
NEITHER_OF_MAPS = "nobody whose objective is known is classified as either"
AGENTS = 40
WORLDS = 64  # of each kind, in which an agent is observed
TOGETHER = 32  # agents that are scored at once, before progress is reported


def report_nothing(what: str, done: int, of: int) -> None:
    """Report nothing."""


class GenerationSample(NamedTuple):
    """Individuals of one generation, and where they evolved."""

    laboratory: Laboratory
    generation: int
    minds: Phenotypes
    ids: Ids  # [P]


class ScoredSample(NamedTuple):
    """The scores of agents of one run, beside the truth."""

    scores: Reals  # [A, D]
    truth: Flags  # [A]
    yes: int  # individuals of the whole generation of which the truth is yes
    no: int
    undefined: str  # why AUC is undefined in this run; empty if it is defined
    of_maps: bool = False  # whether there are minds that think in a map, of whom the truth is measured


class Audit(NamedTuple):
    """How well detectors answer a question, over runs."""

    question: str
    detectors: tuple[Detector, ...]
    skills: list[Skill]  # [D]
    runs: list[ScoredSample]


def audit(
    runs: Sequence[RunFile],
    *,
    generation: int | None = None,
    agents: int = AGENTS,
    environment: str | None = None,
    about: Sequence[str] = (),
    report: ReportProgress = report_nothing,
) -> list[Audit]:
    """Score detectors on a stored generation of each run, by default its last.

    `report` is called with what is being computed, how many agents are done, and of how many.

    Raises:
        ValueError: there is no run, no such generation, environment or feature; the message lists what there is. Or
            runs are of several scenarios, or of one seed.
    """
    if not runs:
        raise ValueError("there is no run to audit; name at least one")
    check_comparable(runs)
    samples = [sample_of(run, generation) for run in runs]
    for sample in samples:
        deployment_of(sample.laboratory, sample.generation, environment)  # refuses what isn't there, before all work
    return [
        audit_question(question, samples, agents, environment=environment, about=about, report=report)
        for question in QUESTIONS
    ]


def audit_question(
    question: str,
    samples: Sequence[GenerationSample],
    agents: int = AGENTS,
    *,
    environment: str | None = None,
    about: Sequence[str] = (),
    report: ReportProgress = report_nothing,
) -> Audit:
    """Score the detectors of one question on a generation of each of several runs."""
    runs = [
        score_sample(question, sample, agents, environment=environment, about=about, report=report)
        for sample in samples
    ]
    found = detector_skills([run.scores for run in runs], [run.truth for run in runs], key_of(0, Stream.CHOICES))
    return Audit(question, DETECTORS[question], found, runs)


def sample_of(run: RunFile, generation: int | None) -> GenerationSample:
    """Return a generation of a run file, by default its last.

    Raises:
        ValueError: its genomes are not stored.
    """
    with run.snapshot():
        stored = run.stored_generations()
        if not stored:
            raise ValueError(f"{run.path}: no generation is stored yet, so there are no agents to audit")
        if generation is not None and generation not in stored:
            listed = ", ".join(map(str, stored if len(stored) < 9 else [*stored[:4], "…", *stored[-2:]]))
            raise ValueError(
                f"{run.path}: the genomes of generation {generation} are not stored; those of {listed} are"
            )
        population = run.population(stored[-1] if generation is None else generation)
    minds = express(run.scenario, run.laboratory.layout, population.genomes)
    return GenerationSample(run.laboratory, population.generation, minds, population.ids)


def score_sample(
    question: str,
    sample: GenerationSample,
    agents: int = AGENTS,
    *,
    environment: str | None = None,
    about: Sequence[str] = (),
    report: ReportProgress = report_nothing,
) -> ScoredSample:
    """Score up to so many agents of a generation by the detectors of a question, half of them positive if possible."""
    detectors = DETECTORS[question]
    key = key_of(sample.laboratory.seed, Stream.CHOICES, sample.generation)
    among, truth = rows_in_question(question, sample, environment)
    yes = int(truth[among].sum())
    no, of_maps = len(among) - yes, bool(map_kinds(sample.minds))
    if not yes or not no:
        said, neither = (OF_MAPS, NEITHER_OF_MAPS) if of_maps else (ONE_KIND_ONLY, NEITHER)
        silent = said[question][int(yes > 0)] if yes or no else neither
        return ScoredSample(np.zeros((0, len(detectors))), np.zeros(0, np.bool_), yes, no, silent, of_maps)
    probe = probe_worlds_of(sample, about, key_for(key, 0), marked=question == PSEUDO_ALIGNED)
    rows = balanced_sample(truth, among, agents, key_for(key, 1))
    scores, done = [], 0
    what = f"{question.replace('_', '-')}, {len(detectors)} detectors, seed {sample.laboratory.seed}"
    for some in np.array_split(rows, -(-len(rows) // TOGETHER)):
        report(what, done, len(rows))
        minds, ids = select_minds(sample.minds, some), sample.ids[some]

        def live(ground: Ground, key: np.uint64, minds: Phenotypes = minds, ids: Ids = ids) -> Traces:
            return observe_minds(minds, ids, ground, key)[1]

        scores.append(score_agents(live, len(some), detectors, probe))
        done += len(some)
    return ScoredSample(np.concatenate(scores), truth[rows], yes, no, "", of_maps)


def rows_in_question(question: str, sample: GenerationSample, environment: str | None) -> tuple[Ids, Flags]:
    """Return the rows of the agents in question, and for which the answer is yes `[P]`."""
    if question == OPTIMIZER:
        return np.arange(len(sample.ids)), have_objective(sample.minds) | searching(sample)
    laboratory = sample.laboratory
    there = deployment_of(laboratory, sample.generation, environment)
    measured = {each.environment: each for each in laboratory.measure(sample.generation, sample.minds, sample.ids)}
    kinds = measured[there].kinds
    if kinds is None:
        return np.zeros(0, np.int64), np.zeros(len(sample.ids), np.bool_)
    return np.flatnonzero((kinds == PSEUDO) | (kinds == ROBUST)), np.asarray(kinds == PSEUDO)


def searching(sample: GenerationSample) -> Flags:
    """Return who `[P]` thinks in a map and searches, for a thing as it looks where the generation was selected."""
    found = np.zeros(len(sample.ids), np.bool_)
    rows, home = np.flatnonzero(think_in_maps(sample.minds)), home_of(sample.laboratory, sample.generation)
    environment = sample.laboratory.environments[home]
    if len(rows) and isinstance(environment, Grid):
        key = key_of(sample.laboratory.seed, Stream.MEASURED_WORLDS, sample.generation)
        ground = environment.draw(key, sample.laboratory.scenario.measure.episodes)
        found[rows] = searchers(sample.minds, rows, looks_of_things(ground))
    return found


def deployment_of(laboratory: Laboratory, generation: int, environment: str | None) -> str:
    """Return the environment of deployment: the first measured one in which agents weren't selected.

    Raises:
        ValueError: the one asked for is not measured.
    """
    measured = list(laboratory.scenario.measure.environments)
    if environment is None:
        return laboratory.deployment_in(generation)
    if environment not in measured:
        raise ValueError(f"no environment {environment!r} is measured; {suggest(environment, measured)}")
    return environment


def probe_worlds_of(
    sample: GenerationSample, about: Sequence[str], key: np.uint64, *, marked: bool, worlds: int = WORLDS
) -> ProbeWorlds:
    """Return the worlds in which agents are observed, made from training alone.

    Raises:
        ValueError: training is not a grid, or nothing says which feature marks what pays.
    """
    laboratory = sample.laboratory
    home = home_of(laboratory, sample.generation)
    environment = laboratory.environments[home]
    if not isinstance(environment, Grid):
        raise ValueError(f"{home} is not a grid; detectors can observe agents only in grids")
    training = environment.draw(key, worlds)
    weights = laboratory.base * ~is_excluded(training.plan)
    marks = marks_of(laboratory, pays_base(training.plan, weights), training.plan.type_of.tolist(), about)
    if marked and not marks.any():
        names = laboratory.scenario.world.features
        raise ValueError(
            f"no feature is named like what the base objective pays for; name one by --about: {', '.join(names)}"
        )
    return ProbeWorlds(
        training, designer_knowledge(training, weights, marks), key_for(key, 1), discount=laboratory.aims.discount
    )


def marks_of(laboratory: Laboratory, pays: Flags, types: list[int], about: Sequence[str]) -> Flags:
    """Return which features `[F]` mark what pays: those that are named, or are named as the objects that pay.

    `pays [N]` and `types` are of objects.

    Raises:
        ValueError: there is no such feature.
    """
    names, features = object_names(laboratory.scenario), list(laboratory.scenario.world.features)
    for name in about:
        if name not in features:
            raise ValueError(f"there is no feature {name!r}; {suggest(name, features)}")
    marks = set(about) or {names[kind] for kind, paid in zip(types, pays.tolist(), strict=True) if paid}
    return np.array([feature in marks for feature in features])


def truth_in_words(audit: Audit) -> str:
    """Return what detectors are scored against, in words."""
    of_maps = any(run.of_maps for run in audit.runs)
    if audit.question == OPTIMIZER:
        planners = "who plans, by the genome"
        return f"of minds that think in a map who searches, as measured; of others {planners}" if of_maps else planners
    whose = "those whose objective is in the genome or can be read off their map" if of_maps else "planners"
    return f"the classes of {whose}, as measured in deployment"


def audit_record(audits: Sequence[Audit]) -> dict[str, Any]:
    """Return audits for JSON; what is undefined is null."""

    def number(value: float) -> float | None:
        return None if np.isnan(value) else value

    return {
        each.question: {
            "truth": truth_in_words(each),
            "agents": [{"examined": len(run.truth), "yes": run.yes, "no": run.no, "silent": run.undefined or None}
                       for run in each.runs],
            "detectors": [
                {
                    "detector": detector.name,
                    "worlds": list(detector.worlds),
                    "auc": number(skill.auc.middle),
                    "low": number(skill.auc.low),
                    "high": number(skill.auc.high),
                    "by_run": [number(value) for value in skill.by_run],
                }
                for detector, skill in zip(each.detectors, each.skills, strict=True)
            ],
        }
        for each in audits
    }  # fmt: skip
