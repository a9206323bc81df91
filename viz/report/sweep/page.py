"""The report of many runs: their question, figure and tables, and how to run them again, in one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evosim.numerics.formatting import in_words, pluralize
from evosim.storage.export import atomic_path
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.differences import SCENARIO
from evosim.sweeps.comparing.tables import tables_of
from evosim.sweeps.results import SweepResult
from evosim.sweeps.summary import BEYOND, FEWEST, SweepQuantity, choose_quantities
from evosim.sweeps.toml_values import shown_value
from viz.figures.sweep import MOST_PANELS
from viz.figures.sweep_view import CURVES, DECIDED, choose_view, describe_answers, describe_view
from viz.report.document import check_page, templates
from viz.report.sweep.panels import sweep_key, sweep_pictures
from viz.report.sweep.tables import arrange_table, worded

MOST_ROWS = 400  # of a table
MOST_LISTED = 6  # keys in a sentence


def save_sweep_report(
    result: SweepResult, path: str | Path, columns: tuple[str, ...] = (), baseline: int | None = None
) -> Path:
    """Save the report of many runs as an HTML file, written whole or not at all.

    Raises:
        ValueError: another suffix than .html.
        RunFileError: no cell is done, a column is none of numbers, or a run can't be read.
        OSError: the file can't be written.
    """
    path = Path(path)
    check_page(path)
    text = render_sweep_report(result, columns, baseline)
    with atomic_path(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return path


def page_names(result: SweepResult, quantities: Sequence[SweepQuantity]) -> dict[str, str]:
    """Return what a page calls numbers and scenarios, by their names."""
    scenarios = {values[SCENARIO] for values in result.values.values() if SCENARIO in values}
    return {
        **{each.name: each.title for each in quantities},
        **{str(name): in_words(str(name)) for name in scenarios},
    }


def render_sweep_report(result: SweepResult, columns: tuple[str, ...] = (), baseline: int | None = None) -> str:
    """Render the report of many runs as HTML, compared with the condition `baseline`.

    Where more axes vary than can be drawn it has no figure.

    Raises:
        RunFileError: no cell is done, a column is none of numbers, or a run can't be read.
    """
    frame = result.frame()
    quantities = choose_quantities(result, columns)
    tables = [table._replace(rows=table.rows[:MOST_ROWS]) for table in tables_of(result, quantities, frame, baseline)]
    source = result.source
    folder = result.path.name if source.noun == "cell" else ""
    if not tables:
        raise RunFileError(f"{result.path}: no {source.noun} is done yet, so there is nothing to report")
    try:
        view = choose_view(result, baseline=baseline)
        words, answer = describe_view(result, view), describe_answers(result, view, frame)
        over_steps = view.kind in (CURVES, DECIDED)
        drawn = choose_quantities(result, columns, over_steps=over_steps)[:MOST_PANELS]
        (pictures, beyond), key = sweep_pictures(result, view, drawn, frame), sweep_key(result, view)
    except RunFileError as error:
        words, answer = f"No figure: {str(error).removeprefix(f'{result.path}: ')}.", ""
        pictures, beyond, key = [], False, []
    context: dict[str, Any] = {
        "sweep": source.stored,
        "of_what": "a sweep" if folder else "runs",
        "counted": [
            pluralize(source.stored.conditions, "condition"),
            *([] if folder else [pluralize(len(result.states), "run")]),
            pluralize(len(source.stored.seeds), "seed"),
        ],
        "few": result.most_seeds < FEWEST,
        "words": words,
        "answer": answer,
        "pictures": pictures,
        "key": key,
        "beyond": f"{BEYOND}." if beyond else "",
        "tables": [worded(arrange_table(table, source.keys), page_names(result, quantities)) for table in tables],
        "definitions": quantities,
        "tested": any("Mann" in table.title or "Spearman" in table.title for table in tables),
        "fewest": FEWEST,
        "failed": result.failed,
        "axes": [
            (", ".join(axis.keys), [", ".join(map(shown_value, row)) for row in axis.rows])
            for axis in source.axes
        ],
        "others": source.others,
        "folder": folder,
        "most_listed": MOST_LISTED,
        "runs": [
            (str(source.run_path(each.cell)), each.cell.condition, each.cell.seed, each.state, each.digest[:16])
            for each in result.states
        ],
    }  # fmt: skip
    return templates().get_template("sweep.html.j2").render(context)
