"""Measures obey the contract; each way to break it is found and told."""

import random
import threading
from types import SimpleNamespace

import numpy as np
import packages
import pytest
from berries import BERRIES

from evosim.measures import measure
from evosim.numerics.compiler import plainly
from evosim.scenario import parse_scenario
from evosim.scenario.schema.entry_points import PluginError
from evosim.testing import ConformanceError, check_measure

SMALL = parse_scenario(BERRIES, overrides=["evolution.generations=2", "measure.every=1"])
CALLS = []
GENERATOR = np.random.default_rng(1)


def of(compute, **definition):
    """Return a measure that computes something."""
    return measure(**{"unit": "share", "definition": "What it is.", **definition})(lambda seen: compute(seen))


def draws(seen):
    return seen.rng().random()


def remembers(seen):
    CALLS.append(seen.number)
    return float(len(CALLS))


def remembers_the_first(seen, kept=[]):  # noqa: B006
    kept.append(seen.number)
    return float(seen.number - kept[-2] if len(kept) > 1 else 0)


def not_at_once(seen, kept={}):  # noqa: B006
    kept["seen"] = seen.number
    threading.Event().wait(0.002)
    return float(kept["seen"])


def writes(seen):
    seen.genomes[0] = 0
    return 1.0


BROKEN = {
    "no definition": (lambda seen: 1.0, "has no definition"),
    "prints": (of(lambda seen: print("here") or 1.0), "prints 'here' to standard output"),
    "global numpy": (of(lambda seen: np.random.random()), "uses the global generator of numpy"),  # noqa: NPY002
    "global random": (of(lambda seen: random.random()), "uses the global generator of `random`"),
    "global state": (of(lambda seen: int(np.random.get_state()[1][0])), "depends on a global generator"),  # noqa: NPY002
    "a generator that goes on": (
        of(lambda seen: GENERATOR.random()),
        "differs when it is called",
    ),
    "remembers": (of(remembers), "differs when it is called again"),
    "remembers the step before": (of(remembers_the_first), "differs when it is called again"),
    "at once": (of(not_at_once), "is another when several threads ask at once"),
    "writes": (of(writes), "read-only; copy an array before you change it"),
    "one for all": (of(lambda seen: 1.0, table="individuals"), r"of shape (), where (6,) was expected"),
    "too few": (of(lambda seen: seen.fitness[1:], table="individuals"), "of shape (5,), where (6,) was expected"),
    "an array": (of(lambda seen: seen.fitness), "an array of shape (6,), where one entry was expected"),
    "infinite": (of(lambda seen: np.inf), "returned inf, where a finite number was expected"),
    "empty": (of(lambda seen: np.nan), "say `may_be_empty=True`"),
    "text": (of(lambda seen: "much"), "returned 'much', where a number was expected"),
    "no whole number": (of(lambda seen: 0.5, kind="integer"), "returned 0.5, where a whole number was expected"),
    "no text": (of(lambda seen: 1, kind="text"), "returned 1, where text was expected"),
    "unprintable": (of(lambda seen: "a\nb", kind="text"), "can't be printed"),
    "fails": (of(lambda seen: 1 / 0), "failed: ZeroDivisionError: division by zero"),
    "misspelt": (of(lambda seen: seen.alleles("sweet").mean()), "did you mean 'objective.sweet'?"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_whoever_breaks_the_contract_is_told_how(name):
    broken, said = BROKEN[name]
    with plainly(), pytest.raises(ConformanceError) as refused:
        check_measure(broken, scenario=SMALL)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "good",
    [
        of(draws),
        of(lambda seen: seen.is_planner.mean()),
        of(lambda seen: seen.objectives["sweet"], table="individuals", may_be_empty=True),
        of(lambda seen: seen.rng().random() + seen.outcomes["eaten"].mean(), table="measurements"),
        of(lambda seen: len(seen.ids), kind="integer"),
        of(lambda seen: seen.controllers, kind="text", table="individuals"),
    ],
)
def test_a_measure_that_obeys_passes(good):
    with plainly():
        check_measure(good, scenario=SMALL)


def test_the_measure_of_the_guide_obeys_and_is_an_entropy(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(packages.install(tmp_path))
    from evosim_example.mind_entropy import mind_entropy

    kinds = {"": 0.0, "aaaa": 0.0, "aabb": 1.0, "abcd": 2.0, "aaab": 0.811278}
    for minds, bits in kinds.items():
        assert mind_entropy(SimpleNamespace(controllers=np.array([*minds], np.str_))) == pytest.approx(bits)
    with plainly():
        check_measure(mind_entropy, scenario=SMALL)


def test_an_ecology_has_no_measurements():
    with plainly(), pytest.raises(ConformanceError, match="which the run of an ecology doesn't have"):
        check_measure(of(draws, table="measurements"), scenario="contraception")


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"definition": ""}, "what it measures is not said: give a definition, or a docstring"),
        ({"unit": ""}, "unit = '': string should have at least 1 character"),
        ({"table": "measurement"}, "table = 'measurement': input should be 'generations', 'measurements' or"),
        ({"kind": "bool"}, "kind = 'bool': input should be 'real', 'integer' or 'text'"),
    ],
)
def test_a_definition_that_lacks_something_is_refused(said, what):
    with pytest.raises(PluginError) as refused:
        of(draws, **said)
    assert what in str(refused.value)
