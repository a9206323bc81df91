"""Tables of one kind or of another: half a table changes what it says and keeps the rest, or is told what is missing."""

import tomllib
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from evosim.scenario import parse_scenario
from evosim.scenario.errors.messages import ScenarioError, models_in
from evosim.scenario.loading.json_schema import json_schema
from evosim.scenario.loading.resolve import SECTIONS, WORLD, Alternatives
from evosim.scenario.schema.scenario import Scenario

FRUIT = """
schema = 1
title = "Fruit"
[world]
size = [9, 9]
steps = 20
features = ["sweet"]
[world.layout]
kind = "scatter"
density = 0.1
[world.objects.apple]
features = { sweet = 1 }
place = { kind = "near", to = "stone", within = 3 }
[world.objects.stone]
features = { sweet = 0.5 }
[environments.training]
[environments.deployment]
layout.density = 0.3
objects.apple.place.within = 2
[objectives]
base = { "entered.apple" = 1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 4
generations = 1
mutation = { operator = "polynomial", rate = 0.3, eta = 7 }
"""
MAP = """
[world]
steps = 20
features = ["sweet"]
layout = { kind = "map", legend = { A = "apple" }, drawing = '''
#####
#@.A#
#####
''' }
"""
CHANGED_MAP = """
[environments.deployment]
layout.drawing = '''
######
#A..@#
######
'''
"""


def diagnostic(text: str, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text, overrides=overrides)
    return str(refused.value)


def test_an_environment_changes_what_it_says_of_a_layout_or_a_placement_and_keeps_the_rest():
    training, deployment = parse_scenario(FRUIT).environments.values()
    assert (training.layout.kind, training.layout.density) == ("scatter", 0.1)
    assert (deployment.layout.kind, deployment.layout.density) == ("scatter", 0.3)
    place = deployment.objects["apple"].place
    assert (place.kind, place.to, place.within) == ("near", "stone", 2)


def test_an_environment_that_draws_another_map_keeps_the_legend_and_has_the_size_of_its_own():
    head, rest = FRUIT.split("[world]")
    _, things = rest.split("[world.objects.apple]")
    things = things.split("[world.objects.stone]")[0].split("place")[0]
    tail = FRUIT[FRUIT.index("[objectives]") :]
    text = f"{head}{MAP}[world.objects.apple]{things}[environments.training]{CHANGED_MAP}{tail}"
    training, deployment = parse_scenario(text).environments.values()
    assert (training.size, deployment.size) == ((3, 5), (3, 6))
    assert deployment.layout.legend == {"A": "apple"}


def test_who_names_a_kind_gets_a_table_of_its_own():
    scenario = parse_scenario(FRUIT.replace("layout.density = 0.3", 'layout = { kind = "scatter" }'))
    assert scenario.environments["deployment"].layout.density == 0.2  # the default, as ever


@pytest.mark.parametrize(
    ("override", "path", "found"),
    [
        ("world.layout={density=0.4}", ("world", "layout"), {"kind": "scatter", "density": 0.4}),
        (
            "environments.deployment.layout={density=0.4}",
            ("environments", "deployment", "layout"),
            {"kind": "scatter", "density": 0.4},
        ),
        ("evolution.selection={size=5}", ("evolution", "selection"), {"operator": "tournament", "size": 5}),
        ("evolution.mutation={eta=2}", ("evolution", "mutation"), {"operator": "polynomial", "rate": 0.3, "eta": 2.0}),
        ('evolution.mutation={operator="reset"}', ("evolution", "mutation"), {"operator": "reset", "rate": 0.1}),
    ],
)
def test_an_option_changes_what_it_says_of_a_table_and_keeps_the_rest(override, path, found):
    explicit = parse_scenario(FRUIT, overrides=[override]).model_dump(mode="json")
    for part in path:
        explicit = explicit[part]
    assert explicit == found


def test_a_scenario_changes_what_it_says_of_a_table_and_keeps_the_rest(tmp_path):
    from evosim.scenario import load_scenario

    (tmp_path / "base.toml").write_text(FRUIT)
    (tmp_path / "more.toml").write_text(
        'extends = "base.toml"\n[evolution]\nmutation.eta = 3\n[world]\nlayout.density = 0.2\n'
    )
    scenario = load_scenario(tmp_path / "more.toml")
    assert (scenario.evolution.mutation.operator, scenario.evolution.mutation.rate) == ("polynomial", 0.3)
    assert scenario.world.layout.density == 0.2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "scatter"\n', "", "world.layout: needs a kind: 'scatter'"),
        (
            'kind = "scatter"\ndensity = 0.1',
            "",
            "world.layout: needs a kind: 'open', 'scatter', 'rooms', 'maze', 'cave' or 'map'",
        ),
        ('kind = "near", to = "stone", within = 3', "within = 3", "world.objects.apple.place: needs a kind: 'near'"),
        (
            "layout.density = 0.3",
            "layout.rows = 2",
            "unknown field 'rows'; allowed: kind, density; 'rows' is of kind 'rooms'",
        ),
        ('operator = "polynomial", ', "", "'eta' is of operator 'polynomial'"),
    ],
)
def test_what_is_missing_of_a_table_is_said_in_plain_words(old, new, said):
    told = diagnostic(FRUIT.replace(old, new, 1))
    assert said in told
    assert "discriminator" not in told


def test_half_a_table_of_a_layout_that_is_not_said_names_the_kind_that_it_needs():
    assert "'density' is of kind 'scatter'" in diagnostic(
        FRUIT.replace('[world.layout]\nkind = "scatter"\ndensity = 0.1\n', "").replace("layout.density = 0.3", ""),
        "world.layout={density=0.2}",
    )


def unions(annotation: Any, tag: str) -> bool:
    """Tell whether an annotation is a choice of models by a tag that stands in each."""
    models = models_in(annotation)
    return len(models) > 1 and all(tag in model.model_fields for model in models)


def test_every_table_of_one_kind_or_of_another_can_be_half_said():
    """All choices in the schema, wherever they stand: a new one must be known to `SECTIONS` as well."""
    seen: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [Scenario]
    choices = []
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        annotations = {name: field.annotation for name, field in model.model_fields.items()}
        annotations["extra"] = model.__annotations__.get("__pydantic_extra__")
        for name, annotation in annotations.items():
            choices += [(model.__name__, name) for tag in ("kind", "operator") if unions(annotation, tag)]
            waiting += models_in(annotation)
    half = {
        name
        for table in (WORLD, SECTIONS["evolution"])
        for name, inner in table.items()
        if isinstance(inner, Alternatives)
    }
    half |= {"place"}  # of an object, and of a place
    whole = {("Scenario", "world"), ("Scenario", "environments")}  # these choose by themselves
    assert {name for model, name in choices if (model, name) not in whole} == half


def test_editors_accept_half_a_table_where_it_changes_another_and_only_there():
    schema = json_schema()

    def is_valid(document: dict[str, Any]) -> bool:
        return jsonschema.Draft202012Validator(schema).is_valid(document)

    assert is_valid(tomllib.loads(FRUIT))
    assert not is_valid(tomllib.loads(FRUIT.replace('kind = "scatter"\n', "")))
    assert is_valid({"extends": "fruit.toml", "evolution": {"mutation": {"eta": 2}, "selection": {"size": 2}}})
    assert not is_valid({"extends": "fruit.toml", "evolution": {"mutation": {"etas": 2}}})
    assert not is_valid(tomllib.loads(FRUIT.replace("layout.density = 0.3", "layout.densities = 0.3")))
