"""Numbers that commands print have a true minus sign, and a dash where there is none to give."""

import ast
import re
from math import nan
from pathlib import Path

import pytest

from evosim.alignment.assessment.quantities import Quantity
from evosim.cli.commands.audit import format_auc
from evosim.cli.commands.intervene import format_interval
from evosim.cli.commands.measure import format_quantity
from evosim.cli.commands.measure_ecology import format_in_two_lines
from evosim.cli.printing import format_value, mean_of
from evosim.cli.progress import describe_outcomes
from evosim.numerics.formatting import short_number
from evosim.numerics.intervals import ConfidenceInterval

CLI = Path(__file__).parents[2] / "evosim/cli"
NEVER_NEGATIVE = {"seconds", "task.speed"}
FORMAT = re.compile(r"\.\d[efg]$")


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (format_quantity(Quantity("inner_gap", -0.25, -0.5, 0.125)), "−0.250 [−0.500, 0.125]"),
        (format_quantity(Quantity("inner_gap", -0.0001)), "0.000"),
        (format_quantity(Quantity("goal_door", nan)), "–"),
        (format_in_two_lines(Quantity("reproductive_gap", -0.25, -0.5, 0.125)), "−0.25\n[−0.50, 0.12]"),
        (format_interval(ConfidenceInterval(-0.25, -0.5, 0.125)), "−0.250 [−0.500, 0.125]"),
        (format_interval(ConfidenceInterval(-0.25, nan, nan)), "−0.250 in each"),
        (format_auc((0.25, nan, nan)), "0.25"),
        (format_value(-0.00001), "−1e−05"),
        (format_value(-0.0), "0"),
        (format_value(-3), "−3"),
        (mean_of([{"utility": -0.25, "population": 4}], "utility", 1), "−0.25"),
        (describe_outcomes({"environment": "training", "outcome.coins": -0.25}), "training: coins −0.25"),
        (short_number(-1234.5678), "−1235"),
        (short_number(nan), "–"),
    ],
)
def test_a_number_below_zero_has_a_true_minus_sign(printed, said):
    assert printed == said


@pytest.mark.parametrize("door", [0.08, 0.0])
def test_what_is_entered_in_training_is_named_wherever_it_is_entered_less(door):
    training = {"environment": "training", "entered_first.door": 0.9, "entered_first.key": 0.1}
    others = {"key": 0.66 - door, "gem": 0.18, "nothing": 0.09, "ball": 0.07}
    there = {"environment": "deployment", "entered_first.door": door}
    there |= {f"entered_first.{name}": share for name, share in others.items()}
    assert f"door {door:.0%}" in describe_outcomes(there, beside=training)
    assert "door" not in describe_outcomes(there)


def test_no_command_formats_a_number_by_itself():
    for path in CLI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                form = "".join(part.value for part in node.format_spec.values if isinstance(part, ast.Constant))
                assert not FORMAT.search(form) or ast.unparse(node.value) in NEVER_NEGATIVE, (path, node.lineno)
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                fields = re.findall(r"\{([^{}]*):[^{}]*\.[1-9][efg]\}", node.value)
                assert not fields, (path, node.lineno, "write it by evosim/numerics/formatting.py")
