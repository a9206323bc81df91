"""For editors: the format of scenario files as a JSON Schema, and a commented scenario to start from."""

import json
from pathlib import Path
from shlex import quote
from typing import Any

import scenarios
from evosim.scenario.loading.attribute_docs import DescribedSchema
from evosim.scenario.schema.ecologies import HUNGER
from evosim.scenario.schema.entry_points import MINDS, Addition, additions, load
from evosim.scenario.schema.evolution import NATURAL_SELECTION
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.scenario.schema.scenario import Scenario
from evosim.system.folders import make_folder_of


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of scenario files."""
    schema: dict[str, Any] = Scenario.model_json_schema(by_alias=True, schema_generator=DescribedSchema)
    definitions = schema["$defs"]
    signs = {"propertyNames": {"minLength": 1, "maxLength": 1}, "additionalProperties": {"type": "string"}}
    _replace(definitions["MapLayout"], "legend", {"type": "object", **signs})
    kinds = [member["$ref"].removeprefix("#/$defs/") for member in schema["properties"]["world"]["oneOf"]]
    for kind in kinds:
        definitions[f"{kind}Override"] = _partial(definitions[kind])
    grid = definitions["GridWorldOverride"]
    for key, of in (("objects", "ObjectType"), ("places", "Place")):
        definitions[f"{of}Override"] = _partial(definitions[of])
        _replace(grid, key, {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{of}Override"}})
    _replace(grid, "energy", _partial(definitions["Energy"]))
    for table, key in (("GridWorld", "layout"), ("GridWorld", "start"), ("ObjectType", "place"), ("Place", "place")):
        _or_half(definitions, definitions[f"{table}Override"]["properties"], key, "kind")
    _or_half(definitions, definitions["EcologyWorldOverride"]["properties"], "layout", "kind")
    _override_ecologies(definitions)
    definitions["GridWorld"]["required"].remove("size")
    drawn = {"properties": {"kind": {"const": "map"}}, "required": ["kind"]}
    definitions["GridWorld"] |= {  # a map says it
        "if": {"properties": {"layout": drawn}, "required": ["layout"]},
        "else": {"required": ["size"]},
    }
    properties = schema["properties"]
    overrides = {"anyOf": [{"$ref": f"#/$defs/{kind}Override"} for kind in kinds]}
    _replace(schema, "environments", {"type": "object", "additionalProperties": overrides})
    properties["extends"] = {
        "type": "string",
        "description": "A scenario to start from: a path, or the name of one that is shipped.",
    }
    properties["unset"] = {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": "Keys of the scenario that `extends` names, which are as if it didn't say them.",
    }
    definitions["Objectives"]["required"] = ["base"]
    definitions["Evolution"]["required"].remove("schedule")
    definitions["Measure"].pop("required", None)
    measures = definitions["Measure"]["properties"]
    _replace(
        definitions["Measure"], "own", {"anyOf": [{"type": "array", "items": {"type": "string"}}, measures["own"]]}
    )
    definitions["OwnMeasure"].pop("required", None)  # the measure itself says it
    definitions["Evolution"]["properties"]["founders"]["anyOf"].append(
        {"type": "string", "description": "A table of genomes: the path of a .csv file with a column for each locus."}
    )
    del properties["name"]
    for required in ("name", "environments", "measure"):
        schema["required"].remove(required)
    sections: dict[str, Any] = {
        name: {"required": definitions[name.title()].pop("required")} for name in ("objectives", "mind", "evolution")
    }
    sections["world"] = properties["world"]
    _replace(schema, "world", overrides)
    for key in ("selection", "crossover", "mutation"):
        whole = definitions["Evolution"]["properties"][key]
        sections["evolution"].setdefault("properties", {})[key] = dict(whole)
        _or_half(definitions, definitions["Evolution"]["properties"], key, "operator")
    _describe_minds(definitions)
    complete = {"required": schema.pop("required"), "properties": sections}  # who extends another need not be
    complete |= _by_selection(complete)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "evosim scenario",
        "dependentRequired": {"unset": ["extends"]},
        "if": {"required": ["extends"]},
        "else": complete,
    }


def _describe_minds(definitions: dict[str, Any]) -> None:
    """Describe which kinds of mind there are: evosim's own, and those of the packages that are installed."""
    mind = definitions["Mind"]
    names = [*OWN_NAMES]
    for addition in additions(MINDS):
        names.append(addition.name)
        described = f"Settings of the kind of mind {addition.name!r}, of {addition.provider}."
        settings = {"description": described, **_settings_of(addition)}
        prefix = f"{addition.name}."
        for name, definition in settings.pop("$defs", {}).items():
            definitions[prefix + name] = definition
        mind["properties"][addition.name] = settings
    mind["additionalProperties"] = False
    mind["properties"]["controllers"]["propertyNames"] = {"enum": names}


def _settings_of(addition: Addition) -> dict[str, Any]:
    """Return the JSON Schema of the settings of a kind of mind; of one that can't be loaded, whatever it says."""
    try:
        model = getattr(load(addition), "Settings", None)
        if model is None:
            return {"type": "object", "additionalProperties": False}
        described: dict[str, Any] = model.model_json_schema(
            ref_template=f"#/$defs/{addition.name}.{{model}}", schema_generator=DescribedSchema
        )
        return described
    except Exception:
        return {"type": "object"}


def _by_selection(complete: dict[str, Any]) -> dict[str, Any]:
    """Return what is required, and which drives there can be, by who selects: nature has an objective and ticks."""
    for required, key in ((complete["required"], "objectives"), (_required(complete, "evolution"), "generations")):
        required.remove(key)
    del complete["properties"]["objectives"]
    natural = {"properties": {"algorithm": {"const": NATURAL_SELECTION}}, "required": ["algorithm"]}
    drives = {"properties": {"drives": {"items": {"const": HUNGER}}}}
    return {
        "if": {"properties": {"evolution": natural}, "required": ["evolution"]},
        "then": {"properties": {"evolution": {"anyOf": [{"required": [key]} for key in ("generations", "ticks")]}}},
        "else": {
            "required": ["objectives"],
            "properties": {
                "objectives": {"required": ["base"]},
                "evolution": {"required": ["generations"]},
                "mind": {"properties": {"objective": drives}},
            },
        },
    }


def _required(complete: dict[str, Any], section: str) -> list[str]:
    required: list[str] = complete["properties"][section]["required"]
    return required


def _override_ecologies(definitions: dict[str, Any]) -> None:
    """Replace what environments may change of an ecology: of its tables key by key."""
    ecology = definitions["EcologyWorldOverride"]
    for key, of in (("energy", "EcologyEnergy"), ("life", "Life"), ("mating", "Mating")):
        _replace(ecology, key, _partial(definitions[of]))
    for key, of in (("objects", "Food"), ("drives", "Drive")):
        _replace(ecology, key, {"type": "object", "additionalProperties": _partial(definitions[of])})


def _replace(table: dict[str, Any], key: str, value: dict[str, Any]) -> None:
    """Replace what a key of a table can be; what it means stays."""
    table["properties"][key] = {**value, "description": table["properties"][key]["description"]}


def _or_half(definitions: dict[str, Any], properties: dict[str, Any], key: str, tag: str) -> None:
    """Return a schema of a table with its `tag` or without it: then it changes what is said elsewhere."""
    whole = properties[key]
    kinds = [member["$ref"].removeprefix("#/$defs/") for member in whole["oneOf"]]
    halves = [_partial(definitions[kind]) for kind in kinds]
    other = {name: value for name, value in whole.items() if name not in ("oneOf", "discriminator")}
    properties[key] = {**other, "if": {"required": [tag]}, "then": {"oneOf": whole["oneOf"]}, "else": {"anyOf": halves}}


def _partial(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition of which nothing is required."""
    copy: dict[str, Any] = json.loads(json.dumps(definition))
    copy.pop("required", None)
    return copy


def new_scenario(name: str, folder: Path, *, replaces: bool = False) -> Path:
    """Write a commented scenario to start from; a file that is there already is left alone, unless it `replaces` it.

    Raises:
        ValueError: a scenario can't have this name.
        FileExistsError: it is there already.
        OSError: it can't be written.
    """
    path = folder / (name if name.endswith(".toml") else f"{name}.toml")
    if path.stem.startswith(".") or not path.stem.isprintable() or set(path.stem) & set('"\\'):
        raise ValueError(
            f"{name!r}: a scenario's name has printable characters, no quotes, and no dot at its beginning"
        )
    make_folder_of(path)
    with path.open("w" if replaces else "x", encoding="utf-8") as file:
        text = scenarios.TEMPLATE.read_text(encoding="utf-8").replace("NAME.toml", quote(path.name))
        file.write(text.replace("NAME", path.stem))
    return path
