"""The page's JavaScript: modules of `viz/report/javascript`, joined into one script that needs no network.

Each module becomes a function that is called once, so that its names are its own, and `import { a } from "./b.mjs";`
becomes `const { a } = module_b;`. Modules stand in an order in which each follows those that it imports.
"""

import re
from importlib.resources import files

FOLDER = "javascript"
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.mjs";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:function|const) (\w+))", re.MULTILINE)
COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)


def bundle(*names: str) -> str:
    """Return the script that runs some modules, in order, with all that they import.

    Raises:
        FileNotFoundError: there is no such module.
    """
    order: list[str] = []
    for name in names:
        _add(name, order)
    return '"use strict";\n' + "".join(_wrapped(name) for name in order)


def read_module(name: str) -> str:
    """Return the source of a module by its name, without the suffix."""
    return (files("viz.report") / FOLDER / f"{name}.mjs").read_text(encoding="utf-8")


def _add(name: str, order: list[str]) -> None:
    """Add a module behind all that it imports."""
    if name in order:
        return
    for _, imported in IMPORT.findall(read_module(name)):
        _add(imported, order)
    order.append(name)


def _wrapped(name: str) -> str:
    """Return a module as a constant that holds what it exports; comments stay in the package."""
    text = COMMENT.sub("", read_module(name)).strip()
    exported = EXPORT.findall(text)
    text = EXPORT.sub("", IMPORT.sub(r"const { \1 } = module_\2;", text))
    return f"const module_{name} = (() => {{\n{text}\nreturn {{ {', '.join(exported)} }};\n}})();\n"
