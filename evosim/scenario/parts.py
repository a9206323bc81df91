"""What every part of a scenario is made of: strict models, and names and numbers within bounds."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=40)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Index = Annotated[int, Field(ge=0, le=1_000_000_000)]
Weight = Annotated[float, Field(ge=-1e9, le=1e9)]


class Part(BaseModel):
    """A part of a scenario: frozen, strict, without unknown fields, infinities or NaN.

    `YOUNGER` are fields that came after the first runs were stored. Where they say nothing but their
    default they are left out of the stored form, so that older runs keep their digests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, serialize_by_alias=True)
    YOUNGER: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_what_is_younger_and_unsaid(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        unsaid = {key for key in self.YOUNGER if getattr(self, key) == type(self).model_fields[key].get_default()}
        return {key: value for key, value in write(self).items() if key not in unsaid}


def pair(value: Any) -> Any:
    """Take a TOML array of two as a pair."""
    return tuple(value) if isinstance(value, list) else value


Bound = Annotated[float, Field(ge=-1e6, le=1e6)]
Range = Annotated[tuple[Bound, Bound], BeforeValidator(pair)]
