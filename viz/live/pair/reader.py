"""The pair's reader: replays one agent in all worlds of its measurement, and describes it."""

import numpy as np

from evosim.mind.phenotype import select_minds
from viz.live.pair.pair import BEFORE, HERE, SELECTED_TOO, THERE, Pair, make_pair
from viz.live.pair.parts import list_code
from viz.live.pair.thoughts import own_thoughts, read_mind, with_thoughts
from viz.live.scenes.scene import Cast, replay_episodes
from viz.live.wall.reader import WallReader


class PairReader(WallReader):
    """Reads a generational run, and one agent of it in two environments."""

    def pair(self, cast: Cast, row: int, environments: tuple[str, ...], thoughts: int | None = None) -> Pair | None:
        """Return an agent in two environments, made to think so many `thoughts`; None in worlds of a plugin."""
        laboratory, scenario = self.run.laboratory, self.run.scenario
        mind, features = select_minds(cast.minds, slice(row, row + 1)), len(scenario.world.features)
        own = own_thoughts(mind)
        count = own if thoughts is None or not own else thoughts
        changed = cast if count == own else cast._replace(minds=with_thoughts(cast.minds, count))
        rows = np.full(scenario.measure.episodes, row)
        scenes = [replay_episodes(laboratory, changed, name, rows) for name in environments]
        shown = [scene for scene in scenes if scene is not None]
        if len(shown) < len(scenes):
            return None
        captions = [self._caption(cast.generation, name, first=i == 0) for i, name in enumerate(environments)]
        e, sides, title, explains, notes = make_pair(scenario, shown, captions, read_mind(mind, features))
        typical = self.typical(cast)
        stands_for = {each.row: each.words for each in self.class_medoids(cast)} | {typical.row: typical.words}
        who = f"Agent {cast.ids[row]}, generation {cast.generation}"
        who = f"{who}: {stands_for[row]}" if row in stands_for else who
        kind = cast.minds.kinds[cast.minds.controller[row]]
        return Pair(
            cast.generation, row, int(cast.ids[row]), f"{who}. World {e + 1} of {len(rows)}.", kind, e, sides, title,
            explains, notes, list_code(mind, features), own, count,
        )  # fmt: skip

    def _caption(self, generation: int, environment: str, *, first: bool) -> str:
        """Return whether the agent was selected in an environment."""
        laboratory = self.run.laboratory
        if environment in laboratory.episodes_in(generation):
            return HERE if first else SELECTED_TOO
        before = any(environment in laboratory.episodes_in(each) for each in range(generation))
        return BEFORE if before else THERE
