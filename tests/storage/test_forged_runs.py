"""Files of strangers: whatever is in one, there is one message, and nothing in it is believed that is not so."""

import os
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from safe_runs import digests_of, names_in

from evosim.simulation.generational import checkpoint
from evosim.simulation.generational.generations import chain_generation
from evosim.simulation.runs import RunFile
from evosim.storage.export import export
from evosim.storage.schema import RunFileError
from viz.answers.reading import read_run as read_figure


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
        with pytest.raises(RunFileError, match=r"is a folder|not a regular file|not a run of evosim|not a directory"):
            RunFile.open(path, write=write)
    assert names_in(tmp_path) == ["strange.evosim"]


@pytest.mark.parametrize("name", ["a b%20?mode=rwc#.evosim", "süß.evosim", "\udcff.evosim"])
def test_a_run_can_have_any_name(name, long_run, tmp_path):
    path = shutil.copy(long_run, tmp_path / name)
    for given in (path, f"/{path}"):
        assert digests_of(given) == digests_of(long_run)


def read_to_the_end(path):
    with RunFile.open(path) as run:
        run.checkpoint()
        list(run.lineage())
        for table in ("generations", "loci", "measurements", "individuals"):
            run.table(table)


def test_a_file_cut_off_anywhere_is_refused_or_read_without_an_error_of_another_kind(long_run, tmp_path):
    from fuzz.fuzz_run_file import read_file

    whole = long_run.read_bytes()
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
        from evosim.evolution import HallOfFameEntry

        famous = [HallOfFameEntry(id, fitness, np.frombuffer(data, kind)) for id, fitness, kind, data in fame]
        digest = chain_generation(
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
def test_an_array_of_absurd_size_is_reported_in_few_words(statement, finished):
    change(finished, statement)
    with pytest.raises(RunFileError, match=r"corrupt: an array of") as caught, RunFile.open(finished) as run:
        run.checkpoint()
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "update genomes set fitness = cast(x'000000000000f07f' || substr(fitness, 9) as blob)",
            "contains a value that is not finite",
        ),
        (
            "update genomes set fitness = cast(x'000000000000f87f' || substr(fitness, 9) as blob)",
            "contains a value that is not finite",
        ),
        ("update hall_of_fame set fitness = 9e999", "contains a value that is not finite"),
        ("update genomes set data = cast(x'0000c07f' || substr(data, 5) as blob)", "are out of range"),
        ("update genomes set data = cast(x'0000807f' || substr(data, 5) as blob)", "are out of range"),
        ("update genomes set data = cast(x'0000c8c2' || substr(data, 5) as blob)", "are out of range"),
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
    with pytest.raises(RunFileError, match="corrupt") as caught:
        export_and_draw(finished, tmp_path / "out.json")
    assert str(caught.value).isprintable()


def export_and_draw(path, out):
    with RunFile.open(path) as run:
        for table in ("generations", "measurements", "individuals"):
            export(run, table, "json", out)
        read_figure(run)


def test_a_hundred_thousand_generations_with_wrong_numbers_are_refused(finished):
    numbers = "with n (i) as (select 1 union all select i + 1 from n where i < 100000)"
    with closing(sqlite3.connect(finished)) as connection:
        others = len(connection.execute("pragma table_info(generations)").fetchall()) - 3
    change(finished, f"insert into generations {numbers} select i % 9, 'x', 16{', 0' * others} from n")
    with RunFile.open(finished) as run, pytest.raises(RunFileError, match="corrupt"):
        read_figure(run)
    change(finished, "update generations set generation = 999999999999 where rowid = 7")
    with RunFile.open(finished) as run, pytest.raises(RunFileError, match="corrupt"):
        run.checkpoint()


def test_a_stored_scenario_of_absurd_size_is_not_even_read(finished):
    for text in ("printf('%.*c', 20000000, '[')", "'\"' || printf('%.*c', 20000000, 'x') || '\"'"):
        change(finished, f"update run set scenario = {text}")
        with pytest.raises(RunFileError, match="doesn't hold one scenario"):
            RunFile.open(finished)
    change(finished, "update run set scenario = printf('%.*c', 1000000, '[')")
    with pytest.raises(RunFileError, match="corrupt") as caught:
        RunFile.open(finished)
    assert len(str(caught.value)) < 400
