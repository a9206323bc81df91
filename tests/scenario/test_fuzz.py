"""What fuzzing found, and what it starts from: every kept input is read, or refused in the words meant for that."""

from pathlib import Path

import pytest
from fuzz import fuzz_run_file, fuzz_scenario
from hypothesis import given
from hypothesis import strategies as st

import scenarios
from evosim.simulation.runs import RunFile

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
RED_DOORS = scenarios.paths()["red_doors"].read_bytes()


def kept(kind):
    found = sorted((CORPUS / kind).iterdir())
    assert len(found) > 10
    return [pytest.param(path, id=path.name) for path in found]


@pytest.mark.parametrize("path", kept("scenario"))
def test_a_kept_scenario_is_read_or_refused(path):
    fuzz_scenario.read(path.read_bytes())


@pytest.mark.parametrize("path", kept("run_file"))
def test_a_kept_run_file_is_read_or_refused(path):
    fuzz_run_file.read(path.read_bytes())


def test_what_is_kept_is_small():
    assert sum(path.stat().st_size for path in CORPUS.rglob("*")) < 300_000


def test_the_run_that_is_changed_is_sound(tmp_path):
    fuzz_run_file.write(b"-- nothing", tmp_path / "run.evosim")
    with RunFile.open(tmp_path / "run.evosim") as run:
        for way in fuzz_run_file.ways(run, tmp_path / "out", 0):
            way()


@given(seed=st.integers(0, 2**32))
def test_a_scenario_with_some_words_changed_is_read_or_refused(seed):
    fuzz_scenario.read(fuzz_scenario.change_words(RED_DOORS, 10_000, seed))


@given(
    changes=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 65535), st.integers(0, 65535), st.binary(max_size=12)))
)
def test_a_run_file_with_some_changes_is_read_or_refused(changes):
    packed = (bytes([code]) + first.to_bytes(2, "little") + second.to_bytes(2, "little") + bytes([len(value)]) + value
              for code, first, second, value in changes)  # fmt: skip
    fuzz_run_file.read(b"".join(packed))
