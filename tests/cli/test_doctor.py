"""The doctor finds what is wrong with an installation."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import evosim
from evosim.cli import installation as doctor

HOUSE = Path(__file__).parents[2]


def finding(name):
    return next(each for each in doctor.check_installation() if each.name == name)


def install(monkeypatch, *names):
    present = [SimpleNamespace(metadata={"Name": name}) for name in names]
    monkeypatch.setattr(doctor, "distributions", lambda: present)


@pytest.mark.parametrize(
    ("installed", "advice"),
    [
        (["pygame-ce"], ""),
        (["pygame", "pygame-ce"], "pip uninstall -y pygame pygame-ce && pip install pygame-ce"),
        (["pygame"], "pip uninstall -y pygame && pip install pygame-ce"),
        ([], "pip install pygame-ce"),
    ],
)
def test_whoever_provides_pygame_is_named_and_how_to_mend_it(installed, advice, monkeypatch):
    install(monkeypatch, *installed)
    found = finding("pygame")
    assert found.advice == advice
    assert doctor.is_broken([found]) == bool(advice)


def test_it_says_which_evosim_it_is():
    assert finding("evosim").found.endswith(f", in {Path(evosim.__file__).parent}")


def test_a_missing_extra_is_reported_but_is_no_fault(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    found = finding("extra parquet")
    assert found.found == "missing: pyarrow"
    assert "evosim[parquet]" in found.advice
    assert not doctor.is_broken([found])


def test_every_extra_that_a_message_asks_for_is_checked():
    asked = {
        extra
        for room in ("evosim", "viz")
        for path in (HOUSE / room).rglob("*.py")
        for extra in re.findall(r"pip install 'evosim\[(\w+)\]'", path.read_text())
    }
    assert asked >= set(doctor.extras())
    declared = (HOUSE / "setup.py").read_text()  # what is installed can be older
    assert all(f'"{extra}": ' in declared for extra in asked)
    assert doctor.required("tune") == ["optuna"]
    assert {"numpy", "tree-sitter-toml", "pygame-ce"} <= set(doctor.required(""))


def test_a_missing_library_is_a_fault(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "deap" else "1")
    assert doctor.is_broken(doctor.check_installation())
    assert finding("deap").advice == "pip install deap"


def test_the_command_prints_what_was_found(tmp_path):
    command = [sys.executable, "-m", "evosim", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ})
    assert done.returncode == 0, done.stdout
    assert {each["name"] for each in json.loads(done.stdout)} >= {"python", "numba", "threads", "cache", "pygame"}


@pytest.mark.compiled
def test_a_cache_that_cannot_be_written_is_reported_and_runs_go_on(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    environment = {**os.environ, "EVOSIM_CACHE_DIR": str(blocked / "cache")}
    command = [sys.executable, "-m", "evosim", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert "can't be written" in done.stdout
    assert "EVOSIM_CACHE_DIR" in done.stdout
