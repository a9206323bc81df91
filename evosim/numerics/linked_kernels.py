"""Kernels that other kernels call: typed and lowered once, then optimised and made into machine code with each caller.

Numba does all of it for every function by itself, and again for whoever calls it: a kernel below four others was
optimised five times, with code to call it from Python and from C that nobody used. That was two thirds of all
compiling. So what a kernel calls stays as it was lowered, as a compiler of C does it for whole programs; only what is
called from Python is finished.

What is rare is not inlined: in a loop of lives it would take the registers of what happens at each tick, and time to
compile.
"""

from typing import Any, cast

import numba
from numba.core import codegen, compiler, compiler_machinery, lowering, typed_passes

FUNCTIONS: Any = getattr(numba, "_dynfunc")  # noqa: B009 - mypy knows no such module
MACHINERY, PASSES = cast("Any", compiler_machinery), cast("Any", typed_passes)
UNFINISHED = 0  # the address of what can't be called from Python


class Linked(codegen.JITCodeLibrary):
    """The code of one kernel and of all that it calls, to be linked into others."""

    def _optimize_final_module(self) -> None:
        """Leave that to who links it."""

    def _finalize_final_module(self) -> None:
        """Be done: no machine code is made."""
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._verify_declare_only_symbols()  # type: ignore[no-untyped-call]
        self._finalized = True


@MACHINERY.register_pass(mutates_CFG=True, analysis_only=False)
class LinkedLowering(typed_passes.NativeLowering):
    """Lowering to code that is only linked."""

    _name = "evosim_linked_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower a function, and let others know it."""
        name, context = state.func_id.func_qualname, state.targetctx
        state.library = Linked(context.codegen(), name)  # type: ignore[no-untyped-call]
        state.flags.no_compile = True
        super().run_pass(state)  # type: ignore[no-untyped-call]
        lowered = state["cr"]
        module = lowered.fndesc.lookup_module()
        function = FUNCTIONS.make_function(module, name, "", UNFINISHED, lowered.env, (state.library,))
        context.insert_user_function(function, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=function)
        return True


class NeverInlined(lowering.Lower):
    """Lowering to a function that stays one, and whose calls are taken to be rare."""

    def setup_function(self, fndesc: Any) -> None:
        """Begin a function."""
        super().setup_function(fndesc)  # type: ignore[no-untyped-call]
        for each in ("noinline", "cold"):
            self.function.attributes.add(each)


@MACHINERY.register_pass(mutates_CFG=True, analysis_only=False)
class RareLowering(LinkedLowering):
    """Lowering to code that is linked, and called."""

    _name = "evosim_rare_lowering"
    lowering_class = NeverInlined


class LinkedCompiler(compiler.CompilerBase):
    """Numba's compiler, but for the lowering."""

    lowered_by: Any = LinkedLowering

    def define_pipelines(self) -> list[Any]:
        """Return the only pipeline."""
        builder: Any = compiler.DefaultPassBuilder
        passes = builder.define_nopython_pipeline(self.state)
        passes.passes = [
            (self.lowered_by if each is PASSES.NativeLowering else each, why) for each, why in passes.passes
        ]
        passes.finalize()
        return [passes]


class RareCompiler(LinkedCompiler):
    """The same for what is rare."""

    lowered_by = RareLowering
