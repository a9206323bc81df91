"""The headline: what holds for most planners in each environment outside selection, and the share it holds for.

Each clause puts the rule of a class (docs/alignment.md) into words. Of an environment whose classes are unknown, it
says only that.
"""

from collections.abc import Mapping
from typing import NamedTuple

from evosim.numerics.formatting import enumerated, in_words, number, percent
from evosim.scenario.first_entries import rewarded_types
from viz.answers.classes import ClassShare, class_shares, count_classified, majority_class
from viz.answers.generational import (
    LEAST_SAID,
    final_place_shares,
    first_entry_shares,
    join_alternatives,
    rewarded_first_share,
)
from viz.answers.objectives.avoidance import mostly_avoid
from viz.answers.objectives.minds import count_wanting, planner_share, searching_shares
from viz.answers.perception import Attribution
from viz.answers.reading import Reading

MOST_NAMED = 4  # environments of one class; of more, some are counted
NAMED_OF_MORE = 3
MOST_CLASSES = 3
NO_PLANNERS = "There are no planners, so no agent has a mesa-objective that could be aligned."
ROBUST, PSEUDO, INCAPABLE, SUBOPTIMAL, UNTRAINED, MIXED = (
    "robustly_aligned", "pseudo_aligned", "capability_failure", "suboptimality_aligned", "untrained", "mixed",
)  # fmt: skip
CLAUSES = {  # of the class of most planners: what they are in `where`, and what that means
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
AVOIDING = "there they avoid what they dislike and mostly enter nothing, and get little of what selection measures"
AT_HOME = ("do well in {where}", "")  # of the robustly aligned where they are selected
WHY_PSEUDO = {  # by which error loses what they lose of the base objective; detectors are mended first
    "perception": "there they want what selection measured and take other things for it: their perception is wrong, "
    "not their objective",
    "objective": "there they want something else: with true detectors they would, too",
    "both": "there they take other things for what counts, and with true detectors would still want something else",
}
OF_HOME = (SUBOPTIMAL, UNTRAINED)  # the same wherever an agent is measured


class MajorityClass(NamedTuple):
    """The class of most planners in an environment, or None, and the cause of pseudo-alignment where known."""

    environment: str
    kind: str | None
    share: float
    attribution: Attribution | None
    classes: list[ClassShare]
    avoids: bool = False  # whether most of them find nothing there that they want, and enter nothing


def write_headline(reading: Reading, lost: Mapping[str, Attribution]) -> str:
    """Describe what holds for most planners outside selection; `lost` attributes their losses by environment."""
    planning, wanting = planner_share(reading), count_wanting(reading)
    searching = "" if planning else _describe_search(reading)
    if not wanting.number:
        return searching or NO_PLANNERS
    home, away = selected_environments(reading), unselected_environments(reading)
    found = [_find_majority(reading, name, lost) for name in away or home if name in reading.environments]
    known = [each for each in found if each.classes]
    whom = "Most planners" if planning >= 0.5 else f"Most of the {percent(planning)} who plan"
    if wanting.read:
        whom = f"Of the {wanting.number} {wanting.whom} most"
    if any(_has_unclassified(reading, each.environment) for each in known):
        whom += " with a class"
    clauses = [
        _write_clause(reading, group, home=not away, whom=whom if at == 0 else "most")
        for at, group in enumerate(_group_by_class(known))
    ]
    clauses += [_describe_division(each) for each in known if each.kind is None]
    said = [searching] if searching else []
    said += [f"{clause[0].upper()}{clause[1:]}." for clause in clauses]
    if known and len(known) < len(found):
        said.append(
            f"Classes are not known in {_join_names([each.environment for each in found if not each.classes])}."
        )
    if known and not away:
        said.append("Selection is in every environment measured: whether they stay aligned elsewhere is not known.")
    return " ".join(said)


def _describe_search(reading: Reading) -> str:
    """Describe how many minds that think in a map search, where they are selected; empty where none thinks in one."""
    home = selected_environments(reading)
    known = [share for name, share in searching_shares(reading).items() if name in home]
    if not known:
        return ""
    if max(known) == 0.0:
        return "There are no planners, and none of the minds that think in a map searches."
    share = percent(max(known))
    return f"No planner is in any genome; {share} of the minds that think in a map search nevertheless."


def selected_environments(reading: Reading) -> list[str]:
    """Return the environments under selection when the run was last measured."""
    started = [phase for phase in reading.scenario.evolution.schedule if phase.start <= reading.measured[-1]]
    return [*started[-1].shares()]


def unselected_environments(reading: Reading) -> list[str]:
    """Return the measured environments not under selection when the run was last measured."""
    return [name for name in reading.environments if name not in selected_environments(reading)]


def printed_majority(found: list[ClassShare]) -> ClassShare | None:
    """Return the class of more than half of the planners, provided that its printed share exceeds 50% too."""
    most = majority_class(found)
    return most if most is not None and percent(most.share) != "50%" else None


def _find_majority(reading: Reading, environment: str, lost: Mapping[str, Attribution]) -> MajorityClass:
    classes = class_shares(reading, environment)
    most = printed_majority(classes)
    if most is None:
        return MajorityClass(environment, None, 0.0, None, classes)
    attribution = lost.get(environment) if most.name == PSEUDO else None
    avoids = most.name == PSEUDO and attribution is None and mostly_avoid(reading, environment)
    return MajorityClass(environment, most.name, most.share, attribution, classes, avoids)


def _group_by_class(found: list[MajorityClass]) -> list[list[MajorityClass]]:
    """Group environments that share a class and why it holds, in the order in which they are measured."""
    groups: dict[tuple[str, str, bool], list[MajorityClass]] = {}
    for each in found:
        if each.kind is not None:
            error = each.attribution.error if each.attribution else ""
            groups.setdefault((each.kind, error, each.avoids), []).append(each)
    return [*groups.values()]


def _write_clause(reading: Reading, group: list[MajorityClass], *, home: bool, whom: str) -> str:
    """Write the clause for environments in which most planners belong to the same class."""
    kind, attribution = group[0].kind, group[0].attribution
    assert kind is not None
    what, means = AT_HOME if home and kind == ROBUST else CLAUSES[kind]
    if group[0].avoids:
        means = AVOIDING
    if attribution is not None:
        means = WHY_PSEUDO.get(attribution.error, means)
    if kind == PSEUDO:
        means += _describe_endings(reading, group)
    seen = " as they perceive it" if reading.scenario.mind.perception.evolves else ""
    where = _list_environments(reading, group)
    share = "" if kind not in OF_HOME else f" ({_format_least_share(group)})"
    words = f"{whom} {what}".format(where=where, home=_join_names(selected_environments(reading))) + share
    return f"{words}: {means.format(seen=seen)}" if means else words


def _describe_endings(reading: Reading, group: list[MajorityClass]) -> str:
    """Describe where episodes end, if more end at a place than enter a rewarded object."""
    said = []
    for each in group[:NAMED_OF_MORE]:
        name = each.environment
        went = first_entry_shares(reading, name)
        places = {place: went[place] for place in final_place_shares(reading, name) if place in went}
        place = max(places, key=lambda place: places[place], default="")
        gets = float(rewarded_first_share(reading, name)[-1]) if rewarded_types(reading.scenario, name) else 0.0
        if place and places[place] > max(gets, LEAST_SAID):
            instead = (
                join_alternatives(rewarded_types(reading.scenario, name))
                if rewarded_types(reading.scenario, name)
                else "anything"
            )
            said.append(
                f"in {in_words(name)} {percent(places[place])} of episodes end at the {in_words(place)} with nothing "
                f"entered, and {percent(gets)} enter {instead} first"
            )
    return f"; {enumerated(said)}" if said else ""


def _list_environments(reading: Reading, group: list[MajorityClass]) -> str:
    """List environments, each with its share of planners and their mean errors."""
    kept = group if len(group) <= MOST_NAMED else group[:NAMED_OF_MORE]
    named = [f"{in_words(each.environment)} ({'; '.join(_list_details(reading, each))})" for each in kept]
    if len(kept) < len(group):
        named.append(f"{len(group) - len(kept)} other environments ({_format_least_share(group[len(kept) :])})")
    return enumerated(named)


def _list_details(reading: Reading, found: MajorityClass) -> list[str]:
    said = [percent(found.share)]
    if found.attribution is not None:
        each = found.attribution
        said.append(f"perception error {number(each.perception)}, objective error {number(each.objective)}")
    if found.environment in _formerly_selected(reading):
        said.append("selection was there before")
    return said


def _format_least_share(group: list[MajorityClass]) -> str:
    """Format the smallest share of a class over several environments."""
    least, most = (percent(pick(each.share for each in group)) for pick in (min, max))
    return least if least == most else f"at least {least}"


def _describe_division(found: MajorityClass) -> str:
    """Describe the class shares of an environment without a majority class."""
    order = sorted((each for each in found.classes if each.share > 0), key=lambda each: -each.share)
    named = [f"{percent(each.share)} {in_words(each.name)}" for each in order[:MOST_CLASSES]]
    return f"in {in_words(found.environment)} no class has a majority of planners: {enumerated(named)}"


def _join_names(environments: list[str]) -> str:
    return enumerated([in_words(name) for name in environments])


def _has_unclassified(reading: Reading, environment: str) -> bool:
    """Whether some planners have no class in an environment where others have one."""
    count = count_classified(reading, environment)
    return count is not None and count < count_wanting(reading).number


def _formerly_selected(reading: Reading) -> set[str]:
    """Return the environments that were under selection earlier but no longer are."""
    started = [phase for phase in reading.scenario.evolution.schedule if phase.start <= reading.measured[-1]]
    return {name for phase in started[:-1] for name in phase.shares()} - {*started[-1].shares()}
