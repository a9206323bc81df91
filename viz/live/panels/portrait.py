"""Portraits: what is known of one agent, with sentences built from measured numbers, each with its source."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from evosim.episode.grid_environment import Grid, Ground
from evosim.episode.observed_outcomes import ended_at
from evosim.episode.rollout import Traces
from evosim.mind.expression import describe_mind, have_objective, traits_of
from evosim.mind.kinds import look_of
from evosim.mind.phenotype import select_minds
from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import in_words
from evosim.numerics.formatting import number as written
from evosim.numerics.functions import logistic
from evosim.scenario import Scenario
from evosim.scenario.first_entries import is_first_entry_sufficient, object_rewards
from evosim.scenario.schema.names import object_names, objective_names
from evosim.simulation.laboratory import Laboratory
from viz.answers.perception import find_confusion, measure_perception
from viz.answers.wants import place_features, rank_weights
from viz.live.scenes.scene import Cast, measurement_keys, replay_in_all_worlds
from viz.names import with_article

ALIKE_FRACTION = 0.1  # of the larger weight: so near, one is wanted as much as the other
LOOKS_LIKE = 0.8  # share of worlds in which what pays is entered first, for it to look like wanting that
LEAST_WEIGHT = 0.05  # weights smaller than this are not spoken of
SEEN_BADLY = 0.25
SEARCHES = {  # how a planner that samples searches, by the trait that says how long
    "simulations": "Before each step it tries {} walks in thought, most often where the best were found.",
    "iterations": "It makes a plan in {} rounds of improvement, and follows it as long as all goes as imagined.",
}


class Citation(NamedTuple):
    """The source of a number in a sentence."""

    written: str  # as the sentence has it
    value: float
    where: str  # table and column of the run file, or how it was measured


class CitedSentence(NamedTuple):
    """A sentence, and the sources of its numbers in order."""

    words: str
    sources: tuple[Citation, ...]


class Bar(NamedTuple):
    """One weight in two objectives; None where undefined."""

    name: str
    mesa: float | None
    base: float | None


class Portrait(NamedTuple):
    """The content of an agent's card."""

    id: int
    where: str  # generation, or tick
    controller: str
    horizon: int | None
    discount: float | None
    bars: list[Bar]
    base_fits: bool
    detectors: Reals | None  # [F, F + 1]
    features: list[str]
    classes: dict[str, str]  # by environment
    parents: list[int]
    children: list[int]
    statements: list[CitedSentence]
    facts: list[tuple[str, str]] = []  # noqa: RUF012 (nobody appends to it)


def make_portrait(
    laboratory: Laboratory, cast: Cast, row: int, children: list[int], base: tuple[Reals | None, bool]
) -> Portrait:
    """Describe one agent of a generation; `base` is the base objective's weights `[F]`, and whether they are exact."""
    scenario, minds = laboratory.scenario, cast.minds
    plans, traits = bool(have_objective(minds)[row]), traits_of(minds)
    names = objective_names(scenario)
    mesa = minds.objective[row].tolist() if plans else [None] * len(names)
    counted: list[float | None] = [None] * len(names)
    weights, fits = base
    if weights is not None:
        counted[: len(weights)] = weights.tolist()
    classes = {}
    for environment in scenario.measure.environments:
        if name := class_in(cast, row, environment):
            classes[environment] = name
    sees = minds.detectors[row] if plans and minds.detectors.shape[1] else None
    return Portrait(
        int(cast.ids[row]),
        f"generation {cast.generation}",
        minds.kinds[minds.controller[row]],
        int(traits["horizon"][row]) if plans and "horizon" in traits else None,
        float(minds.discount[row]) if plans else None,
        [Bar(*each) for each in zip(names, mesa, counted, strict=True)],
        fits,
        sees,
        scenario.world.features,
        classes,
        [parent for parent in cast.parents[row].tolist() if parent >= 0],
        children,
        write_statements(laboratory, cast, row),
        [("fitness", written(float(cast.fitness[row])))],
    )


def class_in(cast: Cast, row: int, environment: str) -> str:
    """Return the class of an agent in an environment; empty if it has none."""
    column = cast.individuals.get(f"class.{environment}")
    known = column is not None and column.dtype.kind == "U"
    return str(column[row]) if known and column is not None else ""


def write_statements(laboratory: Laboratory, cast: Cast, row: int) -> list[CitedSentence]:
    """Describe an agent of a generation in sentences."""
    plans = have_objective(cast.minds)[row]
    found = []
    if plans:
        genome = f"genome of agent {cast.ids[row]}"
        traits = traits_of(cast.minds)
        if "horizon" in traits:
            found.append(describe_foresight(int(traits["horizon"][row]), float(cast.minds.discount[row]), genome))
        for name, does in SEARCHES.items():
            if name in traits and not np.isnan(traits[name][row]):
                value = float(traits[name][row])
                number = Citation(written(value), value, f"planner.{name}, {genome}")
                found.append(CitedSentence(does.format(number.written), (number,)))
        names = objective_names(laboratory.scenario)
        weights = dict(zip(names, cast.minds.objective[row].tolist(), strict=True))
        found += describe_wants(weights, genome, place_features(laboratory.scenario))
        found += _describe_blind_spots(laboratory, cast, row)
    else:
        found.append(CitedSentence(look_of(cast.minds.kinds[cast.minds.controller[row]]).does, ()))
        found += [CitedSentence(line, ()) for line in describe_mind(cast.minds, row)]
    return [*found, *_describe_behaviour(laboratory, cast, row), *_describe_class(laboratory, cast, row)]


def describe_foresight(horizon: int, discount: float, where: str) -> CitedSentence:
    """Describe how far a planner looks ahead."""
    steps = Citation(str(horizon), float(horizon), f"planner.horizon, {where}")
    rate = Citation(written(discount), discount, f"planner.discount, {where}")
    ahead = "1 step" if horizon == 1 else f"{horizon} steps"
    return CitedSentence(
        f"Plans {ahead} ahead; each step of distance multiplies the worth of a thing by {written(discount)}.",
        (steps, rate),
    )


def describe_wants(weights: dict[str, float], where: str, of_places: Collection[str] = ()) -> list[CitedSentence]:
    """Describe what a planner most wants and most dislikes, the stronger of the two first."""
    likes, dislikes = rank_weights(weights, of_places)
    wanted = [name for name in likes if weights[name] >= LEAST_WEIGHT][:2]
    avoided = [name for name in dislikes if weights[name] <= -LEAST_WEIGHT][:2]

    def source(name: str) -> Citation:
        return Citation(written(weights[name]), weights[name], f"objective.{name}, {where}")

    def weighed(name: str) -> str:
        return f"{feature_words(name)} ({written(weights[name])})"

    found = []
    if len(wanted) == 2 and weights[wanted[1]] >= (1.0 - ALIKE_FRACTION) * weights[wanted[0]]:
        found.append(f"Wants {weighed(wanted[1])} as much as {weighed(wanted[0])}.")
        wanted.reverse()
    elif len(wanted) == 2:
        found.append(f"Wants {weighed(wanted[0])} most, then {weighed(wanted[1])}.")
    elif wanted:
        others = max((weight for name, weight in weights.items() if name != wanted[0]), default=0.0)
        end = f"{weighed(wanted[0])}, and little else." if others > 0.0 else ""
        found.append(f"Wants {end}" if end else f"Wants nothing but {weighed(wanted[0])}.")
    else:
        is_little = max(weights.values(), default=0.0) > 0.0
        found.append("Wants nothing much." if is_little else "Wants nothing that there is.")
    statements = [CitedSentence(found[0], tuple(source(name) for name in wanted))]
    if avoided:
        listed = " and ".join(weighed(name) for name in avoided)
        statements.append(CitedSentence(f"Dislikes {listed}.", tuple(source(name) for name in avoided)))
        if wanted and -weights[avoided[0]] > max(weights[name] for name in wanted):
            statements.reverse()
    return statements


def _describe_blind_spots(laboratory: Laboratory, cast: Cast, row: int) -> list[CitedSentence]:
    """Describe which things with a single feature the agent perceives badly."""
    sees = cast.minds.detectors
    if not sees.shape[1]:
        return []
    features = laboratory.scenario.world.features
    found = []
    for at, name in enumerate(features):
        felt = sees[row, at, at] + sees[row, at, len(features)]
        strength = float(logistic(cast.minds.sharpness * felt))
        if strength < 1.0 - SEEN_BADLY:
            words = f"Sees {written(strength)} of {feature_words(name)} where there is {feature_words(name)} alone."
            found.append(
                CitedSentence(words, (Citation(written(strength), strength, f"detector of {name}, its genome"),))
            )
    return [*found[:2], *_describe_confusions(laboratory, cast, row)]


def _describe_confusions(laboratory: Laboratory, cast: Cast, row: int) -> list[CitedSentence]:
    """Describe where the agent mistakes something for what it wants most."""
    minds, found = select_minds(cast.minds, np.array([row])), []
    for environment in laboratory.scenario.measure.environments:
        place = laboratory.environments[environment]
        if environment == cast.home or not isinstance(place, Grid):
            continue
        ground = place.draw(measurement_keys(laboratory, cast.generation)[0], laboratory.scenario.measure.episodes)
        seen = measure_perception(minds, ground, laboratory.scenario, environment)
        mistake = find_confusion(seen) if seen is not None else None
        if mistake is not None:
            what, wrong, more, right, less = mistake
            how = f"perception of {what} by agent {cast.ids[row]}, worlds measured in {environment}"
            words = f"In {environment} it perceives more {feature_words(what)} in {with_article(wrong)} "
            words += f"({written(more)}) than in {with_article(right)} ({written(less)})."
            found.append(CitedSentence(words, (Citation(written(more), more, how), Citation(written(less), less, how))))
    return found


def _describe_behaviour(laboratory: Laboratory, cast: Cast, row: int) -> list[CitedSentence]:
    """Describe the agent's behaviour in the measured worlds, and where it differs."""
    found = []
    home_looked = ""
    for environment in dict.fromkeys([cast.home, *laboratory.scenario.measure.environments]):
        lived = replay_in_all_worlds(laboratory, cast, row, environment)
        if lived is None:
            continue
        ground, traces = lived
        kinds = object_names(laboratory.scenario)
        if not is_first_entry_sufficient(laboratory.scenario):
            found += _describe_entries(
                ground, traces, kinds, environment, f"agent {cast.ids[row]} replayed in {environment}"
            )
            continue
        first = [next((n for n in each if n >= 0), -1) for each in traces.entered[0].tolist()]
        names = [kinds[ground.plan.type_of[n]] if n >= 0 else "" for n in first]
        pays = {name for name, paid in object_rewards(laboratory.scenario, environment).items() if paid > 0}
        worlds = len(first)
        good = sum(name in pays for name in names)
        how = f"agent {cast.ids[row]} replayed in the {worlds} worlds measured in {environment}"
        total = Citation(str(worlds), float(worlds), how)
        if not pays:
            continue
        what = " or ".join(feature_words(name) for name in sorted(pays))
        sources: tuple[Citation, ...] = (Citation(str(good), float(good), how), total)
        if environment == cast.home and good >= LOOKS_LIKE * worlds:
            home_looked = what
            words = f"In {environment} this looks like wanting {what}: first in {good} of {worlds} worlds."
        elif home_looked:
            words = f"In {environment}, {what} first in {good} of {worlds}"
            others = {name: names.count(name) for name in set(names) - pays - {""}}
            if others:
                most = max(others, key=lambda name: others[name])
                words += f", {feature_words(most)} in {others[most]}"
                sources = (*sources, Citation(str(others[most]), float(others[most]), how))
            words += "."
        else:
            words = f"In {environment}, {what} first in {good} of {worlds} worlds."
        at_places = _count_endings(laboratory.scenario, ground, traces, environment)
        words = (
            f"{words[:-1]}{''.join(f'; ended at the {feature_words(name)} in {number}' for name, number in at_places)}."
        )
        sources = (*sources, *(Citation(str(number), float(number), how) for _, number in at_places))
        found.append(CitedSentence(words, sources))
    return found


def _count_endings(scenario: Scenario, ground: Ground, traces: Traces, environment: str) -> list[tuple[str, int]]:
    """Count the places at which lives without any entry ended."""
    last, nothing = ended_at(ground, traces)[0], (traces.entered[0] < 0).all(axis=1)
    places = enumerate(scenario.environments[environment].places)
    counts = [(name, int((nothing & (last == q)).sum())) for q, name in places]
    return [(name, number) for name, number in counts if number]


def _describe_entries(
    ground: Ground, traces: Traces, kinds: list[str], environment: str, how: str
) -> list[CitedSentence]:
    """Describe how often things were entered, most frequent first, where an entry doesn't end the episode."""
    worlds, entered = len(traces.entered[0]), traces.entered[0]
    counts = np.bincount(ground.plan.type_of[entered[entered >= 0]], minlength=len(kinds)) / worlds
    order = [at for at in np.argsort(-counts, kind="stable").tolist() if at in ground.plan.type_of]
    entries = [(feature_words(kinds[at]), float(counts[at])) for at in order][:3]
    if not entries:
        return []
    listed = ", ".join(f"{name} {written(count)}" for name, count in entries)
    sources = tuple(Citation(written(count), count, f"entries of {name} a world, {how}") for name, count in entries)
    total = Citation(str(worlds), float(worlds), how)
    return [CitedSentence(f"In {environment} enters, per world: {listed} (in {worlds} worlds).", (*sources, total))]


def _describe_class(laboratory: Laboratory, cast: Cast, row: int) -> list[CitedSentence]:
    """Describe the agent's class outside selection, and the numbers behind it."""
    found = []
    for environment in laboratory.scenario.measure.environments:
        name_of_class = class_in(cast, row, environment)
        if environment == cast.home or not name_of_class:
            continue
        numbers = []
        for name in ("base_performance", "capability"):
            value = float(cast.individuals[f"{name}.{environment}"][row])
            if value == value:
                where = f"individuals.{name}.{environment}, generation {cast.generation}"
                numbers.append((name, Citation(written(value), value, where)))
        if numbers:
            words = f"{in_words(name_of_class).capitalize()} in {environment}: "
            called = {"base_performance": "base performance", "capability": "capability"}
            words += ", ".join(f"{called[name]} {source.written}" for name, source in numbers) + "."
            found.append(CitedSentence(words, tuple(source for _, source in numbers)))
    return found


def feature_words(name: str) -> str:
    """Return the name of a feature, or of a feature times a drive, in words."""
    feature, _, drive = name.partition(".")
    plain = feature.replace("_", " ")
    return f"{plain} × {drive}" if drive else plain
