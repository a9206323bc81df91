"""Rules: functions that check one thing of a well-formed scenario, each declared with what it reads.

    OBJECTS = RuleSet(ObjectType)

    @OBJECTS.rule(each="needs.{needed}", reads=(".needs.{needed}", "objects.{needed}.carried"))
    def check_what_is_needed(world: GridWorld, kind: ObjectType, name: str, needed: str) -> Iterator[Diagnostic]:
        if needed in world.objects and not world.objects[needed].carried:
            yield Diagnostic(("needs", needed), "can't be carried")

    GRIDS = RuleSet(GridWorld, reads=("kind",))
    GRIDS.include("objects.{name}", OBJECTS)

A list of rules is about a root, which is a scenario or one of its worlds; a list that another one includes is about a
subject inside the root. A rule gets the root, the subject, and the names in the path to it; with `each` it is evaluated
once for every existing name. The paths of its diagnostics, and paths that it `reads` with a leading dot, are relative
to the subject, other paths to the root. If any value that it reads is malformed or missing the rule is skipped, since
what it finds may only be a consequence.
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
    """A check, the class and the path of its subject, and what it reads."""

    check: Check
    about: type  # of the thing; of others it isn't asked
    subject: tuple[str, ...]  # a path from the root: to the thing, and on to each name
    depth: int  # how much of the subject leads to the thing
    reads: tuple[str, ...]
    given: Callable[[Any], Any] | None  # what is worked out of the root once, for all subjects
    conclusive: bool  # whether what it finds makes the values it points at unreliable for the rules after it


class RuleBranch(NamedTuple):
    """Rules whose subjects' paths continue with the same part."""

    part: str
    is_bound: bool
    below: "list[Rule | RuleBranch]"


class RuleCase(NamedTuple):
    """A rule and one of its subjects."""

    rule: Rule
    path: Path  # of the subject
    names: dict[str, str | int]
    values: tuple[Any, ...]  # from the root to the subject

    def diagnose(self, known: dict[Callable[[Any], Any], Any]) -> list[Diagnostic]:
        """Return the rule's diagnostics, with paths relative to the root; `known` caches what was derived from it."""
        (check, _, _, depth, _, given, _), root = self.rule, self.values[0]
        arguments = [root, self.values[depth]] if depth else [root]
        if given is not None:
            if given not in known:
                known[given] = given(root)
            arguments.append(known[given])
        found = list(check(*arguments, *self.names.values()))
        return found and [each._replace(where=(*self.path[:depth], *each.where)) for each in found]

    def reads(self) -> Iterator[Pattern]:
        """Yield what the rule reads, relative to the root: that its subject exists, and what it declares."""
        if self.path:
            yield (*self.path, PRESENT)
        for text in self.rule.reads:
            base = self.path[: self.rule.depth] if text.startswith(".") else ()
            yield (*base, *bind(parse_pattern(text.removeprefix(".")), self.names))


class RuleSet:
    """A list of rules about one kind of subject, in the order in which they are evaluated."""

    def __init__(self, about: type, *, reads: tuple[str, ...] = ()) -> None:
        """Begin an empty list `about` subjects of a class; `reads` is what all of its rules read."""
        self.about, self.shared = about, reads
        self.rules: list[Rule] = []
        self.tree: list[Rule | RuleBranch] | None = None  # of the rules, when they are first asked

    def rule(
        self,
        *,
        reads: tuple[str, ...],
        each: str = "",
        given: Callable[[Any], Any] | None = None,
        conclusive: bool = False,
    ) -> Callable[[Check], Check]:
        """Return a decorator that appends a function to the list.

        A rule that is evaluated for many names can be `given` something that is computed from the root once: it comes
        before the names. The diagnostics of a `conclusive` rule make the values that they point at unreliable: later
        rules that read them are skipped.
        """

        def append(check: Check) -> Check:
            subject = tuple(each.split(".")) if each else ()
            self.tree = None
            self.rules.append(Rule(check, self.about, subject, 0, (*self.shared, *reads), given, conclusive))
            return check

        return append

    def include(self, at: str, others: "RuleSet") -> None:
        """Append the rules of another list, about each subject at a path."""
        self.tree, path = None, tuple(at.split(".")) if at else ()
        for rule in others.rules:
            subject, depth = (*path, *rule.subject), len(path) + rule.depth
            self.rules.append(rule._replace(subject=subject, depth=depth, reads=(*self.shared, *rule.reads)))

    def cases(self, root: Any) -> Iterator[RuleCase]:
        """Yield each rule with each of its subjects; consecutive rules about one subject come together."""
        if self.tree is None:
            self.tree = _grown(self.rules, 0)
        yield from _cases(self.tree, (), {}, (root,))

    def diagnostics(self, root: Any, where: Path = (), unreliable: Unreliable | None = None) -> Iterator[Diagnostic]:
        """Yield the diagnostics of the value at the path `where`, except those of rules that read what is `unreliable`.

        The diagnostics of conclusive rules are added to `unreliable`.
        """
        unreliable = Unreliable() if unreliable is None else unreliable
        known: dict[Callable[[Any], Any], Any] = {}
        for case in self.cases(root):
            found = case.diagnose(known)
            if not found or (unreliable and any(unreliable.touches((*where, *read)) for read in case.reads())):
                continue
            for diagnostic in found:
                placed = diagnostic._replace(where=(*where, *diagnostic.where))
                if case.rule.conclusive:
                    unreliable.add(placed.where)
                yield placed


def _grown(rules: list[Rule], depth: int) -> list["Rule | RuleBranch"]:
    """Return rules whose subjects agree down to a depth as a tree; consecutive ones about a subject share a branch."""
    tree: list[Rule | RuleBranch] = []
    for part, group in groupby(rules, key=lambda rule: rule.subject[depth] if depth < len(rule.subject) else None):
        alike = list(group)
        tree += alike if part is None else [RuleBranch(part, is_bound(part), _grown(alike, depth + 1))]
    return tree


def _cases(
    tree: list["Rule | RuleBranch"], path: Path, names: dict[str, str | int], values: tuple[Any, ...]
) -> Iterator[RuleCase]:
    """Yield the cases of rules whose subjects are at or below a path; `values` stand on the way to it."""
    for each in tree:
        if isinstance(each, Rule):
            if isinstance(values[each.depth], each.about):
                yield RuleCase(each, path, names, values)
            continue
        for name in _names(values[-1]) if each.is_bound else (each.part,):
            value = _child(values[-1], name)
            if value is not None:
                bound = {**names, each.part: name} if each.is_bound else names
                yield from _cases(each.below, (*path, name), bound, (*values, value))


def _names(value: Any) -> list[str | int]:
    """Return the names that a scenario gives to the parts of a value, or the positions in an array."""
    if isinstance(value, list):
        return list(range(len(value)))
    if isinstance(value, Part):
        return list(value.__pydantic_extra__ or ())
    return list(value) if isinstance(value, dict) else []


def _child(value: Any, name: str | int) -> Any:
    """Return the value under a name, or None."""
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
