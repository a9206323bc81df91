"""Rules: functions that check one thing of a well-formed scenario, each declared with what it reads.

    OBJECTS = Rules(ObjectType)

    @OBJECTS.rule(each="needs.{needed}", reads=(".needs.{needed}", "objects.{needed}.carried"))
    def check_what_is_needed(world: GridWorld, kind: ObjectType, name: str, needed: str) -> Iterator[Diagnostic]:
        if needed in world.objects and not world.objects[needed].carried:
            yield Diagnostic(("needs", needed), "can't be carried")

    GRIDS = Rules(GridWorld, reads=("kind",))
    GRIDS.include("objects.{name}", OBJECTS)

A list of rules is about a root, a scenario or one of its worlds, and those of a list that another includes about a
thing in it. A rule gets the root, the thing, and the names in the path to it; with `each` it is asked once for
every name that there is. Where it places what it finds, and what it `reads` with a dot before it, is relative to the
thing, all else that it reads to the root. Where any of that is malformed or missing the rule is skipped, for what it
finds may only follow.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.schema.base import Part
from evosim.scenario.validation.paths import PRESENT, Path, Pattern, Unreliable, bind, is_bound, parse_pattern

Check: TypeAlias = Callable[..., Iterator[Diagnostic]]


class Rule(NamedTuple):
    """A check, for what it is asked, and what it reads."""

    check: Check
    about: type  # of the thing; of others it isn't asked
    subject: tuple[str, ...]  # a path from the root: to the thing, and on to each name
    depth: int  # how much of the subject leads to the thing
    reads: tuple[str, ...]
    given: Callable[[Any], Any] | None  # what is worked out of the root once, for all subjects
    conclusive: bool  # whether what it finds makes the values it points at unreliable for the rules after it


class Branch(NamedTuple):
    """Rules whose subjects go on with the same part."""

    part: str
    is_bound: bool
    below: "list[Rule | Branch]"


class Case(NamedTuple):
    """A rule, and one subject that it is asked for."""

    rule: Rule
    path: Path  # of the subject
    names: dict[str, str | int]
    values: tuple[Any, ...]  # from the root to the subject

    def found(self, known: dict[Callable[[Any], Any], Any]) -> list[Diagnostic]:
        """Return what the rule finds, placed relative to the root; `known` is what was worked out of this before."""
        (check, _, _, depth, _, given, _), root = self.rule, self.values[0]
        arguments = [root, self.values[depth]] if depth else [root]
        if given is not None:
            if given not in known:
                known[given] = given(root)
            arguments.append(known[given])
        found = list(check(*arguments, *self.names.values()))
        return found and [each._replace(where=(*self.path[:depth], *each.where)) for each in found]

    def reads(self) -> Iterator[Pattern]:
        """Yield what the rule reads, relative to the root: that its subject is there, and what it declares."""
        if self.path:
            yield (*self.path, PRESENT)
        for text in self.rule.reads:
            base = self.path[: self.rule.depth] if text.startswith(".") else ()
            yield (*base, *bind(parse_pattern(text.removeprefix(".")), self.names))


class Rules:
    """A list of rules about one kind of thing, in the order in which they are asked."""

    def __init__(self, about: type, *, reads: tuple[str, ...] = ()) -> None:
        """Begin an empty list `about` things of a class; `reads` is what all of its rules read."""
        self.about, self.shared = about, reads
        self.rules: list[Rule] = []
        self.tree: list[Rule | Branch] | None = None  # of the rules, when they are first asked

    def rule(
        self,
        *,
        reads: tuple[str, ...],
        each: str = "",
        given: Callable[[Any], Any] | None = None,
        conclusive: bool = False,
    ) -> Callable[[Check], Check]:
        """Return a decorator that appends a function to the list.

        A rule that is asked for many names can be `given` something that is worked out of the root once: it comes
        before the names. What a `conclusive` rule finds makes the values that it points at unreliable: rules after it
        that read them are skipped.
        """

        def append(check: Check) -> Check:
            subject = tuple(each.split(".")) if each else ()
            self.tree = None
            self.rules.append(Rule(check, self.about, subject, 0, (*self.shared, *reads), given, conclusive))
            return check

        return append

    def include(self, at: str, others: "Rules") -> None:
        """Append the rules of another list, about each thing that stands at a path."""
        self.tree, path = None, tuple(at.split(".")) if at else ()
        for rule in others.rules:
            subject, depth = (*path, *rule.subject), len(path) + rule.depth
            self.rules.append(rule._replace(subject=subject, depth=depth, reads=(*self.shared, *rule.reads)))

    def cases(self, root: Any) -> Iterator[Case]:
        """Yield each rule with each of its subjects; rules in a row about one thing come together."""
        if self.tree is None:
            self.tree = _grown(self.rules, 0)
        yield from _cases(self.tree, (), {}, (root,))

    def diagnostics(self, root: Any, where: Path = (), unreliable: Unreliable | None = None) -> Iterator[Diagnostic]:
        """Yield what the rules find in what stands at the path `where`, unless they read what is `unreliable`.

        To that the findings of conclusive rules are added.
        """
        unreliable = Unreliable() if unreliable is None else unreliable
        known: dict[Callable[[Any], Any], Any] = {}
        for case in self.cases(root):
            found = case.found(known)
            if not found or (unreliable and any(unreliable.touches((*where, *read)) for read in case.reads())):
                continue
            for diagnostic in found:
                placed = diagnostic._replace(where=(*where, *diagnostic.where))
                if case.rule.conclusive:
                    unreliable.add(placed.where)
                yield placed


def _grown(rules: list[Rule], depth: int) -> list["Rule | Branch"]:
    """Return rules whose subjects agree down to a depth as a tree; those in a row about one thing share a branch."""
    tree: list[Rule | Branch] = []
    for part, group in groupby(rules, key=lambda rule: rule.subject[depth] if depth < len(rule.subject) else None):
        alike = list(group)
        tree += alike if part is None else [Branch(part, is_bound(part), _grown(alike, depth + 1))]
    return tree


def _cases(
    tree: list["Rule | Branch"], path: Path, names: dict[str, str | int], values: tuple[Any, ...]
) -> Iterator[Case]:
    """Yield the cases of rules whose subjects are at or below a path; `values` stand on the way to it."""
    for each in tree:
        if isinstance(each, Rule):
            if isinstance(values[each.depth], each.about):
                yield Case(each, path, names, values)
            continue
        for name in _names(values[-1]) if each.is_bound else (each.part,):
            value = _child(values[-1], name)
            if value is not None:
                bound = {**names, each.part: name} if each.is_bound else names
                yield from _cases(each.below, (*path, name), bound, (*values, value))


def _names(value: Any) -> list[str | int]:
    """Return the names that a person chose for what is in a value, or the positions in an array."""
    if isinstance(value, list):
        return list(range(len(value)))
    if isinstance(value, Part):
        return list(value.__pydantic_extra__ or ())
    return list(value) if isinstance(value, dict) else []


def _child(value: Any, name: str | int) -> Any:
    """Return what stands under a name, or None."""
    if isinstance(value, list) and isinstance(name, int):
        return value[name]
    if isinstance(value, Part):
        attribute = _attributes(value.__class__).get(name)
        return (value.__pydantic_extra__ or {}).get(str(name)) if attribute is None else getattr(value, attribute)
    return value.get(name) if isinstance(value, dict) else None


@lru_cache(maxsize=256)
def _attributes(model: type[Part]) -> dict[str | int, str]:
    """Return the attributes of a model by the names of their fields in a file."""
    return {field.alias or name: name for name, field in model.model_fields.items()}
