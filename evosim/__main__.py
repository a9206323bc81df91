"""The program: `evosim`, or `python -m evosim`. It can be stopped before anything heavy is imported."""

from evosim.system.stopping import program


def main() -> None:
    """Be the program."""
    program.begin()
    from evosim.cli import main as commands

    commands(prog_name="evosim")


if __name__ == "__main__":
    main()
