"""Minds as a scenario says them: who decides, what it wants, sees and believes, and what of that evolves."""

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from evosim.scenario.schema.base import Name, Part, Plain, Range, Share, Words


class OwnMutation(Part):
    """How the loci of a segment mutate, where that differs from `evolution.mutation`."""

    rate: Share | None = None
    scale: Annotated[float, Field(gt=0, le=1)] | None = None


Spread = Annotated[float, Field(ge=0, le=10)]


class Locus(Part):
    """A number in the genome, or with no `range` one that does not evolve.

    Founders have `initial`, or numbers drawn normally around it with a standard deviation of `spread`
    half-widths of the range; without `initial` they are drawn from the whole range.
    """

    YOUNGER = ("spread", "mutation")

    initial: float | None = None
    range: Range | None = None
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()


def pinned(value: Any) -> Any:
    """Take a plain number as a locus that does not evolve."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"initial": value} if is_number else value


Evolvable = Annotated[Locus, BeforeValidator(pinned, json_schema_input_type=Locus | float)]
Initial = Annotated[
    Annotated[float, Tag("<number>")] | Annotated[dict[str, float], Tag("<table>")],
    Discriminator(lambda value: "<table>" if isinstance(value, dict) else "<number>"),
]


class ControllerMind(Part):
    """How the choice of controller is inherited."""

    mutation: OwnMutation = OwnMutation()


class ObjectiveMind(Part):
    """The mesa-objective: a weight for each feature, and for each feature times each drive.

    Founders are drawn from the range, or around `initial`: a number for all weights, or a table of them, all
    others 0. An objective that does not evolve is `initial` in all agents.
    """

    YOUNGER = ("evolves", "initial", "spread", "mutation", "drives")

    range: Range = (-1.0, 1.0)
    evolves: bool = True
    initial: Initial | None = None
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()
    drives: list[Name] = []


class PerceptionMind(Part):
    """Detectors: a perceived feature is σ(sharpness · (weights · features + bias)).

    Unless they evolve, agents perceive the true features. Founders' detectors are true, or with a `spread` drawn around
    true ones.
    """

    evolves: bool = False
    sharpness: Annotated[float, Field(gt=0, le=1000)] = 10.0
    range: Range = (-1.0, 1.0)
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()


class BeliefsMind(Part):
    """What planners believe about the world: `slip` (by default the true probability), and `persistence`.

    Persistence is the probability that an object is still there a step later.
    """

    slip: Evolvable | None = None
    persistence: Evolvable = Locus(initial=1.0)


class OpenLoopMind(Part):
    """A fixed sequence of actions, repeated: it perceives nothing."""

    YOUNGER = ("mutation",)

    length: Annotated[int, Field(ge=1, le=10_000)] = 32
    mutation: OwnMutation = OwnMutation()


class HeuristicMind(Part):
    """A reactive policy with egocentric inputs: linear, or with one hidden layer of tanh units.

    `initial` is a number for all weights, or, where there is no hidden layer, a table of them by the names of their
    loci, all others 0.
    """

    YOUNGER = ("evolves", "initial", "spread", "mutation")

    hidden: Annotated[int, Field(ge=0, le=256)] = 0
    range: Range = (-1.0, 1.0)
    evolves: bool = True
    initial: Initial | None = None
    spread: Spread = 0.0
    mutation: OwnMutation = OwnMutation()
    temperature: Evolvable = Locus(initial=0.1, range=(0.0, 1.0))


class PlannerMind(Part):
    """A search over plans for the one that serves the mesa-objective best."""

    algorithm: Literal["value_iteration", "tree_search"] = "value_iteration"
    horizon: Evolvable = Locus(initial=8, range=(1, 32))
    discount: Evolvable = Locus(initial=0.95)
    temperature: Evolvable = Locus(initial=0.0)


CONTROLLERS = ("open_loop", "heuristic", "planner")  # evosim's own kinds of mind, by their numbers
IN_SHARED_WORLDS = ("heuristic", "planner")  # those of them that also live in shared worlds
OtherMind = dict[Name, Plain]  # settings of a kind that another package provides


def _again(error: ErrorDetails) -> InitErrorDetails:
    """Return an error that was caught such that it can be raised again."""
    kind: Any = error["type"]
    if kind not in get_args(ErrorType):
        kind = PydanticCustomError(kind, error["msg"].replace("{", "{{").replace("}", "}}"), error.get("ctx"))
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"], ctx=error.get("ctx", {}))


class Mind(Part):
    """Minds: the shares of founders with each kind, and the settings of each kind.

    Beside these tables there is one for each kind of another package that `controllers` names, with its settings.
    """

    YOUNGER = ("controller", "perception", "beliefs", "provided_by")
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, OtherMind] = Field(init=False)

    controllers: dict[Name, Share] = Field(min_length=1)
    controller: ControllerMind = ControllerMind()
    objective: ObjectiveMind = ObjectiveMind()
    perception: PerceptionMind = PerceptionMind()
    beliefs: BeliefsMind = BeliefsMind()
    open_loop: OpenLoopMind = OpenLoopMind()
    heuristic: HeuristicMind = HeuristicMind()
    planner: PlannerMind = PlannerMind()
    provided_by: dict[Name, Words] = {}  # the package of each kind that is another package's

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
            found += map(_again, error.errors(include_url=False))
        raise ValidationError.from_exception_data(cls.__name__, found)

    def settings_of(self, kind: str) -> dict[str, Any]:
        """Return the settings of a kind that another package provides."""
        settings: dict[str, Any] = (self.model_extra or {}).get(kind, {})
        return dict(settings)
