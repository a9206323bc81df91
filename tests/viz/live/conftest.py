"""What tests of the live view share: two small runs, and a session on each."""

import os

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pytest
from sessions import FOUNDED, MEADOW, SMALL, session_on

from evosim.scenario import load_scenario
from evosim.simulation.runner import run


@pytest.fixture(scope="session")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sessions")
    for name, changes in (("red_doors", SMALL), ("contraception", MEADOW)):
        run(load_scenario(name, changes), seed=2, out=folder / f"{name}.evosim").close()
    return {name: folder / f"{name}.evosim" for name in ("red_doors", "contraception")}


@pytest.fixture(scope="session")
def searching(tmp_path_factory):
    """A run of programs that search."""
    path = tmp_path_factory.mktemp("pair") / "search.evosim"
    run(load_scenario("search_from_parts", FOUNDED), seed=2, out=path).close()
    return path


@pytest.fixture
def doors(paths):
    session = session_on(paths["red_doors"])
    yield session
    session.close()


@pytest.fixture
def meadow(paths):
    session = session_on(paths["contraception"])
    yield session
    session.close()
