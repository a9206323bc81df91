"""`python -m evosim` is the command line."""

from evosim.cli import main

if __name__ == "__main__":
    main(prog_name="evosim")
