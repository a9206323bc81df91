"""The recipe for SLURM in docs/sweeps.md: tasks of a job array that know nothing of each other share one folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_sweeps import run_here, tiny_plan

from evosim.sweeps.folder import SweepFolder

PAGE = Path(__file__).parents[2] / "docs/sweeps.md"
SCRIPT = re.compile(r"    (#!/bin/bash\n(?:    .*\n)+)")


def script() -> str:
    """Read the script of the recipe from its page."""
    (found,) = SCRIPT.findall(PAGE.read_text())
    return found.replace("\n    ", "\n")


@pytest.mark.compiled
def test_the_tasks_of_a_job_array_share_a_sweep(tmp_path):
    alone = SweepFolder.create(tmp_path / "alone", tiny_plan())
    run_here(alone)
    shared = SweepFolder.create(tmp_path / "sweeps/rates", tiny_plan())
    path = tmp_path / "sweep.sh"
    path.write_text(script().replace("evosim sweep", f"{sys.executable} -m evosim sweep"))
    tasks = [
        subprocess.Popen(["bash", path], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
                         env={**os.environ, "SLURM_ARRAY_TASK_ID": str(i), "SLURM_CPUS_PER_TASK": "1"})
        for i in range(2)
    ]  # fmt: skip
    said = [task.communicate()[1] for task in tasks]
    assert [task.returncode for task in tasks] == [0, 0], said
    assert [state.digest for state in shared.states()] == [state.digest for state in alone.states()]
    assert list((shared.path / "leases").iterdir()) == []
