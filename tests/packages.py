"""Packages of others, installed into a folder of their own as pip would, without building or downloading anything."""

import shutil
import tomllib
from pathlib import Path

THIRD_PARTY = Path(__file__).parent / "third_party"


def install(target: Path, *, version: str | None = None, source: Path = THIRD_PARTY) -> Path:
    """Install a package that its pyproject.toml describes, in its own version or another; give the folder."""
    project = tomllib.loads((source / "pyproject.toml").read_text())
    name, number = project["project"]["name"], version or project["project"]["version"]
    for package in project["tool"]["setuptools"]["packages"]:
        shutil.copytree(source / package, target / package, dirs_exist_ok=True)
    for old in target.glob(f"{name.replace('-', '_')}-*.dist-info"):
        shutil.rmtree(old)
    information = target / f"{name.replace('-', '_')}-{number}.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n")
    groups = project["project"]["entry-points"].items()
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items()) for group, entries in groups
    ]
    (information / "entry_points.txt").write_text("\n".join(lines))
    return target
