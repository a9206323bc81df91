"""Words: docstrings have the form that an engineer expects, and names are standard terms, one for one thing.

A public function, method or class has a docstring. It doesn't begin as a conversation does (Tell, Give, Let), says the
shapes of its arrays, and names the errors that its own body raises. What a command's docstring says is its help text;
a rule about scenarios needs none beside its name and its message.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
ROOMS = (  # grows as rooms are done; a file is a room of its own
    "evosim/alignment",
    "evosim/cli",
    "evosim/ecology",
    "evosim/episode",
    "evosim/evolution",
    "evosim/gridworld",
    "evosim/gymnasium",
    "evosim/interactive",
    "evosim/measures",
    "evosim/mind",
    "evosim/numerics",
    "evosim/pettingzoo",
    "evosim/scenario",
    "evosim/simulation",
    "evosim/storage",
    "evosim/studies",
    "evosim/sweeps",
    "evosim/system",
    "evosim/testing",
    "viz",
)
FORBIDDEN_VERBS = {"Ask", "Give", "Let", "Look", "Note", "Say", "Tell"}
ARRAYS = {"Acts", "Bytes", "Cells", "Flags", "Genes", "Ids", "Reals", "Shorts"}  # of evosim/numerics/arrays.py
SHAPE = re.compile(r"`[^`]*\[[^`\]]+\][^`]*`")
BANNED = {  # names, or words of names
    "bury", "complaint", "complaints", "deciding", "dweller", "guest", "guests", "habitat", "imposter", "imposters",
    "invitation", "invite", "keeping", "luck", "meant", "mending", "nature", "naming", "pursued", "pursuit", "settle",
    "suspicion", "ticking", "told", "watched", "yardstick", "yardsticks",
}  # fmt: skip
NO_VERBS = {"again", "chosen", "counted", "expected", "found", "kept", "lived", "seen", "told"}  # alone, of functions
SAID_BETTER = re.compile(  # in code and on pages: what isn't English, or another name for what has one
    r"\b(habitats?|imposters?|yardsticks?|lived again|(is|are) told of|whom it has|what is no number|says again|"
    r"makes? no sense|is no (column|ecology|grid|number|table)|stand-ins?)\b",
    re.IGNORECASE,
)
TWINS = {  # functions that do the same for one process, environment or view each; and what a detector is the detector of
    "decide", "find_events", "goal_directedness", "list_legend", "lives", "main", "make", "make_charts", "open_run",
    "plan_story", "plan_tour", "resources", "run", "table", "tables",
}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef


def problems_of(source: str) -> Iterator[str]:
    """Yield what is wrong with the words of a module."""
    tree = ast.parse(source)
    if tree.body:
        yield from problems_of_beginning("module", ast.get_docstring(tree))
    for name, node in public_names(tree):
        text = ast.get_docstring(node)
        if text is None and is_rule(node):
            continue
        yield from problems_of_beginning(name, text)
        if text is None or isinstance(node, ast.ClassDef) or is_command(node):
            continue
        raises = text.partition("Raises:\n")[2]
        for error in sorted(raised_by(node)):
            if not re.search(rf"^\s*{error}: ", raises, re.MULTILINE):
                yield f"{name}: raises {error}, which is not under Raises:"
        arrays = arrays_of(node)
        if arrays and not SHAPE.search(text):
            yield f"{name}: has arrays ({', '.join(sorted(arrays))}), and says no shape, such as `[N, L]`"
    for word in sorted(given_names(tree) & BANNED):
        yield f"{word}: not a term of the field"
    for name in sorted(functions_of(tree) & NO_VERBS):
        yield f"{name}: a function, and not a verb"
    for found in SAID_BETTER.finditer(source):
        yield f"{found[0]}: has another name"


def problems_of_beginning(name: str, text: str | None) -> Iterator[str]:
    if not text:
        yield f"{name}: has no docstring"
    elif text.split()[0].strip(".,:;") in FORBIDDEN_VERBS:
        yield f"{name}: begins with {text.split()[0]}"


def public_names(tree: ast.Module) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Yield public functions and classes of a module, and public methods of these."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def is_command(node: Function) -> bool:
    """Whether a function is a command of click, whose docstring is printed as its help."""
    return any("command" in ast.unparse(each) or "group" in ast.unparse(each) for each in node.decorator_list)


def is_rule(node: Function | ast.ClassDef) -> bool:
    """Whether a function is a rule about scenarios, whose message says what is wrong."""
    return any(re.match(r"[A-Z_]+\.rule\(", ast.unparse(each)) for each in node.decorator_list)


def raised_by(node: Function) -> set[str]:
    """Return the errors that a body raises by name, without those of functions inside it."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, Function | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(each, ast.Raise) and isinstance(each.exc, ast.Call):
            found.add(ast.unparse(each.exc.func).rpartition(".")[2])
        waiting += ast.iter_child_nodes(each)
    return found - {"NotImplementedError"}


def arrays_of(node: Function) -> set[str]:
    """Return the types of arrays among the parameters and what is returned."""
    every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    parts = [part for part in (*(each.annotation for each in every), node.returns) if part is not None]
    return {each.id for part in parts for each in ast.walk(part) if isinstance(each, ast.Name)} & ARRAYS


def given_names(tree: ast.Module) -> set[str]:
    """Return the names that a module gives: of functions, classes, parameters, variables and fields."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {word for name in names for word in (name, *re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))}


def functions_of(tree: ast.Module) -> set[str]:
    """Return the names of functions and methods, without underscores before them; properties are values."""
    every = [node for node in ast.walk(tree) if isinstance(node, Function)]
    return {
        node.name.lstrip("_") for node in every if not any("property" in ast.unparse(d) for d in node.decorator_list)
    }


def files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((HOUSE / room).rglob("*.py")) or [HOUSE / room]]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_docstrings_and_names_are_those_of_an_engineer(path):
    assert list(problems_of(path.read_text())) == []


def test_pages_call_things_as_the_code_does():
    for page in (*HOUSE.glob("docs/**/*.md"), HOUSE / "README.md", HOUSE / "CONTRIBUTING.md"):
        assert [found[0] for found in SAID_BETTER.finditer(page.read_text())] == [], page


def test_a_name_is_that_of_one_thing():
    """Commands are named like what they call, and rules are called by nobody."""
    of: dict[str, set[str]] = {}
    for path in files():
        for name, node in public_names(ast.parse(path.read_text())):
            if "." not in name and not (isinstance(node, Function) and is_command(node)) and not is_rule(node):
                of.setdefault(name, set()).add(str(path.relative_to(HOUSE)))
    assert {name: places for name, places in of.items() if len(places) > 1 and name not in TWINS} == {}


GOOD = '''"""A module."""
from evosim.numerics.arrays import Reals

def mean(values: Reals) -> float:
    """Return the mean of values `[N]`.

    Raises:
        ValueError: there are none.
    """
    def unused():
        raise KeyError("of its own")
    if not len(values):
        raise ValueError("no values")
    return float(values.mean())
'''


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Return the", "Return the", None),
        ('"""A module."""', "", "module: has no docstring"),
        ("Return the mean", "Tell the mean", "mean: begins with Tell"),
        (" `[N]`", "", "mean: has arrays (Reals), and says no shape, such as `[N, L]`"),
        ("`[N]`", "`values`", "mean: has arrays (Reals), and says no shape, such as `[N, L]`"),
        ("        ValueError: there", "        TypeError: there", "mean: raises ValueError, which is not under Raises:"),
        ("Raises:", "Note:", "mean: raises ValueError, which is not under Raises:"),
        ("unused", "luck", "luck: not a term of the field"),
        ("def mean", "def what_was_told", "told: not a term of the field"),
        ("def mean", "def found", "found: a function, and not a verb"),
        ("the mean of", "a yardstick of", "yardstick: has another name"),
        ('    """Return the mean of values `[N]`.\n\n    Raises:\n        ValueError: there are none.\n    """\n', "",
         "mean: has no docstring"),
    ],
)  # fmt: skip
def test_a_planted_violation_is_found(old, new, problem):
    assert GOOD.count(old) == 1
    assert list(problems_of(GOOD.replace(old, new))) == ([] if problem is None else [problem])


def test_methods_are_checked_and_private_names_and_help_texts_are_not():
    source = '"""A module."""\nclass Agent:\n    """An agent."""\n    def act(self):\n        """Say what."""\n'
    assert list(problems_of(source)) == ["Agent.act: begins with Say"]
    assert list(problems_of(source.replace("act", "_act"))) == []
    command = '"""A module."""\n@click.command()\ndef run():\n    """Run it."""\n    raise UsageError("no")\n'
    assert list(problems_of(command)) == []
    assert list(problems_of(command.replace("@click.command()\n", ""))) != []


def test_rules_need_no_docstring_and_other_functions_do():
    rule = '"""A module."""\n@WORLDS.rule(reads=("size",))\ndef check_size(world):\n    yield "too small"\n'
    assert list(problems_of(rule)) == []
    assert list(problems_of(rule.replace('@WORLDS.rule(reads=("size",))\n', ""))) == ["check_size: has no docstring"]
