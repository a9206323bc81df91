"""Notes on a scenario that is valid: whose words it says, and which of its environments nobody lives in."""

from pathlib import Path

import scenarios
from evosim.numerics.formatting import enumerated
from evosim.scenario.loading.load import find_base, find_scenario, load_scenario, read_tables, read_text
from evosim.scenario.schema.names import is_shared
from evosim.scenario.schema.scenario import Scenario

WORDS = ("title", "question", "claim", "paper")
PARTS = ("world", "environments", "objectives", "mind", "evolution")


def notes_on(scenario: Scenario, source: str | Path) -> list[str]:
    """Return notes on a scenario that was loaded from a source, in sentences.

    Raises:
        ScenarioError: what it extends can't be read any more.
    """
    below, own, base = None, {}, ""
    if source != "-":
        path = find_scenario(source)
        own = read_tables(read_text(path, str(path)), str(path))
        if base := own.get("extends", ""):
            below = load_scenario(find_base(base, path.parent))
    notes = []
    if note := _note_on_template(own):
        notes.append(note)
    if below is not None and (note := _note_on_words(scenario, below, own, base)):
        notes.append(note)
    for name in unused_environments(scenario):
        inherited = f", from {base!r}," if below is not None and name in below.environments else ""
        where = "in no phase of the schedule" if is_shared(scenario) else "neither selected in nor measured"
        notes.append(f"environment {name!r}{inherited} is {where}: nobody lives in it")
    return notes + notes_on_classes(scenario)


def notes_on_classes(scenario: Scenario) -> list[str]:
    """Return a note for each environment because of which nobody has a class: it is selected in, and not measured."""
    if is_shared(scenario) or not scenario.measure.alignment:
        return []
    selected = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    return [
        f"environment {name!r} is selected in and not measured, so while it is, nobody has a class "
        f"(`pseudo_aligned` and the like are empty): name it in measure.environments"
        for name in scenario.environments
        if name in selected and name not in scenario.measure.environments
    ]


def unused_environments(scenario: Scenario) -> list[str]:
    """Name the environments in which nobody is selected, and in grids nobody is measured."""
    used = {name for phase in scenario.evolution.schedule for name in phase.shares()}
    if not is_shared(scenario):
        used |= set(scenario.measure.environments)
    return [name for name in scenario.environments if name not in used]


def _note_on_template(own: dict[str, object]) -> str:
    """Return which words are still those of the scenario that `evosim new` writes; empty if none are."""
    path = scenarios.TEMPLATE
    template = read_tables(read_text(path, str(path)), str(path))
    kept = [word for word in WORDS if word in template and own.get(word) == template[word]]
    if not kept:
        return ""
    be = "is" if len(kept) == 1 else "are"
    return f"{enumerated(kept)} {be} still what `evosim new` writes: say your own"


def _note_on_words(scenario: Scenario, below: Scenario, own: dict[str, object], base: str) -> str:
    """Return what is said in another scenario's words; empty if nothing is, or if all else is the other's, too."""
    changed = [part for part in PARTS if getattr(scenario, part) != getattr(below, part)]
    kept = [
        word for word in WORDS
        if word not in own and getattr(scenario, word) and getattr(scenario, word) == getattr(below, word)
    ]  # fmt: skip
    if not kept or not changed:
        return ""
    if kept == ["paper"]:  # all that is about this scenario alone is in words of its own
        return f"paper is that of {base!r}"
    be, remedy = ("is", "it isn't") if len(kept) == 1 else ("are", "they aren't")
    return (
        f"{enumerated(kept)} {be} of {base!r}, from which {enumerated(changed)} differ{'s' * (len(changed) == 1)}: "
        f'say your own if {remedy} true here, or "" for none'
    )
