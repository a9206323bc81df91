"""The checks of `evosim doctor`: what this installation consists of, and what is wrong with it."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, distributions, version
from typing import NamedTuple

from evosim.numerics.compiler import DISABLED, threads
from evosim.numerics.kernel_cache import has_notes
from evosim.scenario.schema.entry_points import MINDS, OPTIMIZERS, WORLDS, additions
from evosim.scenario.schema.evolution import ALGORITHMS
from evosim.scenario.schema.own_kinds import OWN_NAMES
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
EXTRAS = {"parquet": ("pyarrow",), "gymnasium": ("gymnasium",), "pettingzoo": ("pettingzoo",), "tskit": ("tskit",)}


class Check(NamedTuple):
    """One thing that was checked; `advice` is what to do, if anything."""

    name: str
    found: str
    advice: str = ""


def check_installation() -> list[Check]:
    """Check versions, pygame, threads, the kernel cache, the display, the extras and what other packages add."""
    findings = [Check("python", f"{platform.python_version()} on {platform.machine()}, {sys.platform}")]
    findings += [_library(name) for name in LIBRARIES]
    findings.append(_pygame())
    findings.append(Check("threads", f"{threads.count} on {os.cpu_count()} cores: {threads.available.why}"))
    findings.append(_cache())
    findings.append(_display())
    for extra, names in EXTRAS.items():
        missing = [name for name in names if _version(name) is None]
        advice = f"pip install 'evosim[{extra}]' for it" if missing else ""
        findings.append(Check(f"extra {extra}", "missing" if missing else "installed", advice))
    added = _added(OPTIMIZERS, "optimizer", ALGORITHMS) + _added(WORLDS, "world", KINDS)
    return [*findings, *added, *_added(MINDS, "mind", OWN_NAMES)]


def is_broken(findings: list[Check]) -> bool:
    """Whether something must be fixed: extras, a cold cache and a missing display are no faults."""
    harmless = ("extra ", "display", "cache")
    return any(finding.advice and not finding.name.startswith(harmless) for finding in findings)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _library(name: str) -> Check:
    found = _version(name)
    return Check(name, found or "missing", "" if found else f"pip install {name}")


def _pygame() -> Check:
    """Check who provides `pygame`: two packages do, and installed together they break each other."""
    names = {(distribution.metadata["Name"] or "").lower() for distribution in distributions()}
    both = {"pygame", "pygame-ce"} & names
    if both == {"pygame", "pygame-ce"}:
        advice = "pip uninstall -y pygame pygame-ce && pip install pygame-ce"
        return Check("pygame", "both pygame and pygame-ce are installed; they overwrite each other", advice)
    if both == {"pygame"}:
        return Check("pygame", "pygame, not pygame-ce", "pip uninstall -y pygame && pip install pygame-ce")
    return Check("pygame", "provided by pygame-ce" if both else "missing", "" if both else "pip install pygame-ce")


def _added(group: str, what: str, own: tuple[str, ...]) -> list[Check]:
    """Check what other packages add to evosim's own; two can't have the same name."""
    found = additions(group)
    names = [*own, *(addition.name for addition in found)]
    advice = {name: "the name is taken: uninstall one" for name in names if names.count(name) > 1}
    return [Check(f"{what} {name}", f"by {provider}", advice.get(name, "")) for name, provider, _ in found]


def _cache() -> Check:
    if DISABLED:
        return Check("cache", "none: NUMBA_DISABLE_JIT is set, everything runs as plain Python")
    from evosim.numerics.numba_compiler import CACHE, WHY_NONE

    if not CACHE:
        advice = "remove it, or set EVOSIM_CACHE_DIR to a folder that is yours alone; until then every start compiles"
        return Check("cache", f"not used: {WHY_NONE}", advice)
    return Check("cache", f"{CACHE[1]}{'' if has_notes(CACHE[1]) else ' (empty: the first run compiles)'}")


def _display() -> Check:
    if sys.platform in ("win32", "darwin"):
        return Check("display", "that of the desktop")
    shown = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return Check("display", shown or "none: figures and runs don't need one")
