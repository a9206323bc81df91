"""The house: each room may import what is to its left, and nothing else."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from effort import LONGEST

from evosim.numerics.numba_compiler import OF_ECOLOGIES, OF_LIVES, OF_MEASURES
from evosim.scenario.schema.own_kinds import OWN_NAMES

HOUSE = Path(__file__).parent.parent
FLOORS = {  # the folders of a room, from the ground up: each may import those before it; files beside them are below all
    "evosim": [
        "system",
        "numerics",
        "scenario",
        "storage",
        "gridworld",
        "mind",
        "episode",
        "evolution",
        "ecology",
        "alignment, measures",
        "simulation",
        "studies, sweeps",
        "interactive",
        "cli, gymnasium, pettingzoo, testing",
    ],
    "evosim.scenario": ["errors, schema", "validation", "loading"],
    "evosim.alignment": [
        "mdp",
        "returns",
        "inference, rationality, search, version_space",
        "battery",
        "assessment, detectors",
        "planted, reproductive",
    ],
    "evosim.cli": ["commands"],
    "viz": ["answers", "charts", "figures, report", "live"],
    "viz.live": [
        "drawing",
        "scenes",
        "panels",
        "worker",
        "wall",
        "pair",
        "field",
        "film",
        "futures",
        "window",
        "recording",
    ],
}
KNOWS = {
    "system": set(),
    "numerics": {"system"},
    "storage": {"system", "numerics", "scenario", ""},
    "gridworld": {"numerics", "scenario"},
    "evolution": {"numerics", "scenario"},
}
ABOVE_ALL = {"evosim.__init__", "evosim.__main__", "evosim.cli.__init__"}  # they name what is in the rooms
OF_ECOLOGY = (  # who may know the schema of a world that all share
    "evosim/ecology/",
    "evosim/episode/environment.py",  # which refuses one
    "evosim/mind/heuristic/senses.py",  # what is sensed in one
    "evosim/mind/planner/rules.py",  # how planners plan in one
    "viz/answers/ecology",
    "viz/live/field/",
)
NO_KERNELS = ("numerics/arrays.py", "numerics/structure.py")  # types and numbers that are handed to kernels
ABOUT_A_KIND = (
    "evosim/scenario/schema/own_kinds.py",  # the list of them
    "evosim/scenario/schema/names.py",  # columns that programs have
    "evosim/scenario/loading/recovery.py",  # what stands for founders that are missing
    "evosim/alignment/",  # planners that are planted, walkers at random, and what their loci can be
    "evosim/testing/minds.py",  # who lives beside the kind that is checked
    "evosim/mind/nearby.py",  # plans and senses in a window
    "evosim/simulation/generational/columns/individuals.py",
    "evosim/cli/printing.py",
    "viz/live/",  # plans are drawn as planners make them
    "viz/report/",
)
MOST_FILES, MOST_LINES, MOST_AT_THE_DOOR, MOST_LINES_OF_TESTS = 16, 400, 4, 500
FOREIGN = {
    "numba": {
        "evosim/numerics/numba_compiler.py",
        "evosim/numerics/linked_kernels.py",
        "evosim/numerics/atomics/instructions.py",
    },
    "llvmlite": {"evosim/numerics/numba_compiler.py", "evosim/numerics/atomics/instructions.py"},
    "scipy": {"evosim/numerics"},
    "sqlite3": {
        "evosim/storage/connection.py",
        "evosim/storage/schema.py",
        "evosim/storage/reader.py",
        "evosim/storage/writer.py",
    },
    "deap": {"evosim/evolution", "evosim/scenario/validation/deap_selection.py"},
    "matplotlib": {"viz"},
    "pygame": {"viz"},
    "distributed": {"evosim/sweeps/cluster.py"},
    "tskit": {"evosim/simulation/ecology/tree_sequence.py"},
    "optuna": {"evosim/sweeps/tuning/samplers.py"},
    "gymnasium": {"evosim/gymnasium", "evosim/pettingzoo"},
    "pettingzoo": {"evosim/pettingzoo"},
    "pickle": set(),
    "marshal": set(),
    "shelve": set(),
}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports_of(path: Path) -> set[str]:
    """Name the modules a file imports when it is imported: not inside functions, not for type checkers only."""
    found = set()
    waiting = list(parsed(path).body)
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


@cache
def all_imports(path: Path) -> set[str]:
    """Name all modules a file imports, wherever."""
    nodes = list(ast.walk(parsed(path)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def files() -> list[Path]:
    found = [path for folder in ("evosim", "viz", "scenarios") for path in (HOUSE / folder).rglob("*.py")]
    assert len(found) > 20
    return found


def modules() -> dict[str, Path]:
    return {".".join(path.relative_to(HOUSE).with_suffix("").parts): path for path in files()}


def folder_in(room: str, module: str) -> str | None:
    """Return the folder of a room that a module is in; empty for the room's own files, None for those of others."""
    inside = module.removeprefix(f"{room}.").split(".")
    if not module.startswith(f"{room}.") or module in ABOVE_ALL:
        return None
    return inside[0] if (HOUSE / room.replace(".", "/") / inside[0]).is_dir() else ""


@pytest.mark.parametrize("room", FLOORS)
def test_a_folder_imports_only_what_is_below_it(room):
    floor = {"": 0} | {name: i for i, names in enumerate(FLOORS[room], 1) for name in names.split(", ")}
    for module, path in modules().items():
        here = folder_in(room, module)
        if here is None:
            continue
        assert here in floor, f"{path}: the folder {here!r} has no floor"
        for other in {there for each in all_imports(path) if (there := folder_in(room, each)) is not None}:
            assert floor[other] < floor[here] or other == here or here in FLOORS[room][floor[other] - 1], (path, other)
            if room == "evosim" and other != here:
                assert other in KNOWS.get(here, {other, ""}), f"{path}: {here} must not know {other}"


def imported_by(known: dict[str, Path]) -> dict[str, set[str]]:
    """Name which of the known modules each of them imports, wherever: in functions and for type checkers too."""
    graph = {}
    for module, path in known.items():
        found = set()
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
        graph[module] = {each for each in (*found, *(f"{name}.__init__" for name in found)) if each in known} - {module}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Name the modules of each circle: what imports one another, directly or through others."""

    def below(module: str) -> set[str]:
        found, waiting = set(), [module]
        while waiting:
            new = graph[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    reached = {module: below(module) for module in graph}
    rings = {frozenset(other for other in reached[module] if module in reached[other]) for module in graph}
    return sorted(sorted(ring) for ring in rings if len(ring) > 1)


def test_no_modules_import_one_another_in_a_circle():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]
    graph = imported_by(modules())
    assert sum(map(len, graph.values())) > 1000
    assert circles(graph) == []


def test_only_scenarios_and_simulations_ask_what_kind_of_run_it_is():
    """Others ask a process what it offers: is a fork by its kind anywhere, another process needs an edit there."""
    forks = re.compile(
        r"is_shared|is_interval|\.shared\b|\bunit\.(one|many) *[=!]=|[=!]= *\S*unit\.(one|many)\b|NATURAL_SELECTION"
    )
    assert forks.search("if run.process.unit.one == 'interval':")
    assert forks.search("x.shared and y")
    for path in files():
        place = path.relative_to(HOUSE).as_posix()
        if place.startswith(("evosim/scenario/", "evosim/simulation/")):
            continue
        assert not (found := forks.search(path.read_text())), (place, found)
        if "evosim.scenario.schema.ecologies.EcologyWorld" in names_imported_by(path):
            assert place.startswith(OF_ECOLOGY), place


def names_imported_by(path: Path) -> set[str]:
    nodes = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


def test_folders_and_files_are_of_a_size_that_can_be_looked_through():
    for folder in {path.parent for path in files()}:
        own = list(folder.glob("*.py"))
        assert len(own) <= (MOST_AT_THE_DOOR if folder == HOUSE / "evosim" else MOST_FILES), (folder, len(own))
    for path in files():
        assert len(path.read_text().splitlines()) <= MOST_LINES, path


def test_tests_stand_in_the_rooms_that_they_are_about():
    rooms = {name for names in FLOORS["evosim"] for name in names.split(", ")} | {"viz", "fuzz", "third_party"}
    for path in (HOUSE / "tests").rglob("test_*.py"):
        room = path.relative_to(HOUSE / "tests").parts[0]
        alone = ("test_claims", "test_docs", "test_examples", "test_house", "test_words")
        assert room in rooms or path.stem in alone, path


def test_files_of_tests_are_of_a_size_that_can_be_looked_through():
    for path in (HOUSE / "tests").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= MOST_LINES_OF_TESTS, path


def test_what_tests_import_of_each_other_can_be_found_by_its_name_alone():
    """Folders of tests are no packages: a name must be that of one file, and every folder may have a conftest."""
    found: dict[str, Path] = {}
    for path in (HOUSE / "tests").rglob("*.py"):
        if not (path.parent / "__init__.py").exists() and path.stem != "conftest":
            assert found.setdefault(path.stem, path) == path
        assert "conftest" not in all_imports(path), path


def test_the_picture_of_the_house_shows_its_rooms_from_top_to_bottom():
    picture = (HOUSE / "docs/architecture.svg").read_text()
    rooms = [name for names in reversed(FLOORS["evosim"]) for name in names.split(", ")]
    assert [picture.find(f'font-weight="bold" fill="#1f2430">{room}<') for room in rooms] == sorted(
        found for room in rooms if (found := picture.find(f'font-weight="bold" fill="#1f2430">{room}<')) >= 0
    )
    page = (HOUSE / "docs/architecture.md").read_text()
    for room in [*rooms, *(name for names in FLOORS["viz"] for name in names.split(", "))]:
        assert f"`{room}/`" in page or f"`{room}`" in page, room
        assert f">{room}<" in picture, room


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

    def holds(parts, path: Path) -> bool:
        inside = path.relative_to(HOUSE / "evosim").as_posix()
        return any(inside == part or inside.startswith(f"{part}/") for part in parts)

    for path in (HOUSE / "evosim").rglob("*.py"):
        if "_kernel" in path.read_text() or "@kernel" in path.read_text():
            assert holds((*OF_LIVES, *OF_MEASURES, *OF_ECOLOGIES), path), path
        for parts in (OF_LIVES, OF_LIVES + OF_ECOLOGIES):
            if holds(parts, path):
                for module in imports_of(path):
                    other = HOUSE / f"{module.replace('.', '/')}.py"
                    if module.startswith("evosim.") and module.split(".")[1] != "scenario" and other.exists():
                        assert holds((*parts, *NO_KERNELS, "system"), other), (path, module)


def test_kinds_of_mind_are_named_where_something_is_about_one_of_them_only():
    """A measure may need planners, a walker or a machine; what works for any kind asks the kind."""
    for path in files():
        place = path.relative_to(HOUSE).as_posix()
        if place.startswith((*(f"evosim/mind/{name}/" for name in OWN_NAMES), *ABOUT_A_KIND)):
            continue
        words = [node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant)]
        named = [word for word in words if isinstance(word, str) and word.partition(".")[0] in OWN_NAMES]
        modules = [each for each in all_imports(path) if each.startswith(tuple(f"evosim.mind.{n}" for n in OWN_NAMES))]
        assert named + modules == [], (place, named + modules)


def test_nothing_evaluates_text_as_code():
    for path in files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile"), path


STORED = HOUSE / "tests/earlier_runs/grid_complete.evosim"
COMPUTING_NOTHING = [
    "--help", "run --help", "list", "schema", "schema world.slip", "validate red_doors", "validate contraception", f"show {STORED}",
    f"export {STORED}", "show missing.evosim", "export missing.evosim",
]  # fmt: skip


@pytest.mark.parametrize("asked", COMPUTING_NOTHING)
def test_a_command_that_computes_nothing_imports_no_compiler(asked, tmp_path):
    """Nor anything else that takes long to load; what a scenario says of DEAP's operators is asked of them."""
    program = (
        "import sys\nfrom evosim.cli import main\n"
        f"try: main({asked.split()!r})\nexcept SystemExit: pass\n"
        "print(sorted({'numba', 'pygame', 'matplotlib', 'deap', 'scipy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr.splitlines()[-1] == str(["deap"] if asked.startswith("validate") else [])


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


def test_the_files_that_begin_first_are_there():
    assert {path.name for path in (HOUSE / "tests").rglob("test_*.py")} >= set(LONGEST)
