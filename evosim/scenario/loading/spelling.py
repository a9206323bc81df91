"""Spelling: names that would define something new, but nearly match an existing one."""

import re
from collections.abc import Collection, Iterable, Iterator
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.defaults import UNSAID_ENVIRONMENTS

LETTERS_MISTYPED = 2
PLURALS = (("y", "ies"), ("f", "ves"), ("fe", "ves"), ("is", "es"), ("", "es"))  # those with only an s are near names


def find_suggestion(name: str, existing: Collection[str]) -> str | None:
    """Return the existing name that a new one nearly matches, up to two letters, or whose plural or singular it is.

    `door2` beside `door` is right.
    """
    for close in get_close_matches(name, list(existing), n=3, cutoff=0.8):
        changes = SequenceMatcher(None, name, close).get_opcodes()
        letters = sum(max(to - at, there - here) for kind, at, to, here, there in changes if kind != "equal")
        if 0 < letters <= LETTERS_MISTYPED and _without_digits(name) != _without_digits(close):
            return close
    return next((other for other in existing if _is_plural(name, other) or _is_plural(other, name)), None)


def _is_plural(name: str, singular: str) -> bool:
    """Whether a name is another with the ending of a plural: `berries` of `berry`, `leaves` of `leaf`."""
    return any(singular.endswith(one) and name == singular.removesuffix(one) + many for one, many in PLURALS)


def _without_digits(name: str) -> str:
    return re.sub(r"\d", "", name)


def misspelt_objects(asked: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each object that an environment changes though the world has none of that name.

    One with features is a new object, unless its name is nearly that of another.
    """
    known = list(_table(_table(asked, "world"), "objects"))
    environments = _table(asked, "environments")
    for environment in environments:
        objects = _table(_table(environments, environment), "objects")
        for name, changed in objects.items():
            if not known or name in known or not isinstance(changed, dict):
                continue
            other = find_suggestion(name, known)
            if "features" not in changed:
                what = f"there is no object {name!r} in [world.objects] to change"
                what += (
                    f"; did you mean {other!r}?" if other else f", and a new one needs features; {suggest(name, known)}"
                )
                yield Diagnostic(("environments", environment, "objects", name), what)
            elif other is not None:
                what = f"there is no object {name!r} in [world.objects]; did you mean {other!r}? If not, define"
                yield Diagnostic(
                    ("environments", environment, "objects", name), f"{what} {name!r} there, with count = 0"
                )


def misspelt_places(asked: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each place that an environment changes though the world has none of that name.

    A new one says where it is.
    """
    known = list(_table(_table(asked, "world"), "places"))
    environments = _table(asked, "environments")
    for environment in environments:
        for name, changed in _table(_table(environments, environment), "places").items():
            if name not in known and isinstance(changed, dict) and "place" not in changed:
                what = f"there is no place {name!r} in [world.places] to change, and a new one needs `place`"
                what += f"; {suggest(name, known)}" if known else ""
                yield Diagnostic(("environments", environment, "places", name), what)


def misspelt_outcomes(asked: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each outcome of environments alone, in no objective, that is nearly one of the world's."""
    objects = _table(_table(asked, "world"), "objects")
    known = list(dict.fromkeys(name for kind in objects for name in _table(_table(objects, kind), "outcomes")))
    objectives = _table(asked, "objectives")
    pareto = objectives.get("pareto")
    weighted = [objectives.get("base"), objectives.get("intended"), *(pareto if isinstance(pareto, list) else ())]
    wanted = {name for weights in weighted if isinstance(weights, dict) for name in weights}
    environments = _table(asked, "environments")
    for environment in environments:
        changed = _table(_table(environments, environment), "objects")
        for kind in changed:
            for name in _table(_table(changed, kind), "outcomes"):
                other = None if name in known or name in wanted else find_suggestion(name, known)
                if other is not None and name.lower() != other.lower():
                    what = f"no object in [world.objects] has the outcome {name!r}; did you mean {other!r}?"
                    what += f" If not, give {name!r} a weight in an objective, even 0"
                    yield Diagnostic(("environments", environment, "objects", kind, "outcomes", name), what)


def with_features(whole: dict[str, Any], diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """Return a scenario whose misspelt objects and places have what they must: nothing else is reported of them."""
    environments = dict(_table(whole, "environments"))
    for diagnostic in diagnostics:
        environment, kind, name = map(str, diagnostic.where[1:4])
        needed = {"features": {}, "place": {"kind": "corner"}} if kind == "places" else {"features": {}}
        world = environments[environment]
        environments[environment] = {**world, kind: {**world[kind], name: {**needed, **world[kind][name]}}}
    return {**whole, "environments": environments} if environments else whole


def refuse_misspelt_name(asked: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Check that an override makes no new environment or object whose name is nearly that of another.

    Raises:
        ValueError: it does.
    """
    for kind, above in (("environment", ("environments",)), ("object", ("world", "objects"))):
        if keys[: len(above)] != above or len(keys) <= len(above):
            continue
        existing = asked
        for key in above:
            existing = _table(existing, key)
        if kind == "environment":
            existing = existing or UNSAID_ENVIRONMENTS
        name = keys[len(above)]
        other = None if name in existing else find_suggestion(name, existing)
        if other is not None:
            what = (
                f"there is no {kind} {name!r}; did you mean {other!r}? If not, make it in a file that extends this one"
            )
            raise ValueError(f"{'.'.join((*above, name))}: {what}")


def idle_environments(whole: dict[str, Any], before: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each environment that overrides made and nothing uses; `before` is without them."""
    phases, measured = _table(whole, "evolution").get("schedule"), _table(whole, "measure").get("environments")
    if not isinstance(phases, list) or not isinstance(measured, list):
        return
    selected = [phase.get("environment") for phase in phases if isinstance(phase, dict)]
    mixed = [name for mixture in selected if isinstance(mixture, dict) for name in mixture]
    used = [*measured, *selected, *mixed]
    known = list(_table(before, "environments"))
    for name in _table(whole, "environments"):
        if name not in known and name not in used:
            what = f"there is no such environment, and nothing uses a new one; {suggest(name, known)}"
            yield Diagnostic(("environments", name), what)


def _table(tables: dict[str, Any], key: str) -> dict[str, Any]:
    inner = tables.get(key)
    return inner if isinstance(inner, dict) else {}
