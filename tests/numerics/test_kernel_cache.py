"""The kernel cache is believed only if it is whole, and nobody else can have written it."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from evosim.numerics.kernel_cache import distrust_reason, is_complete, list_complete

HOUSE = Path(__file__).parents[2]
PROGRAM = """
import json
from evosim.numerics.compiler import NOT_STORED, kernel
from evosim.numerics.numba_compiler import CACHE, WHY_NONE

@kernel
def doubled(x: float) -> float:
    return 2.0 * x

print(json.dumps({
    "doubled": doubled(21.0), "hits": sum(doubled.stats.cache_hits.values()), "why": WHY_NONE, "not_kept": NOT_STORED,
    "folders": [folder.name for folder in CACHE or ()],
}))
"""
pytestmark = pytest.mark.compiled


def asked(folder, preexec_fn=None, **variables):
    """Call a kernel in a process of its own, and say what it found."""
    (folder / "program.py").write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "EVOSIM_CACHE_DIR": str(folder / "cache"), **variables}
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, env=environment, capture_output=True, text=True,
        preexec_fn=preexec_fn,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kept(folder, suffix):
    (found,) = (folder / "cache").rglob(f"program.doubled*{suffix}")
    return found


def test_a_kernel_is_compiled_once(tmp_path):
    assert [asked(tmp_path)["hits"] for _ in range(2)] == [0, 1]


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("length", [0, 1, 40, -33, -1])
def test_a_file_that_was_cut_off_is_thrown_away_and_compiled_anew(suffix, length, tmp_path):
    asked(tmp_path)
    file = kept(tmp_path, suffix)
    file.write_bytes(file.read_bytes()[:length])
    found = [asked(tmp_path) for _ in range(2)]
    assert [each["doubled"] for each in found] == [42.0, 42.0]
    assert [each["hits"] for each in found] == [0, 1]


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_file_in_which_a_bit_is_another_is_thrown_away(suffix, share, tmp_path):
    asked(tmp_path)
    file = kept(tmp_path, suffix)
    data = bytearray(file.read_bytes())
    data[int(share * len(data))] ^= 4
    file.write_bytes(data)
    found = [asked(tmp_path) for _ in range(2)]
    assert [(each["doubled"], each["hits"]) for each in found] == [(42.0, 0), (42.0, 1)]


def test_a_folder_in_place_of_a_file_is_no_failure(tmp_path):
    asked(tmp_path)
    file = kept(tmp_path, ".nbc")
    file.unlink()
    file.mkdir()
    assert asked(tmp_path)["doubled"] == 42.0


def test_a_full_disk_means_no_cache(tmp_path):
    found = asked(tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
    assert found["doubled"] == 42.0
    assert found["not_kept"]
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    assert [asked(tmp_path)["hits"] for _ in range(2)] == [0, 1]


def doctor_says(folder):
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "EVOSIM_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-m", "evosim", "doctor", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(each for each in json.loads(done.stdout) if each["name"] == "cache")


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
@pytest.mark.parametrize("which", ["the home", "one inside"])
def test_a_folder_that_others_can_write_to_is_not_used_and_the_doctor_says_why(mode, which, tmp_path):
    asked(tmp_path)
    home = tmp_path / "cache"
    folder = home if which == "the home" else kept(tmp_path, ".nbc").parent.parent
    folder.chmod(mode)
    before = sorted(home.rglob("*"))
    found = asked(tmp_path)
    assert (found["doubled"], found["hits"], found["folders"]) == (42.0, 0, [])
    assert found["why"] == f"others can write to {folder}"
    assert sorted(home.rglob("*")) == before
    told = doctor_says(tmp_path)
    assert told["found"] == f"not used: others can write to {folder}"
    assert "EVOSIM_CACHE_DIR" in told["advice"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_another_user_is_not_used(tmp_path):
    (tmp_path / "cache").mkdir(0o755)
    os.chown(tmp_path / "cache", 12345, 12345)
    found = asked(tmp_path)
    assert found["why"] == f"{tmp_path / 'cache'} belongs to another user"
    assert found["doubled"] == 42.0
    assert "belongs to another user" in doctor_says(tmp_path)["found"]


def test_folders_are_made_for_oneself_alone_whatever_the_habit_is(tmp_path):
    asked(tmp_path, preexec_fn=lambda: os.umask(0))
    for folder in (tmp_path / "cache", *(tmp_path / "cache").iterdir()):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert distrust_reason(folder) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"NUMBA_CPU_NAME": "generic"},
        {"NUMBA_CPU_FEATURES": "+sse2"},
        {"NUMBA_OPT": "1"},
        {"NUMBA_BOUNDSCHECK": "1"},
        {"NUMBA_LOOP_VECTORIZE": "0"},
    ],
)
def test_what_is_compiled_otherwise_is_kept_elsewhere_and_so_is_the_note_that_all_is_compiled(changed, tmp_path):
    usual, other = asked(tmp_path), asked(tmp_path, **changed)
    assert not set(usual["folders"]) & set(other["folders"])
    assert (other["doubled"], other["hits"]) == (42.0, 0)
    program = "import sys; from evosim.numerics.compiler import MEASURES, is_cold, mark_warm; sys.argv[1] and mark_warm(MEASURES); print(is_cold(MEASURES))"
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "EVOSIM_CACHE_DIR": str(tmp_path / "cache")}

    def is_cold(note="", **variables):
        command = [sys.executable, "-c", program, note]
        return subprocess.run(command, env=environment | variables, capture_output=True, text=True).stdout.strip()

    assert (is_cold(), is_cold("note"), is_cold(), is_cold(**changed)) == ("True", "False", "False", "True")


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


def test_what_a_killed_process_left_unfinished_is_removed_after_a_while(tmp_path):
    (tmp_path / "room").mkdir()
    old, new = tmp_path / "room" / "a.nbc.tmp.1", tmp_path / "room" / "a.nbc.tmp.2"
    old.write_text("half")
    new.write_text("half")
    os.utime(old, (0, 0))
    list_complete(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
    assert is_complete(tmp_path)
