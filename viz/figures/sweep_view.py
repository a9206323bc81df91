"""What of a sweep is drawn, and how, and what its figure says of that in words."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from evosim.numerics.formatting import enumerated, in_words, percent_between, pluralize
from evosim.numerics.intervals import share_interval
from evosim.simulation.process import process_of
from evosim.simulation.runs import RunFile
from evosim.storage.branching import branch_of
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.comparisons import Answer, answers, describe_answer, phrase_of
from evosim.sweeps.comparing.decided import has_states
from evosim.sweeps.comparing.differences import SCENARIO
from evosim.sweeps.folder import DONE
from evosim.sweeps.results import SweepResult
from evosim.sweeps.summary import FEWEST, OTHER_OBJECTIVES, anecdote, extinctions
from evosim.sweeps.toml_values import shown_value
from viz.charts.sweeps import MOST_CURVES
from viz.figures.decided import describe_states
from viz.figures.sweep_axes import count_values, name_keys, telling_keys, value_in_words, word_endings

MOST_ANSWERED = 8  # conditions whose answers are counted in the caption
CURVES, DOSE, HEAT, DECIDED = "curves", "dose", "heat", "decided"
KINDS = (CURVES, DOSE, HEAT, DECIDED)
BASELINE_MARKS = {CURVES: "Grey is", DOSE: "The grey dashed line is", HEAT: "The frame is around"}


class SweepView(NamedTuple):
    """What of a sweep is drawn, and how."""

    kind: str
    keys: tuple[tuple[str, ...], ...]  # of each axis that varies, at most two, those that tell its values apart
    conditions: tuple[int, ...]
    held: Mapping[str, Any]  # keys of the axes that are held
    baseline: int | None = None  # the condition that others are compared with, if it is marked


def choose_view(
    result: SweepResult,
    kind: str | None = None,
    where: Mapping[str, str] | None = None,
    baseline: int | None = None,
) -> SweepView:
    """Choose how runs are drawn: curves where nothing is varied, doses for one axis, a heat map for two.

    Futures of several states are drawn as how much they decide. Runs that were named one by one are drawn as curves,
    if these can be told apart, and so is what has more than two axes. `where` holds an axis at a value, as it is
    shown; the condition `baseline` is marked.

    Raises:
        RunFileError: more than two axes vary, a key is not an axis, none has such a value, or the baseline is not
            among them.
    """
    where = where or {}
    conditions = list(result.values)
    for key, value in where.items():
        if key not in result.source.keys:
            raise RunFileError(
                f"{result.path}: {key!r} is not an axis; there are {', '.join(result.source.keys) or 'none'}"
            )
        shown = dict.fromkeys(shown_value(values[key]) for values in result.values.values())
        if value not in shown:
            raise RunFileError(f"{result.path}: no condition has {key} = {value}; there are {', '.join(shown)}")
        conditions = [each for each in conditions if shown_value(result.values[each][key]) == value]
    varied = [keys for axis in result.source.axes if (keys := telling_keys(result, axis, conditions))]
    if baseline is not None and baseline not in conditions:
        raise RunFileError(f"{result.path}: --where leaves out the baseline, condition {baseline}")
    few = len(conditions) <= MOST_CURVES and (result.source.noun == "run" or len(varied) > 2)
    usual = CURVES if few else (CURVES, DOSE, HEAT)[min(len(varied), 2)]
    chosen = kind or (DECIDED if has_states(result) and not where else usual)
    if chosen == DECIDED:
        if not has_states(result) or where:
            what = "holds no axis" if where else "is of futures of several states, as `evosim branch` makes them"
            raise RunFileError(f"{result.path}: a figure of this kind {what}")
        return SweepView(chosen, tuple(varied), tuple(conditions), where)
    if chosen != CURVES and len(varied) != {DOSE: 1, HEAT: 2}[chosen]:
        count = {DOSE: "one axis", HEAT: "two axes"}[chosen]
        what = f"{len(varied)} vary ({enumerated([', '.join(keys) for keys in varied])})" if varied else "none varies"
        raise RunFileError(
            f"{result.path}: a figure of this kind is of {count}, and {what}; hold others by --where KEY=VALUE"
        )
    if chosen == CURVES and len(conditions) > MOST_CURVES:
        raise RunFileError(
            f"{result.path}: curves of {len(conditions)} conditions, and at most {MOST_CURVES} can be told apart; "
            "hold axes by --where KEY=VALUE"
        )
    return SweepView(chosen, tuple(varied), tuple(conditions), where, baseline)


def describe_answers(result: SweepResult, view: SweepView, frame: dict[str, Any]) -> str:
    """Return in how many runs the question has the answer that most of them give, a sentence for each environment.

    Empty where runs have no answer, with a single seed, and where too many conditions are drawn.
    """
    if view.kind == DECIDED:
        return ""
    found = [each for each in answers(result, frame) if each.condition in view.conditions and each.of > 1]
    if not found or len(view.conditions) > MOST_ANSWERED:
        return ""
    places = dict.fromkeys(each.environment for each in found)
    return " ".join(
        _describe_answers_in(result, view, [each for each in found if each.environment == place]) for place in places
    )


def _describe_answers_in(result: SweepResult, view: SweepView, found: list[Answer]) -> str:
    """Return the most frequent answer in one environment, with its counts, condition by condition."""
    environment, most = found[0].environment, found[0].answer
    place = f"in {in_words(environment)}, " if environment else ""
    counts = [each for each in found if each.answer == most]
    if len(counts) == 1:
        return describe_answer(counts[0])
    preposition = "in" if view.keys == ((SCENARIO,),) else "where"
    labels = [label_of(result, view, each.condition, between=" and ") for each in counts]
    where = enumerated([
        f"{each.runs} of {each.of} {preposition} {label}" for each, label in zip(counts, labels, strict=True)
    ])  # fmt: skip
    return _sentence(f"{place}runs that {phrase_of(most)}: {where}.")


def _sentence(words: str) -> str:
    """Return words that begin with a capital letter."""
    return f"{words[0].upper()}{words[1:]}"


def label_of(result: SweepResult, view: SweepView, condition: int, *, between: str = ", ") -> str:
    """Return the values of the varied axes in a condition, as text; a scenario is told by its name alone."""
    values = result.values[condition]
    keys = [key for of_axis in view.keys for key in of_axis]
    names = {key: "" if key == SCENARIO else f"{word} " for key, word in word_endings(keys).items()}
    return between.join(f"{names[key]}{value_in_words(key, values[key])}" for key in keys)


def describe_view(result: SweepResult, view: SweepView) -> str:
    """Return what is drawn in sentences: how many seeds, what an interval is, how many runs died out or failed."""
    if view.kind == DECIDED:
        return describe_states(result)
    done = [state for state in result.states if state.state in ("complete", "extinct")]
    seeds = sorted({sum(state.cell.condition == each for state in done) for each in view.conditions})
    if seeds[-1] <= 1:
        drawn = len({state.cell.condition for state in done if state.cell.condition in view.conditions})
        said = [_sentence(f"{anecdote(drawn)}; several seeds show how much others would differ.")]
    else:
        count = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        marks = {
            CURVES: "each thin line is one; means",
            DOSE: "each small dot is one; means",
            HEAT: "each cell is their mean,",
        }
        few = f"without intervals, which take {FEWEST} seeds"
        interval = "with 95% intervals over seeds, none where all are alike" if seeds[-1] >= FEWEST else few
        each_has = " in each condition" if len(view.conditions) > 1 else ""
        said = [f"{count} seeds{each_has}; {marks[view.kind]} {interval}."]
    for key, value in view.held.items():
        said.append(f"Where {key} is {value}.")
    said += describe_branching(result, view, branchings(result, view))
    said += describe_zips(result, view)
    if view.baseline is not None:
        said.append(f"{BASELINE_MARKS[view.kind]} the baseline, {label_of(result, view, view.baseline)}.")
    if result.source.others and view.keys != ((SCENARIO,),):
        said.append(f"Conditions also differ in {pluralize(len(result.source.others), 'other key')}.")
    if result.objectives_differ:
        said.append(_sentence(f"{OTHER_OBJECTIVES}."))
    died = extinctions(result)
    extinct = sum(died[each][0] for each in view.conditions if each in died)
    lived = sum(died[each][1] for each in view.conditions if each in died)
    if extinct:
        share, ends = percent_between(*share_interval(extinct, lived))
        said.append(f"{extinct} of {lived} runs died out ({share}, 95% {ends}).")
    missing = len(result.states) - len(done)
    if missing:
        failed = f", {len(result.failed)} of them failed" if result.failed else ""
        said.append(f"{missing} of {len(result.states)} {result.source.noun}s are not done{failed}.")
    if result.source.missing:
        said.append(f"{pluralize(result.source.missing, 'cell')}, failed or without a run, left out.")
    return " ".join(said)


def describe_zips(result: SweepResult, view: SweepView) -> list[str]:
    """Return a sentence for each zip that is drawn by some of its keys: which others change with them.

    Where it is drawn by the names of scenarios: in which keys they differ.
    """
    said = []
    for axis in result.source.axes:
        shown = next((keys for keys in view.keys if keys[0] in axis.keys), ())
        others = [key for key in axis.keys if key not in shown and count_values(result, (key,), view.conditions) > 1]
        if shown == (SCENARIO,):
            others += result.source.others if len(view.keys) == 1 else ()
            said += [f"The scenarios differ in {name_keys(others)}."] if others else []
        elif shown and others and axis.kind == "zip":
            said.append(
                f"{enumerated(others)} {'changes' if len(others) == 1 else 'change'} along with {enumerated([*shown])}."
            )
    return said


def branchings(result: SweepResult, view: SweepView) -> tuple[int, ...]:
    """Return the steps up to which the runs that are drawn as curves are one: those after which they branched.

    Raises:
        RunFileError: a run can't be read.
    """
    if view.kind != CURVES or result.source.stored.kind != "futures":
        return ()
    found = set()
    for condition in view.conditions:  # all runs of a condition that branched did so after the same step
        cells = [each.cell for each in result.states if each.cell.condition == condition and each.state in DONE]
        for cell in cells:
            with RunFile.open(result.source.run_path(cell)) as run:
                branch = branch_of(run)
            if branch is not None:
                found.add(branch.step)
                break
    return tuple(sorted(found))


class StepAxis(NamedTuple):
    """The axis along which curves are drawn: of generations, or of the ticks of ecologies."""

    unit: str
    ticks: int  # of each step; 0: steps are drawn as they are

    def place(self, steps: Any) -> Any:
        """Return where steps end on the axis: numbers, or arrays of them."""
        return (steps + 1) * self.ticks if self.ticks else steps


def step_axis(result: SweepResult, view: SweepView) -> StepAxis:
    """Return the axis of curves: ticks where all conditions drawn are ecologies with intervals of one length."""
    scenarios = [result.source.condition(each).scenario for each in view.conditions]
    lengths = {process_of(each, 0).ticks_per_step for each in scenarios}
    (length,) = lengths if len(lengths) == 1 else (0,)
    return StepAxis("tick", length) if length else StepAxis(result.unit, 0)


def changes_drawn(result: SweepResult, view: SweepView) -> tuple[int, ...]:
    """Return where the environment of selection changes in any condition that is drawn as curves, on their axis.

    Ecologies with intervals of several lengths have no axis on which a tick has a place.
    """
    scenarios = [result.source.condition(each).scenario for each in view.conditions]
    if view.kind != CURVES or len({process_of(each, 0).ticks_per_step for each in scenarios}) > 1:
        return ()
    schedules = [each.evolution.schedule for each in scenarios]
    changes = {
        phase.start for schedule in schedules for was, phase in pairwise(schedule) if was.shares() != phase.shares()
    }
    return tuple(sorted(changes))


def describe_branching(result: SweepResult, view: SweepView, steps: tuple[int, ...]) -> list[str]:
    """Return a sentence on where futures begin to differ, and what was changed from there on; none where they don't."""
    changes = result.source.stored.changes
    if not steps:
        return []
    axis = step_axis(result, view)
    after = f"{axis.unit} {enumerated([f'{axis.place(step):,}' for step in steps])}"
    what = f", and go on with {enumerated([*changes])}" if changes else ""
    return [f"Futures share all up to {after}, where the vertical line is{what}."]
