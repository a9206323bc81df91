"""Nothing is lost or counted twice when a sweep is killed: benchmarks/sweep_kills.py does 20 kills, this does two."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


@pytest.mark.compiled
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers are found in /proc")
def test_a_killed_sweep_has_the_table_of_one_left_alone(tmp_path):
    command = [sys.executable, str(HOUSE / "benchmarks" / "sweep_kills.py"), "--kills", "2", "--seeds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "2 kills: 0 faults"
