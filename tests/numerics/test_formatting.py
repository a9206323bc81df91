"""Numbers as text: shares, amounts and their intervals lie where they lie, with as many digits as they need."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evosim.numerics.formatting import number, number_between, percent, percent_between

HOUSE = Path(__file__).parents[2]


@given(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_a_share_lies_within_its_interval_as_written_and_is_neither_all_nor_none_unless_it_is(
    ends: list[float],
) -> None:
    low, share, high = ends
    written, interval = percent_between(share, low, high)
    bounds = [_read(each) for each in interval.removesuffix("%").split("–")]
    assert bounds[0] <= _read(written.removesuffix("%")) <= bounds[1]
    for value, words in ((share, written), (share, percent(share))):
        assert (words in ("0%", "0.0%", "0.00%", "0.000%")) <= (value == 0)
        assert (words.startswith("100")) <= (value == 1)


def _read(written: str) -> float:
    edge = {"<": -1e-4, ">": 1e-4}.get(written[:1], 0.0)
    return float(written.lstrip("<>")) + edge


@given(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(-9, 9)).map(sorted))
def test_an_amount_lies_within_its_interval_as_written(ends: list[float]) -> None:
    low, value, high = ends
    written, interval = number_between(value, low, high)
    low, value, high = (float(each.replace("−", "-")) for each in (*interval.split(" to "), written)[::1])
    assert low <= high
    assert low <= float(written.replace("−", "-")) <= value or low <= float(written.replace("−", "-")) <= high


def test_the_example_of_the_issue_is_written_with_the_digits_it_takes() -> None:
    assert percent_between(0.993, 0.992, 0.994) == ("99.3%", "99.2–99.4%")
    assert percent_between(0.5, 0.4, 0.6) == ("50%", "40–60%")
    assert [percent(float("nan")), percent(-0.001), number(-0.001)] == ["–", "0%", "0.00"]


def test_shares_are_written_in_one_place() -> None:
    """Nothing else rounds a share: it would say 100% of 99.6%."""
    allowed = {
        "viz/live/window/session.py": 1,
        "viz/report/document.py": 1,
    }  # letters, a style
    found = {}
    for path in [*(HOUSE / "viz").rglob("*.py"), *(HOUSE / "evosim").rglob("*.py")]:
        count = len(re.findall(r":[+]?\.\d(?:f\}%|%\})", path.read_text()))
        if count and path.name != "formatting.py":
            found[path.relative_to(HOUSE).as_posix()] = count
    assert found == allowed


def test_nearly_all_and_nearly_none_are_not_all_and_none() -> None:
    assert [percent(share) for share in (0, 0.001, 0.25, 0.994, 0.999, 1)] == [
        "0%", "<1%", "25%", "99%", ">99%", "100%",
    ]  # fmt: skip
