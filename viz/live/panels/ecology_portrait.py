"""Portraits of an ecology's agents: what is known of one at a tick, in numbers and sentences."""

import numpy as np

from evosim.mind.kinds import look_of
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import number as written
from evosim.scenario import Scenario
from evosim.scenario.schema.names import objective_names
from viz.answers.ecology_reading import child_features
from viz.live.panels.portrait import (
    Bar,
    Citation,
    CitedSentence,
    Portrait,
    describe_foresight,
    describe_wants,
    feature_words,
)
from viz.live.scenes.replay import Snapshot

MOST_CHILDREN = 64


def make_ecology_portrait(
    scenario: Scenario, snapshot: Snapshot, row: int, parents: Ids, detectors: Reals | None
) -> Portrait:
    """Describe agent `row` of a snapshot; `parents` `[M, 2]` are those of all agents ever born."""
    id, names = int(snapshot.id[row]), objective_names(scenario)
    plans = bool(snapshot.plans[row])
    kind = snapshot.kinds[snapshot.controller[row]]
    where = f"agent {id} at tick {snapshot.tick}"
    counted = set(child_features(scenario))
    weights = snapshot.objective[row].astype(float).tolist()
    bars = [Bar(name, weights[i] if plans else None, 1.0 if name in counted else None) for i, name in enumerate(names)]
    known = id < len(parents)
    children = np.flatnonzero((parents == id).any(axis=1))[:MOST_CHILDREN].tolist()
    discount = float(snapshot.discount[row])
    age, energy, born = int(snapshot.age[row]), float(snapshot.energy[row]), int(snapshot.children[row])
    said = []
    if plans:
        said.append(describe_foresight(int(snapshot.horizon[row]), discount, f"genome of agent {id}"))
        said += describe_wants(dict(zip(names, weights, strict=True)), f"genome of agent {id}")
    else:
        said.append(CitedSentence(look_of(kind).does, ()))
    said.append(_describe_life(age, born, where))
    said += _describe_drives(scenario, snapshot, row, where)
    return Portrait(
        id,
        f"tick {snapshot.tick:,}",
        kind,
        int(snapshot.horizon[row]) if plans else None,
        discount if plans else None,
        bars,
        True,
        detectors if plans else None,
        scenario.world.features,
        {},
        [parent for parent in parents[id].tolist() if parent >= 0] if known else [],
        children,
        said,
        [("age", f"{age}"), ("energy", written(energy)), ("children", f"{born}")],
    )


def _describe_life(age: int, children: int, where: str) -> CitedSentence:
    """Describe its age and its number of children."""
    count = "no child" if children == 0 else "1 child" if children == 1 else f"{children} children"
    sources = [Citation(str(age), float(age), f"age in ticks, {where}")]
    if children:
        sources.append(Citation(str(children), float(children), f"children, {where}"))
    return CitedSentence(f"Is {age} ticks old and has had {count}.", tuple(sources))


def _describe_drives(scenario: Scenario, snapshot: Snapshot, row: int, where: str) -> list[CitedSentence]:
    """Describe the levels of its drives."""
    drives = scenario.mind.objective.drives
    if not drives:
        return []
    levels = snapshot.levels[row].tolist()
    feelings = [f"{feature_words(name)} {written(level)}" for name, level in zip(drives, levels, strict=True)]
    sources = tuple(
        Citation(written(level), float(level), f"drive {name}, {where}")
        for name, level in zip(drives, levels, strict=True)
    )
    return [CitedSentence(f"Feels {', '.join(feelings)}.", sources)]
