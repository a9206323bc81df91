"""What a run costs from a thousand individuals to a million: time for each, memory and disk, beside what was estimated.

    python -m benchmarks.scale                        # up to 100,000
    python -m benchmarks.scale --sizes 1000000        # some 8 GB of memory

Each size is a process of its own: red_doors with two episodes, five generations, the first and the last of which are
measured. The processor's time counts, from the moment when kernels are compiled; memory is the peak of the process.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
SIZES = [1_000, 10_000, 100_000]
OVERRIDES = [
    "evolution.generations=5", "evolution.episodes=2", "measure.episodes=2", "measure.every=1000",
    "measure.alignment=false",
]  # fmt: skip
PROGRAM = """
import json, os, re, sys, time
from pathlib import Path

from evosim.scenario import load_scenario
from evosim.simulation.process import process_of
from evosim.simulation.runner import run

out, *overrides = sys.argv[1:]
small, whole = (load_scenario("red_doors", [*overrides, *more]) for more in (["evolution.population=64"], []))
run(small, seed=1, out=out + ".small").close()
began, wall = time.process_time(), time.perf_counter()
run(whole, seed=1, out=out).close()
took = {"processor": time.process_time() - began, "wall": time.perf_counter() - wall}
said = process_of(whole, 1).resources()
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
loci = len(process_of(whole, 1).laboratory.layout.loci)
told = {"loci": loci, "memory": peak, "memory_said": said.memory, "disk": os.stat(out).st_size, "disk_said": said.disk}
print(json.dumps(took | told))
"""


def measured(population: int, overrides: list[str]) -> dict[str, Any]:
    """Run as many in a process of their own; return what it took, and what was said before."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        command = [
            sys.executable,
            "-c",
            PROGRAM,
            str(Path(folder, "run")),
            *overrides,
            f"evolution.population={population}",
        ]
        path = f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return {"population": population, **found}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="sizes of the population")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="other changes of the scenario")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    arguments = parser.parse_args()
    print(f"{'individuals':>12}{'loci':>6}{'processor, s':>14}{'µs each':>9}{'wall, s':>9}", end="")
    print(f"{'memory, MB':>12}{'said ÷ it':>11}{'disk, MB':>10}{'said ÷ it':>11}")
    found = []
    for size in arguments.sizes:
        found.append(each := measured(size, [*OVERRIDES, *arguments.set]))
        generations = 5
        print(
            f"{size:>12,}{each['loci']:>6}{each['processor']:>14.1f}"
            f"{1e6 * each['processor'] / size / generations:>9.1f}{each['wall']:>9.1f}{each['memory'] / 1e6:>12,.0f}"
            f"{each['memory_said'] / each['memory']:>11.2f}{each['disk'] / 1e6:>10,.1f}"
            f"{each['disk_said'] / each['disk']:>11.2f}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
