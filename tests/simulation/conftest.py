"""What tests of simulations share: a run of an ecology, and a copy of it that may be corrupt."""

import pytest
from stored_meadows import made, made_plainly


@pytest.fixture(scope="session")
def straight(tmp_path_factory):
    return made(tmp_path_factory.mktemp("runs") / "straight.evosim")


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """Give a short run that recorded births."""
    return made_plainly(tmp_path_factory.mktemp("runs") / "recorded.evosim", "measure.births=true")


@pytest.fixture
def stored(straight, tmp_path):
    """Give a run that may be corrupt."""
    path = tmp_path / "stored.evosim"
    path.write_bytes(straight.read_bytes())
    return path
