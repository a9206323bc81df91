"""Commands of evosim in processes of their own, forked from one that has imported all there is and loaded the kernels.

A process as a person starts it takes one second or two to come so far, and most tests ask for what comes after that.
These have streams and a folder of their own, end as any process does, and share nothing with the test. What happens on
the way (variables that are read while modules are imported, a stop meanwhile) needs a process of `python -m evosim`.
Packages that are installed for a test are found by a command without a compiler only: which kernels fit a package is
settled when the compiler is imported.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

HOUSE = Path(__file__).parents[1]
PARENT = """
import gc, json, os, resource, runpy, socket, sys
import evosim.cli, evosim.simulation.runs, evosim.studies.report_cards, evosim.evolution.plugin, evosim.sweeps.engine
import evosim.simulation.ecology.intervals, matplotlib.pyplot, rich.table, rich.progress, viz.figures.figure
from evosim.numerics.compiler import DISABLED, threads
from evosim.scenario import load_scenario
from evosim.simulation.process import process_of

if not DISABLED:
    with threads.using(1):  # so that there are no others when it forks
        process_of(load_scenario("red_doors"), 0).warm()
link = socket.socket(fileno=int(sys.argv[1]))
gc.collect()
gc.freeze()
while True:
    message, streams, _, _ = socket.recv_fds(link, 1 << 20, 3)
    if not message:
        sys.exit()
    if child := os.fork():
        for stream in streams:
            os.close(stream)
        link.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
        continue
    asked = json.loads(message)
    link.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["cwd"])
    os.environ |= asked["environment"]
    sys.path[:0] = asked["installed"]
    if asked["largest_file"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["largest_file"],) * 2)
    sys.argv = ["evosim", *asked["arguments"]]
    break
try:
    runpy.run_module("evosim", run_name="__main__", alter_sys=True)
    code = 0
except SystemExit as ended:
    code = ended.code or 0
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)  # what was imported is not taken down, which takes longer than most commands
"""


class Done(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


@cache
def _parent(plain: bool) -> socket.socket:
    """Start the process that others are forked from, without a compiler if they are to have none; it ends with this."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "PYGAME_HIDE_SUPPORT_PROMPT": "1", "MPLBACKEND": "agg"}
    environment |= {"NUMBA_DISABLE_JIT": "1"} if plain else {}
    number = str(theirs.fileno())
    process = subprocess.Popen([sys.executable, "-c", PARENT, number], env=environment, pass_fds=[theirs.fileno()])
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def evosim(
    *arguments: object,
    cwd: Path,
    largest_file: int = 0,
    plain: bool = False,
    installed: Path | None = None,
    **environment: str,
) -> Done:
    """Run a command, which may write no file of more than `largest_file` bytes, and give what it printed.

    `plain` ones have no compiler, and may find packages that are `installed` in a folder.
    """
    assert plain or installed is None
    asked = {
        "arguments": [*map(str, arguments)], "cwd": str(cwd), "environment": environment, "largest_file": largest_file,
        "installed": [] if installed is None else [str(installed)],
    }  # fmt: skip
    with open(os.devnull) as nothing, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
        link = _parent(plain)
        socket.send_fds(link, [json.dumps(asked).encode()], [each.fileno() for each in (nothing, said, told)])
        code = int(link.recv(64))
        said.seek(0)
        told.seek(0)
        return Done(code, said.read().decode(), told.read().decode())
