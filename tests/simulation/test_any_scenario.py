"""Any scenario that is valid runs, whatever it combines; what can't be drawn is refused with a reason."""

import numpy as np
from effort import cases
from hypothesis import event, given, settings
from hypothesis import strategies as st
from test_validation import ISLAND

from evosim.gridworld.sampling import CrowdedWorldError
from evosim.numerics.compiler import threads
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.simulation.generational.generations import generations

SMALL = (
    "evolution.population=12", "evolution.generations=3", "evolution.episodes=2", "measure.episodes=2", "measure.every=2",
)  # fmt: skip
RED_DOORS, ON_THE_ISLAND = "red_doors", "island"
ANYWHERE = [
    "mind.controllers={ open_loop = 1 }", "mind.controllers={ heuristic = 1 }",
    "mind.controllers={ open_loop = 0.25, heuristic = 0.25, planner = 0.5 }", "mind.heuristic.hidden=3",
    "mind.controllers={ program = 0.5, planner = 0.5 }", "mind.program={ rung = 3, instructions = 4, thoughts = { range = [0, 4] } }",
    'mind.planner={ algorithm = "mcts", horizon = 4, simulations = 9 }', 'mind.planner={ algorithm = "plan_optimization" }',
    'mind.planner={ algorithm = "tree_search", horizon = 4 }', "mind.planner.temperature={ initial = 0.3, range = [0, 1] }",
    "mind.perception={ evolves = true, spread = 0.5 }", "mind.beliefs={ persistence = { range = [0.5, 1] } }",
    "mind.beliefs={ slip = 0.2 }", "mind.objective={ evolves = false, initial = 0.5 }", "world.slip=0.2", "world.vision=1",
    "world.worlds=1", "evolution.algorithm=cma_es", 'evolution.mutation={ operator = "reset", rate = 0.5 }',
    'evolution.selection={ operator = "epsilon_lexicase" }', "mind.objective.mutation={ rate = 0, scale = 0.5 }",
    'evolution.schedule=[{ from = 0, environment = { training = 0.5, deployment = 0.5 } }]',
    'evolution.schedule=[{ from = 0, environment = "training" }, { from = 1, environment = "deployment" }]',
    'environments.deployment.layout={ kind = "scatter", density = 0.4 }', "environments.deployment.worlds=2",
    'environments.deployment.size=[7, 9]', 'environments.deployment.layout={ kind = "open" }',
    "world.energy={ initial = 3, per_tick = 0.5, per_thought = 0.01 }",
]  # fmt: skip
IN_THE_MAZE = [
    "world.objects.key.carried=true", "world.objects.door.needs={ key = 1 }", "world.objects.gem.consumed=true",
    "world.objects.gem.respawns=2", "world.objects.ball.count=3", "world.objects.ball.ends_episode=false",
    'world.objects.key.place={ kind = "near", to = "door", within = 1 }', 'world.start={ kind = "corner", size = 2 }',
    'world.places.here={ place = { kind = "corner", of = "any", size = 3 }, features = { gem = 1 } }',
    "environments.deployment.objects.door.count=0",
]  # fmt: skip
ON_THE_MAP = [
    "world.objects.key.count=1", "world.objects.food.energy=-9", "world.places.home.place.within=1",
    "environments.deployment.vision=2", "environments.deployment.objects.food.count=4",
    'mind.objective={ drives = ["hunger"], spread = 0.5, initial = 0 }',
]  # fmt: skip


@settings(max_examples=cases(60, 8))
@given(st.data())
def test_any_combination_runs_or_is_refused_with_a_reason(data):
    name = data.draw(st.sampled_from([RED_DOORS, ON_THE_ISLAND]))
    own = IN_THE_MAZE if name == RED_DOORS else ON_THE_MAP
    chosen = data.draw(st.lists(st.sampled_from([*ANYWHERE, *own]), max_size=6, unique=True))
    try:
        if name == RED_DOORS:
            scenario = load_scenario("red_doors", [*SMALL, *chosen])
        else:
            scenario = parse_scenario(ISLAND, overrides=[*SMALL, *chosen])
    except ScenarioError as error:
        assert all(diagnostic.what for diagnostic in error.diagnostics)
        event("refused")
        return
    try:
        lived = list(generations(scenario, 3))
    except CrowdedWorldError as error:
        assert "no way was found" in str(error)
        event("too crowded")
        return
    event("run")
    for each in lived:
        assert np.isfinite(each.fitness).all()
        assert all(np.isfinite(m.outcomes).all() and np.isfinite(m.mesa_return).all() for m in each.measured)
    count = threads.count
    try:
        threads.choose(3 if count != 3 else 2)
        assert [each.digest for each in generations(scenario, 3)] == [each.digest for each in lived]
    finally:
        threads.choose(count)
