"""The house: each room may import what is to its left, and nothing else."""

import ast
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from evosim.jit import OF_ECOLOGIES, OF_LIVES, OF_MEASURES

HOUSE = Path(__file__).parent.parent
ORDER = [
    {"numerics"},
    {"streams"},
    {"stopping"},
    {"types", "kernel_cache", "jit", "chance", "formatting"},
    {"scenario"},
    {"world"},
    {"mind"},
    {"lifetime"},
    {"environments"},
    {"evolution"},
    {"ecology"},
    {"alignment"},
    {"experiment"},
    {"estimate"},
    {
        "statistics",
        "vital",
        "lock",
        "format",
        "files",
        "own_files",
        "keeping",
        "reading",
        "records",
        "running",
        "progress",
        "export",
    },
    {"doctor"},
    {"typical_agent"},
    {"intervening"},
    {"auditing"},
    {"measuring", "measuring_ecologies"},
    {"studies"},
    {"cli", "__main__"},
]
WITHIN_REACH: dict[str, set[str]] = {
    "numerics": set(),
    "evolution": {"types", "jit", "chance", "scenario"},
    "world": {"types", "jit", "chance", "scenario"},
}
FOREIGN = {
    "numba": {"evosim/jit.py"},
    "llvmlite": {"evosim/jit.py"},
    "scipy": {"evosim/numerics"},
    "sqlite3": {"evosim/files.py", "evosim/format.py", "evosim/reading.py", "evosim/records.py"},
    "deap": {"evosim/evolution", "evosim/scenario/meaning_of_evolution.py"},
    "matplotlib": {"viz"},
    "pygame": {"viz"},
    "pickle": set(),
    "marshal": set(),
    "shelve": set(),
}


def imports_of(path: Path) -> set[str]:
    """Name the modules a file imports when it is imported: not inside functions, not for type checkers only."""
    found = set()
    waiting = list(ast.parse(path.read_text()).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef):
            waiting += list(ast.iter_child_nodes(node))
    return found


def all_imports(path: Path) -> set[str]:
    """Name all modules a file imports, wherever."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def files() -> list[Path]:
    found = [path for folder in ("evosim", "viz", "scenarios") for path in (HOUSE / folder).rglob("*.py")]
    assert len(found) > 20
    return found


def test_every_room_imports_only_what_is_to_its_left():
    place = {room: i for i, rooms in enumerate(ORDER) for room in rooms}
    for path in (HOUSE / "evosim").rglob("*.py"):
        room = path.relative_to(HOUSE / "evosim").parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        assert room in place, f"{path}: the room {room!r} has no place in the house"
        for module in all_imports(path):
            if module.startswith("evosim."):
                other = room_of(module)
                assert place[other] <= place[room], f"{path} imports {module}, which is to its right"
                if room in WITHIN_REACH and other != room:
                    assert other in WITHIN_REACH[room], f"{path} imports {module}: {room} must not know {other}"


def test_the_laboratory_imports_the_viewer_only_inside_commands():
    for path in (HOUSE / "evosim").rglob("*.py"):
        viewer = {module for module in imports_of(path) if module.split(".")[0] == "viz"}
        assert not viewer, f"{path} imports {viewer}"
        if "cli" not in path.relative_to(HOUSE / "evosim").parts:
            assert not any(module.split(".")[0] == "viz" for module in all_imports(path)), path


@pytest.mark.parametrize("package", FOREIGN)
def test_what_is_foreign_is_wrapped_once(package):
    for path in files():
        place = path.relative_to(HOUSE).as_posix()
        if any(module.split(".")[0] == package for module in all_imports(path)):
            assert any(place == at or place.startswith(f"{at}/") for at in FOREIGN[package]), (place, package)


def test_a_kernel_is_compiled_anew_when_anything_changes_that_it_can_call():
    """Kernels are kept by the text of their rooms alone: those of lives and of ecologies may call nothing of others."""
    for path in (HOUSE / "evosim").rglob("*.py"):
        room = room_of(".".join(path.relative_to(HOUSE).with_suffix("").parts))
        if "_kernel" in path.read_text() or "@kernel" in path.read_text():
            assert room in {Path(each).stem for each in (*OF_LIVES, *OF_MEASURES, *OF_ECOLOGIES)}, path
        for rooms in (OF_LIVES, OF_LIVES + OF_ECOLOGIES):
            if room in {Path(each).stem for each in rooms}:
                others = {room_of(module) for module in imports_of(path) if module.startswith("evosim.")}
                assert others <= {Path(each).stem for each in rooms} | {"types", "scenario"}, path


def test_nothing_evaluates_text_as_code():
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile"), path


@pytest.mark.parametrize(
    "command", [["--help"], ["run", "--help"], ["list"], ["show", "missing.evosim"], ["export", "missing.evosim"]]
)
def test_a_command_that_computes_nothing_imports_no_compiler(command, tmp_path):
    program = (
        "import sys\nfrom evosim.cli import main\n"
        f"try: main({command!r})\nexcept SystemExit: pass\n"
        "print(sorted({'numba', 'pygame', 'matplotlib', 'deap', 'scipy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_no_benchmark_is_taken_for_a_module_of_others():
    """A program's folder comes first on the path: `coverage.py` in it was imported by numba for the package."""
    own = {path.stem for path in (HOUSE / "benchmarks").glob("*.py")} - {"__init__"}
    outside = [
        part for part in sys.path if part and Path(part).resolve() not in (HOUSE, HOUSE / "benchmarks", HOUSE / "tests")
    ]
    taken = {name for name in own if name in sys.stdlib_module_names or PathFinder.find_spec(name, outside)}
    assert taken == set()


def test_a_benchmark_starts_as_its_page_says():
    command = [sys.executable, str(HOUSE / "benchmarks" / "interval_coverage.py"), "--help"]
    started = subprocess.run(command, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
    command[1] = str(HOUSE / "benchmarks" / "red_doors.py")
    started = subprocess.run(command, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
