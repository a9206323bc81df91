"""Scenarios drawn at random over the whole schema: small, and mostly such that `validate` accepts them.

`draw_scenario` is a function of a `random.Random`, so hypothesis can choose all that is drawn (`st.randoms`), and a
program can draw millions. Each value is drawn where a person could have written it: names are those of something that
there is, shares add up, things fit into their worlds. What still contradicts itself, `validate` has to refuse.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

from random_minds import draw_mind, drawn_number
from random_worlds import (
    Table,
    draw_ecology,
    draw_ecology_change,
    draw_grid,
    draw_grid_change,
    draw_orchard,
    outcomes_of,
    some,
)

T = TypeVar("T")
ENVIRONMENT_NAMES = ("training", "deployment", "Other-world_2", "id", "total", "z" * 40)
SENTENCES = (
    "",
    "What does it want?",
    "Größe · σ(x) …",
    "a" * 1000,
    "% {0} \\n <b>& $x^2$ _",
    "--set",
    "[red]not markup[/]",
)
SHIPPED = ("red_doors", "hungry", "keys_and_chests", "contraception", "pareto", "many_mazes", "cheese_corner")
OF_DEAP: tuple[Table, ...] = (
    {"operator": "deap.selTournament", "tournsize": 2}, {"operator": "deap.selTournament", "tournsize": 1},
    {"operator": "deap.selBest"}, {"operator": "deap.selWorst"}, {"operator": "deap.selRandom"},
    {"operator": "deap.selRoulette"}, {"operator": "deap.selStochasticUniversalSampling"},
    {"operator": "deap.selDoubleTournament", "fitness_size": 3, "parsimony_size": 1.5, "fitness_first": True},
    {"operator": "deap.selDoubleTournament", "fitness_size": 2, "parsimony_size": 1, "fitness_first": False},
    {"operator": "deap.selLexicase"}, {"operator": "deap.selEpsilonLexicase", "epsilon": 0.1},
    {"operator": "deap.selAutomaticEpsilonLexicase"}, {"operator": "deap.selNSGA2"}, {"operator": "deap.selSPEA2"},
    {"operator": "deap.selNSGA2", "nd": "log"}, {"operator": "deap.selTournamentDCD"}, {"operator": "deap.selNSGA3"},
    {"operator": "deap.selTournament", "tournsize": -1}, {"operator": "deap.selTournament", "tournsize": "2"},
)  # fmt: skip


def draw_scenario(chance: random.Random) -> Table:
    """Draw a scenario as the tables of its file."""
    kind = chance.choices(("grid", "ecology", "orchard", "shipped"), (10, 7, 1, 0.5))[0]
    if kind == "shipped":
        return _shipped(chance)
    draw_world = {"grid": draw_grid, "ecology": draw_ecology, "orchard": draw_orchard}[kind]
    world = draw_world(chance)
    asked: Table = {"schema": 1, "title": chance.choice(SENTENCES[1:]).strip() or "A title", "world": world}
    for key in ("question", "paper", "claim"):
        if chance.random() < 0.2:
            asked[key] = chance.choice(SENTENCES)
    if chance.random() < 0.2:
        asked["chance_level"] = chance.choice((0, 1, 0.5, 1e-9))
    names = chance.sample(ENVIRONMENT_NAMES, chance.choice((0, 1, 1, 2, 2, 2, 3)))
    if names:
        asked["environments"] = {name: _changed(chance, world, kind) for name in names}
    natural = kind == "ecology"
    outcomes = outcomes_of(world, asked.get("environments", {}))
    selection = draw_selection(chance)
    if not natural or chance.random() < 0.3:
        asked["objectives"] = draw_objectives(chance, outcomes, natural=natural, selection=selection)
    asked["evolution"] = _evolution(chance, names or ["training"], world, selection, natural=natural)
    evolution = asked["evolution"]
    algorithm, mutation, crossover = (
        evolution.get("algorithm", "genetic"),
        evolution.get("mutation", {}).get("operator", "gaussian"),
        evolution.get("crossover", {}).get("operator", "uniform"),
    )
    varies = (
        algorithm in ("genetic", "random_search") and mutation != "polynomial" and crossover not in ("blend", "sbx")
    )
    asked["mind"] = draw_mind(chance, world, algorithm=algorithm, mutation=mutation, varies_records=varies)
    if chance.random() < 0.9:
        asked["measure"] = _measure(chance, names)
        if kind == "ecology":
            asked["measure"] |= some(chance, 0.4, births=True)
    kinds = list(asked["mind"].get("controllers", {}))
    if len(kinds) > 1 and asked["evolution"].get("algorithm") != "random_search" and chance.random() < 0.2:
        asked["evolution"]["founders"] = {"loci": [f"controller.{kinds[0]}"], "genomes": [[0.25], [1]]}
    return asked


def _shipped(chance: random.Random) -> Table:
    """Extend a scenario that is shipped, made small."""
    name = chance.choice(SHIPPED)
    small: Table = {"population": chance.choice((8, 12)), "generations": 3}
    if name == "contraception":
        small |= {"interval": 4, "schedule": [{"from": 0, "environment": "ancestral"}, {"from": 4, "environment": "modern"}],
                  "floor": 0}  # fmt: skip
    else:
        small |= {"episodes": 2}
    unset: Table = {"unset": ["title"]} if chance.random() < 0.2 else {}
    return {"extends": name, **unset, "title": "Extended", "evolution": small, "measure": {"every": 2, "episodes": 2}}


def _changed(chance: random.Random, world: Table, kind: str) -> Table:
    """Draw what an environment changes; rarely it is of another kind altogether."""
    if chance.random() < 0.3:
        return {}
    if kind == "orchard":
        if chance.random() < 0.1:
            return draw_grid(chance, features=world["features"])
        return {"settings": {"ripe": chance.choice((0, 0.5, 1))}, **some(chance, 0.3, steps=chance.randint(1, 4))}
    if kind == "ecology":
        return draw_ecology_change(chance, world)
    if chance.random() < 0.03:
        return {key: value for key, value in draw_orchard(chance).items() if key != "features"}
    return draw_grid_change(chance, world)


# ---------------------------------------------------------------- objectives, evolution, measures


def draw_objectives(chance: random.Random, outcomes: Sequence[str], *, natural: bool, selection: Table | None) -> Table:
    """Draw what is intended, and what selection measures."""

    def weights() -> Table:
        chosen = chance.sample(outcomes, chance.randint(1, min(3, len(outcomes))))
        return {name: chance.choice((1, 1, -1, 0, 0.5, 1e-9, 1000, -1e9)) for name in chosen}

    if natural:
        asked: Table = {"base": {"children": 1}} if chance.random() < 0.5 else {}
    else:
        asked = {"base": weights()}
    if chance.random() < 0.3 or not asked:
        asked["intended"] = weights()
    if selection is not None and selection["operator"] == "nsga2" and not natural:
        asked["pareto"] = [weights() for _ in range(chance.randint(2, 3))]
    return asked


def draw_selection(chance: random.Random) -> Table | None:
    """Draw a selection, or none."""
    if chance.random() < 0.3:
        return None
    if chance.random() < 0.25:
        return dict(chance.choice(OF_DEAP))
    operator = chance.choice(("tournament", "truncation", "roulette", "sus", "lexicase", "epsilon_lexicase", "nsga2"))
    own = {"tournament": ("size", (1, 2, 3, 50, 10_000)), "truncation": ("share", (1e-9, 0.3, 0.5, 1))}
    asked: Table = {"operator": operator}
    if operator in own and chance.random() < 0.7:
        key, values = own[operator]
        asked[key] = chance.choice(values)
    return asked


def _crossover(chance: random.Random) -> Table:
    operator = chance.choice(("uniform", "one_point", "two_point", "blend", "sbx"))
    own = {"blend": {"alpha": chance.choice((0, 0.5, 10))}, "sbx": {"eta": chance.choice((0, 15.0, 1000))}}
    return {"operator": operator, **some(chance, 0.6, rate=chance.choice((0, 0.6, 1))), **own.get(operator, {})}


def _mutation(chance: random.Random) -> Table:
    operator = chance.choice(("gaussian", "gaussian", "polynomial", "reset"))
    own = {"gaussian": {"scale": chance.choice((1e-9, 0.1, 1))}, "polynomial": {"eta": chance.choice((0, 20.0, 1000))}}
    return {"operator": operator, **some(chance, 0.7, rate=chance.choice((0, 0.1, 1))), **own.get(operator, {})}


def _evolution(
    chance: random.Random, environments: list[str], world: Table, selection: Table | None, *, natural: bool
) -> Table:
    if natural:
        return _natural_selection(chance, environments, world)
    asked: Table = {"population": chance.choice((2, 3, 6, 9)), "generations": chance.randint(2, 3)}
    algorithm = chance.choices(("genetic", "cma_es", "annealing", "random_search"), (8, 2, 1, 1))[0]
    if selection is not None and selection["operator"] == "nsga2":
        algorithm = "genetic"
    if algorithm != "genetic" or chance.random() < 0.2:
        asked["algorithm"] = algorithm
    asked["episodes"] = (
        chance.choice((2, 2, 3)) if selection and "lexicase" in selection["operator"] else chance.randint(1, 3)
    )
    if algorithm == "genetic":
        if selection is not None:
            asked["selection"] = selection
        asked |= some(chance, 0.5, crossover=_crossover(chance))
        asked |= some(chance, 0.5, mutation=_mutation(chance))
        if selection is None or selection["operator"] != "nsga2":
            asked |= some(chance, 0.3, elites=chance.choice((0, 1, asked["population"] - 1)))
        asked |= some(chance, 0.3, islands=_islands(chance, asked["population"]))
    if algorithm == "cma_es":
        asked |= some(chance, 0.5, cma_es={"sigma": chance.choice((1e-9, 1e-3, 0.3, 1))})
        if asked["population"] < 4 and chance.random() < 0.8:
            asked["population"] = 6
    if algorithm == "random_search":
        asked |= some(chance, 0.5, elites=chance.choice((0, asked["population"] - 1)))
    if algorithm == "annealing":
        asked |= some(chance, 0.5, settings={"cooling": chance.choice((0, 0.5, 1))})
        asked |= some(chance, 0.3, provided_by="evosim-example 1.0")
    asked |= some(chance, 0.3, hall_of_fame=chance.choice((1, 3, 100)))
    if selection is None or selection["operator"] != "nsga2" or chance.random() < 0.1:
        asked |= some(chance, 0.2, parsimony=chance.choice((0, 1e-9, 0.01, 1e9)))
    if chance.random() < 0.5:
        asked["schedule"] = _schedule(chance, environments, asked["generations"], 1)
    return asked


def _islands(chance: random.Random, population: int) -> Table:
    counts = [count for count in (1, 2, 3) if population % count == 0 and population >= 2 * count]
    return {
        "count": chance.choice(counts),
        **some(chance, 0.7, every=chance.choice((1, 1, 2, 1000))),
        **some(chance, 0.7, migrants=chance.choice((0, 1, 1, 2))),
        **some(chance, 0.5, topology=chance.choice(("ring", "full"))),
        **some(chance, 0.5, emigrants=chance.choice(("best", "random"))),
        **some(chance, 0.5, replaced=chance.choice(("worst", "random"))),
    }


def _natural_selection(chance: random.Random, environments: list[str], world: Table) -> Table:
    cells = world["size"][0] * world["size"][1]
    population = min(chance.choice((2, 4, 8, 12)), cells // 2)
    interval = chance.choice((1, 3, 6, 10))
    generations = chance.randint(2, 4)
    asked: Table = {"algorithm": "natural_selection", "population": population, "interval": interval}
    asked |= {"generations": generations} if chance.random() < 0.5 else {"ticks": interval * generations}
    least = min([population, *([world["ceiling"]] if "ceiling" in world else [])])
    asked |= some(chance, 0.4, floor=chance.randint(0, least))
    asked |= some(chance, 0.4, crossover=_crossover(chance))
    asked |= some(chance, 0.4, mutation=_mutation(chance))
    if chance.random() < 0.6:
        asked["schedule"] = _schedule(chance, environments, generations, interval)
        for phase in asked["schedule"][1:]:
            phase |= some(chance, 0.4, over=chance.choice((1, interval, 50)))
    return asked


def _schedule(chance: random.Random, environments: list[str], generations: int, interval: int) -> list[Table]:
    """Draw in which environments selection happens when: in one, or in a mixture."""
    starts = sorted({0, *(chance.randint(1, generations) for _ in range(chance.randint(0, 2)))})

    def somewhere() -> str | Table:
        if chance.random() < 0.7:
            return chance.choice(environments)
        chosen = chance.sample(environments, chance.randint(1, len(environments)))
        return dict(zip(chosen, {1: (1,), 2: (0.25, 0.75), 3: (0.2, 0.3, 0.5)}[len(chosen)], strict=True))

    return [{"from": start * interval, "environment": somewhere()} for start in starts]


def _measure(chance: random.Random, environments: list[str]) -> Table:
    asked: Table = {"episodes": chance.choice((1, 2, 2, 3))}
    asked |= some(chance, 0.7, every=chance.choice((1, 2, 2, 1000)))
    asked |= some(chance, 0.3, alignment=chance.random() < 0.5)
    asked |= some(chance, 0.2, individuals=chance.choice((3, 100_000)))
    asked |= some(chance, 0.15, own=chance.choice((["mind_entropy"], {"mind_entropy": _said_of_a_measure(chance)})))
    if environments and chance.random() < 0.3:
        asked["environments"] = chance.sample(environments, chance.randint(1, len(environments)))
    return asked


def _said_of_a_measure(chance: random.Random) -> Table:
    """Draw what is said of a measure of the example, as an explicit form says it."""
    what = "Shannon entropy of the kinds of mind: 0 if all are of one kind, 1 bit if two are equally frequent."
    said = {"table": "generations", "unit": "bits", "kind": "real", "may_be_empty": False, "definition": what}
    said["provided_by"] = "evosim-example 1.0"
    return {key: value for key, value in said.items() if chance.random() < 0.5}


__all__ = ["draw_scenario", "drawn_number"]
