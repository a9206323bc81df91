"""The scenarios that evosim ships: each a question, as a page of TOML."""

from pathlib import Path

HERE = Path(__file__).parent
TEMPLATE = HERE / "_new.toml"  # what `evosim new` starts from


def paths() -> dict[str, Path]:
    """Map the name of every shipped scenario to its file."""
    return {path.stem: path for path in sorted(HERE.glob("[!_]*.toml"))}


def sweep_paths() -> dict[str, Path]:
    """Map the name of every shipped sweep to its file."""
    return {path.stem: path for path in sorted((HERE / "sweeps").glob("*.toml"))}
