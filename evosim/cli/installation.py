"""The checks of `evosim doctor`: what this installation consists of, and what is wrong with it."""

import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, distributions, requires, version
from pathlib import Path
from typing import NamedTuple

from evosim.numerics.compiler import DISABLED, threads
from evosim.numerics.kernel_cache import has_notes
from evosim.scenario.schema.entry_points import MEASURES, MINDS, OPTIMIZERS, PROCESSES, WORLDS, additions
from evosim.scenario.schema.evolution import ALGORITHMS
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.scenario.schema.worlds import KINDS

FOR_DEVELOPERS = ("bench", "dev", "docs", "fuzz", "test")  # extras that no feature asks for
# A library's name, and the extra that asks for it.
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)[^;]*(?:;.*extra == [\"']([^\"']+)[\"'])?")


class Check(NamedTuple):
    """One thing that was checked; `advice` is what to do, if anything."""

    name: str
    found: str
    advice: str = ""


def check_installation() -> list[Check]:
    """Check versions, pygame, threads, the kernel cache, the display, the extras and what other packages add."""
    findings = [Check("python", f"{platform.python_version()} on {platform.machine()}, {sys.platform}")]
    findings.append(_own())
    findings += [_library(name) for name in required("")]
    findings.append(_pygame())
    findings.append(Check("threads", f"{threads.count} on {os.cpu_count()} cores: {threads.available.why}"))
    findings.append(_cache())
    findings.append(_display())
    findings += [_extra(name) for name in extras()]
    added = _added(OPTIMIZERS, "optimizer", ALGORITHMS) + _added(PROCESSES, "process", ALGORITHMS)
    added += _added(WORLDS, "world", KINDS) + _added(MINDS, "mind", OWN_NAMES)
    return [*findings, *added, *_added(MEASURES, "measure", ())]


def required(extra: str) -> list[str]:
    """Return the libraries that an extra needs, or without a name evosim itself, as its package says."""
    found = [REQUIREMENT.match(each) for each in _requirements()]
    return [each[1] for each in found if each is not None and (each[2] or "") == extra]


def extras() -> list[str]:
    """Return the extras that a feature may ask for, as evosim's package says."""
    found = [REQUIREMENT.match(each) for each in _requirements()]
    named = dict.fromkeys(each[2] for each in found if each is not None and each[2])
    return [name for name in named if name not in FOR_DEVELOPERS]


def _requirements() -> list[str]:
    try:
        return requires("evosim") or []
    except PackageNotFoundError:
        return []


def _extra(name: str) -> Check:
    missing = [library for library in required(name) if _version(library) is None]
    advice = f"pip install 'evosim[{name}]' for it" if missing else ""
    return Check(f"extra {name}", f"missing: {', '.join(missing)}" if missing else "installed", advice)


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


def _own() -> Check:
    found = _library("evosim")
    return found._replace(found=f"{found.found}, in {Path(__file__).parents[1]}")


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
