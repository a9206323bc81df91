"""The kernel cache is believed only if it is whole, and nobody else can have written it."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import warming

from evosim.mind.planner.settings import Algorithm
from evosim.numerics.compiler import is_cold, mark_warm
from evosim.numerics.kernel_cache import distrust_reason, has_notes, is_complete, list_complete, prepare_cache
from evosim.scenario import load_scenario
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.simulation.process import process_of

HOUSE = Path(__file__).parents[2]
KERNEL = """
@kernel
def doubled_{number:02}(x: float) -> float:
    return 2.0 * x
"""
PROGRAM = """
import json, sys
from evosim.numerics.compiler import MEASURES, NOT_STORED, is_cold, kernel, mark_warm
from evosim.numerics.numba_compiler import CACHE, WHY_NONE
{kernels}
kernels = [each for name, each in sorted(globals().items()) if name.startswith("doubled_")]
cold = is_cold(MEASURES)
if "note" in sys.argv:
    mark_warm(MEASURES)
print(json.dumps({{
    "doubled": [each(21.0) for each in kernels], "hits": [sum(each.stats.cache_hits.values()) for each in kernels],
    "why": WHY_NONE, "not_kept": NOT_STORED, "folders": [folder.name for folder in CACHE or ()], "is_cold": cold,
}}))
"""
pytestmark = pytest.mark.compiled


def asked(folder, *words, kernels=1, preexec_fn=None, **variables):
    """Call kernels in a process of its own, and say what it found."""
    program = folder / "program.py"
    if not program.exists():
        program.write_text(PROGRAM.format(kernels="".join(KERNEL.format(number=n) for n in range(kernels))))
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "EVOSIM_CACHE_DIR": str(folder / "cache"), **variables}
    done = subprocess.run(
        [sys.executable, "program.py", *words], cwd=folder, env=environment, capture_output=True, text=True,
        preexec_fn=preexec_fn,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kept(folder, suffix, number=0):
    (found,) = (folder / "cache").rglob(f"program.doubled_{number:02}-*{suffix}")
    return found


def cut(length):
    return lambda data: data[:length]


def with_a_bit_changed(share):
    def changed(data):
        at = int(share * len(data))
        return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]

    return changed


DAMAGES = [(suffix, cut(length)) for suffix in (".nbi", ".nbc") for length in (0, 1, 40, -33, -1)]
DAMAGES += [(suffix, with_a_bit_changed(share)) for suffix in (".nbi", ".nbc") for share in (0.1, 0.9)]


def test_a_file_that_is_not_as_it_was_written_is_thrown_away_and_its_kernel_compiled_anew(tmp_path):
    """A kernel for each damage, and a last one that is whole."""
    count = len(DAMAGES) + 1
    assert asked(tmp_path, kernels=count)["hits"] == [0] * count
    for number, (suffix, damaged) in enumerate(DAMAGES):
        file = kept(tmp_path, suffix, number)
        before = file.read_bytes()
        file.write_bytes(damaged(before))
        assert file.read_bytes() != before
    found = [asked(tmp_path) for _ in range(2)]
    assert [each["doubled"] for each in found] == [[42.0] * count] * 2
    assert [each["hits"] for each in found] == [[*[0] * (count - 1), 1], [1] * count]


def test_a_folder_in_place_of_a_file_is_no_failure(tmp_path):
    asked(tmp_path)
    file = kept(tmp_path, ".nbc")
    file.unlink()
    file.mkdir()
    assert asked(tmp_path)["doubled"] == [42.0]


def test_a_full_disk_means_no_cache(tmp_path):
    found = asked(tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
    assert found["doubled"] == [42.0]
    assert found["not_kept"]
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    assert [asked(tmp_path)["hits"] for _ in range(2)] == [[0], [1]]


def doctor_says(folder):
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "EVOSIM_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-m", "evosim", "doctor", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(each for each in json.loads(done.stdout) if each["name"] == "cache")


def test_a_folder_that_others_can_write_to_is_not_used_and_the_doctor_says_why(tmp_path):
    asked(tmp_path)
    home = tmp_path / "cache"
    before = sorted(home.rglob("*"))
    home.chmod(0o777)
    found = asked(tmp_path)
    assert (found["doubled"], found["hits"], found["folders"]) == ([42.0], [0], [])
    assert found["why"] == f"others can write to {home}"
    assert sorted(home.rglob("*")) == before
    told = doctor_says(tmp_path)
    assert told["found"] == f"not used: others can write to {home}"
    assert "EVOSIM_CACHE_DIR" in told["advice"]


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
@pytest.mark.parametrize("which", ["the home", "one inside"])
def test_every_way_in_which_others_can_write_to_a_folder_is_seen(mode, which, tmp_path, monkeypatch):
    monkeypatch.setenv("EVOSIM_CACHE_DIR", str(tmp_path / "cache"))
    digests = "0" * 16, "1" * 16, "2" * 16
    folders, why = prepare_cache(digests)
    assert (len(folders), why) == (3, "")
    folder = tmp_path / "cache" if which == "the home" else folders[1]
    folder.chmod(mode)
    assert prepare_cache(digests) == (None, f"others can write to {folder}")
    folder.chmod(0o700)
    assert prepare_cache(digests) == (folders, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_another_user_is_not_used(tmp_path):
    (tmp_path / "cache").mkdir(0o755)
    os.chown(tmp_path / "cache", 12345, 12345)
    found = asked(tmp_path)
    assert found["why"] == f"{tmp_path / 'cache'} belongs to another user"
    assert found["doubled"] == [42.0]
    assert "belongs to another user" in doctor_says(tmp_path)["found"]


def test_folders_are_made_for_oneself_alone_whatever_the_habit_is(tmp_path):
    asked(tmp_path, preexec_fn=lambda: os.umask(0))
    for folder in (tmp_path / "cache", *(tmp_path / "cache").iterdir()):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert distrust_reason(folder) == ""


def test_what_is_compiled_otherwise_is_kept_elsewhere_and_so_is_the_note_that_all_is_compiled(tmp_path):
    usual = [asked(tmp_path), asked(tmp_path, "note"), asked(tmp_path)]
    assert [(each["hits"], each["is_cold"]) for each in usual] == [([0], True), ([1], True), ([1], False)]
    other = asked(tmp_path, NUMBA_CPU_NAME="generic")
    assert (other["doubled"], other["hits"], other["is_cold"]) == ([42.0], [0], True)
    assert len({*usual[0]["folders"], *other["folders"]}) == 6


def test_all_that_numba_compiles_by_has_folders_of_its_own(monkeypatch):
    from evosim.numerics import numba_compiler

    digests = [*numba_compiler._digests()]
    otherwise = {"CPU_NAME": "generic", "CPU_FEATURES": "+sse2", "OPT": 1, "BOUNDSCHECK": 1, "LOOP_VECTORIZE": 0}
    for option, value in otherwise.items():
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(numba_compiler.CONFIG, option, value)
            digests += numba_compiler._digests()
    assert len(set(digests)) == len(digests) == 3 * (1 + len(otherwise))


def test_kernels_are_all_there_only_if_each_file_is_whole(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "room").mkdir(parents=True)
        (folder / "room" / "a.nbc").write_text("kernel")
    assert not is_complete(first, second)
    list_complete(first, second)
    assert is_complete(first, second)
    (second / "room" / "a.nbc").write_text("kernel and more")
    assert is_complete(first, second)
    (second / "room" / "a.nbc").write_text("kern")
    assert not is_complete(first, second)
    (second / "room" / "a.nbc").unlink()
    assert not is_complete(first, second)
    (first / "compiled").write_text("nonsense")
    assert not is_complete(first, second)


def test_compiling_for_other_kinds_of_mind_is_announced_too(tmp_path, monkeypatch):
    from evosim.numerics import numba_compiler

    folders = tuple(tmp_path / name for name in ("lives", "measures", "ecologies"))
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(numba_compiler, "CACHE", folders)

    def needs(name, *overrides):
        process = process_of(load_scenario(name, overrides), 1)
        return process.kernels, process.kinds

    both, search = needs("red_doors"), needs("red_doors", "mind.controllers={ planner = 1 }")
    trees = needs("red_doors", "mind.controllers={ planner = 1 }", 'mind.planner={ algorithm = "tree_search" }')
    mixed, reflexes = needs("contraception"), needs("contraception", "mind.controllers={ heuristic = 1 }")
    asked = [both, search, trees, mixed, reflexes]
    assert [is_cold(*each) for each in asked] == [True] * 5
    assert not has_notes(folders[1])
    mark_warm(*both)
    mark_warm(*mixed)
    assert [is_cold(*each) for each in asked] == [False, True, True, False, True]
    assert not is_cold(*needs("red_doors_decorrelated"))
    assert has_notes(folders[1])


def test_what_a_killed_process_left_unfinished_is_removed_after_a_while(tmp_path):
    (tmp_path / "room").mkdir()
    old, new = tmp_path / "room" / "a.nbc.tmp.1", tmp_path / "room" / "a.nbc.tmp.2"
    old.write_text("half")
    new.write_text("half")
    os.utime(old, (0, 0))
    list_complete(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
    assert is_complete(tmp_path)


def test_the_whole_suite_compiles_for_all_kinds_of_mind_before_there_are_several_processes():
    processes = [warming.process_for(each) for each in warming.MANY]
    needed = [(process.kernels, process.kinds) for process in processes]
    assert len(set(needed)) == len(needed)
    kinds = {kind for of, alone in needed for kind in alone if of == "measures"}
    assert {kind.split()[0] for kind in kinds} == set(OWN_NAMES)
    assert kinds >= {f"planner {algorithm}" for algorithm in get_args(Algorithm)}
