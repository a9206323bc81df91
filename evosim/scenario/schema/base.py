"""What every part of a scenario is made of: strict models, and names and numbers within bounds."""

import math
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)
from pydantic_core import PydanticCustomError

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=40)]
Words = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$", max_length=1000)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Index = Annotated[int, Field(ge=0, le=1_000_000_000)]
Weight = Annotated[float, Field(ge=-1e9, le=1e9)]


class Part(BaseModel):
    """A part of a scenario: frozen, strict, without unknown fields, infinities or NaN.

    `YOUNGER` are fields that came after the first runs were stored. Where they say nothing but their
    default they are left out of the stored form, so that older runs keep their digests. `TAG` tells a part
    from the others that may stand in its place, if nothing else does.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
        defer_build=True,  # most parts are validated within a scenario only, and need no validator of their own
    )
    TAG: ClassVar[str] = ""
    YOUNGER: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_what_is_younger_and_unsaid(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields  # `get_default` would copy each, for half the time of a load
        unsaid = {key for key in self.YOUNGER if getattr(self, key) == fields[key].default}
        return {key: value for key, value in write(self).items() if key not in unsaid}


def pair(value: Any) -> Any:
    """Return a TOML array of two as a pair."""
    return tuple(value) if isinstance(value, list) else value


Bound = Annotated[float, Field(ge=-1e6, le=1e6)]
Range = Annotated[tuple[Bound, Bound], BeforeValidator(pair)]


def check_plain(value: Any) -> Any:
    """Check that a value is a finite number, a text, true or false, or an array of these.

    Raises:
        PydanticCustomError: it is none of these.
    """
    if isinstance(value, list):
        return [check_plain(each) for each in value]
    if isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise PydanticCustomError("plain", "expected a finite number, a string, true or false, or an array of these")


Plain = Annotated[Any, AfterValidator(check_plain), WithJsonSchema({"type": ["number", "string", "boolean", "array"]})]
