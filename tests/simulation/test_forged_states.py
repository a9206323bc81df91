"""Forged and corrupt states of ecologies: a stranger's file is no danger."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from effort import cases
from stored_meadows import SEED, change

from evosim.mind.nearby import BODY, EMPTY, WALL
from evosim.scenario.loading.load import scenario_digest, scenario_from_json
from evosim.simulation.ecology.intervals import chain_interval
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.codec import encode
from evosim.storage.export import export
from evosim.storage.schema import RunFileError


def array_in(connection, table, number, name=None):
    where, values = ("generation = ?", (number,)) if name is None else ("generation = ? and name = ?", (number, name))
    dtype, shape, data = connection.execute(f"select dtype, shape, data from {table} where {where}", values).fetchone()
    return np.frombuffer(data, dtype).reshape(json.loads(shape)).copy()


LAST = 7


def sign(path):
    """Write the digest that a forger would: of the last state."""
    with closing(sqlite3.connect(path)) as connection, connection:
        ((before,),) = connection.execute("select digest from digests where generation = ?", (LAST - 1,)).fetchall()
        names = [name for (name,) in connection.execute("select name from memory where generation = ?", (LAST,))]
        memory = {name: array_in(connection, "memory", LAST, name) for name in names}
        logs = [array_in(connection, table, LAST) for table in ("lineage", "deaths")]
        digest = chain_interval(before, LAST, array_in(connection, "genomes", LAST), memory, *logs)
        connection.execute("update digests set digest = ? where generation = ?", (digest, LAST))


def forge(path, name, edit):
    """Change an array of the last state, and sign it: of the memory by its name, or of a table."""
    with closing(sqlite3.connect(path)) as connection, connection:
        is_table = name in ("genomes", "lineage", "deaths")
        array = array_in(connection, name, LAST) if is_table else array_in(connection, "memory", LAST, name)
        edited = edit(array)
        stored = encode(array if edited is None else edited)
        table, where = (name, "generation = ?") if is_table else ("memory", "generation = ? and name = ?")
        connection.execute(
            f"update {table} set dtype = ?, shape = ?, data = ? where {where}",
            (*stored, LAST) if is_table else (*stored, LAST, name),
        )
    sign(path)


def at(index, value):
    def edit(array):
        array[index] = value

    return edit


def swap(array):
    array[:2] = array[1::-1].copy()


def with_a_body_too_many(what):
    what[np.flatnonzero(what == EMPTY)[0]] = BODY + 3


def with_nobody(what):
    what[what >= BODY] = EMPTY


def with_a_wall_less(what):
    what[np.flatnonzero(what == WALL)[0]] = EMPTY


FORGERIES = [
    ("cell", at(0, 144), "agents outside of the world"),
    ("cell", at(0, -1), "agents outside of the world"),
    ("cell", lambda cells: at(0, cells[1])(cells), "agents whose cell doesn't hold their body"),
    ("cell", swap, "agents whose cell doesn't hold their body"),
    ("cell", lambda cells: cells.astype("f8"), "array 'cell' of a wrong shape"),
    ("cell", lambda cells: cells.astype("f8") + 0.5, "array 'cell' of a wrong shape"),
    ("what", with_a_body_too_many, "bodies without agents"),
    ("what", with_nobody, "agents whose cell doesn't hold their body"),
    ("what", with_a_wall_less, "walls that are not those of the world"),
    ("what", lambda what: at(np.flatnonzero(what == EMPTY)[0], 3)(what), "objects of unknown types"),
    ("what", lambda what: at(np.flatnonzero(what == EMPTY)[0], -3)(what), "objects of unknown types"),
    ("what", lambda what: what[:-1], "array 'what' of a wrong shape"),
    ("what", lambda what: what.reshape(12, 12), "array 'what' of a wrong shape"),
    ("energy", at(0, np.nan), "array 'energy' of a wrong shape"),
    ("energy", at(0, np.inf), "array 'energy' of a wrong shape"),
    ("energy", at(0, 1e300), "energy out of range"),
    ("energy", at(0, 0.0), "energy out of range"),
    ("levels", at((0, 1), 1.5), "drive levels out of range"),
    ("levels", at((0, 0), -0.5), "drive levels out of range"),
    ("levels", lambda levels: levels[:, :1], "array 'levels' of a wrong shape"),
    ("id", at(0, -1), "living agents who were not born or have died"),
    ("id", at(0, 2**62), "living agents who were not born or have died"),
    ("id", lambda ids: at(0, ids[1])(ids), "living agents who were not born or have died"),
    ("id", at(0, 0), "living agents who were not born or have died"),
    ("born", at(0, 10**6), "birth ticks that contradict the lineage"),
    ("born", at(0, -(2**31)), "birth ticks that contradict the lineage"),
    ("due", at(0, 0), "birth or death ticks out of range"),
    ("due", at(0, 2**31 - 1), "too long life spans"),
    ("controller", at(0, 0), "controllers that the scenario doesn't have"),
    ("controller", at(0, 255), "controllers that the scenario doesn't have"),
    ("last", at(0, 5), "unknown actions"),
    ("last", at(0, -128), "unknown actions"),
    ("able", at(0, 2), "an ability to mate that is neither 0 nor 1"),
    ("children", at(0, 77), "numbers of children that contradict the lineage"),
    ("cohort.members", at(0, -1), "cohorts larger than their births"),
    ("cohort.loci", lambda sums: sums[:-1], "array 'cohort.loci' of a wrong shape"),
    ("cohort.loci", at((0, 0), np.nan), "array 'cohort.loci' of a wrong shape"),
    ("bank", at((0, 0), 1e9), "alleles of the seed bank out of range"),
    ("bank", lambda bank: bank[:0], "array 'bank' of a wrong shape"),
    ("frozen", lambda frozen: frozen[:-1], "array 'frozen' of a wrong shape"),
    ("depth", at(0, np.nan), "array 'depth' of a wrong shape"),
    ("genomes", at((0, 0), 1e9), "alleles out of range"),
    ("genomes", at((0, 0), np.nan), "alleles out of range"),
    ("genomes", lambda genomes: genomes[:, :-1], "genomes with a wrong number of loci"),
    ("genomes", lambda genomes: genomes[:-1], "of a wrong shape"),
    ("genomes", lambda genomes: genomes.astype("f8"), "genomes of interval 7 are not a float32 matrix"),
    ("genomes", lambda genomes: genomes.ravel(), "genomes of interval 7 are not a float32 matrix"),
    ("lineage", at((0, 0), 10**6), "parents who were not born yet"),
    ("lineage", at((0, 0), -2), "parents who were not born yet"),
    ("lineage", at((0, 1), -1), "an agent with one parent"),
    ("lineage", at((0, 2), 10**6), "birth ticks that contradict the lineage|deaths of agents who were not alive"),
    ("lineage", lambda log: log[:-1], "living agents who were not born or have died"),
    ("lineage", lambda log: log[:, :2], "the lineage of interval 7 are missing"),
    ("lineage", lambda log: log.astype("i4"), "lineage of interval 7 are not an int64 matrix"),
    ("deaths", at((0, 0), 10**6), "deaths of agents who were not alive"),
    ("deaths", at((0, 0), -1), "deaths of agents who were not alive"),
    ("deaths", at((0, 1), -5), "deaths of agents who were not alive"),
    ("deaths", lambda log: np.concatenate([log, log]), "deaths of agents who were not alive"),
    ("deaths", lambda log: log[1:], "living agents who were not born or have died"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "edit", "said"), FORGERIES, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(FORGERIES)]
)
def test_a_forged_state_is_not_gone_on_with_though_its_digest_is_right(name, edit, said, stored):
    forge(stored, name, edit)
    with pytest.raises(RunFileError, match=said) as caught, RunFile.open(stored) as run:
        run.checkpoint()
    assert str(caught.value).startswith(f"{stored}: corrupt: ")
    assert str(caught.value).endswith("; restore a copy of it, or run its scenario again")
    with RunFile.open(stored, write=True) as run:
        run.extend(9)
        with pytest.raises(RunFileError, match="corrupt"):
            list(carry_on(run))


def test_what_is_forged_and_signed_without_a_lie_is_believed(stored):
    """The forger's tools work: an array that is written as it was is taken as it was."""
    for name in ("cell", "genomes", "deaths", "cohort.loci", "able"):
        forge(stored, name, lambda array: None)
    with RunFile.open(stored) as run:
        state = run.checkpoint()
    assert state.number == LAST
    forge(stored, "energy", at(0, 3.25))  # a state that could have been, and was not
    with RunFile.open(stored) as run:
        assert run.checkpoint().memory["energy"][0] == 3.25


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update memory set data = x'' where name = 'cell'", "an array of"),
        ("update memory set data = substr(data, 2) where name = 'energy'", "an array of"),
        ("update genomes set data = substr(data, 5)", "an array of"),
        ("update memory set shape = '[99999999999, 99999999999]'", "an array of"),
        ("update memory set shape = '[2147483647, 2147483647]'", "an array of"),
        ("update memory set shape = '[-1]'", "an array of"),
        ("update memory set shape = '[true]'", "an array of"),
        ("update memory set shape = '[1, 1, 1]'", "an array of"),
        ("update memory set shape = '{}'", "an array of"),
        ("update memory set shape = printf('%.*c', 100000, '[')", "an array of"),
        ("update memory set dtype = '|O'", "an array of"),
        ("update memory set dtype = '<f16'", "an array of"),
        ("update deaths set data = substr(data, 9)", "an array of"),
        ("delete from memory where name = 'energy'", "missing or unexpected arrays"),
        ("delete from memory", "missing or unexpected arrays"),
        ("update memory set name = 'speed' where name = 'energy'", "missing or unexpected arrays"),
        ("delete from genomes", "is not stored"),
        ("delete from lineage where generation = 2", "the lineage of interval 2 are missing"),
        ("delete from deaths where generation = 2", "the deaths of interval 2 are missing"),
        ("delete from digests where generation = 7", "the digest of generation 7 is missing"),
        ("update digests set digest = 'x' where generation = 7", "doesn't match its digest"),
        ("update memory set data = zeroblob(length(data)) where name = 'depth'", "doesn't match its digest"),
    ],
)  # fmt: skip
def test_a_corrupt_state_is_reported(statement, said, stored):
    change(stored, statement)
    with pytest.raises(RunFileError, match=said) as caught, RunFile.open(stored) as run:
        run.checkpoint()
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "statement",
    [
        "delete from deaths where generation = 2",
        "update deaths set data = substr(data, 9) where generation = 2",
        "update deaths set shape = '[1, 3]', data = x'ffffffffffffff7f00000000000000000000000000000000' where generation = 2",
        "update deaths set shape = '[1, 3]', data = x'ffffffffffffffff00000000000000000000000000000000' where generation = 2",
        "update lineage set shape = '[1, 3]', data = x'ffffffffffffff7fffffffffffffff7f0000000000000000' where generation = 2",
        "update generations set generation = 10000000 where generation = 7",
    ],
)
def test_a_phylogeny_of_corrupt_lives_is_refused(statement, stored, tmp_path):
    change(stored, statement)
    with pytest.raises(RunFileError, match="corrupt"), RunFile.open(stored) as run:
        export(run, "lineage", "alife", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_state_of_a_world_in_which_nobody_fits_is_refused(stored):
    with closing(sqlite3.connect(stored)) as connection, connection:
        ((text,),) = connection.execute("select scenario from run").fetchall()
        scenario = json.loads(text)
        for world in (scenario["world"], *scenario["environments"].values()):
            world["objects"]["fruit"]["count"] = 120
        forged = json.dumps(scenario)
        digest = scenario_digest(scenario_from_json(forged, ""), SEED)
        connection.execute("update run set scenario = ?, first_digest = ?", (forged, digest))
    with pytest.raises(RunFileError, match="its scenario has no room for its agents"), RunFile.open(stored) as run:
        run.checkpoint()


NASTY = (
    0,
    1,
    -1,
    -2,
    2,
    5,
    127,
    -128,
    255,
    1024,
    1027,
    2**31 - 1,
    -(2**31),
    2**62,
    0.5,
    -0.5,
    1e-300,
    1e300,
    np.nan,
    np.inf,
)


def test_whatever_is_forged_is_refused_or_lived_on_from(straight, tmp_path):
    """One number anywhere in the last state is another: it is told, or life goes on to a state that is believed."""
    rng = np.random.default_rng(0)
    with closing(sqlite3.connect(straight)) as connection:
        names = [name for (name,) in connection.execute("select name from memory where generation = ?", (LAST,))]
    path, ends = tmp_path / "forged.evosim", {"refused": 0, "lived": 0}
    for _ in range(cases(150, 10)):
        path.write_bytes(straight.read_bytes())

        def edit(array):
            array.ravel()[rng.integers(array.size)] = rng.choice(
                [n for n in NASTY if array.dtype.kind == "f" or (n == n and abs(n) < 2 ** (8 * array.itemsize - 1))]
            )

        forge(path, str(rng.choice([*names, "genomes", "lineage", "deaths"])), edit)
        with RunFile.open(path, write=True) as run:
            run.extend(LAST + 2)
            try:
                list(carry_on(run))
            except RunFileError as error:
                assert "corrupt" in str(error)
                ends["refused"] += 1
                continue
            assert run.checkpoint().number == LAST + 1
            ends["lived"] += 1
    assert min(ends.values()) > cases(10, 0)
