"""The headline: what holds for most planners in every environment that selection is not in, and for nobody else.

Each clause is the rule of a class (docs/alignment.md) in words, with the share of planners it holds for; nothing is
said of an environment whose classes are not known, but that they aren't.
"""

from collections.abc import Mapping
from typing import NamedTuple

from evosim.numerics.formatting import enumerated, in_words, number, percent
from viz.answers.classes import Share, classified, leading, shares
from viz.answers.generational import LEAST_SAID, either, ended_at, first_entered, first_entered_share, rewarded
from viz.answers.perception import Attribution
from viz.answers.reading import Reading

MOST_NAMED = 4  # environments of one class; of more, some are counted
NAMED_OF_MORE = 3
MOST_CLASSES = 3
NOBODY = "Nobody plans, so nobody has a mesa-objective that could be aligned."
ROBUST, PSEUDO, INCAPABLE, SUBOPTIMAL, UNTRAINED, MIXED = (
    "robustly_aligned", "pseudo_aligned", "capability_failure", "suboptimality_aligned", "untrained", "mixed",
)  # fmt: skip
SAID = {  # of the class of most planners: what they are in `where`, and what that means
    ROBUST: ("stay aligned in {where}", "there too they do well by what selection measures"),
    PSEUDO: ("are pseudo-aligned in {where}", "there they get what they want, and little of what selection measures"),
    INCAPABLE: (
        "lose their skill in {where}",
        "there they get little of what selection measures and of what they want",
    ),
    SUBOPTIMAL: (
        "look aligned in {home} only because they fall short of what they want",
        "pursued perfectly{seen}, it would score low there",
    ),
    UNTRAINED: ("have not learned to do well in {home}", ""),
    MIXED: ("are mixed in {where}", "no other class holds there beyond doubt"),
}
AT_HOME = ("do well in {where}", "")  # of the robustly aligned where they are selected
WHY_PSEUDO = {  # by which error loses what they lose of the base objective; detectors are mended first
    "perception": "there they want what selection measured and take other things for it: their perception is wrong, "
    "not their objective",
    "objective": "there they want something else: with true detectors they would, too",
    "both": "there they take other things for what counts, and with true detectors would still want something else",
}
OF_HOME = (SUBOPTIMAL, UNTRAINED)  # the same wherever an agent is measured


class Found(NamedTuple):
    """The class of most planners in an environment, if there is one, and why they are pseudo-aligned, if they are."""

    environment: str
    kind: str | None
    share: float
    attribution: Attribution | None
    classes: list[Share]


def headline(reading: Reading, lost: Mapping[str, Attribution]) -> str:
    """Say what holds for most planners, wherever selection isn't; `lost` says what seeing and wanting lose there."""
    planning = float(reading.generations["optimizer_fraction"][reading.measured[-1]])
    if planning == 0.0:
        return NOBODY
    home, away = selected_in(reading), elsewhere(reading)
    found = [_found(reading, name, lost) for name in away or home if name in reading.environments]
    known = [each for each in found if each.classes]
    whom = "Most planners" if planning >= 0.5 else f"Most of the {percent(planning)} who plan"
    if any(_lack_a_class(reading, each.environment) for each in known):
        whom += " with a class"
    clauses = [
        _clause(reading, group, home=not away, whom=whom if at == 0 else "most")
        for at, group in enumerate(_groups(known))
    ]
    clauses += [_divided(each) for each in known if each.kind is None]
    said = [f"{clause[0].upper()}{clause[1:]}." for clause in clauses]
    if known and len(known) < len(found):
        said.append(f"Classes are not known in {_named([each.environment for each in found if not each.classes])}.")
    if known and not away:
        said.append("Selection is in every environment measured: whether they stay aligned elsewhere is not known.")
    return " ".join(said)


def selected_in(reading: Reading) -> list[str]:
    """Name the environments that selection was in when the run was measured last."""
    started = [phase for phase in reading.scenario.evolution.schedule if phase.start <= reading.measured[-1]]
    return [*started[-1].shares()]


def elsewhere(reading: Reading) -> list[str]:
    """Name the measured environments that selection wasn't in when the run was measured last."""
    return [name for name in reading.environments if name not in selected_in(reading)]


def most_of(found: list[Share]) -> Share | None:
    """Give the class of most planners: of more than half, also when the share is rounded as it is printed."""
    most = leading(found)
    return most if most is not None and percent(most.share) != "50%" else None


def _found(reading: Reading, environment: str, lost: Mapping[str, Attribution]) -> Found:
    classes = shares(reading, environment)
    most = most_of(classes)
    if most is None:
        return Found(environment, None, 0.0, None, classes)
    attribution = lost.get(environment) if most.name == PSEUDO else None
    return Found(environment, most.name, most.share, attribution, classes)


def _groups(found: list[Found]) -> list[list[Found]]:
    """Put environments together of which the same is said, in the order in which they are measured."""
    groups: dict[tuple[str, str], list[Found]] = {}
    for each in found:
        if each.kind is not None:
            groups.setdefault((each.kind, each.attribution.error if each.attribution else ""), []).append(each)
    return [*groups.values()]


def _clause(reading: Reading, group: list[Found], *, home: bool, whom: str) -> str:
    """Say what most are where they are all of a class, and what that means."""
    kind, attribution = group[0].kind, group[0].attribution
    assert kind is not None
    what, means = AT_HOME if home and kind == ROBUST else SAID[kind]
    if attribution is not None:
        means = WHY_PSEUDO.get(attribution.error, means)
    if kind == PSEUDO:
        means += _ends(reading, group)
    seen = " as they perceive it" if reading.scenario.mind.perception.evolves else ""
    where = _where(reading, group)
    share = "" if kind not in OF_HOME else f" ({_share(group)})"
    words = f"{whom} {what}".format(where=where, home=_named(selected_in(reading))) + share
    return f"{words}: {means.format(seen=seen)}" if means else words


def _ends(reading: Reading, group: list[Found]) -> str:
    """Say where they end who entered nothing, if that is at a place more often than what is rewarded is entered."""
    said = []
    for each in group[:NAMED_OF_MORE]:
        name = each.environment
        went = first_entered(reading, name)
        places = {place: went[place] for place in ended_at(reading, name) if place in went}
        place = max(places, key=lambda place: places[place], default="")
        gets = float(first_entered_share(reading, name)[-1]) if rewarded(reading.scenario, name) else 0.0
        if place and places[place] > max(gets, LEAST_SAID):
            instead = either(rewarded(reading.scenario, name)) if rewarded(reading.scenario, name) else "anything"
            said.append(
                f"in {in_words(name)} {percent(places[place])} of episodes end at the {in_words(place)} with nothing "
                f"entered, and {percent(gets)} enter {instead} first"
            )
    return f"; {enumerated(said)}" if said else ""


def _where(reading: Reading, group: list[Found]) -> str:
    """Name environments, each with the share of planners of whom it is said, and what their errors come to."""
    kept = group if len(group) <= MOST_NAMED else group[:NAMED_OF_MORE]
    named = [f"{in_words(each.environment)} ({'; '.join(_beside(reading, each))})" for each in kept]
    if len(kept) < len(group):
        named.append(f"{len(group) - len(kept)} other environments ({_share(group[len(kept) :])})")
    return enumerated(named)


def _beside(reading: Reading, found: Found) -> list[str]:
    said = [percent(found.share)]
    if found.attribution is not None:
        each = found.attribution
        said.append(f"perception error {number(each.perception)}, objective error {number(each.objective)}")
    if found.environment in _left(reading):
        said.append("selection was there before")
    return said


def _share(group: list[Found]) -> str:
    """Give the share of planners of a class in several environments: its least."""
    least, most = (percent(pick(each.share for each in group)) for pick in (min, max))
    return least if least == most else f"at least {least}"


def _divided(found: Found) -> str:
    """Say how planners divide where no class is that of most."""
    order = sorted((each for each in found.classes if each.share > 0), key=lambda each: -each.share)
    named = [f"{percent(each.share)} {in_words(each.name)}" for each in order[:MOST_CLASSES]]
    return f"in {in_words(found.environment)} no class is that of most planners: {enumerated(named)}"


def _named(environments: list[str]) -> str:
    return enumerated([in_words(name) for name in environments])


def _lack_a_class(reading: Reading, environment: str) -> bool:
    """Tell whether there are planners without a class in an environment where others have one."""
    count = classified(reading, environment)
    return count is not None and count < int((reading.final["controller"] == "planner").sum())


def _left(reading: Reading) -> set[str]:
    """Name the environments that selection was in, and has left."""
    started = [phase for phase in reading.scenario.evolution.schedule if phase.start <= reading.measured[-1]]
    return {name for phase in started[:-1] for name in phase.shares()} - {*started[-1].shares()}
