"""What tests of simulations share: a run of an ecology, and a copy of it that may be corrupt."""

import pytest
from stored_meadows import made


@pytest.fixture(scope="session")
def straight(tmp_path_factory):
    return made(tmp_path_factory.mktemp("runs") / "straight.evosim")


@pytest.fixture
def stored(straight, tmp_path):
    """Give a run that may be corrupt."""
    path = tmp_path / "stored.evosim"
    path.write_bytes(straight.read_bytes())
    return path
