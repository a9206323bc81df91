"""The schema of a tune file: a scenario, the keys that are searched, what is wanted, and how much is tried."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from evosim.scenario.schema.base import Index, Part, Words
from evosim.sweeps.schema import Range, known_seeds, read_seeds, read_values

MOST_TRIALS = 10_000
Seeds = Annotated[list[int], BeforeValidator(read_seeds), AfterValidator(known_seeds)]
Direction = Literal["maximize", "minimize"]


class TuneFile(Part):
    """A tune file.

    `trials` points are tried by each method, each with all `seeds`; after every `batch` of them the sampler learns what
    came of it. Winners are measured again with `fresh_seeds`.
    """

    schema_version: Literal[1] = Field(alias="schema")
    title: Words = ""
    question: Words = ""
    scenario: Annotated[str, Field(min_length=1, max_length=1000)]
    set: list[str] = Field(default=[])
    ranges: dict[str, Range] = Field(default={})
    choices: dict[str, Annotated[list[Any], BeforeValidator(read_values)]] = Field(default={})
    objectives: dict[str, Direction] = Field(min_length=1, max_length=4)
    trials: Annotated[int, Field(ge=2, le=MOST_TRIALS)] = 40
    batch: Annotated[int, Field(ge=1, le=1000)] = 4
    seeds: Seeds = Field(default=[1, 2, 3])
    fresh_seeds: Seeds = Field(default=list(range(101, 111)))
    seed: Index = 0
