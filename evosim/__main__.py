"""The program: `evosim`, or `python -m evosim`. It can be stopped before anything heavy is imported."""

import gc

from evosim.system.stopping import program

OBJECTS = 50_000  # more that come than go before cycles are looked for: importing makes many, and none is garbage


def main() -> None:
    """Be the program."""
    program.begin()
    gc.set_threshold(OBJECTS)
    from evosim.cli import main as commands

    commands(prog_name="evosim")


if __name__ == "__main__":
    main()
