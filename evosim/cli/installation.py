"""The doctor: what this installation is made of, and what is wrong with it."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, distributions, version
from typing import NamedTuple

from evosim.numerics.compiler import DISABLED, MEASURES, is_cold, threads
from evosim.scenario.schema.entry_points import MINDS, OPTIMIZERS, WORLDS, additions
from evosim.scenario.schema.evolution import ALGORITHMS
from evosim.scenario.schema.minds import CONTROLLERS
from evosim.scenario.schema.worlds import KINDS

LIBRARIES = (
    "evosim",
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "deap",
    "pygame-ce",
    "matplotlib",
    "pydantic",
    "click",
    "rich",
)
EXTRAS = {"parquet": ("pyarrow",)}


class Finding(NamedTuple):
    """One thing looked at; `advice` is what to do, if anything."""

    name: str
    found: str
    advice: str = ""


def examine() -> list[Finding]:
    """Look at versions, pygame, threads, the kernel cache, the display, the extras and what other packages add."""
    findings = [Finding("python", f"{platform.python_version()} on {platform.machine()}, {sys.platform}")]
    findings += [_library(name) for name in LIBRARIES]
    findings.append(_pygame())
    findings.append(Finding("threads", f"{threads.count} on {os.cpu_count()} cores: {threads.available.why}"))
    findings.append(_cache())
    findings.append(_display())
    for extra, names in EXTRAS.items():
        missing = [name for name in names if _version(name) is None]
        advice = f"pip install 'evosim[{extra}]' for it" if missing else ""
        findings.append(Finding(f"extra {extra}", "missing" if missing else "installed", advice))
    added = _added(OPTIMIZERS, "optimizer", ALGORITHMS) + _added(WORLDS, "world", KINDS)
    return [*findings, *added, *_added(MINDS, "mind", CONTROLLERS)]


def is_broken(findings: list[Finding]) -> bool:
    """Tell whether something must be mended: extras, a cold cache and a missing display are no faults."""
    harmless = ("extra ", "display", "cache")
    return any(finding.advice and not finding.name.startswith(harmless) for finding in findings)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _library(name: str) -> Finding:
    found = _version(name)
    return Finding(name, found or "missing", "" if found else f"pip install {name}")


def _pygame() -> Finding:
    """Find out who provides `pygame`: two packages do, and installed together they break each other."""
    names = {(distribution.metadata["Name"] or "").lower() for distribution in distributions()}
    both = {"pygame", "pygame-ce"} & names
    if both == {"pygame", "pygame-ce"}:
        advice = "pip uninstall -y pygame pygame-ce && pip install pygame-ce"
        return Finding("pygame", "both pygame and pygame-ce are installed; they overwrite each other", advice)
    if both == {"pygame"}:
        return Finding("pygame", "pygame, not pygame-ce", "pip uninstall -y pygame && pip install pygame-ce")
    return Finding("pygame", "provided by pygame-ce" if both else "missing", "" if both else "pip install pygame-ce")


def _added(group: str, what: str, own: tuple[str, ...]) -> list[Finding]:
    """List what other packages add to evosim's own; two can't have the same name."""
    found = additions(group)
    names = [*own, *(addition.name for addition in found)]
    advice = {name: "the name is taken: uninstall one" for name in names if names.count(name) > 1}
    return [Finding(f"{what} {name}", f"by {provider}", advice.get(name, "")) for name, provider, _ in found]


def _cache() -> Finding:
    if DISABLED:
        return Finding("cache", "none: NUMBA_DISABLE_JIT is set, everything runs as plain Python")
    from evosim.numerics.numba_compiler import CACHE, WHY_NONE

    if not CACHE:
        advice = "remove it, or set EVOSIM_CACHE_DIR to a folder that is yours alone; until then every start compiles"
        return Finding("cache", f"not used: {WHY_NONE}", advice)
    return Finding("cache", f"{CACHE[1]}{' (empty: the first run compiles)' if is_cold(MEASURES) else ''}")


def _display() -> Finding:
    if sys.platform in ("win32", "darwin"):
        return Finding("display", "that of the desktop")
    shown = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return Finding("display", shown or "none: figures and runs don't need one")
