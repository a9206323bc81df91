"""Portraits of animals: what is known of one agent of an ecology at a tick, in numbers and sentences."""

import numpy as np

from evosim.mind.phenotype import PLANNER
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import number as written
from evosim.scenario import Scenario
from evosim.scenario.schema.minds import CONTROLLERS
from evosim.scenario.schema.names import objective_names
from viz.answers.ecology_reading import child_features
from viz.live.panels.portrait import Bar, Portrait, Source, Statement, foresight, spoken, wishes
from viz.live.scenes.replay import Snapshot

MOST_CHILDREN = 64


def portrait_of_animal(
    scenario: Scenario, snapshot: Snapshot, row: int, parents: Ids, discount: float, detectors: Reals | None
) -> Portrait:
    """Describe agent `row` of a snapshot; `parents` `[M, 2]` are those of everybody who ever lived."""
    id, names = int(snapshot.id[row]), objective_names(scenario)
    plans = bool(snapshot.controller[row] == PLANNER)
    where = f"agent {id} at tick {snapshot.tick}"
    counted = set(child_features(scenario))
    weights = snapshot.objective[row].astype(float).tolist()
    bars = [Bar(name, weights[i] if plans else None, 1.0 if name in counted else None) for i, name in enumerate(names)]
    known = id < len(parents)
    children = np.flatnonzero((parents == id).any(axis=1))[:MOST_CHILDREN].tolist()
    age, energy, born = int(snapshot.age[row]), float(snapshot.energy[row]), int(snapshot.children[row])
    said = []
    if plans:
        said.append(foresight(int(snapshot.horizon[row]), discount, f"genome of agent {id}"))
        said += wishes(dict(zip(names, weights, strict=True)), f"genome of agent {id}")
    else:
        said.append(Statement("Reacts to what it senses: it searches for nothing, so nothing is its goal.", ()))
    said.append(_life(age, born, where))
    said += _feels(scenario, snapshot, row, where)
    return Portrait(
        id,
        f"tick {snapshot.tick:,}",
        CONTROLLERS[int(snapshot.controller[row])],
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


def _life(age: int, children: int, where: str) -> Statement:
    """Say how old it is, and what it has come to by what evolution counts."""
    count = "no child" if children == 0 else "1 child" if children == 1 else f"{children} children"
    sources = [Source(str(age), float(age), f"age in ticks, {where}")]
    if children:
        sources.append(Source(str(children), float(children), f"children, {where}"))
    return Statement(f"Is {age} ticks old and has had {count}.", tuple(sources))


def _feels(scenario: Scenario, snapshot: Snapshot, row: int, where: str) -> list[Statement]:
    """Say how strong its drives are."""
    drives = scenario.mind.objective.drives
    if not drives:
        return []
    levels = snapshot.levels[row].tolist()
    told = [f"{spoken(name)} {written(level)}" for name, level in zip(drives, levels, strict=True)]
    sources = tuple(
        Source(written(level), float(level), f"drive {name}, {where}")
        for name, level in zip(drives, levels, strict=True)
    )
    return [Statement(f"Feels {', '.join(told)}.", sources)]
