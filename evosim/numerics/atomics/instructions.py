"""The operations of operations.py as instructions of the processor, for numba."""

from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

TYPES: Any = numba.types
TOOLS: Any = cgutils
ORDER = "seq_cst"


def place_of(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return a pointer to the number that the first two arguments say."""
    of = signature.args[0]
    array = context.make_array(of)(context, builder, arguments[0])
    index = context.cast(builder, arguments[1], signature.args[1], TYPES.intp)
    return TOOLS.get_item_pointer(context, builder, of, array, [index], wraparound=False)


def whole(context: Any, builder: Any, signature: Any, arguments: Any, n: int) -> Any:
    """Return argument `n` as an int64."""
    return context.cast(builder, arguments[n], signature.args[n], TYPES.int64)


@intrinsic
def _load_word(typing_context: Any, words: Any, at: Any) -> Any:
    """Return a number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(place_of(context, builder, signature, arguments), ORDER, 8)

    return TYPES.int64(words, at), code


@intrinsic
def _store_word(typing_context: Any, words: Any, at: Any, number: Any) -> Any:
    """Write a number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = place_of(context, builder, signature, arguments)
        builder.store_atomic(whole(context, builder, signature, arguments, 2), place, ORDER, 8)
        return context.get_dummy_value()

    return TYPES.void(words, at, number), code


@intrinsic
def _add_to_word(typing_context: Any, words: Any, at: Any, number: Any) -> Any:
    """Add to a number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = place_of(context, builder, signature, arguments)
        builder.atomic_rmw("add", place, whole(context, builder, signature, arguments, 2), ORDER)
        return context.get_dummy_value()

    return TYPES.void(words, at, number), code


@intrinsic
def _replace_word(typing_context: Any, words: Any, at: Any, expected: Any, number: Any) -> Any:
    """Write a number if it is the one that is expected."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = place_of(context, builder, signature, arguments)
        before, after = (whole(context, builder, signature, arguments, n) for n in (2, 3))
        return builder.extract_value(builder.cmpxchg(place, before, after, ORDER, ORDER), 1)

    return TYPES.boolean(words, at, expected, number), code


@intrinsic
def _yield_processor(typing_context: Any) -> Any:
    """Yield the processor to another thread."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(TOOLS.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return TYPES.void(), code


PRIMITIVES = {
    "load_word": _load_word,
    "store_word": _store_word,
    "add_to_word": _add_to_word,
    "replace_word": _replace_word,
    "yield_processor": _yield_processor,
}


def type_of_primitive(name: str) -> Any:
    """Return numba's type of a primitive."""
    context = cpu_target.typing_context
    context.refresh()
    return context.resolve_value_type(PRIMITIVES[name])
