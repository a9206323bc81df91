"""Tables of a run in other libraries: the same numbers, with their units and definitions."""

import sys

import numpy as np
import pyarrow
import pytest
from test_by_hand import scenario_of

from evosim.interactive.frames import MODULES
from evosim.interactive.run import run


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    with run(
        scenario_of("red_doors", ["measure.every=1"]), 1, tmp_path_factory.mktemp("frames") / "small.evosim"
    ) as made:
        yield made


@pytest.mark.parametrize("table", ["generations", "measurements", "loci", "individuals"])
def test_a_table_is_the_same_in_every_library(stored, table):
    columns, rows = stored.table(table)
    arrays = stored.frame(table)
    assert stored.frame(table, to="arrow").to_pylist() == stored.frame(table, to="polars").to_dicts()
    assert stored.frame(table, to="polars").rows() == rows
    frame = stored.frame(table, to="pandas")
    assert list(frame.columns) == columns
    for name, array in arrays.items():
        np.testing.assert_array_equal(frame[name].to_numpy(), array)


def test_units_and_definitions_travel_along(stored):
    (column,) = (column for column in stored.tables()["measurements"] if column.name == "base_mean")
    frame, data = (stored.frame("measurements", to=to) for to in ("pandas", "xarray"))
    assert frame.attrs["columns"]["base_mean"] == {"units": column.unit, "long_name": column.definition}
    assert frame.attrs["digest"] == data.attrs["digest"] == stored.summary().digest
    assert data["base_mean"].attrs == {"units": column.unit, "long_name": column.definition}
    schema = stored.frame("measurements", to="arrow").schema
    assert isinstance(schema, pyarrow.Schema)
    assert schema.metadata[b"seed"] == b"1"
    assert schema.field("base_mean").metadata == {
        b"unit": column.unit.encode(),
        b"definition": column.definition.encode(),
    }


def test_dimensions_of_xarray_are_what_tells_rows_apart(stored):
    measured = stored.frame("measurements", to="xarray")
    assert dict(measured.sizes) == {"generation": 2, "environment": 2}
    row = stored.frame("measurements", "generation = 1 and environment = 'deployment'")
    assert float(measured["base_mean"].sel(generation=1, environment="deployment")) == row["base_mean"][0]
    assert measured["episodes"].dtype == np.int64
    assert list(stored.frame("generations", to="xarray").sizes) == ["generation"]
    assert list(stored.frame("loci", to="xarray").sizes) == ["generation", "locus"]
    assert list(stored.frame("individuals", to="xarray").sizes) == ["row"]


def test_all_numbers_of_a_run_are_one_long_table(stored):
    everything = stored.frame()
    assert list(everything.columns) == ["table", "generation", "environment", "locus", "quantity", "value", "unit"]
    assert set(everything["table"]) == {"generations", "measurements", "loci"}
    one = everything.query("table == 'measurements' and environment == 'deployment' and quantity == 'base_mean'")
    expected = stored.frame("measurements", "environment = 'deployment'")["base_mean"]
    assert one["value"].tolist() == expected.tolist()
    assert set(one["unit"]) == {"base objective"}


def test_a_library_that_is_unknown_or_missing_is_named(stored, monkeypatch):
    with pytest.raises(ValueError, match="did you mean 'pandas'"):
        stored.frame("generations", to="panda")
    for to, module in MODULES.items():
        if to != "numpy":
            monkeypatch.setitem(sys.modules, module, None)
            with pytest.raises(ImportError, match=rf"needs {module}: pip install 'evosim\[frames\]'"):
                stored.frame("generations", to=to)
