"""Parameters that futures of a run may have otherwise than the run: those that `evosim branch --set` accepts."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from evosim.mind.kinds import OWN
from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario, ScenarioError
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import changed, refuse_other_state

Value = bool | int | float
PER_FACTOR, FIRST = 2.0, 0.1  # a number is doubled or halved; what 0 becomes
FIXED = ("schema", "name", "title", "question", "paper", "claim", "chance_level", "world", "measure")
OF_FOUNDERS = ("initial", "spread", "controllers")  # of minds: nothing that is born later reads them
LENGTH = "evolution.generations"
LAST_PHASE = re.compile(r"""environment\s*=\s*["']([^"']+)["']\s*\}\s*,?\s*\]$""")  # of a schedule, not a mixture


class Parameter(NamedTuple):
    """A number or a switch of a resolved scenario."""

    path: str
    value: Value

    @property
    def words(self) -> str:
        """The path without what all of its table have in common, to be read."""
        return self.path.replace("environments.", "").replace(".objects.", ".")


def find_parameters(run: RunFile) -> list[Parameter]:
    """Return the numbers and switches of a run that its futures may have otherwise.

    Each is tried with another value beside it. What is accepted in one environment is taken to be in the others.
    """
    scenario, known = run.scenario, dict[str, bool]()
    found = []
    for path, value in _leaves(scenario.model_dump(mode="json", by_alias=True), ()):
        first, *rest = path
        if first in FIXED or not isinstance(value, bool | int | float) or _is_of_founders(scenario, path):
            continue
        alike = ".".join(rest[1:] if first == "environments" else path)
        name = ".".join(path)
        if alike not in known:
            known[alike] = _is_accepted(run, name, value)
        if known[alike]:
            found.append(Parameter(name, value))
    order = {"environments": 0, "evolution": 1}
    return sorted(found, key=lambda each: order.get(each.path.split(".")[0], 2))


def _leaves(table: Any, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and the value of all that is not a table or an array."""
    if isinstance(table, dict | list):
        for key, each in table.items() if isinstance(table, dict) else enumerate(table):
            yield from _leaves(each, (*above, str(key)))
    else:
        yield above, table


def _is_of_founders(scenario: Scenario, path: tuple[str, ...]) -> bool:
    """Whether a parameter is of founders, or of a kind of mind that nobody has."""
    first, *rest = path
    if first == "objectives":
        return rest[0] != "base"
    if first != "mind":
        return path[:2] == ("evolution", "schedule")
    if rest[0] in OWN and rest[0] not in scenario.mind.controllers:
        return True
    if rest[0] in ("objective", "controllers"):
        return any(part in OF_FOUNDERS for part in rest)
    table: Any = scenario.model_dump(mode="json", by_alias=True)
    for part in path[:-1]:
        table = table[int(part)] if isinstance(table, list) else table[part]
    return path[-1] in OF_FOUNDERS and isinstance(table, dict) and table.get("range") is not None


def _is_accepted(run: RunFile, path: str, value: Value) -> bool:
    """Whether futures may have another value of a parameter, one that is near."""
    if isinstance(value, bool):
        others: list[Value] = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1]
    else:
        others = [0.9 * value or 0.1]
    for other in others:
        try:
            scenario = changed(run.scenario, [assignment(path, other)])
            if not path.startswith("environments."):  # which have no part in what a state is
                refuse_other_state(run, scenario)
        except (ScenarioError, RunFileError, ValueError):
            continue
        return scenario != run.scenario
    return False


def assignment(path: str, value: Value) -> str:
    """Return an override as `--set` has it."""
    return f"{path}={json.dumps(value)}"


def stepped(value: Value, by: int) -> Value:
    """Return the next value of a parameter, up or down: twice or half as much, and one more or less of few."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + by if abs(value) < 10 else round(value * PER_FACTOR**by)
    if value == 0.0:
        return FIRST * by
    return float(f"{value * PER_FACTOR**by:.3g}")


def read_value(words: str, like: Value) -> Value | None:
    """Read a number that was typed; None if it is none, or what it is for is a switch."""
    if isinstance(like, bool):
        return None
    try:
        return int(words) if isinstance(like, int) else float(words)
    except ValueError:
        return None


def schedule_from(scenario: Scenario, start: int, environment: str) -> str:
    """Return the override by which futures are in an environment from a tick or a generation on, and stay there."""
    before = [phase for phase in scenario.evolution.schedule if phase.start < start]
    phases = [*(phase.model_dump(mode="json", by_alias=True) for phase in before)]
    phases.append({"from": start, "environment": environment})
    return f"evolution.schedule=[{', '.join(_inline(phase) for phase in phases)}]"


def _inline(table: dict[str, Any]) -> str:
    """Write a table as TOML within a line, without what is 0."""
    parts = [f"{_key(key)}={_inline(value) if isinstance(value, dict) else json.dumps(value)}"
             for key, value in table.items() if value != 0 or key == "from"]  # fmt: skip
    return "{" + ", ".join(parts) + "}"


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)


def describe_change(overrides: list[str]) -> str:
    """Return what is changed, in a few words."""
    said = []
    for override in overrides:
        path, _, value = (part.strip() for part in override.partition("="))
        if path == "evolution.schedule" and (last := LAST_PHASE.search(value)):
            said.append(f"in {in_words(last[1])}")
        else:
            said.append(f"{Parameter(path, 0).words} = {value}")
    return ", ".join(said)
