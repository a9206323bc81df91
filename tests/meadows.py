"""A small ecology with all that an ecology can have: two drives, walls, accidents, contraception, floor and ceiling."""

from evosim.scenario import Scenario, parse_scenario

MEADOW = """
schema = 1
title = "Meadow"
[world]
kind = "ecology"
size = [12, 12]
vision = 2
layout = { kind = "scatter", density = 0.1 }
features = ["sweet", "wet", "company", "child"]
energy = { initial = 9, most = 12, per_tick = 0.1, per_move = 0.1, per_thought = 0.0002 }
life = { adult_at = 5, lifespan = 70, spread = 0.3, accident = 0.004 }
drives.thirst = { rises = 0.05, sated_by = { wet = 0.5, company = 0.1 } }
ceiling = 50
[world.objects.fruit]
features = { sweet = 0.5, wet = 0.25 }
energy = 4
count = 40
grows = 6
[world.objects.mud]
features = { wet = 1 }
energy = -0.5
count = 6
grows = 0.3
[world.mating]
energy = 4.5
features = { company = 1 }
child = { child = 1 }
fertility = 0.8
child_energy = 6
refractory = 6
recovery = 4
[environments.before]
[environments.after]
objects.fruit.grows = 5
objects.candy = { features = { sweet = 1 }, energy = 0.5, grows = 1.5 }
energy.most = 10
energy.per_tick = 0.15
ceiling = 35
mating.contraception = { fertility = 0.3 }
[mind]
controllers = { heuristic = 0.4, planner = 0.6 }
objective = { drives = ["hunger", "thirst"], initial = { sweet = 0.3, wet = 0.1, company = 0.2 }, spread = 0.3 }
beliefs.persistence = 0.98
planner = { horizon = { initial = 4, range = [1, 5] }, discount = { range = [0.5, 0.95] } }
[mind.heuristic]
spread = 0.2
initial = { "seen.ahead.nearness" = 0.6, "wall.ahead" = -0.5, "moved.ahead" = 0.1, court = 0.3, child = -0.1 }
temperature = 0.05
[evolution]
algorithm = "natural_selection"
population = 30
ticks = 200
interval = 20
floor = 18
crossover = { rate = 0.9 }
mutation = { rate = 0.2, scale = 0.1 }
[[evolution.schedule]]
from = 0
environment = "before"
[[evolution.schedule]]
from = 80
environment = "after"
"""


def meadow(*changes: str) -> Scenario:
    return parse_scenario(MEADOW, name="meadow", overrides=changes)


NOISY = ["mind.planner.temperature={ range = [0.01, 0.5] }", "evolution.floor=0", "mind.controllers={ planner = 1 }"]
WALLED = [
    'world.edges="walls"', 'world.layout={ kind = "rooms", rows = 2, columns = 2 }', "mind.controllers={ heuristic = 1 }",
    'environments.after.mating.contraception={ fertility = 0.1, used_by = "everybody" }', "evolution.population=24",
    "mind.heuristic.temperature=0",
]  # fmt: skip
SLOWLY = [
    "environments.after.life={ adult_at = 8, lifespan = 60, spread = 0.5 }", "environments.after.mating.refractory=9",
    "environments.before.objects.treat={ features = { wet = 0.5 }, energy = 1, count = 5, grows = 1 }",
    'environments.after.mating.contraception={ fertility = 0.3, used_by = "everybody" }', "environments.after.ceiling=50",
    "evolution.schedule=[{ from = 0, environment = { before = 0.5, after = 0.5 } }, { from = 40, environment = 'after' },"
    " { from = 80, environment = 'before', over = 40 }]",
]  # fmt: skip
