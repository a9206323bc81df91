"""Rules about where objects, places and agents stand in a grid."""

from collections.abc import Iterator

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.worlds import GridWorld, Near, Region
from evosim.scenario.validation.rule import RuleSet

SIZE = ("size", "layout?", "layout.drawing")  # a map says the size
COUNT = ("layout.drawing", "layout.legend")  # and how many objects there are
REGIONS, NEAR = RuleSet(Region), RuleSet(Near)


@REGIONS.rule(reads=(".rows", *SIZE))
def check_rows(world: GridWorld, region: Region, *names: str) -> Iterator[Diagnostic]:
    yield from _check_range("rows", region.rows, world.size[0])


@REGIONS.rule(reads=(".columns", *SIZE))
def check_columns(world: GridWorld, region: Region, *names: str) -> Iterator[Diagnostic]:
    yield from _check_range("columns", region.columns, world.size[1])


def _check_range(key: str, cells: tuple[int, int], count: int) -> Iterator[Diagnostic]:
    first, last = cells
    if first > last:
        yield Diagnostic((key,), f"the range is reversed: {first} to {last}")
    elif last < 1 or first > count - 2:
        yield Diagnostic((key,), f"nothing but wall there: the floor has {key} 1 to {count - 2}")


@NEAR.rule(reads=(".to", "objects.*.place?", "objects.*.count", *COUNT))
def check_what_is_near(world: GridWorld, near: Near, *names: str) -> Iterator[Diagnostic]:
    if near.to == "start":
        return
    if near.to not in world.objects:
        what = f"there is no object {near.to!r}; {suggest(near.to, world.objects, 'start')}"
        yield Diagnostic(("to",), what)
    elif isinstance(world.objects[near.to].place, Near):
        yield Diagnostic(("to",), f"{near.to!r} is itself placed near something")
    elif world.objects[near.to].count < 1:
        yield Diagnostic(("to",), f"there is none: {near.to!r} has a count of 0")
