"""Read a stored run, and plot one of its statistics: the inner alignment gap, on and off the training distribution.

A run is a SQLite file; `frame` returns a table as one numpy array a column. A run that isn't there yet is evolved, with
the changes that follow its path:

    python examples/read_a_run.py runs/red_doors.evosim evolution.generations=30
"""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from evosim import load_scenario, open_run, run

path = Path(*sys.argv[1:2] or ["runs/red_doors.evosim"])
if not path.exists():
    run(load_scenario("red_doors", sys.argv[2:]), seed=1, out=path).close()
with open_run(path) as stored:
    title = f"{stored.scenario.title}, seed {stored.seed}"
    measurements = stored.frame("measurements")  # docs/statistics.md defines each column

figure = Figure(figsize=(7, 4), layout="constrained")
axes = figure.subplots()
for environment in dict.fromkeys(measurements["environment"].tolist()):
    there = measurements["environment"] == environment
    axes.plot(measurements["generation"][there], measurements["inner_gap"][there], label=environment)
axes.set(title=title, xlabel="generation", ylabel="inner alignment gap")
axes.legend()
figure.savefig(path.with_suffix(".png"), dpi=150)
print(f"The figure is {path.with_suffix('.png')}.")
