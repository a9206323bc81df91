"""The scenarios that evosim ships: each a question, as a page of TOML."""

from pathlib import Path


def paths() -> dict[str, Path]:
    """Map the name of every shipped scenario to its file."""
    return {path.stem: path for path in sorted(Path(__file__).parent.glob("*.toml"))}
