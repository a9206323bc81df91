"""Resolution: from the short form that a person writes to the explicit one, still as plain tables."""

import re
from typing import Any, TypeAlias

from evosim.scenario.loading.foreign_maps import in_own_signs
from evosim.scenario.schema.defaults import UNSAID_ENVIRONMENTS
from evosim.scenario.schema.ecologies import ECOLOGY, OUTCOMES
from evosim.scenario.schema.evolution import ALGORITHMS, NATURAL_SELECTION, Evolution
from evosim.scenario.schema.layouts import UNDRAWN, rows_of_drawing
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.scenario.schema.worlds import kind_of
from evosim.scenario.validation.evolution import LACKING
from evosim.scenario.validation.natural_selection import OF_NATURAL_SELECTION
from evosim.scenario.validation.plugins import defined_measures, provided, provided_minds, provided_world

Sections: TypeAlias = "dict[str, Sections]"
ANY = "*"
DEEP_KEY = re.compile(r"""(?<![\w-])(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){32}""")


class Alternatives(dict[str, "Sections"]):
    """A table of one kind or of another, as its `tag` says; one without it changes what there is, key by key."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag = tag

    def changed(self, there: Any, change: dict[str, Any]) -> dict[str, Any]:
        """Return the changed table: another one, or the existing one with some values replaced."""
        return {**there, **change} if isinstance(there, dict) and self.tag not in change else change


BY_KIND, BY_OPERATOR = Alternatives("kind"), Alternatives("operator")

# The tables whose keys are replaced one by one; every other value is replaced as a whole.
WORLD: Sections = {
    "layout": BY_KIND,
    "start": BY_KIND,
    "objects": {ANY: {"place": BY_KIND}},
    "places": {ANY: {"place": BY_KIND}},
    "energy": {},
    "settings": {},
    "life": {},
    "mating": {},
    "drives": {ANY: {}},
}
OF_ALL_KINDS = ("features", "steps")  # what a world says whatever its kind; an ecology goes on without end
SECTIONS: Sections = {
    "world": WORLD,
    "environments": {ANY: WORLD},
    "objectives": {},
    "mind": {
        "controller": {},
        "objective": {},
        "perception": {},
        "beliefs": {},
        **{name: {} for name in OWN_NAMES},
    },
    "evolution": {"selection": BY_OPERATOR, "crossover": BY_OPERATOR, "mutation": BY_OPERATOR, "islands": {}},
    "measure": {},
}
NATURAL_OBJECTIVE = {OUTCOMES[0]: 1.0}  # the base objective of natural selection


def resolve(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the explicit form, in which everything is stated that the short form omits."""
    whole = dict(asked)
    world = asked.get("world")
    environments = asked.get("environments") or UNSAID_ENVIRONMENTS
    if isinstance(world, dict):
        whole["world"] = _whole_world(world, world)
    if isinstance(world, dict) and isinstance(environments, dict):
        whole["environments"] = {
            name: _whole_world(_override(world, change), change) if isinstance(change, dict) else change
            for name, change in environments.items()
        }
    natural = is_natural(asked)
    objectives = asked.get("objectives", {"base": NATURAL_OBJECTIVE} if natural else None)
    if isinstance(objectives, dict) and natural:
        objectives = {"base": NATURAL_OBJECTIVE, **objectives}
    if isinstance(objectives, dict) and "base" in objectives:
        whole["objectives"] = {"intended": objectives["base"], **objectives}
    names = list(environments) if isinstance(environments, dict) else []
    mind = asked.get("mind")
    if isinstance(mind, dict):
        whole["mind"] = {**provided_minds(mind), **mind}
    evolution = asked.get("evolution")
    if isinstance(evolution, dict):
        schedule = [{"from": 0, "environment": name} for name in names[:1]]
        evolution = _with_intervals(evolution) if natural else evolution
        whole["evolution"] = {"schedule": schedule, **_elites_of(evolution), **provided(evolution), **evolution}
    measure = asked.get("measure", {})
    if isinstance(measure, dict):
        whole["measure"] = {"environments": names, **measure, **defined_measures(measure)}
    return whole


def sources_of(whole: dict[str, Any], path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    """Return the paths from which an omitted value is derived; where these are malformed it is missing, or empty."""
    evolution = whole.get("evolution")
    match path:
        case (*world, "size"):
            return [(*world, "layout", "drawing")]
        case ("evolution", "generations") if isinstance(evolution, dict) and "ticks" in evolution:
            return [("evolution", key) for key in ("algorithm", "ticks", "interval")]
        case ("evolution", "schedule") | ("measure", "environments"):
            return [("environments",)]
        case ("objectives",):
            return [("evolution", "algorithm")]
    return []


def is_natural(asked: dict[str, Any]) -> bool:
    """Whether a scenario's base optimizer is natural selection."""
    evolution = asked.get("evolution")
    return isinstance(evolution, dict) and evolution.get("algorithm") == NATURAL_SELECTION


def _with_intervals(evolution: dict[str, Any]) -> dict[str, Any]:
    """Return evolution with its ticks as a number of intervals, the last one whole."""
    ticks, interval = evolution.get("ticks"), evolution.get("interval", Evolution.model_fields["interval"].default)
    counts = [each for each in (ticks, interval) if isinstance(each, int) and not isinstance(each, bool) and each >= 1]
    if "generations" in evolution or len(counts) < 2:
        return evolution
    rest = {key: value for key, value in evolution.items() if key != "ticks"}
    return {**rest, "generations": -(-counts[0] // counts[1])}


def _elites_of(evolution: dict[str, Any]) -> dict[str, Any]:
    """Return how many elites there are where none can be: NSGA-II has survivors instead, CMA-ES a distribution."""
    selection = evolution.get("selection")
    by_pareto = isinstance(selection, dict) and selection.get("operator") == "nsga2"
    return {"elites": 0} if by_pareto or evolution.get("algorithm") == "cma_es" else {}


def _whole_world(world: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Return a world with what it leaves unsaid: what its map shows, or which package provides it."""
    return {**provided_world(world), **_read_off_map(world, said)}


def _read_off_map(world: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Return a world with what its drawing shows: its size, unless that is `said`, and the counts of its objects.

    The signs of another program's map become evosim's.
    """
    layout = world.get("layout")
    if not isinstance(layout, dict) or layout.get("kind") in UNDRAWN or not isinstance(layout.get("drawing"), str):
        return world
    objects = world.get("objects")
    layout = in_own_signs(layout, objects)
    drawing, legend = layout["drawing"], layout.get("legend")
    rows = rows_of_drawing(drawing)
    whole = {**world, "layout": layout}
    if "size" not in said:
        whole["size"] = [len(rows), max(map(len, rows))]
    if isinstance(legend, dict) and isinstance(objects, dict):
        named = {name for name in legend.values() if isinstance(name, str)}
        marks = {name: sum(drawing.count(s) for s, n in legend.items() if n == name) for name in named}
        whole["objects"] = {
            name: {"count": marks[name], **kind} if isinstance(kind, dict) and name in marks else kind
            for name, kind in objects.items()
        }
    return whole


def extend(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return a scenario with the values replaced that another names; what it doesn't name stays.

    What only another algorithm or another kind of world has a use for doesn't.
    """
    evolution = change.get("evolution")
    if isinstance(evolution, dict) and "algorithm" in evolution:
        base = leave_behind(base, outdated(base, evolution["algorithm"]))
    if isinstance(evolution, dict):
        for key in evolution:
            base = leave_behind(base, other_length(base, ("evolution", key)))
    if isinstance(base.get("world"), dict) and isinstance(change.get("world"), dict):
        base = {**base, "world": _of_the_same_kind(base["world"], change["world"])}
    return _replaced(base, change, SECTIONS)


def outdated(asked: dict[str, Any], algorithm: Any) -> set[str]:
    """Return the keys of evolution that only the previous base optimizer used, if another one is chosen."""
    evolution = asked.get("evolution")
    if not isinstance(algorithm, str) or not isinstance(evolution, dict):
        return set()
    if evolution.get("algorithm", ALGORITHMS[0]) == algorithm:
        return set()
    own = {"genetic": {"islands"}, "cma_es": {"cma_es"}, NATURAL_SELECTION: {*OF_NATURAL_SELECTION}}
    others = set().union(*(keys for name, keys in own.items() if name != algorithm))
    return {"settings", "provided_by", *others, *LACKING.get(algorithm, ())} & set(evolution)


def other_length(asked: dict[str, Any], keys: tuple[str, ...]) -> set[str]:
    """Return the key that gave the length of a run in the other unit: in ticks, or in intervals."""
    others = {("evolution", "ticks"): "generations", ("evolution", "generations"): "ticks"}
    evolution = asked.get("evolution")
    return {others[keys]} & set(evolution) if keys in others and isinstance(evolution, dict) else set()


def leave_behind(asked: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    """Return a scenario without some keys of evolution."""
    if not keys:
        return asked
    return {**asked, "evolution": {key: value for key, value in asked["evolution"].items() if key not in keys}}


def _override(world: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Replace the values that an environment names: of the world, and of its objects and settings one by one."""
    return _replaced(_of_the_same_kind(world, change), change, WORLD)


def _of_the_same_kind(world: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a world that a change applies to: of another kind only what all kinds have in common."""
    if "kind" not in change or change["kind"] == kind_of(world):
        return world
    kept = OF_ALL_KINDS[:1] if change["kind"] == ECOLOGY else OF_ALL_KINDS
    return {key: world[key] for key in kept if key in world}


def _replaced(base: dict[str, Any], change: dict[str, Any], sections: Sections) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        inner = sections.get(key, sections.get(ANY))
        kept = merged.get(key)
        if isinstance(inner, Alternatives) and isinstance(value, dict):
            merged[key] = inner.changed(kept, value)
            continue
        within = inner is not None and isinstance(kept, dict) and isinstance(value, dict)
        merged[key] = _replaced(kept, value, inner) if within and inner is not None and kept is not None else value
    return merged


def refuse_deep_keys(text: str) -> None:
    """Check that no key has so many parts that parsing it would take hours.

    Raises:
        RecursionError: there is one.
    """
    if DEEP_KEY.search(text):
        raise RecursionError("nested too deeply")
