"""Safety of runs: whatever a disk, a folder, another process or a stranger does, there is one message, and nothing is lost.

Root may write where nobody may, so what is forbidden is tried without that right.
"""

import ctypes
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.simulation.generational import checkpoint
from evosim.simulation.generational.generations import chained, generations
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.export import export
from evosim.storage.schema import RunFileError
from viz.answers.reading import read as read_figure

HOUSE = Path(__file__).parents[2]
SMALL = ["evolution.population=16", "evolution.episodes=2", "measure.episodes=2", "measure.every=2"]
LONG = [*SMALL, "evolution.generations=40"]
FORBIDDEN = {"CAP_DAC_OVERRIDE": 1, "CAP_DAC_READ_SEARCH": 2}  # what makes root ignore permissions
PR_CAPBSET_DROP = 24


def without_privilege():
    """Give up, for the program about to start, the right to ignore permissions."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in FORBIDDEN.values():
            if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "root can't give up its privileges here")


def on_a_disk_of(size):
    """Make what lets no file of the program about to start grow beyond so many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def evosim(*arguments, cwd, preexec_fn=None, stdout=subprocess.PIPE):
    return subprocess.run(
        [sys.executable, "-m", "evosim", *map(str, arguments)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        preexec_fn=preexec_fn,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
    )


def run_arguments(name, *, generations):
    options = [part for each in LONG[:-1] for part in ("--set", each)]
    return ["run", "red_doors", *options, "--generations", generations, "--out", name, "--progress", "none"]


def said_once(done, code, *words):
    """Check that a command failed with this code and one message, which has these words in it."""
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr.lower()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def digests_of(path):
    with RunFile.open(path) as run:
        return run.digests()


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    path = tmp_path_factory.mktemp("straight") / "straight.evosim"
    with RunFile.create(path, load_scenario("red_doors", LONG), 1) as run:
        list(carry_on(run))
    return path


@pytest.fixture
def finished(straight, tmp_path):
    return shutil.copy(straight, tmp_path / "finished.evosim")


@pytest.fixture
def killed(tmp_path):
    """Leave a run as a killed process leaves it: its last generations in the write-ahead log."""
    folder = tmp_path / "killed"
    folder.mkdir()
    with RunFile.create(tmp_path / "alive.evosim", load_scenario("red_doors", LONG), 1) as run:
        list(islice(carry_on(run), 3))
        for end in ("", "-wal"):
            shutil.copy(f"{run.path}{end}", f"{folder / 'killed.evosim'}{end}")
    return folder / "killed.evosim"


# ---------------------------------------------------------------- a full disk


@pytest.mark.parametrize("size", [20_000, 150_000, 300_000])
def test_a_run_on_a_full_disk_stops_with_a_message_and_goes_on_when_there_is_room(size, straight, tmp_path):
    done = evosim(*run_arguments("full.evosim", generations=40), cwd=tmp_path, preexec_fn=on_a_disk_of(size))
    said_once(done, 5, "full.evosim: can't be")
    if size < 100_000:
        assert names_in(tmp_path) == []
        return
    assert set(names_in(tmp_path)) <= {"full.evosim", "full.evosim-wal", "full.evosim-shm"}
    kept = digests_of(tmp_path / "full.evosim")
    assert kept == digests_of(straight)[: len(kept)] != []
    resumed = evosim("resume", "full.evosim", "--progress", "none", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert digests_of(tmp_path / "full.evosim") == digests_of(straight)
    assert names_in(tmp_path) == ["full.evosim"]


@pytest.mark.parametrize("room", range(0, 40, 4))
def test_a_generation_that_finds_the_disk_full_is_not_there_and_can_be_stored_later(room, tmp_path):
    path = tmp_path / "full.evosim"
    with RunFile.create(path, load_scenario("red_doors", LONG), 1) as run:
        steps = carry_on(run)
        first = next(steps)
        pages = run.connection.execute("pragma page_count").fetchone()[0]
        run.connection.execute(f"pragma max_page_count = {pages + room}")
        with pytest.raises(RunFileError, match="full"):
            list(steps)
        run.connection.execute("pragma max_page_count = 1000000")
        assert run.digests()[0] == first.digest
        assert not run.connection.in_transaction
        list(islice(carry_on(run), 2))
        assert run.digests() == [g.digest for g in islice(generations(run.scenario, 1), len(run.digests()))]
    assert names_in(tmp_path) == ["full.evosim"]


def test_a_disk_that_is_full_at_the_first_generation_leaves_what_was_to_be_replaced(finished, tmp_path):
    before = finished.read_bytes()
    with RunFile.create(finished, load_scenario("red_doors", LONG), 2, replace=True) as run:
        pages = run.connection.execute("pragma page_count").fetchone()[0]
        run.connection.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(RunFileError, match="full"):
            next(carry_on(run))
    assert finished.read_bytes() == before
    assert names_in(tmp_path) == ["finished.evosim"]


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "alife"])
def test_an_export_on_a_full_disk_leaves_what_was_there(form, finished, tmp_path):
    (tmp_path / "out").write_text("before")
    arguments = ["export", finished.name, "--table", "loci", "--format", form, "-o", "out"]
    said_once(evosim(*arguments, cwd=tmp_path, preexec_fn=on_a_disk_of(4096)), 1, "too large")
    assert (tmp_path / "out").read_text() == "before"
    assert names_in(tmp_path) == ["finished.evosim", "out"]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_figure_on_a_full_disk_leaves_nothing(suffix, finished, tmp_path):
    assert evosim("plot", finished.name, "-o", f"warm.{suffix}", cwd=tmp_path).returncode == 0
    done = evosim("plot", finished.name, "-o", f"page.{suffix}", cwd=tmp_path, preexec_fn=on_a_disk_of(4096))
    said_once(done, 1, "too large")
    assert names_in(tmp_path) == ["finished.evosim", f"warm.{suffix}"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("command", [["export", "finished.evosim"], ["show", "finished.evosim"], ["schema"]])
def test_standard_output_that_is_full_is_told(command, finished, tmp_path):
    with open("/dev/full", "w") as full:
        said_once(evosim(*command, cwd=tmp_path, stdout=full), 1, "no space left")


# ---------------------------------------------------------------- what may not be written


@pytest.fixture
def read_only(tmp_path):
    """Make a folder read-only at the end of a test's arrangement, and give it back its rights."""
    yield lambda: tmp_path.chmod(0o555)
    tmp_path.chmod(0o755)


def test_a_folder_that_may_not_be_written_is_told_and_its_runs_are_read(finished, tmp_path, read_only):
    (tmp_path / "killed.evosim").write_bytes(finished.read_bytes())
    with closing(sqlite3.connect(tmp_path / "killed.evosim")) as connection:
        connection.execute("pragma journal_mode = wal")
    read_only()

    def tried(*arguments):
        return evosim(*arguments, cwd=tmp_path, preexec_fn=without_privilege)

    said_once(tried(*run_arguments("new.evosim", generations=2)), 5, "new.evosim: can't be written: permission denied")
    said_once(tried(*run_arguments("finished.evosim", generations=2), "--force"), 5, "can't be written")
    said_once(tried("resume", "finished.evosim"), 5, "can't be written: permission denied")
    said_once(tried("export", "finished.evosim", "-o", "out.csv"), 1, "permission denied")
    said_once(tried("plot", "finished.evosim"), 1, "permission denied")
    said_once(tried("new", "mine"), 1, "permission denied")
    for name in ("finished.evosim", "killed.evosim"):  # one in write-ahead mode wants files beside it, even to be read
        shown = tried("show", name, "--json")
        assert shown.returncode == 0, shown.stderr
        assert json.loads(shown.stdout)["done"] == 40
    assert names_in(tmp_path) == ["finished.evosim", "killed.evosim"]


def test_a_run_whose_end_is_in_its_log_is_not_read_without_it(killed):
    def shown():
        return evosim("show", killed.name, "--json", cwd=killed.parent, preexec_fn=without_privilege)

    killed.parent.chmod(0o555)
    try:
        said_once(shown(), 5, "killed.evosim-wal", "copy both")
    finally:
        killed.parent.chmod(0o755)
    assert json.loads(shown().stdout)["done"] == 3


@pytest.mark.parametrize("has_log", [False, True])
def test_a_run_file_that_may_not_be_written_is_read(has_log, killed, finished):
    path = killed if has_log else finished
    for each in path.parent.glob(f"{path.name}*"):
        each.chmod(0o444)
    shown = evosim("show", path.name, "--json", cwd=path.parent, preexec_fn=without_privilege)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["done"] == (3 if has_log else 40)
    resumed = evosim("resume", path.name, "--generations", 41, cwd=path.parent, preexec_fn=without_privilege)
    said_once(resumed, 5, "readonly")
    assert digests_of(path) == digests_of(path)


def test_a_folder_that_may_not_be_seen_into_is_told(finished, tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    finished.rename(hidden / finished.name)
    hidden.chmod(0)
    try:
        done = evosim("show", "hidden/finished.evosim", cwd=tmp_path, preexec_fn=without_privilege)
    finally:
        hidden.chmod(0o755)
    said_once(done, 5, "can't be read: permission denied")


# ---------------------------------------------------------------- several processes, and killed ones


def test_a_second_process_that_would_write_is_refused(tmp_path):
    path = tmp_path / "both.evosim"
    with RunFile.create(path, load_scenario("red_doors", LONG), 1) as run:
        next(carry_on(run))
        said_once(evosim("resume", path.name, cwd=tmp_path), 5, "in use: another process is writing it")
        forced = evosim(*run_arguments(path.name, generations=2), "--force", cwd=tmp_path)
        said_once(forced, 5, "in use: another process is writing it")
        assert evosim("show", path.name, cwd=tmp_path).returncode == 0
        assert run.summary().done == 1


def test_readers_do_not_keep_a_writer_away(finished):
    for _ in range(20):
        with RunFile.open(finished), RunFile.open(finished, write=True):
            pass


def test_whenever_a_replacement_is_killed_the_old_run_is_there_or_the_new_one(killed, tmp_path, monkeypatch):
    path, moments = killed, []
    old = [*digests_of(path)]
    for end in ("-shm",):
        (path.parent / f"{path.name}{end}").unlink(missing_ok=True)

    def photograph(*_):
        folder = tmp_path / f"moment{len(moments)}"
        shutil.copytree(path.parent, folder)
        moments.append(folder / path.name)

    for name in ("replace", "unlink"):
        act = getattr(type(path), name)
        monkeypatch.setattr(type(path), name, lambda *a, act=act, **k: (photograph(), act(*a, **k), photograph())[1])
    with RunFile.create(path, load_scenario("red_doors", LONG), 2, replace=True) as run:
        run.connection.set_trace_callback(photograph)
        new = next(carry_on(run)).digest
        photograph()
    monkeypatch.undo()
    found = [digests_of(moment) for moment in moments]
    assert [each for each in found if each not in (old, [new])] == []
    assert found[0] == old
    assert found[-1] == [new]
    for moment in moments[:: len(moments) // 12]:  # what was left lying about is no hindrance
        with RunFile.create(moment, load_scenario("red_doors", LONG), 3, replace=True) as run:
            next(carry_on(run))
        assert names_in(moment.parent) == [moment.name]


def test_a_log_that_belongs_to_a_run_that_is_gone_is_not_taken_for_the_new_ones(killed):
    killed.unlink()
    with RunFile.create(killed, load_scenario("red_doors", LONG), 2) as run:
        assert run.summary().done == 0
        next(carry_on(run))
    assert names_in(killed.parent) == [killed.name]


# ---------------------------------------------------------------- what is no run, or not any more


@pytest.mark.parametrize("make", ["zero bytes", "folder", "pipe", "device", "below a file"])
def test_what_is_no_file_of_ours_is_named(make, tmp_path):
    path = tmp_path / "strange.evosim"
    match make:
        case "zero bytes":
            path.touch()
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "below a file":
            path.touch()
            path = path / "run.evosim"
    for write in (False, True):
        with pytest.raises(RunFileError, match=r"is a folder|no plain file|not a run of evosim|not a directory"):
            RunFile.open(path, write=write)
    assert names_in(tmp_path) == ["strange.evosim"]


@pytest.mark.parametrize("name", ["a b%20?mode=rwc#.evosim", "süß.evosim", "\udcff.evosim"])
def test_a_run_can_have_any_name(name, straight, tmp_path):
    path = shutil.copy(straight, tmp_path / name)
    for given in (path, f"/{path}"):
        assert digests_of(given) == digests_of(straight)


def read_to_the_end(path):
    with RunFile.open(path) as run:
        run.checkpoint()
        list(run.lineage())
        for table in ("generations", "loci", "measurements", "individuals"):
            run.table(table)


def test_a_file_cut_off_anywhere_is_refused_or_read_without_an_error_of_another_kind(straight, tmp_path):
    from fuzz.fuzz_run_file import read_file

    whole = straight.read_bytes()
    path = tmp_path / "cut.evosim"
    pages = range(0, len(whole), 4096)
    lengths = {
        0,
        1,
        15,
        16,
        17,
        99,
        100,
        101,
        511,
        512,
        len(whole) - 1,
        *pages[::7],
        *(page + 2000 for page in pages[::9]),
    }
    for length in sorted(lengths):
        path.write_bytes(whole[:length])
        read_file(path)
        with pytest.raises(RunFileError):
            read_to_the_end(path)
    assert names_in(tmp_path) == [path.name]


def change(path, statement, *values):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)


def sign_last(path):
    """Write the digest that a forger would write for the last generation."""
    with RunFile.open(path) as run:
        last = run.summary().done - 1
        fame = run.connection.execute("select id, fitness, dtype, data from hall_of_fame order by rank").fetchall()
        from evosim.evolution import Famous

        famous = [Famous(id, fitness, np.frombuffer(data, kind)) for id, fitness, kind, data in fame]
        digest = chained(
            run.digests()[-2],
            checkpoint._population(run, run.laboratory, last),
            famous,
            checkpoint._memory(run, run.laboratory, last),
        )
    change(path, "update digests set digest = ? where generation = ?", digest, last)


@pytest.mark.parametrize(
    "statement",
    [
        "update genomes set shape = '[1000000, 1000000]'",
        "update genomes set shape = '[-16, -77]'",
        "update genomes set shape = '[1e999]'",
        "update genomes set shape = ''",
        "update genomes set shape = 'null'",
        "update genomes set shape = printf('%.*c', 500000, '[')",
        "update genomes set data = substr(data, 5)",
        "update genomes set data = cast(data || x'00000000' as blob)",
        "update genomes set data = zeroblob(9000000)",
        "update genomes set dtype = '<f2'",
        "update genomes set dtype = '|O'",
        "update genomes set dtype = char(27) || '[2J'",
        "update lineage set shape = '[' || printf('%.*c', 5000000, ' ') || '1]'",
    ],
)  # fmt: skip
def test_an_array_of_absurd_size_is_told_in_few_words(statement, finished):
    change(finished, statement)
    with pytest.raises(RunFileError, match=r"damaged: an array of") as caught, RunFile.open(finished) as run:
        run.checkpoint()
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "update genomes set fitness = cast(x'000000000000f07f' || substr(fitness, 9) as blob)",
            "hold what is no number",
        ),
        (
            "update genomes set fitness = cast(x'000000000000f87f' || substr(fitness, 9) as blob)",
            "hold what is no number",
        ),
        ("update hall_of_fame set fitness = 9e999", "hold what is no number"),
        ("update genomes set data = cast(x'0000c07f' || substr(data, 5) as blob)", "outside of their ranges"),
        ("update genomes set data = cast(x'0000807f' || substr(data, 5) as blob)", "outside of their ranges"),
        ("update genomes set data = cast(x'0000c8c2' || substr(data, 5) as blob)", "outside of their ranges"),
    ],
)
def test_a_forged_state_is_not_gone_on_with_though_its_digest_is_right(statement, said, finished):
    change(finished, statement)
    sign_last(finished)
    with pytest.raises(RunFileError, match=said), RunFile.open(finished) as run:
        run.checkpoint()


@pytest.mark.parametrize(
    "statement",
    [
        "update generations set fitness_mean = 9e999 where generation = 3",
        "update generations set fitness_mean = null where generation = 3",
        "update generations set environment = char(27) || '[2J'",
        "update measurements set base_mean = -9e999",
        "update measurements set environment = char(7)",
        "update individuals set \"objective.red\" = 9e999",
        "update individuals set id = null",
        "update generations set generation = 7",
        "update generations set generation = -generation",
        "update generations set generation = generation + 9223372036854775000",
        "update measurements set generation = 3",
        "delete from measurements where environment = 'training'",
        "delete from measurements",
        "delete from individuals",
        "insert into individuals select * from individuals",
        "delete from generations where generation = 5",
    ],
)  # fmt: skip
def test_tables_with_wrong_numbers_are_refused_where_they_would_mislead(statement, finished, tmp_path):
    change(finished, statement)
    with pytest.raises(RunFileError, match="damaged") as caught:
        export_and_draw(finished, tmp_path / "out.json")
    assert str(caught.value).isprintable()


def export_and_draw(path, out):
    with RunFile.open(path) as run:
        for table in ("generations", "measurements", "individuals"):
            export(run, table, "json", out)
        read_figure(run)


def test_a_million_generations_with_wrong_numbers_are_refused(finished):
    numbers = "with n (i) as (select 1 union all select i + 1 from n where i < 1000000)"
    change(finished, f"insert into generations {numbers} select i % 9, 'x', 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from n")
    with RunFile.open(finished) as run, pytest.raises(RunFileError, match="damaged"):
        read_figure(run)
    change(finished, "update generations set generation = 999999999999 where rowid = 7")
    with RunFile.open(finished) as run, pytest.raises(RunFileError, match="damaged"):
        run.checkpoint()


def test_a_stored_scenario_of_absurd_size_is_not_even_read(finished):
    for text in ("printf('%.*c', 20000000, '[')", "'\"' || printf('%.*c', 20000000, 'x') || '\"'"):
        change(finished, f"update run set scenario = {text}")
        with pytest.raises(RunFileError, match="doesn't say what it is a run of"):
            RunFile.open(finished)
    change(finished, "update run set scenario = printf('%.*c', 1000000, '[')")
    with pytest.raises(RunFileError, match="damaged") as caught:
        RunFile.open(finished)
    assert len(str(caught.value)) < 400


# ---------------------------------------------------------------- scenarios


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 200_000, "nested too deeply"),
        ("a = " + "{ a = " * 100_000, "nested too deeply"),
        (".".join("a" * 100_000) + " = 1", "nested too deeply"),
        ("[" + " . ".join("a" * 100_000) + "]", "nested too deeply"),
        ("\n".join(f"k{i} = 1" for i in range(20_000)), "and 19,8"),
    ],
)
def test_a_scenario_of_absurd_shape_is_refused_in_few_words(text, said):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    assert said in str(caught.value)
    assert len(caught.value.complaints) <= 201
    assert len("".join(complaint.shown() for complaint in caught.value.complaints)) < 100_000


def test_a_long_line_is_quoted_around_the_mistake():
    text = f"evolution = {{ {', '.join(f'x{i} = 1' for i in range(1000))}, elitess = 1 }}"
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    complaint = next(each for each in caught.value.complaints if each.where == "evolution.x100")
    _, line, caret = complaint.shown().splitlines()
    assert line[caret.index("^") :].startswith("x100")
    assert len(line) < 450


@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
def test_a_scenario_without_an_end_is_not_read_for_ever(name, tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    base = {"/dev/zero": "/dev/zero", "pipe": "pipe.toml"}[name]
    (tmp_path / "mine.toml").write_text(f'extends = "{base}"')
    with pytest.raises(ScenarioError, match=r"no plain file|neither a file"):
        load_scenario(tmp_path / "mine.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    with pytest.raises(ScenarioError, match="larger than"):
        load_scenario(tmp_path / "zero.toml")


@pytest.mark.parametrize("text", ["root:x:0:0:secret", "secret = 1", "world = 'secret'", "secret"])
@pytest.mark.parametrize("name", ["passwd", "keys.conf", "toml", "folder/.netrc", "x.TOML "])
@pytest.mark.parametrize("absolute", [True, False])
def test_nothing_is_told_of_a_file_that_is_no_scenario_by_its_name(text, name, absolute, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    (tmp_path / "mine.toml").write_text(f'extends = "{file if absolute else name}"')
    with pytest.raises(ScenarioError, match="neither a file whose name ends in") as caught:
        load_scenario("mine.toml")
    (complaint,) = caught.value.complaints
    assert (complaint.source, complaint.line, complaint.column) == ("mine.toml", 1, 1)
    assert "secret" not in complaint.shown()


def test_a_link_to_what_is_no_scenario_by_its_name_is_not_followed(tmp_path):
    (tmp_path / "passwd").write_text("root:x:0:0:secret")
    (tmp_path / "base.toml").symlink_to("passwd")
    (tmp_path / "mine.toml").write_text('extends = "base.toml"')
    with pytest.raises(ScenarioError, match="neither a file whose name ends in") as caught:
        load_scenario(tmp_path / "mine.toml")
    assert "secret" not in caught.value.complaints[0].shown()


def test_a_mistake_in_a_scenario_that_is_extended_by_its_name_is_quoted_where_it_is(tmp_path):
    (tmp_path / "base.toml").write_text("schema = 1\nworld = = 3\n")
    (tmp_path / "mine.toml").write_text('extends = "base.toml"')
    with pytest.raises(ScenarioError, match=r"base\.toml:2:9: not valid TOML") as caught:
        load_scenario(tmp_path / "mine.toml")
    assert "world = = 3" in caught.value.complaints[0].shown()


@pytest.mark.parametrize("key", ['"[key]"', '"<table>"', '"<number>"', '"maze"'])
def test_a_key_that_looks_like_one_of_our_own_marks_is_told(key):
    for text in (f"{key} = 1", f"[mind.planner]\n{key} = 1"):
        with pytest.raises(ScenarioError, match=f"unknown field '{key[1:-1]}'".replace("[", r"\[")):
            parse_scenario(text)
