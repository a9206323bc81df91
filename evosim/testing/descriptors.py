"""Conformance of a kind of mind before anybody lives: its name and look, its genome, and what it expresses of one."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.genome import GenomeLayout
from evosim.mind.kind import Genotypes, Kind, Look
from evosim.mind.kinds import OWN
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.mind.segments import Segment
from evosim.numerics.arrays import Genes, Reals
from evosim.scenario.schema.minds import Mind
from evosim.scenario.schema.scenario import Scenario
from evosim.testing.conformance import ConformanceError, is_same
from evosim.testing.observed_minds import is_named_tuple

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
SHAPES = ("disc", "triangle", "square", "diamond", "pentagon", "hexagon")  # none of which an object has


class MindCase(NamedTuple):
    """A scenario in which all minds are of one kind, and their genomes."""

    scenario: Scenario
    layout: GenomeLayout
    genomes: Genes  # [P, L]


def check_that(is_right: bool, what: str) -> None:
    """Check something.

    Raises:
        ConformanceError: it is not right; `what` says how.
    """
    if not is_right:
        raise ConformanceError(what)


def ask(who: str, method: str, question: Callable[[], Any]) -> Any:
    """Return what a method of a descriptor answers.

    Raises:
        ConformanceError: it fails.
    """
    try:
        return question()
    except Exception as error:
        raise ConformanceError(f"{who} fails in `{method}`: {type(error).__name__}: {error}") from error


def check_descriptor(kind: Any, who: str) -> None:
    """Check the name and the look of a kind.

    Raises:
        ConformanceError: they can't be used.
    """
    check_that(isinstance(kind, Kind), f"{who} is no subclass of evosim.mind.kind.Kind")
    name = getattr(kind, "name", None)
    what = f"{name!r}, where letters, digits, - and _ were expected, a letter first and at most 40 in all"
    check_that(isinstance(name, str) and bool(NAME.fullmatch(name)), f"the `name` of {who} is {what}")
    taken = name in Mind.model_fields and not (name in OWN and isinstance(kind, type(OWN[str(name)])))
    check_that(not taken, f"the `name` of {who} is {name!r}, which is a table of [mind] already: choose another")
    look = getattr(kind, "look", None)
    check_that(isinstance(look, Look), f"the `look` of {who} is {look!r}, where a `Look` was expected")
    assert isinstance(look, Look)
    for part in ("label", "plural", "does"):
        text = getattr(look, part)
        check_that(isinstance(text, str) and bool(text.strip()), f"`look.{part}` of {who} is {text!r}: people read it")
    colour = f"`look.colour` of {who} is {look.colour!r}, where #rrggbb was expected"
    check_that(isinstance(look.colour, str) and bool(COLOUR.fullmatch(look.colour)), colour)
    shapes = f"`look.shape` of {who} is {look.shape!r}, where one of {', '.join(SHAPES)} was expected"
    check_that(look.shape in SHAPES, shapes)
    wants = f"`wants` of {who} is {kind.wants!r}, where True or False was expected"
    check_that(isinstance(kind.wants, bool), wants)


def check_segments(kind: Kind, scenario: Scenario, who: str) -> None:
    """Check the segments of a kind's genome.

    Raises:
        ConformanceError: genomes can't be made of them.
    """
    segments = ask(who, "segments", lambda: kind.segments(scenario))
    is_list = isinstance(segments, list) and all(isinstance(each, Segment) for each in segments)
    check_that(is_list, f"`segments` of {who} returns {segments!r}, where a list of `Segment` was expected")
    again = ask(who, "segments", lambda: kind.segments(scenario))
    check_that(
        segments == again, f"`segments` of {who} returns others when it is asked again: they follow from the scenario"
    )
    names, loci = [each.name for each in segments], [locus for each in segments for locus in each.loci]
    for what, listed in (("segment", names), ("locus", loci)):
        twice = next((each for each in listed if listed.count(each) > 1), None)
        check_that(twice is None, f"{who} has a {what} {twice!r} twice")
    for each in segments:
        _check_segment(each, who)


def _check_segment(segment: Segment, who: str) -> None:
    what = f"segment {segment.name!r} of {who}"
    check_that(isinstance(segment.name, str) and bool(segment.name), f"a segment of {who} has no name")
    are_names = isinstance(segment.loci, tuple) and all(isinstance(locus, str) for locus in segment.loci)
    check_that(
        are_names and bool(segment.loci), f"{what} has loci {segment.loci!r}, where a tuple of names was expected"
    )
    bounded = np.isfinite([segment.low, segment.high]).all() and segment.low < segment.high
    check_that(
        bool(bounded), f"{what} has the bounds {segment.low!r} and {segment.high!r}: the lower is to be the smaller"
    )
    if segment.initial is not None:
        count = f"{len(segment.initial)} initial numbers, where {len(segment.loci)} were expected"
        check_that(len(segment.initial) == len(segment.loci), f"{what} has {count}")
        inside = all(segment.low <= number <= segment.high for number in segment.initial)
        check_that(inside, f"{what} has initial numbers outside of its bounds")
    check_that(bool(np.isfinite(segment.spread) and segment.spread >= 0), f"{what} has a spread of {segment.spread!r}")


def check_expression(kind: Kind, case: MindCase, who: str) -> None:
    """Check what a kind expresses of genomes.

    Raises:
        ConformanceError: it is no NamedTuple of finite arrays with a row for each individual, or not a function of each
            genome by itself.
    """
    own = _expressed(kind, case, case.genomes, who)
    check_that(is_named_tuple(own), f"`express` of {who} returns {type(own).__name__}, where a NamedTuple was expected")
    population = len(case.genomes)
    for name, part in zip(own._fields, own, strict=True):
        if not isinstance(part, np.ndarray):
            continue
        what = f"`express` of {who} returns {name!r}"
        shape = f"of shape {part.shape}: arrays have a row for each of the {population} individuals"
        check_that(part.ndim > 0 and part.shape[0] == population, f"{what} {shape}")
        check_that(part.dtype.kind in "biuf", f"{what} of {part.dtype}, where numbers were expected")
        check_that(bool(np.isfinite(part).all()), f"{what} with numbers that are not finite")
    again = _expressed(kind, case, case.genomes, who)
    check_that(is_same(own, again), f"`express` of {who} returns something else when it is asked again")
    rows = np.arange(population)[::-2]
    some = [part[rows] if isinstance(part, np.ndarray) else part for part in own]
    alone = _expressed(kind, case, case.genomes[rows], who)
    check_that(
        is_same(some, list(alone)), f"what `express` of {who} returns of a genome depends on the others, or on its row"
    )


def _expressed(kind: Kind, case: MindCase, genomes: Genes, who: str) -> Any:
    return ask(who, "express", lambda: kind.express(case.scenario, _genotypes(case, genomes)))


def _genotypes(case: MindCase, genomes: Genes) -> Genotypes:
    def loci(segment: str) -> Reals:
        return np.ascontiguousarray(genomes[:, case.layout.slice_of(segment)], np.float64)

    return Genotypes(len(genomes), loci)


def check_description(kind: Kind, case: MindCase, who: str) -> None:
    """Check how many bits it takes to tell each mind of a kind.

    Raises:
        ConformanceError: they are no numbers from 0 on, one for each.
    """
    population = len(case.genomes)
    bits = ask(who, "description", lambda: kind.description(case.scenario, _genotypes(case, case.genomes)))
    is_row = isinstance(bits, np.ndarray) and bits.shape == (population,) and bits.dtype.kind in "iuf"
    what = f"`description` of {who} returns {bits!r}, where {population} numbers of bits were expected, from 0 on"
    check_that(is_row and bool((np.isfinite(bits) & (bits >= 0)).all()), what)


def check_phenotypes(kind: Kind, case: MindCase, phenotypes: Phenotypes, who: str) -> None:
    """Check what a kind says of individuals: their minds, their objectives and budgets, and the numbers that are shown.

    Raises:
        ConformanceError: it can't be used.
    """
    population, before = len(phenotypes.controller), deepcopy(phenotypes)
    rate = ask(who, "rate", lambda: kind.rate(case.scenario))
    is_rate: bool = isinstance(rate, int | float) and bool(np.isfinite(rate)) and rate > 0
    check_that(is_rate, f"`rate` of {who} returns {rate!r}, where steps a second were expected: a number above 0")
    minds = ask(who, "minds", lambda: kind.minds(phenotypes))
    check_that(
        is_named_tuple(minds), f"`minds` of {who} returns {type(minds).__name__}, where a NamedTuple was expected"
    )
    has = ask(who, "has_objective", lambda: kind.has_objective(phenotypes))
    is_mask = isinstance(has, np.ndarray) and has.dtype == np.bool_ and has.shape == (population,)
    check_that(
        is_mask, f"`has_objective` of {who} returns {has!r}, where {population} times True or False were expected"
    )
    without = (
        f"some minds of {who} have an objective (`has_objective`), but it says that they want nothing: set `wants`"
    )
    check_that(bool(kind.wants) or not bool(has.any()), without)
    for name, numbers in ask(who, "traits", lambda: kind.traits(phenotypes)).items():
        is_row = isinstance(name, str) and isinstance(numbers, np.ndarray) and numbers.shape == (population,)
        check_that(is_row, f"trait {name!r} of {who} is {numbers!r}, where {population} numbers were expected")
    lines = ask(who, "describe", lambda: kind.describe(phenotypes, 0))
    is_text = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
    check_that(is_text, f"`describe` of {who} returns {lines!r}, where a list of lines was expected")
    _check_budgets(kind, phenotypes, who)
    shared, shared_before = (each._replace(own={}) for each in (phenotypes, before))
    unchanged = is_same([*shared], [*shared_before]) and is_same(phenotypes.own, before.own)
    check_that(unchanged, f"{who} writes to the phenotypes that it is given; copy an array before you change it")


def _check_budgets(kind: Kind, phenotypes: Phenotypes, who: str) -> None:
    most = ask(who, "largest_budget", lambda: kind.largest_budget(phenotypes))
    is_budget = most is None or (isinstance(most, int | np.integer) and int(most) >= 1)
    check_that(is_budget, f"`largest_budget` of {who} returns {most!r}, where None or a number of steps was expected")
    steps = np.full(len(phenotypes.controller), min(3, most or 3), np.int32)
    budgeted = ask(who, "with_budget", lambda: kind.with_budget(phenotypes, steps))
    check_that(isinstance(budgeted, Phenotypes), f"`with_budget` of {who} returns no `Phenotypes`")
    same = len(budgeted.controller) == len(phenotypes.controller) and [*budgeted.own] == [*phenotypes.own]
    check_that(same, f"`with_budget` of {who} returns other individuals than it was given")
    rows = np.arange(len(steps))[::2]
    some = ask(who, "with_budget", lambda: kind.with_budget(select_minds(phenotypes, rows), steps[rows]))
    alone = select_minds(budgeted, rows)
    by_itself = is_same(list(alone.own.values()), list(some.own.values()))
    check_that(by_itself, f"`with_budget` of {who} depends on who else is asked")
