"""Exports: what other people's tools read is what the run file holds."""

import csv
import json
import math
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import ALifeStdDev.phylogeny as standard
import numpy as np
import pyarrow.parquet
import pytest

from evosim.scenario import load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.export import (
    ExportError,
    LifeRecord,
    MissingExtraError,
    batches,
    column_definitions,
    export,
    lineage_rows,
)

SMALL = ["evolution.population=12", "evolution.generations=6", "evolution.episodes=2", "measure.episodes=2"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "export.evosim"
    with RunFile.create(path, load_scenario("red_doors", SMALL), 3) as run:
        list(carry_on(run))
        yield run


@pytest.mark.parametrize("table", ["generations", "loci", "measurements", "individuals"])
def test_parquet_holds_the_table_with_types_units_and_definitions(table, run, tmp_path):
    columns, rows = run.table(table)
    assert export(run, table, "parquet", tmp_path / "out.parquet") == len(rows)
    read = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert read.column_names == columns
    assert [tuple(row.values()) for row in read.to_pylist()] == rows
    for column in run.tables()[table]:
        metadata = read.schema.field(column.name).metadata
        assert metadata[b"definition"].decode() == column.definition
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


@pytest.mark.parametrize("table", ["generations", "loci", "measurements", "individuals", "lineage"])
def test_every_format_holds_the_same_columns_and_values(table, run, tmp_path):
    for form in ("csv", "json", "parquet"):
        export(run, table, form, tmp_path / f"out.{form}")
    with (tmp_path / "out.csv").open() as file:
        from_csv = list(csv.DictReader(file))
    from_json = json.loads((tmp_path / "out.json").read_text())
    from_parquet = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert list(from_csv[0]) == [column.name for column in column_definitions(run, table)]
    assert from_json == from_parquet
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in from_json] == from_csv


def test_a_pipe_that_is_named_is_written_to_as_well(run, tmp_path):
    read, write = os.pipe()
    with os.fdopen(read, "rb") as waiting:
        assert export(run, "generations", "parquet", f"/dev/fd/{write}") == 6
        os.close(write)
        assert waiting.read().startswith(b"PAR1")


def test_parquet_in_several_batches_holds_every_row(run, tmp_path, monkeypatch):
    monkeypatch.setattr("evosim.storage.export.ROWS_AT_ONCE", 5)
    assert [len(batch) for batch in batches((i,) for i in range(12))] == [5, 5, 2]
    assert export(run, "lineage", "parquet", tmp_path / "out.parquet") == 72
    read = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [tuple(row.values()) for row in read] == list(lineage_rows(run))


def test_parquet_without_pyarrow_says_how_to_get_it(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"evosim\[parquet\]"):
        export(run, "generations", "parquet", tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_parquet_does_not_go_to_standard_output(run):
    with pytest.raises(ExportError, match="choose a file"):
        export(run, "generations", "parquet", "-")


def test_a_run_is_never_overwritten_by_its_export(run, tmp_path):
    before = run.path.read_bytes()
    (tmp_path / "link.csv").symlink_to(run.path)
    for out in (run.path, tmp_path / "link.csv"):
        with pytest.raises(ExportError, match="is the run itself"):
            export(run, "generations", "csv", out)
    assert run.path.read_bytes() == before


def test_a_pipe_is_written_to_and_a_link_is_followed(run, tmp_path):
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    export(run, "generations", "csv", link)
    assert link.is_symlink()
    assert target.read_text().startswith("generation,")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_text)
        export(run, "generations", "csv", pipe)
        assert read.result() == target.read_text()
    assert pipe.is_fifo()


def test_the_lineage_names_the_parents_that_were_recorded(run):
    rows = list(lineage_rows(run))
    assert [row[1] for row in rows] == list(range(6 * 12))
    assert all(row[2] is None and row[3] is None for row in rows[:12])
    population = run.population(5)
    for row, (first, second) in zip(rows[-12:], population.parents.tolist(), strict=True):
        assert row[2] == first
        assert row[3] == (None if second < 0 else second)


@pytest.mark.parametrize("one_parent", [False, True])
def test_the_standards_own_reader_accepts_the_phylogeny(one_parent, run, tmp_path):
    path = tmp_path / "phylogeny.csv"
    assert export(run, "generations", "alife", path, one_parent=one_parent) == 72
    graph = standard.load_phylogeny_to_networkx(str(path))
    assert set(graph.nodes) == set(range(72))
    assert standard.all_taxa_have_attributes(graph, ["origin_time", "destruction_time"])
    assert standard.is_asexual(graph) == one_parent
    assert set(standard.get_root_ids(graph)) == set(range(12))
    for _, id, first, second in lineage_rows(run):
        expected = {parent for parent in ((first,) if one_parent else (first, second)) if parent is not None}
        assert set(graph.predecessors(id)) == expected
    with path.open() as file:
        for row in csv.DictReader(file):
            generation = int(row["id"]) // 12
            assert int(row["origin_time"]) == generation
            assert float(row["destruction_time"]) == (math.inf if generation == 5 else generation + 1)


def test_somebody_who_mated_with_itself_is_one_ancestor(run, monkeypatch, tmp_path):
    twin = LifeRecord(0, [7, 7], 1, None)
    monkeypatch.setattr(run, "lives", lambda: iter([twin]))
    export(run, "lineage", "alife", tmp_path / "twin.csv")
    assert (tmp_path / "twin.csv").read_text().splitlines()[1].startswith("0,[7],1,")


def test_a_corrupt_lineage_is_reported(run):
    with pytest.raises(Exception, match="corrupt"):
        run.decode("<i8", "[12, 2]", np.zeros(3).tobytes())
