"""The definition of a measure: what its column is called, holds and means, said where the function is."""

from collections.abc import Callable
from inspect import cleandoc
from typing import Any, TypeVar

from pydantic import ValidationError

from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.measures import OwnMeasure

F = TypeVar("F", bound=Callable[..., Any])


def measure(
    *, unit: str, definition: str = "", table: str = "generations", kind: str = "real", may_be_empty: bool = False
) -> Callable[[F], F]:
    """Define a measure: the function below is called with what a row is about, and returns a number or text.

    `table` decides what it is called with, and what it returns: of `generations` a `GenerationView` or, in an ecology,
    an `IntervalView`, for one entry; of `individuals` likewise, for an array with an entry for each; of `measurements`
    a `LivesView` of each environment, for one entry. The definition is the first paragraph of the docstring if none is
    given; `kind` is `real`, `integer` or `text`. With `may_be_empty` None and NaN are empty entries; the definition
    says when.

    Raises:
        PluginError: the definition lacks something, or there is no such table or kind.
    """

    def defined(function: F) -> F:
        name = getattr(function, "__name__", repr(function))
        said = definition or cleandoc(function.__doc__ or "").partition("\n\n")[0]
        parts = {"table": table, "unit": unit, "definition": " ".join(said.split()), "kind": kind}
        try:
            made = OwnMeasure.model_validate({**parts, "may_be_empty": may_be_empty})
        except ValidationError as error:
            raise PluginError(f"the measure {name!r}: {_in_words(error, parts)}") from None
        setattr(function, "definition", made)  # noqa: B010
        return function

    return defined


def _in_words(error: ValidationError, parts: dict[str, Any]) -> str:
    """Return what is missing or wrong in a definition."""
    first = error.errors(include_url=False)[0]
    key = str(first["loc"][0])
    if key == "definition" and not parts[key]:
        return "what it measures is not said: give a definition, or a docstring"
    return f"{key} = {parts.get(key)!r}: {first['msg'][0].lower()}{first['msg'][1:]}"
