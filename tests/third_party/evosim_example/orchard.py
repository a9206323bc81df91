"""An orchard: at each step everybody is shown the same few fruits, and eats one."""

import numpy as np

from evosim.mind.expression import have_objective
from evosim.scenario.schema.base import Count, Part, Share


class Settings(Part):
    fruits: Count = 3
    """Number of fruits to choose from."""
    ripe: Share = 1.0
    """Probability that the colour of a fruit tells its taste: red is sweet."""


class Orchard:
    Settings = Settings

    def __init__(self, settings, *, features, outcomes, steps):
        self.settings, self.features, self.steps = Settings(**settings), features, steps

    def live(self, minds, ids, worlds_key, key, episodes):
        rng = np.random.default_rng(int(worlds_key))
        shape = (episodes, self.steps, self.settings.fruits)
        sweet = rng.random(shape) < 0.5
        red = np.where(rng.random(shape) < self.settings.ripe, sweet, ~sweet)
        seen = {"sweet": sweet, "red": red}
        fruits = np.stack([seen.get(name, np.zeros(shape)) for name in self.features], axis=-1)

        plans = have_objective(minds)
        liking = np.stack([np.random.default_rng((int(key), each)).random(shape) for each in ids])
        for row in np.flatnonzero(plans):
            liking[row] = fruits @ minds.objective[row, : len(self.features)]
        choice = liking.argmax(axis=-1)[..., None]
        eaten = np.take_along_axis(sweet[None], choice, axis=-1).sum(axis=(2, 3))
        pleasure = np.take_along_axis(liking, choice, axis=-1).sum(axis=(2, 3))
        return {
            "eaten": eaten,
            "poisoned": self.steps - eaten,
            "steps": np.full(eaten.shape, self.steps),
            "thinking": plans[:, None] * np.full(eaten.shape, self.steps * self.settings.fruits),
            "mesa_return": np.where(plans[:, None], pleasure, np.nan),
        }
