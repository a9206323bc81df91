"""Nothing acknowledged is lost, whenever a program is killed: benchmarks/kills.py does 200 kills, this does a few."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


@pytest.mark.compiled
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="progress is read from /proc")
@pytest.mark.parametrize("kind", ["grid", "ecology", "filming"])
def test_a_few_kills_lose_nothing(kind, tmp_path):
    command = [sys.executable, str(HOUSE / "benchmarks" / "kills.py"), "--each", "3", "--only", kind]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ": 0 with a fault" in done.stdout.splitlines()[-1]
