"""Compiling before anything is shown, told of while it lasts."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evosim.scenario import Scenario

ONCE = "once on this machine"  # the reason to compile, unless compiled kernels can't be stored
COMPILED_KEPT = "what has been compiled is kept"


def compile_if_cold(scenario: "Scenario", mode: str) -> None:
    """Compile all kernels, telling of it, if that has not been done on this machine.

    What was compiled when the program is stopped is stored already, kernel by kernel.
    """
    from evosim.cli.progress import waiting
    from evosim.numerics.compiler import NOT_STORED, compiling_reason, is_cold, mark_warm, why_not_linked
    from evosim.simulation.process import process_of
    from evosim.simulation.resources import COMPILING_TIME
    from evosim.system.stopping import added_to_stop_message

    process = process_of(scenario, 0)
    if is_cold(process.kernels, process.kinds):
        why = compiling_reason()
        kept = added_to_stop_message(COMPILED_KEPT) if why == ONCE else nullcontext()
        with waiting(mode, f"compiling, {why}", f"it takes {COMPILING_TIME}"), kept:
            process.warm()
        if why := why_not_linked():
            click.echo(f"kernels are compiled one by one, which takes longer ({why})", err=True)
        if NOT_STORED and mode != "none":
            click.echo(f"compiled kernels can't be stored ({NOT_STORED[0].lower()}): every start compiles", err=True)
        if process.warms_all:
            mark_warm(process.kernels, process.kinds)
