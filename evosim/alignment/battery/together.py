"""Subjects that live at once: phenotypes with the same parts are joined, so that one call simulates all of them.

What each does is the same as alone: random numbers depend on the key, the id of the subject and the world only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evosim.alignment.battery.subject import PhenotypeSubject, Subject, observe_minds
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import Traces, new_traces
from evosim.mind.phenotype import Phenotypes


def live_together(subjects: Sequence[Subject], ground: Ground, key: np.uint64) -> Traces:
    """Simulate one episode of each of P subjects in each world, traces `[P, E, T]`."""
    traces = new_traces(len(subjects), len(ground.worlds.start), ground.plan.steps)
    groups: dict[Any, list[int]] = {}
    for p, subject in enumerate(subjects):
        groups.setdefault(make_of(subject) if isinstance(subject, PhenotypeSubject) else p, []).append(p)
    for rows in groups.values():
        some = [subjects[p] for p in rows]
        phenotypes = [each for each in some if isinstance(each, PhenotypeSubject)]
        if phenotypes:
            minds, ids = join_minds([each.minds for each in phenotypes]), np.array([each.id for each in phenotypes])
            found = observe_minds(minds, ids, ground, key, phenotypes[0].lesion)[1]
        else:
            found = some[0].live(ground, key)
        traces.action[rows], traces.cell[rows], traces.entered[rows] = found
    return traces


def make_of(subject: PhenotypeSubject) -> tuple[Any, ...]:
    """Return what subjects must have in common to live at once: lesion, kinds of mind, and all that is no array."""
    minds = subject.minds
    parts = [
        minds[: Phenotypes._fields.index("own")],
        minds[Phenotypes._fields.index("own") + 1 :],
        *minds.own.values(),
    ]
    shapes = [part.shape[1:] if isinstance(part, np.ndarray) else repr(part) for some in parts for part in some]
    return subject.lesion, *minds.own, *shapes


def join_minds(many: Sequence[Phenotypes]) -> Phenotypes:
    """Return minds of one make as one population, in their order."""
    own = {name: _joined([minds.own[name] for minds in many]) for name in many[0].own}
    joined: Phenotypes = _joined([minds._replace(own={}) for minds in many])
    return joined._replace(own=own)


def _joined(parts: Sequence[Any]) -> Any:
    columns = zip(*parts, strict=True)
    joined = (np.concatenate(column) if isinstance(column[0], np.ndarray) else column[0] for column in columns)
    return type(parts[0])._make(joined)
