"""Minds as a scenario says them: who decides, what it wants, sees and believes, and what of that evolves."""

from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

from pydantic import (
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from evosim.scenario.schema.base import Name, Part, Plain, Range, Share, Words
from evosim.scenario.schema.locus import Evolvable, Initial, Locus, OwnMutation, Spread
from evosim.scenario.schema.own_kinds import OWN_KINDS, KindSettings


class ControllerMind(Part):
    """How the choice of controller is inherited."""

    mutation: OwnMutation = OwnMutation()
    """How the choice of controller mutates, where that differs from `evolution.mutation`."""


class ObjectiveMind(Part):
    """The mesa-objective: a weight for each feature, and for each feature times each drive."""

    YOUNGER = ("evolves", "initial", "spread", "mutation", "drives")

    range: Range = (-1.0, 1.0)
    """Lowest and highest weight."""
    evolves: bool = True
    """Whether objectives evolve; if not, all agents have `initial`."""
    initial: Initial | None = None
    """Weights of founders: one number for all, or a table by name, others 0. Default: drawn from the range."""
    spread: Spread = 0.0
    """Standard deviation of founders around `initial`, in half-widths of the range."""
    mutation: OwnMutation = OwnMutation()
    """How these loci mutate, where that differs from `evolution.mutation`."""
    drives: list[Name] = []
    """Drives, such as `hunger`: for each, every feature has another weight, which is multiplied by the drive."""


class PerceptionMind(Part):
    """Detectors: a perceived feature is σ(sharpness · (weights · features + bias))."""

    evolves: bool = False
    """Whether features are perceived by detectors that evolve; if not, agents perceive the true features."""
    sharpness: Annotated[float, Field(gt=0, le=1000)] = 10.0
    """How steep detectors are: κ in σ(κ · (weights · features + bias))."""
    range: Range = (-1.0, 1.0)
    """Lowest and highest weight of detectors."""
    spread: Spread = 0.0
    """Standard deviation of founders around true detectors, in half-widths of the range."""
    mutation: OwnMutation = OwnMutation()
    """How these loci mutate, where that differs from `evolution.mutation`."""


class BeliefsMind(Part):
    """What planners believe about the world."""

    slip: Evolvable | None = None
    """Probability of slipping that planners assume. Default: the true one."""
    persistence: Evolvable = Locus(initial=1.0)
    """Probability that planners assume for an object to be still there a step later."""


OtherMind = dict[Name, Plain]  # settings of a kind that another package provides
Settings = TypeVar("Settings", bound=KindSettings)


def _raisable(error: ErrorDetails) -> InitErrorDetails:
    """Return an error that was caught such that it can be raised again."""
    kind: Any = error["type"]
    if kind not in get_args(ErrorType):
        kind = PydanticCustomError(kind, error["msg"].replace("{", "{{").replace("}", "}}"), error.get("ctx"))
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"], ctx=error.get("ctx", {}))


class SharedByKinds(Part):
    """The shares of founders with each kind of mind, and what kinds have in common."""

    controllers: dict[Name, Share] = Field(min_length=1)
    """Shares of founders with each kind of mind, by its name; they add up to 1."""
    controller: ControllerMind = ControllerMind()
    """How the choice of controller, the kind of mind, is inherited."""
    objective: ObjectiveMind = ObjectiveMind()
    """The mesa-objective: what agents want."""
    perception: PerceptionMind = PerceptionMind()
    """How agents perceive features."""
    beliefs: BeliefsMind = BeliefsMind()
    """What planners believe about the world."""


if TYPE_CHECKING:
    WithOwnKinds = SharedByKinds  # and a table for each of OWN_KINDS
else:
    tables = {kind.name: (kind.settings(), kind.settings()()) for kind in OWN_KINDS}
    WithOwnKinds = create_model("WithOwnKinds", __base__=SharedByKinds, **tables)


class Mind(WithOwnKinds):
    """Minds: the shares of founders with each kind, and the settings of each kind.

    Beside these tables there is one for each kind of another package that `controllers` names, with its settings.
    """

    YOUNGER = (
        "controller",
        "perception",
        "beliefs",
        *(kind.name for kind in OWN_KINDS if kind.younger),
        "provided_by",
    )
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, OtherMind] = Field(init=False)

    provided_by: dict[Name, Words] = {}
    """Name and version of the package of each kind that another package provides, by kind."""

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_tables_that_no_kind_has(cls, value: Any, handler: ModelWrapValidatorHandler["Mind"]) -> "Mind":
        """Raise for a table that is neither ours nor of a kind that `controllers` names, as of any unknown field."""
        if not isinstance(value, dict):
            return handler(value)
        named = value.get("controllers")
        allowed = {*cls.model_fields, *(named if isinstance(named, dict) else ())}
        unknown = [key for key in value if key not in allowed]
        if not unknown:
            return handler(value)
        found = [InitErrorDetails(type="extra_forbidden", loc=(key,), input=value[key]) for key in unknown]
        try:
            handler({key: each for key, each in value.items() if key in allowed})
        except ValidationError as error:
            found += map(_raisable, error.errors(include_url=False))
        raise ValidationError.from_exception_data(cls.__name__, found)

    def of(self, settings: type[Settings]) -> Settings:
        """Return the settings of one of evosim's own kinds, by their class."""
        own: Settings = getattr(self, settings.KIND)
        return own

    def settings_of(self, kind: str) -> dict[str, Any]:
        """Return the settings of a kind that another package provides."""
        settings: dict[str, Any] = (self.model_extra or {}).get(kind, {})
        return dict(settings)
