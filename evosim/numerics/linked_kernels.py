"""Kernels that other kernels call: typed and lowered once, then optimised and made into machine code with each caller.

Numba does all of it for every function by itself, and again for whoever calls it: a kernel below four others was
optimised five times, with code to call it from Python and from C that nobody used. That was two thirds of all
compiling. So what a kernel calls stays as it was lowered, as a compiler of C does it for whole programs; only what is
called from Python is finished.
"""

from typing import Any, cast

import numba
from numba.core import codegen, compiler, compiler_machinery, typed_passes

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


class LinkedCompiler(compiler.CompilerBase):
    """Numba's compiler, but for the lowering."""

    def define_pipelines(self) -> list[Any]:
        """Return the only pipeline."""
        builder: Any = compiler.DefaultPassBuilder
        passes = builder.define_nopython_pipeline(self.state)
        passes.passes = [
            (LinkedLowering if each is PASSES.NativeLowering else each, why) for each, why in passes.passes
        ]
        passes.finalize()
        return [passes]
