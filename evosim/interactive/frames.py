"""Tables of a run for other libraries: pandas, polars, Arrow and xarray, with units and definitions."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from evosim.scenario.errors.diagnostic import suggest
from evosim.storage.columns import Column, Row, Value
from evosim.storage.export import arrow_schema
from evosim.storage.reader import as_array

NUMPY = "numpy"
MODULES = {NUMPY: "numpy", "pandas": "pandas", "polars": "polars", "arrow": "pyarrow", "xarray": "xarray"}
LONG = (
    Column("table", "text", "name", "The table that the number stands in."),
    Column("quantity", "text", "name", "The column that it stands in there."),
    Column("value", "real", "see `unit`", "The number."),
    Column("unit", "text", "unit", "The unit of the number."),
)  # beside what tells the rows of tables apart
KEYS = ("generation", "environment", "locus")  # of the long frame, as far as tables have them
ROW = "row"


def default_library() -> str:
    """Return `pandas` where that is installed, else `numpy`."""
    return "pandas" if find_spec("pandas") else NUMPY


def as_frame(columns: Sequence[Column], rows: Sequence[Row], to: str, about: Mapping[str, str]) -> Any:
    """Return rows of a table as a dictionary of arrays, or as a table of pandas, polars, Arrow or xarray.

    Units and definitions are in `attrs` of pandas and xarray and in the metadata of Arrow; `about` is beside them.

    Raises:
        ValueError: there is no such library.
        ImportError: it is not installed.
    """
    if to not in MODULES:
        raise ValueError(f"no library {to!r}; {suggest(to, MODULES)}")
    try:
        library = import_module(MODULES[to])
    except ImportError as error:
        raise ImportError(f"to={to!r} needs {MODULES[to]}: pip install 'evosim[frames]'", name=error.name) from None
    if to in ("arrow", "polars"):
        schema = arrow_schema(columns, about) if to == "arrow" else None
        values = {column.name: [row[i] for row in rows] for i, column in enumerate(columns)}
        return library.table(values, schema=schema) if schema else library.DataFrame(values, polars_schema(columns))
    arrays = {column.name: as_array([row[i] for row in rows]) for i, column in enumerate(columns)}
    if to == NUMPY:
        return arrays
    if to == "xarray":
        return as_dataset(library, columns, arrays, about)
    frame = library.DataFrame(arrays)
    frame.attrs = {**about, "columns": {column.name: described(column) for column in columns}}
    return frame


def described(column: Column) -> dict[str, str]:
    """Return the unit and the definition of a column."""
    return {"units": column.unit, "long_name": column.definition}


def polars_schema(columns: Iterable[Column]) -> dict[str, Any]:
    """Return the types of columns as polars has them."""
    import polars

    types = {"integer": polars.Int64, "real": polars.Float64, "text": polars.String}
    return {column.name: types[column.kind] for column in columns}


def as_dataset(
    library: Any, columns: Sequence[Column], arrays: Mapping[str, np.ndarray], about: Mapping[str, str]
) -> Any:
    """Return columns `[rows]` as a dataset of xarray, whose dimensions are what tells rows apart."""
    keys = keys_of(columns, arrays)
    if not keys:
        alone = {column.name: (ROW, arrays[column.name], described(column)) for column in columns}
        return library.Dataset(alone, attrs=dict(about))
    marks, places = zip(*(np.unique(arrays[key], return_inverse=True) for key in keys), strict=True)
    shape = tuple(map(len, marks))
    named = {column.name: column for column in columns}
    variables: dict[str, Any] = {}
    for name, array in arrays.items():
        if name not in keys:
            whole = len(array) == int(np.prod(shape)) or array.dtype.kind == "U"
            kept = array if whole else array.astype(np.float64)
            spread = np.full(shape, np.nan if kept.dtype.kind == "f" else kept.dtype.type(), kept.dtype)
            spread[places] = kept
            variables[name] = (keys, spread, described(named[name]))
    coordinates = {key: (key, mark, described(named[key])) for key, mark in zip(keys, marks, strict=True)}
    return library.Dataset(variables, coordinates, attrs=dict(about))


def keys_of(columns: Sequence[Column], arrays: Mapping[str, np.ndarray]) -> list[str]:
    """Return the columns that together tell all rows apart, none where that takes the id of an individual."""
    names = [column.name for column in columns]
    keys: list[str] = []
    for name in KEYS:
        if name in names and "id" not in names:
            keys.append(name)
            rows = zip(*(arrays[key].tolist() for key in keys), strict=True)
            if len(set(rows)) == len(arrays[name]):
                return keys
    return []


def long_rows(tables: Mapping[str, tuple[Sequence[Column], Sequence[Row]]]) -> tuple[list[Column], list[Row]]:
    """Return the numbers of several tables one below the other: their columns, and a row for each number.

    Left out are empty entries, text, and tables of individuals.
    """
    steps = {name: each for name, each in tables.items() if "id" not in [column.name for column in each[0]]}
    found = {column.name: column for columns, _ in steps.values() for column in columns if column.name in KEYS}
    keys = [found[name]._replace(may_be_empty=True) for name in KEYS if name in found]
    rows: list[Row] = []
    for name, (columns, stored) in steps.items():
        at = {column.name: i for i, column in enumerate(columns)}
        numbers = [column for column in columns if column.kind != "text" and column.name not in KEYS]
        for row in stored:
            head: tuple[Value, ...] = tuple(row[at[key.name]] if key.name in at else None for key in keys)
            rows += [
                (name, *head, column.name, row[at[column.name]], column.unit)
                for column in numbers
                if row[at[column.name]] is not None
            ]
    return [LONG[0], *keys, *LONG[1:]], rows
