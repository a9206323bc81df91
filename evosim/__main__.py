"""The program: `evosim`, or `python -m evosim`. It can be stopped before anything heavy is imported."""

import atexit
import gc
import os

from evosim.system.stopping import program

OBJECTS = 50_000  # more that come than go before cycles are looked for: importing makes many, and none is garbage


def main() -> None:
    """Be the program."""
    program.begin()
    gc.set_threshold(OBJECTS)
    atexit.register(gc.freeze)  # or cycles are looked for at the end, when all memory is returned anyway
    os.environ.setdefault(
        "PYDANTIC_DISABLE_PLUGINS", "__all__"
    )  # or pydantic reads what every installed package offers
    from evosim.cli import main as commands

    commands(prog_name="evosim")


if __name__ == "__main__":
    main()
